// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Cursors returns how far every scope is held that this device may hold, by scope.
// A zero version asks for all of it. Each says besides what the device was given
// earlier, by which a restored server is recognised.
func (r *Replica) Cursors() []wire.Cursor {
	// What cannot be read now is proved in the next session.
	ends, _ := r.laneEnds(context.Background())
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]wire.Cursor, 0, len(r.scopes))
	for _, s := range r.scopes {
		c := s.cursor
		c.Lanes = ends[c.Scope]
		c.Held = r.wants(s)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b wire.Cursor) int { return cmp.Compare(a.Scope, b.Scope) })
	return out
}

// pull is a checkpoint on its way in: everything that has to be the same on disk
// and in memory.
type pull struct {
	scope   scope                 // as it will stand
	fresh   bool                  // it brings the whole scope and replaces what is here
	ends    bool                  // what is kept of a snapshot goes
	anew    map[ident.Record]bool // of these records it brings all there is, or they go
	rows    map[ident.Record]*wire.RowDelta
	plain   map[ident.Record][]byte
	staff   []*wire.RowDelta
	dropped []ident.Record
	kept    []*wire.Kept
}

// ApplyCheckpoint takes the rows of a scope and the checkpoint that closes them,
// all or nothing: per field the highest version counts, so that a second time it
// changes nothing. It reports whether the digest of what the device then holds is
// the server's. If it is not, nothing has changed, except after a first or
// repeated full pull: then the rows are here and the cursor stays at the
// beginning. The boxes that came with it are kept for the server. Durable after
// Flush; a lost tail is pulled again.
func (r *Replica) ApplyCheckpoint(ctx context.Context, rows []wire.RowDelta, cp *wire.Checkpoint, kept ...*wire.Kept) (intact bool, err error) {
	r.write.Lock()
	defer r.write.Unlock()
	k, p, err := r.plan(rows, cp)
	if err != nil {
		return false, err
	}
	p.kept = kept
	intact = p.scope.blind || p.scope.digest == cp.Digest
	if p.scope.blind {
		p.scope.digest = cp.Digest
	}
	if !intact && !p.fresh {
		return false, nil
	}
	if !intact {
		p.scope.cursor.Version, p.scope.cursor.LogHash = 0, wire.Digest{}
	}
	if err := sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error { return r.putPull(ctx, tx, k, p) }); err != nil {
		return false, err
	}
	r.show(p)
	return intact, nil
}

// plan computes what a checkpoint makes of the scope.
func (r *Replica) plan(rows []wire.RowDelta, cp *wire.Checkpoint) (*keys, *pull, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, nil, locked()
	}
	s := r.scopes[cp.Cursor.Scope]
	if s == nil || s.cursor.View != cp.Cursor.View {
		return nil, nil, fault.New(fault.NotAllowed, "record.scope")
	}
	p := newPull(s, cp)
	if p.fresh {
		p.scope.digest = wire.Sum{}
	}
	if err := r.planRows(p, rows); err != nil {
		return nil, nil, err
	}
	if p.fresh {
		r.dropUnsent(p)
	}
	p.ends, p.scope.first = s.first != nil, nil
	return r.keys, p, nil
}

