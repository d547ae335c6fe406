// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Where the log's id and its receipt stand, and where the log itself does: sealed,
// and written in the transaction of the entries, so that rows that were cut off are
// missed.
const (
	metaAudit    = "audit"
	metaAuditTip = "audit.tip"
)

// toldEvery is how often it is noted where the server's log stands.
const toldEvery = 10 * 60_000

// auditKept is how many receipted entries stay, for a server that was restored from
// a backup: some megabytes, months of one laptop's work.
const auditKept = 5000

// auditMeta says which log the table holds.
type auditMeta struct {
	Log       ident.Incarnation `json:"log"`
	Receipted uint64            `json:"receipted"` // the server has everything up to this

	// What the server said last of its own log, as far as that was noted.
	Told   uint64 `json:"told,omitempty"`
	ToldMS int64  `json:"toldMs,omitempty"`
}

// auditBook is the log inside a transaction. The file is the only memory: another
// process that only reads records writes entries as well.
type auditBook struct {
	r    *Replica
	k    *keys
	tx   *sql.Tx
	meta auditMeta
	log  audit.Log
	at   audit.State
	tip  audit.State // as it is kept; zero if it is not
}

// Through puts something between a replica and whoever watches what is read of it: what it
// keeps back was not read. note makes entries of the login durable that lack who and when.
type Through func(st record.Store, note func(context.Context, []audit.Entry) error) record.Store

// WatchedAs returns the replica as one login sees it, with what is read of class C2
// or C3 noted: durably, before it is returned. program names the program in the
// entries; through may be nil.
func (r *Replica) WatchedAs(s Session, program string, policy *audit.Policy, through Through) record.Store {
	w := r.watcher(s, program, policy)
	return w.Watch(through.put(r.As(s), w))
}

func (t Through) put(st record.Store, w audit.Watcher) record.Store {
	if t == nil {
		return st
	}
	return t(st, w.Note)
}

// BesideAs is WatchedAs for a person who was let in beside whoever unlocked the
// device: what they vouch for is signed with their own key. It ends with
// User.Leave.
func (r *Replica) BesideAs(s Session, u *User, program string, policy *audit.Policy, through Through) record.Store {
	st := &store{Replica: r, session: s, view: r.access().View(s.Role), beside: u}
	w := r.watcher(s, program, policy)
	return w.Watch(through.put(st, w))
}

// watcher notes in the log of the device what one login is shown.
func (r *Replica) watcher(s Session, program string, policy *audit.Policy) audit.Watcher {
	memory := audit.NewMemory(policy)
	return audit.Watcher{Catalogue: r.catalogue(), Policy: policy, Note: func(ctx context.Context, entries []audit.Entry) error {
		for i := range entries {
			if entries[i].What == "" {
				entries[i].What = program
			}
		}
		return r.noteFresh(ctx, s, memory, entries)
	}}
}

// noteFresh notes what the memory has not noted lately.
func (r *Replica) noteFresh(ctx context.Context, s Session, memory *audit.Memory, entries []audit.Entry) error {
	now := r.o.Clock().WallMS
	r.auditing.Lock()
	defer r.auditing.Unlock()
	var fresh []audit.Entry
	for _, e := range entries {
		if e, some := memory.Fresh(e, now); some {
			fresh = append(fresh, e)
		}
	}
	if err := r.Note(ctx, s, fresh...); err != nil {
		return err
	}
	for _, e := range fresh {
		memory.Noted(e, now)
	}
	return nil
}

// Note appends entries to the device's audit log; they are on disk when it returns.
// Number, time, clocks and device are filled in here.
func (r *Replica) Note(ctx context.Context, s Session, entries ...audit.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return r.noteWith(ctx, s, entries, func(*auditBook) error { return nil })
}

// noteWith does something in the transaction of the entries that tell of it.
func (r *Replica) noteWith(ctx context.Context, s Session, entries []audit.Entry, do func(*auditBook) error) error {
	k := r.openKeys()
	if k == nil {
		return locked()
	}
	reading := r.o.Clock()
	r.mu.RLock()
	at := r.nowMS(reading)
	r.mu.RUnlock()
	return r.withAudit(ctx, k, func(b *auditBook) error {
		for _, e := range entries {
			e.AtMS, e.Clocks = at, audit.ClocksOf(reading)
			e.Actor, e.Login, e.Device = s.Actor, s.Login, r.identity.Device
			if err := b.add(ctx, e); err != nil {
				return err
			}
		}
		return do(b)
	})
}

func (r *Replica) openKeys() *keys {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys
}

