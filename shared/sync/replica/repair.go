// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
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
			sums.Add(e.header.ID, wire.RowSum(row))
		}
	}
	return sums, nil
}

// CompareList returns the records of a server's list that are not here, or not as it
// says; nil where that cannot be told, or where there are more of them than can be
// asked for.
func (r *Replica) CompareList(m *wire.Repair) (*peer.Wanted, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, locked()
	}
	if s := r.scopes[m.Scope]; s == nil || s.blind || s.cursor.Version == 0 {
		return nil, nil
	}
	w := &peer.Wanted{Repair: m}
	for _, one := range m.List {
		if e := r.table.rows[one.ID]; e != nil && e.header.Scope == m.Scope {
			row, err := decode(e.plain)
			if err != nil {
				return nil, err
			}
			if !gone(row) && wire.RowSum(row).Mark() == one.Mark {
				continue
			}
		}
		if len(w.IDs) == wire.MaxRows {
			return nil, nil
		}
		w.IDs = append(w.IDs, one.ID)
	}
	return w, nil
}

// ApplyRepair takes the records that were asked for by a list in place of what is
// here, joins what changed since the list, drops what is in its buckets and not in it,
// all or nothing, and moves the cursor to the checkpoint. What is deleted here stays:
// lists have nothing of it. It reports whether the digest of what is then held is the
// server's; if it is not, nothing has changed.
func (r *Replica) ApplyRepair(ctx context.Context, w *peer.Wanted, rows []wire.RowDelta, cp *wire.Checkpoint, kept ...*wire.Kept) (intact bool, err error) {
	r.write.Lock()
	defer r.write.Unlock()
	k, p, err := r.planRepair(w, rows, cp)
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
func (r *Replica) planRepair(w *peer.Wanted, rows []wire.RowDelta, cp *wire.Checkpoint) (*keys, *pull, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, nil, locked()
	}
	m := w.Repair
	s := r.scopes[m.Scope]
	if s == nil || m.Scope != cp.Cursor.Scope || s.cursor.View != cp.Cursor.View || s.blind || s.cursor.Version == 0 {
		return nil, nil, nil
	}
	p := newPull(s, cp)
	if err := r.planAnew(p, w); err != nil {
		return nil, nil, err
	}
	if err := r.planRows(p, rows); err != nil {
		return nil, nil, err
	}
	for id := range p.anew {
		if e := r.table.rows[id]; e != nil && e.plain != nil && p.rows[id] == nil {
			p.dropped = append(p.dropped, id)
		}
	}
	return r.keys, p, nil
}

// planAnew finds what a repair leaves as it is, whose digest the scope begins with,
// and what it does not: that is wanted, or is here and not at the server.
func (r *Replica) planAnew(p *pull, w *peer.Wanted) error {
	p.anew, p.scope.digest = make(map[ident.Record]bool, len(w.IDs)), wire.Sum{}
	for _, id := range w.IDs {
		p.anew[id] = true
	}
	in := wire.InBuckets(w.Repair.Buckets)
	for id, e := range r.table.rows {
		if e.header.Scope != w.Repair.Scope || e.plain == nil || p.anew[id] {
			continue
		}
		row, err := decode(e.plain)
		if err != nil {
			return err
		}
		if gone(row) {
			continue
		}
		if _, listed := w.Repair.Find(id); in(id) && !listed {
			p.anew[id] = true
			continue
		}
		p.scope.digest = p.scope.digest.Add(wire.RowSum(row))
	}
	return nil
}

// clear deletes what the rows of a repair replace and what is not there any more.
func (p *pull) clear(ctx context.Context, tx *sql.Tx) error {
	for id := range p.anew {
		for _, q := range []string{"DELETE FROM base WHERE id = ?", "DELETE FROM staff WHERE id = ?"} {
			if _, err := tx.ExecContext(ctx, q, id[:]); err != nil {
				return err
			}
		}
	}
	return nil
}
