// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// The events of a Server.
type (
	// Accepted opens the session on the server's side.
	Accepted struct {
		Server    ident.Device
		Nonce     [32]byte
		Catalogue uint32
	}
	// Known answers Lookup.
	Known struct {
		Found  bool
		Off    bool   // switched off: may still deliver, gets nothing
		Public []byte // its signing key
	}
	// Checked answers Check: whether the signature is the device's.
	Checked struct{ Valid bool }
	// Failed answers anything that the server's store could not: the session
	// ends, and the device comes back after RetryMS.
	Failed struct {
		Fault   *fault.Error
		RetryMS int64
	}
	// Committed answers Commit.
	Committed struct {
		Lane     record.Lane
		Receipts []record.Receipt
		Chain    wire.Digest // at the last of Receipts
		Epoch    uint32
		Gap      *wire.Expect     // set instead: the frame does not continue the lane
		Closed   *wire.LaneClosed // set instead: the lane cannot go on
		Fault    *fault.Error     // set instead: the frame cannot be read; nothing was stored, and the device is told which it was
	}
	// Answered answers Answer: receipts of consecutive numbers; none if the lane
	// is not the device's or does not have the numbers.
	Answered struct {
		Lane     record.Lane
		Receipts []record.Receipt
		Chain    wire.Digest // at the last of Receipts
		Epoch    uint32
	}
	// ControlLoaded answers LoadControl.
	ControlLoaded struct{ Entries []wire.ControlEntry }
	// ControlMoved says that the device's control log grew, or that the
	// device was switched off or on.
	ControlMoved struct{ Off bool }
	// Placed answers Place: where a cursor stands.
	Placed struct {
		Cursor  wire.Cursor
		Granted bool           // false: the device may not hold the scope in that view
		Told    bool           // its control log has grown by this
		From    record.Version // where it may continue; 0 for everything
		Reset   *wire.Reset    // set when the cursor's log hash is not the server's
		Expect  []*wire.Expect // lanes of which the device has receipts that the server has lost
	}
	// Changed answers LoadChanges: rows up to To, and the checkpoint once the
	// answer is complete.
	Changed struct {
		Asked      LoadChanges
		To         record.Version
		Began      record.Version   // where the scope stood when the first page was read
		Rows       []*wire.Rows     // none when nothing of the view changed
		Kept       []*wire.Kept     // with the Checkpoint: boxes of what the server wrote itself
		Checkpoint *wire.Checkpoint // nil while more is to come
	}
	// Drained answers Drain.
	Drained struct{}
	// HeadMoved says that a scope has new versions; the empty scope means
	// any.
	HeadMoved struct{ Scope ident.Scope }
)

// The effects of a Server.
type (
	// Lookup asks for a device: Known.
	Lookup struct{ Device ident.Device }
	// Check asks whether Signature over Bytes is the device's: Checked.
	Check struct{ Public, Bytes, Signature []byte }
	// Opened says that the device has proved itself.
	Opened struct {
		Device      ident.Device
		Incarnation ident.Incarnation
		Program     string
		Offset      hlc.Offset
		Control     wire.ControlEnd // it has applied
	}
	// Commit asks to verify and commit a frame: Committed. Commits of one
	// session are carried out in order. One of a scope in Void was sent before the
	// device heard that its cursor is void; it is thrown away, and sent again.
	Commit struct {
		Data []byte
		Void []ident.Scope
	}
	// Answer asks for the stored receipts of numbers of a lane: Answered.
	Answer struct{ Ask *wire.Ask }
	// LoadControl asks for the control log after a number: ControlLoaded.
	LoadControl struct{ After uint64 }
	// AckControl notes what the device has applied. Where it proved that at the
	// start of the session, Mark is that of the entry.
	AckControl struct {
		Ack  *wire.ControlAck
		Mark uint64
	}
	// Place asks where a cursor stands: Placed.
	Place struct{ Cursor wire.Cursor }
	// LoadChanges asks for the records that changed after After, each with
	// all fields that changed after Since: Changed. Since is what the device
	// durably holds; After is further on while pages are under way. (Fields
	// cut at After would be lost when a record changes again between pages.) Of
	// records that were deleted up to Since, or for a device that holds nothing up to
	// Began, there is nothing in the answer; those that are restored since come whole.
	LoadChanges struct {
		Scope ident.Scope
		View  string
		Since record.Version
		After record.Version
		Began record.Version // of the answer with the first page
	}
	// Drain asks to be told when the messages sent so far have left for the
	// network: Drained.
	Drain struct{}
	// Confirmed says that the device durably holds a scope up to Version.
	Confirmed struct {
		Scope   ident.Scope
		Version record.Version
	}
	// NoteStatus keeps the device's status for the fleet view.
	NoteStatus struct{ Status wire.Status }
)

func (Accepted) event()      {}
func (Known) event()         {}
func (Checked) event()       {}
func (Failed) event()        {}
func (Committed) event()     {}
func (Answered) event()      {}
func (ControlLoaded) event() {}
func (ControlMoved) event()  {}
func (Placed) event()        {}
func (Changed) event()       {}
func (Drained) event()       {}
func (HeadMoved) event()     {}

func (Lookup) effect()      {}
func (Check) effect()       {}
func (Opened) effect()      {}
func (Commit) effect()      {}
func (Answer) effect()      {}
func (LoadControl) effect() {}
func (AckControl) effect()  {}
func (Place) effect()       {}
func (LoadChanges) effect() {}
func (Drain) effect()       {}
func (Confirmed) effect()   {}
func (NoteStatus) effect()  {}
