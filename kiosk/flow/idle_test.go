// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/fault"
)

func TestIdle(t *testing.T) {
	s := stage(t)
	f := s.Flow
	s.Pass(time.Hour)
	at(t, f, flow.Start) // nothing to forget

	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	f.Type("5万")
	s.Pass(s.Flow.Mode().Patience() - time.Second)
	at(t, f, flow.Question)
	s.Pass(time.Second)
	at(t, f, flow.Idle)
	if got := f.Left(); got != 20 {
		t.Errorf("%d seconds are left, want 20", got)
	}
	f.Continue()
	at(t, f, flow.Question)
	if got := f.Page().Text; !strings.HasPrefix(got, "5") {
		t.Errorf("after 继续 the answer is %q", got)
	}

	if err := f.Next(); err != nil {
		t.Fatal(err)
	}
	s.Pass(s.Flow.Mode().Patience())
	slip, failed := f.IdleSlip()
	if slip == "" || failed {
		t.Fatalf("slip %q, failed %v", slip, failed)
	}
	if got := s.Drafts.Len(); got != 1 {
		t.Errorf("%d drafts are kept, want 1", got)
	}
	s.Pass(19 * time.Second)
	if got := f.Left(); got != 1 {
		t.Errorf("%d seconds are left, want 1", got)
	}
	s.Pass(time.Second)
	at(t, f, flow.Start)
	if f.Spot() != nil || f.Task() != flow.Nothing || f.Kept() != "" {
		t.Error("the kiosk remembers the visit")
	}

	f.Open(flow.Slip)
	if err := f.Resume("ZZZZ-9999"); fault.From(err).Key != "kiosk.slip.none" {
		t.Errorf("a wrong slip code: %v", err)
	}
	if err := f.Resume(slip); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Question)
	if got, place := f.Page().Path, f.SpotName(); got != "purpose" || place != "富溪村 三组12号" {
		t.Errorf("resumed at %s, %s", got, place)
	}
	fill(t, f, wanted)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	if got := s.Drafts.Len(); got != 0 {
		t.Errorf("%d drafts stay after handing in, want none", got)
	}
}

func TestDraftsEnd(t *testing.T) {
	tests := []struct {
		name string
		end  func(t *testing.T, s *flowtest.Stage)
		keep int
	}{
		{"cleared during the countdown", func(_ *testing.T, s *flowtest.Stage) { s.Pass(s.Flow.Mode().Patience()); s.Flow.Clear() }, 0},
		{"wiped", func(_ *testing.T, s *flowtest.Stage) {
			s.Pass(s.Flow.Mode().Patience())
			s.Pass(s.Flow.Mode().Countdown())
		}, 1},
		{"put aside", func(t *testing.T, s *flowtest.Stage) {
			if err := s.Flow.PutAside(); err != nil || s.Flow.Kept() == "" {
				t.Errorf("put aside: %v", err)
			}
			s.Pass(s.Flow.Mode().Patience())
			s.Pass(s.Flow.Mode().Countdown())
		}, 1},
		{"left with 清除", func(t *testing.T, s *flowtest.Stage) { s.Flow.Leave(); at(t, s.Flow, flow.Leaving); s.Flow.Clear() }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t)
			scan(t, s, door)
			s.Flow.AcceptPlace()
			s.Flow.Choose(flow.Demand)
			s.Flow.Type("5万")
			tt.end(t, s)
			at(t, s.Flow, flow.Start)
			if got := s.Drafts.Len(); got != tt.keep {
				t.Errorf("%d drafts are kept, want %d", got, tt.keep)
			}
		})
	}
}

func TestFullDiskAtIdle(t *testing.T) {
	s := stage(t)
	scan(t, s, door)
	s.Flow.AcceptPlace()
	s.Flow.Choose(flow.Demand)
	s.Flow.Type("5万")
	s.Disk.Drafts = true
	s.Pass(s.Flow.Mode().Patience())
	if slip, failed := s.Flow.IdleSlip(); slip != "" || !failed {
		t.Errorf("slip %q, failed %v", slip, failed)
	}
	s.Pass(s.Flow.Mode().Countdown())
	at(t, s.Flow, flow.Start)
}

// TestGone: whoever wants to know when a person is gone hears it once, however they went.
func TestGone(t *testing.T) {
	tests := map[string]func(s *flowtest.Stage){
		"cleared": func(s *flowtest.Stage) { s.Flow.Clear() },
		"walked away": func(s *flowtest.Stage) {
			s.Pass(s.Flow.Mode().Patience())
			s.Pass(s.Flow.Mode().Countdown())
		},
	}
	for name, leave := range tests {
		t.Run(name, func(t *testing.T) {
			s := stage(t)
			gone := 0
			s.Flow.OnGone(func() { gone++ })
			scan(t, s, door)
			s.Flow.AcceptPlace()
			s.Flow.Choose(flow.Demand)
			if gone != 0 {
				t.Error("gone while they are there")
			}
			leave(s)
			s.Pass(s.Flow.Mode().Patience()) // nobody is there
			if gone != 1 {
				t.Errorf("gone %d times", gone)
			}
		})
	}
}
