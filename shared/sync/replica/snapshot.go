// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// begun is the snapshot that a scope begins with, as far as it is here.
type begun struct {
	message *wire.Snapshot
	chunk   uint64 // what comes next
	offset  uint64
	got     uint64
	total   uint64
	shown   bool // chunks are shown when they are complete
}

func (b *begun) complete() bool { return b.chunk == uint64(len(b.message.Sizes)) }

// held returns what the server is told of it.
func (b *begun) held() *wire.HeldSnapshot {
	return &wire.HeldSnapshot{ID: b.message.ID, Chunk: b.chunk, Offset: b.offset}
}

// after returns where it stands once n more bytes are here.
func (b *begun) after(n int) *begun {
	next := *b
	next.got, next.offset = b.got+uint64(n), b.offset+uint64(n)
	if next.offset == b.message.Sizes[b.chunk] {
		next.chunk, next.offset = b.chunk+1, 0
	}
	return &next
}

// wants returns what a cursor says of snapshots: nil where the scope is held, or
// shows more than part of a snapshot, which an older one would take away again.
// A kiosk does not keep pieces of what its key file may not open.
func (r *Replica) wants(s *scope) *wire.HeldSnapshot {
	secret := r.identity.Profile == Kiosk && s.cursor.Scope != ident.Ref && r.access().View(record.Role(s.cursor.View)).Above(record.C1)
	switch {
	case s.cursor.Version != 0 || secret:
		return nil
	case s.first != nil:
		return s.first.held()
	case s.held == 0:
		return &wire.HeldSnapshot{}
	}
	return nil
}

// BeginSnapshot notes what pieces of a scope will follow. Of the same snapshot what
// is here stays; what is kept of another is dropped, except that chunks which are
// shown stay visible until the new one is complete.
//
// Chunks are shown as they come only if nothing of the scope is shown yet and this
// device has written nothing there: whoever edits then has truly seen the scope up
// to the snapshot's version, wherever they can look.
func (r *Replica) BeginSnapshot(ctx context.Context, m *wire.Snapshot) error {
	r.write.Lock()
	defer r.write.Unlock()
	_, s, err := r.beginning(m.Checkpoint.Cursor.Scope)
	if err != nil {
		return err
	}
	if s.cursor.View != m.Checkpoint.Cursor.View || s.cursor.Version != 0 {
		return fault.New(fault.NotAllowed, "record.scope")
	}
	at := wire.HeldSnapshot{ID: m.ID, Chunk: m.Chunk, Offset: m.Offset}
	if s.first != nil && s.first.message.ID == m.ID {
		if compareHeld(at, *s.first.held()) > 0 {
			return fault.New(fault.Corrupt, "sync.rows")
		}
		return nil
	}
	if m.Chunk != 0 || m.Offset != 0 {
		return fault.New(fault.Corrupt, "sync.rows")
	}
	next := *s
	next.first = &begun{message: m, shown: s.held == 0}
	for _, size := range m.Sizes {
		next.first.total += size
	}
	err = sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error {
		var wrote bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE scope = ?)", s.cursor.Scope).Scan(&wrote); err != nil {
			return err
		}
		next.first.shown = next.first.shown && !wrote
		if err := dropSnapshot(ctx, tx, s.cursor.Scope); err != nil {
			return err
		}
		return putSnapshot(ctx, tx, s.cursor.Scope, next.first)
	})
	if err == nil {
		r.setScope(&next)
	}
	return err
}

func compareHeld(a, b wire.HeldSnapshot) int {
	return cmp.Or(cmp.Compare(a.Chunk, b.Chunk), cmp.Compare(a.Offset, b.Offset))
}

// beginning returns a scope, and the keys; the caller holds write.
func (r *Replica) beginning(id ident.Scope) (*keys, *scope, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, nil, locked()
	}
	s := r.scopes[id]
	if s == nil {
		return nil, nil, fault.New(fault.NotAllowed, "record.scope")
	}
	return r.keys, s, nil
}

// setScope puts a scope in its place in memory.
func (r *Replica) setScope(s *scope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scopes[s.cursor.Scope] = s
}

