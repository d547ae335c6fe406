// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// scope is how far the device holds one scope.
type scope struct {
	cursor    wire.Cursor
	held      record.Version // what the rows show; stays when the cursor is forgotten
	floor     hlc.Stamp
	digest    wire.Sum
	watermark record.Version
	blind     bool   // fields of this scope lie in a compartment that is not open
	first     *begun // the snapshot it begins with; nil if there is none
}

// load reads everything into memory under the keys k; the caller holds write, or
// is alone. Nothing changes if it fails. Single rows that do not open are left out:
// see leaveOut.
func (r *Replica) load(ctx context.Context, k *keys, user *User) (err error) {
	m := memory{
		keys: k, user: user, table: newTable(),
		scopes: map[ident.Scope]*scope{}, lanes: map[ident.Scope]*lane{},
		outbox: outbox{own: map[ident.Scope]map[record.Version]record.Link{}},
	}
	inc, err := r.meta(ctx, metaIncarnation)
	if err != nil {
		return err
	}
	copy(m.deviceID[:], inc)
	offset, err := r.meta(ctx, metaOffset)
	if err != nil {
		return err
	}
	m.offset = parseOffset(offset)
	for _, step := range []func(context.Context, *memory) error{
		r.loadScopes, r.loadSnapshots, r.loadLanes, r.loadRows, r.loadOutbox, r.loadProbes,
	} {
		if err := step(ctx, &m); err != nil {
			return fmt.Errorf("load replica: %w", err)
		}
	}
	r.enter(m)
	return r.leaveOut(ctx)
}

// enter makes what was loaded what the replica shows.
func (r *Replica) enter(m memory) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.user != nil && r.user != m.user {
		r.user.Signer.Lock() // somebody else is at the device now
	}
	r.memory = m
	for _, e := range r.table.rows {
		if len(e.changes) > 0 {
			r.refresh(e)
		}
	}
}

func (r *Replica) loadScopes(ctx context.Context, m *memory) error {
	rows, err := r.full.QueryContext(ctx,
		"SELECT scope, view, view_version, version, held, log_hash, floor, digest, watermark, marks, EXISTS (SELECT 1 FROM staff WHERE staff.scope = scopes.scope) FROM scopes")
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		s := new(scope)
		var logHash, digest, marks []byte
		if err := rows.Scan(&s.cursor.Scope, &s.cursor.View, &s.cursor.ViewVersion, &s.cursor.Version,
			&s.held, &logHash, &s.floor, &digest, &s.watermark, &marks, &s.blind); err != nil {
			return err
		}
		copy(s.cursor.LogHash[:], logHash)
		copy(s.digest[:], digest)
		s.cursor.Marks = parseMarks(marks)
		m.scopes[s.cursor.Scope] = s
	}
	return sqlitedb.Fault(rows.Err())
}

// Opening returns how many records of how many are open and can be found, while they
// are being opened; zeros at any other time.
func (r *Replica) Opening() (done, all int64) {
	all = r.opening.all.Load()
	return min(r.opening.done.Load(), all), all
}

// sealedRow is a row of the table base on its way into memory.
type sealedRow struct {
	id     ident.Record
	scope  ident.Scope
	sealed []byte
}

// openedRows are rows on their way, and those that do not open.
type openedRows struct {
	entries []*entry
	bad     []Mismatch
}

// openBatch is how many rows one worker opens at a time.
const openBatch = 256

// loadRows opens and indexes the pulled rows, on all cores.
func (r *Replica) loadRows(ctx context.Context, m *memory) error {
	var count int64
	if err := r.full.QueryRowContext(ctx, "SELECT count(*) FROM base").Scan(&count); err != nil {
		return sqlitedb.Fault(err)
	}
	rows, err := r.full.QueryContext(ctx, "SELECT id, scope, sealed FROM base")
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	r.opening.done.Store(0)
	r.opening.all.Store(count)
	defer r.opening.all.Store(0)
	in := make(chan []sealedRow, 2*runtime.NumCPU())
	out := make(chan openedRows, 2*runtime.NumCPU())
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() { r.openRows(m.keys, in, out) })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for batch := range out {
			for _, e := range batch.entries {
				m.table.put(e)
			}
			m.damage.rows = append(m.damage.rows, batch.bad...)
			r.opening.done.Add(int64(len(batch.entries) + len(batch.bad)))
		}
	}()
	readErr := feed(rows, in)
	close(in)
	workers.Wait()
	close(out)
	<-done
	return readErr
}

