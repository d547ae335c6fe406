// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"yuexin/agent/flow"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

// cheap is a cost of passphrases that tests can afford.
var cheap = seal.Params{Time: 1, Threads: 1, MemoryKiB: 64}

const passphrase = "四个不相干的词语凑"

// laptop is an enrolled laptop with a replica on disk.
type laptop struct {
	*app
	t     testing.TB
	scope ident.Scope
}

// newLaptop enrols a laptop by hand, as a server would, with the administrators who can recover its passphrase.
func newLaptop(t testing.TB, admins ...seal.AdminPublic) *laptop {
	t.Helper()
	s, err := station.Open(t.Context(), station.Config{Dir: t.TempDir(), Program: "agent", Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	me := ident.Actor{0xA}
	s.Enrolment = enrol.Enrolment{Name: "走访笔记本", ShortID: 1, Login: enrol.Login{Actor: me, Role: "officer", Display: "陈建国"}}
	sign, err := seal.NewSign(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.NewBox(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := box.Public()
	if err != nil {
		t.Fatal(err)
	}
	s.Replica, err = replica.Create(t.Context(), filepath.Join(s.Dir, "replica.db"), replica.Setup{
		Identity: replica.Identity{Profile: replica.Laptop, Device: ident.Device{1}, ShortID: 1, Name: "走访笔记本"},
		Key:      sign, ServerBox: public, Admins: admins,
		User: &replica.NewUser{Actor: me, Name: "陈建国", Passphrase: passphrase},
	}, replica.Options{Clock: s.Clock.Reading, Random: rand.Reader, Catalogue: s.Book().Catalogue, Access: s.Book().Access, Cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	l := &laptop{app: &app{station: s, print: s.Texts.Printer(i18n.ZhHans), ctx: t.Context()}, t: t, scope: ident.UnitScope(ident.Unit{1})}
	grant := wire.ControlEntry{Number: 1, Op: wire.ControlGrant, Scope: l.scope, View: "officer"}
	if _, err := s.Replica.ApplyControl(t.Context(), []wire.ControlEntry{grant}); err != nil {
		t.Fatal(err)
	}
	return l
}

// register keeps one household on the laptop, which no server has seen.
func (l *laptop) register(desk *flow.Desk, name string) {
	l.t.Helper()
	about, err := ident.New[ident.Subject](time.Now().UnixMilli(), rand.Reader)
	if err != nil {
		l.t.Fatal(err)
	}
	id, err := ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
	if err != nil {
		l.t.Fatal(err)
	}
	_, err = desk.Store.Apply(l.t.Context(), record.Act{Name: "household.register", Scope: l.scope, Source: record.Officer, Writes: []record.Write{{
		Op: record.Create, Header: record.Header{ID: id, Kind: "household", Scope: l.scope, Subject: about},
		Fields: map[record.Field]record.Value{"head_name": record.OfText(name)},
	}}})
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestRecovery: on a real replica, a forgotten passphrase costs no work that was not sent.
func TestRecovery(t *testing.T) {
	ctx := t.Context()
	var admins []seal.AdminPrivate
	var public []seal.AdminPublic
	for range 2 {
		admin, err := seal.NewAdmin(seal.Default, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		of, err := admin.Public()
		if err != nil {
			t.Fatal(err)
		}
		admins, public = append(admins, admin), append(public, of)
	}
	l := newLaptop(t, public...)
	session := flow.NewSession(l, time.Now)
	if err := session.Unlock(ctx, passphrase); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"陈秀英", "李志强", "黄桂芳"} {
		l.register(session.Desk(), name)
	}
	session.Lock()

	r, err := session.Forgot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const fresh = "想出来的新口令要够长"
	if err := r.Begin(ctx, fresh, fresh); err != nil {
		t.Fatal(err)
	}
	response := approve(t, r.Challenge().Text, admins, public)
	if err := r.Finish(ctx, response, fresh); err != nil {
		t.Fatal(err)
	}
	reading, _, err := l.Reading(ctx)
	if err != nil || reading.Waiting != 3 {
		t.Errorf("%d wait to be sent, want 3; %v", reading.Waiting, err)
	}
	list := session.Desk().Households()
	if err := list.Read(ctx); err != nil || len(list.Lines()) != 3 {
		t.Errorf("%d households are left, want 3; %v", len(list.Lines()), err)
	}
	session.Lock()
	if err := session.Unlock(ctx, passphrase); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the forgotten passphrase: %v", err)
	}
	if err := session.Unlock(ctx, fresh); err != nil {
		t.Errorf("the new one: %v", err)
	}
}

// TestNumbers: on a real laptop, receipt numbers are valid without a server, each is given once, also after a restart.
func TestNumbers(t *testing.T) {
	l := newLaptop(t)
	session := flow.NewSession(l, time.Now)
	if err := session.Unlock(t.Context(), passphrase); err != nil {
		t.Fatal(err)
	}
	seen := map[receipt.Number]bool{}
	for range 2 {
		for range 3 {
			number, err := session.Desk().Numbers()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := receipt.Parse(number.String()); err != nil || number.Device() != 1 || seen[number] {
				t.Errorf("%s of device %d: %v, seen %v", number, number.Device(), err, seen[number])
			}
			seen[number] = true
		}
		l.numbers = nil // as after a restart
	}
}

// approve does what the two administrators do at the server.
func approve(t *testing.T, text string, admins []seal.AdminPrivate, public []seal.AdminPublic) string {
	t.Helper()
	challenge, err := seal.ParseChallenge(text)
	if err != nil {
		t.Fatal(err)
	}
	first, second := 0, 1
	if public[0].ID() != challenge.First {
		first, second = 1, 0
	}
	partial, err := seal.Approve1(rand.Reader, admins[first], challenge)
	if err != nil {
		t.Fatal(err)
	}
	response, err := seal.Approve2(rand.Reader, admins[second], public[first], partial)
	if err != nil {
		t.Fatal(err)
	}
	return response.String()
}

// TestRecoveryNeedsAdministrators: a laptop that was enrolled without them says so.
func TestRecoveryNeedsAdministrators(t *testing.T) {
	_, err := flow.NewSession(newLaptop(t), time.Now).Forgot(t.Context())
	if !fault.Is(err, fault.Unsupported) {
		t.Errorf("got %v", err)
	}
}
