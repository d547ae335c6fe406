// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"context"
	"errors"
	"image/color"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/station/stationtest"
	"yuexin/shared/sync/record"
)

func titlesOf(surveys []flow.Survey) (out []string) {
	for _, p := range surveys {
		out = append(out, p.Form+" "+strconv.Itoa(len(p.Lines)))
	}
	return out
}

// explained saves an entry with a reason for each warning.
func explained(t *testing.T, e *flow.Entry) ident.Record {
	t.Helper()
	for _, p := range e.Problems() {
		switch p.Level {
		case forms.Block:
			t.Fatalf("%s %s: %s", p.Path, p.Label, p.Text)
		case forms.Warn:
			e.Explain(p, "问过本人")
		}
	}
	id, _, err := e.Save(ctx())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

var sevenMet = map[string]string{
	"rule_law": "unmet", "rule_weddings": "met", "rule_clean": "met", "rule_family": "met", "rule_neighbours": "met", "rule_village": "met", "rule_work": "met",
	"remark": "有欠款",
}

// TestSurveys fills in every form about a household, a merchant and a village, shows what was filled in, and changes it.
func TestSurveys(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	of, err := s.Desk.Surveys(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"household_survey 0", "carbon 0", "green 0", "pond 0", "seven 0"}, titlesOf(of)); diff != "" || !of[0].Own {
		t.Errorf("of a household: %s", diff)
	}
	for _, tc := range []struct {
		form    string
		answers map[string]string
		of      ident.Record
		flagged string
	}{
		{"seven", sevenMet, stage.Chen, "守法诚信不满足，需要复核。"},
		{"green", map[string]string{"clean": "25", "planting": "15", "penned": "15", "organic": "20", "solar": "15", "project": "10"}, stage.Chen, ""},
		{"pond", map[string]string{"pond_name": "东塘", "keeper": "陈秀英", "pond_area": "2", "pond_tenure": "own", "pond_species": "shrimp", "agree_position": "yes", "position": "23.1,112.6"}, stage.Chen, ""},
		{"merchant_survey", map[string]string{"operating": "open", "agree": "yes", "barred": "dispute"}, stage.Shop, "有不宜授信的情形，需要复核。"},
		{"village", map[string]string{"figures_year": "2025", "population": "2400", "households": "600"}, ident.Record{}, ""},
		{"enterprise", map[string]string{
			"name": "示例食品有限公司", "uscc": "91000000MA00000157", "legal_person": "示例 何某", "phone": "19900001234", "sector": "manufacturing",
			"operating": "open", "agree": "yes", "agree_finance": "yes", "figures_year": "2025", "assets_total": "1", "debts_total": "2",
		}, ident.Record{}, "资不抵债，需要复核。"},
		{"farm_entity", map[string]string{"entity_type": "family_farm", "name": "示例农场", "manager": "示例 何某", "phone": "19900001234", "operating": "open", "agree": "yes"}, ident.Record{}, ""},
	} {
		t.Run(tc.form, func(t *testing.T) {
			e, err := s.Desk.NewVillageSurvey(ctx(), tc.form, stage.Fuxi)
			if !tc.of.IsZero() {
				e, err = s.Desk.NewSurvey(ctx(), tc.form, tc.of)
			}
			if err != nil {
				t.Fatal(err)
			}
			fill(t, e, tc.answers)
			if tc.answers["position"] != "" {
				fill(t, e, map[string]string{"position": tc.answers["position"]})
			}
			id := explained(t, e)
			x, err := s.Desk.Survey(ctx(), id)
			if err != nil || len(x.Sections) == 0 || x.Form != e.Session.Form().Title.In(s.Desk.Print) || len(x.Traces) == 0 {
				t.Fatalf("detail %+v, %v", x, err)
			}
			if got := strings.Join(x.Flags, ""); got != tc.flagged {
				t.Errorf("flags %q, want %q", got, tc.flagged)
			}
			row, err := s.Desk.Store.Get(ctx(), id)
			if err != nil {
				t.Fatal(err)
			}
			about, _ := s.Desk.Store.Get(ctx(), tc.of)
			if !tc.of.IsZero() && row.Header.Subject != about.Header.Subject {
				t.Error("it is about somebody else")
			}
			consents, err := s.Desk.Store.List(ctx(), record.Query{Kind: consent.Kind, Scope: stage.Fuxi, Subject: row.Header.Subject, Limit: 99})
			for _, purpose := range e.Session.Consents() {
				if err != nil || !slices.ContainsFunc(consents, func(c record.Row) bool { return consent.Of(c).Purpose == purpose }) {
					t.Errorf("no consent to %s: %v", purpose, err)
				}
			}
			again, err := s.Desk.EditSurvey(ctx(), id)
			if err != nil || again.New || again.Resumed {
				t.Fatalf("edit %+v, %v", again, err)
			}
			if diff := cmp.Diff(e.Session.Fields(), again.Session.Fields()); diff != "" {
				t.Errorf("shown again (-typed +got):\n%s", diff)
			}
		})
	}
	flagged, err := s.Desk.Flagged(ctx(), stage.Fuxi)
	var told []string
	for _, f := range flagged {
		told = append(told, f.Title)
	}
	slices.Sort(told)
	if diff := cmp.Diff([]string{"2026年11月22日 满足几条 6 信用七条评议", "富溪农资店 商户信用信息采集表", "示例食品有限公司 企业登记"}, told); diff != "" || err != nil {
		t.Errorf("for review: %s %v", diff, err)
	}
	if elsewhere, err := s.Desk.Flagged(ctx(), stage.Dasa); err != nil || len(elsewhere) != 0 {
		t.Errorf("for review in another village: %v, %v", elsewhere, err)
	}
	village, err := s.Desk.VillageSurveys(ctx(), stage.Fuxi)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"carbon 0", "element 0", "enterprise 1", "farm_entity 1", "green 0", "pond 1", "task 0", "village 1"}, titlesOf(village)); diff != "" {
		t.Errorf("of a village: %s", diff)
	}
	if _, err := s.Desk.NewVillageSurvey(ctx(), "seven", stage.Fuxi); !fault.Is(err, fault.Unsupported) {
		t.Errorf("the seven rules of a village: %v", err)
	}
	_, err = s.Desk.VillageSurveys(ctx(), "")
	wantKey(t, err, "agent.form.village")
}

