// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// This world joins the two machines by a network that is cut at random, with
// stores that are no more than counters: a device's change set n of its lane
// becomes one version of the scope. What is proved here is the session:
// everything gets its receipt exactly once, every version reaches every
// device, and nothing is stuck, wherever the cuts fall.

const village ident.Scope = "unit:village"

type worldServer struct {
	next map[record.Lane]uint64 // number expected
	log  []record.Link          // version i+1
}

type worldDevice struct {
	id      ident.Device
	lane    record.Lane
	written uint64 // change sets written
	done    uint64 // receipted
	have    record.Version
	rows    map[record.Version]bool // versions whose row arrived
	control uint64
}

// session is one connection of one device; events wait in two queues.
type worldSession struct {
	server *worldServer
	device *worldDevice

	up             *peer.Device
	srv            *peer.Server
	toDevice       []peer.Event
	toServer       []peer.Event
	settled, ended bool
}

func connect(s *worldServer, d *worldDevice) *worldSession {
	w := &worldSession{server: s, device: d, up: peer.NewDevice(), srv: peer.NewServer()}
	w.toServer = append(w.toServer, peer.Accepted{Server: ident.Device{9}})
	w.toDevice = append(w.toDevice, peer.Start{Device: d.id, Incarnation: d.lane.Incarnation, Control: wire.ControlEnd{Number: d.control}})
	return w
}

// step lets one queued event happen; false when nothing waits.
func (w *worldSession) step(now int64, deviceFirst bool) bool {
	if len(w.toDevice) > 0 && (deviceFirst || len(w.toServer) == 0) {
		ev := w.toDevice[0]
		w.toDevice = w.toDevice[1:]
		for _, e := range w.up.Step(now, ev) {
			w.onDevice(e)
		}
		return true
	}
	if len(w.toServer) == 0 {
		return false
	}
	ev := w.toServer[0]
	w.toServer = w.toServer[1:]
	for _, e := range w.srv.Step(now, ev) {
		w.onServer(e)
	}
	return true
}

func (w *worldSession) onDevice(e peer.Effect) {
	d := w.device
	reply := func(ev peer.Event) { w.toDevice = append(w.toDevice, ev) }
	switch e := e.(type) {
	case peer.Send:
		w.toServer = append(w.toServer, peer.Received(e))
	case peer.Prove:
		reply(peer.Proved{Signature: []byte("sig")})
	case peer.LoadOutbox:
		reply(w.unsent())
	case peer.LoadFrame:
		reply(d.frame(e.From))
	case peer.StoreReceipts:
		d.done = max(d.done, e.Receipts.Through)
		reply(peer.Receipted{Lane: e.Receipts.Lane})
	case peer.Rewind:
		reply(w.unsent())
	case peer.LoadCursors:
		reply(peer.Cursors{Cursors: []wire.Cursor{{Scope: village, View: "officer", Version: d.have}}})
	case peer.StoreCheckpoint:
		for _, r := range e.Rows {
			d.rows[r.Fields[0].State.Version] = true
		}
		d.have = e.Checkpoint.Cursor.Version
		reply(peer.Stored{Scope: village, Version: d.have, Intact: true})
	case peer.LoadAside:
		reply(peer.Aside{})
	case peer.StoreControl:
		reply(peer.Controlled{Acks: []wire.ControlAck{{Number: d.control}}})
	case peer.LoadTrail:
		reply(peer.Trail{})
	case peer.Progress:
		w.settled = e.State.Settled
	case peer.End:
		w.ended = true
	}
}

func (w *worldSession) unsent() peer.Event {
	d := w.device
	return peer.Outbox{Lanes: []peer.Unsent{{Lane: d.lane, First: d.done + 1, Last: d.written}}}
}

// frame "encodes" up to three change sets as first and last number.
func (d *worldDevice) frame(from uint64) peer.Event {
	ev := peer.Loaded{Lane: d.lane, From: from}
	if from <= d.written {
		ev.To = min(from+2, d.written)
		ev.Data = append(binary.BigEndian.AppendUint64(d.lane.Incarnation[:16:16], from), byte(ev.To-from))
	}
	return ev
}

func (w *worldSession) onServer(e peer.Effect) {
	s := w.server
	reply := func(ev peer.Event) { w.toServer = append(w.toServer, ev) }
	switch e := e.(type) {
	case peer.Send:
		w.toDevice = append(w.toDevice, peer.Received(e))
	case peer.Lookup:
		reply(peer.Known{Found: true})
	case peer.Check:
		reply(peer.Checked{Valid: true})
	case peer.Commit:
		reply(s.commit(w.device.lane, e.Data))
		reply(peer.HeadMoved{Scope: village})
	case peer.LoadControl:
		reply(peer.ControlLoaded{})
	case peer.Place:
		reply(peer.Placed{Cursor: e.Cursor, Granted: true, From: e.Cursor.Version})
	case peer.LoadChanges:
		reply(s.changes(e))
	case peer.Drain:
		reply(peer.Drained{})
	case peer.End:
		w.ended = true
	}
}

