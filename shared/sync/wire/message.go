// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Protocol versions this package speaks. A server accepts the newest and the
// one before it.
const (
	ProtocolMin = 1
	ProtocolMax = 1
)

// Digest is a SHA-256 (or the suite's hash of the same size).
type Digest = [32]byte

// Kind is the type number of a message. Numbers are never reused.
type Kind uint8

// The messages. Device to server and back in the order of a session; 40–63
// are kept for later versions (courier bundles 40, merge links 41, erasure
// orders and receipts 42–43, attachments 44–47, more of snapshots 50–51, 53,
// receipt bundles for a courier 54).
const (
	KindHello      Kind = 1
	KindChallenge  Kind = 2
	KindProof      Kind = 3
	KindWelcome    Kind = 4
	KindFrame      Kind = 5
	KindReceipts   Kind = 6
	KindExpect     Kind = 7
	KindLaneClosed Kind = 8
	KindSubscribe  Kind = 9
	KindRows       Kind = 10
	KindCheckpoint Kind = 11
	KindHave       Kind = 12
	KindReset      Kind = 13
	KindControl    Kind = 14
	KindControlAck Kind = 15
	KindPing       Kind = 16
	KindPong       Kind = 17
	KindStatus     Kind = 18
	KindFault      Kind = 19
	KindBuckets    Kind = 20
	KindRepair     Kind = 21
	KindAsk        Kind = 22
	KindWant       Kind = 23
	KindSnapshot   Kind = 48
	KindPiece      Kind = 49
	KindKept       Kind = 52

	KindAudit        Kind = 55
	KindAuditReceipt Kind = 56
)

// Message is any of the message structs of this package.
type Message interface {
	kind() Kind
	fields(*codec)
}

// Hello opens a session. Device to server.
type Hello struct {
	Min         uint
	Max         uint
	Device      ident.Device
	Incarnation ident.Incarnation
	Nonce       [32]byte
	Program     string // "agent/0.1.0", for the fleet view
}

// Challenge answers Hello with the version chosen and what is to be signed.
type Challenge struct {
	Protocol uint
	Server   ident.Device
	Nonce    [32]byte
	TimeMS   int64 // server time when sent
}

// Proof shows that the device holds its key: a signature over ProofBytes.
// Reading and RoundTripMS let the server measure the clock's offset.
type Proof struct {
	Signature   []byte
	Reading     hlc.Reading // taken when Challenge arrived
	RoundTripMS int64       // Hello sent to Challenge received
	Control     uint64      // last control entry applied durably
	Mark        uint64      // its mark; 0 if the device has applied none since it was enrolled
	Trail       TrailEnd    // what the server has of the device's audit log, as it once said
}

// Welcome ends the handshake.
type Welcome struct {
	TimeMS    int64
	Catalogue uint32 // version the server judges by
	Window    uint   // frames a device may have in flight per lane
}

// Frame carries change sets of one lane, as EncodeFrame made it, in an envelope
// (replica/envelope): one byte that says whether it is sealed to the server.
type Frame struct {
	Data []byte
}

// Receipts answers frames, after the commit that holds the receipts is on
// disk. Ranges are consecutive and begin at From.
type Receipts struct {
	Lane    record.Lane
	Ranges  []ReceiptRange
	Through uint64 // every number up to this has a receipt
	Chain   Digest // the lane's chain digest at Through
	Epoch   uint32 // of the scope: a receipt of a lost epoch re-opens
	Asked   bool   // they answer an Ask, also when there are none
}

// ReceiptRange is the receipt of consecutive numbers of a lane that share one
// outcome. An applied range has consecutive versions from Version only if
// Versions is empty; otherwise Versions gives one each.
type ReceiptRange struct {
	From     uint64
	To       uint64
	Outcome  record.Outcome
	Version  record.Version
	Versions []record.Version
	Detail   *ReceiptDetail // only when From == To
}

// ReceiptDetail explains a receipt that is worse than accepted.
type ReceiptDetail struct {
	Reason  string
	Args    map[string]string
	Record  ident.Record
	Field   record.Field
	Fields  []FieldOutcome
	Chained bool
	First   uint64
	Decided bool // it was quarantined, and somebody at the server decided
}

// FieldOutcome is what became of one field.
type FieldOutcome struct {
	Record  ident.Record
	Field   record.Field
	Outcome record.Outcome
}

// Expect answers a frame that leaves a gap, or a lane the server knows less
// of than the device thinks: send from Number on.
type Expect struct {
	Lane   record.Lane
	Number uint64
	Chain  Digest // the server's digest at Number-1
}

// LaneClosed says that a lane cannot go on; the device continues in a new
// one, where unreceipted work is issued again naming its origin.
type LaneClosed struct {
	Lane   record.Lane
	Last   uint64 // last good number
	Chain  Digest
	Reason CloseReason
}

// CloseReason says why a lane was closed. Numbers are never reused.
type CloseReason uint8

