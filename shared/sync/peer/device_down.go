// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// maxAsked bounds the cursors of one message, which then stays below the size
// of a frame, the largest message that a server has to read.
const maxAsked = 256

// maxHeldRows bounds the rows a device holds before their checkpoint.
const maxHeldRows = 200_000

// inScope is the download of one scope.
type inScope struct {
	number  uint64 // of the Subscribe that asked for it
	rows    []wire.RowDelta
	first   *inSnapshot  // what it begins with; nil while no snapshot is under way
	kept    []*wire.Kept // boxes that belong to the next checkpoint
	view    string
	at      record.Version // where the cursor stands
	storing bool
	lost    bool           // its cursor was given up: subscribe anew
	wanted  *Wanted        // what was asked for, while the scope is mended
	mended  bool           // told its buckets because the digest did not match
	redo    bool           // and for everything again, because that did not help
	fresh   bool           // a checkpoint of this session is durable
	have    record.Version // of the last durable checkpoint
	want    record.Version // the newest of the device's own changes that was receipted
}

// subscribe asks for the scopes that are not followed yet, and stops
// following those that are no longer granted: with the session's first cursors,
// and again when the control log has been applied.
func (d *Device) subscribe(ev Cursors) {
	if d.phase != Open {
		return
	}
	d.looks.answered++
	granted := make(map[ident.Scope]*inScope, len(ev.Cursors))
	var ask []wire.Cursor
	for _, c := range ev.Cursors {
		s := d.scopes[c.Scope]
		if d.looks.stale(c.Scope) {
			if s != nil {
				granted[c.Scope] = s
			}
			continue
		}
		if s == nil || s.lost {
			if s != nil && s.redo {
				c.Held = nil // a snapshot may be what was wrong
			}
			ask = append(ask, c)
			s = &inScope{view: c.View, at: c.Version, redo: s != nil && s.redo}
		}
		granted[c.Scope] = s
	}
	d.scopes = granted
	for part := range slices.Chunk(ask, maxAsked) {
		for _, c := range part {
			granted[c.Scope].number = d.subscribes
		}
		d.send(&wire.Subscribe{Cursors: part, Number: d.subscribes})
		d.subscribes++
	}
	d.mayPush()
	d.pump()
}

func (d *Device) rows(m *wire.Rows) {
	d.paid()
	s := d.asked(m.Scope, m.Answers)
	if s == nil {
		return // revoked meanwhile
	}
	rows, err := wire.DecodeRows(m.Data)
	if err != nil || len(s.rows)+len(rows) > maxHeldRows {
		d.fail(fault.New(fault.Corrupt, "sync.rows").WithCause(err), 0)
		return
	}
	s.rows = append(s.rows, rows...)
}

// asked returns the download of a scope that a message belongs to; nil if it answers
// a subscription that was replaced by a later one, whose own answer is on its way.
func (d *Device) asked(scope ident.Scope, answers uint64) *inScope {
	if s := d.scopes[scope]; s != nil && s.number == answers {
		return s
	}
	return nil
}

// checkpoint takes what closes the rows before it. One that begins beyond the
// cursor, or the list by which the scope is mended, would skip what lies between.
func (d *Device) checkpoint(m *wire.Checkpoint) {
	s := d.asked(m.Cursor.Scope, m.Answers)
	if s == nil {
		return
	}
	at := s.at
	if s.wanted != nil {
		at = max(at, s.wanted.Repair.Version)
	}
	if m.Since > at {
		return
	}
	d.do(StoreCheckpoint{Rows: s.rows, Checkpoint: m, Wanted: s.wanted, Kept: s.kept})
	s.rows, s.kept, s.wanted, s.first, s.storing = nil, nil, nil, nil, true
}

// stored confirms a checkpoint, or begins to mend what does not match.
func (d *Device) stored(ev Stored) {
	s := d.scopes[ev.Scope]
	if s == nil {
		return
	}
	s.storing = false
	d.moved()
	if ev.Intact {
		moved := ev.Version != s.have
		s.mended, s.redo, s.fresh = false, false, true
		s.have, s.at = ev.Version, ev.Version
		d.send(&wire.Have{Scope: ev.Scope, Version: ev.Version})
		if moved {
			d.movedOn(ev.Scope)
		}
		return
	}
	d.broken(ev.Scope, s)
}

// reset starts a scope anew. Its lanes as well: numbers that were receipted in
// this session may wait again. One that answers a subscription that was replaced by
// a later one speaks of receipts only.
func (d *Device) reset(m *wire.Reset) {
	maps.DeleteFunc(d.lanes, func(l record.Lane, _ *outLane) bool { return l.Scope == m.Scope })
	d.offers.forget(m.Scope)
	d.do(Forget{Scope: m.Scope, Reset: m})
	d.looked = false
	d.do(LoadOutbox{}) // before the cursors, with which its frames may go: boxes are known by then
	if s := d.asked(m.Scope, m.Answers); s != nil {
		s.rows, s.kept, s.wanted, s.first, s.lost = nil, nil, nil, nil, true
		d.looks.await(m.Scope)
		d.look()
	}
}
