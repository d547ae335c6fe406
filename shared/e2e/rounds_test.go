// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// How often kill -9 comes, and when.
const (
	killRounds = 5   // YUEXIN_KILL_ROUNDS says otherwise
	killSpan   = 500 // milliseconds after everything runs, at most: as long as a put or a sync takes
	verifyEach = 25  // rounds after which the server is verified in between
)

// rounds is a server and devices that are killed at random moments.
type rounds struct {
	t       *testing.T
	s       *server
	workers []*worker
	random  *rand.Rand
	kills   map[string]int // by what was killed, or was at work meanwhile
}

// TestKillRounds kills the server, a device or all of them again and again, at
// moments of a seed, while every device writes and syncs. What a device said is
// saved is at the server afterwards, once; what it was about to save is there
// once or not at all.
func TestKillRounds(t *testing.T) {
	t.Parallel()
	n, agents := killRounds, 2
	if text := os.Getenv("YUEXIN_KILL_ROUNDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		agents = 4
	}
	r := &rounds{t: t, s: running(t), random: seed(t), kills: map[string]int{}}
	for i := range agents {
		r.join("agent", fmt.Sprint("agent", i+1))
	}
	shared := r.workers[0].d.list("household")[0].ID
	for _, w := range r.workers {
		w.shared = shared
	}
	r.join("kiosk", "kiosk")
	r.run(n)
	r.settle()
	r.count()
}

// join enrols a device that will work.
func (r *rounds) join(program, name string) {
	r.t.Helper()
	d := r.s.enrol(program, name, made.Units[0].Code)
	d.sync()
	r.workers = append(r.workers, newWorker(d, rand.New(rand.NewPCG(r.random.Uint64(), 0))))
}

// run kills n times while all devices work.
func (r *rounds) run(n int) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	var working sync.WaitGroup
	for _, w := range r.workers {
		working.Go(func() { w.run(ctx) })
	}
	defer working.Wait()
	defer cancel()
	for round := range n {
		time.Sleep(time.Duration(r.random.IntN(killSpan)) * time.Millisecond)
		server := false
		switch which := r.random.IntN(10); which {
		case 0: // the power of the whole village
			server = true
			r.killServer()
			for _, w := range r.workers {
				r.killDevice(w)
			}
		case 1, 2, 3, 4, 5:
			server = true
			r.killServer()
		default:
			r.killDevice(r.workers[which%len(r.workers)])
		}
		if server {
			r.s.start()
		}
		if (round+1)%verifyEach == 0 {
			r.s.clean()
			r.t.Logf("round %d: %v", round+1, r.kills)
		}
	}
}

func (r *rounds) killServer() {
	for _, w := range r.workers {
		if w.doing() == "sync" {
			r.kills["server in a sync"]++
			break
		}
	}
	r.kills["server"]++
	r.s.kill()
}

func (r *rounds) killDevice(w *worker) {
	if what := w.kill(); what != "" {
		r.kills["device in a "+what]++
		return
	}
	r.kills["device between two"]++
}

// settle lets every device deliver what it has, and learn what the others did.
func (r *rounds) settle() {
	r.t.Helper()
	for range 2 {
		for _, w := range r.workers {
			if st := w.d.sync(); st.Waiting != 0 || st.Refused != 0 || st.Quarantined != 0 {
				r.t.Errorf("%s: waiting %d, refused %d, quarantined %d; want a good receipt for everything", w.d.dir, st.Waiting, st.Refused, st.Quarantined)
			}
		}
	}
	r.s.clean()
}

// count compares the journal with what a device finds that has everything from
// the server, and with the receipts that the server gave.
func (r *rounds) count() {
	r.t.Helper()
	fresh := r.s.enrol("agent", "fresh", made.Units[0].Code)
	fresh.sync()
	rows := fresh.list("household")
	found, remarks := map[string]int{}, map[string]string{}
	for _, row := range rows {
		found[row.Fields["house_no"]]++
		remarks[row.Fields["house_no"]] = row.Fields["remark"]
	}
	for _, w := range r.workers {
		if w.shared == "" { // a kiosk reads nothing
			continue
		}
		if n := len(w.d.list("household")); n != len(rows) {
			r.t.Errorf("%s holds %d households, want the %d of the server", w.d.dir, n, len(rows))
		}
	}
	var lost, doubled, saved, landed, tried int
	for _, w := range r.workers {
		creates := 0
		for house, sure := range w.created {
			switch n := found[house]; {
			case n > 1:
				doubled++
				r.t.Errorf("household %s is there %d times", house, n)
			case n == 1 && sure:
				saved++
			case n == 1:
				landed++
			case sure:
				lost++
				r.t.Errorf("household %s was saved and is not there", house)
			default:
				tried++
			}
			creates += min(1, found[house])
			if got := remarks[house]; found[house] == 1 && sure && !slices.Contains(w.remarks[house], got) {
				lost++
				r.t.Errorf("household %s has the remark %q, want one of %q", house, got, w.remarks[house])
			}
		}
		receipts := 0
		for _, n := range r.s.receipts(w.d) { // which fails for a number without a receipt or with two
			receipts += n
		}
		if edits := receipts - creates; edits < w.edits || edits > w.edits+w.maybe {
			r.t.Errorf("%s: %d receipts are for edits, want %d and up to %d that were under way", w.d.dir, edits, w.edits, w.maybe)
		}
		r.t.Logf("%s: %d edits saved, %d more under way, %d receipts; runs: %v", w.d.dir, w.edits, w.maybe, receipts, w.ends)
	}
	r.t.Logf("kill -9: %v", r.kills)
	r.t.Logf("households: %d saved and there, %d of those being saved are there and %d are not; lost %d, doubled %d", saved, landed, tried, lost, doubled)
	if saved == 0 {
		r.t.Error("nothing was saved: this shows nothing")
	}
}