// The reasons.
const (
	CloseFork     CloseReason = 1 // the same number arrived with another digest: cloned or restored device
	CloseUnproved CloseReason = 2 // a digest or signature does not verify
)

// Cursor is how far a device durably holds a scope in a view.
type Cursor struct {
	Scope       ident.Scope
	View        string
	ViewVersion uint32
	Version     record.Version
	LogHash     Digest

	// Marks and Lanes stand in Subscribe only: by them a server that was
	// restored from a copy without anybody saying so finds out.
	Marks []Mark    // earlier versions held, newest first
	Lanes []LaneEnd // of the device, in this scope

	// Held says, where Version is 0, that the device takes a snapshot, and what
	// it has of one already; nil: it wants rows.
	Held *HeldSnapshot
}

// isZero reports whether nothing of a checkpoint's cursor is set.
func (m *Cursor) isZero() bool {
	return m.Scope == "" && m.View == "" && m.ViewVersion == 0 && m.Version == 0 && m.LogHash == Digest{} && m.Held == nil
}

// Mark is a version that a device once held, with the log hash it had there.
type Mark struct {
	Version record.Version
	LogHash Digest
}

// LaneEnd is the newest receipt a device has of one of its lanes.
type LaneEnd struct {
	Incarnation ident.Incarnation
	Number      uint64
	Chain       Digest         // of the lane at Number
	Version     record.Version // the newest that receipts of the lane name
}

// Subscribe asks for scopes from cursors on; a zero version asks for all.
type Subscribe struct {
	Cursors []Cursor
	Number  uint64 // of this Subscribe in the session, from 0: what answers it says so
}

// Rows carries state of records: all fields of the view whose version lies
// above the device's. It becomes visible with the Checkpoint that closes it.
type Rows struct {
	Scope   ident.Scope
	Data    []byte // EncodeRows
	Answers uint64 // Subscribe.Number
}

// Checkpoint closes the Rows before it: the device holds the scope up to
// Version once it has applied them, in the same transaction.
type Checkpoint struct {
	Cursor Cursor
	Floor  hlc.Stamp // greatest effective stamp up to Version
	Digest Sum       // of the whole (scope, view)

	// Watermark is the version up to which the server's state is in a
	// backup: payloads up to it need not be kept any longer.
	Watermark record.Version
	// Rows is the number of live records of the view, for completeness.
	Rows uint64

	// Since is where the Rows begin: all that changed after it is in them. A
	// device whose cursor lies below it must not take this checkpoint.
	Since record.Version

	Answers uint64 // Subscribe.Number
}

// Have confirms that a checkpoint is durable on the device; it is also the
// credit for the next one.
type Have struct {
	Scope   ident.Scope
	Version record.Version
}

// Reset says that a cursor cannot be continued: its log hash is not the
// server's. The device keeps its outbox, asks again from Version 0 and offers
// what the server lost.
type Reset struct {
	Scope   ident.Scope
	Epoch   uint32
	From    record.Version // last version both share, if known
	Lineage []LineageForking
	Answers uint64 // Subscribe.Number
}

// LineageForking is record.Fork on the wire.
type LineageForking struct {
	Epoch uint32
	From  record.Version
}

// Control carries entries of the device's control log, in order.
type Control struct {
	Entries []ControlEntry
}

// ControlOp is what a control entry does. Numbers are never reused.
type ControlOp uint8

// The control operations.
const (
	ControlGrant     ControlOp = 1 // the device may hold Scope in View
	ControlRevoke    ControlOp = 2 // the device must purge Scope and confirm
	ControlLogin     ControlOp = 3 // Login binds Actor, this device and Role
	ControlLogout    ControlOp = 4 // Login is void
	ControlSwitchOff ControlOp = 5 // the device is switched off
	ControlKey       ControlOp = 6 // a public key of the server: Name, Key
)

// ControlEntry is one entry of a device's control log.
type ControlEntry struct {
	Number  uint64
	Op      ControlOp
	Scope   ident.Scope
	View    string
	Version record.Version // of the scope where it takes effect
	Login   ident.Login
	Actor   ident.Actor
	Role    record.Role
	Name    string
	Key     []byte
	Mark    uint64 // see MarkControl
}

// ControlEnd is how far a device has applied its control log. By the mark a server
// that was restored from a backup notices that it has given the number twice.
type ControlEnd struct{ Number, Mark uint64 }

// ControlAck confirms control entries up to Number. For a revocation it
// carries the device's signature over PurgeBytes: the purge receipt.
type ControlAck struct {
	Number    uint64
	Signature []byte
}

// Ping keeps a connection alive and measures the clock; Pong answers it.
type Ping struct {
	Number uint64
}

// Pong answers a Ping with the sender's time.
type Pong struct {
	Number uint64
	TimeMS int64
}

