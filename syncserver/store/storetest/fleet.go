// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

func testFleet(t *testing.T, open Open) {
	t.Run("codes", func(t *testing.T) { testCodes(t, open) })
	t.Run("own scopes", func(t *testing.T) { testOwnScopes(t, open) })
	t.Run("control log", func(t *testing.T) { testControl(t, open) })
	t.Run("control log that a restore cut short", func(t *testing.T) { testCatchUp(t, open) })
	t.Run("control log that forked at a restore", func(t *testing.T) { testCatchUpFork(t, open) })
	t.Run("scopes denied", func(t *testing.T) { testDeny(t, open) })
	t.Run("devices", func(t *testing.T) { testDevices(t, open) })
}

func testCodes(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	actor := ident.Actor{7}
	code := sha256.Sum256([]byte("code"))
	e := store.Enrolment{
		CodeHash: code, Name: "大沙村 1 号机", Program: "kiosk", Actor: actor, Display: "大沙村委",
		Role: "kiosk", Scopes: []ident.Scope{Dasha, ident.Ref}, Expires: Start.Add(time.Hour),
	}
	if err := st.AddEnrolment(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := st.AddEnrolment(t.Context(), e); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same code twice: got %v", err)
	}
	d := store.NewDevice{Public: []byte("key"), Incarnation: ident.Incarnation{3}, Program: "kiosk/0.1.0", Box: []byte("box")}
	for name, at := range map[string]time.Time{"expired": Start.Add(time.Hour), "long expired": Start.Add(48 * time.Hour)} {
		if _, err := st.Redeem(t.Context(), code, d, at); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := st.Redeem(t.Context(), sha256.Sum256([]byte("guess")), d, Start); !fault.Is(err, fault.NotFound) {
		t.Errorf("a guess: got %v", err)
	}
	laptop := d
	laptop.Program = "agent/0.1.0"
	if _, err := st.Redeem(t.Context(), code, laptop, Start); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("a kiosk's code on a laptop: got %v", err)
	}
	got, err := st.Redeem(t.Context(), code, d, Start)
	if err != nil {
		t.Fatal(err)
	}
	want := store.Redeemed{
		Device: got.Device, ShortID: 1, Name: e.Name, Display: e.Display, Control: 3, Catalogue: 3,
		Login:  store.Login{ID: got.Login.ID, Actor: actor, Device: got.Device, Role: "kiosk", Scopes: e.Scopes},
		Grants: []store.Grant{{Scope: ident.Ref, View: "kiosk"}, {Scope: Dasha, View: "kiosk"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || got.Device.IsZero() || got.Login.ID.IsZero() {
		t.Errorf("redeemed (-want +got):\n%s", diff)
	}
	if _, err := st.Redeem(t.Context(), code, d, Start); !fault.Is(err, fault.NotFound) {
		t.Errorf("a used code: got %v", err)
	}
	login, err := st.Login(t.Context(), got.Login.ID)
	if diff := cmp.Diff([]ident.Scope{ident.Ref, Dasha}, login.Scopes); diff != "" || err != nil || login.Device != got.Device {
		t.Errorf("login: %v %+v", err, login)
	}
	if dev, err := st.Device(t.Context(), got.Device); err != nil || string(dev.Box) != "box" {
		t.Errorf("what is sealed to the device: got %q, %v", dev.Box, err)
	}

	// A second person on the same device.
	second := e
	second.CodeHash, second.Device, second.Actor, second.Display, second.Role = sha256.Sum256([]byte("second")), got.Device, ident.Actor{8}, "陈秀英", "cadre"
	if err := st.AddEnrolment(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	other := d
	other.Public = []byte("another key")
	if _, err := st.Redeem(t.Context(), second.CodeHash, other, Start); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("the code of one device on another: got %v", err)
	}
	more, err := st.Redeem(t.Context(), second.CodeHash, d, Start)
	if err != nil || more.Device != got.Device || more.ShortID != got.ShortID || more.Login.ID == got.Login.ID || more.Control != 6 {
		t.Errorf("second person: got %+v, %v", more, err)
	}
	second.CodeHash, second.Device = sha256.Sum256([]byte("third")), ident.Device{9}
	if err := st.AddEnrolment(t.Context(), second); !fault.Is(err, fault.NotFound) {
		t.Errorf("code for a device that is not there: got %v", err)
	}
}

// testOwnScopes: what only one person may read is on no device on which somebody else works, whichever came first.
func testOwnScopes(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	own := ident.UserScope(d.Login.Actor)
	if err := st.Grant(t.Context(), d.ID, ident.UserScope(ident.Actor{99}), "officer", Start); !fault.Is(err, fault.Conflict) {
		t.Errorf("somebody else's own scope: got %v", err)
	}
	if err := st.Grant(t.Context(), d.ID, own, "officer", Start); err != nil {
		t.Fatal(err)
	}
	dev, err := st.Device(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	join := func(actor ident.Actor, code string) error {
		t.Helper()
		e := store.Enrolment{
			CodeHash: sha256.Sum256([]byte(code)), Device: d.ID, Program: "agent", Actor: actor, Display: "示例 two", Role: "officer",
			Scopes: []ident.Scope{ident.Ref, Dasha}, Expires: Start.Add(time.Hour), By: ident.Actor{7},
		}
		if err := st.AddEnrolment(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		_, err := st.Redeem(t.Context(), e.CodeHash, store.NewDevice{Public: dev.Public, Incarnation: ident.Incarnation{3}, Program: "agent/0.1.0"}, Start)
		return err
	}
	if err := join(ident.Actor{98}, "one more"); !fault.Is(err, fault.Conflict) {
		t.Errorf("one more person on a laptop that holds an own scope: got %v", err)
	}
	if err := join(d.Login.Actor, "the same"); err != nil {
		t.Errorf("the same person once more: %v", err)
	}
	if err := st.Revoke(t.Context(), d.ID, own, Start); err != nil {
		t.Fatal(err)
	}
	if err := join(ident.Actor{98}, "another code"); err != nil {
		t.Errorf("after it was taken away: %v", err)
	}
	if err := st.Grant(t.Context(), d.ID, own, "officer", Start); !fault.Is(err, fault.Conflict) {
		t.Errorf("an own scope on a shared laptop: got %v", err)
	}
}

func testControl(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)}))
	later := Start.Add(time.Minute)
	for _, step := range []func() error{
		func() error { return st.Grant(t.Context(), d.ID, Luoyu, "officer", later) },
		func() error { return st.Revoke(t.Context(), d.ID, Dasha, later) },
		func() error { return st.SwitchOff(t.Context(), d.ID, true, later) },
		func() error { return st.SwitchOff(t.Context(), d.ID, true, later) }, // is off already
		func() error { return st.SwitchOff(t.Context(), d.ID, false, later) },
		func() error { return st.SwitchOffActor(t.Context(), d.Login.Actor, true, later) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := st.Control(t.Context(), d.ID, 1)
	login := wire.ControlEntry{Login: d.Login.ID, Actor: d.Login.Actor, Role: "officer", Name: "示例 officer"}
	entry := func(n uint64, op wire.ControlOp, e wire.ControlEntry) wire.ControlEntry {
		e.Number, e.Op = n, op
		return e
	}
	want := []wire.ControlEntry{
		{Number: 2, Op: wire.ControlGrant, Scope: Dasha, View: "officer"},
		{Number: 3, Op: wire.ControlGrant, Scope: Luoyu, View: "officer"},
		{Number: 4, Op: wire.ControlRevoke, Scope: Dasha, Version: record.At(1, 1)},
		{Number: 5, Op: wire.ControlSwitchOff},
		entry(6, wire.ControlLogin, login),
		entry(7, wire.ControlLogout, login),
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(wire.ControlEntry{}, "Mark")); diff != "" || err != nil {
		t.Errorf("control log: %v (-want +got):\n%s", err, diff)
	}
	if grants, err := st.Grants(t.Context(), d.ID); err != nil || len(grants) != 1 || grants[0] != (store.Grant{Scope: Luoyu, View: "officer"}) {
		t.Errorf("grants: got %+v, %v", grants, err)
	}
	if err := st.AckControl(t.Context(), d.ID, wire.ControlAck{Number: 4, Signature: []byte("purged")}, later); err != nil {
		t.Error(err)
	}
	if err := st.AckControl(t.Context(), d.ID, wire.ControlAck{Number: 99}, later); !fault.Is(err, fault.Invalid) {
		t.Errorf("acknowledging what is not there: got %v", err)
	}
	if dev, err := st.Device(t.Context(), d.ID); err != nil || dev.Control != 4 || dev.Pending != 3 || !dev.LastSeen.Equal(later) {
		t.Errorf("device: got %+v, %v", dev, err)
	}
	if err := st.Revoke(t.Context(), d.ID, Dasha, later); !fault.Is(err, fault.NotFound) {
		t.Errorf("revoking what is not granted: got %v", err)
	}
	if err := st.SwitchOffActor(t.Context(), ident.Actor{1, 2}, true, later); !fault.Is(err, fault.NotFound) {
		t.Errorf("switching off nobody: got %v", err)
	}
}

// A device that has applied more than the log holds is told anew what holds, after
// what it has applied; once.
func testCatchUp(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha) // a login and a grant: 1 and 2
	catchUp := func(number uint64, want bool) {
		t.Helper()
		if got, err := st.CatchUp(t.Context(), d.ID, wire.ControlEnd{Number: number}, Start); err != nil || got != want {
			t.Errorf("at %d: got %t, %v, want %t", number, got, err, want)
		}
	}
	said := func(after uint64, want ...wire.ControlOp) {
		t.Helper()
		entries, err := st.Control(t.Context(), d.ID, after)
		var got []wire.ControlOp
		for i, e := range entries {
			if got = append(got, e.Op); e.Number != after+uint64(i)+1 {
				t.Errorf("entry %d after %d has the number %d", i, after, e.Number)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("after %d: %v (-want +got):\n%s", after, err, diff)
		}
	}
	catchUp(1, false)
	catchUp(2, false)
	catchUp(5, true)
	said(5, wire.ControlLogin, wire.ControlGrant)
	catchUp(5, false)
	if dev, err := st.Device(t.Context(), d.ID); err != nil || dev.Control != 5 || dev.Pending != 2 {
		t.Errorf("device: got %+v, %v", dev, err)
	}

	for _, err := range []error{
		st.Revoke(t.Context(), d.ID, Dasha, Start), st.Grant(t.Context(), d.ID, Luoyu, "officer", Start),
		st.SwitchOff(t.Context(), d.ID, true, Start), st.SwitchOffActor(t.Context(), d.Login.Actor, true, Start),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	catchUp(40, true)
	said(40, wire.ControlLogout, wire.ControlGrant, wire.ControlSwitchOff)
	entries, err := st.Control(t.Context(), d.ID, 41)
	if err != nil || entries[0].Scope != Luoyu || entries[0].View != "officer" {
		t.Errorf("granted: %+v, %v", entries, err)
	}
	if _, err := st.CatchUp(t.Context(), d.ID, wire.ControlEnd{Number: 1 << 40}, Start); !fault.Is(err, fault.Invalid) {
		t.Errorf("a number that nobody has: got %v", err)
	}
	said(40, wire.ControlLogout, wire.ControlGrant, wire.ControlSwitchOff)
	if behind, err := st.CatchUp(t.Context(), ident.Device{1}, wire.ControlEnd{Number: 3}, Start); behind || err != nil {
		t.Errorf("nobody's log: got %t, %v", behind, err)
	}
}

// A device that has heard something else under a number is told anew what holds;
// once, for as long as it does not hear that.
func testCatchUpFork(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	log, err := st.Control(t.Context(), d.ID, 0)
	if err != nil || len(log) != 2 || log[0].Mark == 0 || log[0].Mark == log[1].Mark {
		t.Fatalf("control log: %+v, %v", log, err)
	}
	known, other := wire.ControlEnd{Number: 2, Mark: log[1].Mark}, wire.ControlEnd{Number: 2, Mark: 1<<63 + 5}
	for i, tt := range []struct {
		heard wire.ControlEnd
		want  bool
	}{{known, false}, {other, true}, {other, false}, {wire.ControlEnd{Number: 2, Mark: 7}, true}, {known, false}} {
		if got, err := st.CatchUp(t.Context(), d.ID, tt.heard, Start); err != nil || got != tt.want {
			t.Errorf("%d: got %t, %v, want %t", i, got, err, tt.want)
		}
	}
	if log, err := st.Control(t.Context(), d.ID, 0); err != nil || len(log) != 2+2*2 {
		t.Errorf("control log: %+v, %v, want what holds twice more", log, err)
	}
}

// A device that asks for what it may not hold is told so, unless what it was not
// told yet may say it.
func testDeny(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	deny := func(scope ident.Scope, want bool) {
		t.Helper()
		if got, err := st.Deny(t.Context(), d.ID, scope, Start); err != nil || got != want {
			t.Errorf("%s: got %t, %v, want %t", scope, got, err, want)
		}
	}
	ack := func(number uint64) {
		t.Helper()
		if err := st.AckControl(t.Context(), d.ID, wire.ControlAck{Number: number}, Start); err != nil {
			t.Fatal(err)
		}
	}
	deny(Dasha, false) // is granted, though it has not heard of it
	deny(Luoyu, true)
	deny(Luoyu, false) // is under way
	ack(2)
	deny(Luoyu, false)
	got, err := st.Control(t.Context(), d.ID, 2)
	want := []wire.ControlEntry{{Number: 3, Op: wire.ControlRevoke, Scope: Luoyu}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(wire.ControlEntry{}, "Mark")); diff != "" || err != nil {
		t.Errorf("control log: %v (-want +got):\n%s", err, diff)
	}
	ack(3)
	deny(Luoyu, true) // it did not listen
}

func testDevices(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	b, a := Enrol(t, st, "b", "officer", Dasha), Enrol(t, st, "a", "kiosk", Dasha)
	status := wire.Status{Waiting: 3, OldestMS: 7_200_000, PaperOut: true}
	if err := st.Seen(t.Context(), b.ID, b.Inc, "agent/0.2.0", status, Start); err != nil {
		t.Fatal(err)
	}
	got, err := st.Devices(t.Context())
	want := []store.Device{
		{ID: a.ID, ShortID: 2, Name: "a", Program: "agent/0.1.0", Public: []byte("key of a"), Role: "kiosk", Pending: 2},
		{ID: b.ID, ShortID: 1, Name: "b", Program: "agent/0.2.0", Public: []byte("key of b"), Role: "officer", LastSeen: Start, Status: status, Pending: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("devices: %v (-want +got):\n%s", err, diff)
	}
	nobody := ident.Device{1}
	if _, err := st.Device(t.Context(), nobody); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown device: got %v", err)
	}
	for name, err := range map[string]error{
		"seen":       st.Seen(t.Context(), nobody, b.Inc, "", status, Start),
		"switch off": st.SwitchOff(t.Context(), nobody, true, Start),
		"grant":      st.Grant(t.Context(), nobody, Dasha, "kiosk", Start),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of an unknown device: got %v", name, err)
		}
	}
}

func testStaff(t *testing.T, open Open) {
	st, ctx := must(t, open, NewSetup(t)), context.Background()
	u := store.User{
		Name: "chen", Display: "陈审核", Hash: "$argon2id$1", Org: ident.Org{5}, Created: Start,
		Login: store.Login{ID: ident.Login{1}, Actor: ident.Actor{2}, Role: "officer", Scopes: []ident.Scope{Dasha}},
	}
	all := store.User{Name: "admin", Display: "管理员", Hash: "$argon2id$2", Created: Start, Login: store.Login{ID: ident.Login{9}, Actor: ident.Actor{3}, Role: "desk"}}
	for _, user := range []store.User{u, all} {
		if err := st.AddUser(ctx, user); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.AddUser(ctx, u); !fault.Is(err, fault.Conflict) {
		t.Errorf("name taken: got %v", err)
	}
	if got, err := st.Users(ctx); err != nil || cmp.Diff([]store.User{all, u}, got) != "" {
		t.Errorf("users: %v\n%s", err, cmp.Diff([]store.User{all, u}, got))
	}
	if err := st.SetPassword(ctx, "chen", "$argon2id$3"); err != nil {
		t.Error(err)
	}
	u.Hash = "$argon2id$3"
	if got, err := st.User(ctx, "chen"); err != nil || cmp.Diff(u, got) != "" {
		t.Errorf("user: %v\n%s", err, cmp.Diff(u, got))
	}
	if _, err := st.User(ctx, "nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown user: got %v", err)
	}
	if err := st.SetPassword(ctx, "nobody", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("password of an unknown user: got %v", err)
	}
	for actor, want := range map[ident.Actor]string{{2}: "陈审核", {99}: ""} {
		if got, err := st.ActorName(ctx, actor); err != nil || got != want {
			t.Errorf("actor name: got %q, %v, want %q", got, err, want)
		}
	}
	if got, err := st.Setting(ctx, "incarnation"); got != nil || err != nil {
		t.Errorf("setting never set: got %x, %v", got, err)
	}
	for _, value := range []string{"one", "two"} {
		if err := st.SetSetting(ctx, "incarnation", []byte(value)); err != nil {
			t.Error(err)
		}
		if got, err := st.Setting(ctx, "incarnation"); string(got) != value || err != nil {
			t.Errorf("setting: got %q, %v, want %q", got, err, value)
		}
	}
	if err := st.SwitchOffActor(ctx, u.Login.Actor, true, Start); err != nil {
		t.Error(err)
	}
	_, err := st.As(u.Login).Apply(ctx, record.Act{Name: "x", Scope: Dasha, Writes: []record.Write{
		Create(record.Header{ID: ident.Record{1}, Kind: "household", Scope: Dasha}, Fields{"mu": Int(1)}),
	}})
	if !fault.Is(err, fault.NotAllowed) {
		t.Errorf("act of a person who is switched off: got %v", err)
	}
}
