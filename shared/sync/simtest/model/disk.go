// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// frameSets is how many change sets a frame holds at most: few, so that worlds
// have frames.
const frameSets = 3

// Do carries out one effect of the device's machine and returns the event that
// answers it, nil if none does.
func (r *Replica) Do(eff peer.Effect) (peer.Event, error) {
	if r.full && writes(eff) {
		return nil, diskFull()
	}
	switch e := eff.(type) {
	case peer.Prove:
		return peer.Proved{Signature: sign(r.account.Device, e.Bytes), Reading: r.clock()}, nil
	case peer.Offset:
		r.offset = hlc.Measure(r.clock(), e.ServerMS, e.RoundTripMS)
	case peer.LoadOutbox:
		return r.waits(), nil
	case peer.LoadFrame:
		return r.frame(e)
	case peer.LoadOffer:
		return peer.Offered{Offer: e.Offer, Data: r.box(e.Offer)}, nil
	case peer.StoreReceipts:
		reopened, err := r.receipts(e.Receipts)
		return peer.Receipted{Lane: e.Receipts.Lane, Reopened: reopened, Asked: e.Receipts.Asked}, err
	case peer.LoadAside:
		return r.asides(), nil
	case peer.Rewind:
		r.expect(e.Expect)
		return r.waits(), nil
	case peer.NewLane:
		r.closeLane(e.Closed)
		return r.waits(), nil
	case peer.PutAside:
		r.putAside(record.Link{Lane: e.Lane, Number: e.Number})
		return r.waits(), nil
	case peer.LoadCursors:
		return peer.Cursors{Cursors: r.cursors()}, nil
	case peer.StoreCheckpoint:
		return r.checkpoint(e)
	case peer.StoreSnapshot:
		return nil, r.begin(e.Snapshot)
	case peer.StorePiece:
		return nil, r.keepPiece(e.Piece)
	case peer.LoadBuckets:
		return r.buckets(e.Scope), nil
	case peer.CompareList:
		return r.compare(e.Repair), nil
	case peer.Forget:
		r.forget(e)
	case peer.LoadTrail:
		return peer.Trail{}, nil // the audit log is simulated on real stores
	case peer.StoreControl:
		acks := r.applyControl(e.Entries)
		return peer.Controlled{Acks: append(slices.Clone(r.purges), acks...)}, nil
	}
	return nil, nil
}

func writes(eff peer.Effect) bool {
	switch eff.(type) {
	case peer.Prove, peer.Offset, peer.LoadOutbox, peer.LoadFrame, peer.LoadOffer, peer.LoadAside, peer.LoadCursors:
		return false
	}
	return true
}

// frame cuts a frame of consecutive change sets, up to the last that waits.
func (r *Replica) frame(e peer.LoadFrame) (peer.Event, error) {
	loaded := peer.Loaded{Lane: e.Lane, From: e.From}
	var sets []record.ChangeSet
	before := wire.LaneStart(e.Lane)
	most := frameSets
	if e.Alone {
		most = 1
	}
	last := uint64(0)
	for _, u := range r.Unsent() {
		if u.Lane == e.Lane {
			last = u.Last
		}
	}
	for _, o := range r.outbox {
		link := o.set.Link
		switch {
		case link.Lane != e.Lane:
		case link.Number == e.From-1:
			before = o.chain
		case link.Number >= e.From && link.Number <= last && len(sets) < most:
			sets = append(sets, *o.set)
		}
	}
	if len(sets) == 0 {
		return loaded, nil
	}
	b, err := wire.NewBatch(e.Lane, e.From, before, seed(e.Lane), sets)
	if err != nil {
		return nil, err
	}
	b.Signature = sign(r.account.Device, b.SignedBytes())
	loaded.Data, err = wire.EncodeFrame(b)
	loaded.To = b.Last()
	return loaded, err
}