// Status tells the fleet view how the device is. It holds no personal data.
type Status struct {
	Waiting     uint64 // change sets without a receipt, Stranded among them
	OldestMS    int64  // age of the oldest of them
	Refused     uint64 // in the tray
	DiskFreeMB  uint64
	PaperOut    bool
	ClockWrong  bool
	BlobsToSend uint64
	Stranded    uint64 // of Waiting, what is of a closed lane: somebody has to carry it to the server
	Rules       string // what the device works by: "catalogue 2", "form household 3", a line each; "" from an older one
}

// Fault says why the session ends or a request is refused. Code is a wire
// code of package fault; Key is a message key.
type Fault struct {
	Code    string
	Key     string
	Args    map[string]string
	RetryMS int64  // do not come back before
	Final   bool   // the sender closes now
	Frame   uint64 // of the device's Frame messages in the session, from 1, the one that cannot be read; 0 for none
}

// Buckets is what a device holds of a scope up to a version, as BucketSums; the
// server answers with Repair for those that differ.
type Buckets struct {
	Scope   ident.Scope
	Version record.Version
	Sums    []Sum
}

// Repair names the buckets that differ and lists every record in them that is not
// deleted. The device drops what it holds there beyond the list, and asks with Want
// for what it lacks or holds otherwise.
type Repair struct {
	Scope   ident.Scope
	Version record.Version
	Buckets []uint8  // ascending
	List    []Listed // by id, at most MaxListed
	Answers uint64   // Subscribe.Number
}

// Want asks for records of a Repair, whole; the server answers with Rows, and goes
// on to a checkpoint from the Version of the Repair.
type Want struct {
	Scope   ident.Scope
	IDs     []ident.Record // at most MaxRows
	Answers uint64         // Repair.Answers
}

// SnapshotID names the content of a snapshot: who holds part of it can go on
// wherever the same content is offered.
type SnapshotID [16]byte

// HeldSnapshot is how much of a snapshot a device durably holds: all chunks before
// Chunk, and Offset bytes of that one. The zero value is nothing of any.
type HeldSnapshot struct {
	ID     SnapshotID
	Chunk  uint64
	Offset uint64
}

// Snapshot begins a first sync: the state of a scope in a view at one version, in
// chunks that stand for themselves and come in order, from a chunk and an offset
// on. A device shows a chunk when all of it is there, and holds the checkpoint
// once it has all of them. What it held of another snapshot is of no use.
type Snapshot struct {
	ID         SnapshotID
	Checkpoint *Checkpoint
	Sizes      []uint64 // of the chunks, in bytes
	Chunk      uint64   // where the pieces begin
	Offset     uint64
}

// Piece is consecutive bytes of a chunk (EncodeChunk) of a snapshot.
type Piece struct {
	Scope  ident.Scope
	ID     SnapshotID
	Chunk  uint64
	Offset uint64
	Data   []byte
}

// Ask asks for the receipts of numbers of a lane again: they were quarantined, and
// may have been decided since; or the server could not read them now, and may have
// taken them before. The server answers with Receipts.
type Ask struct {
	Lane record.Lane
	From uint64
	To   uint64
}

// Kept hands a device consecutive change sets that the server wrote itself and that
// no backup holds yet, sealed so that only the server reads them. The device keeps
// the box with the Checkpoint that follows, and offers it back, as a Frame, to a
// server that was restored and has lost them.
type Kept struct {
	Lane    record.Lane // of the server
	First   uint64
	Last    uint64
	Chain   Digest         // of the lane at Last
	Version record.Version // of the change set Last, the newest
	Data    []byte         // an envelope, as Frame has it
	Answers uint64         // Subscribe.Number
}

func (*Hello) kind() Kind      { return KindHello }
func (*Challenge) kind() Kind  { return KindChallenge }
func (*Proof) kind() Kind      { return KindProof }
func (*Welcome) kind() Kind    { return KindWelcome }
func (*Frame) kind() Kind      { return KindFrame }
func (*Receipts) kind() Kind   { return KindReceipts }
func (*Expect) kind() Kind     { return KindExpect }
func (*LaneClosed) kind() Kind { return KindLaneClosed }
func (*Subscribe) kind() Kind  { return KindSubscribe }
func (*Rows) kind() Kind       { return KindRows }
func (*Checkpoint) kind() Kind { return KindCheckpoint }
func (*Have) kind() Kind       { return KindHave }
func (*Reset) kind() Kind      { return KindReset }
func (*Control) kind() Kind    { return KindControl }
func (*ControlAck) kind() Kind { return KindControlAck }
func (*Ping) kind() Kind       { return KindPing }
func (*Pong) kind() Kind       { return KindPong }
func (*Status) kind() Kind     { return KindStatus }
func (*Fault) kind() Kind      { return KindFault }
func (*Buckets) kind() Kind    { return KindBuckets }
func (*Repair) kind() Kind     { return KindRepair }
func (*Want) kind() Kind       { return KindWant }
func (*Snapshot) kind() Kind   { return KindSnapshot }
func (*Piece) kind() Kind      { return KindPiece }
func (*Ask) kind() Kind        { return KindAsk }
func (*Kept) kind() Kind       { return KindKept }
