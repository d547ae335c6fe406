// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"yuexin/syncserver/store/database"
	"yuexin/syncserver/store/sqlite"
)

// Copy implements database.Engine.
func (d Database) Copy(ctx context.Context, path string, mark func(path string) error) error {
	return sqlite.Create(ctx, path, mark, func(to database.Conn) (err error) {
		from, err := d.connect(ctx, false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, from.Close()) }()
		if err := from.Begin(); err != nil {
			return err
		}
		for _, table := range sqlite.Tables {
			if err := copyTable(ctx, from, to, table); err != nil {
				return fmt.Errorf("copy table %s: %w", table, err)
			}
		}
		return nil
	})
}

// copyTable writes all rows of a table into the same one of an SQLite file, which is empty.
func copyTable(ctx context.Context, from, to database.Conn, table string) error {
	var columns []string
	err := to.Query(func(row []driver.Value) error {
		columns = append(columns, row[0].(string))
		return nil
	}, tableColumns, table)
	if err != nil {
		return err
	}
	list := quoted(columns)
	insert := `INSERT INTO ` + table + ` (` + list + `) VALUES (?` + strings.Repeat(", ?", len(columns)-1) + `)`
	return from.Query(func(row []driver.Value) error {
		if _, err := to.Exec(insert, row...); err != nil {
			return err
		}
		return ctx.Err()
	}, `SELECT `+list+` FROM `+table)
}
