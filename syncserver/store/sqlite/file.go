// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/sqlitedb"
)

// PrepareKeys makes a key file that its owner alone can read, if there is none, and brings its tables up to date.
func PrepareKeys(ctx context.Context, path string) error {
	f, err := durable.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return prepare(ctx, path, keySchema)
}

// prepare makes a file as Writer does, and brings its tables up to date.
func prepare(ctx context.Context, path, folder string) error {
	c, err := Writer(path)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, path, folder), c.Close())
}

// The folders of steps that shape a file: of the data, and of their keys.
const (
	dataSchema = "sql"
	keySchema  = "sql/keys"
)

//go:embed sql
var schema embed.FS

// migrate applies the steps of a folder of the schema that the file lacks.
func migrate(ctx context.Context, path, folder string) (err error) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	steps, err := fs.Sub(schema, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", filepath.Base(path), err)
	}
	if _, err := provider.Up(ctx); err != nil {
		err = meaning(err)
		// A damaged page shows as any error: a table that is there and is not.
		if found := sqlitedb.Check(ctx, db); fault.Is(found, fault.Corrupt) {
			err = fault.New(fault.Corrupt, "store.corrupt").WithCause(errors.Join(err, found))
		}
		return fmt.Errorf("migrate %s: %w", filepath.Base(path), err)
	}
	return nil
}

// Copy writes a compact copy of one state of a database, and lets mark
// write into it before it gets its name; mark may be nil.
func Copy(ctx context.Context, from, to string, mark func(path string) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if exists(to) {
		return fault.New(fault.Conflict, "sync.store.backup_exists")
	}
	c, err := connect(from, "BEGIN", busy)
	if err != nil {
		return err
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, c.Close())
	}
	_, err = c.Exec("VACUUM INTO ?", part)
	if err = errors.Join(err, c.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	if mark != nil {
		if err := mark(part); err != nil {
			return fmt.Errorf("mark the copy of %s: %w", filepath.Base(from), err)
		}
	}
	if err := errors.Join(os.Chmod(part, 0o600), durable.SyncFile(part)); err != nil {
		return err
	}
	return durable.Rename(part, to)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
