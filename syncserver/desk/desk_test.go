// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/notice"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

type office struct {
	desk.Desk
	book *rulebook.Book
	st   store.Store
}

func open(t *testing.T) office {
	t.Helper()
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	regions, err := region.Load(assets.Regions())
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	st, err := central.Open(t.Context(), central.Options{Dir: t.TempDir(), Catalogue: book.Catalogue, Access: book.Access, Now: clock, Rules: []store.Rule{exposed}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	as := st.As(store.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Role: "desk"})
	return office{desk.Desk{Store: as, Regions: regions, Lending: func() *lending.Policy { return book.Lending }, Now: clock, Random: rand.Reader, Sample: true}, book, st}
}

func (o office) village(t *testing.T, code region.Code) ident.Scope {
	t.Helper()
	unit, ok := o.Regions.Unit(code)
	if !ok {
		t.Fatalf("no place %s", code)
	}
	scope, _, err := o.AddVillage(t.Context(), unit)
	if err != nil {
		t.Fatal(err)
	}
	return scope
}

func TestAddVillageOnce(t *testing.T) {
	o := open(t)
	first, again := o.village(t, "441284105203"), o.village(t, "441284105203")
	if first != again {
		t.Errorf("a village got two scopes: %s and %s", first, again)
	}
	if other := o.village(t, "441284105204"); other == first {
		t.Error("two villages share a scope")
	}
}

// TestNoticeIsPublishedAndEnds: a notice for a village and one for everybody are listed newest first; one that ended is not
// shown, and what is no notice cannot end.
func TestNoticeIsPublishedAndEnds(t *testing.T) {
	o := open(t)
	fuxi := o.village(t, "441284105203")
	n := notice.Notice{Sort: notice.News, Title: "开会", Text: "今晚七点在祠堂。", Publisher: "富溪村村委会", Until: "2026-11-22"}
	if _, err := o.Publish(t.Context(), fuxi, notice.Notice{Title: "开会"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("half a notice: %v", err)
	}
	id, err := o.Publish(t.Context(), fuxi, n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Publish(t.Context(), ident.Ref, n); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		if err := o.EndNotice(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	all, err := o.Notices(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%d notices, %v", len(all), err)
	}
	for _, one := range all {
		if one.Shown(now) != (one.Header.Scope == ident.Ref) || !one.Sample {
			t.Errorf("in %s: shown %v", one.Header.Scope, one.Shown(now))
		}
	}
	unit, _ := fuxi.Unit()
	if err := o.EndNotice(t.Context(), ident.Record(unit)); !fault.Is(err, fault.NotFound) {
		t.Errorf("a village ends: %v", err)
	}
}

func TestPostRefuses(t *testing.T) {
	o := open(t)
	village := o.village(t, "441284105203")
	bank, err := o.AddOrg(t.Context(), desk.Org{Name: "示例银行", Short: "示例", Kind: "bank"})
	if err != nil {
		t.Fatal(err)
	}
	officer := ident.Actor{7}
	if err := o.AddStaff(t.Context(), officer, "示例陈某", "", bank); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		scope   ident.Scope
		officer ident.Actor
		bank    ident.Org
		from    string
		want    fault.Kind
	}{
		{"a wrong day", village, officer, bank, "tomorrow", fault.Invalid},
		{"no village", ident.Ref, officer, bank, "", fault.Invalid},
		{"an unknown officer", village, ident.Actor{8}, bank, "", fault.NotFound},
		{"an unknown bank", village, officer, ident.Org{9}, "", fault.NotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := o.Post(t.Context(), tt.scope, tt.officer, tt.bank, tt.from); !fault.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := o.Post(t.Context(), village, officer, bank, ""); err != nil {
		t.Errorf("a good posting: %v", err)
	}
}

// demand registers a demand as the desk itself does at a counter.
func (o office) demand(t *testing.T, village ident.Scope, bank ident.Org) record.Header {
	t.Helper()
	numbers, err := receipt.NewNumberer(7, make([]byte, receipt.MinKey))
	if err != nil {
		t.Fatal(err)
	}
	number, err := numbers.At(1)
	if err != nil {
		t.Fatal(err)
	}
	wording, ok := o.book.Consent.Current("loan_demand", now)
	if !ok {
		t.Fatal("there is no wording for a loan demand")
	}
	given, err := o.book.Consent.Give(consent.Consent{Recipient: bank, Purpose: wording.Purpose, Given: consent.Tap, Giver: "示例陈某"}, now)
	if err != nil {
		t.Fatal(err)
	}
	by := lending.Author{Role: "desk", Source: record.Authoritative, NowMS: now.UnixMilli(), Random: rand.Reader}
	act, d, err := o.Lending().NewDemand(by, lending.Demand{
		Header: record.Header{Scope: village}, Receipt: number, Channel: "console", Via: "none",
		Applicant: "示例陈某", Contact: lending.ContactVillage, Asked: 3_000_000, TermMonths: 12, Purpose: "planting", Sample: true,
	}, given)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Store.Apply(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	return d.Header
}

func (o office) state(t *testing.T, demand record.Header) lending.State {
	t.Helper()
	moves, err := lending.Moves(t.Context(), o.Store, demand)
	if err != nil {
		t.Fatal(err)
	}
	return o.Lending().Fold(moves)
}

// A registered demand goes to whom the posting names, once; without a posting
// it stays nobody's until there is one.
func TestRouter(t *testing.T) {
	o := open(t)
	village := o.village(t, "441284105203")
	bank, err := o.AddOrg(t.Context(), desk.Org{Name: "示例银行", Short: "示例", Kind: "bank"})
	if err != nil {
		t.Fatal(err)
	}
	officer := ident.Actor{7}
	if err := o.AddStaff(t.Context(), officer, "示例陈某", "信用融资服务官", bank); err != nil {
		t.Fatal(err)
	}
	demand := o.demand(t, village, bank)
	router := desk.Router{Desk: o.Desk, Log: slog.New(slog.DiscardHandler), After: time.After}
	look := func() {
		heads := make(chan ident.Scope, 1)
		heads <- village
		close(heads)
		router.Run(context.WithoutCancel(t.Context()), heads)
	}
	look()
	if s := o.state(t, demand); s.Status != lending.Registered {
		t.Fatalf("without a posting the demand is %s", s.Status)
	}
	if err := o.Post(t.Context(), village, officer, bank, "2026-11-01"); err != nil {
		t.Fatal(err)
	}
	look()
	look()
	s := o.state(t, demand)
	if s.Status != lending.Assigned || s.Officer != officer || s.Bank != bank || len(s.Steps) != 2 {
		t.Errorf("got %s, officer %v, %d steps", s.Status, s.Officer == officer, len(s.Steps))
	}
}
