// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/wire"
)

// state is what has become of a change set in the outbox.
type state uint8

const (
	waiting state = iota
	applied
	refused
	settled // quarantined, discarded, replaced: nothing more to do
	moved   // issued again in a new lane
	unread  // the server cannot read it: in the tray, without a receipt
)

// receipted reports whether the server said what became of it.
func (e *entry) receipted() bool { return e.state != waiting && e.state != moved && e.state != unread }

// entry is one change set in the outbox.
type entry struct {
	set     *record.ChangeSet
	chain   wire.Digest
	stamp   hlc.Stamp
	state   state
	receipt record.Receipt
}

// held is one scope as a device holds it.
type held struct {
	cursor wire.Cursor
	shown  record.Version // what its rows show; cursor.Version is 0 after a reset
	floor  hlc.Stamp
	digest wire.Sum
	first  *begun // the snapshot it begins with; nil if there is none
}

// ownLane is the lane that new work of a scope goes to.
type ownLane struct {
	id    record.Lane
	next  uint64
	chain wire.Digest
	stamp hlc.Stamp
}

// Replica is a device's store: what survives a crash of the device.
type Replica struct {
	rules   Rules
	bug     Bug
	account Account
	clock   func() hlc.Reading
	fresh   func() ident.Incarnation // gives a new incarnation

	incarnation ident.Incarnation
	scopes      map[ident.Scope]*held
	base        map[ident.Record]*wire.RowDelta
	lanes       map[ident.Scope]*ownLane
	outbox      []*entry
	control     wire.ControlEnd
	purges      []wire.ControlAck
	kept        []keptBox
	off         bool
	offset      hlc.Offset

	left map[ident.Scope]bool // with SnapshotOutlivesPurge: of which it is still here

	full     bool
	volatile func() // with EnteredBeforeDurable: undoes what is not on disk yet
}

// NewReplica returns an empty store of an enrolled device.
func NewReplica(rules Rules, bug Bug, a Account, clock func() hlc.Reading, fresh func() ident.Incarnation) *Replica {
	return &Replica{
		rules: rules, bug: bug, account: a, clock: clock, fresh: fresh, incarnation: fresh(),
		scopes: map[ident.Scope]*held{}, base: map[ident.Record]*wire.RowDelta{}, lanes: map[ident.Scope]*ownLane{},
		left: map[ident.Scope]bool{},
	}
}

// Clone returns the store of a device whose disk was copied, with a clock of
// its own.
func (r *Replica) Clone(clock func() hlc.Reading, fresh func() ident.Incarnation) *Replica {
	out := *r
	out.clock, out.fresh, out.volatile = clock, fresh, nil
	out.scopes = cloneMap(r.scopes, func(h held) held { return h })
	out.lanes = cloneMap(r.lanes, func(l ownLane) ownLane { return l })
	out.base, out.purges, out.kept = maps.Clone(r.base), slices.Clone(r.purges), slices.Clone(r.kept)
	out.outbox = make([]*entry, len(r.outbox))
	for i, e := range r.outbox {
		c := *e
		out.outbox[i] = &c
	}
	return &out
}

// Crash loses what was not on disk.
func (r *Replica) Crash() {
	if r.volatile != nil {
		r.volatile()
	}
	r.volatile = nil
}

// Full makes every write fail until it is called with false.
func (r *Replica) Full(full bool) { r.full = full }

func diskFull() error { return fault.New(fault.Unavailable, "sync.store.full") }

// Incarnation returns the incarnation that new lanes belong to.
func (r *Replica) Incarnation() ident.Incarnation { return r.incarnation }

// Control returns the last control entry applied.
func (r *Replica) Control() wire.ControlEnd { return r.control }

// Base returns what the device has seen of a scope now.
func (r *Replica) Base(name ident.Scope) record.Base {
	var b record.Base
	if h := r.scopes[name]; h != nil {
		b.Version = h.shown
	}
	if l := r.lanes[name]; l != nil {
		b.Number = l.next - 1
	}
	return b
}