// receipts keeps what became of change sets. A receipt that contradicts an
// earlier one is of a server that was restored: what stands before it in the lane
// waits again.
func (r *Replica) receipts(m *wire.Receipts) (reopened bool, err error) {
	list, err := peer.Unpack(m)
	if err != nil {
		return false, fault.New(fault.Corrupt, "sync.receipts").WithCause(err)
	}
	r.volatile = nil
	if r.offered(m, list) {
		return false, nil
	}
	if len(list) > 0 && r.find(list[len(list)-1].Link) != nil && r.chainAt(m.Lane, m.Through) != m.Chain {
		if !m.Asked {
			return false, fault.New(fault.Corrupt, "sync.receipts")
		}
		r.anothers(list)
		return true, nil
	}
	for _, rc := range list {
		e := r.find(rc.Link)
		decided := e != nil && e.receipt.Outcome == record.Quarantined && rc.Decided
		restored := e != nil && !decided && e.receipted() && (rc.Outcome != e.receipt.Outcome || rc.Version != e.receipt.Version)
		if e == nil || e.state != waiting && !restored && !decided {
			continue
		}
		e.receipt = rc
		switch {
		case rc.Outcome.Applied():
			e.state = applied
		case rc.Outcome == record.Rejected:
			e.state = refused
		default:
			e.state = settled
		}
		if restored {
			before := func(o *entry) bool { return o.set.Link.Lane == m.Lane && o.set.Link.Number < rc.Link.Number }
			r.reopen(before)
			reopened = true
		}
	}
	return reopened, nil
}

// anothers leaves a lane in which the server holds another's work in the place of
// what this device knows as quarantined.
func (r *Replica) anothers(list []record.Receipt) {
	for _, rc := range list {
		if e := r.find(rc.Link); e != nil && e.stoodAside() {
			e.state, e.receipt = waiting, record.Receipt{}
		}
	}
	r.reissue(list[0].Link.Lane, 0)
}

// stoodAside reports whether a change set is quarantined, or was and was refused then:
// of that no version tells whether the server was restored from before it.
func (e *entry) stoodAside() bool {
	return e.state == settled && e.receipt.Outcome == record.Quarantined || e.state == refused && e.receipt.Decided
}

// asides returns what is quarantined, and what was refused then.
func (r *Replica) asides() (out peer.Aside) {
	for _, e := range r.outbox {
		if r.bug == DecisionUntold {
			break
		}
		if link := e.set.Link; e.stoodAside() {
			out.Runs = append(out.Runs, peer.Unsent{Lane: link.Lane, First: link.Number, Last: link.Number})
		}
	}
	return out
}

// expect answers the server's wish to be sent a lane from a number on.
func (r *Replica) expect(m *wire.Expect) {
	l := r.lanes[m.Lane.Scope]
	if l == nil {
		return
	}
	continues := r.chainAt(m.Lane, m.Number-1) == m.Chain && (l.id != m.Lane || m.Number <= l.next)
	r.reopenFrom(m.Lane, m.Number)
	if !continues {
		r.reissue(m.Lane, 0)
	}
}

// chainAt returns the chain digest of a lane at a number; zero if the device
// does not have it.
func (r *Replica) chainAt(l record.Lane, n uint64) wire.Digest {
	if n == 0 {
		return wire.LaneStart(l)
	}
	if e := r.find(record.Link{Lane: l, Number: n}); e != nil {
		return e.chain
	}
	return wire.Digest{}
}

// reopen makes receipted change sets wait again.
func (r *Replica) reopen(which func(*entry) bool) {
	for _, e := range r.outbox {
		if e.receipted() && which(e) {
			e.state, e.receipt = waiting, record.Receipt{}
		}
	}
}

// reopenFrom makes receipted change sets of a lane wait again, if there are any
// from a number on.
func (r *Replica) reopenFrom(l record.Lane, n uint64) {
	lost := slices.ContainsFunc(r.outbox, func(e *entry) bool {
		return e.set.Link.Lane == l && e.set.Link.Number >= n && e.receipted()
	})
	if lost && r.bug != LostEpochReceiptsKept {
		r.reopen(func(e *entry) bool { return e.set.Link.Lane == l })
	}
}

// closeLane leaves a lane that the server closed.
func (r *Replica) closeLane(m *wire.LaneClosed) {
	last := m.Last
	if r.chainAt(m.Lane, last) != m.Chain {
		last = 0 // what the server holds there is another device's
	}
	if r.unheard(m.Lane.Scope) {
		r.reopenFrom(m.Lane, last+1)
	}
	r.reissue(m.Lane, last)
}

// putAside keeps a change set that the server cannot read in the tray, and leaves its
// lane.
func (r *Replica) putAside(link record.Link) {
	e := r.find(link)
	if e == nil || e.state != waiting {
		return
	}
	e.state, e.receipt = unread, record.Receipt{Link: link, Outcome: record.Rejected, Reason: "sync.reject.unread"}
	r.reissue(link.Lane, link.Number-1)
}

