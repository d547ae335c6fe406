// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Mismatch is something here that is not what the server sent.
type Mismatch struct {
	Scope  ident.Scope
	Record ident.Record // zero: the scope as a whole
	What   string       // one of the constants
}

// What a mismatch can be.
const (
	Damaged    = "damaged"    // the row on the disk cannot be opened
	Differs    = "differs"    // the rows together are not what the server's digest says
	Mended     = "mended"     // the record was another than the server's, and is it no more
	Unreadable = "unreadable" // work of this device cannot be opened: see Status.Broken
)

// VerifyRows reads every pulled row from the disk and compares each scope with the
// server's digest of it. Where they differ the next session finds which records do,
// and mends them: see Mended; a row that cannot be opened is dropped for that. What
// loading left out is named here as well, once. A scope of which part lies in a
// compartment that is not open cannot be compared. The order is by scope.
func (r *Replica) VerifyRows(ctx context.Context) ([]Mismatch, error) {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.RLock()
	k := r.keys
	r.mu.RUnlock()
	if k == nil {
		return nil, locked()
	}
	sums, found, err := r.sumDisk(ctx, k)
	if err != nil {
		return nil, err
	}
	r.mu.RLock()
	var doubted []scope
	for id, s := range r.scopes {
		if !s.blind && s.cursor.Version != 0 && s.digest != sums[id] {
			next := *s
			next.digest = sums[id]
			doubted = append(doubted, next)
			found = append(found, Mismatch{Scope: id, What: Differs})
		}
	}
	r.mu.RUnlock()
	if err := r.doubt(ctx, doubted, found); err != nil {
		return nil, err
	}
	if err := r.pullAnew(ctx, found); err != nil {
		return nil, err
	}
	r.mu.Lock()
	found = append(found, r.missed...)
	r.missed = nil
	r.mu.Unlock()
	slices.SortFunc(found, func(a, b Mismatch) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), a.Record.Compare(b.Record))
	})
	return found, nil
}

// sumDisk returns the digest of each scope by the rows on the disk, and the rows
// that cannot be opened.
func (r *Replica) sumDisk(ctx context.Context, k *keys) (map[ident.Scope]wire.Sum, []Mismatch, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT id, scope, sealed FROM base")
	if err != nil {
		return nil, nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	sums, found := map[ident.Scope]wire.Sum{}, []Mismatch{}
	for rows.Next() {
		var s sealedRow
		if err := rows.Scan(&s.id, &s.scope, &s.sealed); err != nil {
			return nil, nil, err
		}
		d, _, ok := s.open(k)
		if !ok {
			found = append(found, Mismatch{s.scope, s.id, Damaged})
			continue
		}
		sums[s.scope] = adjust(sums[s.scope], &wire.RowDelta{}, d)
	}
	return sums, found, sqlitedb.Fault(rows.Err())
}

// doubt keeps what the rows themselves say as the digest of scopes: the server's
// next checkpoint will not match it.
func (r *Replica) doubt(ctx context.Context, scopes []scope, found []Mismatch) error {
	if len(found) == 0 {
		return nil
	}
	err := sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		for i := range scopes {
			if err := putScope(ctx, tx, &scopes[i]); err != nil {
				return err
			}
		}
		for _, m := range found {
			if m.What != Damaged {
				continue
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM base WHERE id = ?", m.Record[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var ids []ident.Record
	for _, m := range found {
		if m.What == Damaged {
			ids = append(ids, m.Record)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropLocked(ids)
	for i := range scopes {
		r.scopes[scopes[i].cursor.Scope] = &scopes[i]
	}
	return nil
}

// Mended returns the records that repairs found to differ from the server's since
// the replica was opened, oldest first.
func (r *Replica) Mended() []Mismatch {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.mended)
}

// differing names what a repair changes: records that are other ones, are missing,
// or are here and nowhere else.
func (r *Replica) differing(p *pull) (list []Mismatch) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for id := range p.anew {
		var was []byte
		if e := r.table.rows[id]; e != nil {
			was = e.plain
		}
		if !bytes.Equal(was, p.plain[id]) {
			list = append(list, Mismatch{p.scope.cursor.Scope, id, Mended})
		}
	}
	slices.SortFunc(list, func(a, b Mismatch) int { return a.Record.Compare(b.Record) })
	return list
}
