// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/title"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// titled is a world whose console judges places as the server does.
func titled(t *testing.T, more ...option) (*world, desk.Titles) {
	var w *world
	var titles desk.Titles
	w = newWorld(t, append([]option{withPapers, func(c *console.Config) {
		book := c.Book
		titles = desk.Titles{
			Desk:   desk.Desk{Regions: c.Regions, Now: c.Now, Random: c.Random},
			Policy: func() *title.Policy { return book.Titled }, Card: func(day string) *scoring.Card { return book.Card("household", day) },
		}
		c.Judge = func(ctx context.Context, id, place, name string) (title.Verdict, title.Standing, error) {
			titles.Desk.Store = w.as("desk", "desk")
			j, err := titles.Judge(ctx, id, place, name)
			return j.Verdict, j.Standing, err
		}
	}}, more...)...)
	titles.Desk.Store = w.as("desk", "desk")
	return w, titles
}

// fill makes twelve households in 富溪村: ten of a good grade, two of a bad one.
func (w *world) fill(card *scoring.Card) {
	w.t.Helper()
	for i := range 12 {
		root, beside := must2(card.Cases[0].Records())(w.t)
		fields := map[record.Field]record.Value{}
		for f, s := range root.Fields {
			fields[f] = s.Value
		}
		fields["head_name"] = text(fmt.Sprintf("信用户%02d", i))
		if i >= 10 {
			fields = map[record.Field]record.Value{"head_name": fields["head_name"]}
		}
		h := w.about(w.village["富溪村"], ident.Subject(newID[ident.Record](w)), "household", fields)
		for _, row := range beside {
			values := map[record.Field]record.Value{}
			for f, s := range row.Fields {
				values[f] = s.Value
			}
			w.about(h.Scope, h.Subject, row.Header.Kind, values)
		}
	}
}

func must2[A, B any](a A, b B, err error) func(t testing.TB) (A, B) {
	return func(t testing.TB) (A, B) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a, b
	}
}

// TestTitles: the page says of a village which criterion fails and by how many households; after two persons gave it a plaque it
// says who, when, and until when, to everybody who has the page; and a role that may not know grades of few households reads none.
func TestTitles(t *testing.T) {
	w, titles := titled(t)
	village := string(w.village["富溪村"])
	ask := func(b *browser, pairs ...string) page {
		q := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		return b.get("/titles?" + q.Encode())
	}
	officer, analyst, reviewer := w.login("liang"), w.login("deng"), w.login("su")
	if got := reviewer.get("/titles"); got.status != http.StatusForbidden && got.status != http.StatusNotFound {
		t.Errorf("a reviewer has the page: %d", got.status)
	}
	htmlcheck.Run(t, analyst.get("/titles").body, htmlcheck.Some("#judge"), htmlcheck.Text("#titles", "还没有授过牌"), htmlcheck.None("#judged"))
	few := ask(analyst, "title", "credit_village", "village", village).body
	htmlcheck.Run(t, few, htmlcheck.Text("#judged", "户数太少"), htmlcheck.None("#judged .bars"))

	w.fill(titles.Card("2026-11-22"))
	got := ask(officer, "title", "credit_village", "village", village).body
	htmlcheck.Run(t, got, htmlcheck.Some("#judged .bars"), htmlcheck.Some("#judged tr.fail .soon"))
	j, err := titles.Judge(t.Context(), "credit_village", village, "")
	if err != nil {
		t.Fatal(err)
	}
	checks := j.Verdict.Checks
	if j.Verdict.Grade != "" {
		checks = j.Verdict.Lacks
	}
	for _, c := range checks {
		if !c.Pass && !strings.Contains(got, w.texts.Printer("zh-Hans").T("title.short."+string(c.Test), "n", c.Lacking())) {
			t.Errorf("the page does not say by how much %s fails: %d of %d, %d lack", c.Test, c.Part, c.All, c.Lacks)
		}
	}
	for name, q := range map[string][]string{
		"no such title":     {"title", "dragon"},
		"no such village":   {"title", "credit_village", "village", "unit:none"},
		"no town of theirs": {"title", "credit_town", "town", "449999999"},
		"a park, no name":   {"title", "credit_park", "town", "441284105"},
	} {
		if got := ask(officer, q...); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.status)
		}
	}

	day := title.Deed{
		Act: title.Given, Title: "credit_village", Place: title.Place{ID: village, Name: "富溪村"}, Grade: "star1", Day: "2025-11-01", Until: "2026-10-31", Plaque: "2025-四会-017",
		By: w.users["admin"].Login.Actor, Second: w.users["deng"].Login.Actor, AtMS: time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC).UnixMilli(),
	}
	put := func(d title.Deed) {
		t.Helper()
		id := newID[ident.Record](w)
		d.Header = record.Header{ID: id, Kind: title.Kind, Scope: ident.Ref, Subject: ident.Subject(id)}
		w.apply("desk", record.Act{Name: "title", Scope: ident.Ref, Source: record.Authoritative, Writes: []record.Write{d.Create()}})
	}
	put(day)
	htmlcheck.Run(t, w.login("he").get("/titles").body, htmlcheck.Text("#titles .jade", "一星信用村"), htmlcheck.Text("#titles .amber", "该复评了"),
		htmlcheck.Text("#titles", "2025-四会-017"))
	day.Act, day.Grade, day.Until, day.Reason = title.Withdrawn, "", "", "信用户不足"
	day.AtMS++
	put(day)
	htmlcheck.Run(t, analyst.get("/titles").body, htmlcheck.Count("#titles li", 2), htmlcheck.Text("#titles li", "信用户不足"), htmlcheck.None("#titles .jade"))
}
