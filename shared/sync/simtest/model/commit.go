// SPDX-License-Identifier: Apache-2.0

package model

import (
	"crypto/sha256"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// commit judges and applies a batch that a device sent.
func (c *Central) commit(device ident.Device, b *wire.Batch, offset hlc.Offset, nowMS int64) peer.Event {
	if c.full {
		return peer.Failed{Fault: fault.New(fault.Unavailable, "sync.store.full"), RetryMS: 5_000}
	}
	if c.bug == ReceiptBeforeCommit {
		c.synced = c.Clone()
	}
	l := c.lanes[b.Lane]
	if l == nil {
		l = &lane{device: device, chains: []wire.Digest{wire.LaneStart(b.Lane)}, refused: map[uint64]uint64{}, stamps: map[uint64]hlc.Stamp{}}
		c.lanes[b.Lane] = l
	}
	if l.device != device {
		return peer.Failed{Fault: fault.New(fault.NotAllowed, "sync.lane")}
	}
	next := l.next()
	if b.First > next {
		return peer.Committed{Lane: b.Lane, Gap: &wire.Expect{Lane: b.Lane, Number: next, Chain: l.chains[next-1]}}
	}
	known := int(min(next-b.First, uint64(len(b.Sets))))
	if !c.continues(l, b, known) {
		l.closed = true
	}
	if l.closed && (known < len(b.Sets) || !c.continues(l, b, known)) {
		return peer.Committed{Lane: b.Lane, Closed: &wire.LaneClosed{
			Lane: b.Lane, Last: next - 1, Chain: l.chains[next-1], Reason: wire.CloseFork,
		}}
	}
	for i := known; i < len(b.Sets); i++ {
		c.take(device, l, &b.Sets[i], b.Commitments()[i], offset, nowMS)
	}
	if c.bug == DoubleApply && known > 0 {
		c.apply(device, l, &b.Sets[0], l.stamp, nil)
	}
	last := b.Last()
	return peer.Committed{
		Lane: b.Lane, Receipts: slices.Clone(l.receipts[b.First-1 : last]), Chain: l.chains[last], Epoch: c.epoch,
	}
}

// continues reports whether the batch says of the numbers that the lane has
// what the lane says.
func (c *Central) continues(l *lane, b *wire.Batch, known int) bool {
	if c.bug == ForkForDuplicate {
		return true
	}
	if l.chains[b.First-1] != b.Before {
		return false
	}
	chain := b.Before
	for i, commitment := range b.Commitments()[:known] {
		chain = wire.Chain(chain, b.First+uint64(i), commitment)
	}
	return chain == l.chains[b.First-1+uint64(known)]
}

// take judges one change set; whatever comes of it, its number is used.
func (c *Central) take(device ident.Device, l *lane, cs *record.ChangeSet, commitment wire.Digest, offset hlc.Offset, nowMS int64) {
	stamped := *cs
	if c.bug == ClockDecides {
		stamped.Floor = 0
	}
	stamp, _ := policy.Effective(&stamped, offset, l.stamp, nowMS)
	receipt, settled := c.settledBefore(device, cs)
	if !settled {
		receipt = c.judge(device, l, cs)
	}
	if settled && receipt.Outcome.Applied() {
		l.settle(cs)
	}
	if settled && receipt.Version != 0 {
		l.repeats = append(l.repeats, repeat{cs.Link.Number, receipt.Version})
	}
	if receipt.Outcome == record.Pending {
		a := c.apply(device, l, cs, stamp, l.passed)
		receipt = a.receipt
		c.logIt(a, commitment)
	}
	l.aside(receipt)
	if receipt.Outcome == record.Quarantined {
		l.stamps[cs.Link.Number] = stamp
	}
	if cs.Origin != nil {
		if _, known := c.reissued[contentOf(cs)]; !known {
			c.reissued[contentOf(cs)] = cs.Link
		}
	}
	n := cs.Link.Number
	l.chains = append(l.chains, wire.Chain(l.chains[n-1], n, commitment))
	l.receipts, l.sets, l.stamp = append(l.receipts, receipt), append(l.sets, cs), stamp
}

// aside notes what was rejected.
func (l *lane) aside(receipt record.Receipt) {
	n := receipt.Link.Number
	if receipt.Outcome != record.Rejected {
		return
	}
	l.refused[n] = n
	if receipt.Chained {
		l.refused[n] = receipt.First
	}
}

// settledBefore returns the receipt of a change set that has arrived already: a
// device that leaves a lane, or a copy of its disk, issues again what has no receipt.
func (c *Central) settledBefore(device ident.Device, cs *record.ChangeSet) (record.Receipt, bool) {
	if c.bug == ReissueApplied {
		return record.Receipt{}, false
	}
	var r record.Receipt
	known := false
	if cs.Origin != nil {
		r, known = c.receiptOf(device, *cs.Origin, cs)
	}
	if again, issued := c.reissued[contentOf(cs)]; !known && issued {
		r, known = c.receiptOf(device, again, cs)
	}
	r.Link, r.Chained, r.First, r.Decided = cs.Link, false, 0, false
	return r, known
}

// receiptOf returns the receipt at a link, if the same act of the same device
// stands there.
func (c *Central) receiptOf(device ident.Device, link record.Link, cs *record.ChangeSet) (record.Receipt, bool) {
	l := c.lanes[link.Lane]
	if l == nil || l.device != device || link.Number >= l.next() {
		return record.Receipt{}, false
	}
	return l.receipts[link.Number-1], contentOf(l.sets[link.Number-1]) == contentOf(cs)
}

// contentOf is the same for an act wherever it stands.
func contentOf(cs *record.ChangeSet) wire.Digest { return sha256.Sum256(wire.PersonBytes(cs)) }

// judge returns the receipt of a refusal, or a pending one.
func (c *Central) judge(device ident.Device, l *lane, cs *record.ChangeSet) record.Receipt {
	receipt := record.Receipt{Link: cs.Link}
	a := c.accounts[device]
	switch {
	case cs.Login != a.Login || cs.Actor != a.Actor:
		receipt.Outcome, receipt.Reason = record.Quarantined, "sync.quarantine.login"
	case a.off && c.bug != OffApplied:
		receipt.Outcome, receipt.Reason = record.Quarantined, "sync.quarantine.off"
	case !slices.Contains(a.Scopes, cs.Scope):
		receipt.Outcome, receipt.Reason = record.Quarantined, "sync.quarantine.scope"
	default:
		c.judgeAct(l, cs, &receipt)
	}
	return receipt
}

// judgeAct judges what was done, whoever did it.
func (c *Central) judgeAct(l *lane, cs *record.ChangeSet, receipt *record.Receipt) {
	if c.rules.Refuse(cs.Name) {
		receipt.Outcome, receipt.Reason = record.Rejected, "demand.closed"
		return
	}
	c.judgeWrites(l, cs, receipt)
}

func (c *Central) judgeWrites(l *lane, cs *record.ChangeSet, receipt *record.Receipt) {
	reject := func(reason string, w record.Write) {
		receipt.Outcome, receipt.Reason, receipt.Record = record.Rejected, "sync.reject."+reason, w.Header
	}
	for _, w := range cs.Writes {
		if w.Op == record.Discard {
			continue
		}
		if first := l.chained(cs, w.Header.ID); first != 0 && c.bug != DependentsApplied {
			reject("chained", w)
			receipt.Chained, receipt.First = true, first
			return
		}
		r := c.rows[w.Header.ID]
		switch {
		case r == nil && w.Op != record.Create:
			reject("missing", w)
			return
		case r != nil && (w.Op == record.Create || r.header != w.Header):
			reject("exists", w)
			return
		}
	}
}

// chained returns the first refused change set of the lane that cs builds on
// and that was neither replaced nor given up; 0 if there is none.
func (l *lane) chained(cs *record.ChangeSet, id ident.Record) uint64 {
	for n := uint64(1); n <= cs.Base.Number && n < cs.Link.Number; n++ {
		root, refused := l.refused[n]
		if !refused || n == cs.Replaces || root == cs.Replaces {
			continue
		}
		if slices.ContainsFunc(l.sets[n-1].Writes, func(w record.Write) bool { return w.Header.ID == id }) {
			return root
		}
	}
	return 0
}

// apply brings the change set into the records. unseen are numbers of the lane that
// its author did not see there.
func (c *Central) apply(device ident.Device, l *lane, cs *record.ChangeSet, stamp hlc.Stamp, unseen []uint64) *applying {
	s := c.scope(cs.Scope)
	a := &applying{
		central: c, scope: s, cs: cs, stamp: stamp, version: c.next(s),
		view:    c.rules.Access.View(c.accounts[device].Role),
		base:    record.Base{Version: s.lineage.Current(cs.Base.Version), Number: cs.Base.Number},
		receipt: record.Receipt{Link: cs.Link, Outcome: record.Accepted},
		unseen:  slices.Clone(unseen),
	}
	a.receipt.Version = a.version
	if a.base.Version > s.head {
		a.base.Version = 0 // seen in a history that this store has lost
	}
	for _, again := range l.repeats {
		if again.number <= a.base.Number {
			a.repeats = append(a.repeats, again.version)
		}
	}
	if c.bug == OwnBaseForSeen {
		a.base.Version = s.head
	}
	writes := cs.Writes
	if c.bug == HalfAct {
		writes = writes[:1]
	}
	for _, w := range writes {
		a.write(w)
	}
	l.settle(cs)
	return a
}

// settle clears what a change set replaces or gives up of its lane, and what was
// refused because of it.
func (l *lane) settle(cs *record.ChangeSet) {
	n := cs.Replaces
	if n == 0 {
		return
	}
	if cs.Writes[0].Op == record.Discard && l.receipts[n-1].Outcome == record.Rejected {
		l.receipts[n-1].Outcome = record.Discarded
	}
	for number, root := range l.refused {
		if number == n || root == n {
			delete(l.refused, number)
		}
	}
}

// logIt gives the change set its place in the scope's log.
func (c *Central) logIt(a *applying, commitment wire.Digest) {
	s := a.scope
	s.log = append(s.log, logged{
		Accepted: Accepted{Set: a.cs, Version: a.version, Base: a.base, Repeats: a.repeats, Stamp: a.stamp, writes: a.writes},
		hash:     wire.LogHash(s.lastHash(), a.version, a.cs.Link, commitment),
	})
	s.head, s.floor = a.version, max(s.floor, a.stamp)
}

// applying is one change set on its way into the records.
type applying struct {
	central *Central
	scope   *scope
	cs      *record.ChangeSet
	stamp   hlc.Stamp
	version record.Version
	view    record.View
	base    record.Base
	repeats []record.Version
	unseen  []uint64
	receipt record.Receipt
	writes  []Folded
}

func (a *applying) write(w record.Write) {
	if w.Op == record.Discard {
		return
	}
	r := a.central.rows[w.Header.ID]
	if r == nil {
		r = &row{header: w.Header, born: a.version, fields: map[record.Field]*field{}}
		a.central.rows[w.Header.ID] = r
	}
	said := w.Op == record.Delete
	for _, f := range w.FieldNames() {
		a.field(r, w, f, w.Fields[f], false)
		said = said || f == record.Deleted
	}
	switch {
	case w.Op == record.Delete:
		a.field(r, w, record.Deleted, record.OfBool(true), false)
	case !said: // whoever writes to a record says that it is there
		a.field(r, record.Write{Op: record.Edit, Header: w.Header}, record.Deleted, record.OfBool(false), true)
	}
}

func (a *applying) field(r *row, w record.Write, name record.Field, v record.Value, implicit bool) {
	def, _ := a.central.rules.Catalogue.Field(w.Header.Kind, name)
	f := r.fields[name]
	if f == nil {
		f = &field{merge: def.Merge, class: def.Class}
		r.fields[name] = f
	}
	link := a.cs.Link
	write := policy.Write{
		Head: record.Head{
			Value: v, Version: a.version, Lane: link.Lane.Incarnation, Number: link.Number, Stamp: a.stamp,
			Source: a.cs.Source, Actor: a.cs.Actor, Merge: def.Merge, Blind: !a.view.Holds(w.Header.Kind, def.Class),
		},
		Seen: a.base, Repeats: a.repeats, Unseen: a.unseen, Unsaid: implicit, TwoPersons: def.Sensitive,
		InDispute: slices.Contains(w.InDispute, name),
	}
	if def.Sensitive && w.Op != record.Resolve {
		past := slices.DeleteFunc(slices.Clone(r.past), func(p record.Past) bool { return p.Field != name })
		write.InDispute = write.InDispute || policy.WasShown(def.Merge, f.heads, past, write)
	}
	if w.Op == record.Resolve {
		write.Resolves = append([]record.Version{}, w.Seen[name]...)
	}
	a.writes = append(a.writes, Folded{Place: Place{w.Header.ID, name}, Merge: def.Merge, Write: write})
	before := f.state()
	after, removed := a.central.fold(def.Merge, f.heads, write)
	f.heads = after
	a.keep(r, name, removed)
	if alters(name, before, f.state()) {
		f.visible, r.version = a.version, a.version
	}
	outcome := policy.Outcome(def.Merge, after, link.Lane.Incarnation, link.Number)
	if outcome > record.Accepted && (!implicit || outcome == record.InReview) {
		a.receipt.Outcome = a.receipt.Outcome.Worse(outcome)
		a.receipt.Fields = append(a.receipt.Fields, record.FieldOutcome{Record: w.Header, Field: name, Outcome: outcome})
	}
}

func (c *Central) fold(merge record.Merge, heads []record.Head, w policy.Write) (after, removed []record.Head) {
	switch {
	case c.bug == DisputeClosedByWrite && merge == record.Review && w.Resolves == nil:
		w.InDispute, merge = false, record.Latest
	case c.bug == OnePersonSettles:
		w.TwoPersons = false
	case c.bug == PersonCountsTwice && w.TwoPersons:
		w.Head.Actor = ident.Actor(w.Head.Lane)
		w.Head.Actor[0] = byte(w.Head.Number)
	case c.bug == ResolveClosesUnseen && w.Resolves != nil:
		for _, h := range heads {
			w.Resolves = append(w.Resolves, h.Version)
			w.Seen.Version = max(w.Seen.Version, h.Version)
		}
	}
	return policy.Apply(merge, heads, w)
}

func (a *applying) keep(r *row, name record.Field, removed []record.Head) {
	if a.central.bug == LostLoser {
		return
	}
	for _, h := range removed {
		r.past = append(r.past, record.Past{Field: name, Head: h, ReplacedBy: a.version})
	}
}

func (f *field) state() record.FieldState {
	s := policy.Resolve(f.merge, f.heads)
	s.Version = f.visible
	return s
}

// alters reports whether readers see a difference. Nobody sees who confirmed
// last that a record is there.
func alters(name record.Field, before, after record.FieldState) bool {
	if name == record.Deleted && before.Value.Bool() == after.Value.Bool() && !before.Disputed && !after.Disputed {
		return false
	}
	same := func(x, y record.Head) bool { return x.Lane == y.Lane && x.Number == y.Number && x.Version == y.Version }
	return !before.Value.Equal(after.Value) || before.Disputed != after.Disputed ||
		!same(before.Winner, after.Winner) || !slices.EqualFunc(before.Aside, after.Aside, same)
}
