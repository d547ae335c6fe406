// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// household answers what the form of a household must know.
var household = map[string]string{
	"head_name": "陈秀英", "population": "4", "main_trade": "planting", "agree": "yes", "agree_finance": "no",
}

// TestFullDisk hands in while the disk is full, in every way in which it can be: the answers stay, the fault is shown, and
// once there is room the same press hands in, once.
func TestFullDisk(t *testing.T) {
	tests := []struct {
		name    string
		disk    flowtest.Disk
		task    flow.Task
		kind    record.Kind
		answers map[string]string
	}{
		{"a demand that cannot be kept", flowtest.Disk{Acts: true}, flow.Demand, lending.KindDemand, wanted},
		{"no room for the next serial", flowtest.Disk{Numbers: true}, flow.Demand, lending.KindDemand, wanted},
		{"a household that cannot be kept", flowtest.Disk{Acts: true}, flow.Household, "household", household},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t)
			f := s.Flow
			scan(t, s, door)
			f.AcceptPlace()
			f.Choose(tt.task)
			fill(t, f, tt.answers)
			before := f.Answers()

			*s.Disk = tt.disk
			for range 2 { // people press again
				if err := f.HandIn(); !fault.Is(err, fault.Exhausted) {
					t.Fatalf("handed in to a full disk: %v", err)
				}
				at(t, f, flow.Review)
			}
			if !f.Full() || f.Problem().Key != "kiosk.full" {
				t.Errorf("the screen says %v", f.Problem())
			}
			for i, a := range f.Answers() {
				if a.Text != before[i].Text {
					t.Errorf("%s was %q and is %q", a.Path, before[i].Text, a.Text)
				}
			}
			if rows := demands(t, s, tt.kind); len(rows) != 0 {
				t.Errorf("%d records are there", len(rows))
			}

			*s.Disk = flowtest.Disk{}
			if err := f.HandIn(); err != nil {
				t.Fatal(err)
			}
			at(t, f, flow.Done)
			if rows := demands(t, s, tt.kind); len(rows) != 1 {
				t.Errorf("%d records are there, want 1", len(rows))
			}
		})
	}
}

// TestFullDiskPutAside keeps the form on the screen when it cannot be put aside.
func TestFullDiskPutAside(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	fill(t, f, wanted)
	s.Disk.Drafts = true
	if err := f.PutAside(); !fault.Is(err, fault.Exhausted) {
		t.Errorf("put aside on a full disk: %v", err)
	}
	at(t, f, flow.Review)
	if !f.Full() || len(f.Answers()) == 0 {
		t.Errorf("the screen says %v", f.Problem())
	}
	s.Disk.Drafts = false
	if err := f.PutAside(); err != nil || f.Kept() == "" {
		t.Errorf("with room again: %v", err)
	}
}
