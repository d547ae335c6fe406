// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
)

// machine is a device's surroundings as a test sets them.
type machine struct {
	clock  time.Time
	server time.Time // zero: not measured since the start
	free   uint64
	online bool
	paper  device.Paper
}

// paper is what a printer says.
type paper bool

func (p paper) HasPaper() bool { return bool(p) }

const plenty = 10 << 30

// health starts a machine's watch in a data folder.
func (m *machine) health(dir string) *device.Health {
	h := &device.Health{
		Dir: dir, Now: func() time.Time { return m.clock }, Online: func() bool { return m.online }, Paper: m.paper,
		Server: func() (time.Time, bool) { return m.server, !m.server.IsZero() },
		Disk:   func(string) (uint64, error) { return m.free, nil },
		Made:   time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
	h.Open()
	return h
}

func TestTroubles(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		is   machine
		want []flow.Trouble
	}{
		{"all is well", machine{now, now, plenty, true, paper(true)}, nil},
		{"without a printer nobody misses paper", machine{now, now, plenty, true, nil}, nil},
		{"no paper, no link", machine{now, now, plenty, false, paper(false)}, []flow.Trouble{flow.NoLink, flow.NoPaper}},
		{"full disk", machine{now, now, 1 << 20, true, nil}, []flow.Trouble{flow.DiskFull}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.is.health(t.TempDir()).Troubles()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWrongClock goes through the history of one machine. The clock may say what it likes; the server's time counts.
func TestWrongClock(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	empty := time.Date(1970, 1, 1, 0, 2, 0, 0, time.UTC)
	none := time.Time{}
	steps := []struct {
		name          string
		clock, server time.Time
		wrong         bool
	}{
		{"a new machine, never online", now, none, false},
		{"a new machine with an empty battery", empty, none, true},
		{"a year ahead, never online: nobody can know", now.AddDate(1, 0, 0), none, false},
		{"a year ahead, the server says so", now.AddDate(1, 0, 0), now, true},
		{"a quarter of an hour ahead", now.Add(15 * time.Minute), now, true},
		{"some minutes ahead", now.Add(5 * time.Minute), now, false},
		{"put right, still online", now, now, false},
		{"put right, started again without a network", now.Add(time.Minute), none, false},
		{"a quarter of an hour behind", now.Add(-15 * time.Minute), now, true},
		{"two days behind, started without a network", now.Add(-48 * time.Hour), none, true},
		{"an hour behind, started without a network", now.Add(-time.Hour), none, false},
		{"an empty battery, started without a network", empty, none, true},
		{"an empty battery, the server is there", empty, now.Add(24 * time.Hour), true},
		{"put right again", now.Add(24 * time.Hour), none, false},
	}
	dir := t.TempDir()
	for _, step := range steps { // each is a start of the program in the same folder
		t.Run(step.name, func(t *testing.T) {
			h := (&machine{clock: step.clock, server: step.server, free: plenty, online: true}).health(dir)
			for range 2 { // what is noted must not change what is said
				if got := slices.Contains(h.Troubles(), flow.WrongClock); got != step.wrong {
					t.Errorf("the clock is wrong: %v, want %v", got, step.wrong)
				}
				if err := h.Note(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestClockFileOfAnOlderProgram has a file that an older program wrote by a clock that stood a year ahead.
func TestClockFileOfAnOlderProgram(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	old := `{"seen":"` + now.AddDate(1, 0, 0).Format(time.RFC3339) + `"}`
	if err := os.WriteFile(filepath.Join(dir, "clock.json"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&machine{clock: now, server: now, free: plenty}).health(dir).Note(); err != nil {
		t.Fatal(err)
	}
	offline := (&machine{clock: now, free: plenty, online: true}).health(dir)
	if got := offline.Troubles(); len(got) > 0 {
		t.Errorf("once the server was asked the machine still says %v", got)
	}
}

func TestFreeDisk(t *testing.T) {
	if free, err := device.FreeDisk(t.TempDir()); err != nil || free == 0 {
		t.Errorf("free: %d, %v", free, err)
	}
}