func (s *worldServer) commit(lane record.Lane, data []byte) peer.Event {
	first := binary.BigEndian.Uint64(data[16:])
	last := first + uint64(data[24])
	next := max(1, s.next[lane])
	if first > next {
		return peer.Committed{Lane: lane, Gap: &wire.Expect{Lane: lane, Number: next}}
	}
	for n := next; n <= last; n++ {
		s.log = append(s.log, record.Link{Lane: lane, Number: n})
	}
	s.next[lane] = max(next, last+1)
	return peer.Committed{Lane: lane, Receipts: s.receipts(lane, first, last)}
}

func (s *worldServer) receipts(lane record.Lane, first, last uint64) (out []record.Receipt) {
	for i, l := range s.log {
		if l.Lane == lane && l.Number >= first && l.Number <= last {
			out = append(out, record.Receipt{Link: l, Outcome: record.Accepted, Version: record.At(0, uint64(i+1))})
		}
	}
	return out
}

// changes answers with at most two rows at a time, so that paging happens.
func (s *worldServer) changes(asked peer.LoadChanges) peer.Event {
	after := asked.After
	head := record.Version(len(s.log))
	to := min(head, after+2)
	ev := peer.Changed{Asked: asked, To: to}
	var rows []wire.RowDelta
	for v := after + 1; v <= to; v++ {
		rows = append(rows, wire.RowDelta{
			Header: record.Header{ID: rowID(v), Kind: "household", Scope: village},
			Fields: []wire.FieldDelta{{Field: "name", State: record.FieldState{Version: v, Value: record.OfInt(int64(v))}}},
		})
	}
	if len(rows) > 0 {
		data, err := wire.EncodeRows(rows)
		if err != nil {
			panic(err)
		}
		ev.Rows = []*wire.Rows{{Scope: village, Data: data}}
	}
	if to == head {
		ev.Checkpoint = &wire.Checkpoint{Cursor: wire.Cursor{Scope: village, View: "officer", Version: head}}
	}
	return ev
}

func rowID(v record.Version) (id ident.Record) {
	h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(v)))
	copy(id[:], h[:])
	return id
}

// Wherever connections are cut, in the end every change set has one version,
// every device its receipts and every row, and every session settles.
func TestWorldConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		server := &worldServer{next: map[record.Lane]uint64{}}
		devices := make([]*worldDevice, rapid.IntRange(1, 3).Draw(t, "devices"))
		sessions := make([]*worldSession, len(devices))
		for i := range devices {
			devices[i] = &worldDevice{
				id: ident.Device{byte(i + 1)}, rows: map[record.Version]bool{},
				lane: record.Lane{Incarnation: ident.Incarnation{byte(i + 1)}, Scope: village},
			}
		}
		for range rapid.IntRange(10, 200).Draw(t, "steps") {
			disturb(t, server, devices, sessions)
		}
		settle(t, server, devices, sessions)
		converged(t, server, devices)
	})
}

// Three change sets written without a connection come back as two pages of
// rows. Rapid once found the device content with the first page.
func TestPagesComeWhole(t *testing.T) {
	server := &worldServer{next: map[record.Lane]uint64{}}
	d := &worldDevice{
		id: ident.Device{1}, lane: record.Lane{Incarnation: ident.Incarnation{1}, Scope: village},
		written: 3, rows: map[record.Version]bool{},
	}
	devices := []*worldDevice{d}
	settle(t, server, devices, make([]*worldSession, len(devices)))
	converged(t, server, devices)
}

// converged fails unless every change set has one version, and every device its
// receipts and every row.
func converged(t rapid.TB, server *worldServer, devices []*worldDevice) {
	t.Helper()
	written := uint64(0)
	for _, d := range devices {
		written += d.written
	}
	if uint64(len(server.log)) != written {
		t.Fatalf("%d versions for %d change sets", len(server.log), written)
	}
	for i, d := range devices {
		if d.done != d.written || len(d.rows) != len(server.log) {
			t.Fatalf("device %d: %d of %d receipts, %d of %d rows", i, d.done, d.written, len(d.rows), len(server.log))
		}
	}
}

// disturb lets one random thing happen to one random device.
func disturb(t *rapid.T, server *worldServer, devices []*worldDevice, sessions []*worldSession) {
	i := rapid.IntRange(0, len(devices)-1).Draw(t, "device")
	switch w := sessions[i]; rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		sessions[i] = connect(server, devices[i]) // whatever was under way is lost
	case 1, 2:
		devices[i].written++
		if w != nil {
			w.toDevice = append(w.toDevice, w.unsent())
		}
	case 3:
		for _, other := range sessions {
			if other != nil {
				other.toServer = append(other.toServer, peer.HeadMoved{Scope: village})
			}
		}
	default:
		if w != nil {
			w.step(0, rapid.Bool().Draw(t, "side"))
		}
	}
}

// settle reconnects everybody and runs until all is quiet, twice: what the
// last one pushed reaches the first in the second round.
func settle(t rapid.TB, server *worldServer, devices []*worldDevice, sessions []*worldSession) {
	for round := range 2 {
		for i, d := range devices {
			w := connect(server, d)
			sessions[i] = w
			for steps := 0; w.step(0, true); steps++ {
				if steps > 100_000 {
					t.Fatalf("round %d: device %d never becomes quiet", round, i)
				}
			}
			if !w.settled || w.ended {
				t.Fatalf("round %d: device %d: settled %v, ended %v", round, i, w.settled, w.ended)
			}
		}
	}
}
