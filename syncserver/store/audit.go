// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Audit keeps the server's own audit log and those of devices.
type Audit interface {
	// Note appends entries to the server's own log, in order, and returns once
	// they are on disk. Number is the store's to fill in, and AtMS where it is 0.
	Note(ctx context.Context, entries ...audit.Entry) error

	// TakeAudit takes entries of a device's log, from number first on, of which
	// before is the hash at first−1. What it has is skipped by hash. It returns,
	// once all is on disk, where the log stands: before first if entries are
	// missing in between. fork says that the log has other entries under these
	// numbers: nothing was taken, the device has to begin another log, and at is
	// where both are known to agree. Without bodies it only compares.
	// fault.Invalid for what is no entry of that device.
	TakeAudit(ctx context.Context, log audit.Log, first uint64, before audit.Digest, bodies [][]byte) (at audit.State, fork bool, err error)

	// AuditState returns where a log stands; the zero Log is the server's own.
	AuditState(ctx context.Context, log audit.Log) (audit.State, error)

	// Audited returns entries, newest first.
	Audited(ctx context.Context, q AuditQuery) ([]Audited, error)

	// Written returns what was ever sent about a record and what became of it, by the
	// clocks of those who wrote: the change sets are their own audit log. A record
	// that the store does not have is fault.NotFound.
	Written(ctx context.Context, id ident.Record) ([]Written, error)

	// VerifyAudit checks every audit log, those in files too, against its chain,
	// the store's key and signed heads of the own log. Verify does the same without
	// heads.
	VerifyAudit(ctx context.Context, heads []audit.Head, report func(Breach)) error

	// ArchiveAudit moves the entries of whole months before a time into a file, so
	// that the database does not grow with them; it returns the file's name, "" if
	// there was nothing to move.
	ArchiveAudit(ctx context.Context, before time.Time) (name string, err error)
}

// AuditQuery selects entries. Zero fields select nothing out.
type AuditQuery struct {
	Subject ident.Subject // whose data were seen, or may have been: lists that only count are in it
	Record  ident.Record  // the same of one record and its subject
	Actor   ident.Actor   // who did it
	User    string        // by console user or system user
	Device  ident.Device  // where
	Deed    audit.Deed
	From    time.Time // inclusive
	To      time.Time // exclusive

	After AuditPlace // continue behind it
	Limit int        // 0 means 100
	Cold  bool       // also entries that were moved to files
}

// AuditPlace is where an entry stands in the order of answers.
type AuditPlace struct {
	AtMS   int64
	Log    int64
	Number uint64
}

// Audited is an entry of some log.
type Audited struct {
	audit.Entry
	Log   audit.Log
	Place AuditPlace
}

// Written is a change set that wrote to a record. It holds no value.
type Written struct {
	Link   record.Link
	Actor  ident.Actor
	Login  ident.Login
	Device ident.Device
	Act    string
	Kind   record.Kind // of the record
	Fields []record.Field

	// Clocks is what the device's clocks said when it was made, as it arrived: it is
	// kept however wrong it was. Floor is the stamp that it had to be later than.
	Clocks audit.Clocks
	Floor  hlc.Stamp

	Outcome record.Outcome
	Version record.Version // 0 if it was not applied
}
