// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/shared/station/stationtest"
)

// TestRulesWithoutRestart: a kiosk that runs takes what was published once nobody is at it.
func TestRulesWithoutRestart(t *testing.T) {
	admin := stationtest.NewAdmin(t)
	s := stationtest.New(t, t.TempDir(), "kiosk", admin)
	a, err := newApp(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	stationtest.Publish(t, s, admin.Sign(t, stationtest.Later(t, "forms", "demand.json", "2")))
	if _, err := s.TakeRules(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	version := func() uint32 { return a.flow.Book.Forms["demand"].Version }
	a.flow.Open(flow.Ask)
	a.renew()
	if version() != 1 {
		t.Error("rules change while somebody is there")
	}
	a.flow.Clear()
	a.renew()
	if version() != 2 {
		t.Errorf("at rest the form has version %d", version())
	}
}
