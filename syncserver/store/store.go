// SPDX-License-Identifier: Apache-2.0

// Package store is the contract of the central store: what the hub, the
// console and the fleet need of it, whatever database is below. storetest
// tests every implementation of it; central is one.
package store

import (
	"context"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Store is the central store.
type Store interface {
	Sync
	Own
	Fleet
	Staff
	Audit
	Blobs
	Drafts

	// As returns the store as one person at the server sees it: reads are
	// cut to the login's view, writes go through the server's own lane and
	// are judged like any other.
	As(login Login) record.Store

	// AsPerson is As for somebody whose own key is at hand: what they apply
	// carries their signature, by the key that login.Person names.
	AsPerson(login Login, own Signer) record.Store

	// SetRules makes the store judge by another catalogue and access table, from the next
	// commit on.
	SetRules(ctx context.Context, catalogue *record.Catalogue, access *record.Access) error

	// Watch returns a channel that gets every scope whose head moved. A
	// receiver that is too slow gets the empty scope: look at all of them.
	Watch(ctx context.Context) <-chan ident.Scope

	// Verify checks every invariant of the store and calls report once for
	// each breach, naming what is wrong.
	Verify(ctx context.Context, report func(Breach)) error

	// Backup writes a consistent copy of the store to dir, which must be new
	// or empty, and apart from it, in dir/keys, the keys without which the
	// copy says nothing about anybody, and the attachments; it does not stop writers. Once the copy
	// is on disk the Watermark of each scope moves to the head it holds.
	Backup(ctx context.Context, dir string) error

	Close() error
}

// Signer signs with a person's own key; package seal has it.
type Signer interface {
	Sign(purpose string, message []byte) ([]byte, error)
}

// Sync is what a session with a device needs.
type Sync interface {
	// Lane returns where a lane stands; a lane never seen has Next 1.
	Lane(ctx context.Context, lane record.Lane) (LaneState, error)

	// LaneChain returns the chain digest of a lane at a number; false if the
	// lane does not have it.
	LaneChain(ctx context.Context, lane record.Lane, number uint64) (wire.Digest, bool, error)

	// Commit judges and applies the change sets of a verified batch, in
	// order, and returns once the receipts are on disk. Links the lane
	// already has are skipped by digest. The error is *GapError or
	// *ForkError when the batch does not continue the lane; nothing was
	// applied then.
	Commit(ctx context.Context, s Submission) ([]record.Receipt, error)

	// Receipts returns the stored receipts of a lane from..to, inclusive;
	// fault.NotFound if the lane does not have all of these numbers.
	Receipts(ctx context.Context, lane record.Lane, from, to uint64) ([]record.Receipt, error)

	// Answer returns the stored receipts of numbers of a lane that a device asks
	// for, with the lane's digest at the last; none if the lane is not the
	// device's or does not have all of them.
	Answer(ctx context.Context, device ident.Device, lane record.Lane, from, to uint64) ([]record.Receipt, wire.Digest, error)

	// Scope returns where a scope stands.
	Scope(ctx context.Context, scope ident.Scope) (ScopeState, error)

	// LogHash returns the scope's log hash at v; false if v is not in its
	// log (a version of a lost epoch, or one not reached yet).
	LogHash(ctx context.Context, scope ident.Scope, v record.Version) (wire.Digest, bool, error)

	// Parted tells the store that another history of the scope is or was in
	// the world, which no operator has said: somebody holds the versions lost
	// and the store does not, or holds them otherwise; up to shared both are the
	// same. If the scope's lineage takes one of them for its own, the store begins
	// a new epoch, or, where it has one already, moves that one's fork down to
	// shared. Otherwise nothing changes. It returns where the scope stands.
	Parted(ctx context.Context, scope ident.Scope, shared record.Version, lost ...record.Version) (ScopeState, error)

	// Delta returns the records of a view that changed after a version, at most about
	// limit of them, oldest change first, each with all fields of the view that changed
	// since another version, and the version up to which the answer is complete. The
	// answer is state, never history. A record that was deleted before From began is left
	// out: the receiver has nothing of it, or knows; one that is restored since comes
	// whole, since the receiver may have nothing of it. In Sum and Live deleted ones count
	// for nothing. A scope the store has not met is empty.
	Delta(ctx context.Context, scope ident.Scope, view record.View, from From, limit int) (Delta, error)

	// Snapshot returns how a device that holds nothing of a scope begins: with the
	// snapshot it holds part of, from there on, if the store still has that, else
	// with a recent one, which is made if there is none. Deleted records are in none. nil says that it begins
	// with rows: the scope is small, or cannot be cut.
	Snapshot(ctx context.Context, scope ident.Scope, view record.View, held wire.HeldSnapshot) (*wire.Snapshot, error)

	// SnapshotPiece returns bytes of a chunk of a snapshot from an offset on, at
	// most wire.MaxPieceBytes and at least one; fault.Gone if the store does not
	// have it any more.
	SnapshotPiece(ctx context.Context, scope ident.Scope, id wire.SnapshotID, chunk, offset uint64) ([]byte, error)

	// Repair compares what somebody holds of a scope in a view and lists all records
	// of the buckets that differ, but those that are deleted; buckets that would make
	// the list longer than wire.MaxListed are left out.
	Repair(ctx context.Context, scope ident.Scope, view record.View, held *wire.BucketSums) (*wire.Repair, error)

	// Whole returns records of a scope by id, deleted or not, each with all fields of
	// the view. Those of which the view sees nothing, or of another scope, are left out.
	Whole(ctx context.Context, scope ident.Scope, view record.View, ids []ident.Record) ([]wire.RowDelta, error)
}

// Submission is a verified batch with the session it came in.
type Submission struct {
	Device ident.Device
	Batch  *wire.Batch
	Offset hlc.Offset // measured in this session
	NowMS  int64      // server time

	// Carried says that a person brought it, in a lane of package courier: what the
	// store does not have under its origin is quarantined, whoever wrote it.
	Carried bool
}

// LaneState is where a lane stands.
type LaneState struct {
	Next   uint64      // the number it expects
	Chain  wire.Digest // digest at Next−1
	Closed bool
}

// GapError says that a batch begins after the number the lane expects.
type GapError struct{ Expect LaneState }

// Error says that something is missing.
func (*GapError) Error() string { return "change sets are missing before this batch" }

// ForkError says that a number the lane has arrived with another digest.
type ForkError struct{ Last LaneState }

// Error says that two change sets claim one place.
func (*ForkError) Error() string { return "the lane has another change set under this number" }

// ScopeState is where a scope stands.
type ScopeState struct {
	Head    record.Version
	LogHash wire.Digest
	Floor   hlc.Stamp // greatest effective stamp
	Lineage record.Lineage

	// Watermark is the head that the last finished backup holds; 0 if none.
	Watermark record.Version
}

// From is where a Delta begins. (A page cut by After alone would lose the older fields
// of a record that is changed again while the pages are read.)
type From struct {
	Since record.Version // what the receiver durably holds; 0 for nothing
	After record.Version // Since for the first page, and To of the page before for the next ones
	Began record.Version // for later pages of a receiver that holds nothing: Began of the first one's Delta
}

// Delta is a cut of what changed.
type Delta struct {
	Rows  []wire.RowDelta
	To    record.Version // complete up to here
	Began record.Version // the head when the first page was read; of records deleted up to there nothing is in any
	State ScopeState     // at To
	Sum   wire.Sum       // digest of the whole (scope, view) at To; valid only if !More
	Live  uint64         // live records of the view at To; valid only if !More
	More  bool           // ask again with After = To
}

// Login is the binding of a person, a device and a role.
type Login struct {
	ID     ident.Login
	Actor  ident.Actor
	Device ident.Device // zero or the server's own for people who work at the server
	Role   record.Role
	Scopes []ident.Scope // scopes it may use; a nil slice means all (analysts, administrators, the desk)
	Off    bool
	Person []byte // the actor's own signing key as package seal encodes it; nil: not known
}

// Refusal is a judge's reason not to apply a change set.
type Refusal struct {
	Outcome record.Outcome // Rejected or Quarantined
	Reason  string         // message key
	Args    map[string]string
	Record  record.Header
	Field   record.Field
}

// Rule is a check of the domain inside the committing transaction, after the
// login, the access table and the catalogue have been checked: legal moves of
// a demand, for example. It returns nil to let the change set pass.
type Rule func(ctx context.Context, read Reader, login Login, cs *record.ChangeSet) (*Refusal, error)

// Reader reads records inside a transaction.
type Reader interface {
	Get(ctx context.Context, id ident.Record) (record.Row, error)
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Breach is a broken invariant.
type Breach struct {
	Rule  string // "chain", "digest", "receipt", …
	Where string // scope, lane or record id; never content
	What  string
}
