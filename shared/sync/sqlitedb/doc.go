// SPDX-License-Identifier: Apache-2.0

// Package sqlitedb opens SQLite the way this project uses it: write-ahead log,
// foreign keys on, immediate transactions, deleted content overwritten, and
// migrations from embedded SQL. It turns SQLite's errors into meanings of
// package fault, because a full disk in a village office has to become a
// sentence and not a number.
//
// HAZARD: SQLite calls a commit in WAL mode with synchronous NORMAL done before
// it is on disk: after a loss of power the last commits may be missing (never
// torn). What somebody was told is saved is committed with [Full]. A Full
// commit also makes every earlier commit of the same file durable, because they
// stand before it in one log.
package sqlitedb
