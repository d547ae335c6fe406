// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
)

// leaving is an officer who leaves, with a village and a demand that was visited, and one who takes over.
type leaving struct {
	*bench
	from, to *station.Station
	village  ident.Scope
}

func newLeaving(t *testing.T) *leaving {
	b := openBench(t, 1)
	l := &leaving{bench: b, from: b.laptop("示例甲", b.villages(1)...), to: b.laptop("示例乙")}
	bank, err := b.operator().addOrg(t.Context(), OrgAsk{Name: "示例银行", Kind: "bank"})
	b.must(err)
	l.village, err = b.operator().village(t.Context(), b.villages(1)[0])
	b.must(err)
	org, err := b.operator().org(t.Context(), bank.ID)
	b.must(err)
	l.demand(org)
	_, err = b.operator().post(t.Context(), PostAsk{Villages: b.villages(1), Officer: l.ask().From, Bank: bank.ID})
	b.must(err)
	return l
}

func (l *leaving) ask() console.HandOverAsk {
	return console.HandOverAsk{From: l.from.Enrolment.Login.Actor.String(), To: l.to.Enrolment.Login.Actor.String(), Reason: "调离"}
}

// demand registers a demand that whoever leaves has visited.
func (l *leaving) demand(bank ident.Org) {
	app, policy, now := l.app, l.app.Book().Lending, l.app.Now()
	id, err := ident.New[ident.Record](now.UnixMilli(), rand.Reader)
	l.must(err)
	c, err := app.Book().Consent.Give(consent.Consent{Recipient: bank, Purpose: "loan_demand", Given: consent.Tap, Sample: true}, now)
	l.must(err)
	d := lending.Demand{
		Header:  record.Header{ID: id, Kind: lending.KindDemand, Scope: l.village, Subject: ident.Subject(id)},
		Receipt: "000070003318", Channel: "phone", Via: "plate", Applicant: "陈秀英", Contact: lending.ContactVillage,
		Asked: money.Fen(5_000_000), TermMonths: 24, Purpose: "planting", Sample: true,
	}
	author := func(role record.Role, source record.Source) lending.Author {
		return lending.Author{Role: role, Source: source, NowMS: now.UnixMilli(), Random: rand.Reader}
	}
	act, _, err := policy.NewDemand(author("resident", record.SelfDeclared), d, c)
	l.must(err)
	_, err = app.Store.As(app.logins.Resident).Apply(l.Context(), act)
	l.must(err)
	for _, r := range []lending.Request{{To: lending.Registered}, {To: lending.Assigned, Officer: l.from.Enrolment.Login.Actor, Bank: bank}, {To: lending.Visited}} {
		moves, err := lending.Moves(l.Context(), app.desk(), d.Header)
		l.must(err)
		row, err := app.desk().Get(l.Context(), id)
		l.must(err)
		act, err := policy.Move(author("desk", record.Authoritative), lending.DemandOf(row), policy.Fold(moves), r)
		l.must(err)
		_, err = app.desk().Apply(l.Context(), act)
		l.must(err)
	}
}

func (l *leaving) holds(s *station.Station) bool {
	list, err := l.app.Store.Grants(l.Context(), s.Enrolment.Device)
	l.must(err)
	return slices.ContainsFunc(list, func(g store.Grant) bool { return g.Scope == l.village })
}

