// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// After a fork a device issues again, in a new lane, everything it has no
// receipt of. Some of it arrived before the lanes parted. Applied twice, an edit
// would bring back what somebody replaced meanwhile, or dispute with itself. So
// what names an origin and says there what it says here is not applied: it gets
// the receipt of the first time.

// place is where a change set was taken.
type place struct {
	lid    int64
	number uint64
}

// repeated returns the receipt that the change set got when it was taken before;
// false if it was not. What can be compared with nothing, because its subject
// was erased, does not come back: its receipt says erased.
func (in *intake) repeated(cs *record.ChangeSet) (r record.Receipt, found bool, err error) {
	origin := cs.Origin
	if origin == nil && in.ln.reissued {
		origin = &cs.Link // a copy of the disk may have issued it again elsewhere already
	} else if origin == nil || origin.Lane.Scope != cs.Link.Lane.Scope || origin.Lane == cs.Link.Lane {
		return r, false, nil
	}
	places, err := in.places(*origin)
	if err != nil {
		return r, false, err
	}
	mine := wire.PersonBytes(cs)
	for _, p := range places {
		stored, err := in.stored(p)
		if fault.Is(err, fault.Gone) {
			return record.Receipt{Link: cs.Link, Outcome: record.Erased}, true, nil
		}
		if err != nil {
			return r, false, err
		}
		if bytes.Equal(wire.PersonBytes(stored), mine) {
			r, err := in.again(p, cs.Link)
			return r, err == nil, err
		}
	}
	return r, false, nil
}

// places returns where a change set with this origin may have been taken: at the
// origin itself, and where it was issued again first. Lanes of other devices are
// none of them.
func (in *intake) places(origin record.Link) (list []place, err error) {
	c, inc := in.t.c, origin.Lane.Incarnation
	err = c.query(func(r row) error {
		list = append(list, place{r.int(0), r.uint(1)})
		return nil
	}, `
		SELECT lid, CAST(?3 AS BIGINT) FROM lane WHERE sid = ?1 AND incarnation = ?2 AND device = ?4 AND next > ?3
		UNION ALL
		SELECT lane.lid, taken FROM reissue JOIN lane ON lane.lid = reissue.lid
		WHERE reissue.sid = ?1 AND reissue.incarnation = ?2 AND reissue.number = ?3 AND device = ?4`,
		in.sc.sid, inc[:], int64(origin.Number), in.ln.device[:])
	return list, err
}

// stored returns a change set that was taken before, or is being taken in this
// very batch.
func (in *intake) stored(p place) (*record.ChangeSet, error) {
	if p.lid == in.ln.lid && p.number >= in.from.Next {
		return in.t.s.cutStored(in.contents, in.from.Next, p)
	}
	return storedAt(in.t.c, in.t.s, p)
}

// storedAt returns a change set that was taken before; fault.Gone if a subject of
// it was erased.
func storedAt(c *conn, s *Store, p place) (*record.ChangeSet, error) {
	r, err := c.one(`SELECT first, contents FROM frame WHERE lid = ? AND first <= ? ORDER BY first DESC LIMIT 1`, p.lid, int64(p.number))
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("lane has no frame for number %d", p.number))
	}
	return s.cutStored(r.blob(1), r.uint(0), p)
}

// cutStored opens one change set of the contents of a frame that begin with number
// first.
func (s *Store) cutStored(contents []byte, first uint64, p place) (*record.ChangeSet, error) {
	name, sealed, err := cutAt(contents, first, p.number)
	if err != nil {
		return nil, err
	}
	cs, _, err := s.openContent(name, sealed, p.lid, p.number)
	return cs, err
}

// again returns the receipt of the first time as that of link. What a refused
// change set drew with it was said in the numbers of the other lane, and if
// somebody decided about it, then not in this one: here it was never kept aside.
func (in *intake) again(p place, link record.Link) (record.Receipt, error) {
	lane := record.Lane{Scope: link.Lane.Scope}
	list := in.list
	if p.lid != in.ln.lid || p.number < in.from.Next {
		var err error
		if list, err = receipts(in.t.c, lane, p.lid, p.number, p.number); err != nil {
			return record.Receipt{}, err
		}
	} else {
		list = list[p.number-in.from.Next:]
	}
	if len(list) == 0 {
		return record.Receipt{}, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("number %d has no receipt", p.number))
	}
	r := list[0]
	r.Link, r.Chained, r.First, r.Decided = link, false, 0, false
	return r, nil
}

// noteRepeat keeps that a number stands for a version of another lane.
func (in *intake) noteRepeat(r record.Receipt) error {
	if r.Version == 0 {
		return nil
	}
	in.ln.repeats = true
	_, err := in.t.c.Exec(`INSERT INTO repeat (lid, number, version) VALUES (?, ?, ?)`, in.ln.lid, int64(r.Link.Number), int64(r.Version))
	return err
}

// noteReissue keeps where a change set was taken, by its origin.
func (in *intake) noteReissue(cs *record.ChangeSet) error {
	o := cs.Origin
	if o == nil || o.Lane.Scope != cs.Link.Lane.Scope {
		return nil
	}
	inc := o.Lane.Incarnation
	_, err := in.t.c.Exec(`INSERT INTO reissue (sid, incarnation, number, lid, taken) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		in.sc.sid, inc[:], int64(o.Number), in.ln.lid, int64(cs.Link.Number))
	return err
}

// repeats returns the versions that an author has seen by having seen number of
// this lane, though other lanes brought them.
func (in *intake) repeats(number uint64) (list []record.Version, err error) {
	if !in.ln.repeats {
		return nil, nil
	}
	err = in.t.c.query(func(r row) error {
		list = append(list, record.Version(r.uint(0)))
		return nil
	}, `SELECT version FROM repeat WHERE lid = ? AND number <= ?`, in.ln.lid, int64(number))
	return list, err
}
