// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// wholeOf opens the page and finds a household and what can be done about it.
func wholeOf(t *testing.T, d *flow.Desk, name string) (p *flow.WholePage, c *flow.WholeCase, deeds []string) {
	t.Helper()
	p, err := d.Whole(t.Context(), stage.Fuxi)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Cases {
		if p.Cases[i].Name == name {
			c = &p.Cases[i]
		}
	}
	if c == nil {
		t.Fatalf("%s is not there", name)
	}
	for _, one := range c.Deeds {
		deeds = append(deeds, one.Deed)
	}
	return p, c, deeds
}

func deedOf(t *testing.T, c *flow.WholeCase, deed string) flow.WholeDeed {
	t.Helper()
	i := slices.IndexFunc(c.Deeds, func(d flow.WholeDeed) bool { return d.Deed == deed })
	if i < 0 {
		t.Fatalf("%s: nothing to %s", c.Name, deed)
	}
	return c.Deeds[i]
}

// TestWholeOffers: each household offers what can be done about it now, and nothing else.
func TestWholeOffers(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	p, err := s.Desk.Whole(t.Context(), stage.Dasa)
	if err != nil || p.Year != 0 || len(p.Cases) != 0 {
		t.Errorf("a village in which none began: %+v, %v", p, err)
	}
	s.Whole()
	for name, want := range map[string][]string{
		"陈秀英": {flow.WholeReview}, "李志强": {flow.WholeCheck}, "黄桂芳": {flow.WholeSign}, "陈志明": {flow.WholeDraw, flow.WholeRepay, flow.WholeRenew},
		"冯树生": {flow.WholeAnswer}, "梁少珍": nil,
	} {
		if _, _, got := wholeOf(t, s.Desk, name); !slices.Equal(got, want) {
			t.Errorf("%s offers %v, want %v", name, got, want)
		}
	}
}

// TestWholeDeeds: what is done about a household changes where it stands, and what is missing is said at its question.
func TestWholeDeeds(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Whole()
	do := func(name, deed string, values map[record.Field]string) error {
		t.Helper()
		p, c, _ := wholeOf(t, s.Desk, name)
		return p.Do(t.Context(), c, deedOf(t, c, deed), values)
	}
	wrong := func(key, field string, err error) {
		t.Helper()
		if f := fault.From(err); err == nil || f.Key != key || f.Field != field {
			t.Errorf("got %v, want %s at %q", err, key, field)
		}
	}
	wrong("form.required", "suggest", do("陈秀英", flow.WholeReview, nil))
	wrong("form.required", "knows", do("陈秀英", flow.WholeReview, map[record.Field]string{"suggest": "5万"}))
	if err := do("陈秀英", flow.WholeReview, map[record.Field]string{"abstain": "relative"}); err != nil {
		t.Errorf("who abstains says nothing else: %v", err)
	}
	s.At(stage.Now.Add(time.Minute)) // what is said later counts
	sheet := map[record.Field]string{"suggest": "5万", "knows": "well", "honesty": "good", "willing": "good", "vetoes": "away other", "usury": "false"}
	if err := do("陈秀英", flow.WholeReview, sheet); err != nil {
		t.Fatal(err)
	}
	p, c, _ := wholeOf(t, s.Desk, "陈秀英")
	if !p.Reviewed(*c) {
		t.Error("the own sheet is not there")
	}
	got := map[record.Field]string{}
	for _, f := range deedOf(t, c, flow.WholeReview).Fields {
		got[f.Field] = f.Value
	}
	if got["suggest"] != "50000.00" || got["honesty"] != "good" || got["vetoes"] != "away other" || got["usury"] != "false" {
		t.Errorf("the sheet is shown again as %v", got)
	}
	rows, err := s.Desk.Store.List(t.Context(), record.Query{Kind: wholevillage.KindSheet, Scope: ident.UserScope(stage.Me)})
	if err != nil || len(rows) != 2 {
		t.Errorf("%d sheets in the own scope, %v", len(rows), err)
	}
	if p, c, _ := wholeOf(t, s.Colleague(), "陈秀英"); p.Reviewed(*c) {
		t.Error("a colleague is shown that the sheet is there")
	}

	wrong("form.required", "check", do("李志强", flow.WholeCheck, nil))
	if err := do("李志强", flow.WholeCheck, map[record.Field]string{"check": "pass", "words": "看过现场"}); err != nil {
		t.Fatal(err)
	}
	if _, c, deeds := wholeOf(t, s.Desk, "李志强"); c.State != "系统初筛" || len(deeds) != 0 {
		t.Errorf("after the check: %s, %v", c.State, deeds)
	}
	wrong("wholevillage.sign.identity", "identity_seen", do("黄桂芳", flow.WholeSign, map[record.Field]string{"identity_seen": "false", "amount": "6万"}))
	_, c, _ = wholeOf(t, s.Desk, "黄桂芳")
	if f := deedOf(t, c, flow.WholeSign).Fields[1]; f.Value != "60000.00" {
		t.Errorf("the amount that the first signed for is not there: %+v", f)
	}
	if err := do("黄桂芳", flow.WholeSign, map[record.Field]string{"identity_seen": "true", "amount": "6万"}); err != nil {
		t.Fatal(err)
	}
	if err := do("黄桂芳", flow.WholeContract, map[record.Field]string{"contract_no": "2026-19", "rate": "4.35", "from": "2026-11-22", "until": "2027-11-05"}); err != nil {
		t.Fatal(err)
	}
	if _, _, deeds := wholeOf(t, s.Desk, "黄桂芳"); len(deeds) != 0 {
		t.Errorf("a second contract is offered: %v", deeds)
	}
	wrong("wholevillage.draw", "amount", do("陈志明", flow.WholeDraw, map[record.Field]string{"amount": "7万"}))
	if err := do("陈志明", flow.WholeRepay, map[record.Field]string{"amount": "1万"}); err != nil {
		t.Error(err)
	}
	if err := do("陈志明", flow.WholeRenew, map[record.Field]string{"renewal": "keep"}); err != nil {
		t.Error(err)
	}
	if err := do("冯树生", flow.WholeAnswer, map[record.Field]string{"limit_answer": "right", "words": "收入少报了"}); err != nil {
		t.Fatal(err)
	}
	if _, c, _ := wholeOf(t, s.Desk, "冯树生"); !c.Stops {
		t.Errorf("the objection was right, and it goes on: %s", c.State)
	}
}

// TestWholePapers: the notice, the own blank sheet and the notice of a limit can be printed, and no notice of a limit that does not stand.
func TestWholePapers(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Whole()
	p, err := s.Desk.Whole(t.Context(), stage.Fuxi)
	if err != nil || len(p.Papers) != 2 {
		t.Fatalf("%d papers of the village, %v", len(p.Papers), err)
	}
	all := slices.Clone(p.Papers)
	for _, c := range p.Cases {
		if want := c.Name == "黄桂芳" || c.Name == "陈志明" || c.Name == "冯树生"; want != (c.Paper != nil) {
			t.Errorf("%s: a paper about the limit: %v", c.Name, c.Paper != nil)
		}
		if c.Paper != nil {
			all = append(all, *c.Paper)
		}
	}
	for _, paper := range all {
		var out bytes.Buffer
		if err := paper.Write(&out); err != nil || !bytes.HasPrefix(out.Bytes(), []byte("%PDF")) {
			t.Errorf("%s: %v", paper.Name, err)
		}
	}
}
