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
	"yuexin/syncserver/store/database"
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
// write into it before it gets its name.
func Copy(ctx context.Context, from, to string, mark func(path string) error) error {
	return appear(ctx, to, mark, func(part string) error {
		c, err := connect(from, "BEGIN", busy)
		if err != nil {
			return err
		}
		_, err = c.Exec("VACUUM INTO ?", part)
		return errors.Join(err, c.Close())
	})
}

// Create writes a file with the tables of a store's data that fill fills in one transaction, and lets mark
// write into it before it gets its name.
func Create(ctx context.Context, to string, mark func(path string) error, fill func(to database.Conn) error) error {
	return appear(ctx, to, mark, func(part string) error {
		if err := migrate(ctx, part, dataSchema); err != nil {
			return err
		}
		c, err := Marker(part)
		if err != nil {
			return err
		}
		err = c.Begin()
		if err == nil {
			err = fill(c)
		}
		if err == nil {
			_, err = c.Exec("COMMIT")
		}
		return errors.Join(err, c.Close())
	})
}

// Tables are the tables of a store's data, each behind those it refers to.
var Tables = []string{
	"scope", "lane", "frame", "receipt", "log", "refused", "quarantine", "record", "history", "index_clear", "index_blind", "digest",
	"device", "enrolment", "actor", "login", "login_scope", "device_grant", "control", "staff", "setting", "reissue", "repeat",
	"blob_name", "blob", "snapshot", "snapshot_block", "audit_log", "audit_entry", "audit_whom", "audit_segment", "waiting",
	"decision", "adopted", "draft",
}

// appear lets a file appear under its name once it is whole and on disk: write writes it, mark marks it.
func appear(ctx context.Context, to string, mark, write func(path string) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if exists(to) {
		return fault.New(fault.Conflict, "sync.store.backup_exists")
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := write(part); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(to), err)
	}
	if err := mark(part); err != nil {
		return fmt.Errorf("mark the copy %s: %w", filepath.Base(to), err)
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
