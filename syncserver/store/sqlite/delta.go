// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Delta implements store.Sync. Everything in the answer is of one state of
// the store.
func (s *Store) Delta(ctx context.Context, name ident.Scope, view record.View, since, after record.Version, limit int) (d store.Delta, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if sc == nil || err != nil {
			return err
		}
		if d.Rows, d.To, err = s.changed(ctx, c, sc, view, since, max(since, after), max(limit, 1)); err != nil {
			return err
		}
		d.State, d.More = sc.ScopeState, d.To < sc.Head
		if d.More {
			d.State.Head = d.To
			d.State.LogHash, _, err = logHash(c, sc, d.To)
			return err
		}
		d.Sum, d.Live, err = totals(c, sc.sid, view)
		return err
	})
	return d, err
}

// changed returns the records of a view that changed after a version, oldest
// change first, each with its fields since another, and the version up to
// which that is all. Records of one version are never torn apart.
func (s *Store) changed(ctx context.Context, c *conn, sc *scope, view record.View, since, after record.Version, limit int) ([]wire.RowDelta, record.Version, error) {
	var rows []wire.RowDelta
	seen, last, to := 0, after, sc.Head
	err := c.query(func(r row) error {
		e, err := scanEntry(r)
		if err != nil {
			return err
		}
		if seen >= limit && e.version != last {
			to = last
			return errStop
		}
		seen, last = seen+1, e.version
		row, err := e.delta(s.vault, view, since)
		if err != nil {
			return err
		}
		if len(row.Fields) > 0 {
			rows = append(rows, row)
		}
		return ctx.Err()
	}, entryColumns+`WHERE record.sid = ? AND record.version > ? ORDER BY record.version`, sc.sid, int64(after))
	return rows, to, err
}