// KeepPiece keeps bytes of a snapshot that was begun, and shows their chunk if that
// is complete and may be shown. What is here already changes nothing. It survives
// the end of the process; what a power cut takes is sent again.
func (r *Replica) KeepPiece(ctx context.Context, m *wire.Piece) error {
	r.write.Lock()
	defer r.write.Unlock()
	k, s, err := r.beginning(m.Scope)
	if err != nil {
		return err
	}
	if s.first == nil || s.first.message.ID != m.ID {
		return fault.New(fault.Corrupt, "sync.rows")
	}
	switch at := compareHeld(wire.HeldSnapshot{Chunk: m.Chunk, Offset: m.Offset}, *s.first.held()); {
	case at < 0:
		return nil
	case at > 0, s.first.complete(), uint64(len(m.Data)) > s.first.message.Sizes[m.Chunk]-m.Offset:
		return fault.New(fault.Corrupt, "sync.rows")
	}
	next := *s
	next.first = s.first.after(len(m.Data))
	if next.first.chunk > s.first.chunk && s.first.shown {
		return r.showChunk(ctx, k, s, &next, m)
	}
	sealed, err := k.open.Seal(nil, m.Data, pieceContext(m.ID, m.Chunk, m.Offset))
	if err != nil {
		return err
	}
	err = sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO pieces (scope, chunk, offset, sealed) VALUES (?, ?, ?, ?)",
			m.Scope, m.Chunk, m.Offset, sealed); err != nil {
			return err
		}
		return putSnapshot(ctx, tx, m.Scope, next.first)
	})
	if err == nil {
		r.setScope(&next)
	}
	return err
}

// pieceContext binds a sealed piece to its place.
func pieceContext(id wire.SnapshotID, chunk, offset uint64) []byte {
	b := binary.BigEndian.AppendUint64(append([]byte("piece"), id[:]...), chunk)
	return binary.BigEndian.AppendUint64(b, offset)
}

// showChunk brings the chunk that a piece completes into the rows, in one
// transaction with the note that it is here.
func (r *Replica) showChunk(ctx context.Context, k *keys, s, next *scope, last *wire.Piece) error {
	data, err := r.chunk(ctx, k, s.first, last.Scope, last.Chunk)
	if err != nil {
		return err
	}
	rows, err := wire.DecodeChunk(append(data, last.Data...))
	if err != nil {
		return r.giveUp(ctx, s, err)
	}
	p, err := r.planChunk(next, rows, s.first.message.Checkpoint)
	if err != nil {
		return err
	}
	err = sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM pieces WHERE scope = ?", last.Scope); err != nil {
			return err
		}
		if err := putSnapshot(ctx, tx, last.Scope, next.first); err != nil {
			return err
		}
		return r.putPull(ctx, tx, k, p)
	})
	if err == nil {
		r.show(p)
	}
	return err
}

// planChunk computes what a chunk makes of a scope: its rows show the snapshot's
// version, as far as they are here, and its cursor stays at the beginning. The
// version stands among the marks, for what is written on top of it.
func (r *Replica) planChunk(next *scope, rows []wire.RowDelta, cp *wire.Checkpoint) (*pull, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, locked()
	}
	p := newPull(next, cp)
	p.fresh, p.scope.cursor = false, next.cursor
	if next.held == 0 {
		p.scope.digest = wire.Sum{}
		p.scope.cursor.Marks = remember(wire.Cursor{Version: cp.Cursor.Version, LogHash: cp.Cursor.LogHash, Marks: next.cursor.Marks})
	}
	return p, r.planRows(p, rows)
}

// chunk returns what is kept of a chunk.
func (r *Replica) chunk(ctx context.Context, k *keys, b *begun, scope ident.Scope, chunk uint64) (data []byte, err error) {
	rows, err := r.normal.QueryContext(ctx, "SELECT offset, sealed FROM pieces WHERE scope = ? AND chunk = ? ORDER BY offset", scope, chunk)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var offset uint64
		var sealed []byte
		if err := rows.Scan(&offset, &sealed); err != nil {
			return nil, err
		}
		if data, err = k.open.Open(data, sealed, pieceContext(b.message.ID, chunk, offset)); err != nil {
			return nil, damaged("piece", err)
		}
	}
	return data, sqlitedb.Fault(rows.Err())
}

