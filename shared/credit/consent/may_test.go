// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

var reviewer = consent.Reader{Org: bank, Need: consent.NeedConsent}

// file is a consent to the file of a household, given n hours after now.
func file(t *testing.T, n byte, hours int) consent.Consent {
	t.Helper()
	p, _ := mustPolicy(t)
	h := header
	h.ID = ident.Record{n}
	c, err := p.Give(consent.Consent{Header: h, Recipient: bank, Purpose: "household_file", Given: consent.Paper, Giver: "陈大文"}, now.Add(time.Duration(hours)*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func end(c consent.Consent, hours int) consent.Ending {
	return consent.Ending{Consent: c.Header.ID, AtMS: now.Add(time.Duration(hours) * time.Hour).UnixMilli()}
}

// TestMay: a bank is shown a group as long as a consent to it, by words that are about it, holds; whoever collects is shown
// it until the person takes that back.
func TestMay(t *testing.T) {
	p, _ := mustPolicy(t)
	first, again := file(t, 1, 0), file(t, 2, 5)
	beyond := first
	beyond.Groups = append(slices.Clone(first.Groups), "debts")
	tapped := mustGive(t, "finance", consent.Signature)
	tapped.Given = consent.Tap
	tests := []struct {
		name        string
		given       consent.Given
		kind        record.Kind
		group       string
		days        int
		bank, other consent.Why // what the bank and another bank are told
		collector   consent.Why
	}{
		{"nobody asked", consent.Given{}, "household", "contact", 0, consent.None, consent.None, consent.Allowed},
		{"given", consent.Given{Consents: []consent.Consent{first}}, "household", "contact", 1, consent.Allowed, consent.None, consent.Allowed},
		{"of another group", consent.Given{Consents: []consent.Consent{first}}, "household", "debts", 1, consent.None, consent.None, consent.Allowed},
		{"in another kind", consent.Given{Consents: []consent.Consent{first}}, "demand", "contact", 1, consent.None, consent.None, consent.Allowed},
		{"more than the words say", consent.Given{Consents: []consent.Consent{beyond}}, "household", "debts", 1, consent.None, consent.None, consent.Allowed},
		{"a way that the words do not admit", consent.Given{Consents: []consent.Consent{tapped}}, "household", "debts", 1, consent.None, consent.None, consent.Allowed},
		{"over", consent.Given{Consents: []consent.Consent{first}}, "household", "contact", 3*366 + 1, consent.Over, consent.None, consent.Allowed},
		{"withdrawn", consent.Given{[]consent.Consent{first}, []consent.Ending{end(first, 3)}}, "household", "contact", 1, consent.Withdrawn, consent.None, consent.Withdrawn},
		{"withdrawn by a clock that is ahead", consent.Given{[]consent.Consent{first}, []consent.Ending{end(first, 3000)}}, "household", "contact", 1, consent.Withdrawn, consent.None, consent.Withdrawn},
		{"given again", consent.Given{[]consent.Consent{again, first}, []consent.Ending{end(first, 3)}}, "household", "contact", 1, consent.Allowed, consent.None, consent.Allowed},
		{"another one withdrawn", consent.Given{[]consent.Consent{again, first}, []consent.Ending{end(again, 9)}}, "household", "contact", 1, consent.Allowed, consent.None, consent.Allowed},
	}
	for _, tt := range tests {
		at := now.AddDate(0, 0, tt.days)
		for who, want := range map[consent.Reader]consent.Why{reviewer: tt.bank, {Org: ident.Org{9}, Need: consent.NeedConsent}: tt.other, {Need: consent.NeedNoEnd}: tt.collector} {
			if v := p.May(who, tt.kind, tt.group, tt.given, at); v.Why != want || (v.AtMS == 0) != (want == consent.Allowed || want == consent.None) {
				t.Errorf("%s, %v: %+v, want %q", tt.name, who, v, want)
			}
		}
	}
	if _, bound := p.Reader("admin", bank); bound {
		t.Error("who runs the system is bound")
	}
}

// TestJudge: what an organisation saw after the moment of a withdrawal is found however late that withdrawal arrived; what it
// saw before, under another consent, or was refused is not.
func TestJudge(t *testing.T) {
	p, _ := mustPolicy(t)
	first, again := file(t, 1, 0), file(t, 2, 20)
	given := consent.Given{Consents: []consent.Consent{again, first}, Ends: []consent.Ending{end(first, 10)}}
	use := func(hours int, org ident.Org, group string, refused bool) consent.Use {
		return consent.Use{AtMS: now.Add(time.Duration(hours) * time.Hour).UnixMilli(), Org: org, Kind: "household", Groups: []string{group}, Refused: refused}
	}
	uses := []consent.Use{use(9, bank, "contact", false), use(10, bank, "contact", false), use(15, bank, "contact", true), use(15, ident.Org{9}, "contact", false),
		use(15, bank, "debts", false), use(21, bank, "contact", false)}
	var got []bool
	for _, u := range p.Judge(uses, given, time.UTC) {
		got = append(got, u.After)
	}
	if diff := cmp.Diff([]bool{false, true, false, false, false, false}, got); diff != "" {
		t.Errorf("after the withdrawal (-want +got):\n%s", diff)
	}
}

// guardStage is a village with one household, in memory.
type guardStage struct {
	store *memory.Store
	guard consent.Guard
	told  []consent.Refusal
}

func newGuard(t *testing.T, need consent.Need) *guardStage {
	t.Helper()
	p, _ := mustPolicy(t)
	open := func(name string) *bytes.Reader {
		data, err := fs.ReadFile(assets.Folder("policies"), name)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(data)
	}
	cat, err := record.ParseCatalogue(open("catalogue-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(open("access-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := &guardStage{store: memory.New(memory.Options{Catalogue: cat, Access: access, Clock: func() hlc.Reading { return hlc.Reading{WallMS: now.UnixMilli()} }, Lane: ident.Incarnation{1}})}
	s.guard = consent.Guard{
		Policy: p, Catalogue: cat, Reader: func(context.Context) consent.Reader { return consent.Reader{Org: bank, Need: need} }, Look: s.store.As(memory.Session{Role: "analyst"}), Now: func() time.Time { return now },
		Refused: func(_ context.Context, _ bool, r []consent.Refusal) error { s.told = append(s.told, r...); return nil },
	}
	return s
}

func (s *guardStage) put(t *testing.T, writes ...record.Write) {
	t.Helper()
	st := s.store.As(memory.Session{Role: "officer", Actor: ident.Actor{1}})
	base, err := st.Base(t.Context(), header.Scope)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Apply(t.Context(), record.Act{Name: "test", Scope: header.Scope, Base: base, Source: record.Officer, Writes: writes}); err != nil {
		t.Fatal(err)
	}
}

// TestGuard: what may not be shown is in no answer of the store, by whatever way it is asked for, and whoever asks is told.
func TestGuard(t *testing.T) {
	s := newGuard(t, consent.NeedConsent)
	h := record.Header{ID: ident.Record{50}, Kind: "household", Scope: header.Scope, Subject: header.Subject}
	s.put(t, record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{
		"head_name": record.OfText("陈大文"), "phone": record.OfText("19900008888"), "deposits": record.OfInt(100), "population": record.OfInt(4),
	}})
	s.put(t, record.Write{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{"phone": record.OfText("19900009999"), "deposits": record.OfInt(200)}})
	st := s.guard.Over(s.store.As(memory.Session{Role: "reviewer", Actor: ident.Actor{2}}))
	byPhone := record.Query{Kind: "household", Scope: h.Scope, Where: []record.Term{{Field: "phone", Value: record.OfText("19900009999")}}}
	look := func() (shown string, why []consent.Why) {
		t.Helper()
		s.told = nil
		row, err := st.Get(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range row.FieldNames() {
			shown += string(f) + " "
		}
		for _, r := range s.told {
			why = append(why, r.Why)
		}
		rows, err := st.List(t.Context(), byPhone)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 1 {
			shown += "by_phone "
		}
		for _, search := range [][2]string{{"大文", "by_name "}, {"cdw", "by_initials "}} {
			if rows, err = st.List(t.Context(), record.Query{Kind: "household", Limit: 1, Search: search[0]}); err != nil {
				t.Fatal(err)
			}
			if len(rows) == 1 {
				shown += search[1]
			}
		}
		past, err := st.History(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range past {
			shown += "was_" + string(p.Field) + " "
		}
		return strings.TrimSpace(shown), why
	}
	if shown, why := look(); shown != "population" || !slices.Equal(why, []consent.Why{consent.None}) {
		t.Errorf("without a consent: %s, %v", shown, why)
	}
	c := file(t, 3, 0)
	s.put(t, c.Create())
	if shown, why := look(); shown != "head_name phone population by_phone by_name by_initials was_phone" || !slices.Equal(why, []consent.Why{consent.None}) {
		t.Errorf("with a consent to the file: %s, %v", shown, why)
	}
	s.put(t, c.End(ident.Record{60}, now.UnixMilli(), consent.Told))
	if shown, why := look(); shown != "population" || !slices.Equal(why, []consent.Why{consent.None, consent.Withdrawn}) && !slices.Equal(why, []consent.Why{consent.Withdrawn, consent.None}) {
		t.Errorf("after the withdrawal: %s, %v", shown, why)
	}
}

// TestGuardCollects: whoever collects sees all, and after a withdrawal whose it was.
func TestGuardCollects(t *testing.T) {
	s := newGuard(t, consent.NeedNoEnd)
	st := s.guard.Over(s.store.As(memory.Session{Role: "officer", Actor: ident.Actor{1}}))
	for n := range byte(3) {
		h := record.Header{ID: ident.Record{50 + n}, Kind: "household", Scope: header.Scope, Subject: ident.Subject{2 + n}}
		s.put(t, record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{"head_name": record.OfText("陈大文"), "phone": record.OfText("19900008888")}})
	}
	c := file(t, 3, 0)
	s.put(t, c.Create())
	list := func(q record.Query) (n, phones int) {
		t.Helper()
		rows, err := st.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row.Text("head_name") == "" {
				t.Error("nobody knows whose wish it is")
			}
			if row.Text("phone") != "" {
				phones++
			}
		}
		return len(rows), phones
	}
	q := record.Query{Kind: "household", Scope: header.Scope}
	if n, phones := list(q); n != 3 || phones != 3 || len(s.told) != 0 {
		t.Errorf("before: %d of %d, %v", phones, n, s.told)
	}
	s.put(t, c.End(ident.Record{60}, now.UnixMilli(), consent.Told))
	if n, phones := list(q); n != 3 || phones != 2 || len(s.told) != 1 {
		t.Errorf("after: %d of %d, %v", phones, n, s.told)
	}
	q.Limit, q.Where = 2, []record.Term{{Field: "phone", Value: record.OfText("19900008888")}}
	if n, phones := list(q); n != 2 || phones != 2 {
		t.Errorf("a page by telephone: %d of %d", phones, n)
	}
}
