// SPDX-License-Identifier: Apache-2.0

package sqlitedb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"yuexin/shared/fault"
)

// Migrate brings the schema of db to the newest step in folder dir of fsys, whose
// files are named 00001_words.sql and written for goose; each runs in a
// transaction of its own. A database that a newer program has already moved
// further is fault.Unsupported ("store.newer") and left alone.
func Migrate(ctx context.Context, db *sql.DB, fsys fs.FS, dir string) (err error) {
	defer fault.Wrap(&err, "migrate database")
	steps, err := fs.Sub(fsys, dir)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err != nil {
		return err
	}
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return Fault(err)
	}
	sources := provider.ListSources()
	if newest := sources[len(sources)-1].Version; current > newest {
		cause := fmt.Errorf("schema %d, this program knows %d", current, newest)
		return fault.New(fault.Unsupported, "store.newer").WithCause(cause)
	}
	if current == sources[len(sources)-1].Version {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return Fault(err)
	}
	return nil
}