// Apply makes one act durable.
func (r *Replica) Apply(act record.Act) (record.Receipt, error) {
	if r.full {
		return record.Receipt{}, diskFull()
	}
	if act.Source == 0 {
		act.Source = r.rules.Access.Source(r.account.Role)
	}
	judge := rules.Judge{Catalogue: r.rules.Catalogue, Access: r.rules.Access, Role: r.account.Role, Look: r.look}
	if err := judge.Check(act); err != nil {
		return record.Receipt{}, err
	}
	h := r.scopes[act.Scope]
	if h == nil {
		return record.Receipt{}, fault.New(fault.NotAllowed, "record.scope")
	}
	l := r.laneOf(act.Scope)
	act.Base = record.Base{Version: min(r.seen(act), h.shown), Number: min(act.Base.Number, l.next-1)}
	reading := r.clock()
	cs := &record.ChangeSet{
		Link: record.Link{Lane: l.id, Number: l.next}, Actor: r.account.Actor, Login: r.account.Login,
		Catalogue: r.rules.Catalogue.Version(), Reading: reading, Floor: h.floor, Act: rules.MarkDisputes(act, r.look, r.whole),
	}
	if r.bug == DisputeClosedByWrite {
		for i := range cs.Writes {
			cs.Writes[i].InDispute = nil
		}
	}
	if act.Replaces != 0 {
		if err := r.replace(l.id, act.Replaces); err != nil {
			return record.Receipt{}, err
		}
	}
	stamp, _ := policy.Effective(cs, r.offset, l.stamp, r.nowMS(reading))
	r.append(l, cs, stamp)
	return record.Receipt{Link: cs.Link, Outcome: record.Pending}, nil
}

// nowMS is the server's time as the device knows it, for bounding stamps.
func (r *Replica) nowMS(reading hlc.Reading) int64 {
	now, _ := hlc.Corrected(reading, r.offset)
	return now
}

func (r *Replica) laneOf(name ident.Scope) *ownLane {
	l := r.lanes[name]
	if l == nil {
		id := record.Lane{Incarnation: r.incarnation, Scope: name}
		l = &ownLane{id: id, next: 1, chain: wire.LaneStart(id)}
		r.lanes[name] = l
	}
	return l
}

func (r *Replica) append(l *ownLane, cs *record.ChangeSet, stamp hlc.Stamp) {
	before := *l
	canonical := wire.AppendChangeSet(nil, cs)
	l.chain = wire.Chain(l.chain, l.next, wire.Commitment(wire.Salt(seed(l.id), l.next), canonical))
	l.next, l.stamp = l.next+1, stamp
	r.outbox = append(r.outbox, &entry{set: cs, chain: l.chain, stamp: stamp})
	r.volatile = nil
	if r.bug == EnteredBeforeDurable {
		n := len(r.outbox) - 1
		r.volatile = func() { r.outbox, *l = r.outbox[:n], before }
	}
}

// seed derives the salts of a lane; the real one is random.
func seed(l record.Lane) [16]byte { return [16]byte(l.Incarnation) }

// replace takes a refused change set out of the tray.
func (r *Replica) replace(l record.Lane, number uint64) error {
	e := r.find(record.Link{Lane: l, Number: number})
	if e == nil || e.state != refused && e.state != unread {
		return fault.New(fault.Conflict, "record.replaces")
	}
	if e.state == unread { // there is no receipt to keep
		e.state = moved
		return nil
	}
	e.state = settled
	return nil
}

func (r *Replica) find(link record.Link) *entry {
	i := slices.IndexFunc(r.outbox, func(e *entry) bool { return e.set.Link == link })
	if i < 0 {
		return nil
	}
	return r.outbox[i]
}

// Refused is a change set in the tray.
type Refused struct {
	Link record.Link
	Act  string
}

// Tray returns what was refused and neither corrected nor given up.
func (r *Replica) Tray() (out []Refused) {
	for _, e := range r.outbox {
		if e.state == refused || e.state == unread {
			out = append(out, Refused{e.set.Link, e.set.Name})
		}
	}
	return out
}

