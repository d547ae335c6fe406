// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"testing"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

var snapshotID = wire.SnapshotID{7}

// announced is a snapshot of two chunks, of 4 and 3 bytes, at version 9.
func announced(chunk, offset uint64) *wire.Snapshot {
	return &wire.Snapshot{ID: snapshotID, Checkpoint: checkpoint(9), Sizes: []uint64{4, 3}, Chunk: chunk, Offset: offset}
}

func pieceAt(chunk, offset uint64, n int) *wire.Piece {
	return &wire.Piece{Scope: village, ID: snapshotID, Chunk: chunk, Offset: offset, Data: make([]byte, n)}
}

// begin returns a device that asked for a village of which it holds nothing.
func begin(t *testing.T) story {
	t.Helper()
	s := story{t, peer.NewDevice()}
	s.at(0, peer.Start{}, "send Hello")
	s.hears(&wire.Challenge{Protocol: 1}, "Offset", "Prove")
	s.at(0, peer.Proved{}, "send Proof")
	s.hears(&wire.Welcome{Window: 2}, "LoadOutbox", "LoadCursors", "LoadTrail")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village, Held: &wire.HeldSnapshot{}}}}, "send Subscribe")
	return s
}

func TestDeviceTakesASnapshot(t *testing.T) {
	s := begin(t)
	s.hears(announced(0, 0), "StoreSnapshot")
	s.hears(pieceAt(0, 0, 3), "StorePiece")
	s.hears(pieceAt(0, 0, 3)) // doubled
	s.hears(pieceAt(0, 3, 1), "StorePiece")
	other := pieceAt(1, 0, 3)
	other.ID[1] = 1
	s.hears(other) // of another snapshot
	s.hears(&wire.Piece{Scope: "unit:other", ID: snapshotID, Data: []byte{1}})
	s.hears(pieceAt(1, 0, 3), "StorePiece", "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 9, Intact: true}, "send Have")
	s.hears(announced(0, 0)) // the device holds more by now
}

// A device that has every byte already needs only to hear that the snapshot is there.
func TestDeviceGoesOnWithASnapshot(t *testing.T) {
	s := begin(t)
	s.hears(announced(1, 2), "StoreSnapshot")
	s.hears(pieceAt(1, 2, 1), "StorePiece", "StoreCheckpoint")
	s = begin(t)
	s.hears(announced(2, 0), "StoreSnapshot", "StoreCheckpoint")
}

// What is missing is asked for again, from what is there.
func TestDeviceMissesAPiece(t *testing.T) {
	s := begin(t)
	s.hears(announced(0, 0), "StoreSnapshot")
	s.hears(pieceAt(0, 0, 1), "StorePiece")
	s.hears(pieceAt(0, 2, 1), "LoadCursors")
	s.hears(pieceAt(0, 3, 1)) // of what was given up
	at := &wire.HeldSnapshot{ID: snapshotID, Offset: 1}
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village, Held: at}}}, "send Subscribe")
	again := announced(0, 1)
	again.Checkpoint.Answers = 1
	s.hears(again, "StoreSnapshot")
	s.hears(pieceAt(0, 1, 3), "StorePiece")
}

func TestDeviceRefusesAFalseSnapshot(t *testing.T) {
	for name, m := range map[string]*wire.Snapshot{
		"without a checkpoint": {ID: snapshotID},
		"beyond the end":       announced(3, 0),
		"beyond a chunk":       announced(0, 4),
		"into the end":         announced(2, 1),
	} {
		t.Run(name, func(t *testing.T) { begin(t).hears(m, "end sync.rows") })
	}
	for name, m := range map[string]*wire.Piece{"more than the chunk": pieceAt(0, 0, 5), "nothing": pieceAt(0, 0, 0)} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			s.hears(announced(0, 0), "StoreSnapshot")
			s.hears(m, "end sync.rows")
		})
	}
}

// A snapshot whose digest is wrong is not asked for again: rows are.
func TestDeviceDoesNotTrustASnapshotTwice(t *testing.T) {
	s := begin(t)
	s.hears(announced(2, 0), "StoreSnapshot", "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 9}, "LoadBuckets")
	s.at(0, peer.Bucketed{Scope: village}, "Forget", "LoadOutbox", "LoadCursors")
	asked := s.m.Step(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village, Held: &wire.HeldSnapshot{}}}})
	if c := asked[0].(peer.Send).Message.(*wire.Subscribe).Cursors[0]; c.Held != nil {
		t.Errorf("asks with %+v", c.Held)
	}
}

