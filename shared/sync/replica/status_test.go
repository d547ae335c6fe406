// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"testing"
	"time"

	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
)

// TestAge: how long something has waited is told by what cannot be set, and is never
// an age that nothing has.
func TestAge(t *testing.T) {
	const server, hour = int64(recordtest.StartMS), int64(3_600_000)
	dead := hlc.Reading{WallMS: 5_000, BootID: [16]byte{1}, MonoMS: 5_000} // the battery is empty: 1970
	later := func(r hlc.Reading, ms int64) hlc.Reading {
		r.WallMS, r.MonoMS = r.WallMS+ms, r.MonoMS+ms
		return r
	}
	boot := func(wall, mono int64) hlc.Reading {
		return hlc.Reading{WallMS: wall, BootID: [16]byte{2}, MonoMS: mono}
	}
	set := later(dead, 2*hour)
	set.WallMS = server + 2*hour
	for name, tc := range map[string]struct {
		made   hlc.Reading
		known  bool // a session has measured the clock before
		now    hlc.Reading
		locked bool
		want   time.Duration
	}{
		"1970 all along":                               {made: dead, now: later(dead, 2*hour), want: 2 * time.Hour},
		"1970, then somebody sets it":                  {made: dead, now: set, want: 2 * time.Hour},
		"1970, then set, locked":                       {made: dead, now: set, locked: true},
		"1970, then another boot":                      {made: dead, now: boot(server, 9_000)},
		"1970 and measured, then another boot":         {made: dead, known: true, now: boot(server+3*hour, 9_000), want: 3 * time.Hour},
		"1970 and measured, then another boot in 1970": {made: dead, known: true, now: boot(9_000, 9_000)},
		"right, then another boot":                     {made: hlc.Reading{WallMS: server, BootID: [16]byte{1}}, now: boot(server+3*hour, 9_000), want: 3 * time.Hour},
		"right, then the battery is empty":             {made: hlc.Reading{WallMS: server, BootID: [16]byte{1}}, now: boot(0, 9_000)},
		"seventy years ahead, then right":              {made: hlc.Reading{WallMS: server + 70*365*24*hour, BootID: [16]byte{1}}, now: boot(server, 9_000)},
		"right, then seventy years ahead":              {made: hlc.Reading{WallMS: server, BootID: [16]byte{1}}, now: boot(server+70*365*24*hour, 9_000)},
		"seventy years ahead, then right, in one boot": {made: hlc.Reading{WallMS: server + 70*365*24*hour, BootID: [16]byte{1}}, now: hlc.Reading{WallMS: server, BootID: [16]byte{1}, MonoMS: hour}, want: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			d := newServer(t).newDevice(replica.Laptop, 1)
			reading := tc.made
			d.opt.Clock = func() hlc.Reading { return reading }
			d.reopen()
			d.unlock()
			d.grant(recordtest.Officer, recordtest.Here)
			if tc.known {
				if err := d.SetOffset(ctx, server, 0); err != nil {
					t.Fatal(err)
				}
			}
			d.apply(recordtest.Create(madeHousehold(1), nil))
			reading = tc.now
			if tc.locked {
				d.Lock()
			}
			st, err := d.Status(ctx)
			if err != nil || st.Waiting != 1 || st.Age != tc.want {
				t.Errorf("%d wait, for %v, want %v (%v)", st.Waiting, st.Age, tc.want, err)
			}
			if by := time.UnixMilli(reading.WallMS).Sub(st.Oldest); by != tc.want {
				t.Errorf("by the device's clock it is %v ago, want %v", by, tc.want)
			}
		})
	}
}