// TestWarningWantsAReason: nothing is saved until it is given; then it stands in the trail with the old value.
func TestWarningWantsAReason(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.NewSurvey(ctx(), "household_survey", stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"agree": "yes", "population": "1"})
	_ = e.Session.SetFrom("phone", "13900139000", forms.Scanned)
	if _, _, err := e.Save(ctx()); !errors.Is(err, flow.Blocked) {
		t.Fatalf("more members than people: %v", err) // of whom more can work than there are
	}
	fill(t, e, map[string]string{"labour": "1"})
	if _, _, err := e.Save(ctx()); !errors.Is(err, flow.Unexplained) {
		t.Fatalf("without a reason: %v", err)
	}
	id := explained(t, e)
	x, err := s.Desk.Detail(ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, tr := range x.Traces {
		told = append(told, tr.Title+"："+tr.Text+"（"+tr.Who+"）")
	}
	want := []string{
		"联系电话：原来是 13800138001、设备读取（您）", "家庭人口：原来是 4、手填、原因：问过本人（您）", "劳动力人数：原来是 2、手填（您）",
	}
	for _, line := range want {
		if !slices.Contains(told, line) {
			t.Errorf("no %s in %v", line, told)
		}
	}
}

// filling is a store whose disk is full after some acts.
type filling struct {
	record.Store
	acts []record.Act
	left int
}

