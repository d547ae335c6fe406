// SPDX-License-Identifier: Apache-2.0

package station

import (
	"crypto/rand"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

// shared is a laptop of 陈建国's on which 王五 works as well.
func shared(t *testing.T) *Station {
	t.Helper()
	s := open(t, t.TempDir(), "agent")
	_, own, err := s.pendingKeys()
	if err != nil {
		t.Fatal(err)
	}
	server, err := seal.NewBox(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := server.Public()
	if err != nil {
		t.Fatal(err)
	}
	s.Enrolment = enrol.Enrolment{
		Device: ident.Device{1}, ShortID: 7, Name: "笔记本", Servers: []string{"http://127.0.0.1:1"},
		ServerBox: public,
		Login:     enrol.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Display: "陈建国", Role: "officer"},
	}
	if err := s.create(t.Context(), s.Enrolment, own, "the first passphrase"); err != nil {
		t.Fatal(err)
	}
	if err := s.Replica.AddUser(t.Context(), replica.NewUser{
		Actor: ident.Actor{2}, Name: "王五", Passphrase: "the second passphrase", Login: ident.Login{2}, Role: "cadre",
	}); err != nil {
		t.Fatal(err)
	}
	s.Replica.Lock()
	return s
}

// TestSessionIsOfWhoIsThere: acts are those of whoever unlocked the laptop, under their
// own login and role, and nobody's whose login the server has voided.
func TestSessionIsOfWhoIsThere(t *testing.T) {
	s := shared(t)
	for _, tc := range []struct {
		passphrase, person string
		want               replica.Session
	}{
		{"the second passphrase", "王五", replica.Session{Actor: ident.Actor{2}, Login: ident.Login{2}, Role: "cadre"}},
		{"the first passphrase", "陈建国", replica.Session{Actor: ident.Actor{1}, Login: ident.Login{1}, Role: "officer"}},
		{"the second passphrase", "王五", replica.Session{Actor: ident.Actor{2}, Login: ident.Login{2}, Role: "cadre"}},
	} {
		if err := s.Unlock(t.Context(), tc.passphrase); err != nil {
			t.Fatal(err)
		}
		if s.Session() != tc.want || s.Person() != tc.person {
			t.Errorf("%s: %+v, %s", tc.passphrase, s.Session(), s.Person())
		}
	}
	entry := wire.ControlEntry{Number: 1, Op: wire.ControlLogout, Login: ident.Login{2}, Actor: ident.Actor{2}}
	if _, err := s.Replica.ApplyControl(t.Context(), []wire.ControlEntry{entry}); err != nil {
		t.Fatal(err)
	}
	s.Replica.Lock()
	if s.Session().Actor != (ident.Actor{1}) || s.Person() != "陈建国" {
		t.Errorf("locked: %+v, %s", s.Session(), s.Person())
	}
	if err := s.Unlock(t.Context(), "the second passphrase"); !fault.Is(err, fault.NotAllowed) || s.Replica.User() != nil {
		t.Errorf("after the login was voided: %v, user %v", err, s.Replica.User())
	}
}

// TestWhose: where several persons work, somebody has to say whose passphrase it is.
func TestWhose(t *testing.T) {
	s := shared(t)
	if _, err := s.Whose(t.Context(), ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody in particular: %v", err)
	}
	if a, err := s.Whose(t.Context(), ident.Actor{2}.String()); err != nil || a != (ident.Actor{2}) {
		t.Errorf("the second: %v, %v", a, err)
	}
	if _, err := s.Whose(t.Context(), ident.Actor{3}.String()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a stranger: %v", err)
	}
}

// TestBeside: a second person comes and goes, and nobody else is at work for it; a login that the server has voided lets
// nobody in.
func TestBeside(t *testing.T) {
	s := shared(t)
	if err := s.Unlock(t.Context(), "the first passphrase"); err != nil {
		t.Fatal(err)
	}
	g, err := s.Beside(t.Context(), "the second passphrase")
	if err != nil || g.Name != "王五" || g.Session != (replica.Session{Actor: ident.Actor{2}, Login: ident.Login{2}, Role: "cadre"}) {
		t.Fatalf("beside: %+v %v", g, err)
	}
	g.Leave()
	if s.Person() != "陈建国" || s.Session().Actor != (ident.Actor{1}) {
		t.Errorf("at work is %s", s.Person())
	}
	entry := wire.ControlEntry{Number: 1, Op: wire.ControlLogout, Login: ident.Login{2}, Actor: ident.Actor{2}}
	if _, err := s.Replica.ApplyControl(t.Context(), []wire.ControlEntry{entry}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Beside(t.Context(), "the second passphrase"); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("after the login was voided: %v", err)
	}
}
