// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// conn is one connection. As TCP has it, messages of one direction arrive in
// their order; when the connection is cut, the device notices at once and the
// server later, so that old frames arrive after a new session has begun. In a
// hostile world single messages are lost, doubled and re-ordered as well.
type conn struct {
	world *World
	node  *node
	srv   *peer.Server
	port  Port

	downEnd bool // the device's end is gone
	upEnd   bool // the server's end is gone
	black   bool // half open: nothing arrives, nobody is told

	upFree, downFree int64 // when the last message under way arrives
}

// up sends a message to the server, down one to the device.
func (c *conn) up(m wire.Message) {
	c.world.trace("%s sends %T %+v", c.node.name, m, m)
	c.carry(m, &c.upFree, func(m wire.Message) { c.serve(peer.Received{Message: c.world.spoiled(m)}) })
}

// spoiled returns a message as it arrives, which is rubbish for a frame if the plan
// says so.
func (w *World) spoiled(m wire.Message) wire.Message {
	f, ok := m.(*wire.Frame)
	if !ok || w.spoil == 0 {
		return m
	}
	w.spoil--
	w.Counts["frame spoiled"]++
	return &wire.Frame{Data: append([]byte{^f.Data[0]}, f.Data[1:]...)}
}

func (c *conn) down(m wire.Message) {
	c.world.trace("server to %s %T %+v", c.node.name, m, m)
	c.carry(m, &c.downFree, func(m wire.Message) {
		if !c.downEnd {
			c.node.step(peer.Received{Message: m})
		}
	})
}

func (c *conn) carry(m wire.Message, free *int64, arrive func(wire.Message)) {
	w := c.world
	if c.black {
		return
	}
	data, err := wire.Encode(m)
	if err != nil {
		w.broke("messages are readable", "%T cannot be encoded: %v", m, err)
		return
	}
	delay := w.between(5, 120)
	times := 1
	if w.hostile {
		times, delay = c.disturb(delay)
	} else if at := w.now + delay; at < *free {
		delay = *free - w.now
	} else {
		*free = at
	}
	for range times {
		w.after(delay, func() {
			got, err := wire.Decode(data)
			if err != nil {
				w.broke("messages are readable", "%T cannot be decoded: %v", m, err)
				return
			}
			if !c.black {
				arrive(got)
			}
		})
	}
}

// disturb decides what a hostile network does with one message.
func (c *conn) disturb(delay int64) (times int, after int64) {
	switch w := c.world; w.rng.IntN(12) {
	case 0:
		w.Counts["message lost"]++
		return 0, delay
	case 1:
		w.Counts["message doubled"]++
		return 2, delay
	case 2:
		w.Counts["message re-ordered"]++
		return 1, delay + w.between(1, 800)
	}
	return 1, delay
}

// cut ends the connection: the device knows now, the server soon.
func (c *conn) cut() {
	c.downEnd = true
	c.world.after(c.world.between(0, 300), func() { c.upEnd = true })
}

// serve gives the server's machine an event and carries out what it asks.
func (c *conn) serve(ev peer.Event) {
	if c.upEnd || !c.world.server.up {
		return
	}
	for _, eff := range c.srv.Step(c.world.now, ev) {
		c.serverDoes(eff)
	}
}

func (c *conn) serverDoes(eff peer.Effect) {
	w := c.world
	switch e := eff.(type) {
	case peer.Send:
		w.noteSent(c, e.Message)
		c.down(e.Message)
		return
	case peer.Drain:
		w.after(w.between(0, 20), func() { c.serve(peer.Drained{}) })
		return
	case peer.Check, peer.Opened: // as in the hub: done before anything that follows
		if answer := c.port.Do(e); answer != nil {
			c.serve(answer)
		}
		return
	case peer.End:
		c.upEnd = true
		w.after(w.between(5, 120), c.node.dropped(c))
		return
	}
	life := w.server.life
	w.after(w.between(0, 4), func() {
		if c.upEnd && !isCommit(eff) || life != w.server.life {
			return // a commit that was begun is finished even when the connection has ended
		}
		before := w.kept(eff)
		failed, done := w.fails(w.server.io)
		if failed && done { // what was done is known again after a restart only
			c.do(eff)
			w.Counts["server done and failed"]++
			w.server.stop()
			w.server.start()
			return
		}
		answer := peer.Event(peer.Failed{Fault: fault.New(fault.Unavailable, "sync.store.failed"), RetryMS: 5_000})
		if !failed {
			answer = c.do(eff)
		}
		w.noteDone(answer)
		if told(answer) {
			w.server.controlMoved(c.node.account.Device)
		}
		if answer != nil {
			w.after(w.between(0, 4), func() {
				if life == w.server.life {
					c.serve(answer)
				}
			})
		}
		if committed, ok := answer.(peer.Committed); ok && (len(committed.Receipts) > 0 || w.kept(eff) != before) {
			w.server.moved(peer.HeadMoved{Scope: committed.Lane.Scope})
		}
	})
}