func (b *filling) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if b.left--; b.left < 0 {
		return record.Receipt{}, fault.New(fault.Unavailable, "store.full")
	}
	b.acts = append(b.acts, act)
	return b.Store.Apply(ctx, act)
}

// TestManyRows saves a household with a thousand plots. The disk is full after the first act, and the program ends; the
// form is found again and saved to its end: every plot is there once.
func TestManyRows(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	const plots = 1000
	e, err := s.Desk.NewSurvey(ctx(), "household_survey", stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"agree": "yes"})
	for i := range plots {
		at, err := e.Session.AddRow("plots")
		if err != nil {
			t.Fatal(err)
		}
		row := "plots." + strconv.Itoa(at) + "."
		fill(t, e, map[string]string{row + "plot_area": "1." + strconv.Itoa(i%10), row + "tenure": "contracted", row + "parcel_no": "P" + strconv.Itoa(i)})
	}
	if err := e.Flush(ctx()); err != nil {
		t.Fatal(err)
	}
	store := &filling{Store: s.Desk.Store, left: 1}
	s.Desk.Store = store
	for _, p := range e.Problems() {
		e.Explain(p, "有证")
	}
	if _, _, err := e.Save(ctx()); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("a full disk: %v", err)
	}
	list, err := s.Desk.Begun(ctx())
	if err != nil || len(list) != 1 || list[0].Title != "陈秀英 农户信用信息采集表" {
		t.Fatalf("begun %+v, %v", list, err)
	}
	store.left = 99
	again, err := s.Desk.Resume(ctx(), s.Tray, list[0])
	if err != nil || again.Session.Rows("plots") != plots {
		t.Fatalf("%v", err)
	}
	for _, p := range again.Problems() {
		again.Explain(p, "有证")
	}
	if _, _, err := again.Save(ctx()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	rows, err := s.Desk.Store.List(ctx(), record.Query{Kind: "plot", Scope: stage.Fuxi, Limit: 2 * plots})
	for _, row := range rows {
		seen[row.Text("parcel_no")]++
	}
	if err != nil || len(rows) != plots || len(seen) != plots {
		t.Errorf("%d plots, %d different, %v", len(rows), len(seen), err)
	}
	if len(store.acts) < 5 {
		t.Errorf("%d acts", len(store.acts))
	}
	for i, act := range store.acts {
		if err := act.Check(); err != nil || len(act.Writes) > record.MaxWrites {
			t.Errorf("act %d: %d writes, %v", i, len(act.Writes), err)
		}
	}
	if list, _ := s.Desk.Begun(ctx()); len(list) != 0 {
		t.Errorf("still begun: %+v", list)
	}
}

