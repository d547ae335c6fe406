// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// What the server wrote itself and lost with a restore comes back from devices that
// were given it to keep. It was judged once, so it is not judged again; it is merged
// like the work of somebody who was offline since the backup. Where the lost lane
// still ends before it, the lane goes on. Where this store wrote something else
// under the number since, or a piece before it is missing, it goes on in a lane of
// its own that nobody else writes to, so that its base, moved by the difference of
// the numbers, still names exactly what its author had seen.

// Adopt implements store.Own.
func (s *Store) Adopt(ctx context.Context, a store.Adoption) (out store.Taken, err error) {
	b := a.Batch
	if err := checkPlaces(b); err != nil {
		return out, err
	}
	taken := make([]taking, len(b.Sets))
	some := func(from, to int, last bool) *task {
		return &task{do: func(t *txn) error { return t.adoptBatch(a, from, to, last, taken) }}
	}
	t := some(0, len(b.Sets), false)
	t.split = func() (pieces []*task) {
		for i := range b.Sets {
			piece := some(i, i+1, false)
			piece.split = func() []*task { return []*task{some(i, i+1, true)} }
			pieces = append(pieces, piece)
		}
		return pieces
	}
	if err := s.submit(ctx, t); err != nil {
		return out, fmt.Errorf("adopt batch: %w", err)
	}
	for _, one := range taken {
		out.Later = out.Later || one.later
		if one.fresh {
			out.New++
		}
		out.Receipts = append(out.Receipts, one.receipt)
	}
	if out.Later {
		out.Receipts = nil
	}
	return out, nil
}

// taking is what became of one change set.
type taking struct {
	receipt record.Receipt
	fresh   bool // the store did not have it
	later   bool // it has to wait
}

// adoptBatch takes Sets[from:to] of a batch and notes in taken what became of them. With last true they are quarantined unseen, because taking
// them failed.
func (t *txn) adoptBatch(a store.Adoption, from, to int, last bool, taken []taking) error {
	sc, err := t.scope(a.Batch.Lane.Scope)
	if err != nil {
		return err
	}
	chain := a.Batch.Before
	for i, commitment := range a.Batch.Commitments()[:to] {
		o := offered{sc: sc, cs: a.Batch.Sets[i], before: chain, salt: a.Batch.Salt(i), commitment: commitment}
		chain = wire.Chain(chain, o.cs.Link.Number, commitment)
		o.chain = chain
		if i < from {
			continue
		}
		if taken[i], err = t.adopt(a, o, last); err != nil {
			return err
		}
	}
	return nil
}

// offered is a change set as a device brings it back.
type offered struct {
	sc            *scope
	cs            record.ChangeSet
	before, chain wire.Digest // of its lane, before it and at it
	salt          [16]byte
	commitment    wire.Digest
}

// origin is the very first place of the change set.
func (o *offered) origin() record.Link {
	if o.cs.Origin != nil {
		return *o.cs.Origin
	}
	return o.cs.Link
}

