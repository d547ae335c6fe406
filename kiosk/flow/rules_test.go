// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"

	"yuexin/assets"
	"yuexin/kiosk/flow"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/station/stationtest"
)

// Newer rules come where nobody is at the kiosk. What was put aside is finished under the
// form that it began with; only what was agreed to in other words is asked again.
func TestRulesComeAtRest(t *testing.T) {
	s := stage(t)
	f := s.Flow
	if !f.AtRest() {
		t.Error("the start screen is no rest")
	}
	f.SetLarge(true)
	if f.AtRest() {
		t.Error("at rest while somebody chooses")
	}
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	fill(t, f, wanted)
	if f.AtRest() {
		t.Error("at rest inside a form")
	}
	if err := f.PutAside(); err != nil {
		t.Fatal(err)
	}
	slip := f.Kept()
	f.Clear()

	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"),
		stationtest.Later(t, "forms", "demand.json", "2"),
		stationtest.Later(t, "policies", "consent-1.json", "2", `"purpose": "loan_demand", "wording": 1`, `"purpose": "loan_demand", "wording": 2`))
	if err != nil {
		t.Fatal(err)
	}
	f.SetRules(book, s.World.Store)
	if err := f.Resume(slip); err != nil {
		t.Fatal(err)
	}
	for _, a := range f.Answers() {
		switch want := wanted[a.Path]; {
		case a.Path == "agree" && (a.Text != "" || a.Edition != 2):
			t.Errorf("%q to edition %d counts, which nobody has read", a.Text, a.Edition)
		case a.Path != "agree" && want != "" && a.Text == "":
			t.Errorf("the answer to %s is gone", a.Path)
		}
	}
	if got := f.FormVersion(); got != 1 {
		t.Errorf("the draft goes on under version %d", got)
	}
	f.Clear()
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	if got := f.FormVersion(); got != 2 {
		t.Errorf("who comes next gets version %d", got)
	}
}
