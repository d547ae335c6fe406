// SPDX-License-Identifier: Apache-2.0

package device

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/shared/durable"
)

// LeastDisk is the free space in bytes below which nothing new is begun: room for some thousand demands, and for SQLite to
// bring its log in.
const LeastDisk = 64 << 20

// clockFile keeps the server's time, never this machine's: a clock that is put right must not be called wrong because of
// what it said before.
const clockFile = "clock.json"

// How far a clock may be off. Against the server's time, measured since the machine started, it is the date on a receipt
// that counts. Without that only a lower bound is known, and people set clocks by hand.
const (
	Skew  = 10 * time.Minute
	Slack = 24 * time.Hour
)

// Paper is what a printer says about its paper.
type Paper interface {
	// HasPaper says whether a receipt can be printed now.
	HasPaper() bool
}

// Health watches the machine.
type Health struct {
	Dir    string                          // data folder
	Now    func() time.Time                // the machine's clock
	Server func() (now time.Time, ok bool) // the server's, false unless it was measured since the machine started
	Online func() bool                     // whether a session with the server is open
	Disk   func(string) (uint64, error)    // FreeDisk
	Paper  Paper                           // nil for a machine without a printer
	Made   time.Time                       // no clock can rightly stand before this: when the program was made

	seen time.Time // the server's time when it was last noted; no clock can rightly stand before it
}

// noted is the content of the clock file.
type noted struct {
	Seen time.Time `json:"seen"`
}

// Open reads the server's time that was noted last. A file that is not there or damaged counts as never: it only helps to
// find a wrong clock.
func (h *Health) Open() {
	data, err := os.ReadFile(filepath.Join(h.Dir, clockFile))
	if err != nil {
		return
	}
	var in noted
	if json.Unmarshal(data, &in) == nil {
		h.seen = in.Seen
	}
}

// Note keeps the server's time, at most once an hour, so that after a start without a network a clock with an empty battery
// is found. What the server says now replaces what was kept, also where that is later: it was wrong then.
func (h *Health) Note() error {
	server, ok := h.Server()
	if !ok || server.Sub(h.seen).Abs() < time.Hour {
		return nil
	}
	data, err := json.Marshal(noted{Seen: server})
	if err != nil {
		return fmt.Errorf("keep the server's time: %w", err)
	}
	path := filepath.Join(h.Dir, clockFile)
	if err := durable.Replace(path, data, 0o600); err != nil {
		return fmt.Errorf("keep the server's time: %w", err)
	}
	h.seen = server
	return nil
}

// Troubles returns what is wrong now.
func (h *Health) Troubles() []flow.Trouble {
	var out []flow.Trouble
	if free, err := h.Disk(h.Dir); err == nil && free < LeastDisk {
		out = append(out, flow.DiskFull)
	}
	if h.clockIsWrong() {
		out = append(out, flow.WrongClock)
	}
	if !h.Online() {
		out = append(out, flow.NoLink)
	}
	if h.Paper != nil && !h.Paper.HasPaper() {
		out = append(out, flow.NoPaper)
	}
	return out
}

// clockIsWrong holds the clock against the server's, in both directions; where that is not known, against the latest time
// that has surely passed. A clock that is ahead cannot be found then, since nobody knows how long the machine was off.
func (h *Health) clockIsWrong() bool {
	now := h.Now()
	if server, ok := h.Server(); ok {
		return now.Sub(server).Abs() > Skew
	}
	return now.Before(h.seen.Add(-Slack)) || now.Before(h.Made.Add(-Slack))
}