func (t *txn) adopt(a store.Adoption, o offered, unseen bool) (out taking, err error) {
	receipt, known, err := t.alreadyThere(o)
	if known || err != nil {
		return taking{receipt: receipt}, err
	}
	if missing, err := t.missesRecord(&o.cs); missing || err != nil {
		return taking{later: true}, err
	}
	link := o.cs.Link
	ln, err := t.adoptionLane(&o)
	if err != nil {
		return out, err
	}
	in := newIntake(t, o.sc, ln)
	one := arrival{cs: &o.cs, commitment: o.commitment, salt: o.salt, nowMS: a.NowMS, unseen: unseen, own: true}
	if err := in.take(one, func() (author, error) { return author{}, nil }); err != nil {
		return out, err
	}
	if err := in.finish(); err != nil {
		return out, err
	}
	out = taking{receipt: in.list[0], fresh: true}
	out.receipt.Link = link
	_, err = t.c.Exec(`INSERT INTO adopted (lid, taken, sid, incarnation, number, chain, device, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		ln.lid, int64(o.cs.Link.Number), o.sc.sid, link.Lane.Incarnation[:], int64(link.Number), o.chain[:], a.Device[:], a.NowMS)
	return out, err
}

// alreadyThere returns the receipt of what the store has: it was not lost, or
// another device brought it.
func (t *txn) alreadyThere(o offered) (r record.Receipt, known bool, err error) {
	in := newIntake(t, o.sc, &lane{}) // of the server; no lane of that number
	if err := t.flush(); err != nil { // places are asked in the database
		return r, false, err
	}
	places, err := in.places(o.origin())
	if err != nil {
		return r, false, err
	}
	mine := wire.PersonBytes(&o.cs)
	for _, p := range places {
		stored, err := in.stored(p)
		if fault.Is(err, fault.Gone) {
			return record.Receipt{Link: o.cs.Link, Outcome: record.Erased}, true, nil
		}
		if err != nil {
			return r, false, err
		}
		if bytes.Equal(wire.PersonBytes(stored), mine) {
			r, err := in.again(p, o.cs.Link)
			return r, err == nil, err
		}
	}
	return r, false, nil
}

// missesRecord reports whether the change set speaks of a record that neither the
// store has nor the change set itself makes.
func (t *txn) missesRecord(cs *record.ChangeSet) (bool, error) {
	made := make(map[ident.Record]bool)
	for _, w := range cs.Writes {
		if w.Op == record.Create || w.Op == record.Discard || made[w.Header.ID] {
			made[w.Header.ID] = true
			continue
		}
		if e, err := findEntry(t.c, w.Header.ID); e == nil || err != nil {
			return true, err
		}
	}
	return false, nil
}

// adoptionLane returns the lane that the change set goes to, and moves it there.
func (t *txn) adoptionLane(o *offered) (*lane, error) {
	link := o.cs.Link
	if ln, err := t.goesOn(o); ln != nil || err != nil {
		return ln, err
	}
	inc, err := t.branch(o)
	if err != nil {
		return nil, err
	}
	ln, err := t.lane(o.sc, inc, ident.Device{})
	if err != nil {
		return nil, err
	}
	first := o.origin()
	o.cs.Origin = &first
	o.cs.Link = record.Link{Lane: record.Lane{Incarnation: inc, Scope: link.Lane.Scope}, Number: ln.Next}
	o.cs.Replaces = 0
	o.cs.Base.Number = rebased(o.cs.Base.Number, link.Number, ln.Next)
	if _, err := io.ReadFull(t.s.random, o.salt[:]); err != nil {
		return nil, fmt.Errorf("draw salt: %w", err)
	}
	o.commitment = wire.Commitment(o.salt, wire.AppendChangeSet(nil, &o.cs))
	return ln, nil
}

// rebased returns what a base of a lane is in the piece of it that begins elsewhere,
// where number was has become number is. What stood before the piece is not in it.
func rebased(base, was, is uint64) uint64 {
	if behind := was - base; behind < is {
		return is - behind
	}
	return 0
}

// goesOn returns the lane of the change set itself, if it ends right before it; nil
// if it does not.
func (t *txn) goesOn(o *offered) (*lane, error) {
	link := o.cs.Link
	found, err := findLane(t.c, o.sc.sid, link.Lane.Incarnation)
	if err != nil || found != nil && found.device != (ident.Device{}) {
		return nil, err
	}
	if found == nil && (link.Number != 1 || o.before != wire.LaneStart(link.Lane)) {
		return nil, nil
	}
	ln, err := t.lane(o.sc, link.Lane.Incarnation, ident.Device{})
	if err != nil || ln.Closed || ln.Next != link.Number || ln.Chain != o.before {
		return nil, err
	}
	return ln, nil
}

// branch returns the incarnation of the lane in which what stood before the change
// set was taken, if that lane ends with it; otherwise a new one.
func (t *txn) branch(o *offered) (inc ident.Incarnation, err error) {
	was := o.cs.Link
	r, err := t.c.one(`
		SELECT lane.incarnation
		FROM adopted JOIN lane ON lane.lid = adopted.lid
		WHERE adopted.sid = ? AND adopted.incarnation = ? AND adopted.number = ? AND adopted.chain = ? AND lane.next = adopted.taken + 1`,
		o.sc.sid, was.Lane.Incarnation[:], int64(was.Number-1), o.before[:])
	if err != nil {
		return inc, err
	}
	if r != nil {
		return r.id(0), nil
	}
	return ident.New[ident.Incarnation](t.s.now().UnixMilli(), t.s.random)
}

// Adopted implements store.Own.
func (s *Store) Adopted(ctx context.Context, limit int) (list []store.Adopted, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		var lids []int64
		err := c.query(func(r row) error {
			scope := ident.Scope(r.text(1))
			list = append(list, store.Adopted{
				Link:   record.Link{Lane: record.Lane{Incarnation: r.id(2), Scope: scope}, Number: r.uint(3)},
				Was:    record.Link{Lane: record.Lane{Incarnation: r.id(4), Scope: scope}, Number: r.uint(5)},
				Device: r.id(6), At: fromMS(r.int(7)),
			})
			lids = append(lids, r.int(0))
			return nil
		}, `
			SELECT adopted.lid, scope.name, lane.incarnation, taken, adopted.incarnation, number, adopted.device, at
			FROM adopted JOIN lane ON lane.lid = adopted.lid JOIN scope ON scope.sid = adopted.sid
			ORDER BY at DESC, adopted.lid, taken DESC
			LIMIT ?`, int64(limit))
		for i := range list {
			if err != nil {
				break
			}
			var cs *record.ChangeSet
			cs, _, _, err = s.contentAt(c, lids[i], list[i].Link.Number)
			if fault.Is(err, fault.Gone) {
				err = nil // erased since: its name as well
				continue
			}
			if err == nil {
				list[i].Act = cs.Name
			}
		}
		return err
	})
	return list, err
}
