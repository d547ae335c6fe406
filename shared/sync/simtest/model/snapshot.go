// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"crypto/sha256"
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/wire"
)

// pieceBytes is how much of a chunk one load returns: little, so that worlds have
// chunks in pieces.
const pieceBytes = 40

// cut is a snapshot as the server keeps it.
type cut struct {
	message wire.Snapshot
	chunks  [][]byte
}

// DropSnapshots removes all snapshots, as an erasure does.
func (c *Central) DropSnapshots() { c.cuts = nil }

// snapshot finds or makes what a device begins with.
func (c *Central) snapshot(e peer.LoadSnapshot) peer.Event {
	ev := c.begin(e)
	if s, ok := ev.(peer.Snapshotted); ok && s.Snapshot != nil {
		s.Kept = c.boxes(e.Scope, 0)
		return s
	}
	return ev
}

// begin returns what a device begins with.
func (c *Central) begin(e peer.LoadSnapshot) peer.Event {
	rule, view, s := c.rules.Snapshots, c.rules.Access.View(record.Role(e.View)), c.scope(e.Scope)
	_, live := c.Digest(e.Scope, view)
	out := peer.Snapshotted{Asked: e}
	for _, one := range slices.Backward(c.cuts) {
		cursor := one.message.Checkpoint.Cursor
		if cursor.Scope != e.Scope || cursor.View != e.View {
			continue
		}
		if one.message.ID == e.Held.ID {
			m := one.message
			m.Chunk, m.Offset = e.Held.Chunk, e.Held.Offset
			out.Snapshot = &m
			return out
		}
		if out.Snapshot == nil && !rule.Stale(live, cursor.Version, s.head) {
			m := one.message
			out.Snapshot = &m
		}
	}
	if out.Snapshot != nil || !rule.Worth(live) || c.full {
		return out
	}
	one, err := c.cut(e.Scope, s, view)
	if err != nil {
		return peer.Failed{Fault: fault.From(err)}
	}
	c.cuts = append(c.cuts, one)
	m := one.message
	out.Snapshot = &m
	return out
}

// cut makes a snapshot of the present state.
func (c *Central) cut(name ident.Scope, s *scope, view record.View) (*cut, error) {
	plan := snapshot.NewPlan(c.rules.Snapshots)
	for _, id := range slices.SortedFunc(maps.Keys(c.rows), ident.Record.Compare) {
		d := c.delta(c.rows[id], view, 0)
		if d.Header.Scope != name || len(d.Fields) == 0 || c.rows[id].deleted() {
			continue
		}
		born := c.rows[id].born
		if c.bug == ActInTwoChunks {
			born, d.Fields = record.Version(plan.Len())+1, nil
		}
		plan.Add(&d, born)
	}
	one := &cut{message: wire.Snapshot{Checkpoint: c.checkpoint(name, s, view)}}
	hash := s.lastHash()
	sum := sha256.New()
	sum.Write([]byte(name + " " + ident.Scope(view.Name())))
	sum.Write(hash[:])
	for _, ids := range plan.Chunks() {
		var rows []wire.RowDelta
		for _, id := range ids {
			rows = append(rows, c.delta(c.rows[id], view, 0))
		}
		data, err := wire.EncodeChunk(rows)
		if err != nil {
			return nil, err
		}
		sum.Write(data)
		one.chunks, one.message.Sizes = append(one.chunks, data), append(one.message.Sizes, uint64(len(data)))
	}
	copy(one.message.ID[:], sum.Sum(nil))
	return one, nil
}

// piece returns bytes of a chunk.
func (c *Central) piece(e peer.LoadPiece) peer.Event {
	out := peer.PieceLoaded{Asked: e}
	for _, one := range c.cuts {
		if one.message.ID == e.ID && one.message.Checkpoint.Cursor.Scope == e.Scope {
			data := one.chunks[e.Chunk][e.Offset:]
			out.Data = data[:min(len(data), pieceBytes)]
		}
	}
	return out
}

// begun is the snapshot that a scope begins with, as far as it is on the device.
type begun struct {
	message *wire.Snapshot
	chunk   uint64
	offset  uint64
	data    []byte          // of chunk, up to offset
	hidden  []wire.RowDelta // of complete chunks that are not shown
	shown   bool
}

func (b *begun) held() wire.HeldSnapshot {
	return wire.HeldSnapshot{ID: b.message.ID, Chunk: b.chunk, Offset: b.offset}
}

// wants returns what a cursor says of snapshots.
func (h *held) wants() *wire.HeldSnapshot {
	switch {
	case h.cursor.Version != 0:
		return nil
	case h.first != nil:
		w := h.first.held()
		return &w
	case h.shown == 0:
		return &wire.HeldSnapshot{}
	}
	return nil
}