// feed hands the rows out in batches.
func feed(rows *sql.Rows, in chan<- []sealedRow) error {
	batch := make([]sealedRow, 0, openBatch)
	for rows.Next() {
		var s sealedRow
		if err := rows.Scan(&s.id, &s.scope, &s.sealed); err != nil {
			return err
		}
		if batch = append(batch, s); len(batch) == openBatch {
			in <- batch
			batch = make([]sealedRow, 0, openBatch)
		}
	}
	in <- batch
	return sqlitedb.Fault(rows.Err())
}

// openRows is one worker.
func (r *Replica) openRows(k *keys, in <-chan []sealedRow, out chan<- openedRows) {
	for batch := range in {
		opened := openedRows{entries: make([]*entry, 0, len(batch))}
		for _, s := range batch {
			d, plain, ok := s.open(k)
			if !ok {
				opened.bad = append(opened.bad, Mismatch{s.scope, s.id, Damaged})
				continue
			}
			e := &entry{header: d.Header, plain: plain}
			r.refreshFrom(e, d)
			opened.entries = append(opened.entries, e)
		}
		out <- opened
	}
}

// open returns the row, false if it is not what was stored under its id and scope.
func (s sealedRow) open(k *keys) (d *wire.RowDelta, plain []byte, ok bool) {
	plain, err := k.open.Open(nil, s.sealed, s.id[:])
	if err != nil {
		return nil, nil, false
	}
	d, err = decode(plain)
	return d, plain, err == nil && d.Header.ID == s.id && d.Header.Scope == s.scope
}

// loadProbes finds what Outbox shows again of each lane whose cursor the server does
// not hear, because the scope was revoked or the device switched off.
func (r *Replica) loadProbes(ctx context.Context, m *memory) error {
	rows, err := r.full.QueryContext(ctx, `
		SELECT incarnation, scope, min(coalesce(min(CASE WHEN decided THEN number END), max(number)),
			coalesce(max(CASE WHEN state = 1 THEN number END), max(number))), max(number)
		FROM outbox
		WHERE state IN (1, 2, 3, 4, 5) AND (sealed IS NOT NULL OR box IS NOT NULL)
			AND (scope NOT IN (SELECT scope FROM scopes) OR EXISTS (SELECT 1 FROM meta WHERE name = ?))
		GROUP BY incarnation, scope
		ORDER BY max(seq)`, metaOff)
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var u peer.Unsent
		if err := rows.Scan(&u.Lane.Incarnation, &u.Lane.Scope, &u.First, &u.Last); err != nil {
			return err
		}
		m.probes = append(m.probes, u)
	}
	return sqlitedb.Fault(rows.Err())
}

// probeAnew does so after receipts in a lane of scope.
func (r *Replica) probeAnew(ctx context.Context, scope ident.Scope) error {
	off, err := r.SwitchedOff(ctx)
	if err != nil {
		return err
	}
	r.mu.RLock()
	heard := r.scopes[scope] != nil && !off
	r.mu.RUnlock()
	if heard {
		return nil
	}
	var m memory
	if err := r.loadProbes(ctx, &m); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.probes = m.probes
	return nil
}

func (r *Replica) loadOutbox(ctx context.Context, m *memory) error {
	rows, err := r.full.QueryContext(ctx, `
		SELECT seq, incarnation, scope, number, state, stamp, wall_ms, version, sealed, decided
		FROM outbox WHERE state IN (0, 1, 2) ORDER BY seq`)
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		c := &change{}
		var link record.Link
		var sealed []byte
		var decided bool
		if err := rows.Scan(&c.seq, &link.Lane.Incarnation, &link.Lane.Scope, &link.Number,
			&c.state, &c.stamp, &c.wallMS, &c.version, &sealed, &decided); err != nil {
			return err
		}
		if c.state == applied && !decided {
			m.outbox.note(c.version, link)
		}
		s := m.scopes[link.Lane.Scope]
		if c.state == applied && (s == nil || c.version <= s.held) || sealed == nil {
			continue
		}
		if c.role, c.set, err = openChange(m.keys, link, sealed); err != nil {
			m.damage.note(c.state, link, m.keys)
			continue
		}
		if c.state != refused {
			m.attach(c)
		}
	}
	return sqlitedb.Fault(rows.Err())
}

// attach makes a change visible in the rows it touches; the caller refreshes
// them. The rows of a scope that the device may not hold stay hidden.
func (m *memory) attach(c *change) (touched []*entry) {
	m.outbox.changes = append(m.outbox.changes, c)
	for i := range c.set.Writes {
		w := &c.set.Writes[i]
		if w.Op == record.Discard || m.scopes[w.Header.Scope] == nil {
			continue
		}
		e := m.table.rows[w.Header.ID]
		if e == nil {
			e = &entry{header: w.Header}
			m.table.put(e)
		}
		if n := len(e.changes); n == 0 || e.changes[n-1] != c {
			e.changes = append(e.changes, c)
			touched = append(touched, e)
		}
	}
	return touched
}
