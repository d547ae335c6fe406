// SPDX-License-Identifier: Apache-2.0

package model

import (
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

// What the server writes itself, gives devices to keep, and takes back.

// deskRole is whom the server writes as.
const deskRole record.Role = "desk"

// adoptedAt is a place that a device knew.
type adoptedAt struct {
	link  record.Link
	chain wire.Digest
}

// newIncarnation returns one that no state of this store has used.
func (c *Central) newIncarnation() (inc ident.Incarnation) {
	*c.drawn++
	inc[0], inc[15], inc[14] = 0xEE, byte(*c.drawn), byte(*c.drawn>>8)
	return inc
}

func (c *Central) laneOf(id record.Lane, device ident.Device) *lane {
	l := c.lanes[id]
	if l == nil {
		l = &lane{device: device, chains: []wire.Digest{wire.LaneStart(id)}, refused: map[uint64]uint64{}}
		c.lanes[id] = l
	}
	return l
}

// Backup returns a backup, and notes what it holds.
func (c *Central) Backup() *Central {
	out := c.Clone()
	for _, s := range c.scopes {
		s.backed = s.head
	}
	return out
}

// Author lets the server itself write, having seen all there is.
func (c *Central) Author(act record.Act, nowMS int64) (record.Receipt, error) {
	if c.full {
		return record.Receipt{}, diskFull()
	}
	id := record.Lane{Incarnation: c.own, Scope: act.Scope}
	l, s := c.laneOf(id, ident.Device{}), c.scope(act.Scope)
	act.Base, act.Source = record.Base{Version: s.head, Number: l.next() - 1}, c.rules.Access.Source(deskRole)
	act = rules.MarkDisputes(act, c.look, nil)
	cs := &record.ChangeSet{
		Link: record.Link{Lane: id, Number: l.next()}, Catalogue: c.rules.Catalogue.Version(),
		Reading: hlc.Reading{WallMS: nowMS, MonoMS: nowMS}, Floor: s.floor, Act: act,
	}
	refusal := record.Receipt{Link: cs.Link}
	if c.judgeWrites(l, cs, &refusal); refusal.Outcome != record.Pending {
		return refusal, fault.New(fault.Invalid, refusal.Reason)
	}
	return c.takeOwn(l, cs, nowMS), nil
}

// look returns a record as the server sees it.
func (c *Central) look(id ident.Record) (record.Row, bool) {
	r := c.rows[id]
	if r == nil {
		return record.Row{}, false
	}
	row := record.Row{Header: r.header, Fields: map[record.Field]record.FieldState{}}
	for name, f := range r.fields {
		row.Fields[name] = f.state()
	}
	return row, true
}

// takeOwn applies a change set of the server.
func (c *Central) takeOwn(l *lane, cs *record.ChangeSet, nowMS int64) record.Receipt {
	if c.bug == ReceiptBeforeCommit {
		c.synced = nil // planted in what devices send
	}
	n := cs.Link.Number
	commitment := wire.Commitment(wire.Salt(seed(cs.Link.Lane), n), wire.AppendChangeSet(nil, cs))
	stamp, _ := policy.Effective(cs, hlc.Offset{}, l.stamp, nowMS)
	a := c.apply(ident.Device{}, l, cs, stamp, nil)
	c.logIt(a, commitment)
	l.chains = append(l.chains, wire.Chain(l.chains[n-1], n, commitment))
	l.receipts, l.sets, l.stamp = append(l.receipts, a.receipt), append(l.sets, cs), stamp
	return a.receipt
}

// boxes returns what a device keeps that holds a scope up to since.
func (c *Central) boxes(name ident.Scope, since record.Version) (out []*wire.Kept) {
	s := c.scope(name)
	var sets []record.ChangeSet
	cut := func(newest record.Version) {
		if len(sets) == 0 {
			return
		}
		lane, first := sets[0].Link.Lane, sets[0].Link.Number
		b, err := wire.NewBatch(lane, first, c.lanes[lane].chains[first-1], seed(lane), sets)
		if err != nil {
			panic(err)
		}
		b.Signature = sign(ident.Device{}, b.SignedBytes())
		data, err := wire.EncodeFrame(b)
		if err != nil {
			panic(err)
		}
		out = append(out, &wire.Kept{Lane: lane, First: first, Last: b.Last(), Chain: b.After, Version: newest, Data: data})
		sets = nil
	}
	newest := record.Version(0)
	for _, e := range s.log {
		link := e.Set.Link
		if e.Version <= max(since, s.backed) || c.lanes[link.Lane].device != (ident.Device{}) {
			continue
		}
		if n := len(sets); n == frameSets || n > 0 && (sets[n-1].Link.Lane != link.Lane || sets[n-1].Link.Number+1 != link.Number) {
			cut(newest)
		}
		sets, newest = append(sets, *e.Set), e.Version
	}
	cut(newest)
	return out
}

// adopt takes back what the server wrote and lost.
func (c *Central) adopt(b *wire.Batch, nowMS int64) peer.Event {
	if c.full {
		return peer.Failed{Fault: diskFull().(*fault.Error), RetryMS: 5_000}
	}
	out := peer.Committed{Lane: b.Lane, Chain: b.After, Epoch: c.epoch}
	before := b.Before
	for i := range b.Sets {
		cs := b.Sets[i]
		r, later := c.adoptSet(&cs, before, b.Commitments()[i], nowMS)
		before = wire.Chain(before, cs.Link.Number, b.Commitments()[i])
		if later {
			out.Gap = &wire.Expect{Lane: b.Lane, Number: b.First, Chain: b.Before}
		}
		out.Receipts = append(out.Receipts, r)
	}
	if out.Gap != nil {
		out.Receipts = nil
	}
	return out
}

func (c *Central) adoptSet(cs *record.ChangeSet, before, commitment wire.Digest, nowMS int64) (r record.Receipt, later bool) {
	link := cs.Link
	if r, known := c.ownReceipt(cs); known && c.bug != AdoptedTwice {
		r.Link = link
		return r, false
	}
	for _, w := range cs.Writes {
		if w.Op != record.Create && c.rows[w.Header.ID] == nil {
			return r, true
		}
	}
	moved := *cs
	l := c.goesOn(cs, before)
	if l == nil {
		l = c.branch(&moved, before)
	}
	c.adopted[adoptedAt{link, wire.Chain(before, link.Number, commitment)}] = moved.Link
	r = c.takeOwn(l, &moved, nowMS)
	r.Link = link
	return r, false
}

// ownReceipt returns the receipt of an act of the server that it has.
func (c *Central) ownReceipt(cs *record.ChangeSet) (record.Receipt, bool) {
	for id, l := range c.lanes {
		if l.device != (ident.Device{}) || id.Scope != cs.Scope {
			continue
		}
		if i := slices.IndexFunc(l.sets, func(o *record.ChangeSet) bool { return contentOf(o) == contentOf(cs) }); i >= 0 {
			return l.receipts[i], true
		}
	}
	return record.Receipt{}, false
}

// goesOn returns the lane of a change set, if it ends right before it.
func (c *Central) goesOn(cs *record.ChangeSet, before wire.Digest) *lane {
	id, n := cs.Link.Lane, cs.Link.Number
	l := c.lanes[id]
	if l == nil && n == 1 && before == wire.LaneStart(id) {
		return c.laneOf(id, ident.Device{})
	}
	if l == nil || l.device != (ident.Device{}) || l.next() != n || l.chains[n-1] != before {
		return nil
	}
	return l
}

// branch moves a change set to the lane that what stood before it went to, or to a
// new one.
func (c *Central) branch(cs *record.ChangeSet, before wire.Digest) *lane {
	was := cs.Link
	id := c.adopted[adoptedAt{record.Link{Lane: was.Lane, Number: was.Number - 1}, before}]
	l := c.lanes[id.Lane]
	if l == nil || l.next() != id.Number+1 {
		id.Lane = record.Lane{Incarnation: c.newIncarnation(), Scope: was.Lane.Scope}
		l = c.laneOf(id.Lane, ident.Device{})
	}
	if cs.Origin == nil {
		cs.Origin = &was
	}
	cs.Link = record.Link{Lane: id.Lane, Number: l.next()}
	if behind := was.Number - cs.Base.Number; behind < l.next() {
		cs.Base.Number = l.next() - behind
	} else {
		cs.Base.Number = 0
	}
	return l
}

// keptBox is a box on a device.
type keptBox struct {
	wire.Kept
	waiting bool
	given   record.Version // the newest that receipts name; 0 without receipts
}

func (b *keptBox) offer() peer.Offer {
	return peer.Offer{Lane: b.Lane, First: b.First, Last: b.Last, Chain: b.Chain}
}

// waits returns everything that waits to be sent.
func (r *Replica) waits() peer.Outbox {
	out := peer.Outbox{Lanes: r.Unsent()}
	for i := range r.kept {
		if r.kept[i].waiting {
			out.Offers = append(out.Offers, r.kept[i].offer())
		}
	}
	return out
}

// Offers returns how many boxes wait.
func (r *Replica) Offers() int { return len(r.waits().Offers) }

func (r *Replica) box(o peer.Offer) []byte {
	for i := range r.kept {
		if r.kept[i].offer() == o {
			return r.kept[i].Data
		}
	}
	return nil
}

// keep keeps the boxes of a checkpoint and lets those go that a backup holds.
func (r *Replica) keep(scope ident.Scope, at, backed record.Version, boxes []*wire.Kept) {
	for _, k := range boxes {
		b := keptBox{Kept: *k}
		if r.box(b.offer()) == nil {
			r.kept = append(r.kept, b)
		}
	}
	r.kept = slices.DeleteFunc(r.kept, func(b keptBox) bool {
		return b.Lane.Scope == scope && !b.waiting && b.Version <= min(backed, at)
	})
	for i := range r.kept {
		if b := &r.kept[i]; b.Lane.Scope == scope && b.waiting && b.given != 0 && b.given <= at {
			b.waiting, b.Version, b.given = false, b.given, 0
		}
	}
}

// offerAgain lets boxes of a scope above a version wait.
func (r *Replica) offerAgain(scope ident.Scope, above record.Version) {
	if r.bug == BoxesForgotten {
		return
	}
	for i := range r.kept {
		if b := &r.kept[i]; b.Lane.Scope == scope && b.Version > above {
			b.waiting, b.given = true, 0
		}
	}
}

// offered takes the receipts of a box, if they are.
func (r *Replica) offered(m *wire.Receipts, list []record.Receipt) bool {
	i := slices.IndexFunc(r.kept, func(b keptBox) bool { return b.Lane == m.Lane && b.Last == m.Through && b.Chain == m.Chain })
	if i < 0 {
		return false
	}
	b, h := &r.kept[i], r.scopes[m.Lane.Scope]
	if h == nil {
		r.kept = slices.Delete(r.kept, i, i+1)
		return true
	}
	newest := record.Version(0)
	for _, rc := range list {
		newest = max(newest, rc.Version)
	}
	if b.given, b.waiting = newest, newest > h.cursor.Version; !b.waiting && newest != 0 {
		b.Version, b.given = newest, 0
	}
	return true
}
