// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"database/sql/driver"
	"time"

	"yuexin/shared/ident"
	"yuexin/syncserver/store"
)

// KeepDraft implements store.Drafts.
func (s *Store) KeepDraft(ctx context.Context, d store.Draft, now time.Time) error {
	return s.write(ctx, func(t *txn) error {
		if _, err := t.c.Exec(`DELETE FROM draft WHERE until < ?`, now.UnixMilli()); err != nil {
			return err
		}
		_, err := t.c.Exec(`
			INSERT INTO draft (form, number, sealed, until) VALUES (?, ?, ?, ?)
			ON CONFLICT (form) DO UPDATE SET number = excluded.number, sealed = excluded.sealed, until = excluded.until`, d.Form[:], d.Number, d.Sealed, d.Until.UnixMilli())
		return err
	})
}

// DraftOf implements store.Drafts.
func (s *Store) DraftOf(ctx context.Context, form ident.Record, now time.Time) (store.Draft, error) {
	return s.draft(ctx, `SELECT form, number, sealed, until FROM draft WHERE form = ? AND until >= ?`, form[:], now.UnixMilli())
}

// DraftWith implements store.Drafts.
func (s *Store) DraftWith(ctx context.Context, number string, now time.Time) (store.Draft, error) {
	return s.draft(ctx, `SELECT form, number, sealed, until FROM draft WHERE number = ? AND until >= ?`, number, now.UnixMilli())
}

func (s *Store) draft(ctx context.Context, query string, args ...driver.Value) (d store.Draft, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		r, err := c.one(query, args...)
		if err != nil {
			return err
		}
		if r == nil {
			return errNotFound()
		}
		d = store.Draft{Form: r.id(0), Number: r.text(1), Sealed: r.blob(2), Until: time.UnixMilli(r.int(3))}
		return nil
	})
	return d, err
}

// DropDraft implements store.Drafts.
func (s *Store) DropDraft(ctx context.Context, form ident.Record) error {
	return s.write(ctx, func(t *txn) error {
		_, err := t.c.Exec(`DELETE FROM draft WHERE form = ?`, form[:])
		return err
	})
}
