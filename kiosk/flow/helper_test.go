// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"maps"
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/sync/record"
)

// newest returns the newest record of a kind, as the desk reads it.
func newest(t *testing.T, s *flowtest.Stage, kind record.Kind) record.Row {
	t.Helper()
	rows, err := s.Desk.List(t.Context(), record.Query{Kind: kind, Newest: true, Limit: 1})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d of %s, %v", len(rows), kind, err)
	}
	return rows[0]
}

// TestHelperIsRecorded: whoever fills in for somebody is asked for a role, and may give a name; both are in the act, the
// consent says that it was given with their help, and the receipt names them.
func TestHelperIsRecorded(t *testing.T) {
	s := stage(t)
	f := s.Flow
	press := s.Connect()
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	answers := maps.Clone(wanted)
	answers["assisted"], answers["assist_role"], answers["assist_name"] = "yes", "volunteer", "李国强"
	fill(t, f, answers)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	d, c := newest(t, s, "demand"), newest(t, s, "consent")
	if !d.Bool("assisted") || d.Text("assist_role") != "volunteer" || d.Text("assist_name") != "李国强" {
		t.Errorf("the demand says %v, %q, %q", d.Bool("assisted"), d.Text("assist_role"), d.Text("assist_name"))
	}
	if !c.Bool("assisted") || c.Text("assistant") != "志愿者 李国强" {
		t.Errorf("the consent says %v, %q", c.Bool("assisted"), c.Text("assistant"))
	}
	helped := func(p flow.Paper) string {
		for _, row := range p.Rows {
			if row[0] == "协助填写" {
				return row[1]
			}
		}
		return ""
	}
	if r := f.Receipt(); r.Helped != "志愿者 李国强" || helped(press.Papers[0]) != r.Helped {
		t.Errorf("the receipt says %q, the paper %q", r.Helped, helped(press.Papers[0]))
	}
	press.Report(flow.Printing{Phase: flow.Printed})
	number := string(f.Receipt().Number)
	f.Clear()
	enter(t, s)
	if err := f.PrintAgain(number); err != nil {
		t.Fatal(err)
	}
	if got := helped(press.Papers[1]); got != "志愿者" { // the machine does not know the name any more
		t.Errorf("printed again it says %q", got)
	}
}

// TestHelperNeedsARole: with help there is no way on without a role; a name may be left out.
func TestHelperNeedsARole(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Household)
	for f.Page().Path != "assisted" {
		f.Type(map[string]string{"head_name": "陈秀英"}[f.Page().Path])
		if err := f.Next(); err != nil {
			t.Fatal(err)
		}
	}
	f.Type("yes")
	if err := f.Next(); err != nil || f.Page().Path != "assist_role" {
		t.Fatalf("behind the help comes %s, %v", f.Page().Path, err)
	}
	if err := f.Next(); err == nil {
		t.Error("a role is left out")
	}
	f.Type("relative")
	if err := f.Next(); err != nil || f.Page().Path != "assist_name" {
		t.Fatalf("behind the role comes %s, %v", f.Page().Path, err)
	}
	if err := f.Next(); err != nil {
		t.Errorf("the name is left out: %v", err)
	}
}

// TestCadreWhoCollectsIsTheHelper: a form that a cadre fills in asks nobody who helps, and says that the cadre did.
func TestCadreWhoCollectsIsTheHelper(t *testing.T) {
	s := stage(t)
	f := s.Flow
	enter(t, s)
	f.Collect(flow.Demand)
	scan(t, s, door)
	f.AcceptPlace()
	fill(t, f, wanted)
	for _, a := range f.Answers() {
		if a.Path == "assisted" || a.Path == "assist_role" || a.Path == "assist_name" {
			t.Errorf("the cadre is asked for %s", a.Path)
		}
	}
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	if d := newest(t, s, "demand"); d.Text("assist_role") != "cadre" || d.Text("assist_name") != flowtest.Cadre {
		t.Errorf("the demand says %q, %q", d.Text("assist_role"), d.Text("assist_name"))
	}
}

// TestMerchantByCodeOrStall: a merchant is registered by the code on the licence, which is checked, or by market and stall
// without one; with neither the review says that nobody may find it.
func TestMerchantByCodeOrStall(t *testing.T) {
	with := func(answers map[string]string) (*flowtest.Stage, error) {
		s := stage(t)
		f := s.Flow
		scan(t, s, door)
		f.AcceptPlace()
		f.Choose(flow.Merchant)
		all := map[string]string{"name": "富溪茶行", "industry": "tea", "operator_name": "陈秀英", "phone": "13800138000", "agree": "yes", "agree_finance": "no"}
		maps.Copy(all, answers)
		for f.Route() == flow.Question {
			f.Type(all[f.Page().Path])
			if err := f.Next(); err != nil {
				return s, err
			}
		}
		bare := all["uscc"] == "" && all["stall"] == ""
		if warned := len(f.Findings()) > 0; warned != bare {
			t.Errorf("%v: the review warns: %v", answers, warned)
		}
		return s, f.HandIn()
	}
	s, err := with(map[string]string{"uscc": "92000000MA00000154"})
	if err != nil {
		t.Fatal(err)
	}
	if got := newest(t, s, "merchant").Text("uscc"); got != "92000000MA00000154" {
		t.Errorf("code %q", got)
	}
	if s, err := with(map[string]string{"uscc": "92000000MA00000155"}); err == nil || s.Flow.Page().Path != "uscc" {
		t.Errorf("a code with a wrong check character: %v", err)
	}
	if s, err = with(map[string]string{"market": "富溪市场", "stall": "3区12号"}); err != nil {
		t.Fatal(err)
	}
	if m := newest(t, s, "merchant"); m.Text("stall") != "3区12号" || m.Text("market") != "富溪市场" || m.Text("uscc") != "" {
		t.Errorf("stall %q in %q", m.Text("stall"), m.Text("market"))
	}
	if s, err = with(nil); err != nil {
		t.Fatal(err)
	}
	if got := newest(t, s, "merchant").Text("name"); got != "富溪茶行" { // a shop at home has neither; the review says so
		t.Errorf("without either %q is registered", got)
	}
}
