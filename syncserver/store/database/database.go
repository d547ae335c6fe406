// SPDX-License-Identifier: Apache-2.0

// Package database is what the central store needs of the database that holds its rows: a few statements that
// SQLite and PostgreSQL understand alike, on one writing and several reading connections. Packages sqlite and
// postgres have it; package central is the store on either.
//
// # Statements
//
// Arguments are named ? in their order, or ?1, ?2 and so on. They and the columns of answers are int64, string and
// []byte; a truth is 0 or 1. Where the type of an argument follows from nothing it is cast, and a sum is cast to BIGINT.
// "INSERT … ON CONFLICT" stands for what SQLite alone would write shorter. CROSS JOIN … ON tells SQLite the order in which to
// read two tables; PostgreSQL plans for itself.
package database

import (
	"context"
	"database/sql/driver"
	"errors"
)

// ErrStop returned by the function that a query calls ends it early, without an error.
var ErrStop = errors.New("stop")

// Conn is one connection, for one goroutine at a time. Its errors that lie in the machine and not in what was asked are
// fault.Exhausted "store.full" (no room), fault.Unavailable (a disk, a lock, a server that is away) or fault.Corrupt.
type Conn interface {
	// Begin begins a transaction: one that writes, at once, on the writing connection; else one that sees a
	// single state. COMMIT, ROLLBACK, SAVEPOINT, RELEASE and ROLLBACK TO are statements for Exec.
	Begin() error

	// InTransaction says whether one is under way; a database may end it by itself.
	InTransaction() bool

	// Run executes statements that are used once and take no arguments.
	Run(script string) error

	// Exec executes a statement, which stays prepared, and returns how many rows it changed.
	Exec(query string, args ...driver.Value) (int64, error)

	// Query calls each with every row of the answer until it returns an error. The row is valid during the call only;
	// its bytes are the caller's. Other statements may be executed from within each, the same one not.
	Query(each func(row []driver.Value) error, query string, args ...driver.Value) error

	Close() error
}

// Engine is a database of its own, which one store has open at a time.
type Engine interface {
	// Exists says whether a store was made in it.
	Exists(ctx context.Context) (bool, error)

	// Migrate makes the store's tables, or brings them up to date.
	Migrate(ctx context.Context) error

	// Writer opens the connection that writes; there is one.
	Writer(ctx context.Context) (Conn, error)

	// Reader opens a connection that only reads.
	Reader(ctx context.Context) (Conn, error)

	// Copy writes one state of all tables to an SQLite file that is not there yet, as package sqlite has them, and lets
	// mark write into it before it gets its name.
	Copy(ctx context.Context, path string, mark func(path string) error) error

	// Check calls report with each defect of the database itself that it finds on a reading connection.
	Check(ctx context.Context, on Conn, report func(what string)) error
}
