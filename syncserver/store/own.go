// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Own is what a server writes itself (console, desk, resident page, imports), and
// gets back from devices after a restore. Which device may bring it does not
// matter: its caller has checked the server's own signature.
type Own interface {
	// Own returns the change sets that the server wrote itself in a scope and that
	// no backup holds yet, with a version above since and up to to, oldest first,
	// cut into batches that a frame can hold. Of more than about most bytes the
	// oldest are left out. What was erased is left out.
	Own(ctx context.Context, scope ident.Scope, since, to record.Version, most int) ([]OwnBatch, error)

	// Adopt takes what a device was given to keep and the store has lost, in order,
	// durably. What it has already gets the receipt of the first time and nothing
	// else comes of it. What the store has not is applied as it was accepted once,
	// without being judged again, with the base of its author: what was written
	// since the restore was not seen. A change set about a record that is not there
	// yet is passed over.
	Adopt(ctx context.Context, a Adoption) (Taken, error)

	// Adopted lists what was taken back, newest first, at most limit.
	Adopted(ctx context.Context, limit int) ([]Adopted, error)
}

// OwnBatch is consecutive change sets of a lane of the server. The version is that
// of the last.
type OwnBatch struct {
	*wire.Batch
	Version record.Version
}

// Adoption is a batch that bears the server's own signature, and who brought it.
type Adoption struct {
	Device ident.Device
	Batch  *wire.Batch
	NowMS  int64 // server time
}

// Taken is what became of an Adoption.
type Taken struct {
	Receipts []record.Receipt // of all of it; nil if Later
	Later    bool             // part of it has to wait for a record: it has to be brought again
	New      int              // change sets that the store did not have
}

// Adopted is a change set that was taken back.
type Adopted struct {
	Link   record.Link // where it stands
	Was    record.Link // where it stood; the same, where nothing else stands there
	Act    string
	Device ident.Device // which brought it
	At     time.Time
}
