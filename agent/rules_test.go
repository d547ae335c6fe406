// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"yuexin/agent/flow"
	"yuexin/shared/i18n"
	"yuexin/shared/station/stationtest"
)

// TestRulesWithoutRestart: a laptop takes what was published when a list asks for it, and
// when it is unlocked, and goes on with a desk that works by it.
func TestRulesWithoutRestart(t *testing.T) {
	admin := stationtest.NewAdmin(t)
	s := stationtest.New(t, t.TempDir(), "agent", admin)
	a := &app{station: s, print: s.Texts.Printer(i18n.ZhHans), ctx: t.Context()}
	session := flow.NewSession(a, time.Now)
	unlock := func() {
		t.Helper()
		session.Lock()
		if err := session.Unlock(t.Context(), stationtest.Passphrase); err != nil {
			t.Fatal(err)
		}
	}
	unlock()
	begun := session.Desk()
	stationtest.Publish(t, s, admin.Sign(t, stationtest.Later(t, "forms", "household.json", "2")))
	if a.renew() != nil {
		t.Error("a desk without anything new")
	}
	if _, err := s.TakeRules(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	desk := a.renew()
	if desk == nil || desk.Book.Forms["household"].Version != 2 || begun.Book.Forms["household"].Version != 1 {
		t.Fatalf("desk %v", desk)
	}
	stationtest.Publish(t, s, admin.Sign(t, stationtest.Later(t, "forms", "household.json", "3")))
	unlock()
	if v := session.Desk().Book.Forms["household"].Version; v != 3 {
		t.Errorf("after the passphrase: version %d", v)
	}
}
