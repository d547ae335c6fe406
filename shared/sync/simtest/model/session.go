// SPDX-License-Identifier: Apache-2.0

package model

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// pageRows is how many records one page of changes holds: few, so that worlds
// have pages.
const pageRows = 3

// Session carries out what the server's machine of one connection asks for.
type Session struct {
	central func() *Central // the store as it is after crashes and restores
	nowMS   func() int64
	device  ident.Device
	control wire.ControlEnd // what the device had applied when the session began
	offset  hlc.Offset
}

// NewSession returns the server's side of one connection.
func NewSession(central func() *Central, nowMS func() int64) *Session {
	return &Session{central: central, nowMS: nowMS}
}

// Do carries out one effect and returns the event that answers it, nil if none
// does.
func (s *Session) Do(eff peer.Effect) peer.Event {
	c := s.central()
	switch e := eff.(type) {
	case peer.Lookup:
		s.device = e.Device
		a := c.accounts[e.Device]
		return peer.Known{Found: a != nil, Off: a != nil && a.off}
	case peer.Check:
		return peer.Checked{Valid: bytes.Equal(e.Signature, sign(s.device, e.Bytes))}
	case peer.Opened:
		s.offset, s.control = e.Offset, e.Control
	case peer.Commit:
		return s.commit(c, e)
	case peer.Answer:
		return c.answer(s.device, e.Ask)
	case peer.LoadControl:
		log := c.accounts[s.device].control
		return peer.ControlLoaded{Entries: slices.Clone(log[min(e.After, uint64(len(log))):])}
	case peer.AckControl:
		a := c.accounts[s.device]
		if a.catchUp(c.epoch, wire.ControlEnd{Number: e.Ack.Number, Mark: e.Mark}) {
			return peer.ControlMoved{Off: a.off}
		}
		a.ack(e.Ack)
	case peer.Place:
		return c.place(s.device, s.control, e.Cursor)
	case peer.LoadChanges:
		return c.changed(e)
	case peer.LoadSnapshot:
		return c.snapshot(e)
	case peer.LoadPiece:
		return c.piece(e)
	case peer.LoadList:
		return c.list(e)
	case peer.LoadWanted:
		return c.wanted(e)
	}
	return nil
}

// answer returns stored receipts to a device that asks for them again.
func (c *Central) answer(device ident.Device, m *wire.Ask) peer.Event {
	l := c.lanes[m.Lane]
	if l == nil || l.device != device || m.From == 0 || m.To >= l.next() || m.To < m.From {
		return peer.Answered{Lane: m.Lane}
	}
	return peer.Answered{Lane: m.Lane, Receipts: slices.Clone(l.receipts[m.From-1 : m.To]), Chain: l.chains[m.To], Epoch: c.epoch}
}

// sign stands for a signature: nobody in a simulated world forges one.
func sign(device ident.Device, message []byte) []byte {
	h := sha256.Sum256(append(device[:], message...))
	return h[:]
}

func (s *Session) commit(c *Central, e peer.Commit) peer.Event {
	b, err := wire.DecodeFrame(e.Data)
	if err != nil {
		return peer.Committed{Fault: fault.New(fault.Corrupt, "sync.frame").WithCause(err)}
	}
	if slices.Contains(e.Void, b.Lane.Scope) {
		return peer.Committed{}
	}
	by := func(device ident.Device) func(message, signature []byte) bool {
		return func(message, signature []byte) bool { return bytes.Equal(signature, sign(device, message)) }
	}
	if b.Verify(by(ident.Device{})) == nil {
		return c.adopt(b, s.nowMS())
	}
	if err = b.Verify(by(s.device)); err != nil {
		next, chain := uint64(1), wire.LaneStart(b.Lane)
		if l := c.lanes[b.Lane]; l != nil {
			next, chain = l.next(), l.chains[l.next()-1]
		}
		return peer.Committed{Lane: b.Lane, Closed: &wire.LaneClosed{Lane: b.Lane, Last: next - 1, Chain: chain, Reason: wire.CloseUnproved}}
	}
	return c.commit(s.device, b, s.offset, s.nowMS())
}

// catchUp brings the control log of a device up to what it has applied, and says
// again what holds, if the store was restored since it last did, or the device has
// heard something else under that number.
func (a *account) catchUp(epoch uint32, heard wire.ControlEnd) bool {
	number := heard.Number
	if number <= uint64(len(a.control)) && a.told == epoch && !a.other(heard) {
		return false
	}
	a.told, a.heard = epoch, heard.Mark
	login := wire.ControlEntry{Op: wire.ControlLogin, Login: a.Login, Actor: a.Actor, Role: a.Role}
	for uint64(len(a.control)) < number {
		a.tell(login)
	}
	a.acked = max(a.acked, number)
	a.tell(login)
	for _, scope := range slices.Sorted(maps.Keys(a.held)) {
		a.tell(wire.ControlEntry{Op: wire.ControlGrant, Scope: scope, View: a.held[scope]})
	}
	if a.off {
		a.tell(wire.ControlEntry{Op: wire.ControlSwitchOff})
	}
	return true
}