// withAudit opens the log, and begins one where there is none.
func (r *Replica) withAudit(ctx context.Context, k *keys, do func(*auditBook) error) error {
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		b := &auditBook{r: r, k: k, tx: tx}
		if err := b.open(ctx); err != nil {
			return fmt.Errorf("audit log: %w", err)
		}
		if err := do(b); err != nil {
			return err
		}
		return b.keepTip(ctx)
	})
}

func (b *auditBook) open(ctx context.Context) error {
	var value []byte
	err := b.tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", metaAudit).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return b.begin(ctx)
	}
	if err == nil {
		err = json.Unmarshal(value, &b.meta)
	}
	if err != nil {
		return sqlitedb.Fault(err)
	}
	if err := b.locate(ctx); err != nil {
		return err
	}
	return b.compareTip(ctx)
}

// begin starts a log with an id of its own.
func (b *auditBook) begin(ctx context.Context) (err error) {
	b.meta = auditMeta{}
	if b.meta.Log, err = ident.New[ident.Incarnation](max(0, b.r.o.Clock().WallMS), b.r.o.Random); err != nil {
		return err
	}
	if err := b.save(ctx); err != nil {
		return err
	}
	b.tip = audit.State{}
	return b.locate(ctx)
}

func (b *auditBook) save(ctx context.Context) error {
	value, err := json.Marshal(b.meta)
	if err != nil {
		return err
	}
	return putMeta(ctx, b.tx, metaAudit, value)
}

// locate finds where the log stands.
func (b *auditBook) locate(ctx context.Context) error {
	b.log = audit.Log{Device: b.r.identity.Device, ID: b.meta.Log}
	b.at = b.log.Start()
	state, found, err := b.state(ctx, "ORDER BY number DESC LIMIT 1")
	if found {
		b.at = state
	}
	return err
}

// state returns the state behind the entry that a condition picks.
func (b *auditBook) state(ctx context.Context, where string, args ...any) (s audit.State, found bool, err error) {
	var hash []byte
	err = b.tx.QueryRowContext(ctx, "SELECT number, hash FROM audit "+where, args...).Scan(&s.Next, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, sqlitedb.Fault(err)
	}
	s.Next++
	copy(s.Chain[:], hash)
	return s, true, nil
}

func (b *auditBook) tipPlace() []byte { return append([]byte(metaAuditTip), b.meta.Log[:]...) }

// keepTip keeps where the log stands.
func (b *auditBook) keepTip(ctx context.Context) error {
	if b.at == b.tip || b.at == b.log.Start() {
		return nil
	}
	plain := append(binary.BigEndian.AppendUint64(nil, b.at.Next), b.at.Chain[:]...)
	sealed, err := b.k.open.Seal(nil, plain, b.tipPlace())
	if err != nil {
		return err
	}
	return putMeta(ctx, b.tx, metaAuditTip, sealed)
}

// compareTip notes, if the rows do not lead to where the log stood, what is missing.
func (b *auditBook) compareTip(ctx context.Context) error {
	var sealed []byte
	err := b.tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", metaAuditTip).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // of a version without it
	}
	if err != nil {
		return sqlitedb.Fault(err)
	}
	plain, err := b.k.open.Open(nil, sealed, b.tipPlace())
	if err != nil || len(plain) != 8+len(audit.Digest{}) {
		return b.note(ctx, audit.Entry{Deed: audit.Missing, What: "audit"})
	}
	b.tip = audit.State{Next: binary.BigEndian.Uint64(plain), Chain: audit.Digest(plain[8:])}
	if b.tip == b.at {
		return nil
	}
	e := audit.Entry{Deed: audit.Missing, What: "audit", Through: b.tip.Next - 1, Hash: b.tip.Chain[:]}
	if b.at.Next <= b.meta.Receipted { // the server has other entries under the next numbers
		e.About = b.meta.Log.String()
		return b.anew(ctx, b.meta.Receipted, &e)
	}
	return b.note(ctx, e)
}

// note adds an entry of the device itself.
func (b *auditBook) note(ctx context.Context, e audit.Entry) error {
	reading := b.r.o.Clock()
	b.r.mu.RLock()
	e.AtMS, e.Clocks, e.Device = b.r.nowMS(reading), audit.ClocksOf(reading), b.r.identity.Device
	b.r.mu.RUnlock()
	return b.add(ctx, e)
}

// told notes where the server says that its own log stands, now and then, and at once
// if that is less than it said before.
func (b *auditBook) told(ctx context.Context, m *wire.AuditReceipt) error {
	now := b.r.o.Clock().WallMS
	if m.Own == 0 || m.Own >= b.meta.Told && now >= b.meta.ToldMS && now-b.meta.ToldMS < toldEvery {
		return nil
	}
	b.meta.Told, b.meta.ToldMS = m.Own, now
	return b.note(ctx, audit.Entry{Deed: audit.Told, What: "sync", Through: m.Own, Hash: m.OwnChain[:]})
}