// Discard gives a refused change set up.
func (r *Replica) Discard(link record.Link) error {
	e := r.find(link)
	if e == nil {
		return fault.New(fault.NotFound, "record.missing")
	}
	if l := r.lanes[link.Lane.Scope]; l == nil || l.id != link.Lane {
		return r.replace(link.Lane, link.Number)
	}
	h := record.Header{Kind: e.set.Writes[0].Header.Kind, Scope: link.Lane.Scope}
	_, err := r.Apply(record.Act{
		Name: "tray.discard", Scope: h.Scope, Replaces: link.Number, Writes: []record.Write{{Op: record.Discard, Header: h}},
	})
	return err
}

// Receipt returns what became of a change set; false if the device never had it
// or issued it again elsewhere.
func (r *Replica) Receipt(link record.Link) (record.Receipt, bool) {
	e := r.find(link)
	if e == nil || e.state == moved {
		return record.Receipt{}, false
	}
	if e.state == waiting {
		return record.Receipt{Link: link}, true
	}
	return e.receipt, true
}

// Unsent returns the lanes with change sets that have no receipt yet.
func (r *Replica) Unsent() (out []peer.Unsent) {
	at := map[record.Lane]int{}
	for _, e := range r.outbox {
		link := e.set.Link
		if e.state == refused && r.bug == QueueStopsAtRefusal {
			break
		}
		if e.state != waiting {
			continue
		}
		i, known := at[link.Lane]
		if !known {
			i, at[link.Lane] = len(out), len(out)
			out = append(out, peer.Unsent{Lane: link.Lane, First: link.Number})
		}
		out[i].First, out[i].Last = min(out[i].First, link.Number), max(out[i].Last, link.Number)
	}
	return r.probe(out)
}

