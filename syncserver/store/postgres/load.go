// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"

	"yuexin/shared/fault"
	"yuexin/syncserver/store/database"
	"yuexin/syncserver/store/sqlite"
)

// Loaded says how far Load is.
type Loaded struct {
	Table string
	Rows  int64 // of the table, so far
	Check bool  // they are being read again
}

// Load fills an empty database with the tables of a store's SQLite file, each in a transaction, and compares all rows of both
// when it is done. A Load that was interrupted goes on with the first table that is not whole; until it is done the
// database opens as no store. tell is called now and then.
//
// A database that holds a store is fault.Conflict "store.load.taken". Rows that differ are fault.Corrupt "store.load.differs":
// the file changed between two attempts, and an empty database is needed.
func (d Database) Load(ctx context.Context, path string, tell func(Loaded)) (err error) {
	defer fault.Wrap(&err, "load the store")
	if err := d.beginLoad(ctx); err != nil {
		return err
	}
	if err := d.migrate(ctx); err != nil {
		return err
	}
	from, err := sqlite.Reader(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	opened, err := d.connect(ctx, true)
	if err != nil {
		return err
	}
	to := opened.(*conn)
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := from.Begin(); err != nil {
		return err
	}
	l := loader{from: from, to: to, tell: tell}
	for _, table := range sqlite.Tables {
		if err := l.load(ctx, table); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	if err := l.compareAll(ctx, d); err != nil {
		return err
	}
	return l.finish()
}

// loading is the table of tables that are whole, which is there as long as a Load is not done.
const loading = "loading"

// beginLoad makes the database one that is being loaded, unless it is, or holds a store.
func (d Database) beginLoad(ctx context.Context) (err error) {
	opened, err := d.connect(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	unfinished, err := has(opened, loading)
	if err != nil || unfinished {
		return err
	}
	made, err := has(opened, "scope")
	if err != nil {
		return err
	}
	if made {
		return fault.New(fault.Conflict, "store.load.taken")
	}
	return opened.Run(`CREATE TABLE ` + loading + ` (name TEXT PRIMARY KEY, rows BIGINT NOT NULL, sum BYTEA NOT NULL)`)
}

// has says whether the database has a table.
func has(c database.Conn, table string) (found bool, err error) {
	err = c.Query(func([]driver.Value) error {
		found = true
		return nil
	}, `SELECT 1 WHERE to_regclass(?) IS NOT NULL`, table)
	return found, err
}

// loader carries tables over.
type loader struct {
	from database.Conn
	to   *conn
	tell func(Loaded)
}

// toldEvery is after how many rows a loader tells how far it is: some tenths of a second.
const toldEvery = 500

// load copies a table, unless that was done before, and notes the digest of its rows.
func (l *loader) load(ctx context.Context, table string) (err error) {
	whole := false
	err = l.to.Query(func([]driver.Value) error {
		whole = true
		return nil
	}, `SELECT 1 FROM `+loading+` WHERE name = ?`, table)
	if err != nil || whole {
		return err
	}
	columns, err := l.columns(table)
	if err != nil {
		return err
	}
	if err := l.to.Begin(); err != nil {
		return err
	}
	defer func() {
		if l.to.InTransaction() {
			err = errors.Join(err, l.to.Run("ROLLBACK"))
		}
	}()
	sum := rowSum{}
	next, stop := iter.Pull2(l.rows(ctx, l.from, table, columns, &sum, false))
	defer stop()
	_, err = l.to.pg.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		row, err, more := next()
		if !more {
			return nil, nil
		}
		return anys(row), err
	}))
	if err != nil {
		return meaning(err)
	}
	if _, err := l.to.Exec(`INSERT INTO `+loading+` (name, rows, sum) VALUES (?, ?, ?)`, table, sum.rows, sum.bytes()); err != nil {
		return err
	}
	_, err = l.to.Exec("COMMIT")
	return err
}

// rows are the rows of a table, added up in sum.
func (l *loader) rows(ctx context.Context, on database.Conn, table string, columns []string, sum *rowSum, check bool) iter.Seq2[[]driver.Value, error] {
	return func(yield func([]driver.Value, error) bool) {
		err := on.Query(func(row []driver.Value) error {
			sum.add(row)
			if sum.rows%toldEvery == 0 {
				l.tell(Loaded{table, sum.rows, check})
			}
			if !yield(row, nil) {
				return database.ErrStop
			}
			return ctx.Err()
		}, `SELECT `+quoted(columns)+` FROM `+table)
		if err != nil {
			yield(nil, err)
		}
	}
}

// columns are those of a table, as SQLite names them.
func (l *loader) columns(table string) (names []string, err error) {
	err = l.from.Query(func(row []driver.Value) error {
		names = append(names, row[0].(string))
		return nil
	}, tableColumns, table)
	return names, err
}

// tableColumns names the columns of a table of SQLite.
const tableColumns = `SELECT name FROM pragma_table_info(?) ORDER BY cid`

func quoted(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// compareAll reads all tables on both sides.
func (l *loader) compareAll(ctx context.Context, d Database) (err error) {
	back, err := d.connect(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, back.Close()) }()
	if err := back.Begin(); err != nil {
		return err
	}
	for _, table := range sqlite.Tables {
		if err := l.compare(ctx, table, back); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	return nil
}

// compare reads a table on both sides: all rows must be the same.
func (l *loader) compare(ctx context.Context, table string, back database.Conn) error {
	columns, err := l.columns(table)
	if err != nil {
		return err
	}
	var sums [2]rowSum
	for i, side := range []database.Conn{l.from, back} {
		for _, err := range l.rows(ctx, side, table, columns, &sums[i], true) {
			if err != nil {
				return err
			}
		}
	}
	if sums[0] != sums[1] {
		return fault.New(fault.Corrupt, "store.load.differs").With("table", table)
	}
	return nil
}

// finish makes the database a store: rows that are added are numbered behind those that came.
func (l *loader) finish() error {
	return l.to.Run(`
		BEGIN;
		SELECT setval(pg_get_serial_sequence('scope', 'sid'), coalesce(max(sid), 0) + 1, false) FROM scope;
		SELECT setval(pg_get_serial_sequence('lane', 'lid'), coalesce(max(lid), 0) + 1, false) FROM lane;
		SELECT setval(pg_get_serial_sequence('snapshot', 'number'), coalesce(max(number), 0) + 1, false) FROM snapshot;
		SELECT setval(pg_get_serial_sequence('audit_log', 'lid'), coalesce(max(lid), 0) + 1, false) FROM audit_log;
		DROP TABLE ` + loading + `;
		COMMIT;`)
}

// rowSum is the sum of the digests of rows, modulo 2¹²⁸, which hangs on no order.
type rowSum struct {
	rows      int64
	high, low uint64
}

// add adds a row: its values, each behind its type and length.
func (s *rowSum) add(row []driver.Value) {
	h := sha256.New()
	for _, v := range row {
		switch v := v.(type) {
		case int64:
			fmt.Fprintf(h, "i%d;", v)
		case string:
			fmt.Fprintf(h, "s%d;%s", len(v), v)
		case []byte:
			fmt.Fprintf(h, "b%d;%s", len(v), v)
		default:
			fmt.Fprintf(h, "n;")
		}
	}
	sum := h.Sum(nil)
	low := s.low + binary.BigEndian.Uint64(sum[8:])
	if low < s.low {
		s.high++
	}
	s.low = low
	s.high += binary.BigEndian.Uint64(sum)
	s.rows++
}

func (s *rowSum) bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, s.high), s.low)
}