// add appends an entry.
func (b *auditBook) add(ctx context.Context, e audit.Entry) error {
	e.Number = b.at.Next
	body, err := e.Encode()
	if err != nil {
		return err
	}
	next := b.log.Follow(b.at, body)
	sealed, err := b.k.open.Seal(nil, body, auditPlace(e.Number))
	if err != nil {
		return err
	}
	if _, err := b.tx.ExecContext(ctx, "INSERT INTO audit (number, hash, sealed) VALUES (?, ?, ?)", e.Number, next.Chain[:], sealed); err != nil {
		return err
	}
	b.at = next
	return nil
}

// auditPlace binds a sealed entry to its number.
func auditPlace(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(metaAudit), number)
}

// body is an entry's number and bytes.
type auditBody struct {
	number uint64
	body   []byte
}

// bodies opens entries after a number, as many as fit a message. Those that cannot be
// opened are left out.
func (b *auditBook) bodies(ctx context.Context, after uint64, count, size int) (out []auditBody, err error) {
	rows, err := b.tx.QueryContext(ctx, "SELECT number, sealed FROM audit WHERE number > ? ORDER BY number LIMIT ?", after, count)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one auditBody
		var sealed []byte
		if err := rows.Scan(&one.number, &sealed); err != nil {
			return nil, err
		}
		if one.body, err = b.k.open.Open(nil, sealed, auditPlace(one.number)); err != nil {
			continue
		}
		if size -= len(one.body); size < 0 && len(out) > 0 {
			break
		}
		out = append(out, one)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// AuditPart returns the next entries that have no receipt, nil if none wait.
func (r *Replica) AuditPart(ctx context.Context) (part *wire.Audit, err error) {
	k := r.openKeys()
	if k == nil {
		return nil, nil
	}
	waits, err := r.auditWaits(ctx)
	if err != nil || !waits {
		return nil, err
	}
	err = r.withAudit(ctx, k, func(b *auditBook) error {
		list, err := b.unsent(ctx)
		if err != nil || len(list) == 0 {
			return err
		}
		before := b.log.Start()
		if first := list[0].number; first > 1 {
			var found bool
			if before, found, err = b.state(ctx, "WHERE number = ?", first-1); err != nil || !found {
				return errors.Join(err, damaged("audit log", fmt.Errorf("entry %d is missing", first-1)))
			}
		}
		part = &wire.Audit{Log: b.meta.Log, First: list[0].number, Before: before.Chain}
		for _, one := range list {
			part.Bodies = append(part.Bodies, one.body)
		}
		return nil
	})
	return part, err
}

// AuditEnd returns how far the server has the log, as it said last.
func (r *Replica) AuditEnd(ctx context.Context) (end wire.TrailEnd, err error) {
	m, err := r.auditMeta(ctx)
	if err != nil || m.Receipted == 0 {
		return end, err
	}
	var hash []byte
	err = r.full.QueryRowContext(ctx, "SELECT hash FROM audit WHERE number = ?", m.Receipted).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return end, nil // unsent tells what is missing
	}
	end.Log, end.Through = m.Log, m.Receipted
	copy(end.Chain[:], hash)
	return end, sqlitedb.Fault(err)
}

// unsent returns the next entries without a receipt. If they do not begin where the
// receipts end, or one cannot be opened, what is left goes on in a new log that says
// so: the server takes no log with a hole.
func (b *auditBook) unsent(ctx context.Context) ([]auditBody, error) {
	list, err := b.bodies(ctx, b.meta.Receipted, wire.MaxAuditEntries, wire.MaxAuditBytes)
	if err != nil || b.at.Next == b.meta.Receipted+1 {
		return nil, err
	}
	if len(list) == 0 || list[0].number != b.meta.Receipted+1 {
		lost := max(b.at.Next-1, b.meta.Receipted)
		if len(list) > 0 {
			lost = list[0].number - 1
		}
		if err := b.anew(ctx, b.meta.Receipted, &audit.Entry{Deed: audit.Missing, What: "audit", About: b.meta.Log.String(), Through: lost}); err != nil {
			return nil, err
		}
		return b.unsent(ctx)
	}
	for i := range list {
		if list[i].number != list[0].number+uint64(i) {
			return list[:i], nil
		}
	}
	return list, nil
}

// auditMeta returns the zero value where there is no log yet.
func (r *Replica) auditMeta(ctx context.Context) (m auditMeta, err error) {
	value, err := r.meta(ctx, metaAudit)
	if err != nil || value == nil {
		return m, err
	}
	if err := json.Unmarshal(value, &m); err != nil {
		return m, damaged("audit log", err)
	}
	return m, nil
}

