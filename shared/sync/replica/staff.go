// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// openStaff opens a kiosk's staff compartment with its secret; the caller holds
// write.
func (r *Replica) openStaff(ctx context.Context, secret []byte, u *User) error {
	staff, err := seal.ParseBoxPrivate(secret)
	if err != nil {
		return damaged("staff key", err)
	}
	r.mu.Lock()
	r.keys.staff, r.user = staff, u
	k := r.keys
	r.mu.Unlock()
	if err := r.mergeStaff(ctx, k); err != nil {
		return err
	}
	r.watch.Tell(ident.Record{})
	return nil
}

// staffBox is one row of the table staff.
type staffBox struct {
	number int64
	scope  ident.Scope
	delta  *wire.RowDelta
}

// mergeStaff joins the rows of the staff compartment into those in memory, and on
// disk the several boxes of one record into one.
func (r *Replica) mergeStaff(ctx context.Context, k *keys) error {
	boxes, err := r.staffBoxes(ctx, k)
	if err != nil {
		return err
	}
	joined := map[ident.Record]*wire.RowDelta{}
	count := map[ident.Record]int{}
	for _, b := range boxes {
		id := b.delta.Header.ID
		count[id]++
		joined[id] = join(joined[id], b.delta)
	}
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		for id, d := range joined {
			if count[id] < 2 {
				continue
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM staff WHERE id = ?", id[:]); err != nil {
				return err
			}
			if err := r.putStaff(ctx, tx, k, d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.showStaff(joined); err != nil {
		return err
	}
	for _, s := range r.unproved() {
		if err := sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error { return putScope(ctx, tx, s) }); err != nil {
			return err
		}
	}
	return nil
}

// showStaff brings rows of the staff compartment into memory.
func (r *Replica) showStaff(joined map[ident.Record]*wire.RowDelta) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, d := range joined {
		next := entry{header: d.Header}
		if e := r.table.rows[id]; e != nil {
			next = *e
		}
		held, err := decode(next.plain)
		if err != nil {
			return err
		}
		next.plain = wire.AppendRow(nil, join(held, d))
		r.refresh(&next)
		r.table.put(&next)
	}
	return nil
}

// unproved computes the digests that could not be while the compartment was
// closed, and returns the scopes that do not hold what the server said: their
// cursors are forgotten, so that they are pulled anew.
func (r *Replica) unproved() (wrong []*scope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sums := map[ident.Scope]wire.Sum{}
	for _, e := range r.table.rows {
		if d, err := decode(e.plain); err == nil && e.plain != nil {
			sums[e.header.Scope] = adjust(sums[e.header.Scope], &wire.RowDelta{}, d)
		}
	}
	for id, s := range r.scopes {
		if s.blind && s.cursor.Version != 0 && s.digest != sums[id] {
			s.cursor.Version, s.cursor.LogHash, s.digest = 0, wire.Digest{}, wire.Sum{}
			wrong = append(wrong, s)
		}
		s.blind = false
	}
	return wrong
}

func (r *Replica) staffBoxes(ctx context.Context, k *keys) ([]staffBox, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT number, id, scope, box FROM staff ORDER BY number")
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []staffBox
	for rows.Next() {
		var b staffBox
		var id ident.Record
		var box []byte
		if err := rows.Scan(&b.number, &id, &b.scope, &box); err != nil {
			return nil, err
		}
		plain, err := k.staff.OpenBox(nil, box, id[:])
		if err != nil {
			return nil, damaged("row", err)
		}
		if b.delta, err = decode(plain); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// putStaff seals fields for the staff compartment, open or not.
func (r *Replica) putStaff(ctx context.Context, tx *sql.Tx, k *keys, d *wire.RowDelta) error {
	box, err := k.staffPublic.SealTo(nil, r.o.Random, wire.AppendRow(nil, d), d.Header.ID[:])
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO staff (id, scope, box) VALUES (?, ?, ?)", d.Header.ID[:], d.Header.Scope, box)
	return err
}

// split parts a row by the compartments of a kiosk.
func (r *Replica) split(d *wire.RowDelta) (open, staff *wire.RowDelta) {
	open, staff = &wire.RowDelta{Header: d.Header}, &wire.RowDelta{Header: d.Header}
	for _, f := range d.Fields {
		if r.open1(d.Header, f.Field) {
			open.Fields = append(open.Fields, f)
		} else {
			staff.Fields = append(staff.Fields, f)
		}
	}
	return open, staff
}

// join returns held with the fields of delta whose version is higher. It changes
// neither.
func join(held, delta *wire.RowDelta) *wire.RowDelta {
	if held == nil || len(held.Fields) == 0 {
		return delta
	}
	out := &wire.RowDelta{Header: held.Header, Fields: append([]wire.FieldDelta(nil), held.Fields...)}
	at := make(map[record.Field]int, len(out.Fields))
	for i := range out.Fields {
		at[out.Fields[i].Field] = i
	}
	for _, f := range delta.Fields {
		i, known := at[f.Field]
		switch {
		case !known:
			out.Fields = append(out.Fields, f)
		case f.State.Version > out.Fields[i].State.Version:
			out.Fields[i] = f
		}
	}
	return out
}
