// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// When a server is killed.
const (
	killings   = 6  // of each device's sync at most, until one is in the middle
	killTraces = 3  // changes of the store's files at most before the first: the session, a frame, another; one more for each that came too early
	killWithin = 30 // milliseconds after the last of them
)

// copyServer returns a server with the data, the address and the devices of a
// stopped one.
func copyServer(t *testing.T, origin *server) *server {
	t.Helper()
	s := newServer(t)
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	copyTree(t, s.dir, origin.dir)
	s.port, s.url, s.args = origin.port, origin.url, origin.args
	return s
}

// interrupt kills the server while a device syncs, and starts it again, until a
// kill came in the middle: some of the work had its receipt and some had not. It
// reports false if everything was receipted before one did.
func (s *server) interrupt(d *device, random *rand.Rand) bool {
	s.t.Helper()
	before := d.status().Waiting
	for early := range killings {
		s.syncAndKill(d, early, random)
		s.start()
		s.clean()
		after := d.status().Waiting
		s.t.Logf("%s: %d of %d change sets wait after kill -9", filepath.Base(d.dir), after, before)
		if after == 0 || after < before {
			return after > 0
		}
	}
	return false
}

// syncAndKill kills the server while a device syncs, at a random moment that
// the traces of the session in the store give; early is how many kills came
// before the first receipt. A server that has just started leaves traces too,
// the more of them on a slow machine.
func (s *server) syncAndKill(d *device, early int, random *rand.Rand) {
	s.t.Helper()
	before, traces := s.written(), 1+early+random.IntN(killTraces)
	sync := start(s.t, command(s.t.Context(), d.program, "sync", "--once", "--dir", d.dir))
	eventually(s.t, "the session reaches the store", func() bool {
		select {
		case <-sync.done:
			return true
		default:
		}
		if now := s.written(); now != before {
			before = now
			traces--
		}
		return traces == 0
	})
	select {
	case <-time.After(time.Duration(random.IntN(killWithin)) * time.Millisecond):
	case <-sync.done:
	}
	s.kill()
	<-sync.done // with an error or without: both are fine, losing something is not
}

// written tells the state of the store's files from outside.
func (s *server) written() string {
	files, err := filepath.Glob(filepath.Join(s.dir, "store", "*-wal"))
	if err != nil {
		s.t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintln(&text, f, info.Size(), info.ModTime())
		}
	}
	return text.String()
}

// receipts counts what became of a device's change sets, by outcome, and fails
// unless the server has exactly one receipt for each number of each lane.
func (s *server) receipts(d *device) map[string]int {
	s.t.Helper()
	var runs []struct {
		Lane, Scope, Outcome string
		From, To             int
	}
	s.do(&runs, "device", "work", d.status().Device)
	last, count := map[string]int{}, map[string]int{}
	for _, r := range runs {
		lane := r.Lane + r.Scope
		if r.From != last[lane]+1 || r.To < r.From {
			s.t.Errorf("lane %s: receipts of %d–%d follow number %d", lane, r.From, r.To, last[lane])
		}
		last[lane] = r.To
		count[r.Outcome] += r.To - r.From + 1
	}
	return count
}