// reissue issues the waiting change sets of a lane after number last again in
// a lane of a new incarnation, naming their origin.
func (r *Replica) reissue(old record.Lane, last uint64) {
	l := r.lanes[old.Scope]
	if l != nil && l.id == old {
		r.incarnation = r.fresh()
		id := record.Lane{Incarnation: r.incarnation, Scope: old.Scope}
		l = &ownLane{id: id, next: 1, chain: wire.LaneStart(id), stamp: l.stamp}
		r.lanes[old.Scope] = l
	}
	now := map[uint64]uint64{}
	for _, e := range slices.Clone(r.outbox) {
		was := e.set.Link
		if was.Lane != old || was.Number <= last || e.state != waiting {
			continue
		}
		e.state = moved
		cs := *e.set
		if cs.Origin == nil {
			cs.Origin = &was
		}
		cs.Base.Number = renumber(now, cs.Base.Number)
		cs.Replaces = now[cs.Replaces]
		if cs.Writes[0].Op == record.Discard && cs.Replaces == 0 {
			continue // given up on this device, and never applied anywhere
		}
		cs.Link = record.Link{Lane: l.id, Number: l.next}
		now[was.Number] = l.next
		r.append(l, &cs, e.stamp)
	}
}

// renumber returns the newest number in the new lane of what stood in the old
// one up to n.
func renumber(now map[uint64]uint64, n uint64) (seen uint64) {
	for from, to := range now {
		if from <= n {
			seen = max(seen, to)
		}
	}
	return seen
}

// forget drops the cursor of a scope. With the server's Reset, receipts above
// what both share are void, and so is what followed them in their lanes.
func (r *Replica) forget(e peer.Forget) {
	h := r.scopes[e.Scope]
	if h == nil {
		return
	}
	h.cursor.Marks = remember(h.cursor) // what the server lost as well: bases of waiting work speak of it
	h.cursor.Version, h.cursor.LogHash, h.first = 0, wire.Digest{}, nil
	if e.Reset == nil {
		r.offerAgain(e.Scope, 0)
	} else {
		r.offerAgain(e.Scope, e.Reset.From)
	}
	if e.Reset == nil || r.bug == LostEpochReceiptsKept {
		return
	}
	first := map[record.Lane]uint64{}
	for _, o := range r.outbox {
		link := o.set.Link
		if link.Lane.Scope != e.Scope || o.state != applied || o.receipt.Version <= e.Reset.From {
			continue
		}
		if n, ok := first[link.Lane]; !ok || link.Number < n {
			first[link.Lane] = link.Number
		}
	}
	r.reopen(func(o *entry) bool {
		n, ok := first[o.set.Link.Lane]
		return ok && o.set.Link.Number >= n
	})
}

// checkpoint takes the rows of a scope and the checkpoint that closes them.
func (r *Replica) checkpoint(e peer.StoreCheckpoint) (peer.Event, error) {
	if e.Snapshot != nil {
		return r.applySnapshot(e)
	}
	c := e.Checkpoint.Cursor
	h := r.scopes[c.Scope]
	if h == nil || h.cursor.View != c.View {
		return nil, fault.New(fault.NotAllowed, "record.scope")
	}
	fresh := h.cursor.Version == 0
	drop := func(id ident.Record) bool { return fresh }
	if e.Wanted != nil {
		drop = func(id ident.Record) bool { return r.replaced(e.Wanted, id) }
	}
	next := r.joined(c.Scope, e.Rows, drop)
	digest := digestOf(next, c.Scope)
	intact := digest == e.Checkpoint.Digest || r.bug == HalfPull
	stored := peer.Stored{Scope: c.Scope, Version: c.Version, Intact: intact}
	if !intact && !fresh {
		return stored, nil
	}
	r.volatile, h.first = nil, nil
	r.base, h.shown, h.floor, h.digest = next, c.Version, max(h.floor, e.Checkpoint.Floor), digest
	marks := h.cursor.Marks
	if h.cursor.Version != c.Version {
		marks = remember(h.cursor)
	}
	h.cursor = c
	h.cursor.Marks = marks
	if !intact {
		h.cursor.Version, h.cursor.LogHash = 0, wire.Digest{}
	}
	r.keep(c.Scope, h.cursor.Version, e.Checkpoint.Watermark, e.Kept)
	return stored, nil
}

// buckets returns what the device holds of a scope, as sums.
func (r *Replica) buckets(scope ident.Scope) peer.Bucketed {
	out := peer.Bucketed{Scope: scope}
	h := r.scopes[scope]
	if h == nil || h.cursor.Version == 0 {
		return out
	}
	out.Version, out.Sums = h.cursor.Version, new(wire.BucketSums)
	for _, d := range r.base {
		if d.Header.Scope == scope && !gone(d) {
			out.Sums.Add(d.Header.ID, wire.RowSum(d))
		}
	}
	return out
}

