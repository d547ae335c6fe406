// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/simtest/model"
)

// World is one server and its devices in virtual time. Everything that is
// random in it comes from its seed.
type World struct {
	stores Stores
	rng    *rand.Rand

	now    int64 // true time, Unix milliseconds
	queue  timeline
	serial int // of events, ids and marks

	server   *server
	own      map[record.Lane]bool // lanes of the server itself that it gave devices to keep
	refusals map[refusedIn]bool   // for want of a record, that were said
	nodes    map[string]*node
	order    []*node
	records  map[string]record.Header // by the name a plan gives them
	entered  []*entered
	authored []*authored
	pairs    [][2]ident.Record   // written by one act each
	refused  map[string]bool     // acts that were in a tray or in quarantine
	chosen   map[model.Stand]int // values that a resolve wrote once more
	hostile  bool                // messages are lost, doubled and re-ordered
	spoil    int                 // so many frames arrive as rubbish from now on

	// Trace, if not nil, is told every message and every job of a device.
	Trace func(atMS int64, what string)

	// Broken lists the laws that were broken, in words.
	Broken []string
	// Counts says how often each fault was injected and each path taken.
	Counts map[string]int
}

// NewWorld returns a world with a server and no device.
func NewWorld(stores Stores, seed uint64) *World {
	w := &World{
		stores: stores, rng: rand.New(rand.NewPCG(seed, 0x79756578696e)), now: recordtest.StartMS,
		nodes: map[string]*node{}, records: map[string]record.Header{}, refused: map[string]bool{}, own: map[record.Lane]bool{}, refusals: map[refusedIn]bool{}, chosen: map[model.Stand]int{}, Counts: map[string]int{},
	}
	w.server = &server{world: w, store: stores.Server(func() int64 { return w.now }), up: true}
	return w
}

// event is something that will happen.
type event struct {
	at     int64
	serial int
	do     func()
}

// timeline orders events by time, and by when they were planned.
type timeline []event

func (t timeline) Len() int { return len(t) }
func (t timeline) Less(i, j int) bool {
	return t[i].at < t[j].at || t[i].at == t[j].at && t[i].serial < t[j].serial
}
func (t timeline) Swap(i, j int) { t[i], t[j] = t[j], t[i] }

// Push implements heap.Interface.
func (t *timeline) Push(x any) { *t = append(*t, x.(event)) }

// Pop implements heap.Interface.
func (t *timeline) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}

// after plans do for delayMS from now.
func (w *World) after(delayMS int64, do func()) {
	w.serial++
	heap.Push(&w.queue, event{at: w.now + delayMS, serial: w.serial, do: do})
}

// run lets ms milliseconds pass.
func (w *World) run(ms int64) {
	end := w.now + ms
	for len(w.queue) > 0 && w.queue[0].at <= end {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	w.now = end
}

// between returns a random number from..to, inclusive.
func (w *World) between(from, to int64) int64 { return from + w.rng.Int64N(to-from+1) }

func (w *World) trace(format string, args ...any) {
	if w.Trace != nil {
		w.Trace(w.now-recordtest.StartMS, fmt.Sprintf(format, args...))
	}
}

func (w *World) broke(law, format string, args ...any) {
	if len(w.Broken) < 20 {
		w.Broken = append(w.Broken, law+": "+fmt.Sprintf(format, args...))
	}
}

// newID returns an id that is unique in the world.
func (w *World) newID() (id ident.ID) {
	w.serial++
	binary.BigEndian.PutUint64(id[:8], uint64(w.serial))
	id[15] = 1
	return id
}

func (w *World) newIncarnation() ident.Incarnation { return ident.Incarnation(w.newID()) }

// add enrols a device with a role.
func (w *World) add(name string, role record.Role, scopes ...ident.Scope) *node {
	a := model.Account{
		Device: ident.Device(w.newID()), Login: ident.Login(w.newID()), Actor: ident.Actor(w.newID()),
		Role: role, Scopes: scopes,
	}
	n := w.newNode(name, w.server.store.Enrol(a))
	n.store = w.stores.Device(n.account, n.reading, w.newIncarnation)
	return n
}