// Progress is told in bytes, from what the last session left.
func TestDeviceTellsHowMuchIsHere(t *testing.T) {
	s := begin(t)
	var state peer.State
	step := func(m wire.Message) {
		for _, e := range s.m.Step(0, peer.Received{Message: m}) {
			if p, ok := e.(peer.Progress); ok {
				state = p.State
			}
		}
	}
	step(announced(0, 2))
	if state.Got != 2 || state.Of != 7 || !state.Pulling || state.Settled {
		t.Errorf("begins with %+v", state)
	}
	step(pieceAt(0, 2, 2))
	if state.Got != 4 || state.Of != 7 {
		t.Errorf("goes on with %+v", state)
	}
	step(pieceAt(1, 0, 3))
	if state.Of != 0 || state.Settled {
		t.Errorf("ends with %+v", state)
	}
}

// beginsAt returns a server whose device asked with what it holds of a snapshot.
func beginsAt(t *testing.T, held *wire.HeldSnapshot, want string) story {
	t.Helper()
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	s.at(0, peer.Placed{Cursor: wire.Cursor{Scope: village, Held: held}, Granted: true}, want)
	return s
}

func snapshotted(m *wire.Snapshot) peer.Snapshotted {
	return peer.Snapshotted{Asked: peer.LoadSnapshot{Scope: village}, Snapshot: m}
}

func pieceLoaded(chunk, offset uint64, n int) peer.PieceLoaded {
	return peer.PieceLoaded{Asked: peer.LoadPiece{Scope: village, ID: snapshotID, Chunk: chunk, Offset: offset}, Data: make([]byte, n)}
}

func TestServerSendsASnapshot(t *testing.T) {
	s := beginsAt(t, &wire.HeldSnapshot{}, "LoadSnapshot")
	s.at(0, snapshotted(announced(0, 0)), "LoadPiece", "send Snapshot", "Drain")
	s.at(0, pieceLoaded(0, 0, 3), "LoadPiece")
	s.at(0, pieceLoaded(0, 3, 1)) // two are enough while the link is busy
	s.drained("send Piece", "send Piece", "Drain", "LoadPiece")
	s.at(0, peer.HeadMoved{Scope: village}) // the tail waits for what comes before it
	s.at(0, pieceLoaded(1, 0, 3))
	s.hears(&wire.Have{Scope: village, Version: 9}) // before it was handed over: nothing to confirm
	s.drained("send Piece", "Drain")
	s.hears(&wire.Have{Scope: village, Version: 9}, "Confirmed", "LoadChanges")
	s.at(0, changed(9, 9, 12, false))
	s.drained("send Rows", "send Checkpoint", "Drain")
}

// A device that does not know snapshots, and one for which there is none, get rows.
func TestServerSendsRowsInstead(t *testing.T) {
	beginsAt(t, nil, "LoadChanges")
	s := beginsAt(t, &wire.HeldSnapshot{}, "LoadSnapshot")
	s.at(0, snapshotted(nil), "LoadChanges")
	s.at(0, changed(0, 0, 5, false), "send Rows", "send Checkpoint", "Drain")
}

// A device that has everything is told so; one whose snapshot goes in the middle gets
// another, from the beginning.
func TestServerGoesOnWithASnapshot(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	held := wire.HeldSnapshot{ID: snapshotID, Chunk: 2}
	s.at(0, peer.Placed{Cursor: wire.Cursor{Scope: village, Held: &held}, Granted: true}, "LoadSnapshot")
	s.at(0, peer.Snapshotted{Asked: peer.LoadSnapshot{Scope: village, Held: held}, Snapshot: announced(2, 0)}, "send Snapshot", "Drain")
	s.hears(&wire.Have{Scope: village, Version: 9}, "Confirmed", "LoadChanges")

	s = beginsAt(t, &wire.HeldSnapshot{}, "LoadSnapshot")
	s.at(0, snapshotted(announced(0, 0)), "LoadPiece", "send Snapshot", "Drain")
	s.at(0, pieceLoaded(0, 0, 0), "LoadSnapshot")
	s.at(0, snapshotted(announced(0, 0)), "LoadPiece")
	s.drained("send Snapshot", "Drain")
}

// Pieces of a scope that was revoked, or asked for anew, reach nobody.
func TestServerDropsPiecesOfARevokedScope(t *testing.T) {
	s := beginsAt(t, &wire.HeldSnapshot{}, "LoadSnapshot")
	s.at(0, snapshotted(announced(0, 0)), "LoadPiece", "send Snapshot", "Drain")
	s.at(0, pieceLoaded(0, 0, 3), "LoadPiece")
	revoke := peer.ControlLoaded{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlRevoke, Scope: village}}}
	s.at(0, revoke, "send Control")
	s.at(0, pieceLoaded(0, 3, 1))
	s.drained()
}