// probe adds to what is to be sent the last receipted change set of each lane whose
// cursor the server does not hear, since the scope was revoked or the device
// switched off: by it the device learns whether the server was restored from a
// backup that does not have it. Where something was decided about quarantined work
// of the lane, it is sent from there: a backup can have the work and not that.
func (r *Replica) probe(out []peer.Unsent) []peer.Unsent {
	for _, p := range r.probes() {
		if i := slices.IndexFunc(out, func(u peer.Unsent) bool { return u.Lane == p.Lane }); i >= 0 {
			out[i].First = min(out[i].First, p.First)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (r *Replica) probes() (out []peer.Unsent) {
	last := map[record.Lane]uint64{} // applied
	for _, e := range r.outbox {
		link := e.set.Link
		if !e.receipted() || !r.unheard(link.Lane.Scope) {
			continue
		}
		i := slices.IndexFunc(out, func(u peer.Unsent) bool { return u.Lane == link.Lane })
		if i < 0 {
			i, out = len(out), append(out, peer.Unsent{Lane: link.Lane})
		}
		p := &out[i]
		p.Last = max(p.Last, link.Number)
		if e.state == applied {
			last[link.Lane] = max(last[link.Lane], link.Number)
		}
		if e.receipt.Decided && (p.First == 0 || link.Number < p.First) {
			p.First = link.Number
		}
	}
	for i, p := range out {
		if p.First == 0 {
			out[i].First = p.Last
		}
		if n := last[p.Lane]; n != 0 { // a copy of the device may have brought it anew, to be judged otherwise
			out[i].First = min(out[i].First, n)
		}
	}
	return out
}

// unheard reports whether the server does not hear the cursor of a scope.
func (r *Replica) unheard(scope ident.Scope) bool { return r.off || r.scopes[scope] == nil }

// Waiting returns how many change sets have no receipt.
func (r *Replica) Waiting() (n int) {
	for _, e := range r.outbox {
		if e.state == waiting {
			n++
		}
	}
	return n
}

// Scopes returns the scopes that the device holds, in order.
func (r *Replica) Scopes() []ident.Scope { return slices.Sorted(maps.Keys(r.scopes)) }

// Raw returns every record as it came from the server, of all scopes.
func (r *Replica) Raw() []wire.RowDelta {
	out := make([]wire.RowDelta, 0, len(r.base))
	for _, d := range r.base {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b wire.RowDelta) int { return a.Header.ID.Compare(b.Header.ID) })
	return out
}

// Rows returns the records of a scope as the device's reader sees them: what the
// server sent, and the device's own work on top of it.
func (r *Replica) Rows(name ident.Scope) (out []record.Row) {
	ids := map[ident.Record]bool{}
	for id, d := range r.base {
		ids[id] = d.Header.Scope == name
	}
	for _, e := range r.outbox {
		for _, w := range e.set.Writes {
			ids[w.Header.ID] = ids[w.Header.ID] || w.Header.Scope == name
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(ids), ident.Record.Compare) {
		if row, ok := r.look(id); ids[id] && ok {
			out = append(out, row)
		}
	}
	return out
}

// Sees reports whether a record is among the rows of its scope.
func (r *Replica) Sees(id ident.Record) bool {
	h, known := r.headerOf(id)
	return known && r.rules.Access.View(r.account.Role).Holds(h.Kind, record.C1)
}

// headerOf returns the header of a record that is held, or that the device's own work shows, in a scope that it has.
func (r *Replica) headerOf(id ident.Record) (h record.Header, known bool) {
	if d := r.base[id]; d != nil {
		h, known = d.Header, true
	} else if changes := r.changes(id); len(changes) > 0 {
		w := slices.IndexFunc(changes[0].set.Writes, func(w record.Write) bool { return w.Header.ID == id })
		h, known = changes[0].set.Writes[w].Header, true
	}
	return h, known && r.scopes[h.Scope] != nil
}

// look returns one record as the device's reader sees it.
func (r *Replica) look(id ident.Record) (record.Row, bool) {
	h, known := r.headerOf(id)
	if !known {
		return record.Row{}, false
	}
	row, _ := r.pulled(id)
	row.Header = h
	r.overlay(row, r.changes(id))
	return rules.Visible(r.rules.Catalogue, r.rules.Access.View(r.account.Role), row)
}

// seen returns the version up to which the author of an act has seen what it writes
// to: of a record that is not held, what the newest change of it had seen that shows.
func (r *Replica) seen(act record.Act) record.Version {
	base := act.Base.Version
	for _, w := range act.Writes {
		if w.Op == record.Create || r.whole(w.Header.ID) {
			continue
		}
		if changes := r.changes(w.Header.ID); len(changes) > 0 {
			base = min(base, changes[len(changes)-1].set.Base.Version)
		} else {
			base = 0
		}
	}
	return base
}

// whole reports whether a record is held, or all of it is the device's own work.
func (r *Replica) whole(id ident.Record) bool {
	return r.base[id] != nil || slices.ContainsFunc(r.changes(id), func(e *entry) bool {
		return slices.ContainsFunc(e.set.Writes, func(o record.Write) bool { return o.Header.ID == id && o.Op == record.Create })
	})
}

func (r *Replica) pulled(id ident.Record) (record.Row, bool) {
	row := record.Row{Fields: map[record.Field]record.FieldState{}}
	d := r.base[id]
	if d == nil {
		return row, false
	}
	row.Header = d.Header
	for _, f := range d.Fields {
		row.Fields[f.Field] = f.State
		row.Version = max(row.Version, f.State.Version)
	}
	return row, true
}

// changes returns the change sets that still show on top of a record.
func (r *Replica) changes(id ident.Record) (out []*entry) {
	for _, e := range r.outbox {
		if r.shows(e) && slices.ContainsFunc(e.set.Writes, func(w record.Write) bool { return w.Header.ID == id }) {
			out = append(out, e)
		}
	}
	return out
}

// shows reports whether a change set stands in the overlay: it waits, or it was
// applied and its effect has not been pulled.
func (r *Replica) shows(e *entry) bool {
	h := r.scopes[e.set.Link.Lane.Scope]
	switch {
	case h == nil:
		return false
	case e.state == waiting || e.state == refused && r.bug == RefusedShown:
		return true
	}
	return e.state == applied && e.receipt.Version > h.shown
}

// overlay folds changes into row, in the order they were made.
func (r *Replica) overlay(row record.Row, changes []*entry) {
	heads := rules.HeadsOfRow(r.rules.Catalogue, row)
	for f := range heads {
		heads[f] = r.name(row.Header.Scope, heads[f])
	}
	own := map[record.Link]bool{}
	for _, e := range changes {
		own[e.set.Link] = true
		author := rules.Author{
			Lane: e.set.Link.Lane.Incarnation, Number: e.set.Link.Number, Version: e.receipt.Version, Stamp: e.stamp,
			Source: e.set.Source, Actor: e.set.Actor, Base: e.set.Base, View: r.rules.Access.View(r.account.Role),
		}
		for _, w := range e.set.Writes {
			if w.Header.ID == row.Header.ID && w.Op != record.Discard {
				author.Fold(r.rules.Catalogue, heads, w, nil)
			}
		}
	}
	for f, hs := range heads {
		ours := func(h record.Head) bool {
			return own[record.Link{Lane: record.Lane{Incarnation: h.Lane, Scope: row.Header.Scope}, Number: h.Number}]
		}
		if !slices.ContainsFunc(hs, ours) {
			continue
		}
		def, _ := r.rules.Catalogue.Field(row.Header.Kind, f)
		s := policy.Resolve(def.Merge, hs)
		s.Version = row.Fields[f].Version
		s.Pending = slices.ContainsFunc(hs, func(h record.Head) bool { return h.Version == 0 })
		row.Fields[f] = s
	}
}

// name fills in lane and number of pulled heads that this device wrote: rows
// travel without them.
func (r *Replica) name(scope ident.Scope, heads []record.Head) []record.Head {
	for i := range heads {
		for _, e := range r.outbox {
			if e.state == applied && !e.receipt.Decided && e.set.Link.Lane.Scope == scope && e.receipt.Version == heads[i].Version {
				heads[i].Lane, heads[i].Number = e.set.Link.Lane.Incarnation, e.set.Link.Number
			}
		}
	}
	return heads
}

// cursors returns how far every granted scope is held, in order, and what the
// device was given earlier, by which a restored server is recognised.
func (r *Replica) cursors() []wire.Cursor {
	out := make([]wire.Cursor, 0, len(r.scopes))
	for name, h := range r.scopes {
		c := h.cursor
		c.Lanes = r.laneEnds(name)
		c.Held = h.wants()
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b wire.Cursor) int { return cmp.Compare(a.Scope, b.Scope) })
	return out
}

// laneEnds returns the newest receipt of each lane of a scope.
func (r *Replica) laneEnds(name ident.Scope) (out []wire.LaneEnd) {
	for _, e := range slices.Backward(r.outbox) {
		link := e.set.Link
		if link.Lane.Scope != name || !e.receipted() {
			continue
		}
		i := slices.IndexFunc(out, func(l wire.LaneEnd) bool { return l.Incarnation == link.Lane.Incarnation })
		if i < 0 && len(out) < wire.MaxLaneEnds {
			i = len(out)
			out = append(out, wire.LaneEnd{Incarnation: link.Lane.Incarnation, Number: link.Number, Chain: e.chain})
		}
		if i >= 0 {
			out[i].Version = max(out[i].Version, e.receipt.Version)
		}
	}
	return out
}

// remember returns the marks of a scope with its cursor as the newest, before
// the cursor moves on. The real ones reach further back.
func remember(c wire.Cursor) []wire.Mark {
	if c.Version == 0 {
		return c.Marks
	}
	marks := append([]wire.Mark{{Version: c.Version, LogHash: c.LogHash}}, c.Marks...)
	return marks[:min(len(marks), wire.MaxMarks)]
}
