// SPDX-License-Identifier: Apache-2.0

// Package central is the central store: one database, embedded SQLite unless another is handed in, one
// key file, one writer.
//
// # Files
//
// In its folder lie data.db (everything but keys), keys.db (the data keys,
// each wrapped) and master.key (the key that wraps them, mode 0600, unless a
// key service is handed in). What is of class C2 or C3 stands in data.db
// sealed only: in the state of records, in history, in the stored change sets,
// whatever became of them. The tables are described in ../sqlite/sql.
//
// # Writing
//
// All writes go through one goroutine. It takes what waits (a group), gives
// each task its own savepoint, commits once with synchronous=FULL, and only
// then answers. New data keys are committed to keys.db before the data that
// needs them. If a group fails for a reason that lies in one of its tasks, it
// is halved until that task stands alone; a batch that fails is undone to its
// savepoint and taken again one change set at a time; a change set that fails
// alone is quarantined with a receipt. A full disk fails the whole group with
// fault.Exhausted and leaves nothing behind.
//
// # Snapshots
//
// A device that begins with a scope is given a snapshot, made once per (scope,
// view) and given to everybody until it is too far behind (package snapshot). It is
// a derived copy: sealed under a key of its own, left out of backups, removed when
// it is old or all together are too large, and made anew when asked for. A trigger
// of keys.db destroys the keys of all snapshots in the transaction that destroys
// any other key: no erasure can forget one, whoever writes it.
//
// # Cost
//
// A batch of n change sets of one lane costs one row each in frame, receipt
// and log, whatever n is, plus per new record one row with two indexes and
// one row per indexed field.
package central
