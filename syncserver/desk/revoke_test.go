// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
)

// endConsent withdraws the consent of a demand as a kiosk does: the demand is not touched.
func (o office) endConsent(t *testing.T, d lending.Demand) {
	t.Helper()
	row, err := o.Store.Get(t.Context(), d.Consent)
	if err != nil {
		t.Fatal(err)
	}
	id, err := ident.New[ident.Record](now.UnixMilli(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o.write(t, d.Header.Scope, consent.Of(row).End(id, now.UnixMilli(), consent.Tap))
}

func (o office) write(t *testing.T, scope ident.Scope, writes ...record.Write) {
	t.Helper()
	base, err := o.Store.Base(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	act := record.Act{Name: "x", Scope: scope, Base: base, Source: record.Authoritative, Writes: writes}
	if _, err := o.Store.Apply(t.Context(), act); err != nil {
		t.Fatal(err)
	}
}

// TestRevoker: a demand ends with the consent it was made with, once; another one for the same bank keeps it, and one that was
// withdrawn itself is left as it is.
func TestRevoker(t *testing.T) {
	o := open(t)
	village := o.village(t, "441284105203")
	bank, err := o.AddOrg(t.Context(), desk.Org{Name: "示例银行", Short: "示例", Kind: "bank"})
	if err != nil {
		t.Fatal(err)
	}
	read := func(h record.Header) lending.Demand {
		row, err := o.Store.Get(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		return lending.DemandOf(row)
	}
	open, revoked, again, moved := o.demand(t, village, bank), o.demand(t, village, bank), o.demand(t, village, bank), o.demand(t, village, bank)
	look := func() {
		t.Helper()
		r := desk.Revoker{Desk: o.Desk, Log: slog.New(slog.DiscardHandler), After: time.After}
		if err := r.Village(t.Context(), village); err != nil {
			t.Fatal(err)
		}
	}
	o.endConsent(t, read(revoked))

	o.endConsent(t, read(again))
	next, err := o.book.Consent.Give(consent.Consent{
		Header: record.Header{Scope: village, Subject: again.Subject}, Recipient: bank, Purpose: "loan_demand", Given: consent.Tap, Giver: "示例陈某",
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	if next.Header.ID, err = ident.New[ident.Record](now.UnixMilli(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	o.write(t, village, next.Create())

	by := lending.Author{Role: "desk", Source: record.Authoritative, NowMS: now.UnixMilli(), Random: rand.Reader}
	act, err := o.Lending().Move(by, read(moved), o.state(t, moved), lending.Request{To: lending.Withdrawn})
	if err != nil {
		t.Fatal(err)
	}
	o.write(t, village, act.Writes...)
	o.endConsent(t, read(moved))

	look()
	look()
	for _, one := range []struct {
		what   string
		demand record.Header
		want   lending.Status
		steps  int
	}{
		{"with its consent", open, lending.Registered, 1},
		{"whose consent was withdrawn", revoked, lending.Withdrawn, 2},
		{"with another consent for the same bank", again, lending.Registered, 1},
		{"that was withdrawn itself", moved, lending.Withdrawn, 2},
	} {
		if s := o.state(t, one.demand); s.Status != one.want || len(s.Steps) != one.steps {
			t.Errorf("the demand %s is %s after %d steps", one.what, s.Status, len(s.Steps))
		}
	}
}
