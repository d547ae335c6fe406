// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

const door = "富溪村三组12号"

func stage(t *testing.T) *flowtest.Stage {
	t.Helper()
	s, err := flowtest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// at fails unless the kiosk shows a screen.
func at(t *testing.T, f *flow.Flow, want flow.Route) {
	t.Helper()
	if got := f.Route(); got != want {
		t.Fatalf("the kiosk shows %s, want %s (problem: %v)", got, want, f.Problem())
	}
}

// scan holds a plate to the scanner.
func scan(t *testing.T, s *flowtest.Stage, name string) {
	t.Helper()
	token, err := s.Token(s.Door[name])
	if err != nil {
		t.Fatal(err)
	}
	s.Flow.Scan(token)
}

// fill answers the questions it knows and passes over the others, up to the review.
func fill(t *testing.T, f *flow.Flow, answers map[string]string) {
	t.Helper()
	for range 60 {
		if f.Route() != flow.Question {
			break
		}
		page := f.Page()
		if text, ok := answers[page.Path]; ok {
			f.Type(text)
		}
		if err := f.Next(); err != nil {
			t.Fatalf("answer %s: %v", page.Path, err)
		}
	}
	at(t, f, flow.Review)
}

var wanted = map[string]string{
	"asked": "5万", "purpose": "planting", "term_months": "12", "applicant_name": "陈秀英", "contact": "own",
	"phone": "138 0013 8000", "agree": "yes",
}

// demands returns the demands as the server would see them.
func demands(t *testing.T, s *flowtest.Stage, kind record.Kind) []record.Row {
	t.Helper()
	rows, err := s.Desk.List(t.Context(), record.Query{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestDemandByCode(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.Choose(flow.Demand)
	at(t, f, flow.Where)
	f.Open(flow.Code)
	if err := f.EnterCode(strings.ToLower(doorplate.CodeOf(s.Door[door]).String())); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Place)
	if got, want := f.SpotName(), "富溪村 三组12号"; got != want {
		t.Errorf("the place is %q, want %q", got, want)
	}
	f.AcceptPlace()
	fill(t, f, wanted)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Done)

	rows := demands(t, s, lending.KindDemand)
	if len(rows) != 1 {
		t.Fatalf("there are %d demands, want 1", len(rows))
	}
	d := lending.DemandOf(rows[0])
	switch {
	case d.Receipt != f.Receipt().Number:
		t.Errorf("the receipt shows %s, the demand has %s", f.Receipt().Number, d.Receipt)
	case d.Receipt.Device() != flowtest.Device:
		t.Errorf("the number is of device %d, want %d", d.Receipt.Device(), flowtest.Device)
	case d.Channel != "kiosk" || d.Via != flow.ByCode || d.Plate != s.Door[door]:
		t.Errorf("the demand came by %s, %s", d.Channel, d.Via)
	case d.Applicant != "陈秀英" || d.Asked != 5_000_000 || d.Phone.String() != "13800138000":
		t.Error("the demand does not hold what was typed")
	}
	consents := demands(t, s, "consent")
	if len(consents) != 1 || consents[0].Text("consent_purpose") != "loan_demand" || consents[0].Text("given") != "tap" {
		t.Errorf("the consent is missing or another one: %d", len(consents))
	}
}

func TestConsentIsShownInFull(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	at(t, f, flow.Start)
	f.Choose(flow.Demand)
	for f.Page().Path != "agree" {
		f.Type(wanted[f.Page().Path])
		if err := f.Next(); err != nil {
			t.Fatal(err)
		}
	}
	page := f.Page()
	if !strings.Contains(page.Wording, flowtest.Bank) || !strings.Contains(page.Wording, "撤回") || page.Edition != 1 {
		t.Errorf("the wording is %q, edition %d", page.Wording, page.Edition)
	}
	f.Type("no")
	if err := f.Next(); fault.From(err).Key != "consent.declined" {
		t.Errorf("without consent: %v", err)
	}
}

func TestHouseholdWithFamilyAndFinance(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Household)
	answers := map[string]string{
		"head_name": "陈秀英", "resident_id": "441284197203150002", "phone": "13800138000", "population": "3", "labour": "2",
		"main_trade": "planting", "crops": "rice,gonggan", "land_area": "2.3", "agree": "yes", "agree_finance": "yes",
		"~sign.finance": "陈秀英", "figures_year": "2025", "income_planting": "6万",
	}
	for f.Page().Path != "members" {
		f.Type(answers[f.Page().Path])
		if err := f.Next(); err != nil {
			t.Fatalf("%s: %v", f.Page().Path, err)
		}
	}
	if err := f.AddRow(); err != nil {
		t.Fatal(err)
	}
	if err := f.Next(); fault.From(err).Key != "kiosk.question.missing" {
		t.Errorf("a member without a name: %v", err)
	}
	member := map[string]string{"members.0.member_name": "李国强", "members.0.relation": "spouse"}
	for f.Page().Path != "members" {
		if text, ok := member[f.Page().Path]; ok {
			f.Type(text)
		}
		if err := f.Next(); err != nil {
			t.Fatalf("%s: %v", f.Page().Path, err)
		}
	}
	if got := f.RowNames(); len(got) != 1 || got[0] != "李国强" {
		t.Errorf("the family is %v", got)
	}
	fill(t, f, answers)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	households, members, consents := demands(t, s, "household"), demands(t, s, "member"), demands(t, s, "consent")
	if len(households) != 1 || len(members) != 1 || len(consents) != 2 {
		t.Fatalf("registered %d households, %d members, %d consents", len(households), len(members), len(consents))
	}
	if got, want := households[0].Text("plate_code"), string(doorplate.CodeOf(s.Door[door])); got != want {
		t.Errorf("the plate's code is %q, want %q", got, want)
	}
	for _, c := range consents {
		if c.Text("consent_purpose") == "finance" && (c.Text("given") != "typed_name" || c.Text("giver") != "陈秀英") {
			t.Error("the sensitive consent was not signed")
		}
	}

	f.Again(flow.Demand)
	at(t, f, flow.Question)
	if got := f.Page().Path; got != "asked" {
		t.Errorf("the demand begins with %s", got)
	}
	fill(t, f, wanted)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	d := lending.DemandOf(demands(t, s, lending.KindDemand)[0])
	if d.Household != households[0].Header.ID || d.Header.Subject != households[0].Header.Subject {
		t.Error("the demand does not belong to the household")
	}
}

func TestMerchant(t *testing.T) {
	s := stage(t)
	scan(t, s, door)
	s.Flow.AcceptPlace()
	s.Flow.Choose(flow.Merchant)
	fill(t, s.Flow, map[string]string{
		"name": "秀英茶庄", "industry": "tea", "operator_name": "陈秀英", "phone": "13800138000", "agree": "yes",
	})
	if err := s.Flow.HandIn(); err != nil {
		t.Fatal(err)
	}
	if rows := demands(t, s, "merchant"); len(rows) != 1 || rows[0].Text("industry") != "tea" {
		t.Errorf("registered %d merchants", len(rows))
	}
}

func TestReviewEdit(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	fill(t, f, wanted)
	f.Leave()
	at(t, f, flow.Leaving)
	f.Stay()
	at(t, f, flow.Review)
	f.Edit("term_months")
	f.Type("999")
	if err := f.Next(); fault.From(err).Key != "form.max" {
		t.Errorf("999 months: %v", err)
	}
	f.Type("24")
	if err := f.Next(); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Review)
	f.Edit("contact")
	f.Type("helper")
	if err := f.Next(); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Question)
	if got := f.Page().Path; got != "helper_name" {
		t.Errorf("after choosing a helper the kiosk asks for %s", got)
	}
}

