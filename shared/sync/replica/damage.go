// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// damage is what a load found that is not what was stored. That the keys are right
// the device's own key has shown before, which is sealed under them.
type damage struct {
	rows  []Mismatch             // pulled rows
	lanes map[record.Lane]uint64 // lanes of change sets that wait: the first that does not open
	tray  []record.Link          // change sets that were refused
}

// note takes up a change set that does not open. One that the server has is not
// missed, nor what a kiosk keeps beside the box that it sends.
func (d *damage) note(at state, link record.Link, k *keys) {
	switch {
	case at == refused:
		d.tray = append(d.tray, link)
	case at == waiting && k.profile == Laptop:
		if d.lanes == nil {
			d.lanes = map[record.Lane]uint64{}
		}
		if n := d.lanes[link.Lane]; n == 0 || link.Number < n {
			d.lanes[link.Lane] = link.Number
		}
	}
}

// leaveOut deals with what the last load found damaged, so that all the rest goes on;
// the caller of load holds write, or is alone. Pulled rows go, and their scopes are
// compared with the server anew. Of a lane with a hole what follows the hole is issued
// again; what does not open is kept as broken.
func (r *Replica) leaveOut(ctx context.Context) error {
	r.mu.Lock()
	k, d := r.keys, r.damage
	r.damage = damage{}
	r.missed = append(r.missed, d.rows...)
	r.mu.Unlock()
	if err := errors.Join(r.leaveRows(ctx, d.rows), r.leaveWork(ctx, d)); err != nil {
		return err
	}
	for id, first := range d.lanes {
		r.mu.RLock()
		l := r.laneLocked(id)
		r.mu.RUnlock()
		if l != nil {
			return r.reissue(ctx, k, l, first-1) // it loads again, and that finds the next one
		}
	}
	return r.leaveUnsown(ctx, k)
}

// leaveRows deletes pulled rows. Scopes that can be compared get the digest of what is
// left, which is not the server's; others are pulled anew.
func (r *Replica) leaveRows(ctx context.Context, rows []Mismatch) error {
	if len(rows) == 0 {
		return nil
	}
	hurt := map[ident.Scope]bool{}
	for _, m := range rows {
		hurt[m.Scope] = true
	}
	var doubted []scope
	r.mu.RLock()
	for id := range hurt {
		switch s := r.scopes[id]; {
		case s == nil || s.cursor.Version == 0 || s.blind:
		default:
			next := *s
			var err error
			if next.digest, err = r.sumLocked(id); err != nil {
				r.mu.RUnlock()
				return err
			}
			doubted = append(doubted, next)
		}
	}
	r.mu.RUnlock()
	if err := r.doubt(ctx, doubted, rows); err != nil {
		return err
	}
	return r.pullAnew(ctx, rows)
}

// pullAnew lets a scope that cannot be compared, and of which a row is damaged, be
// pulled from its beginning.
func (r *Replica) pullAnew(ctx context.Context, found []Mismatch) error {
	for _, m := range found {
		r.mu.RLock()
		s := r.scopes[m.Scope]
		r.mu.RUnlock()
		if m.What != Damaged || s == nil || !s.blind || s.cursor.Version == 0 {
			continue
		}
		if err := r.resetScope(ctx, m.Scope, nil); err != nil {
			return err
		}
	}
	return nil
}

// sumLocked returns the digest of what is held of a scope.
func (m *memory) sumLocked(id ident.Scope) (sum wire.Sum, err error) {
	for _, e := range m.table.rows {
		if e.header.Scope != id || e.plain == nil {
			continue
		}
		row, err := decode(e.plain)
		if err != nil {
			return sum, err
		}
		sum = adjust(sum, &wire.RowDelta{}, row)
	}
	return sum, nil
}

// leaveWork marks what is in no lane of this device, or was refused.
func (r *Replica) leaveWork(ctx context.Context, d damage) error {
	gone := slices.Clone(d.tray)
	r.mu.RLock()
	for id, first := range d.lanes {
		if r.laneLocked(id) == nil {
			gone = append(gone, record.Link{Lane: id, Number: first})
		}
	}
	r.mu.RUnlock()
	if len(gone) == 0 {
		return nil
	}
	err := sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error { return putBroken(ctx, tx, gone) })
	if err == nil {
		r.miss(gone)
	}
	return err
}

// putBroken notes that change sets do not open any more.
func putBroken(ctx context.Context, tx *sql.Tx, links []record.Link) error {
	for _, link := range links {
		_, err := tx.ExecContext(ctx, "UPDATE outbox SET state = ? WHERE incarnation = ? AND scope = ? AND number = ?",
			broken, link.Lane.Incarnation[:], link.Lane.Scope, link.Number)
		if err != nil {
			return err
		}
	}
	return nil
}

// miss lets VerifyRows name change sets.
func (r *Replica) miss(links []record.Link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, link := range links {
		r.missed = append(r.missed, Mismatch{Scope: link.Lane.Scope, What: Unreadable})
	}
}

// leaveUnsown leaves the lanes whose seed does not open: nothing in them can be proved
// to the server, and all of it can in another lane.
func (r *Replica) leaveUnsown(ctx context.Context, k *keys) error {
	r.mu.RLock()
	lanes := slices.Concat(slices.Collect(maps.Values(r.lanes)), r.old)
	r.mu.RUnlock()
	for _, l := range lanes {
		if !l.unsown {
			continue
		}
		var first sql.Null[uint64]
		err := r.full.QueryRowContext(ctx, "SELECT min(number) FROM outbox WHERE incarnation = ? AND scope = ? AND state = 0",
			l.id.Incarnation[:], l.id.Scope).Scan(&first)
		if err != nil {
			return sqlitedb.Fault(err)
		}
		switch {
		case first.Valid:
			return r.reissue(ctx, k, l, first.V-1)
		case l.closed == nil:
			return r.reissue(ctx, k, l, l.next-1)
		}
	}
	return nil
}
