// SPDX-License-Identifier: Apache-2.0

package sqlitedb

import (
	"errors"

	"github.com/mattn/go-sqlite3"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

// Fault gives an error of SQLite its meaning: Exhausted for a full disk
// ("store.full"), Corrupt for a damaged file ("store.corrupt"), Unavailable for
// a lock that another program holds ("store.busy"), NotAllowed for a file that
// cannot be opened or written ("store.denied"). An error that has a meaning
// already, every other error and nil come back as they are.
func Fault(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return fault.New(fault.Exhausted, "store.full").WithCause(err)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return corrupt(err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fault.New(fault.Unavailable, "store.busy").WithCause(err)
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen, sqlite3.ErrAuth:
		return fault.New(fault.NotAllowed, "store.denied").WithCause(err)
	}
	return ioFault(e, err)
}

// ioFault tells a full disk that the file system reported from a failing one.
func ioFault(e sqlite3.Error, err error) error {
	switch {
	case e.Code != sqlite3.ErrIoErr:
		return err
	case durable.Full(e.SystemErrno):
		return fault.New(fault.Exhausted, "store.full").WithCause(err)
	default:
		return fault.New(fault.Unavailable, "store.disk").WithCause(err)
	}
}

func corrupt(cause error) error {
	return fault.New(fault.Corrupt, "store.corrupt").WithCause(cause)
}
