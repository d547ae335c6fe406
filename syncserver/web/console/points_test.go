// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yuexin/shared/credit/points"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/htmlcheck"
)

// TestPoints: a cadre approves with their password what an officer proposed, puts it up, prints the notice and answers who
// objects; nobody approves their own, and nothing is done without the password.
func TestPoints(t *testing.T) {
	w := newWorld(t, withPapers)
	village, officer, cadre := w.village["富溪村"], w.login("liang"), w.login("he")
	w.put(points.Household, village, ident.Record{71}, map[record.Field]record.Value{"head_name": record.OfText("莫秀兰"), "group_no": record.OfText("三组")})
	put := func(by string, role record.Role, h record.Header, write record.Write) {
		t.Helper()
		write.Header = h
		act := record.Act{Name: "points", Scope: village, Source: record.Cadre, Writes: []record.Write{write}}
		if _, err := w.as(by, role).Apply(t.Context(), act); err != nil {
			t.Fatal(err)
		}
	}
	entry := record.Header{ID: ident.Record{72}, Kind: points.Kind, Scope: village, Subject: ident.Subject{71}}
	put("梁志明", "officer", entry, points.Entry{
		Header: entry, Scheme: "governance", Item: "clean", Points: 2, Day: "2026-11-20", Per: points.Month, Most: 4,
	}.Create())
	at := "/points?village=" + url.QueryEscape(string(village))
	do := func(b *browser, what, secret string, pairs ...string) page {
		form := url.Values{"do": {what}, "village": {string(village)}, "password": {secret}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return b.post("/points", form)
	}
	stands := func(want points.State) {
		t.Helper()
		l, err := points.Read(t.Context(), w.as("desk", "desk"), village, ident.Subject{71})
		if s, _ := l.Standing(entry.ID); err != nil || s.State != want {
			t.Errorf("the entry is %s, %v; want %s", s.State, err, want)
		}
	}
	id := entry.ID.String()
	htmlcheck.Run(t, cadre.get(at).body, htmlcheck.Text("#waiting", "莫秀兰"), htmlcheck.Text("#waiting", "门前屋后干净"), htmlcheck.Text("#catalogue", "邻里互助"))
	htmlcheck.Run(t, officer.get(at).body, htmlcheck.None("#waiting input[type=checkbox]"))
	for name, got := range map[string]page{
		"a wrong password":   do(cadre, "approve", "a guess of somebody", "entry", id),
		"nothing ticked":     do(cadre, "approve", password),
		"their own":          do(officer, "approve", password, "entry", id),
		"nothing to put up":  do(cadre, "publish", password, "scheme", "governance"),
		"an unknown village": do(cadre, "publish", password, "scheme", "governance", "village", "unit:none"),
	} {
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	stands(points.Proposed)
	if got := do(cadre, "approve", password, "entry", id); got.status != http.StatusSeeOther {
		t.Fatalf("approved: %d", got.status)
	}
	stands(points.Counts)
	if got := do(cadre, "publish", password, "scheme", "governance"); got.status != http.StatusSeeOther {
		t.Fatalf("put up: %d", got.status)
	}
	rows, err := w.as("desk", "desk").List(t.Context(), record.Query{Kind: points.KindList})
	if err != nil || len(rows) != 1 || points.ListOf(rows[0]).Lines[0].Name != "莫*兰" {
		t.Fatalf("%d notices, %v", len(rows), err)
	}
	if got := cadre.get("/points/lists/" + rows[0].Header.ID.String() + "/paper"); got.status != http.StatusOK || !strings.HasPrefix(got.body, "%PDF-") {
		t.Errorf("printed: %d", got.status)
	}
	put("何建国", "cadre", record.Header{ID: ident.Record{73}, Kind: points.KindObjection, Scope: village, Subject: ident.Subject{71}},
		points.Objection{Entry: entry.ID, Why: "other_house"}.Create())
	stands(points.Objected)
	if got := do(officer, "answer", password, "entry", id, "kind", points.Kept); got.status != http.StatusUnprocessableEntity {
		t.Errorf("who proposed it keeps it: %d", got.status)
	}
	if got := do(cadre, "answer", password, "entry", id, "kind", points.Kept); got.status != http.StatusSeeOther {
		t.Errorf("kept: %d", got.status)
	}
	stands(points.Counts)
}
