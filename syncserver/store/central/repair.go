// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Repair implements store.Sync. It holds a mark of each record of the scope, and no
// more of it.
func (s *Store) Repair(ctx context.Context, name ident.Scope, view record.View, held *wire.BucketSums) (*wire.Repair, error) {
	out := &wire.Repair{Scope: name}
	err := s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if sc == nil || err != nil {
			return err
		}
		out.Version = sc.Head
		own, marks := new(wire.BucketSums), []wire.Listed{}
		err = s.visible(ctx, c, sc, view, func(_ *entry, row wire.RowDelta) {
			sum := wire.RowSum(&row)
			own.Add(row.Header.ID, sum)
			marks = append(marks, wire.Listed{ID: row.Header.ID, Mark: sum.Mark()})
		})
		if err == nil {
			out.ListFrom(own.Differ(held), marks)
		}
		return err
	})
	return out, err
}

// Whole implements store.Sync.
func (s *Store) Whole(ctx context.Context, name ident.Scope, view record.View, ids []ident.Record) (rows []wire.RowDelta, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		for _, id := range ids {
			e, err := findEntry(c, id)
			if err != nil {
				return err
			}
			if e == nil || e.header.Scope != name {
				continue
			}
			row, err := e.delta(s.vault, view, 0)
			if err != nil {
				return err
			}
			if len(row.Fields) > 0 {
				rows = append(rows, row)
			}
		}
		return ctx.Err()
	})
	return rows, err
}

// visible calls each with every record of a scope that is not deleted and of which a
// view sees something.
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
	}, entryColumns+`WHERE record.sid = ? AND record.deleted = 0 ORDER BY record.id`, sc.sid)
}
