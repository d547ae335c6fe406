// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"io"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// state is what became of a change set, as the table outbox has it.
type state int

const (
	waiting     state = 0
	applied     state = 1
	refused     state = 2
	quarantined state = 3
	erased      state = 4
	done        state = 5
	moved       state = 6
	stranded    state = 7
	unread      state = 8 // the server cannot read it: in the tray, in a closed lane
	broken      state = 9 // it does not open any more: named, and sent nowhere
)

// lane is where a lane of this device stands.
type lane struct {
	id     record.Lane
	seed   [16]byte // zero on a kiosk
	next   uint64
	chain  wire.Digest // at next−1
	stamp  hlc.Stamp   // effective, of next−1
	closed *uint64     // last number the server holds
	unsown bool        // its seed does not open: nothing can be sent in it
}

// laneBind binds a sealed seed to its lane.
func laneBind(id record.Lane) []byte { return append(id.Incarnation.Bytes(), id.Scope...) }

func (r *Replica) loadLanes(ctx context.Context, m *memory) error {
	rows, err := r.full.QueryContext(ctx, `SELECT incarnation, scope, seed, next, chain, stamp, closed FROM lanes`)
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		l := new(lane)
		var seed, chain []byte
		var closed sql.NullInt64
		if err := rows.Scan(&l.id.Incarnation, &l.id.Scope, &seed, &l.next, &chain, &l.stamp, &closed); err != nil {
			return err
		}
		copy(l.chain[:], chain)
		if seed != nil {
			plain, err := m.keys.open.Open(nil, seed, laneBind(l.id))
			l.unsown = err != nil
			copy(l.seed[:], plain)
		}
		if !closed.Valid {
			m.lanes[l.id.Scope] = l
			continue
		}
		last := uint64(closed.Int64)
		l.closed = &last
		m.old = append(m.old, l)
	}
	return sqlitedb.Fault(rows.Err())
}

// newLane draws a lane for a scope; it is stored with its first change set.
func (r *Replica) newLane(scope ident.Scope, inc ident.Incarnation) (*lane, error) {
	l := &lane{id: record.Lane{Incarnation: inc, Scope: scope}, next: 1}
	l.chain = wire.LaneStart(l.id)
	if r.identity.Profile == Laptop {
		if _, err := io.ReadFull(r.o.Random, l.seed[:]); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// putLane stores where a lane stands.
func (r *Replica) putLane(ctx context.Context, tx *sql.Tx, k *keys, l *lane) error {
	if l.next > 2 { // its row is there
		_, err := tx.ExecContext(ctx, "UPDATE lanes SET next = ?, chain = ?, stamp = ? WHERE incarnation = ? AND scope = ?",
			l.next, l.chain[:], l.stamp, l.id.Incarnation[:], l.id.Scope)
		return err
	}
	var seed []byte
	if l.seed != [16]byte{} {
		var err error
		if seed, err = k.open.Seal(nil, l.seed[:], laneBind(l.id)); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO lanes (incarnation, scope, seed, next, chain, stamp) VALUES (?, ?, ?, ?, ?, ?)`,
		l.id.Incarnation[:], l.id.Scope, seed, l.next, l.chain[:], l.stamp)
	return err
}

// putClosed stores that a lane is closed after number last.
func putClosed(ctx context.Context, tx *sql.Tx, id record.Lane, last uint64) error {
	_, err := tx.ExecContext(ctx, "UPDATE lanes SET closed = ? WHERE incarnation = ? AND scope = ?", last, id.Incarnation[:], id.Scope)
	return err
}

// laneLocked returns a lane of this device, open or closed, nil if unknown.
func (m *memory) laneLocked(id record.Lane) *lane {
	if l := m.lanes[id.Scope]; l != nil && l.id == id {
		return l
	}
	for _, l := range m.old {
		if l.id == id {
			return l
		}
	}
	return nil
}
