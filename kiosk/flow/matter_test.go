// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/shared/fault"
)

func TestParseMatter(t *testing.T) {
	tests := []struct {
		link string
		want flow.Matter
		bad  bool
	}{
		{link: "", want: flow.Matter{}},
		{link: "yuexin:", want: flow.Matter{}},
		{link: "yuexin:demand?village=441284103201", want: flow.Matter{Village: "441284103201", Task: flow.Demand}},
		{link: "yuexin://demand?village=441284103201", want: flow.Matter{Village: "441284103201", Task: flow.Demand}},
		{link: "yuexin:///household/", want: flow.Matter{Task: flow.Household}},
		{link: "yuexin:?village=441284103201", want: flow.Matter{Village: "441284103201"}},
		{link: "https://demand", bad: true},
		{link: "yuexin:delete", bad: true},
		{link: "yuexin:demand?village=大沙镇", bad: true},
		{link: "yuexin:demand%", bad: true},
		{link: "demand", bad: true},
	}
	for _, tt := range tests {
		got, err := flow.ParseMatter(tt.link)
		if tt.bad != (err != nil) || tt.bad && fault.From(err).Key != "kiosk.link" || got != tt.want {
			t.Errorf("%q: got %v, %v", tt.link, got, err)
		}
	}
}

// TestGuestEnds sees when a machine gets back to its own shell: after the receipt, after giving up, and after going away,
// and not while somebody goes back to choose another matter.
func TestGuestEnds(t *testing.T) {
	guest := func(t *testing.T, link string) *flow.Flow {
		s := stage(t)
		villages, err := s.Flow.Villages()
		if err != nil {
			t.Fatal(err)
		}
		m, err := flow.ParseMatter(link + "?village=" + string(villages[0].Region))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Flow.Enter(m); err != nil {
			t.Fatal(err)
		}
		if s.Flow.Over() {
			t.Fatal("over before it began")
		}
		t.Cleanup(func() {
			if !s.Flow.Over() {
				t.Error("the machine does not get back to its shell")
			}
		})
		return s.Flow
	}
	t.Run("given up", func(t *testing.T) {
		f := guest(t, "yuexin:demand")
		at(t, f, flow.Where)
		f.Pick()
		at(t, f, flow.Group) // the village is not asked for
		f.Back()
		at(t, f, flow.Where)
		f.Back()
	})
	t.Run("done", func(t *testing.T) {
		f := guest(t, "yuexin:demand")
		f.Pick()
		groups, err := f.Groups()
		if err != nil {
			t.Fatal(err)
		}
		f.PickGroup(groups[0])
		f.PickNone()
		f.AcceptPlace()
		answers := map[string]string{"house_no": "8", "group_name": "一组"}
		for path, text := range wanted {
			answers[path] = text
		}
		fill(t, f, answers)
		if err := f.HandIn(); err != nil {
			t.Fatal(err)
		}
		at(t, f, flow.Done)
		f.Clear()
	})
	t.Run("from the start", func(t *testing.T) {
		f := guest(t, "yuexin:")
		at(t, f, flow.Start)
		f.Choose(flow.Household)
		f.Back()
		at(t, f, flow.Start)
		if f.Over() {
			t.Error("whoever goes back to choose again is sent away")
		}
		f.Clear()
	})
	t.Run("gone away", func(t *testing.T) {
		s := stage(t)
		if err := s.Flow.Enter(flow.Matter{}); err != nil {
			t.Fatal(err)
		}
		for range 3 { // also where nobody touched anything
			s.Pass(flow.Patience + time.Second)
			s.Flow.Tick()
		}
		if !s.Flow.Over() {
			t.Error("the window stays for ever")
		}
	})
	t.Run("owner", func(t *testing.T) {
		f := stage(t).Flow
		f.Choose(flow.Demand)
		f.Clear()
		if f.Over() {
			t.Error("a kiosk that owns the machine ends")
		}
	})
}
