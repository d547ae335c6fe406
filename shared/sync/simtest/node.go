// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/simtest/model"
	"yuexin/shared/sync/wire"
)

// node is a device's machine in a world: its store, its clocks, its link.
type node struct {
	world   *World
	name    string
	account model.Account
	store   Device

	offline  bool
	io       bool // its disk fails now and then
	conn     *conn
	machine  *peer.Device
	state    peer.State
	retry    peer.Retry
	life     int           // grows with every crash
	jobs     []peer.Effect // store work, one at a time, in order
	busy     bool
	retrying bool

	aheadMS int64 // of the wall clock before true time
	boot    [16]byte
	bootMS  int64 // true time of the start of this boot

	snapshots map[ident.Scope]wire.SnapshotID // last begun with

	seen map[ident.Record]record.Base // screens that are open: what their author has seen
}

func (w *World) newNode(name string, a model.Account) *node {
	n := &node{world: w, name: name, account: a, offline: true, seen: map[ident.Record]record.Base{}, snapshots: map[ident.Scope]wire.SnapshotID{}}
	n.reboot()
	w.nodes[name] = n
	w.order = append(w.order, n)
	return n
}

// reading is what the device's clocks say.
func (n *node) reading() hlc.Reading {
	return hlc.Reading{WallMS: n.world.now + n.aheadMS, BootID: n.boot, MonoMS: n.world.now - n.bootMS + 1}
}

func (n *node) reboot() {
	n.boot, n.bootMS = n.world.newID(), n.world.now
}

// connect opens a session, or plans another attempt.
func (n *node) connect() {
	if n.offline || n.conn != nil {
		return
	}
	c := n.world.server.accept(n)
	if c == nil {
		n.again(0)
		return
	}
	n.conn, n.machine, n.state, n.jobs = c, peer.NewDevice(), peer.State{}, nil
	n.world.Counts["session"]++
	c.serve(peer.Accepted{})
	n.step(peer.Start{
		Device: n.account.Device, Incarnation: n.store.Incarnation(), Program: "sim",
		Control: n.store.Control(), Trail: n.store.Trail(), Off: n.store.Off(),
	})
	n.world.after(1_000, c.tick)
}

// again plans the next attempt to connect.
func (n *node) again(notBeforeMS int64) {
	if n.offline || n.retrying {
		return
	}
	n.retrying = true
	n.world.after(n.retry.Next(n.world.rng.Float64(), notBeforeMS), func() {
		n.retrying = false
		n.connect()
	})
}

// hangUp ends the session on the device's side.
func (n *node) hangUp(notBeforeMS int64) {
	if n.conn == nil {
		return
	}
	n.conn.cut()
	n.conn, n.machine, n.state, n.jobs = nil, nil, peer.State{}, nil
	n.again(notBeforeMS)
}

// dropped returns what happens when the other end of a connection is gone.
func (n *node) dropped(c *conn) func() {
	return func() {
		if n.conn == c && !c.black {
			n.hangUp(0)
		}
	}
}

// step gives the device's machine an event and carries out what it asks. Its
// time is the monotonic clock.
func (n *node) step(ev peer.Event) {
	if n.machine == nil {
		return
	}
	for _, eff := range n.machine.Step(n.reading().MonoMS, ev) {
		n.does(eff)
		if n.machine == nil {
			return
		}
	}
}

func (n *node) does(eff peer.Effect) {
	switch e := eff.(type) {
	case peer.Send:
		n.conn.up(e.Message)
	case peer.End:
		if e.Fault != nil {
			n.world.Counts["session ended: "+e.Fault.Key]++
		}
		n.hangUp(e.RetryMS)
	case peer.Progress:
		n.state = e.State
		n.world.trace("%s is %+v", n.name, e.State)
		if e.State.Phase == peer.Open {
			n.retry.Reset()
		}
	case peer.Prove:
		ev, err := n.store.Do(e)
		if err != nil {
			n.hangUp(0)
			return
		}
		n.step(ev)
	default:
		n.jobs = append(n.jobs, eff)
		n.work()
	}
}

// work lets the worker take up the next job.
func (n *node) work() {
	if n.busy || len(n.jobs) == 0 {
		return
	}
	n.busy = true
	life, c := n.life, n.conn
	n.world.after(n.world.between(0, 4), func() {
		if life != n.life {
			return
		}
		n.busy = false
		if n.conn == c && len(n.jobs) > 0 {
			eff := n.jobs[0]
			n.jobs = n.jobs[1:]
			n.carryOut(eff)
		}
		n.work()
	})
}

func (n *node) carryOut(eff peer.Effect) {
	failed, done := n.world.fails(n.io)
	var ev peer.Event
	var err error
	if !failed || done {
		n.note(eff)
		ev, err = n.store.Do(eff)
	}
	n.world.trace("%s does %T: %T, %v, failed %v", n.name, eff, ev, err, failed)
	if done {
		n.world.Counts["device done and failed"]++
	}
	if failed || err != nil {
		n.world.Counts["device store failed"]++
		n.hangUp(0)
		return
	}
	if ev == nil {
		return
	}
	n.note(ev)
	n.world.glimpse(n)
	n.step(ev)
}

// fails draws whether a disk that fails now and then fails at what is asked of it, and
// whether what was asked is done nevertheless: only its answer is lost.
func (w *World) fails(io bool) (failed, done bool) {
	if !io || w.between(0, 3) > 0 {
		return false, false
	}
	return true, w.between(0, 2) == 0
}

// note counts paths, and breaches that only the moment shows.
func (n *node) note(what any) {
	w := n.world
	switch x := what.(type) {
	case peer.Rewind:
		w.Counts["lane rewound"]++
	case peer.StoreReceipts:
		w.noteHanded(n, x.Receipts)
	case peer.NewLane:
		w.Counts["lane left"]++
	case peer.PutAside:
		w.Counts["change set put aside"]++
	case peer.Compared:
		w.noteCompared(x)
	case peer.Stored:
		if !x.Intact && w.Counts["hostile network"] == 0 {
			w.broke("digests agree", "%s holds another %s than the server at %v", n.name, x.Scope, x.Version)
		}
		w.Counts["checkpoint"]++
		if x.Intact {
			w.noteShown(n, x.Scope)
		}
	}
}

// noteCompared counts what a repair asks for, and what it leaves as it is.
func (w *World) noteCompared(x peer.Compared) {
	if x.Wanted == nil {
		return
	}
	w.Counts["list compared"]++
	if len(x.Wanted.IDs) > 0 {
		w.Counts["listed record wanted"]++
	}
	if len(x.Wanted.IDs) < len(x.Wanted.Repair.List) { // rare: buckets of small worlds have one record
		w.Counts["listed record spared"]++
	}
}

// kill ends the device's process; with power true all power goes. It starts
// again at once.
func (n *node) kill(power bool) {
	n.life++
	n.busy = false
	if n.conn != nil {
		n.conn.cut()
		n.conn, n.machine, n.state, n.jobs = nil, nil, peer.State{}, nil
	}
	clear(n.seen)
	if power {
		n.reboot()
	}
	n.store.Crash(power)
	n.again(0)
}
