// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Blobs is what the store knows of attachments: which files change sets name, and
// which are here. The files themselves lie beside it (package blobdir), sealed by
// the devices that took them.
type Blobs interface {
	// BeginBlob notes that a device begins to send a file; one that was begun
	// already stays as it is. fault.Exhausted "blob.quota" if the device then has
	// more than most bytes here that no change set names; fault.Conflict
	// "blob.size" if another size was begun or named.
	BeginBlob(ctx context.Context, b Blob, most int64) error

	// EndBlob notes that a file is here: whole, checked and on disk.
	EndBlob(ctx context.Context, digest [32]byte, now time.Time) error

	// Blob returns what is known of a file; fault.NotFound "blob.unknown" if no
	// device began to send it.
	Blob(ctx context.Context, digest [32]byte) (Blob, error)

	// BlobNames returns where change sets name a file.
	BlobNames(ctx context.Context, digest [32]byte) ([]BlobName, error)

	// Arrivals returns files that are here and named in a scope whose arrival
	// there was not noted yet.
	Arrivals(ctx context.Context) ([]Arrival, error)

	// NoteArrival says that the arrival is a record of the scope now.
	NoteArrival(ctx context.Context, a Arrival) error

	// StrayBlobs returns the files begun before a moment that no change set names.
	StrayBlobs(ctx context.Context, before time.Time) ([][32]byte, error)

	// DropBlob forgets a file, so that it can be deleted, and reports whether it
	// did: one that a change set names meanwhile stays.
	DropBlob(ctx context.Context, digest [32]byte) (bool, error)
}

// Blob is a file as it was sent.
type Blob struct {
	Digest  [32]byte
	Size    int64        // of the sealed bytes
	Device  ident.Device // who sent it
	Begun   time.Time
	Arrived time.Time // zero while it is not whole
}

// BlobName is a field whose value names a file, or named it once. Version is that of
// the change set; 0 if it is kept for an administrator.
type BlobName struct {
	Header  record.Header
	Field   record.Field
	Size    int64
	Version record.Version
}

// Arrival is a file that is here and named in a scope.
type Arrival struct {
	Scope  ident.Scope
	Digest [32]byte
	Size   int64
	At     time.Time
}
