// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/wire"
)

// writeBytes is about how much of a snapshot one transaction writes: enough to
// share its fsync, not so much that devices wait for their receipts.
const writeBytes = 1 << 20

// keepBytes is how much of what was read to plan a snapshot is kept to write it.
const keepBytes = 16 << 20

// making is a snapshot that is being made. The records are read to see which belong
// together, and those that were not kept a second time to write them, so that it
// holds a hundred bytes of each, keepBytes, one chunk, and what waits to be written.
type making struct {
	s      *Store
	number int64
	key    *seal.Sealer
	sum    hash.Hash
	wire.Snapshot

	kept      map[ident.Record][]byte
	keptBytes int

	blocks []block
	size   int // of blocks
	bytes  int64
}

type block struct {
	chunk, n int
	sealed   []byte
}

// makeSnapshot makes a snapshot of the present state; nil if the view cannot be
// cut.
func (s *Store) makeSnapshot(ctx context.Context, name ident.Scope, view record.View) (*wire.Snapshot, error) {
	m := &making{s: s, sum: sha256.New(), kept: map[ident.Record][]byte{}}
	err := s.pool.read(ctx, func(c *conn) error { return m.make(ctx, c, name, view) })
	if err == nil {
		err = m.finish(ctx)
	}
	if err == nil {
		return &m.Snapshot, nil
	}
	if m.number != 0 {
		remove := func(t *txn) error { return t.removeSnapshots(`WHERE number = ?`, m.number) }
		err = errors.Join(err, s.write(context.WithoutCancel(ctx), remove))
	}
	if errors.As(err, new(*record.LimitError)) {
		s.log.Warn("a scope cannot be cut into chunks", "scope", string(name), "why", err.Error())
		s.snapshots.setUnfit(viewKey{name, view.Name(), view.Version()}, m.Checkpoint.Cursor.Version)
		return nil, nil
	}
	if fault.Is(err, fault.Exhausted) { // rows need no room
		s.log.Warn("there is no room for a snapshot", "scope", string(name))
		return nil, nil
	}
	return nil, fmt.Errorf("make snapshot: %w", err)
}

func (m *making) make(ctx context.Context, c *conn, name ident.Scope, view record.View) error {
	sc, err := findScope(c, name)
	if err != nil {
		return err
	}
	if m.Checkpoint, err = snapshotCheckpoint(c, sc, view); err != nil {
		return err
	}
	plan := snapshot.NewPlan(m.s.snapshots.rule)
	err = m.s.visible(ctx, c, sc, view, func(e *entry, row wire.RowDelta) {
		plan.Add(&row, e.born)
		m.keep(&row)
	})
	if err != nil {
		return err
	}
	if err := m.begin(ctx, sc, view); err != nil {
		return err
	}
	for _, ids := range plan.Chunks() {
		if err := m.chunk(ctx, c, view, ids); err != nil {
			return err
		}
	}
	return nil
}

func snapshotCheckpoint(c *conn, sc *scope, view record.View) (*wire.Checkpoint, error) {
	sum, live, err := totals(c, sc.sid, view)
	return &wire.Checkpoint{
		Cursor: wire.Cursor{Scope: sc.name, View: view.Name(), ViewVersion: view.Version(), Version: sc.Head, LogHash: sc.LogHash},
		Floor:  sc.Floor, Digest: sum, Rows: live, Watermark: sc.Watermark,
	}, err
}

// begin gives the snapshot its row and its key.
func (m *making) begin(ctx context.Context, sc *scope, view record.View) error {
	var random [16]byte
	if _, err := io.ReadFull(m.s.random, random[:]); err != nil {
		return err
	}
	name := "snapshot:" + hex.EncodeToString(random[:])
	err := m.s.write(ctx, func(t *txn) error {
		if _, err := t.s.vault.sealerOrNew(name); err != nil {
			return err
		}
		_, err := t.c.Exec(`INSERT INTO snapshot (sid, view, view_version, version, id, message, bytes, made, key) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
			sc.sid, view.Name(), int64(view.Version()), int64(sc.Head), []byte{}, []byte{}, t.s.now().UnixMilli(), name)
		if err != nil {
			return err
		}
		r, err := t.c.one(`SELECT number FROM snapshot WHERE key = ?`, name)
		if err == nil {
			m.number = r.int(0)
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(m.sum, "%s %s %d %d %x\n", sc.name, view.Name(), view.Version(), sc.Head, sc.LogHash)
	m.key, err = m.s.vault.living(name)
	return err
}

// chunk reads, encodes and seals the records of one chunk.
func (m *making) chunk(ctx context.Context, c *conn, view record.View, ids []ident.Record) error {
	rows := make([]wire.RowDelta, 0, len(ids))
	for _, id := range ids {
		row, err := m.row(c, view, id)
		if err != nil {
			return err
		}
		rows = append(rows, *row)
	}
	data, err := wire.EncodeChunk(rows)
	if err != nil {
		return err
	}
	n := len(m.Sizes)
	if n == wire.MaxChunks {
		return &record.LimitError{What: "chunks", Got: n + 1, Max: wire.MaxChunks}
	}
	m.Sizes = append(m.Sizes, uint64(len(data)))
	m.bytes += int64(len(data))
	m.sum.Write(data)
	blocks, err := sealBlocks(m.key, m.number, n, data)
	if err != nil {
		return err
	}
	for i, sealed := range blocks {
		m.blocks = append(m.blocks, block{n, i, sealed})
		m.size += len(sealed)
	}
	if m.size < writeBytes {
		return ctx.Err()
	}
	return m.s.write(ctx, m.put)
}

// keep keeps a record that was read, while there is room for it.
func (m *making) keep(row *wire.RowDelta) {
	if m.keptBytes > keepBytes {
		return
	}
	plain := wire.AppendRow(nil, row)
	m.kept[row.Header.ID] = plain
	m.keptBytes += len(plain)
}

// row returns a record that was kept, or reads it again.
func (m *making) row(c *conn, view record.View, id ident.Record) (*wire.RowDelta, error) {
	if plain := m.kept[id]; plain != nil {
		delete(m.kept, id)
		return wire.ParseRow(plain)
	}
	e, err := findEntry(c, id)
	if err != nil {
		return nil, err
	}
	row, err := e.delta(m.s.vault, view, 0)
	return &row, err
}

// put writes the blocks that wait.
func (m *making) put(t *txn) error {
	for _, b := range m.blocks {
		_, err := t.c.Exec(`INSERT INTO snapshot_block (number, chunk, block, sealed) VALUES (?, ?, ?, ?)`,
			m.number, int64(b.chunk), int64(b.n), b.sealed)
		if err != nil {
			return err
		}
	}
	m.blocks, m.size = nil, 0
	return nil
}

// finish writes the rest and lets the snapshot be found.
func (m *making) finish(ctx context.Context) error {
	copy(m.ID[:], m.sum.Sum(nil))
	message, err := wire.Encode(&m.Snapshot)
	if err != nil {
		return err
	}
	if total := m.s.snapshots.rule.Total(); m.bytes > total {
		return &record.LimitError{What: "snapshot", Got: int(m.bytes), Max: int(total)}
	}
	return m.s.write(ctx, func(t *txn) error {
		if err := m.put(t); err != nil {
			return err
		}
		_, err := t.c.Exec(`UPDATE snapshot SET id = ?, message = ?, bytes = ? WHERE number = ?`, m.ID[:], message, m.bytes, m.number)
		if err != nil {
			return err
		}
		return t.sweep()
	})
}
