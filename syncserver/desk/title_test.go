// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"testing"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/title"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
)

// TestTitles: a village whose household has a good grade gets its plaque by two persons, counts for its town then, and loses the
// plaque with a reason at the check after a loan went bad. The records say all of it, to everybody.
func TestTitles(t *testing.T) {
	w := openRegistry(t)
	card := w.book.Card("household", "2026-11-22")
	titles := desk.Titles{Desk: w.Desk, Policy: func() *title.Policy { return w.book.Titled }, Card: func(day string) *scoring.Card { return w.book.Card("household", day) }}
	admin, county := title.Person{Actor: ident.Actor{21}, Role: "admin"}, title.Person{Actor: ident.Actor{22}, Role: "analyst"}
	place := string(w.village)
	do := func(do desk.Did, a title.Ask, who ...title.Person) (title.Deed, string) {
		t.Helper()
		a.Title = "credit_village"
		d, err := titles.Do(t.Context(), do, a, place, "", who...)
		if err != nil {
			return d, fault.From(err).Key
		}
		return d, ""
	}
	award, check := (*title.Policy).Give, (*title.Policy).Recheck

	if _, key := do(award, title.Ask{Plaque: "017"}, admin, county); key != "title.short.credited" {
		t.Errorf("a village without households: %q", key)
	}
	h := rated(t, w, 50, card.Cases[0])
	for name, c := range map[string]struct {
		plaque string
		who    []title.Person
		key    string
	}{
		"one person": {"017", []title.Person{admin}, "title.second"},
		"one twice":  {"017", []title.Person{admin, admin}, "title.second"},
		"an officer": {"017", []title.Person{admin, {Actor: ident.Actor{23}, Role: "officer"}}, "title.role"},
		"no plaque":  {"", []title.Person{admin, county}, "title.plaque"},
		"no such":    {"017", nil, "title.second"},
	} {
		if _, key := do(award, title.Ask{Plaque: c.plaque}, c.who...); key != c.key {
			t.Errorf("%s: %q, want %q", name, key, c.key)
		}
	}
	if all, err := title.All(t.Context(), w.Store); err != nil || len(all) != 0 {
		t.Fatalf("refused, and there all the same: %+v, %v", all, err)
	}
	given, key := do(award, title.Ask{Plaque: "2026-四会-017"}, admin, county)
	if key != "" || given.Grade != "star3" || given.Until != "2027-11-21" || given.By != admin.Actor || given.Second != county.Actor || given.Card != card.Version() {
		t.Fatalf("given: %+v %q", given, key)
	}
	if _, key := do(award, title.Ask{Plaque: "018"}, admin, county); key != "title.held" {
		t.Errorf("given twice: %q", key)
	}
	w.office.village(t, "441284105204")
	town, err := titles.Judge(t.Context(), "credit_town", "441284105", "")
	if err != nil || town.Verdict.Count.Villages != 2 || town.Verdict.Count.Titled != 1 || town.Verdict.Grade != "credit" {
		t.Errorf("the town: %+v, %v", town.Verdict, err)
	}
	for place, key := range map[string]string{"449999999": "title.place", "441284106": "title.place"} {
		if _, err := titles.Judge(t.Context(), "credit_town", place, ""); fault.From(err).Key != key {
			t.Errorf("the town %s: %v", place, err)
		}
	}
	if _, err := titles.Judge(t.Context(), "credit_park", "441284105", " "); fault.From(err).Key != "title.park" {
		t.Errorf("a park without a name: %v", err)
	}

	w.apply(w.officer, record.Write{Op: record.Create, Header: record.Header{ID: ident.Record{15: 90}, Kind: "debt", Scope: w.village, Subject: h.Subject}, Fields: map[record.Field]record.Value{
		"lender_kind": record.OfText("own_bank"), "owed": record.OfInt(1_000_000), "overdue": record.OfBool(true), "due": record.OfText("2026-10-01"),
	}})
	if _, key := do(check, title.Ask{}, admin, county); key != "title.reason" {
		t.Errorf("taken away without a reason: %q", key)
	}
	gone, key := do(check, title.Ask{Reason: "贷款逾期"}, county, admin)
	if key != "" || gone.Act != title.Withdrawn || gone.Count.Bad != 1_000_000 || gone.Plaque != "2026-四会-017" {
		t.Errorf("checked: %+v %q", gone, key)
	}
	all, err := title.All(t.Context(), w.kiosk)
	if err != nil || len(all) != 1 || all[0].Holds() || len(all[0].Deeds) != 2 || all[0].Deeds[1].Reason != "贷款逾期" {
		t.Errorf("as a kiosk reads it: %+v, %v", all, err)
	}
}