// other reports whether the log has something else under a number than a device
// heard, and has not caught up with that yet.
func (a *account) other(heard wire.ControlEnd) bool {
	return heard.Mark != 0 && heard.Mark != a.heard && a.control[heard.Number-1].Mark != heard.Mark
}

func (a *account) ack(m *wire.ControlAck) {
	a.acked = max(a.acked, m.Number)
	if len(m.Signature) > 0 {
		a.purged[m.Number] = true
	}
}

// revoking reports whether the device is told to purge a scope by what it has not
// acknowledged yet.
func (a *account) revoking(scope ident.Scope) bool {
	return slices.ContainsFunc(a.control[min(a.acked, uint64(len(a.control))):], func(e wire.ControlEntry) bool {
		return e.Op == wire.ControlRevoke && e.Scope == scope
	})
}

// place says where a cursor stands.
func (c *Central) place(device ident.Device, control wire.ControlEnd, cursor wire.Cursor) peer.Event {
	placed := peer.Placed{Cursor: cursor}
	a := c.accounts[device]
	placed.Granted = a.held[cursor.Scope] == cursor.View && cursor.View != ""
	if !placed.Granted {
		for _, end := range cursor.Lanes {
			if at, _ := c.laneLost(cursor.Scope, end); at != nil {
				placed.Expect = append(placed.Expect, at)
			}
		}
		placed.Told = a.catchUp(c.epoch, control)
		if _, held := a.held[cursor.Scope]; !held && !a.revoking(cursor.Scope) {
			a.tell(wire.ControlEntry{Op: wire.ControlRevoke, Scope: cursor.Scope})
			placed.Told = true
		}
		return placed
	}
	s := c.scope(cursor.Scope)
	shared, lost := c.compareLog(s, cursor)
	agreed, gone := len(lost) == 0, len(lost) > 0 && cursor.Version != 0
	for _, end := range cursor.Lanes {
		at, end := c.laneLost(cursor.Scope, end)
		if at == nil {
			continue
		}
		placed.Expect = append(placed.Expect, at)
		if agreed && end > shared {
			lost = append(lost, end)
		}
	}
	if len(lost) > 0 && c.bug != RestoredForCurrent {
		c.parted(s, shared, lost...)
		placed.Told = a.catchUp(c.epoch, control)
	}
	if gone {
		placed.Reset = &wire.Reset{Scope: cursor.Scope, Epoch: s.lineage.Epoch(), From: s.lineage.Current(cursor.Version)}
		return placed
	}
	placed.From = cursor.Version
	return placed
}

// compareLog returns the newest version at which the device's log is the
// server's, and those that are known to be the device's alone, newest first.
func (c *Central) compareLog(s *scope, cursor wire.Cursor) (shared record.Version, lost []record.Version) {
	if c.bug == RestoredForCurrent {
		return cursor.Version, nil
	}
	points := cursor.Marks
	if cursor.Version != 0 {
		points = append([]wire.Mark{{Version: cursor.Version, LogHash: cursor.LogHash}}, points...)
	}
	for _, p := range points {
		if hash, ok := s.hashAt(p.Version); ok && hash == p.LogHash {
			return p.Version, lost
		}
		lost = append(lost, p.Version)
	}
	return 0, lost
}

// laneLost returns what the server expects of a lane whose receipts it has
// forgotten, or that another copy of the device's disk has filled otherwise, and
// the newest version they name; nil if it has them.
func (c *Central) laneLost(scope ident.Scope, end wire.LaneEnd) (*wire.Expect, record.Version) {
	id := record.Lane{Incarnation: end.Incarnation, Scope: scope}
	next, chain := uint64(1), wire.LaneStart(id)
	l := c.lanes[id]
	if l != nil {
		next, chain = l.next(), l.chains[l.next()-1]
	}
	switch {
	case c.bug == RestoredForCurrent:
		return nil, 0
	case next <= end.Number:
		return &wire.Expect{Lane: id, Number: next, Chain: chain}, end.Version
	case l.chains[end.Number] != end.Chain || end.Version != 0 && !c.scope(scope).gave(end.Version):
		return &wire.Expect{Lane: id, Number: 1, Chain: wire.LaneStart(id)}, end.Version
	}
	return nil, 0
}

// gave reports whether a version is in the log.
func (s *scope) gave(v record.Version) bool {
	_, ok := s.hashAt(v)
	return ok
}

