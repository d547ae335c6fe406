// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// granted makes a data folder with a village, a household that is rated well and a grant of 5万 to it. It returns both.
func granted(t *testing.T) (dir, household, grant string) {
	t.Helper()
	dir = t.TempDir()
	mustCLI(t, nil, dir, "village", "add", "四会市大沙镇富溪村")
	app := openApp(t, dir, false)
	defer mustClose(t, app)
	o, err := app.offline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	village, err := o.village(t.Context(), "富溪村")
	if err != nil {
		t.Fatal(err)
	}
	root, beside, err := o.Book().Card(householdCard, o.today()).Cases[0].Records()
	if err != nil {
		t.Fatal(err)
	}
	h := record.Header{ID: ident.Record{15: 1}, Kind: "household", Scope: village, Subject: ident.Subject{15: 1}}
	for i, row := range append([]record.Row{root}, beside...) {
		w := record.Write{Op: record.Create, Header: record.Header{ID: ident.Record{15: byte(1 + i)}, Kind: row.Header.Kind, Scope: village, Subject: h.Subject}, Fields: map[record.Field]record.Value{}}
		for f, s := range row.Fields {
			w.Fields[f] = s.Value
		}
		if err := written(t, o.desk(), w); err != nil {
			t.Fatal(err)
		}
	}
	ask, err := exposure.Ask{
		Header: record.Header{ID: ident.Record{14: 1}, Scope: village, Subject: h.Subject}, Household: h.ID, Bank: ident.Org{1}, Amount: 5_000_000, AtMS: 1,
	}.Create()
	if err != nil {
		t.Fatal(err)
	}
	officer := app.Store.As(store.Login{ID: ident.Login{9}, Actor: ident.Actor{9}, Role: "officer", Scopes: []ident.Scope{village, ident.Ref}})
	if _, err := officer.Apply(t.Context(), record.Act{Name: "ask", Scope: village, Source: record.Officer, Writes: []record.Write{ask}}); err != nil {
		t.Fatal(err)
	}
	if err := o.granter().Settle(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	all, err := exposure.Of(t.Context(), o.desk(), village, h.ID)
	if err != nil || len(all) != 1 || all[0].State != exposure.Granted {
		t.Fatalf("%+v, %v", all, err)
	}
	edit := record.Write{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{"deposits": record.OfInt(123_400)}}
	if err := written(t, o.desk(), edit); err != nil {
		t.Fatal(err)
	}
	return dir, h.ID.String(), all[0].Header.ID.String()
}

// TestCreditCommands: what a grant rests on is made once more, bit for bit, with what was corrected since; the grant is given back
// for a reason, once, and all of it is in the audit log.
func TestCreditCommands(t *testing.T) {
	dir, household, grant := granted(t)
	var again AgainView
	mustCLI(t, &again, dir, "score", "again", grant)
	if !again.Same || again.Then != again.Again || again.Then.Limit != 16_500_000 || again.Then.Grade == "" {
		t.Errorf("made again: %+v", again)
	}
	if len(again.Since) != 1 || again.Since[0].Field != "deposits" || again.Since[0].Now != "1234.00" || again.Since[0].Then == again.Since[0].Now {
		t.Errorf("corrected since: %+v", again.Since)
	}
	if got := refusedCLI(t, dir, "score", "again", household); got != "not_found " {
		t.Errorf("a household made again: %q", got)
	}
	if got := refusedCLI(t, dir, "credit", "release", grant); got != "invalid reason" {
		t.Errorf("given back without a reason: %q", got)
	}
	var back GrantView
	mustCLI(t, &back, dir, "credit", "release", grant, "--reason", "已还清")
	if back.Amount != -5_000_000 || back.State != "released" || back.Reason != "已还清" {
		t.Errorf("given back: %+v", back)
	}
	if got := refusedCLI(t, dir, "credit", "release", grant, "--reason", "已还清"); got != "conflict " {
		t.Errorf("given back twice: %q", got)
	}
	var v CreditView
	mustCLI(t, &v, dir, "credit", "list", household)
	if v.Reserved != 0 || len(v.Grants) != 2 {
		t.Errorf("the credit: %+v", v)
	}
	mustCLI(t, &again, dir, "score", "again", back.ID)
	if !again.Same {
		t.Error("what it was given back from does not come out again")
	}
	audited(t, dir, "syncserver score.again", "syncserver credit.list", "syncserver credit.release")
}

// audited fails unless the audit log names these commands; the releases with their reason.
func audited(t *testing.T, dir string, commands ...string) {
	t.Helper()
	code, out := cli(t, dir, "audit", "list", "--limit", "200")
	for _, what := range commands {
		if code != 0 || !strings.Contains(out, what) {
			t.Errorf("the audit log does not name %q (%d): %s", what, code, out)
		}
	}
}

// TestTitleCommands: two console users give a village its plaque, check it and take it away; who is alone, or is no official, does
// not.
func TestTitleCommands(t *testing.T) {
	dir, _, _ := granted(t)
	t.Setenv(passwordVariable, "correct-horse-battery-2026")
	for name, role := range map[string]string{"li": "admin", "wu": "analyst", "he": "cadre"} {
		mustCLI(t, nil, dir, "user", "add", name, "--role", role)
	}
	t.Setenv(secondVariable, "correct-horse-battery-2026")
	var judged TitleView
	mustCLI(t, &judged, dir, "title", "judge", "credit_village", "富溪村")
	if len(judged.Checks) != 4 || judged.Holds != "" {
		t.Fatalf("judged: %+v", judged)
	}
	if judged.Grade == "" {
		t.Fatalf("one good household of one is no credit village: %+v", judged)
	}
	do := func(verb, as, second string, more ...string) []string {
		return append([]string{"title", verb, "credit_village", "富溪村", "--as", as, "--second", second}, more...)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"twice the same":   {do("award", "li", "li", "--plaque", "017"), "not_allowed second"},
		"with a cadre":     {do("award", "li", "he", "--plaque", "017"), "not_allowed "},
		"without a number": {do("award", "li", "wu"), "invalid plaque"},
		"before there is":  {do("check", "li", "wu"), "conflict "},
	} {
		if got := refusedCLI(t, dir, c.args...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	var deed DeedView
	mustCLI(t, &deed, dir, do("award", "li", "wu", "--plaque", "2026-四会-017")...)
	if deed.Act != "given" || deed.Grade != judged.Grade || deed.Plaque != "2026-四会-017" {
		t.Errorf("given: %+v", deed)
	}
	mustCLI(t, &deed, dir, do("check", "wu", "li")...)
	if deed.Act != "confirmed" {
		t.Errorf("checked: %+v", deed)
	}
	if got := refusedCLI(t, dir, do("withdraw", "wu", "li")...); got != "invalid reason" {
		t.Errorf("withdrawn without a reason: %q", got)
	}
	mustCLI(t, &deed, dir, do("withdraw", "wu", "li", "--reason", "弄虚作假")...)
	var all []DeedView
	mustCLI(t, &all, dir, "title", "list")
	if len(all) != 3 || all[2].Act != "withdrawn" || all[2].Reason != "弄虚作假" {
		t.Errorf("all deeds: %+v", all)
	}
	audited(t, dir, "syncserver title.award", "syncserver title.withdraw", "弄虚作假")
}