// TestHandOver: villages, demands where they stand, and laptops go over in one act; it is listed before and after, and
// refused while work is known to be left, unless somebody says why.
func TestHandOver(t *testing.T) {
	l := newLeaving(t)
	o, ask := l.operator(), l.ask()
	v, err := o.handOver(t.Context(), ask)
	if err != nil || v.Done || len(v.Villages) != 1 || !v.Villages[0].Posted || len(v.Villages[0].Demands) != 1 || len(v.Devices) != 1 {
		t.Fatalf("listed %+v, %v", v, err)
	}
	if !l.holds(l.from) || l.holds(l.to) {
		t.Fatal("listing changed something")
	}
	ask.Do = true
	l.must(l.app.Store.Seen(t.Context(), l.from.Enrolment.Device, ident.Incarnation{1}, "agent/0.1.0", wire.Status{Waiting: 2}, l.app.Now()))
	if _, err := o.handOver(t.Context(), ask); fault.From(err).Key != "server.handover.unsent" || !l.holds(l.from) {
		t.Fatalf("with work left: %v", err)
	}
	ask.Force = "电脑已损坏"
	v, err = o.handOver(t.Context(), ask)
	if err != nil || !v.Done || len(v.Villages) != 1 || !v.Villages[0].Posted || len(v.Villages[0].Demands) != 1 {
		t.Fatalf("handed over %+v, %v", v, err)
	}
	if l.holds(l.from) || !l.holds(l.to) {
		t.Error("the laptops hold what they held")
	}
	charges, err := o.office().ChargesOf(t.Context(), l.to.Enrolment.Login.Actor)
	if err != nil || charges[0].Demands[0].State.Status != lending.Visited {
		t.Errorf("the demand went back to %v, %v", charges[0].Demands[0].State.Status, err)
	}
	if v, err := o.handOver(t.Context(), console.HandOverAsk{From: ask.From, To: ask.To}); err != nil || len(v.Villages) != 0 {
		t.Errorf("whoever left is still in charge of %+v, %v", v.Villages, err)
	}
	l.must(o.Store.Verify(t.Context(), func(b store.Breach) { t.Errorf("%+v", b) }))
}

// TestHandOverByConsole: what an administrator does in the console is in the audit log under their name, with the reason, in
// the same transaction; looking changes nothing and everybody of the directory can be chosen.
func TestHandOverByConsole(t *testing.T) {
	l := newLeaving(t)
	office, ask := handOverOffice{l.operator()}, l.ask()
	staff, err := office.Staff(t.Context())
	if err != nil || len(staff) != 2 || staff[0].Name != "示例乙" && staff[0].Name != "示例甲" {
		t.Fatalf("staff %+v, %v", staff, err)
	}
	admin := store.User{Name: "admin", Login: store.Login{ID: ident.Login{7}, Actor: ident.Actor{7}}}
	if v, err := office.HandOver(t.Context(), ask, admin); err != nil || v.Done || len(v.Villages) != 1 || !l.holds(l.from) {
		t.Fatalf("looked at %+v, %v", v, err)
	}
	noted := func() (n int) {
		entries, err := l.app.Store.Audited(t.Context(), store.AuditQuery{Limit: 100})
		l.must(err)
		for _, e := range entries {
			if e.What == "console.handover" && e.User == "admin" && e.Actor == admin.Login.Actor && e.Login == admin.Login.ID && e.Reason == "调离" && e.About == ask.From+" "+ask.To {
				n++
			}
		}
		return n
	}
	if noted() != 0 {
		t.Error("looking is noted as done")
	}
	ask.Do = true
	if v, err := office.HandOver(t.Context(), ask, admin); err != nil || !v.Done || l.holds(l.from) || !l.holds(l.to) {
		t.Fatalf("handed over %+v, %v", v, err)
	}
	if n := noted(); n != 1 {
		t.Errorf("%d entries of the audit log", n)
	}
}

// TestHandOverIsOneTransaction: if one thing of it fails, nothing is done.
func TestHandOverIsOneTransaction(t *testing.T) {
	l := newLeaving(t)
	o := l.operator()
	from, to := l.from.Enrolment.Login.Actor, l.to.Enrolment.Login.Actor
	charges, err := o.office().ChargesOf(t.Context(), from)
	l.must(err)
	acts, err := o.office().HandOver(t.Context(), charges, to, ident.Org{}, "调离")
	l.must(err)
	bad := acts[len(acts)-1]
	bad.Writes = []record.Write{{Op: record.Edit, Header: record.Header{ID: ident.Record{9}, Kind: "household", Scope: l.village}, Fields: map[record.Field]record.Value{"phone": record.OfText("x")}}}
	err = l.app.Store.HandOver(t.Context(), store.HandOver{Login: l.app.logins.Desk, Acts: append(acts, bad), From: from, To: to, Scopes: []ident.Scope{l.village}, Now: time.Now()})
	if err == nil {
		t.Fatal("an act that does not fit was done")
	}
	again, err := o.office().ChargesOf(t.Context(), from)
	if err != nil || len(again) != 1 || !again[0].Posted || len(again[0].Demands) != 1 || !l.holds(l.from) || l.holds(l.to) {
		t.Errorf("a part of it was done: %+v, %v", again, err)
	}
}