func TestStateByNumberAlone(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	fill(t, f, wanted)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	number := f.Receipt().Number
	f.Clear()
	f.Open(flow.Ask)
	tests := []struct{ name, typed, want string }{
		{"short", "0042", "receipt.number.length"},
		{"one digit wrong", number.String()[:13] + string('0'+(number[11]-'0'+1)%10), "receipt.number.check"},
		{"nobody's", "000990000007", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := f.AskState(tt.typed)
			if err == nil || tt.want != "" && fault.From(err).Key != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			at(t, f, flow.Ask)
		})
	}
	if err := f.AskState(number.String()); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Stand)
	if _, key := f.Stand(); key != "demand.state.unverified" {
		t.Errorf("the state is %s", key)
	}
}

// TestSettledIsForStaff: staff learn how much was settled that had been entered differently; nothing of what it was is on
// the machine.
func TestSettledIsForStaff(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	fill(t, f, wanted)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	number := string(f.Receipt().Number)
	f.Clear()
	if n, last, err := f.Settled(t.Context()); n != 0 || !last.IsZero() || err != nil || f.SettledWord(n, last) != "近 30 天没有" {
		t.Errorf("before: %d, %v, %v", n, last, err)
	}
	if err := s.Settle(number, "phone"); err != nil {
		t.Fatal(err)
	}
	n, last, err := f.Settled(t.Context())
	if n != 1 || err != nil || !strings.Contains(f.SettledWord(n, last), "核对 1 项，最近 2026年11月22日") {
		t.Errorf("staff read %q, %v", f.SettledWord(n, last), err)
	}
	rows, err := s.World.Store.List(t.Context(), record.Query{Kind: "settlement"})
	if err != nil || len(rows) != 1 || rows[0].Text("reason") != "" {
		t.Errorf("the machine holds %+v, %v", rows, err)
	}
	s.Pass(31 * 24 * time.Hour)
	if n, _, _ := f.Settled(t.Context()); n != 0 {
		t.Errorf("a month later: %d", n)
	}
}

