// SPDX-License-Identifier: Apache-2.0

package village_test

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/village"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var (
	today = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	unit  = ident.Unit{7}
	scope = ident.UnitScope(unit)
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func own(t *testing.T) *village.Policy {
	t.Helper()
	p, err := village.Parse(strings.NewReader(read(t, "fiveones-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func row(kind record.Kind, n byte, fields map[record.Field]record.Value) record.Row {
	r := record.Row{Header: record.Header{ID: ident.Record{n}, Kind: kind, Scope: scope, Subject: ident.Subject(unit)}, Fields: map[record.Field]record.FieldState{}}
	for f, v := range fields {
		r.Fields[f] = record.FieldState{Value: v}
	}
	return r
}

func element(n byte, which, since string, more map[record.Field]record.Value) record.Row {
	fields := map[record.Field]record.Value{"element": record.OfText(which), "since": record.OfText(since), "proven": record.OfBool(true)}
	for f, v := range more {
		fields[f] = v
	}
	return row(village.KindElement, n, fields)
}

func posting(n byte, post, from, until string) record.Row {
	p := lending.Posting{Header: record.Header{ID: ident.Record{n}, Scope: scope, Subject: ident.Subject(unit)}, Officer: ident.Actor{n}, From: from, Until: until, Post: post}
	w := p.Create()
	return row(lending.KindPosting, n, w.Fields)
}

func figures(n byte, asOf string) record.Row {
	return row(village.KindCollective, n, map[record.Field]record.Value{"as_of": record.OfText(asOf), "platform": record.OfText("三资平台"), "funds": record.OfInt(500_000_00)})
}

func signed(stage string) map[record.Field]record.Value {
	return map[record.Field]record.Value{"credit_stage": record.OfText(stage), "partner": record.OfText("示例银行")}
}

// five is a village that has all five.
func five() []record.Row {
	return []record.Row{
		element(1, "branch", "2026-01-01", map[record.Field]record.Value{"partner": record.OfText("银行支部")}), element(2, "machine", "2025-06-01", nil),
		posting(3, lending.Specialist, "2026-03-01", ""), figures(4, "2026-06-30"), element(5, "credit", "2026-05-01", signed("signed")),
	}
}

func TestStandings(t *testing.T) {
	p := own(t)
	no := record.OfBool(false)
	tests := []struct {
		name string
		rows []record.Row
		want string // states, in the order of the policy
	}{
		{"all five", five(), "held held held held held"},
		{"nothing", nil, "missing missing missing missing missing"},
		{"no photo", append(five()[1:], element(1, "branch", "2026-01-01", map[record.Field]record.Value{"proven": no})), "unproven held held held held"},
		{"the pact ended", append(five()[1:], element(1, "branch", "2025-01-01", map[record.Field]record.Value{"until": record.OfText("2026-11-26")})), "over held held held held"},
		{"its last day", append(five()[1:], element(1, "branch", "2025-01-01", map[record.Field]record.Value{"until": record.OfText("2026-11-27")})), "held held held held held"},
		{"not looked at for two years", append(five()[2:], element(2, "machine", "2024-11-26", nil), five()[0]), "held old held held held"},
		{"an assistant is no specialist", append(slices.Delete(five(), 2, 3), posting(3, lending.Assistant, "2026-01-01", "")), "held held missing held held"},
		{"who is responsible is none either", append(slices.Delete(five(), 2, 3), posting(3, "", "2026-01-01", "")), "held held missing held held"},
		{"the specialist left, another comes next month", append(slices.Delete(five(), 2, 3), posting(3, lending.Specialist, "2026-01-01", "2026-10-31"), posting(8, lending.Specialist, "2026-12-27", "")), "held held over held held"},
		{"figures of two years ago", append(slices.Delete(five(), 3, 4), figures(4, "2024-12-31")), "held held held old held"},
		{"not signed yet", append(five()[:4], element(5, "credit", "2026-05-01", signed("posted"))), "held held held held early"},
		{"an older one was signed", append(five(), element(6, "credit", "2026-11-01", signed("filing"))), "held held held held held"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			for range 3 {
				var got []string
				all := p.Standings(tt.rows, today)
				for _, s := range all {
					got = append(got, string(s.State))
					if s.State == village.Held && s.Record.IsZero() {
						t.Errorf("%s is held by nothing", s.Element.ID)
					}
				}
				if strings.Join(got, " ") != tt.want {
					t.Errorf("%s, want %s", strings.Join(got, " "), tt.want)
				}
				if village.Count(all) != strings.Count(tt.want, "held") {
					t.Errorf("%d of five", village.Count(all))
				}
				r.Shuffle(len(tt.rows), func(i, j int) { tt.rows[i], tt.rows[j] = tt.rows[j], tt.rows[i] })
			}
		})
	}
}

// TestSpecialistIsNotAsked: a demand goes to who is responsible, not to a specialist who came later.
func TestSpecialistIsNotAsked(t *testing.T) {
	rows := []record.Row{posting(1, "", "2026-01-01", ""), posting(2, lending.Specialist, "2026-06-01", ""), posting(3, lending.Adviser, "2026-06-02", "2026-07-01")}
	if got, found := lending.Route(rows, today); !found || got.Officer != (ident.Actor{1}) {
		t.Errorf("routed to %v", got.Officer)
	}
	posts := village.Posts(rows, today)
	var order []string
	for _, p := range posts {
		order = append(order, p.Post)
		if now := p.Post != lending.Adviser; p.Now != now {
			t.Errorf("%s: now %v", p.Post, p.Now)
		}
	}
	if diff := cmp.Diff([]string{lending.Specialist, "", lending.Adviser}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func task(n byte, ended bool) record.Row {
	return row(village.KindTask, n, map[record.Field]record.Value{
		"title": record.OfText("整村建档"), "teams": record.OfSet("bank", "work_team"), "goal": record.OfInt(3), "from": record.OfText("2026-11-01"),
		"due": record.OfText("2026-11-30"), "ended": record.OfBool(ended),
	})
}

// TestTasks: each team that goes to a household adds who collected, none takes the place of another, and a household that two
// teams went to is one.
func TestTasks(t *testing.T) {
	rows := []record.Row{task(1, false)}
	one := village.Tasks(rows)[0]
	collect := func(n byte, house byte, team string, names ...string) {
		t.Helper()
		c, err := one.Collect(record.Header{ID: ident.Record{house}, Scope: scope, Subject: ident.Subject{house}}, team, names, today)
		if err != nil {
			t.Fatal(err)
		}
		c.Header.ID, c.Header.Kind = ident.Record{n}, village.KindCollected
		kept := row(village.KindCollected, n, c.Create().Fields)
		kept.Header = c.Header
		if diff := cmp.Diff(c, village.CollectedOf(kept)); diff != "" {
			t.Errorf("round trip (-want +got):\n%s", diff)
		}
		rows = append(rows, kept)
	}
	collect(10, 101, "bank", "陈建国", " 李金华 ", "陈建国")
	collect(11, 101, "work_team", "王队长")
	collect(12, 102, "bank", "陈建国")
	collect(13, 102, "bank", "黄伟强")
	got := village.Tasks(rows)[0]
	want := []village.Joined{{Team: "bank", Done: 2, Names: []string{"李金华", "陈建国", "黄伟强"}}, {Team: "work_team", Done: 1, Names: []string{"王队长"}}}
	if diff := cmp.Diff(want, got.By); diff != "" || got.Done != 2 || got.Again != 1 || got.Goal != 3 {
		t.Errorf("done %d, again %d (-want +got):\n%s", got.Done, got.Again, diff)
	}
	head := record.Header{ID: ident.Record{103}, Scope: scope}
	ended, over := village.Tasks([]record.Row{task(2, true)})[0], one
	over.Due = "2026-11-26"
	for name, err := range map[string]error{
		"village.task.over":  func() error { _, err := ended.Collect(head, "bank", []string{"a"}, today); return err }(),
		"village.task.over ": func() error { _, err := over.Collect(head, "bank", []string{"a"}, today); return err }(),
		"village.task.team":  func() error { _, err := one.Collect(head, "developer", []string{"a"}, today); return err }(),
		"village.task.names": func() error { _, err := one.Collect(head, "bank", []string{" "}, today); return err }(),
	} {
		if err == nil || fault.From(err).Key != strings.TrimSpace(name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

// list is a reader of rows.
type list []record.Row

func (l list) List(_ context.Context, q record.Query) (out []record.Row, err error) {
	for _, r := range l {
		if r.Header.Kind == q.Kind && r.Header.Scope == q.Scope {
			out = append(out, r)
		}
	}
	return out, nil
}

func TestRead(t *testing.T) {
	judged, err := criteria.Parse(strings.NewReader(read(t, "criteria-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	rules := village.Rules{Village: own(t), Criteria: judged}
	green := row("green", 50, map[record.Field]record.Value{"checked_on": record.OfText("2026-11-01"), "clean": record.OfInt(20), "photo_clean": record.OfBytes([]byte{1})})
	green.Header.Subject = ident.Subject{9}
	saved := row("carbon", 60, map[record.Field]record.Value{"carbon_item": record.OfText("solar"), "quantity": record.OfInt(10), "grams": record.OfInt(5366)})
	rows := append(five(), green, saved, figures(70, "2026-09-30"),
		row(village.KindSurvey, 80, map[record.Field]record.Value{"figures_year": record.OfInt(2025), "households": record.OfInt(320)}),
		row(village.KindSurvey, 81, map[record.Field]record.Value{"figures_year": record.OfInt(2024), "households": record.OfInt(300)}))
	elsewhere := element(90, "branch", "2026-11-01", nil)
	elsewhere.Header.Scope = "unit:elsewhere"
	b, err := village.Read(t.Context(), append(list(rows), elsewhere), rules, scope, today)
	if err != nil {
		t.Fatal(err)
	}
	if n, of := b.Held(); n != 5 || of != 5 {
		t.Errorf("%d of %d", n, of)
	}
	if b.Green.Judged != 1 || b.Green.Households != 320 || b.Green.Pass || b.Green.Failing()[0] == "clean" {
		t.Errorf("green %+v", b.Green)
	}
	if b.Carbon.Grams != 5366 || b.Figures == nil || b.Figures.AsOf != "2026-09-30" || len(b.Posts) != 1 {
		t.Errorf("%+v", b)
	}
	b, err = village.Read(t.Context(), append(list(rows[:8]), row(village.KindHousehold, 91, nil), row(village.KindHousehold, 92, nil)), rules, scope, today)
	if err != nil || b.Green.Households != 2 {
		t.Errorf("%v, %d households on file", err, b.Green.Households)
	}
}

func TestParseRefuses(t *testing.T) {
	good := read(t, "fiveones-1.json")
	tests := []struct{ name, from, to, want string }{
		{"unknown key", `"version"`, `"edition"`, "unknown field"},
		{"no version", `"version": 1,`, ``, "version"},
		{"twice", `"id": "machine"`, `"id": "branch"`, "there twice"},
		{"from nowhere", `"from": "collective"`, `"from": "rumour"`, "nothing is read"},
		{"no posts", `"posts": ["specialist"], `, ``, "posts"},
		{"a photo of a posting", `"from": "posting"`, `"photo": true, "from": "posting"`, "photo"},
		{"no words", `"en": "Kiosk"`, `"en": ""`, "not whole"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.from, tt.to, 1)
			if bad == good {
				t.Fatal("nothing was replaced")
			}
			if _, err := village.Parse(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	p := own(t)
	if e, ok := p.Element("platform"); !ok || e.In("fr") != "一平台" || e.WhatIn(i18n.En) == "" || len(p.Elements()) != 5 {
		t.Error("the five are not there")
	}
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []village.State{village.Held, village.Missing, village.Unproven, village.Early, village.Over, village.Old} {
		texts.Printer(i18n.En).T("village.state." + string(s))
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("missing %v", missing)
	}
}
