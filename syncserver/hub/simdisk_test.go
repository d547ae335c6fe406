// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/simtest"
	"yuexin/shared/sync/sqlitedb/powerloss"
)

// disk is what the store of one machine lies on, whatever folder that is after a crash.
// It fails while a plan says that it is full, in one of the ways of ills.
type disk struct {
	mu     sync.Mutex // guards all fields below
	folder string
	ill    *ill // nil: sound
	lifted bool // nothing fails for the moment
	random *rand.Rand
	failed int // calls, of this illness
}

// ill is a way in which a disk fails.
type ill struct {
	name    string
	calls   []powerloss.Call // that fail
	failure powerloss.Failure
	percent int // of these calls
}

var (
	writes = []powerloss.Call{powerloss.Write, powerloss.Truncate}
	syncs  = []powerloss.Call{powerloss.Sync}
)

// ills are the ways in which disks of the worlds fail: no room at all, room for some
// writes, a disk that fails, mostly or now and then, when it is written or, worse,
// when it is to keep what was written. What follows a sync that failed is up to the
// files themselves: they are there after a crash, or not.
var ills = []ill{
	{"no room", writes, powerloss.Full, 100},
	{"little room", writes, powerloss.Full, 30},
	{"no write", writes, powerloss.IO, 100},
	{"few writes", writes, powerloss.IO, 30},
	{"no sync", syncs, powerloss.IO, 100},
	{"few syncs", syncs, powerloss.IO, 50},
}

// under is the world that runs now; its disks are asked about every call of SQLite.
var under atomic.Pointer[real]

// ailing lets the disks of worlds fail until the test ends.
func ailing(t *testing.T) {
	t.Helper()
	powerloss.Refuse(t, func(path string, call powerloss.Call) powerloss.Failure {
		if r := under.Load(); r != nil {
			return r.refuse(path, call)
		}
		return powerloss.Works
	})
	t.Cleanup(func() { under.Store(nil) })
}

// newDisk returns a sound disk.
func (r *real) newDisk() *disk {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := &disk{random: rand.New(rand.NewPCG(r.seed, uint64(len(r.disks))))}
	r.disks = append(r.disks, d)
	return d
}

// refuse says which calls fail.
func (r *real) refuse(path string, call powerloss.Call) powerloss.Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.disks {
		if f := d.refuse(path, call); f != powerloss.Works {
			return f
		}
	}
	return powerloss.Works
}

func (d *disk) refuse(path string, call powerloss.Call) powerloss.Failure {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ill == nil || d.lifted || !strings.HasPrefix(path, d.folder+"/") || !slices.Contains(d.ill.calls, call) {
		return powerloss.Works
	}
	if d.random.IntN(100) >= d.ill.percent {
		return powerloss.Works
	}
	d.failed++
	return d.ill.failure
}

// falls lets the disk fall ill, or become sound.
func (d *disk) falls(ill bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed, d.ill = 0, nil
	if ill {
		d.ill = &ills[d.random.IntN(len(ills))]
	}
}

// lift does something while nothing fails: a program that does not come up on an ill
// disk is started again until it does.
func (d *disk) lift(do func()) {
	d.set(func() { d.lifted = true })
	defer d.set(func() { d.lifted = false })
	do()
}

func (d *disk) set(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
}

// excuses reports whether an error comes of the disk: then it has a meaning that says
// so, and nothing was promised.
func (r *real) excuses(d *disk, err error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil || d.failed == 0 {
		return false
	}
	r.counts["disk: "+d.ill.name]++
	kind := fault.KindOf(err)
	return kind == fault.Exhausted || kind == fault.Unavailable
}

// did wants that something was done, and reports that; a disk that is ill is an excuse.
func (r *real) did(d *disk, err error) bool {
	r.t.Helper()
	if err != nil && !r.excuses(d, err) {
		r.t.Fatal(err)
	}
	return err == nil
}

// troubled returns a plan with more trouble in it: disks that fail while people work,
// programs that are killed on them, and frames that arrive as rubbish.
func troubled(plan simtest.Plan, seed uint64) simtest.Plan {
	random := rand.New(rand.NewPCG(seed, 0x74726f75626c65))
	first := slices.IndexFunc(plan, func(line string) bool { return strings.HasPrefix(line, "wait") })
	for range 3 {
		who := []string{"server", "server", "a", "b"}[random.IntN(4)]
		from := first + 1 + random.IntN(len(plan)-first-1)
		to := min(from+1+random.IntN(8), len(plan)-1)
		after := []string{fmt.Sprintf("full %s off", who)}
		if random.IntN(3) == 0 {
			after = []string{"kill " + who, after[0]}
		}
		plan = slices.Insert(plan, to, after...)
		plan = slices.Insert(plan, from, fmt.Sprintf("full %s on", who), fmt.Sprintf("wait %d", random.IntN(300)))
	}
	// A box that a restored server cannot read waits for another session, and what builds
	// on it is refused meanwhile.
	if restores := slices.Contains(plan, "backup"); !restores && random.IntN(2) == 0 {
		at := first + 1 + random.IntN(len(plan)-first-1)
		plan = slices.Insert(plan, at, fmt.Sprintf("spoil %d", 1+random.IntN(3)))
	}
	return plan
}