// giveUp drops a snapshot that cannot be read: the next session begins another.
func (r *Replica) giveUp(ctx context.Context, s *scope, why error) error {
	next := *s
	next.first = nil
	err := sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error { return dropSnapshot(ctx, tx, s.cursor.Scope) })
	if err == nil {
		r.setScope(&next)
	}
	return errors.Join(fault.New(fault.Corrupt, "sync.rows").WithCause(why), err)
}

// ApplySnapshot makes a snapshot of which every byte is here the state of its
// scope, with its checkpoint. The boxes that came with it are kept for the server.
// Chunks that were not shown replace what is here, all
// or nothing. It reports whether the digest of what is then held is the server's;
// if it is not, nothing has changed but that the snapshot is dropped.
func (r *Replica) ApplySnapshot(ctx context.Context, id wire.SnapshotID, kept ...*wire.Kept) (intact bool, err error) {
	r.write.Lock()
	defer r.write.Unlock()
	k, p, s, err := r.planSnapshot(ctx, id)
	if err != nil {
		return false, err
	}
	p.kept = kept
	cp := s.first.message.Checkpoint
	if p.scope.blind {
		p.scope.digest = cp.Digest
	}
	if p.scope.digest != cp.Digest {
		err := r.giveUp(ctx, s, nil)
		if fault.Is(err, fault.Corrupt) {
			err = nil // the caller mends it
		}
		return false, err
	}
	if err := sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error { return r.putPull(ctx, tx, k, p) }); err != nil {
		return false, err
	}
	r.show(p)
	return true, nil
}

// planSnapshot computes what a complete snapshot makes of its scope.
func (r *Replica) planSnapshot(ctx context.Context, id wire.SnapshotID) (*keys, *pull, *scope, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, nil, nil, locked()
	}
	var s *scope
	for _, one := range r.scopes {
		if one.first != nil && one.first.message.ID == id {
			s = one
		}
	}
	if s == nil || !s.first.complete() {
		return nil, nil, nil, fault.New(fault.Corrupt, "sync.rows")
	}
	p := newPull(s, s.first.message.Checkpoint)
	p.ends, p.scope.first, p.fresh = true, nil, !s.first.shown
	if s.first.shown {
		p.scope.cursor.Marks = p.scope.cursor.Marks[1:] // it was that of this version
		return r.keys, p, s, nil
	}
	p.scope.digest = wire.Sum{}
	for chunk := range s.first.message.Sizes {
		data, err := r.chunk(ctx, r.keys, s.first, s.cursor.Scope, uint64(chunk))
		if err != nil {
			return nil, nil, nil, err
		}
		rows, err := wire.DecodeChunk(data)
		if err != nil {
			return nil, nil, nil, err
		}
		if err := r.planRows(p, rows); err != nil {
			return nil, nil, nil, err
		}
	}
	r.dropUnsent(p)
	return r.keys, p, s, nil
}

func putSnapshot(ctx context.Context, tx *sql.Tx, scope ident.Scope, b *begun) error {
	message, err := wire.Encode(b.message)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO snapshots (scope, message, chunk, offset, got, total, shown) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		scope, message, b.chunk, b.offset, b.got, b.total, b.shown)
	return err
}

func dropSnapshot(ctx context.Context, tx *sql.Tx, scope ident.Scope) error {
	for _, q := range []string{"DELETE FROM pieces WHERE scope = ?", "DELETE FROM snapshots WHERE scope = ?"} {
		if _, err := tx.ExecContext(ctx, q, scope); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replica) loadSnapshots(ctx context.Context, m *memory) error {
	rows, err := r.full.QueryContext(ctx, "SELECT scope, message, chunk, offset, got, total, shown FROM snapshots")
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ident.Scope
		var message []byte
		b := new(begun)
		if err := rows.Scan(&id, &message, &b.chunk, &b.offset, &b.got, &b.total, &b.shown); err != nil {
			return err
		}
		got, err := wire.Decode(message)
		var ok bool
		if b.message, ok = got.(*wire.Snapshot); !ok || b.message.Checkpoint == nil {
			return damaged("snapshot", fmt.Errorf("message cannot be read: %w", err))
		}
		if s := m.scopes[id]; s != nil {
			s.first = b
		}
	}
	return sqlitedb.Fault(rows.Err())
}
