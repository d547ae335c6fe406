// SPDX-License-Identifier: Apache-2.0

package title_test

import (
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/title"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

var now = time.Date(2026, 11, 27, 10, 0, 0, 0, time.FixedZone("UTC+8", 8*3600))

func source(t *testing.T, folder, name string) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder(folder), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func own(t *testing.T) *title.Policy {
	t.Helper()
	p, err := title.Parse(strings.NewReader(source(t, "policies", "titles-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// good is a village of 400 households that reaches two stars: 320 of 400 are 80 %, 95 of 100 borrowers are 95 %, 2 of 100 万 are
// 2 %, which is not below 2 % but below 3 %, and 0.4 万 of 100 万 is 0.4 %.
var good = title.Count{Households: 400, Filed: 390, Credited: 320, Borrowers: 100, Clean: 95, Owed: 100_000_000, Bad: 2_000_000, Fresh: 400_000, Villages: 1}

func TestJudge(t *testing.T) {
	p := own(t)
	with := func(change func(*title.Count)) title.Count {
		c := good
		change(&c)
		return c
	}
	type lack struct {
		Test title.Test
		N    int64
	}
	tests := []struct {
		name, title string
		count       title.Count
		grade       string
		lacks       []lack // of the next grade
	}{
		// star3 takes 360 of 400 credited: 40 lack; bad below 2 % is at most 1,999,999 fen: 1 fen too many.
		{"two stars", "credit_village", good, "star2", []lack{{title.Credited, 40}, {title.Bad, 1}}},
		// 70 % of 400 are 280: 12 lack.
		{"twelve households lack", "credit_village", with(func(c *title.Count) { c.Credited = 268 }), "", []lack{{title.Credited, 12}}},
		// 70 % of 401 are 280.7, so 281.
		{"a part of a household is a whole one", "credit_village", with(func(c *title.Count) { c.Households, c.Credited = 401, 280 }), "", []lack{{title.Credited, 1}}},
		{"just one star", "credit_village", with(func(c *title.Count) { c.Credited = 280 }), "star1", []lack{{title.Credited, 40}}},
		// 5 % is not below 5 %: 5,000,000 is one fen more than 4,999,999. Fresh may be 999,999.
		{"bad loans", "credit_village", with(func(c *title.Count) { c.Bad, c.Fresh = 5_000_000, 1_200_000 }), "", []lack{{title.Bad, 1}, {title.Fresh, 200_001}}},
		{"nobody borrows", "credit_village", title.Count{Households: 10, Credited: 9, Villages: 1}, "star3", nil},
		{"nobody is on file", "credit_village", title.Count{Villages: 1}, "", []lack{{title.Credited, 1}}},
		// half of 13 villages are 6.5, so 7; 90 % of 1,000 borrowers are 900.
		{"a town", "credit_town", title.Count{Villages: 13, Titled: 6, Borrowers: 1000, Clean: 890}, "", []lack{{title.Villages, 1}, {title.Clean, 10}}},
		{"a park", "credit_park", title.Count{Entities: 10, Sound: 9}, "credit", nil},
		{"a park with nothing in it", "credit_park", title.Count{}, "", []lack{{title.Entities, 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := p.Judge(tt.title, tt.count)
			if err != nil || v.Grade != tt.grade {
				t.Fatalf("%q, want %q (%v): %+v", v.Grade, tt.grade, err, v.Checks)
			}
			var lacks []lack
			for _, c := range v.Lacks {
				lacks = append(lacks, lack{c.Test, c.Lacks})
			}
			if diff := cmp.Diff(tt.lacks, lacks); diff != "" {
				t.Errorf("lacks (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := p.Judge("credit_moon", good); fault.KindOf(err) != fault.NotFound {
		t.Errorf("of no title: %v", err)
	}
	v, _ := p.Judge("credit_village", with(func(c *title.Count) { c.Credited = 268 }))
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	if said, _ := texts.Printer(i18n.ZhHans).Explain(v.Short("star1")); said != "信用户还差 12 户" {
		t.Errorf("said %q", said)
	}
}

// TestLacksAreExact: whoever gets what is lacking passes, and with one less does not.
func TestLacksAreExact(t *testing.T) {
	p := own(t)
	r := rand.New(rand.NewPCG(3, 9))
	for range 2000 {
		c := title.Count{Households: 1 + r.IntN(900), Borrowers: r.IntN(300), Owed: r.Int64N(1 << 40), Villages: 1 + r.IntN(40), Entities: r.IntN(50)}
		c.Credited, c.Clean, c.Titled, c.Sound = r.IntN(c.Households+1), r.IntN(c.Borrowers+1), r.IntN(c.Villages+1), r.IntN(c.Entities+1)
		c.Bad = r.Int64N(c.Owed/10 + 1)
		c.Fresh = r.Int64N(c.Bad + 1)
		for _, one := range p.Titles() {
			v, err := p.Judge(one.ID, c)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range v.Lacks {
				if k.All == 0 {
					continue
				}
				for _, less := range []int64{0, 1} {
					d, n := c, k.Lacks-less
					switch k.Test {
					case title.Credited:
						d.Credited += int(n)
					case title.Clean:
						d.Clean += int(n)
					case title.Villages:
						d.Titled += int(n)
					case title.Entities:
						d.Sound += int(n)
					case title.Bad:
						d.Bad -= n
					case title.Fresh:
						d.Fresh -= n
					}
					again, _ := p.Judge(one.ID, d)
					still := slices.ContainsFunc(slices.Concat(again.Lacks, again.Checks), func(o title.Check) bool { return o.Want == k.Want && !o.Pass })
					if still != (less == 1) {
						t.Fatalf("%s %s: %+v with %d of %d: still fails: %v", one.ID, k.Test, c, n, k.Lacks, still)
					}
				}
			}
		}
	}
}

// TestLife: a plaque is given, confirmed a year later, lowered and withdrawn with a reason, and given again; the order in which
// deeds are read changes nothing.
func TestLife(t *testing.T) {
	p := own(t)
	place := title.Place{ID: "unit:a", Name: "富溪村"}
	ask := title.Ask{Title: "credit_village", Place: place, Plaque: "2026-四会-017"}
	var deeds []title.Deed
	judged := func(credited int) title.Verdict {
		c := good
		c.Credited = credited
		v, err := p.Judge("credit_village", c)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	standing := func() title.Standing { return title.Find(title.Fold(deeds), "credit_village", place) }
	add := func(d title.Deed, err error) title.Standing {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		d.Header.ID = ident.Record{byte(len(deeds) + 1)}
		row := record.Row{Header: d.Create().Header, Fields: map[record.Field]record.FieldState{}}
		for f, v := range d.Create().Fields {
			row.Fields[f] = record.FieldState{Value: v}
		}
		d.Header = row.Header
		if diff := cmp.Diff(d, title.Of(row)); diff != "" {
			t.Errorf("a deed is read as another (-want +got):\n%s", diff)
		}
		deeds = append(deeds, d)
		return standing()
	}
	refused := func(want string, err error) {
		t.Helper()
		if err == nil || fault.From(err).Key != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err := p.Give(ask, standing(), judged(268), now)
	refused("title.short.credited", err)
	_, err = p.Give(title.Ask{Title: ask.Title, Place: place}, standing(), judged(320), now)
	refused("title.plaque", err)
	_, err = p.Recheck(ask, standing(), judged(320), now)
	refused("title.none", err)
	s := add(p.Give(ask, standing(), judged(320), now))
	if s.Grade != "star2" || s.Since != "2026-11-27" || s.Until != "2027-11-26" || s.Due("2027-11-26") || !s.Due("2027-11-27") {
		t.Errorf("%+v", s)
	}
	_, err = p.Give(ask, s, judged(320), now)
	refused("title.held", err)
	next := now.AddDate(1, 0, 0)
	if s = add(p.Recheck(ask, s, judged(330), next)); s.Grade != "star2" || s.Until != "2028-11-26" || s.Since != "2026-11-27" {
		t.Errorf("confirmed: %+v", s)
	}
	_, err = p.Recheck(ask, s, judged(290), next.AddDate(1, 0, 0))
	refused("title.reason", err)
	ask.Reason = "信用户不够"
	if s = add(p.Recheck(ask, s, judged(290), next.AddDate(1, 0, 0))); s.Grade != "star1" || s.Deeds[2].Act != title.Lowered || s.Deeds[2].Reason != "信用户不够" {
		t.Errorf("lowered: %+v", s)
	}
	if s = add(p.Recheck(ask, s, judged(100), next.AddDate(2, 0, 0))); s.Holds() || s.Due("2040-01-01") || s.Deeds[3].Act != title.Withdrawn {
		t.Errorf("withdrawn: %+v", s)
	}
	ask.Plaque = "2029-四会-003"
	if s = add(p.Give(ask, s, judged(300), next.AddDate(3, 0, 0))); !s.Holds() || s.Plaque != "2029-四会-003" || len(s.Deeds) != 5 {
		t.Errorf("again: %+v", s)
	}
	slices.Reverse(deeds)
	if diff := cmp.Diff(s, standing()); diff != "" {
		t.Errorf("in another order:\n%s", diff)
	}
}

// TestRead: what is counted, over records.
func TestRead(t *testing.T) {
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	store := memory.New(memory.Options{Catalogue: book.Catalogue, Access: book.Access, Clock: func() hlc.Reading { return hlc.Reading{WallMS: now.UnixMilli()} }}).As(memory.Session{Role: "desk"})
	unit := ident.UnitScope(ident.Unit{1})
	n := byte(0)
	add := func(kind record.Kind, subject byte, fields map[record.Field]record.Value) {
		t.Helper()
		n++
		h := record.Header{ID: ident.Record{n}, Kind: kind, Scope: unit, Subject: ident.Subject{subject}}
		if _, err := store.Apply(t.Context(), record.Act{Name: "x", Scope: unit, Source: record.Authoritative, Writes: []record.Write{{Op: record.Create, Header: h, Fields: fields}}}); err != nil {
			t.Fatal(err)
		}
	}
	money, num, text := func(wan int64) record.Value { return record.OfInt(wan * 1_000_000) }, record.OfInt, record.OfText
	card := book.Card("household", "2026-11-27")
	for i := range byte(3) { // as the card's good household: AAA; the last is in arrears twice
		add("household", 10+i, map[record.Field]record.Value{
			"population": num(4), "labour": num(2), "land_used": num(600), "house_value": money(30), "deposits": money(5), "assets_other": money(5), "debt_own_bank": money(4),
			"guarantees": money(0), "income_planting": money(6), "income_labour": money(6), "cost_production": money(1), "cost_living": money(3), "deposit_average": money(2),
			"overdue_times": num(int64(i) * 4), "figures_year": num(2025), "conduct": text("good"),
		})
	}
	debt := func(subject byte, lender string, wan int64, overdue bool, due string) {
		add("debt", subject, map[record.Field]record.Value{"lender_kind": text(lender), "owed": money(wan), "overdue": record.OfBool(overdue), "due": text(due)})
	}
	debt(10, "own_bank", 4, false, "2027-05-01")
	debt(11, "own_bank", 3, true, "2026-06-01")
	debt(11, "other_bank", 2, true, "2024-06-01")
	debt(12, "private", 9, true, "2026-06-01") // no bank
	add("farm_entity", 20, map[record.Field]record.Value{"operating": text("open"), "overdue_times": num(0)})
	add("farm_entity", 21, map[record.Field]record.Value{"operating": text("open"), "overdue_times": num(1)})
	add("village", 1, map[record.Field]record.Value{"figures_year": num(2024), "households": num(7)})
	add("village", 1, map[record.Field]record.Value{"figures_year": num(2025), "households": num(5)})
	got, err := book.Titled.Read(t.Context(), store, card, unit, now)
	if err != nil {
		t.Fatal(err)
	}
	want := title.Count{Households: 5, Filed: 3, Credited: got.Credited, Disputed: got.Disputed, Borrowers: 2, Clean: 1, Owed: 9_000_000, Bad: 5_000_000, Fresh: 3_000_000, Entities: 2, Sound: 1, Villages: 1}
	if diff := cmp.Diff(want, got); diff != "" || got.Credited < 1 || got.Credited > 2 {
		t.Errorf("(-want +got, %d credited):\n%s", got.Credited, diff)
	}
}

// TestPolicyIsChecked: an edition that cannot be meant is refused, and the fault says where.
func TestPolicyIsChecked(t *testing.T) {
	good := source(t, "policies", "titles-1.json")
	for name, change := range map[string][2]string{
		"a higher grade that takes less": {`"least": 9000}, {"test": "clean", "least": 9500`, `"least": 7500}, {"test": "clean", "least": 9500`},
		"a test that is not there":       {`"test": "villages"`, `"test": "weather"`},
		"a bound of the wrong kind":      {`"test": "villages", "least"`, `"test": "villages", "below"`},
		"a level that is not there":      {`"level": "town"`, `"level": "moon"`},
		"no source":                      {`"source": "ours: no criterion for parks is public"`, `"source": ""`},
		"a title twice":                  {`"id": "credit_town"`, `"id": "credit_village"`},
	} {
		if strings.Count(good, change[0]) == 0 {
			t.Fatalf("%s: nothing to change", name)
		}
		if _, err := title.Parse(strings.NewReader(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestAllow: a deed takes two different persons, each of a role that may.
func TestAllow(t *testing.T) {
	p := own(t)
	admin, analyst, cadre := title.Person{Actor: ident.Actor{1}, Role: "admin"}, title.Person{Actor: ident.Actor{2}, Role: "analyst"}, title.Person{Actor: ident.Actor{3}, Role: "cadre"}
	for name, c := range map[string]struct {
		who []title.Person
		key string
	}{
		"two":            {[]title.Person{admin, analyst}, ""},
		"one":            {[]title.Person{admin}, "title.second"},
		"the same twice": {[]title.Person{admin, admin}, "title.second"},
		"nobody":         {nil, "title.second"},
		"a cadre":        {[]title.Person{admin, cadre}, "title.role"},
	} {
		if err := p.Allow(c.who...); (err == nil) != (c.key == "") || err != nil && fault.From(err).Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
}
