// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"testing"

	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
)

// TestServerNow measures the server's time on a device whose wall is a year
// ahead, sets the wall, starts the program and then the machine again.
func TestServerNow(t *testing.T) {
	const server, year = recordtest.StartMS, 365 * 86_400_000
	reading := hlc.Reading{WallMS: server + year, BootID: [16]byte{1}, MonoMS: 1000}
	d := newServer(t).newDevice(replica.Kiosk, 1)
	d.opt.Clock = func() hlc.Reading { return reading }
	d.reopen()
	says := func(when string, want int64, measured bool) {
		t.Helper()
		if got, ok := d.ServerNow(); got != want || ok != measured {
			t.Errorf("%s the server's time is %d (measured: %v), want %d (%v)", when, got, ok, want, measured)
		}
	}
	says("before a session", server+year, false)
	if err := d.SetOffset(ctx, server, 0); err != nil {
		t.Fatal(err)
	}
	says("after a session", server, true)
	reading.WallMS, reading.MonoMS = server, 61_000
	says("after a minute and with another wall", server+60_000, true)
	d.reopen()
	says("in another start of the program", server+60_000, true)
	reading.BootID = [16]byte{2}
	says("in another boot", server, false)
}
