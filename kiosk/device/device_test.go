// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
)

func TestTroubles(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	const plenty = 10 << 30
	tests := []struct {
		name  string
		clock time.Time
		free  uint64
		link  bool
		paper bool
		want  []flow.Trouble
	}{
		{"all is well", now.Add(time.Hour), plenty, true, true, nil},
		{"no printer, no link", now.Add(time.Hour), plenty, false, false, []flow.Trouble{flow.NoLink, flow.NoPaper}},
		{"full disk", now.Add(time.Hour), 1 << 20, true, true, []flow.Trouble{flow.DiskFull}},
		{"clock after an empty battery", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), plenty, true, true, []flow.Trouble{flow.WrongClock}},
		{"clock two days behind the last sync", now.Add(-48 * time.Hour), plenty, true, true, []flow.Trouble{flow.WrongClock}},
		{"clock an hour behind", now.Add(-time.Hour), plenty, true, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			health := func(clock time.Time) *device.Health {
				return &device.Health{
					Dir: dir, Now: func() time.Time { return clock }, Paper: &device.FakePrinter{Paper: tt.paper},
					Link: func() device.Link { return device.Link{Online: tt.link, Settled: now} },
					Disk: func(string) (uint64, error) { return tt.free, nil },
				}
			}
			if err := health(now).Note(); err != nil {
				t.Fatal(err)
			}
			h := health(tt.clock) // started again
			h.Open()
			if diff := cmp.Diff(tt.want, h.Troubles()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFreeDisk(t *testing.T) {
	if free, err := device.FreeDisk(t.TempDir()); err != nil || free == 0 {
		t.Errorf("free: %d, %v", free, err)
	}
}