// auditWaits asks without writing, as most times nothing waits.
func (r *Replica) auditWaits(ctx context.Context) (bool, error) {
	m, err := r.auditMeta(ctx)
	if err != nil {
		return false, err
	}
	var last uint64
	err = r.full.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) FROM audit").Scan(&last)
	return last != m.Receipted, sqlitedb.Fault(err) // fewer: rows were cut off
}

// AuditReceipted takes note of how far the server has the log. A server that has
// less than it once said was restored and gets the entries again; one that has
// other entries gets what is here from there on as a new log, and so does one that
// lacks some that are not kept any more.
func (r *Replica) AuditReceipted(ctx context.Context, m *wire.AuditReceipt) error {
	k := r.openKeys()
	if k == nil {
		return locked()
	}
	return r.withAudit(ctx, k, func(b *auditBook) error {
		if m.Log != b.meta.Log {
			return nil
		}
		held := b.log.Start()
		known := m.Through == 0
		if !known {
			var err error
			if held, known, err = b.state(ctx, "WHERE number = ?", m.Through); err != nil {
				return err
			}
		}
		if known && m.Through == 0 {
			_, has, err := b.state(ctx, "WHERE number = 1")
			if err != nil {
				return err
			}
			known = has || b.at.Next == 1
		}
		switch {
		case m.Fork:
			return b.anew(ctx, m.Through, nil)
		case !known, held.Chain != m.Chain: // it lacks what is not kept any more
			return b.anew(ctx, 0, nil)
		}
		b.meta.Receipted = m.Through
		if m.Through > auditKept {
			if _, err := b.tx.ExecContext(ctx, "DELETE FROM audit WHERE number < ?", m.Through-auditKept); err != nil {
				return err
			}
		}
		if err := b.told(ctx, m); err != nil {
			return err
		}
		return b.save(ctx)
	})
}

// anew writes again, in a new log, what is kept of the entries after a number, behind
// a first entry if one is given.
func (b *auditBook) anew(ctx context.Context, after uint64, first *audit.Entry) error {
	list, err := b.bodies(ctx, after, int(b.at.Next), 1<<62)
	if err != nil {
		return err
	}
	if _, err := b.tx.ExecContext(ctx, "DELETE FROM audit"); err != nil {
		return err
	}
	if err := b.begin(ctx); err != nil {
		return err
	}
	if first != nil {
		if err := b.note(ctx, *first); err != nil {
			return err
		}
	}
	for _, one := range list {
		e, err := audit.Parse(one.body)
		if err != nil {
			return err
		}
		if err := b.add(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// metaRefused counts tries to unlock with a wrong passphrase. They cannot be noted
// in the log, whose key the passphrase opens; the next who unlocks notes them.
const metaRefused = "audit.refused"

type refusals struct {
	Count   int   `json:"count"`
	FirstMS int64 `json:"first"`
	LastMS  int64 `json:"last"`
}

// NoteRefused counts a try to unlock that failed.
func (r *Replica) NoteRefused(ctx context.Context) error {
	r.write.Lock()
	defer r.write.Unlock()
	var n refusals
	value, err := r.meta(ctx, metaRefused)
	if err == nil && value != nil {
		err = json.Unmarshal(value, &n)
	}
	if err != nil {
		return fmt.Errorf("count refused tries: %w", err)
	}
	n.LastMS = r.o.Clock().WallMS
	if n.Count++; n.Count == 1 {
		n.FirstMS = n.LastMS
	}
	value, err = json.Marshal(n)
	if err != nil {
		return err
	}
	return r.setMeta(ctx, metaRefused, value)
}

// NoteUnlocked notes that the session's person came in, and the tries before that
// failed.
func (r *Replica) NoteUnlocked(ctx context.Context, s Session, what string) error {
	entries := []audit.Entry{{Deed: audit.Login, What: what}}
	value, err := r.meta(ctx, metaRefused)
	if err != nil {
		return err
	}
	if value != nil {
		var n refusals
		if err := json.Unmarshal(value, &n); err != nil {
			return damaged("refused tries", err)
		}
		utc := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
		about := fmt.Sprintf("%d, %s – %s", n.Count, utc(n.FirstMS), utc(n.LastMS))
		entries = append([]audit.Entry{{Deed: audit.Refused, What: what, About: about}}, entries...)
	}
	if err := r.Note(ctx, s, entries...); err != nil || value == nil {
		return err
	}
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM meta WHERE name = ? AND value = ?", metaRefused, value)
		return err
	})
}
