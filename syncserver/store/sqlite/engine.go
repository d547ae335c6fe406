// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

	"yuexin/syncserver/store/database"
)

// File is the path of a file that holds the rows of a store, as a database.Engine.
type File string

var _ database.Engine = File("")

// Exists implements database.Engine.
func (f File) Exists(context.Context) (bool, error) { return exists(string(f)), nil }

// Migrate implements database.Engine.
func (f File) Migrate(ctx context.Context) error { return prepare(ctx, string(f), dataSchema) }

// Writer implements database.Engine.
func (f File) Writer(context.Context) (database.Conn, error) { return opened(Writer(string(f))) }

// Reader implements database.Engine.
func (f File) Reader(context.Context) (database.Conn, error) { return opened(Reader(string(f))) }

// opened keeps a connection that there is not from becoming an interface that is not nil.
func opened(c *Conn, err error) (database.Conn, error) {
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Copy implements database.Engine.
func (f File) Copy(ctx context.Context, path string, mark func(path string) error) error {
	return Copy(ctx, string(f), path, mark)
}

// Check implements database.Engine.
func (f File) Check(_ context.Context, on database.Conn, report func(what string)) error {
	err := on.Query(func(row []driver.Value) error {
		if text := row[0].(string); text != "ok" {
			report(text)
		}
		return nil
	}, `PRAGMA integrity_check(20)`)
	if err != nil {
		return err
	}
	return on.Query(func(row []driver.Value) error {
		report(fmt.Sprintf("a row of table %s refers to a missing row of table %s", row[0], row[2]))
		return nil
	}, `PRAGMA foreign_key_check`)
}

// Limit sets the most pages of 8 KiB that the file may take; 0 lifts the limit.
func (f File) Limit(on database.Conn, pages int) error {
	if pages <= 0 {
		pages = 1<<32 - 2 // the most SQLite knows
	}
	return on.Query(func([]driver.Value) error { return nil }, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
}
