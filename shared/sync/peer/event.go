// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Event is what happens to a machine.
type Event interface{ event() }

// Effect is what a machine wants done. The comment on each says which event
// reports its result; without one it needs no report.
type Effect interface{ effect() }

// The events that both machines know.
type (
	// Received is a message from the other end.
	Received struct{ Message wire.Message }
	// Tick lets time pass; one every second or so.
	Tick struct{}
)

// The events of a Device.
type (
	// Start opens the session.
	Start struct {
		Device      ident.Device
		Incarnation ident.Incarnation
		Nonce       [32]byte
		Program     string
		Control     wire.ControlEnd // applied durably
		Trail       wire.TrailEnd   // receipted durably
		Off         bool            // the control log says that the device is switched off
	}
	// Proved answers Prove.
	Proved struct {
		Signature []byte
		Reading   hlc.Reading
	}
	// Outbox answers LoadOutbox, and reports new local work at any time:
	// every lane with change sets that have no receipt, and every box that waits
	// to be offered back.
	Outbox struct {
		Lanes  []Unsent
		Offers []Offer
	}
	// Loaded answers LoadFrame. Data is nil when nothing is left from
	// there; To is the last number inside.
	Loaded struct {
		Lane     record.Lane
		From, To uint64
		Data     []byte
	}
	// Receipted answers StoreReceipts. Reopened says that they contradict what
	// the server once said, so that earlier change sets of the lane wait again.
	Receipted struct {
		Lane     record.Lane
		Reopened bool
		Asked    bool // as the receipts have it
	}
	// Aside answers LoadAside: runs of numbers whose receipt says quarantined.
	Aside struct{ Runs []Unsent }
	// Cursors answers LoadCursors.
	Cursors struct{ Cursors []wire.Cursor }
	// Stored answers StoreCheckpoint: it is durable, and Intact says whether
	// the digest of what the device now holds is the server's.
	Stored struct {
		Scope   ident.Scope
		Version record.Version
		Intact  bool
	}
	// Controlled answers StoreControl with the number applied durably and,
	// where the entries revoked a scope, the signed purge.
	Controlled struct {
		Acks []wire.ControlAck
	}
	// Report tells the server how the device is; sent at start and on change.
	Report struct{ Status wire.Status }
)

// Unsent is a lane with change sets that have no receipt yet.
type Unsent struct {
	Lane  record.Lane
	First uint64 // the first without a receipt
	Last  uint64
}

// The effects of a Device.
type (
	// Send sends a message to the other end.
	Send struct{ Message wire.Message }
	// Prove asks for a signature over Bytes with the device's key: Proved.
	Prove struct{ Bytes []byte }
	// Offset reports the clock's offset as measured by this session.
	Offset struct {
		ServerMS    int64
		RoundTripMS int64
	}
	// LoadOutbox asks for the lanes with unreceipted work: Outbox.
	LoadOutbox struct{}
	// LoadFrame asks for an encoded frame of a lane beginning at From: Loaded.
	LoadFrame struct {
		Lane  record.Lane
		From  uint64
		Alone bool // with one change set only
	}
	// StoreReceipts makes receipts durable: Receipted.
	StoreReceipts struct{ Receipts *wire.Receipts }
	// LoadAside asks for what is quarantined: Aside.
	LoadAside struct{}
	// Rewind says that the server expects a lane at another number: the
	// replica checks the digest and reports Outbox, or closes the lane.
	Rewind struct{ Expect *wire.Expect }
	// NewLane says that the server closed a lane: the replica issues its
	// unreceipted work again in a new one and reports Outbox.
	NewLane struct{ Closed *wire.LaneClosed }
	// PutAside says that the server cannot read a change set, whatever frame it
	// comes in: the replica keeps it for its author to see, issues what follows it in
	// its lane again in a new one, and reports Outbox.
	PutAside struct {
		Lane   record.Lane
		Number uint64
	}
	// LoadCursors asks for the cursors of every granted scope: Cursors.
	LoadCursors struct{}
	// StoreCheckpoint applies rows and cursor in one transaction: Stored. With
	// Wanted the rows are those asked for and what changed since their list; with a
	// Snapshot the rows are those of the pieces kept.
	StoreCheckpoint struct {
		Rows       []wire.RowDelta
		Checkpoint *wire.Checkpoint
		Wanted     *Wanted
		Snapshot   *wire.SnapshotID
		Kept       []*wire.Kept // boxes to keep with it
	}
	// Forget drops the cursor of a scope, never its outbox; the next
	// Subscribe starts from nothing.
	Forget struct {
		Scope ident.Scope
		Reset *wire.Reset // nil when the device's own digest did not match
	}
	// StoreControl applies control entries: Controlled.
	StoreControl struct{ Entries []wire.ControlEntry }
	// Progress tells people how far things are.
	Progress struct{ State State }
	// End closes the connection. RetryMS > 0 asks not to come back before.
	End struct {
		Fault   *fault.Error // nil for a regular end
		RetryMS int64
	}
)

// State is how a session stands, for people.
type State struct {
	Phase   Phase
	Sending bool // frames are under way
	Pulling bool // rows are expected

	// Got of Of bytes of the snapshots that scopes begin with are here.
	Got, Of uint64

	// Settled says that nothing waits: every local change has its receipt,
	// and every scope is held at least up to what those receipts speak of.
	Settled bool
}

// Phase is how far a session is.
type Phase uint8

// The phases.
const (
	Opening Phase = iota // handshake
	Open                 // working
	Closed
)

func (Received) event()   {}
func (Tick) event()       {}
func (Start) event()      {}
func (Proved) event()     {}
func (Outbox) event()     {}
func (Loaded) event()     {}
func (Receipted) event()  {}
func (Aside) event()      {}
func (Cursors) event()    {}
func (Stored) event()     {}
func (Controlled) event() {}
func (Report) event()     {}

func (Send) effect()            {}
func (Prove) effect()           {}
func (Offset) effect()          {}
func (LoadOutbox) effect()      {}
func (LoadFrame) effect()       {}
func (StoreReceipts) effect()   {}
func (LoadAside) effect()       {}
func (Rewind) effect()          {}
func (NewLane) effect()         {}
func (PutAside) effect()        {}
func (LoadCursors) effect()     {}
func (StoreCheckpoint) effect() {}
func (Forget) effect()          {}
func (StoreControl) effect()    {}
func (Progress) effect()        {}
func (End) effect()             {}
