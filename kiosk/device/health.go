// SPDX-License-Identifier: Apache-2.0

package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"yuexin/kiosk/flow"
)

// LeastDisk is the free space in bytes below which nothing new is begun: room for some thousand demands, and for SQLite to
// bring its log in.
const LeastDisk = 64 << 20

// clockFile keeps the time at which sync last settled, by this machine's clock.
const clockFile = "clock.json"

// Slack is how far a clock may stand before the last time that sync settled, or the time of the program's making:
// people set clocks by hand.
const Slack = 24 * time.Hour

// Link is how the machine stands with its server.
type Link struct {
	Online  bool
	Settled time.Time // of the last session that settled; zero for never
}

// Paper is what a printer says about its paper.
type Paper interface {
	// HasPaper says whether a receipt can be printed now.
	HasPaper() bool
}

// NoPrinter is a machine without one.
type NoPrinter struct{}

// HasPaper implements Paper.
func (NoPrinter) HasPaper() bool { return false }

// FakePrinter is a printer in a test.
type FakePrinter struct{ Paper bool }

// HasPaper implements Paper.
func (p *FakePrinter) HasPaper() bool { return p.Paper }

// Health watches the machine.
type Health struct {
	Dir   string                       // data folder
	Now   func() time.Time             // the machine's clock
	Link  func() Link                  // how sync stands
	Disk  func(string) (uint64, error) // FreeDisk
	Paper Paper
	Made  time.Time // no clock can rightly stand before this: when the program was made

	seen time.Time // when sync last settled, from the file
}

// settledAt is the content of the clock file.
type settledAt struct {
	Seen time.Time `json:"seen"`
}

// Open reads when sync last settled. A file that is not there or damaged counts as never: it only helps to find a wrong
// clock.
func (h *Health) Open() {
	data, err := os.ReadFile(filepath.Join(h.Dir, clockFile))
	if err != nil {
		return
	}
	var in settledAt
	if json.Unmarshal(data, &in) == nil {
		h.seen = in.Seen
	}
}

// Note keeps the time at which sync last settled, at most once an hour. Time does not run backwards from there, whatever
// the battery of the clock says after the next start.
func (h *Health) Note() error {
	settled := h.Link().Settled
	if settled.Sub(h.seen) < time.Hour {
		return nil
	}
	data, err := json.Marshal(settledAt{Seen: settled})
	if err != nil {
		return fmt.Errorf("keep the time of sync: %w", err)
	}
	path := filepath.Join(h.Dir, clockFile)
	if err := writeSynced(path+".new", data); err != nil {
		return fmt.Errorf("keep the time of sync: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep the time of sync: %w", err)
	}
	h.seen = settled
	return nil
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// Troubles returns what is wrong now.
func (h *Health) Troubles() []flow.Trouble {
	var out []flow.Trouble
	if free, err := h.Disk(h.Dir); err == nil && free < LeastDisk {
		out = append(out, flow.DiskFull)
	}
	if now := h.Now(); now.Before(h.seen.Add(-Slack)) || now.Before(h.Made.Add(-Slack)) {
		out = append(out, flow.WrongClock)
	}
	if !h.Link().Online {
		out = append(out, flow.NoLink)
	}
	if !h.Paper.HasPaper() {
		out = append(out, flow.NoPaper)
	}
	return out
}
