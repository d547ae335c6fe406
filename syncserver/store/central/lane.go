// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// lane is a row of table lane.
type lane struct {
	lid    int64
	device ident.Device
	stamp  hlc.Stamp
	store.LaneState

	refused  bool // table refused may have rows of this lane
	reissued bool // table reissue has rows whose origin is this lane
	repeats  bool // table repeat may have rows of this lane
	decided  bool // table decision may have rows of this lane
	dirty    bool
}

type laneKey struct {
	sid         int64
	incarnation ident.Incarnation
}

// findLane returns the lane, nil if the store has not met it.
func findLane(c *conn, sid int64, inc ident.Incarnation) (*lane, error) {
	r, err := c.one(`
		SELECT lid, device, stamp, next, chain, closed, EXISTS (SELECT 1 FROM refused WHERE refused.lid = lane.lid),
			EXISTS (SELECT 1 FROM repeat WHERE repeat.lid = lane.lid),
			EXISTS (SELECT 1 FROM decision WHERE decision.sid = lane.sid AND decision.lid = lane.lid),
			EXISTS (SELECT 1 FROM reissue WHERE reissue.sid = lane.sid AND reissue.incarnation = lane.incarnation)
		FROM lane WHERE sid = ? AND incarnation = ?`, sid, inc[:])
	if err != nil || r == nil {
		return nil, err
	}
	return &lane{
		lid: r.int(0), device: r.id(1), stamp: hlc.Stamp(r.uint(2)), refused: r.flag(6), repeats: r.flag(7), decided: r.flag(8), reissued: r.flag(9),
		LaneState: store.LaneState{Next: r.uint(3), Chain: r.hash(4), Closed: r.flag(5)},
	}, nil
}

// lane returns the lane and makes it, as the given device's, if the store has
// not met it. A lane is one device's for ever: another device's key cannot
// write in it.
func (t *txn) lane(sc *scope, inc ident.Incarnation, device ident.Device) (*lane, error) {
	key := laneKey{sc.sid, inc}
	ln := t.lanes[key]
	if ln == nil {
		var err error
		if ln, err = findLane(t.c, sc.sid, inc); err != nil {
			return nil, err
		}
		if ln == nil {
			if ln, err = t.addLane(sc, inc, device); err != nil {
				return nil, err
			}
		}
		t.lanes[key] = ln
	}
	if ln.device != device {
		return nil, fault.New(fault.NotAllowed, "").WithCause(fmt.Errorf("lane of another device"))
	}
	return ln, nil
}

func (t *txn) addLane(sc *scope, inc ident.Incarnation, device ident.Device) (*lane, error) {
	start := wire.LaneStart(record.Lane{Incarnation: inc, Scope: sc.name})
	_, err := t.c.Exec(`INSERT INTO lane (sid, incarnation, device, next, chain, stamp, closed) VALUES (?, ?, ?, 1, ?, 0, 0)`,
		sc.sid, inc[:], device[:], start[:])
	if err != nil {
		return nil, fmt.Errorf("add lane: %w", err)
	}
	return findLane(t.c, sc.sid, inc)
}

func (t *txn) saveLane(ln *lane) error {
	if !ln.dirty {
		return nil
	}
	ln.dirty = false
	_, err := t.c.Exec(`UPDATE lane SET next = ?, chain = ?, stamp = ?, closed = ? WHERE lid = ?`,
		int64(ln.Next), ln.Chain[:], int64(ln.stamp), flag(ln.Closed), ln.lid)
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Lane implements store.Sync.
func (s *Store) Lane(ctx context.Context, l record.Lane) (store.LaneState, error) {
	state := store.LaneState{Next: 1, Chain: wire.LaneStart(l)}
	err := s.pool.read(ctx, func(c *conn) error {
		ln, err := laneOf(c, l)
		if ln != nil {
			state = ln.LaneState
		}
		return err
	})
	return state, err
}

// LaneChain implements store.Sync.
func (s *Store) LaneChain(ctx context.Context, l record.Lane, number uint64) (chain wire.Digest, ok bool, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		ln, err := laneOf(c, l)
		if err != nil || ln == nil || number >= ln.Next {
			return err
		}
		chain, err = chainAt(c, ln.lid, wire.LaneStart(l), number)
		ok = err == nil
		return err
	})
	return chain, ok, err
}

// laneOf returns the lane by its name, nil if the store has not met it.
func laneOf(c *conn, l record.Lane) (*lane, error) {
	sc, err := findScope(c, l.Scope)
	if sc == nil || err != nil {
		return nil, err
	}
	return findLane(c, sc.sid, l.Incarnation)
}

func incarnation(c *conn, lid int64) (ident.Incarnation, error) {
	r, err := c.one(`SELECT incarnation FROM lane WHERE lid = ?`, lid)
	if err != nil {
		return ident.Incarnation{}, err
	}
	return r.id(0), nil
}

// commitments calls each with the commitments of numbers from..to of a lane.
func commitments(c *conn, lid int64, from, to uint64, each func(number uint64, commitment wire.Digest)) error {
	next := from
	err := c.query(func(r row) error {
		first, all := r.uint(0), r.blob(1)
		for i := 0; i+32 <= len(all); i += 32 {
			if n := first + uint64(i/32); n == next && n <= to {
				each(n, [32]byte(all[i:]))
				next++
			}
		}
		return nil
	}, `
		SELECT first, commitments
		FROM frame
		WHERE lid = ?1 AND first >= (SELECT max(first) FROM frame WHERE lid = ?1 AND first <= ?2) AND first <= ?3
		ORDER BY first`, lid, int64(from), int64(to))
	if err == nil && next <= to {
		return fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("lane has no commitment for number %d", next))
	}
	return err
}

// chainAt returns the chain digest of a lane at number n, which it has.
func chainAt(c *conn, lid int64, start wire.Digest, n uint64) (wire.Digest, error) {
	if n == 0 {
		return start, nil
	}
	r, err := c.one(`SELECT first, before FROM frame WHERE lid = ? AND first <= ? ORDER BY first DESC LIMIT 1`, lid, int64(n))
	if err != nil {
		return start, err
	}
	if r == nil {
		return start, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("lane has no frame for number %d", n))
	}
	chain := r.hash(1)
	err = commitments(c, lid, r.uint(0), n, func(number uint64, commitment wire.Digest) {
		chain = wire.Chain(chain, number, commitment)
	})
	return chain, err
}