func TestTroubles(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.SetTroubles([]flow.Trouble{flow.NoPaper, flow.NoLink})
	if got := f.Troubles(); len(got) != 2 || got[0] != flow.NoLink {
		t.Errorf("troubles %v, want the link first", got)
	}
	f.Choose(flow.Demand)
	at(t, f, flow.Where)
	f.Clear()
	f.SetTroubles([]flow.Trouble{flow.DiskFull})
	f.Choose(flow.Demand)
	at(t, f, flow.Staff)
	f.Back()
	at(t, f, flow.Start)
}

func TestBackNeverMixesVisits(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.Choose(flow.Demand)
	f.Open(flow.Code)
	if err := f.EnterCode(doorplate.CodeOf(s.Door[door]).String()); err != nil {
		t.Fatal(err)
	}
	f.AcceptPlace()
	f.Type("5万")
	for range 10 {
		if f.Route() == flow.Leaving || f.Route() == flow.Start {
			break
		}
		f.Back()
		s.Pass(s.Flow.Mode().Patience()) // whoever goes away here keeps what was typed
		f.Continue()
	}
	at(t, f, flow.Leaving)
	f.Stay()
	at(t, f, flow.Question)
	f.Leave()
	f.Clear()
	f.Choose(flow.Demand)
	at(t, f, flow.Where)
}

func TestTextsOfScreens(t *testing.T) {
	s := stage(t)
	p := s.World.Texts.Printer(i18n.ZhHans)
	var keys []string
	for _, screen := range flow.Screens() {
		keys = append(keys, screen.Title)
	}
	for _, trouble := range flow.Troubles() {
		keys = append(keys, trouble.Key(), trouble.Key()+".hint", trouble.Key()+".staff")
	}
	for _, key := range keys {
		if !p.Has(key) {
			t.Errorf("there is no text %s", key)
		}
	}
}
