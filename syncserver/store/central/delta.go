// SPDX-License-Identifier: Apache-2.0

package central

import (
	"cmp"
	"context"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/database"
)

// Delta implements store.Sync. Everything in the answer is of one state of
// the store.
func (s *Store) Delta(ctx context.Context, name ident.Scope, view record.View, from store.From, limit int) (d store.Delta, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if sc == nil || err != nil {
			return err
		}
		from.After = max(from.Since, from.After)
		if from.After == from.Since {
			from.Began = cmp.Or(from.Since, sc.Head)
		}
		d.Began = from.Began
		if d.Rows, d.To, err = s.changed(ctx, c, sc, view, from, max(limit, 1)); err != nil {
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
// change first, each with its fields since another, and the version up to which
// that is all. Records of one version are never torn apart.
func (s *Store) changed(ctx context.Context, c *conn, sc *scope, view record.View, from store.From, limit int) ([]wire.RowDelta, record.Version, error) {
	var rows []wire.RowDelta
	seen, last, to := 0, from.After, sc.Head
	err := c.query(func(r row) error {
		e, err := scanEntry(r)
		if err != nil {
			return err
		}
		if seen >= limit && e.version != last {
			to = last
			return database.ErrStop
		}
		last = e.version
		since, out := e.since(from)
		if out {
			return ctx.Err()
		}
		seen++
		row, err := e.delta(s.vault, view, since)
		if err != nil {
			return err
		}
		if len(row.Fields) > 0 {
			rows = append(rows, row)
		}
		return ctx.Err()
	}, entryColumns+`WHERE record.sid = ? AND record.version > ? ORDER BY record.version`, sc.sid, int64(from.After))
	return rows, to, err
}

// since returns the version above which a receiver needs the fields of a record, or
// that the record is left out. Deleted before the receiver began, it has nothing of it,
// or knows. Not deleted any more since the receiver began, it may have nothing of it:
// all fields.
func (e *entry) since(from store.From) (since record.Version, out bool) {
	var turned record.Version // when it was deleted or restored
	if i, found := e.clear.find(record.Deleted); found {
		turned = e.clear[i].visible
	}
	switch {
	case e.deleted:
		return from.Since, turned <= max(from.Since, from.Began)
	case turned > from.Since:
		return 0, false
	}
	return from.Since, false
}