// planRows joins rows of the scope with what is held of their records.
func (r *Replica) planRows(p *pull, rows []wire.RowDelta) error {
	for i := range rows {
		if rows[i].Header.Scope != p.scope.cursor.Scope {
			return fault.New(fault.Corrupt, "sync.rows")
		}
		if err := r.planRow(p, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// dropUnsent lets a pull that brings the whole scope drop what it did not bring.
func (r *Replica) dropUnsent(p *pull) {
	for id, e := range r.table.rows {
		if e.header.Scope == p.scope.cursor.Scope && e.plain != nil && p.rows[id] == nil {
			p.dropped = append(p.dropped, id)
		}
	}
}

// newPull returns a pull that moves a scope to a checkpoint, without rows.
func newPull(s *scope, cp *wire.Checkpoint) *pull {
	p := &pull{scope: *s, fresh: s.cursor.Version == 0, rows: map[ident.Record]*wire.RowDelta{}, plain: map[ident.Record][]byte{}}
	p.scope.cursor, p.scope.held, p.scope.floor = cp.Cursor, cp.Cursor.Version, max(cp.Floor, s.floor)
	p.scope.cursor.Marks = s.cursor.Marks
	if s.cursor.Version != cp.Cursor.Version {
		p.scope.cursor.Marks = remember(s.cursor)
	}
	p.scope.watermark = max(cp.Watermark, s.watermark)
	return p
}

// planRow joins one delta with what is held of its record. Of a record that is deleted
// and not held there is nothing to take: if it is restored it comes whole.
func (r *Replica) planRow(p *pull, delta *wire.RowDelta) error {
	id := delta.Header.ID
	held := p.rows[id]
	if held == nil {
		held = &wire.RowDelta{}
		e := r.table.rows[id]
		if known := e != nil && e.plain != nil && !p.fresh && !p.anew[id]; known {
			var err error
			if held, err = decode(e.plain); err != nil {
				return err
			}
			if held.Header != delta.Header {
				return fault.New(fault.Corrupt, "sync.rows")
			}
		} else if gone(delta) {
			return nil
		}
	}
	if r.identity.Profile == Kiosk {
		open, staff := r.split(delta)
		if len(staff.Fields) > 0 {
			p.staff = append(p.staff, staff)
			if r.keys.staff.IsZero() {
				p.scope.blind = true
				delta = open
			}
		}
	}
	row := join(held, delta)
	p.scope.digest = adjust(p.scope.digest, held, row)
	p.rows[id] = row
	p.plain[id] = wire.AppendRow(nil, row)
	return nil
}

// adjust moves a scope's digest from one state of a record to the next. Deleted
// records are held and count for nothing, as on the server.
func adjust(sum wire.Sum, was, is *wire.RowDelta) wire.Sum {
	old := map[record.Field]*record.FieldState{}
	live := !gone(is)
	if !gone(was) {
		for i := range was.Fields {
			old[was.Fields[i].Field] = &was.Fields[i].State
		}
	}
	for i := range is.Fields {
		f, s := is.Fields[i].Field, &is.Fields[i].State
		if o := old[f]; o != nil {
			if live && o.Version == s.Version && o.Value.Equal(s.Value) {
				continue
			}
			sum = sum.Sub(wire.FieldHash(was.Header.ID, f, o.Version, o.Value))
		}
		if live {
			sum = sum.Add(wire.FieldHash(is.Header.ID, f, s.Version, s.Value))
		}
	}
	return sum
}

func gone(d *wire.RowDelta) bool {
	for i := range d.Fields {
		if d.Fields[i].Field == record.Deleted {
			return d.Fields[i].State.Value.Bool() && !d.Fields[i].State.Disputed
		}
	}
	return len(d.Fields) == 0
}

// putPull writes a pull; the same transaction forgets what the backup holds.
func (r *Replica) putPull(ctx context.Context, tx *sql.Tx, k *keys, p *pull) error {
	if p.fresh {
		for _, q := range []string{"DELETE FROM base WHERE scope = ?", "DELETE FROM staff WHERE scope = ?"} {
			if _, err := tx.ExecContext(ctx, q, p.scope.cursor.Scope); err != nil {
				return err
			}
		}
	}
	if p.ends {
		if err := dropSnapshot(ctx, tx, p.scope.cursor.Scope); err != nil {
			return err
		}
	}
	if err := p.clear(ctx, tx); err != nil {
		return err
	}
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO base (id, scope, version, sealed) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET version = excluded.version, sealed = excluded.sealed`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	var buf []byte
	for _, id := range slices.SortedFunc(maps.Keys(p.rows), ident.Record.Compare) { // appends to the index
		row, plain := p.rows[id], p.plain[id]
		if k.profile == Kiosk {
			open, _ := r.split(row)
			plain = wire.AppendRow(nil, open)
		}
		if buf, err = k.open.Seal(buf[:0], plain, id[:]); err != nil {
			return err
		}
		if _, err := stmt.ExecContext(ctx, id[:], p.scope.cursor.Scope, version(row), buf); err != nil {
			return err
		}
	}
	for _, d := range p.staff {
		if k.staffPublic.IsZero() {
			break // nobody of the staff uses this kiosk: it does not keep what nobody can open
		}
		if err := r.putStaff(ctx, tx, k, d); err != nil {
			return err
		}
	}
	if err := putScope(ctx, tx, &p.scope); err != nil {
		return err
	}
	if err := putKept(ctx, tx, &p.scope, p.kept); err != nil {
		return err
	}
	return forget(ctx, tx, &p.scope)
}

// forgetLinks deletes, at the beginning of each lane of a scope, the change sets
// whose content is gone, up to the last but one.
func forgetLinks(ctx context.Context, tx *sql.Tx, id ident.Scope) error {
	rows, err := tx.QueryContext(ctx, `
		SELECT l.incarnation, min(l.next, coalesce((
			SELECT min(o.number) FROM outbox AS o
			WHERE o.incarnation = l.incarnation AND o.scope = l.scope AND o.sealed IS NOT NULL), l.next)) - 1
		FROM lanes AS l WHERE l.scope = ?`, id)
	if err != nil {
		return err
	}
	defer rows.Close()
	before := map[ident.Incarnation]uint64{}
	for rows.Next() {
		var inc ident.Incarnation
		var number uint64
		if err := rows.Scan(&inc, &number); err != nil {
			return err
		}
		before[inc] = number
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for inc, number := range before {
		if _, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE incarnation = ? AND scope = ? AND number < ? AND state = 1
			AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.own = 1
				AND a.incarnation = outbox.incarnation AND a.scope = outbox.scope AND a.number = outbox.number)`,
			inc[:], id, number); err != nil {
			return err
		}
	}
	return nil
}

func version(d *wire.RowDelta) (v record.Version) {
	for i := range d.Fields {
		v = max(v, d.Fields[i].State.Version)
	}
	return v
}

func putScope(ctx context.Context, tx *sql.Tx, s *scope) error {
	c := &s.cursor
	_, err := tx.ExecContext(ctx, `
		INSERT INTO scopes (scope, view, view_version, version, held, log_hash, floor, digest, watermark, marks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET view = excluded.view, view_version = excluded.view_version, version = excluded.version,
			held = excluded.held, log_hash = excluded.log_hash, floor = excluded.floor, digest = excluded.digest,
			watermark = excluded.watermark, marks = excluded.marks`,
		c.Scope, c.View, c.ViewVersion, c.Version, s.held, c.LogHash[:], s.floor, s.digest[:], s.watermark,
		appendMarks([]byte{}, c.Marks))
	return err
}

// forget drops the content of change sets that the server's backup holds and this
// device has pulled, and then the change sets themselves, except the last of each
// lane, from whose digest the next one goes on, and those that brought a file along
// which is not settled: what becomes of the file depends on what became of them.
func forget(ctx context.Context, tx *sql.Tx, s *scope) error {
	upTo := min(s.watermark, s.cursor.Version)
	if upTo == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE outbox SET sealed = NULL, box = NULL, spare_box = NULL
		WHERE scope = ?1 AND sealed IS NOT NULL AND (state = 1 AND version <= ?2 OR state = 7 AND NOT EXISTS (
			SELECT 1 FROM outbox AS o
			WHERE o.incarnation = outbox.incarnation AND o.scope = ?1 AND o.state = 7 AND o.version NOT BETWEEN 1 AND ?2))`, s.cursor.Scope, upTo); err != nil {
		return err
	}
	return forgetLinks(ctx, tx, s.cursor.Scope)
}

// show makes a committed pull visible at once.
func (r *Replica) show(p *pull) {
	fresh := make([]*entry, 0, len(p.rows))
	for id, row := range p.rows {
		e := &entry{header: row.Header, plain: p.plain[id]}
		if c := r.changesOf(id); c != nil {
			e.changes = c
		} else {
			r.refreshFrom(e, row) // outside the lock: nobody sees it yet
		}
		fresh = append(fresh, e)
	}
	r.mu.Lock()
	kept := p.scope
	r.scopes[kept.cursor.Scope] = &kept
	ids := make([]ident.Record, 0, len(fresh))
	for _, e := range fresh {
		r.table.put(e)
		ids = append(ids, e.header.ID)
		if e.changes != nil {
			r.refresh(e)
		}
	}
	ids = append(ids, r.dropLocked(p.dropped)...)
	var settled []*change
	for _, c := range r.outbox.changes {
		if c.set.Link.Lane.Scope == kept.cursor.Scope && r.settle(c) {
			settled = append(settled, c)
		}
	}
	ids = append(ids, r.settleLocked(settled)...)
	r.mu.Unlock()
	r.watch.Tell(ids...)
}

// changesOf returns the changes that show in a record; the caller holds write, so
// that they stay the same.
func (r *Replica) changesOf(id ident.Record) []*change {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if e := r.table.rows[id]; e != nil && len(e.changes) > 0 {
		return e.changes
	}
	return nil
}

// dropLocked takes from rows what the server no longer has; what waits on them
// stays visible.
func (r *Replica) dropLocked(ids []ident.Record) []ident.Record {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		if e := r.table.rows[id]; e != nil {
			next := entry{header: e.header, changes: e.changes}
			r.refresh(&next)
			r.table.rows[id] = &next
		}
	}
	r.table.drop(func(e *entry) bool { return e.plain == nil && len(e.changes) == 0 })
	return ids
}

// ResetScope forgets how far a scope is held; the next checkpoint brings all of it
// and replaces what is here. Rows stay readable until then and the outbox stays as
// it is. With the server's Reset, receipts beyond the last shared version are
// void, whatever their epoch: those change sets, and what followed them in their
// lanes, wait again. Whichever the server knows all the same it receipts again.
func (r *Replica) ResetScope(ctx context.Context, id ident.Scope, reset *wire.Reset) error {
	r.write.Lock()
	defer r.write.Unlock()
	return r.resetScope(ctx, id, reset)
}

// resetScope is ResetScope for a caller who holds write.
func (r *Replica) resetScope(ctx context.Context, id ident.Scope, reset *wire.Reset) error {
	r.mu.RLock()
	s := r.scopes[id]
	r.mu.RUnlock()
	if s == nil {
		return nil
	}
	next := *s
	next.cursor.Marks = remember(s.cursor) // what the server lost as well: bases of waiting work speak of it
	next.cursor.Version, next.cursor.LogHash = 0, wire.Digest{}
	next.digest, next.watermark, next.first = wire.Sum{}, 0, nil
	above := record.Version(0) // without the server's word all of it may be lost
	if reset != nil {
		above = reset.From
	}
	err := sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		return errors.Join(dropSnapshot(ctx, tx, id), putScope(ctx, tx, &next), offerAgain(ctx, tx, id, above))
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.scopes[id] = &next
	r.mu.Unlock()
	if reset == nil {
		return nil
	}
	return r.reopen(ctx, `scope = ?1 AND number >= (
		SELECT min(o.number) FROM outbox AS o
		WHERE o.incarnation = outbox.incarnation AND o.scope = ?1 AND o.state = 1 AND o.version > ?2)`,
		id, reset.From)
}