// changed returns one page of what changed in a scope.
func (c *Central) changed(e peer.LoadChanges) peer.Event {
	s, view := c.scope(e.Scope), c.rules.Access.View(record.Role(e.View))
	after := max(e.Since, e.After)
	if c.bug == CursorOffByOne && after != 0 {
		after++
	}
	var touched []*row
	for _, r := range c.rows {
		if r.header.Scope == e.Scope && r.version > after {
			touched = append(touched, r)
		}
	}
	slices.SortFunc(touched, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.version, b.version), a.header.ID.Compare(b.header.ID))
	})
	out := peer.Changed{Asked: e, To: s.head, Began: e.Began}
	if e.After == e.Since {
		out.Began = cmp.Or(e.Since, s.head)
	}
	var deltas []wire.RowDelta
	for i, r := range touched {
		if i >= pageRows && r.version != touched[i-1].version {
			out.To = touched[i-1].version
			break
		}
		since, turned := e.Since, r.turned()
		switch {
		case r.deleted() && turned <= out.Began:
			continue // the device has nothing of it, or knows
		case !r.deleted() && turned > e.Since && c.bug != RestoredInPart:
			since = 0 // it may have nothing of it
		}
		if d := c.delta(r, view, since); len(d.Fields) > 0 {
			deltas = append(deltas, d)
		}
	}
	if len(deltas) > 0 {
		data, err := wire.EncodeRows(deltas)
		if err != nil {
			return peer.Failed{Fault: fault.From(err)}
		}
		out.Rows = []*wire.Rows{{Scope: e.Scope, Data: data}}
	}
	if out.To == s.head {
		out.Checkpoint = c.checkpoint(e.Scope, s, view)
		out.Checkpoint.Since = e.Since
		out.Kept = c.boxes(e.Scope, e.Since)
	}
	return out
}

// list returns what is in the buckets of a scope that differ from what a device
// holds.
func (c *Central) list(e peer.LoadList) peer.Event {
	view := c.rules.Access.View(record.Role(e.View))
	sums, all := new(wire.BucketSums), []wire.Listed{}
	for _, id := range slices.SortedFunc(maps.Keys(c.rows), ident.Record.Compare) {
		r := c.rows[id]
		d := c.delta(r, view, 0)
		if r.header.Scope == e.Scope && len(d.Fields) > 0 && !r.deleted() {
			sum := wire.RowSum(&d)
			sums.Add(id, sum)
			all = append(all, wire.Listed{ID: id, Mark: sum.Mark()})
		}
	}
	m := &wire.Repair{Scope: e.Scope, Version: c.scope(e.Scope).head}
	m.ListFrom(sums.Differ(e.Sums), all)
	return peer.ListLoaded{Repair: m}
}

// wanted returns records that a device asks for.
func (c *Central) wanted(e peer.LoadWanted) peer.Event {
	view := c.rules.Access.View(record.Role(e.View))
	out := peer.WantedLoaded{Scope: e.Scope, Kept: c.boxes(e.Scope, e.Since)}
	var rows []wire.RowDelta
	for _, id := range e.IDs {
		if r := c.rows[id]; r != nil && r.header.Scope == e.Scope {
			if d := c.delta(r, view, 0); len(d.Fields) > 0 {
				rows = append(rows, d)
			}
		}
	}
	if len(rows) > 0 {
		data, err := wire.EncodeRows(rows)
		if err != nil {
			return peer.Failed{Fault: fault.From(err)}
		}
		out.Rows = []*wire.Rows{{Scope: e.Scope, Data: data}}
	}
	return out
}

func (c *Central) checkpoint(name ident.Scope, s *scope, view record.View) *wire.Checkpoint {
	sum, live := c.Digest(name, view)
	return &wire.Checkpoint{
		Cursor: wire.Cursor{Scope: name, View: view.Name(), ViewVersion: view.Version(), Version: s.head, LogHash: s.lastHash()},
		Floor:  s.floor, Digest: sum, Rows: live, Watermark: s.backed,
	}
}

// Digest returns the digest of a scope in a view, and how many records it has.
func (c *Central) Digest(name ident.Scope, view record.View) (sum wire.Sum, live uint64) {
	for id, r := range c.rows {
		if r.header.Scope != name || r.deleted() {
			continue
		}
		shown := false
		for f, fd := range r.fields {
			if fd.visible != 0 && view.Holds(r.header.Kind, fd.class) {
				sum = sum.Add(wire.FieldHash(id, f, fd.visible, fd.state().Value))
				shown = true
			}
		}
		if shown {
			live++
		}
	}
	return sum, live
}

// turned returns the version that deleted a row or restored it, 0 for none.
func (r *row) turned() record.Version {
	if f := r.fields[record.Deleted]; f != nil {
		return f.visible
	}
	return 0
}

func (r *row) deleted() bool {
	f := r.fields[record.Deleted]
	if f == nil || f.visible == 0 {
		return false
	}
	s := f.state()
	return s.Value.Bool() && !s.Disputed
}

// delta returns the fields of a row in a view that changed after a version.
func (c *Central) delta(r *row, view record.View, since record.Version) wire.RowDelta {
	d := wire.RowDelta{Header: r.header}
	if c.bug == TombstoneLost && r.deleted() {
		return d
	}
	for _, name := range slices.Sorted(maps.Keys(r.fields)) {
		f := r.fields[name]
		held := view.Holds(r.header.Kind, f.class) || c.bug == LeakedField && f.class == record.C2
		if f.visible > since && held {
			d.Fields = append(d.Fields, wire.FieldDelta{Field: name, State: f.state()})
		}
	}
	return d
}