// Kept returns the scopes of which parts of a snapshot are here.
func (r *Replica) Kept() (out []ident.Scope) {
	for name, h := range r.scopes {
		if h.first != nil {
			out = append(out, name)
		}
	}
	return append(out, slices.Collect(maps.Keys(r.left))...)
}

// begin notes what pieces will follow.
func (r *Replica) begin(m *wire.Snapshot) error {
	h := r.scopes[m.Checkpoint.Cursor.Scope]
	if h == nil || h.cursor.View != m.Checkpoint.Cursor.View || h.cursor.Version != 0 {
		return fault.New(fault.NotAllowed, "record.scope")
	}
	r.volatile = nil
	if h.first != nil && (h.first.message.ID == m.ID || r.bug == OldChunkForNew) {
		h.first.message = m
		return nil
	}
	if m.Chunk != 0 || m.Offset != 0 {
		return fault.New(fault.Corrupt, "sync.rows")
	}
	wrote := slices.ContainsFunc(r.outbox, func(e *entry) bool { return e.set.Link.Lane.Scope == m.Checkpoint.Cursor.Scope })
	h.first = &begun{message: m, shown: h.shown == 0 && (!wrote || r.bug == ShownOverOwn)}
	return nil
}

// keepPiece keeps a piece, and shows its chunk if it is complete and may be shown.
func (r *Replica) keepPiece(m *wire.Piece) error {
	h := r.scopes[m.Scope]
	if h == nil || h.first == nil || h.first.message.ID != m.ID {
		return fault.New(fault.Corrupt, "sync.rows")
	}
	b := h.first
	switch at := cmp.Or(cmp.Compare(m.Chunk, b.chunk), cmp.Compare(m.Offset, b.offset)); {
	case at < 0:
		return nil
	case at > 0:
		return fault.New(fault.Corrupt, "sync.rows")
	}
	r.volatile = nil
	next := *b
	next.data, next.offset = append(slices.Clone(b.data), m.Data...), b.offset+uint64(len(m.Data))
	if next.offset == b.message.Sizes[b.chunk] {
		rows, err := wire.DecodeChunk(next.data)
		if err != nil {
			h.first = nil
			return fault.New(fault.Corrupt, "sync.rows").WithCause(err)
		}
		next.data, next.chunk, next.offset = nil, b.chunk+1, 0
		if b.shown {
			r.showChunk(h, b, rows)
		} else {
			next.hidden = slices.Concat(b.hidden, rows)
		}
	}
	h.first = &next
	return nil
}

// showChunk brings a chunk into the rows. They show the snapshot's version, as far
// as they are here.
func (r *Replica) showChunk(h *held, b *begun, rows []wire.RowDelta) {
	cp := b.message.Checkpoint
	r.base = r.joined(cp.Cursor.Scope, rows, func(ident.Record) bool { return false })
	if h.shown == 0 {
		h.cursor.Marks = remember(wire.Cursor{Version: cp.Cursor.Version, LogHash: cp.Cursor.LogHash, Marks: h.cursor.Marks})
	}
	h.shown, h.floor = cp.Cursor.Version, max(h.floor, cp.Floor)
}

// applySnapshot makes a snapshot of which everything is here the state of its
// scope.
func (r *Replica) applySnapshot(e peer.StoreCheckpoint) (peer.Event, error) {
	c := e.Checkpoint.Cursor
	h := r.scopes[c.Scope]
	if h == nil || h.first == nil || h.first.message.ID != *e.Snapshot || h.first.chunk != uint64(len(h.first.message.Sizes)) {
		return nil, fault.New(fault.Corrupt, "sync.rows")
	}
	b := h.first
	h.first, r.volatile = nil, nil
	next := r.base
	if !b.shown {
		next = r.joined(c.Scope, b.hidden, func(ident.Record) bool { return true })
	}
	digest := digestOf(next, c.Scope)
	stored := peer.Stored{Scope: c.Scope, Version: c.Version, Intact: digest == e.Checkpoint.Digest || r.bug == HalfPull}
	if !stored.Intact {
		return stored, nil
	}
	marks := h.cursor.Marks
	if b.shown {
		marks = marks[1:]
	}
	r.base, h.shown, h.floor, h.digest = next, c.Version, max(h.floor, e.Checkpoint.Floor), digest
	h.cursor = c
	h.cursor.Marks = marks
	r.keep(c.Scope, c.Version, e.Checkpoint.Watermark, e.Kept)
	return stored, nil
}
