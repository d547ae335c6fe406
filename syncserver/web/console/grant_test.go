// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/htmlcheck"
)

// TestCreditBesideTheRating: who may know of a household's credit reads what each bank has of it, that the rating under a grant
// comes out the same when it is made again, and what was corrected since; where it comes out otherwise the page says so.
func TestCreditBesideTheRating(t *testing.T) {
	w := newWorld(t, withPapers)
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	h := w.photographed("谢国栋")
	st := w.as("desk", "desk")
	day := w.now.Format("2006-01-02")
	card := book.Card("household", day)
	root, beside, err := card.Gather(t.Context(), st, h.ID)
	if err != nil {
		t.Fatal(err)
	}
	r, err := card.Score(root, beside, day)
	if err != nil {
		t.Fatal(err)
	}
	base, err := st.Base(t.Context(), h.Scope)
	if err != nil {
		t.Fatal(err)
	}
	grant := exposure.Grant{
		Header: record.Header{ID: newID[ident.Record](w), Scope: h.Scope, Subject: h.Subject}, Ask: newID[ident.Record](w), Household: h.ID,
		State: exposure.Granted, Amount: 3_000_000, Limit: 5_000_000, AtMS: w.now.UnixMilli(), Day: day, Seen: base.Version, Score: r.Bytes(),
	}
	put := func(writes ...record.Write) {
		t.Helper()
		w.apply("desk", record.Act{Name: "x", Scope: h.Scope, Source: record.Authoritative, Writes: writes})
	}
	put(grant.Create())
	put(record.Write{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{"overdue_times": record.OfInt(9)}})
	at := w.at("谢国栋") + "/household"
	htmlcheck.Run(t, w.login("liang").get(at).body, htmlcheck.Text("#credit h2", "各家银行的授信"), htmlcheck.Text("#credit strong", "已授信"),
		htmlcheck.Text("#credit .jade", "结果完全一致"), htmlcheck.Count("#credit .changes li", 1), htmlcheck.Text("#credit .changes b", "9"))

	forged := grant
	forged.Header.ID, forged.Ask = newID[ident.Record](w), newID[ident.Record](w)
	forged.Score = append([]byte(nil), grant.Score...)
	forged.Seen = base.Version + 9
	put(forged.Create())
	htmlcheck.Run(t, w.login("liang").get(at).body, htmlcheck.Count("#credit .alert", 1), htmlcheck.Count("#credit .grant", 2))
}
