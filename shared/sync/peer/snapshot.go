// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/wire"
)

// The first sync of a scope from a snapshot. The server says what follows and
// sends it in pieces; the device keeps each as it comes, and after a cut asks for
// the rest. The last byte is the checkpoint; what changed since follows as rows.

type (
	// StoreSnapshot notes what pieces will follow, durably. What is kept of another
	// snapshot of the scope is dropped.
	StoreSnapshot struct{ Snapshot *wire.Snapshot }
	// StorePiece keeps a piece durably, and shows its chunk if it is complete and
	// may be shown.
	StorePiece struct{ Piece *wire.Piece }

	// LoadSnapshot asks for the snapshot with which a device begins: the one it
	// holds part of, if there still is one of that name, else a recent one:
	// Snapshotted.
	LoadSnapshot struct {
		Scope ident.Scope
		View  string
		Held  wire.HeldSnapshot
	}
	// Snapshotted answers LoadSnapshot; without a Snapshot the device gets rows.
	// Kept are the boxes up to its version.
	Snapshotted struct {
		Asked    LoadSnapshot
		Snapshot *wire.Snapshot
		Kept     []*wire.Kept
	}
	// LoadPiece asks for bytes of a chunk, as many as suit the store: PieceLoaded.
	LoadPiece struct {
		Scope  ident.Scope
		View   string
		ID     wire.SnapshotID
		Chunk  uint64
		Offset uint64
	}
	// PieceLoaded answers LoadPiece. Data is empty if the snapshot is gone.
	PieceLoaded struct {
		Asked LoadPiece
		Data  []byte
	}
)

func (StoreSnapshot) effect() {}
func (StorePiece) effect()    {}
func (LoadSnapshot) effect()  {}
func (Snapshotted) event()    {}
func (LoadPiece) effect()     {}
func (PieceLoaded) event()    {}

// inSnapshot is the snapshot that a scope begins with, on the device.
type inSnapshot struct {
	message *wire.Snapshot
	chunk   uint64 // what comes next
	offset  uint64
	got, of uint64 // bytes
}

// snapshot takes what the server says will follow.
func (d *Device) snapshot(m *wire.Snapshot) {
	d.paid()
	if m.Checkpoint == nil {
		d.fail(fault.New(fault.Corrupt, "sync.rows"), 0)
		return
	}
	scope := m.Checkpoint.Cursor.Scope
	s := d.asked(scope, m.Checkpoint.Answers)
	if s == nil || s.at != 0 || s.lost || s.storing {
		return
	}
	p := &inSnapshot{message: m, chunk: m.Chunk, offset: m.Offset}
	for i, size := range m.Sizes {
		p.of += size
		if uint64(i) < m.Chunk {
			p.got += size
		}
	}
	p.got += m.Offset
	if p.chunk > uint64(len(m.Sizes)) || p.offset > 0 && (p.complete() || p.offset >= m.Sizes[p.chunk]) {
		d.fail(fault.New(fault.Corrupt, "sync.rows"), 0)
		return
	}
	s.rows, s.first = nil, p
	d.do(StoreSnapshot{m})
	d.taken(s)
}

func (p *inSnapshot) complete() bool { return p.chunk == uint64(len(p.message.Sizes)) }

// piece takes the next bytes. Where some before them are missing, which no honest
// connection brings about, the device asks again with what it has.
func (d *Device) piece(m *wire.Piece) {
	d.paid()
	s := d.scopes[m.Scope]
	if s == nil || s.first == nil || s.first.message.ID != m.ID || s.lost {
		return
	}
	p := s.first
	switch at := cmp.Or(cmp.Compare(m.Chunk, p.chunk), cmp.Compare(m.Offset, p.offset)); {
	case at < 0:
		return // again
	case at > 0:
		s.lost = true
		d.looks.await(m.Scope)
		d.look()
		return
	}
	n := uint64(len(m.Data))
	if p.complete() || n == 0 || n > p.message.Sizes[p.chunk]-p.offset {
		d.fail(fault.New(fault.Corrupt, "sync.rows"), 0)
		return
	}
	p.got, p.offset = p.got+n, p.offset+n
	if p.offset == p.message.Sizes[p.chunk] {
		p.chunk, p.offset = p.chunk+1, 0
	}
	d.do(StorePiece{m})
	d.taken(s)
}

// taken asks for the checkpoint once everything is there.
func (d *Device) taken(s *inScope) {
	if p := s.first; p.complete() {
		d.do(StoreCheckpoint{Checkpoint: p.message.Checkpoint, Snapshot: &p.message.ID, Kept: s.kept})
		s.first, s.kept, s.storing = nil, nil, true
	}
}

// outSnapshot is the snapshot that a scope begins with, on the server.
type outSnapshot struct {
	held    wire.HeldSnapshot // what the device said
	message *wire.Snapshot    // nil until one was found
	chunk   uint64            // what is to be loaded next
	offset  uint64
}

func (p *outSnapshot) load(scope ident.Scope, view string) Effect {
	if p.message == nil {
		return LoadSnapshot{Scope: scope, View: view, Held: p.held}
	}
	return LoadPiece{Scope: scope, View: view, ID: p.message.ID, Chunk: p.chunk, Offset: p.offset}
}

func (s *Server) snapshotted(ev Snapshotted) {
	if o := s.answers(ev.Asked.Scope, ev.Asked); o != nil {
		if m := ev.Snapshot; m == nil {
			o.first = nil
			s.more(o)
		} else {
			o.first.message, o.first.chunk, o.first.offset = m, m.Chunk, m.Offset
			if len(ev.Kept) > 0 {
				s.outlet.pages = append(s.outlet.pages, pageOf(o, nil, ev.Kept, nil))
			}
			s.begun(o, m)
		}
	}
	s.hand()
	s.load()
}

func (s *Server) pieceLoaded(ev PieceLoaded) {
	if o := s.answers(ev.Asked.Scope, ev.Asked); o != nil {
		p := o.first
		if n := uint64(len(ev.Data)); n == 0 {
			o.first = &outSnapshot{}
			s.more(o)
		} else {
			if p.offset += n; p.offset >= p.message.Sizes[p.chunk] {
				p.chunk, p.offset = p.chunk+1, 0
			}
			s.begun(o, &wire.Piece{Scope: ev.Asked.Scope, ID: ev.Asked.ID, Chunk: ev.Asked.Chunk, Offset: ev.Asked.Offset, Data: ev.Data})
		}
	}
	s.hand()
	s.load()
}

// begun queues the next message of a snapshot. With the last one the device has a
// checkpoint to confirm.
func (s *Server) begun(o *outScope, m wire.Message) {
	p := o.first
	done := p.chunk == uint64(len(p.message.Sizes))
	s.outlet.pages = append(s.outlet.pages, page{of: o, messages: []wire.Message{m}, closes: done})
	if !done {
		s.more(o)
		return
	}
	v := p.message.Checkpoint.Cursor.Version
	o.first, o.sent, o.unheard, o.closing, o.moved = nil, v, v, true, true
}