// compare returns the records of a list that are not held as it says.
func (r *Replica) compare(m *wire.Repair) peer.Compared {
	w := &peer.Wanted{Repair: m}
	for _, one := range m.List {
		if d := r.base[one.ID]; d == nil || gone(d) || wire.RowSum(d).Mark() != one.Mark {
			w.IDs = append(w.IDs, one.ID)
		}
	}
	return peer.Compared{Scope: m.Scope, Wanted: w}
}

// replaced reports whether a repair replaces a record, or drops it because it is not
// in the list. What is deleted stays.
func (r *Replica) replaced(w *peer.Wanted, id ident.Record) bool {
	_, listed := w.Repair.Find(id)
	unlisted := wire.InBuckets(w.Repair.Buckets)(id) && !listed && !gone(r.base[id])
	return unlisted || slices.Contains(w.IDs, id)
}

// joined returns the pulled records with rows brought in: per field the highest
// version counts. What of the scope is dropped, the rows replace.
func (r *Replica) joined(scope ident.Scope, rows []wire.RowDelta, drop func(ident.Record) bool) map[ident.Record]*wire.RowDelta {
	next := make(map[ident.Record]*wire.RowDelta, len(r.base)+len(rows))
	for id, d := range r.base {
		if d.Header.Scope != scope || !drop(id) {
			next[id] = d
		}
	}
	if r.bug == HalfPull && len(rows) > 1 {
		rows = rows[:len(rows)-1]
	}
	for i := range rows {
		d := wire.RowDelta{Header: rows[i].Header}
		was := next[d.Header.ID]
		if was == nil && gone(&rows[i]) {
			continue
		}
		if was != nil {
			d.Fields = slices.Clone(was.Fields)
		}
		for _, f := range rows[i].Fields {
			at := slices.IndexFunc(d.Fields, func(o wire.FieldDelta) bool { return o.Field == f.Field })
			switch {
			case at < 0:
				d.Fields = append(d.Fields, f)
			case d.Fields[at].State.Version < f.State.Version:
				d.Fields[at] = f
			}
		}
		next[d.Header.ID] = &d
	}
	return next
}

func digestOf(rows map[ident.Record]*wire.RowDelta, scope ident.Scope) (sum wire.Sum) {
	for id, d := range rows {
		if d.Header.Scope != scope || gone(d) {
			continue
		}
		for _, f := range d.Fields {
			sum = sum.Add(wire.FieldHash(id, f.Field, f.State.Version, f.State.Value))
		}
	}
	return sum
}

func gone(d *wire.RowDelta) bool {
	for _, f := range d.Fields {
		if f.Field == record.Deleted {
			return f.State.Value.Bool() && !f.State.Disputed
		}
	}
	return false
}

func (r *Replica) applyControl(entries []wire.ControlEntry) (acks []wire.ControlAck) {
	r.volatile = nil
	for _, e := range entries {
		if e.Number != r.control.Number+1 {
			continue // known, or beyond one that is missing
		}
		ack := wire.ControlAck{Number: e.Number}
		switch e.Op {
		case wire.ControlGrant:
			if h := r.scopes[e.Scope]; h == nil || h.cursor.View != e.View {
				r.purge(e.Scope)
				r.scopes[e.Scope] = &held{cursor: wire.Cursor{Scope: e.Scope, View: e.View}}
			}
		case wire.ControlRevoke:
			r.purge(e.Scope)
			ack.Signature = sign(r.account.Device, wire.PurgeBytes(r.account.Device, e))
			r.purges = append(r.purges, ack)
		case wire.ControlLogin:
			r.off = false
		case wire.ControlSwitchOff:
			r.off = true
			for name := range r.scopes {
				r.offerAgain(name, 0)
			}
		}
		r.control = wire.ControlEnd{Number: e.Number, Mark: e.Mark}
		acks = append(acks, ack)
	}
	return acks
}

// purge deletes everything pulled of a scope. The outbox stays.
func (r *Replica) purge(name ident.Scope) {
	if h := r.scopes[name]; h != nil && h.first != nil && r.bug == SnapshotOutlivesPurge {
		r.left[name] = true
	}
	delete(r.scopes, name)
	r.offerAgain(name, 0)
	if r.bug == RevokedRowsKept {
		return
	}
	for id, d := range r.base {
		if d.Header.Scope == name {
			delete(r.base, id)
		}
	}
}

// Off reports whether the server switched the device off.
func (r *Replica) Off() bool { return r.off }
