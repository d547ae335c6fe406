// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

// conn is one connection to a database file. It talks to the driver directly:
// database/sql would cost more than most statements here. It serves one
// goroutine at a time and keeps every statement it has prepared.
type conn struct {
	c     *sqlite3.SQLiteConn
	stmts map[string]*sqlite3.SQLiteStmt
}

// connect opens path and runs the pragmas in order.
func connect(path string, pragmas ...string) (*conn, error) {
	opened, err := (&sqlite3.SQLiteDriver{}).Open(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", meaning(err))
	}
	c := &conn{c: opened.(*sqlite3.SQLiteConn), stmts: make(map[string]*sqlite3.SQLiteStmt)}
	for _, p := range pragmas {
		if err := c.run(p); err != nil {
			return nil, errors.Join(fmt.Errorf("set %s: %w", p, err), c.close())
		}
	}
	return c, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		_ = s.Close() // the connection reports what matters
	}
	return c.c.Close()
}

// run executes statements that are used once and take no arguments.
func (c *conn) run(query string) error {
	_, err := c.c.Exec(query, nil)
	return meaning(err)
}

func (c *conn) stmt(query string) (*sqlite3.SQLiteStmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	prepared, err := c.c.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", meaning(err))
	}
	s := prepared.(*sqlite3.SQLiteStmt)
	c.stmts[query] = s
	return s, nil
}

// exec runs a prepared statement and returns how many rows it changed.
func (c *conn) exec(query string, args ...driver.Value) (int64, error) {
	s, err := c.stmt(query)
	if err != nil {
		return 0, err
	}
	res, err := s.Exec(args)
	if err != nil {
		return 0, meaning(err)
	}
	return res.RowsAffected()
}

// row is one row of an answer. Its methods panic when the column has another
// type, which is a defect of the query.
type row []driver.Value

func (r row) int(i int) int64     { return r[i].(int64) }
func (r row) uint(i int) uint64   { return uint64(r[i].(int64)) }
func (r row) flag(i int) bool     { return r[i].(int64) != 0 }
func (r row) text(i int) string   { return r[i].(string) }
func (r row) blob(i int) []byte   { return r[i].([]byte) }
func (r row) id(i int) [16]byte   { return [16]byte(r[i].([]byte)) }
func (r row) hash(i int) [32]byte { return [32]byte(r[i].([]byte)) }

// errStop ends a query early without an error.
var errStop = errors.New("stop")

// query calls each with every row of the answer until it returns an error.
// The row is valid during the call only; its blobs are the caller's. The same
// query must not be run again from within each.
func (c *conn) query(each func(r row) error, query string, args ...driver.Value) (err error) {
	s, err := c.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args)
	if err != nil {
		return meaning(err)
	}
	defer func() {
		if closed := rows.Close(); err == nil {
			err = meaning(closed)
		}
	}()
	values := make(row, len(rows.Columns()))
	for {
		err := rows.Next(values)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return meaning(err)
		}
		if err := each(values); errors.Is(err, errStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// one returns the first row of the answer, nil if there is none.
func (c *conn) one(query string, args ...driver.Value) (found row, err error) {
	err = c.query(func(r row) error {
		found = append(row(nil), r...)
		return errStop
	}, query, args...)
	return found, err
}

// meaning gives an error of the driver its fault: a full disk or quota is
// fault.Exhausted "store.full", a disk that fails fault.Unavailable, a damaged file
// fault.Corrupt.
func meaning(err error) error {
	var e sqlite3.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code == sqlite3.ErrFull, durable.Full(e.SystemErrno):
		return fault.New(fault.Exhausted, "store.full").WithCause(err)
	case e.Code == sqlite3.ErrIoErr:
		return fault.New(fault.Unavailable, "").WithCause(err)
	case e.Code == sqlite3.ErrCorrupt, e.Code == sqlite3.ErrNotADB:
		return fault.New(fault.Corrupt, "").WithCause(err)
	}
	return err
}

// environmental reports whether err comes from the machine and not from what
// was written: trying smaller pieces would not help.
func environmental(err error) bool {
	if fault.Is(err, fault.Exhausted) || fault.Is(err, fault.Corrupt) || fault.Is(err, fault.Unavailable) {
		return true
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrIoErr, sqlite3.ErrNomem, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrCantOpen, sqlite3.ErrReadonly:
		return true
	}
	return false
}
