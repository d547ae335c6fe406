// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"fmt"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// rewait brings the table waiting up to date with a field's new state.
func (t *txn) rewait(c change) error {
	before, after := c.before.Waiting(), c.after.Waiting()
	if before == after {
		return nil
	}
	h := c.e.header
	if before != 0 {
		_, err := t.c.Exec(`DELETE FROM waiting WHERE sid = ? AND kind = ? AND what = ? AND record = ? AND field = ?`,
			c.e.sid, string(h.Kind), int64(before), h.ID[:], string(c.def.Name))
		if err != nil {
			return fmt.Errorf("remove from waiting: %w", err)
		}
	}
	return t.wait(c.e, c.def.Name, c.def.Class, after)
}

func (t *txn) wait(e *entry, f record.Field, class record.Class, what record.Waiting) error {
	if what == 0 {
		return nil
	}
	_, err := t.c.Exec(`INSERT INTO waiting (sid, kind, what, record, field, class) VALUES (?, ?, ?, ?, ?, ?)`,
		e.sid, string(e.header.Kind), int64(what), e.header.ID[:], string(f), int64(class))
	if err != nil {
		return fmt.Errorf("add to waiting: %w", err)
	}
	return nil
}

// waitingSetting says that the table waiting speaks of all records.
const waitingSetting = "waiting"

// fillWaiting fills the table waiting from records that were there before it.
func (s *Store) fillWaiting(ctx context.Context) error {
	return s.write(ctx, func(t *txn) error {
		r, err := t.c.one(`SELECT 1 FROM setting WHERE name = ?`, waitingSetting)
		if r != nil || err != nil {
			return err
		}
		if _, err := t.c.Exec(`DELETE FROM waiting`); err != nil {
			return err
		}
		var ids []ident.Record
		err = t.c.query(func(r row) error {
			ids = append(ids, r.id(0))
			return ctx.Err()
		}, `SELECT id FROM record`)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := t.fill(id); err != nil {
				return err
			}
		}
		return t.setSetting(waitingSetting, []byte{1})
	})
}

func (t *txn) fill(id ident.Record) error {
	e, err := findEntry(t.c, id)
	if err != nil {
		return err
	}
	if err := e.open(t.s.vault); err != nil {
		return err
	}
	for _, f := range slices.Concat(e.clear, e.sealed) {
		if f.visible == 0 {
			continue
		}
		if err := t.wait(e, f.name, f.class, f.state().Waiting()); err != nil {
			return err
		}
	}
	return nil
}

// waitingOf checks that what waits in a record stands in the table and counts it.
func (v *verifier) waitingOf(e *entry, count *int64) error {
	for _, f := range slices.Concat(e.clear, e.sealed) {
		what := f.state().Waiting()
		if f.visible == 0 || what == 0 {
			continue
		}
		r, err := v.c.one(`SELECT class FROM waiting WHERE sid = ? AND kind = ? AND what = ? AND record = ? AND field = ?`,
			e.sid, string(e.header.Kind), int64(what), e.header.ID[:], string(f.name))
		if err != nil {
			return err
		}
		if r == nil || record.Class(r.int(0)) != f.class {
			v.breach("waiting", e.header.ID.String(), "field %s waits for a person and is not listed so", f.name)
		}
		*count++
	}
	return nil
}