// TestDraftKeepsItsVersion: what was begun is finished on the version of the form it was begun with, also when a newer one
// came into force meanwhile; keeping old work late takes nothing back.
func TestDraftKeepsItsVersion(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.NewHousehold(ctx(), stage.Fuxi)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"head_name": "周"})
	early := e.Keep()
	fill(t, e, map[string]string{"head_name": "周小"})
	_ = e.Session.Set("phone", "1380013")
	late := e.Keep()
	if err := errors.Join(late(ctx()), early(ctx()), e.Leave(ctx())); err != nil {
		t.Fatal(err)
	}
	if e.Keep() != nil {
		t.Error("nothing changed, and it is kept again")
	}
	s.Desk.Book, err = rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"),
		stationtest.Later(t, "forms", "household.json", "2", `"zh-Hans": "农户登记"`, `"zh-Hans": "农户登记（新）"`))
	if err != nil {
		t.Fatal(err)
	}
	if list, _ := s.Colleague().Begun(ctx()); len(list) != 0 {
		t.Errorf("a colleague sees %+v", list)
	}
	list, err := s.Desk.Begun(ctx())
	if err != nil || len(list) != 1 || list[0].Title != "富溪村 农户登记 周小" {
		t.Fatalf("begun %+v, %v", list, err)
	}
	again, err := s.Desk.Resume(ctx(), nil, list[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Session.Text("head_name") + " " + again.Session.Text("phone"); got != "周小 1380013" || again.Session.Form().Version != 1 || !again.Resumed {
		t.Errorf("found %q on version %d", got, again.Session.Form().Version)
	}
	fill(t, again, newHousehold)
	id := explained(t, again)
	if row, err := s.Desk.Store.Get(ctx(), id); err != nil || row.Text("form") != "household 1" {
		t.Errorf("written by %q, %v", row.Text("form"), err)
	}
	if err := early(ctx()); err != nil {
		t.Fatal(err)
	}
	fresh, err := s.Desk.Edit(ctx(), id)
	if err != nil || fresh.Session.Form().Version != 2 || fresh.Resumed {
		t.Errorf("a new change is on version %d, %v", fresh.Session.Form().Version, err)
	}
	fill(t, fresh, map[string]string{"address": "三组"})
	if err := fresh.Flush(ctx()); err != nil {
		t.Fatal(err)
	}
	on, err := s.Desk.Edit(ctx(), id)
	if err != nil || !on.Resumed || on.Session.Text("address") != "三组" {
		t.Fatalf("the change is not gone on with: %v", err)
	}
	if anew, err := on.Anew(ctx()); err != nil || anew.Resumed || anew.Session.Text("address") != "" {
		t.Errorf("anew: %v", err)
	}
}

// TestTrayOfSurveys: a refused form about a household, and a refused row of one, are corrected in their forms.
func TestTrayOfSurveys(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	refusing := func(begin func() (*flow.Entry, error), answers map[string]string, rows ...string) *flow.Entry {
		capture := &capturing{Store: s.Desk.Store}
		s.Desk.Store = capture
		e, err := begin()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range rows {
			_, _ = e.Session.AddRow(name)
		}
		fill(t, e, answers)
		explained(t, e)
		s.Desk.Store = capture.Store
		s.Tray.Refuse(capture.act, "sync.reject.choice", "", nil)
		list, err := s.Desk.Returns(ctx(), s.Tray)
		if err != nil || len(list) != 1 || !list[0].Correctable {
			t.Fatalf("%+v, %v", list, err)
		}
		again, err := s.Desk.Correct(ctx(), s.Tray, list[0])
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	seven := refusing(func() (*flow.Entry, error) { return s.Desk.NewSurvey(ctx(), "seven", stage.Chen) }, sevenMet)
	if seven.Session.Text("remark") != "有欠款" || seven.Session.Text("rule_clean") != "met" {
		t.Errorf("refilled %v", seven.Session.Draft())
	}
	explained(t, seven)

	row := refusing(func() (*flow.Entry, error) { return s.Desk.Edit(ctx(), stage.Chen) },
		map[string]string{"agree": "yes", "members.1.member_name": "陈小明", "members.1.relation": "child"}, "members")
	if row.Session.Rows("members") != 2 || row.Session.Text("members.0.member_name") == "陈小明" || row.Session.Text("members.1.member_name") != "陈小明" {
		t.Errorf("refilled %v", row.Session.Draft())
	}
	explained(t, row)
	if list, _ := s.Desk.Returns(ctx(), s.Tray); len(list) != 0 {
		t.Errorf("still in the tray: %+v", list)
	}
	if x, err := s.Desk.Detail(ctx(), stage.Chen); err != nil || len(x.Members) != 2 {
		t.Errorf("%d members, %v", len(x.Members), err)
	}
}

// TestTakenAnswer: a photo that was taken in a form is an attachment of what is saved.
func TestTakenAnswer(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.NewSurvey(ctx(), "household_survey", stage.Li)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.Take(strings.NewReader(string(stage.Door(color.White))))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Session.SetFrom("photo", answer, forms.Imported); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Take(strings.NewReader("no picture")); !fault.Is(err, fault.Unsupported) && !fault.Is(err, fault.Invalid) {
		t.Errorf("taken: %v", err)
	}
	fill(t, e, map[string]string{"agree": "yes"})
	if err := e.Flush(ctx()); err != nil {
		t.Fatal(err)
	}
	list, _ := s.Desk.Begun(ctx())
	again, err := s.Desk.Resume(ctx(), nil, list[0])
	if err != nil || again.Session.Text("photo") != answer {
		t.Fatalf("the photo is not found again: %v", err)
	}
	id := explained(t, again)
	x, err := s.Desk.Detail(ctx(), id)
	if err != nil || len(x.Files.Lines) == 0 || !x.Files.Lines[0].Named || !x.Files.Lines[0].Here {
		t.Errorf("%+v, %v", x.Files, err)
	}
}

// TestDemandIsGoneOnWith: a loan demand that was begun and not saved is registered later, for the same household at the
// same plate.
func TestDemandIsGoneOnWith(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.NewDemand(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"asked": "5万", "purpose": "planting"})
	if err := e.Leave(ctx()); err != nil {
		t.Fatal(err)
	}
	list, err := s.Desk.Begun(ctx())
	if err != nil || len(list) != 1 || !list[0].OfPerson() {
		t.Fatalf("begun %+v, %v", list, err)
	}
	again, err := s.Desk.Resume(ctx(), s.Tray, list[0])
	if err != nil || again.Session.Text("asked") != "50000" || again.Session.Text("applicant_name") != "陈秀英" {
		t.Fatalf("found %v, %v", again.Session.Draft(), err)
	}
	fill(t, again, map[string]string{"term_months": "12", "agree": "yes"})
	id := explained(t, again)
	row, err := s.Desk.Store.Get(ctx(), id)
	if err != nil || again.Number == "" || row.Text("receipt_no") == "" || len(row.Value("plate").Bytes()) == 0 {
		t.Errorf("registered as %q, %v", again.Number, err)
	}
	trail, err := s.Desk.Store.List(ctx(), record.Query{
		Kind: forms.KindTrail, Scope: stage.Fuxi, Limit: 9, Where: []record.Term{{Field: "about", Value: record.OfBytes(id.Bytes())}},
	})
	if err != nil || len(trail) != 1 || !trail[0].Bool("sample") {
		t.Errorf("%d trails, %v", len(trail), err)
	}
	if err := s.Desk.GiveUp(ctx(), list[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Desk.Resume(ctx(), s.Tray, list[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("gone on with what is gone: %v", err)
	}
}

// stuck is a shelf that is full for a while.
type stuck struct {
	stage.Drafts
	full bool
}

func (s *stuck) KeepUnfinished(ctx context.Context, scope ident.Scope, draft ident.Record, parts map[int64][]byte) error {
	if s.full {
		return fault.New(fault.Unavailable, "store.full")
	}
	return s.Drafts.KeepUnfinished(ctx, scope, draft, parts)
}

// TestKeptOnceThereIsRoom: what could not be kept is kept with the next key.
func TestKeptOnceThereIsRoom(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	shelf := &stuck{Drafts: stage.Drafts{}, full: true}
	s.Desk.Unfinished = shelf
	e, err := s.Desk.NewSurvey(ctx(), "household_survey", stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"address": "三组"})
	if err := e.Flush(ctx()); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("a full disk: %v", err)
	}
	_, _ = e.Session.AddRow("plots")
	fill(t, e, map[string]string{"plots.0.plot_area": "1"})
	_ = e.Flush(ctx()) // it is full still
	shelf.full = false
	if err := e.Leave(ctx()); err != nil {
		t.Fatal(err)
	}
	again, err := s.Desk.EditBy(ctx(), "household_survey", stage.Chen)
	if err != nil || !again.Resumed || again.Session.Text("address") != "三组" || again.Session.Text("plots.0.plot_area") != "1.00" {
		t.Errorf("found %v, %v", again.Session.Draft(), err)
	}
}
