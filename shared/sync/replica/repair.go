// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Buckets returns what the device holds of a scope as sums by bucket, with the
// version it is held up to. They are nil where they cannot be told or would not
// help: nothing is held, or part of it lies in a compartment that is not open.
func (r *Replica) Buckets(id ident.Scope) (record.Version, *wire.BucketSums, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return 0, nil, locked()
	}
	s := r.scopes[id]
	if s == nil || s.blind || s.cursor.Version == 0 {
		return 0, nil, nil
	}
	sums, err := r.bucketsLocked(id)
	return s.cursor.Version, sums, err
}

func (m *memory) bucketsLocked(id ident.Scope) (*wire.BucketSums, error) {
	sums := new(wire.BucketSums)
	for _, e := range m.table.rows {
		if e.header.Scope != id || e.plain == nil {
			continue
		}
		row, err := decode(e.plain)
		if err != nil {
			return nil, err
		}
		if !gone(row) {
			sums.Add(*row)
		}
	}
	return sums, nil
}

// ApplyRepair replaces everything that is held in some buckets of a scope, all or
// nothing, and moves the cursor to the checkpoint. It reports whether the digest of
// what is then held is the server's; if it is not, nothing has changed.
func (r *Replica) ApplyRepair(ctx context.Context, m *wire.Repair, rows []wire.RowDelta, cp *wire.Checkpoint, kept ...*wire.Kept) (intact bool, err error) {
	r.write.Lock()
	defer r.write.Unlock()
	k, p, err := r.planRepair(m, rows, cp)
	if err != nil || p == nil || p.scope.digest != cp.Digest {
		return false, err
	}
	p.kept = kept
	if err := sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error { return r.putPull(ctx, tx, k, p) }); err != nil {
		return false, err
	}
	differ := r.differing(p)
	r.show(p)
	r.mu.Lock()
	r.mended = append(r.mended, differ...)
	r.mu.Unlock()
	return true, nil
}

// planRepair computes what a repair makes of the scope; nil if it does not fit.
func (r *Replica) planRepair(m *wire.Repair, rows []wire.RowDelta, cp *wire.Checkpoint) (*keys, *pull, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, nil, locked()
	}
	s := r.scopes[m.Scope]
	if s == nil || m.Scope != cp.Cursor.Scope || s.cursor.View != cp.Cursor.View || s.blind || s.cursor.Version == 0 {
		return nil, nil, nil
	}
	sums, err := r.bucketsLocked(m.Scope)
	if err != nil {
		return nil, nil, err
	}
	p, in := newPull(s, cp), wire.InBuckets(m.Buckets)
	p.whole, p.scope.digest = true, sums.Total(m.Buckets)
	for i := range rows {
		if h := rows[i].Header; h.Scope != m.Scope || !in(h.ID) {
			return nil, nil, fault.New(fault.Corrupt, "sync.rows")
		}
		if err := r.planRow(p, &rows[i]); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range m.IDs {
		if p.rows[id] == nil {
			return nil, nil, nil // a record is named and did not come
		}
	}
	for id, e := range r.table.rows {
		if e.header.Scope == m.Scope && e.plain != nil && in(id) && p.rows[id] == nil {
			p.dropped = append(p.dropped, id)
		}
	}
	return r.keys, p, nil
}

// clear deletes what the rows of a repair replace and what is not there any more.
func (p *pull) clear(ctx context.Context, tx *sql.Tx) error {
	for _, id := range slices.Concat(p.dropped, slices.Collect(maps.Keys(p.rows))) {
		for _, q := range []string{"DELETE FROM base WHERE id = ?", "DELETE FROM staff WHERE id = ?"} {
			if _, err := tx.ExecContext(ctx, q, id[:]); err != nil {
				return err
			}
		}
	}
	return nil
}