// kept counts what the server keeps, before and after a commit that may take part of
// a box and put off the rest; only after a restore there is any.
func (w *World) kept(eff peer.Effect) int {
	if !isCommit(eff) || w.Counts["server restore"]+w.Counts["server copyback"] == 0 {
		return 0
	}
	return len(w.server.store.Stands())
}

// told reports whether what was done let a control log grow.
func told(answer peer.Event) bool {
	if placed, ok := answer.(peer.Placed); ok {
		return placed.Told
	}
	_, moved := answer.(peer.ControlMoved)
	return moved
}

// do lets the server's store do one thing. While the device is switched off,
// nothing it sends may change what stands, but what the server wrote itself.
func (c *conn) do(eff peer.Effect) peer.Event {
	store := c.world.server.store
	if !isCommit(eff) || !store.Off(c.node.account.Device) {
		return c.port.Do(eff)
	}
	before := len(store.Stands())
	answer := c.port.Do(eff)
	committed, _ := answer.(peer.Committed)
	if now := len(store.Stands()); now != before && !c.world.own[committed.Lane] {
		c.world.broke("who is switched off changes nothing", "%s made %d values %d", c.node.name, before, now)
	}
	return answer
}

func isCommit(eff peer.Effect) bool {
	_, ok := eff.(peer.Commit)
	return ok
}

// tick lets both machines notice the time, once a second, while there is one.
func (c *conn) tick() {
	if c.downEnd && c.upEnd {
		return
	}
	if !c.downEnd {
		c.node.step(peer.Tick{})
	}
	c.serve(peer.Tick{})
	c.world.after(1_000, c.tick)
}

// noteSent counts what the server says.
func (w *World) noteSent(c *conn, m wire.Message) {
	switch m := m.(type) {
	case *wire.Expect:
		w.Counts["gap answered"]++
	case *wire.LaneClosed:
		w.Counts["lane closed"]++
	case *wire.Reset:
		w.Counts["cursor reset"]++
	case *wire.Repair:
		w.Counts["scope repaired"]++
	case *wire.Snapshot:
		w.noteSnapshot(c, m)
	case *wire.Piece:
		w.Counts["snapshot piece"]++
	case *wire.Kept:
		w.Counts["box kept"]++
		w.own[m.Lane] = true
	case *wire.Receipts:
		w.checkFirst(c.node, m)
		for _, g := range m.Ranges {
			w.Counts["outcome "+g.Outcome.String()]++
		}
	}
}

// noteSnapshot counts how first syncs begin.
func (w *World) noteSnapshot(c *conn, m *wire.Snapshot) {
	scope := m.Checkpoint.Cursor.Scope
	last, begun := c.node.snapshots[scope]
	c.node.snapshots[scope] = m.ID
	switch {
	case m.Chunk != 0 || m.Offset != 0:
		w.Counts["snapshot resumed"]++
		if m.Offset != 0 {
			w.Counts["snapshot resumed in a chunk"]++
		}
	case begun && last != m.ID:
		w.Counts["snapshot replaced"]++
	default:
		w.Counts["snapshot begun"]++
	}
}

// noteDone counts what the server's store did.
func (w *World) noteDone(answer peer.Event) {
	switch a := answer.(type) {
	case peer.Failed:
		w.Counts["server store failed"]++
	case peer.Committed:
		if w.own[a.Lane] && a.Gap != nil {
			w.Counts["box put off"]++
		} else if w.own[a.Lane] {
			w.Counts["box adopted"]++
		}
	case peer.Changed:
		if a.Checkpoint == nil {
			w.Counts["changes in pages"]++
		}
	case peer.Placed:
		if a.Cursor.Version == 0 {
			w.Counts["first pull"]++
		} else if a.Reset == nil && a.Granted {
			w.Counts["pull continued"]++
		}
	}
}
