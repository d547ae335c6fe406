// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Repair implements store.Sync. It reads the scope twice, once for the sums and
// once for the rows, so that it never holds more than the rows it sends.
func (s *Store) Repair(ctx context.Context, name ident.Scope, view record.View, held *wire.BucketSums) (out store.Repair, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if sc == nil || err != nil {
			return err
		}
		own := new(wire.BucketSums)
		err = s.visible(ctx, c, sc, view, func(e *entry, row wire.RowDelta) {
			if !e.deleted {
				own.Add(row)
			}
		})
		if err != nil {
			return err
		}
		out.Buckets = own.Differ(held)
		differs := wire.InBuckets(out.Buckets)
		err = s.visible(ctx, c, sc, view, func(_ *entry, row wire.RowDelta) {
			if differs(row.Header.ID) {
				out.Rows = append(out.Rows, row)
			}
		})
		if err != nil {
			return err
		}
		out.To, out.State = sc.Head, sc.ScopeState
		out.Sum, out.Live, err = totals(c, sc.sid, view)
		return err
	})
	return out, err
}

// visible calls each with every record of a scope of which a view sees something.
func (s *Store) visible(ctx context.Context, c *conn, sc *scope, view record.View, each func(*entry, wire.RowDelta)) error {
	return c.query(func(r row) error {
		e, err := scanEntry(r)
		if err != nil {
			return err
		}
		row, err := e.delta(s.vault, view, 0)
		if err != nil {
			return err
		}
		if len(row.Fields) > 0 {
			each(e, row)
		}
		return ctx.Err()
	}, entryColumns+`WHERE record.sid = ? ORDER BY record.id`, sc.sid)
}
