// SPDX-License-Identifier: Apache-2.0

package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// Sync says when a commit counts as done.
type Sync string

// The modes of PRAGMA synchronous in use.
const (
	Full   Sync = "FULL"   // on disk before the commit returns
	Normal Sync = "NORMAL" // a loss of power may take the last commits, in order
)

// Options says how to open a database. The zero Options opens it for one
// writer with Full durability.
type Options struct {
	Sync  Sync // "" is Full
	Conns int  // connections at most; 0 is 1
}

// busyMS is how long a statement waits for the lock of another connection.
const busyMS = "10000"

// cacheKiB is the page cache of a connection; SQLite reads a negative number as KiB.
// Its default of 2 MB spills in the middle of a pull of 10,000 rows.
const cacheKiB = "-16000"

// Open opens or makes the database file at path and checks that it is one:
// fault.Corrupt otherwise. The folder must exist.
func Open(ctx context.Context, path string, o Options) (*sql.DB, error) {
	dsn, err := source(path, o)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, path, dsn); err != nil {
		return nil, fmt.Errorf("open database: %w", Fault(err))
	}
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(max(1, o.Conns))
	db.SetConnMaxLifetime(0)
	var pages int64
	if err := db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&pages); err != nil {
		_ = db.Close() // the error that matters is the first
		return nil, fmt.Errorf("open database: %w", Fault(err))
	}
	return db, nil
}

// pageBytes is the page of a new database. A record of thirty fields fits it several
// times; of SQLite's 4096 bytes its rows take, once they pass a quarter, one more
// page each.
const pageBytes = "8192"

// prepare gives a database that is not there yet its page size, which cannot be
// changed once the write-ahead log is on.
func prepare(ctx context.Context, path, dsn string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	}
	file, _, _ := strings.Cut(dsn, "?")
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "PRAGMA page_size = "+pageBytes+"; PRAGMA journal_mode = WAL")
	return errors.Join(err, db.Close())
}

// source returns the data source name; a path may hold any character.
func source(path string, o Options) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open database: %w", err)
	}
	sync := o.Sync
	if sync == "" {
		sync = Full
	}
	q := url.Values{
		"_journal_mode":    {"WAL"},
		"_synchronous":     {string(sync)},
		"_foreign_keys":    {"on"},
		"_busy_timeout":    {busyMS},
		"_txlock":          {"immediate"},
		"_secure_delete":   {"on"},
		"_cache_size":      {cacheKiB},
		"_stmt_cache_size": {"32"},
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(abs)}).EscapedPath() + "?" + q.Encode(), nil
}

// Write runs do inside one transaction and commits it if do returns nil. Errors
// of SQLite come back as faults; those of do keep their meaning.
func Write(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", Fault(err))
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the error that matters is do's
		return Fault(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", Fault(err))
	}
	return nil
}

// Check reads the whole file and returns fault.Corrupt naming the first thing
// wrong with its structure, nil if it is sound.
func Check(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("check database: %w", Fault(err))
	}
	if found != "ok" {
		return corrupt(fmt.Errorf("quick_check: %s", found))
	}
	return nil
}
