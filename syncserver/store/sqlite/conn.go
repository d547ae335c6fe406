// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mattn/go-sqlite3"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/syncserver/store/database"
)

// Conn is a database.Conn to a file. It talks to the driver directly: database/sql would cost more than most statements
// here. It keeps every statement it has prepared.
type Conn struct {
	c     *sqlite3.SQLiteConn
	stmts map[string]*sqlite3.SQLiteStmt
	begin string
}

var _ database.Conn = (*Conn)(nil)

// busy is how long a connection waits for another one's lock: 10 s.
const busy = "PRAGMA busy_timeout = 10000"

var writing = []string{
	"PRAGMA page_size = 8192", // a record with its state mostly fits a page of a clustered table
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL", // a receipt means: on disk
	busy,
	"PRAGMA secure_delete = ON", // a destroyed key or erased value leaves no bytes behind
	"PRAGMA wal_autocheckpoint = 2000",
	"PRAGMA cache_size = -16384",
}

// Writer opens a file to write in it, and makes it if it is not there. What was committed is on disk.
func Writer(path string) (*Conn, error) { return connect(path, "BEGIN IMMEDIATE", writing...) }

// Reader opens a file to read in it, also while somebody writes.
func Reader(path string) (*Conn, error) {
	return connect(path, "BEGIN", busy, "PRAGMA query_only = ON", "PRAGMA cache_size = -2048")
}

// Marker opens a copy that nobody else has open, to write a mark into it. It leaves no file beside it.
func Marker(path string) (*Conn, error) {
	return connect(path, "BEGIN IMMEDIATE", "PRAGMA secure_delete = ON")
}

// connect opens path and runs the pragmas in order.
func connect(path, begin string, pragmas ...string) (*Conn, error) {
	opened, err := (&sqlite3.SQLiteDriver{}).Open(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", meaning(err))
	}
	c := &Conn{c: opened.(*sqlite3.SQLiteConn), stmts: make(map[string]*sqlite3.SQLiteStmt), begin: begin}
	for _, p := range pragmas {
		if err := c.Run(p); err != nil {
			return nil, errors.Join(fmt.Errorf("set %s: %w", p, err), c.Close())
		}
	}
	return c, nil
}

// Close closes the connection.
func (c *Conn) Close() error {
	for _, s := range c.stmts {
		_ = s.Close() // the connection reports what matters
	}
	return c.c.Close()
}

// Begin implements database.Conn.
func (c *Conn) Begin() error {
	_, err := c.Exec(c.begin)
	return err
}

// InTransaction implements database.Conn. A full disk ends one.
func (c *Conn) InTransaction() bool { return !c.c.AutoCommit() }

// Run implements database.Conn.
func (c *Conn) Run(query string) error {
	_, err := c.c.Exec(query, nil)
	return meaning(err)
}

func (c *Conn) stmt(query string) (*sqlite3.SQLiteStmt, error) {
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

// Exec implements database.Conn.
func (c *Conn) Exec(query string, args ...driver.Value) (int64, error) {
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

// Query implements database.Conn.
func (c *Conn) Query(each func(row []driver.Value) error, query string, args ...driver.Value) (err error) {
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
	values := make([]driver.Value, len(rows.Columns()))
	for {
		err := rows.Next(values)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return meaning(err)
		}
		if err := each(values); errors.Is(err, database.ErrStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// machine are the codes of errors that lie in the machine and not in what was asked.
var machine = []sqlite3.ErrNo{
	sqlite3.ErrIoErr, sqlite3.ErrNomem, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrCantOpen, sqlite3.ErrReadonly,
}

// meaning gives an error of the driver its fault: a full disk or quota is
// fault.Exhausted "store.full"; a disk that fails, memory that is short and a lock that stays taken are
// fault.Unavailable, a damaged file is fault.Corrupt.
func meaning(err error) error {
	var e sqlite3.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code == sqlite3.ErrFull, durable.Full(e.SystemErrno):
		return fault.New(fault.Exhausted, "store.full").WithCause(err)
	case slices.Contains(machine, e.Code):
		return fault.New(fault.Unavailable, "").WithCause(err)
	case e.Code == sqlite3.ErrCorrupt, e.Code == sqlite3.ErrNotADB:
		return fault.New(fault.Corrupt, "").WithCause(err)
	}
	return err
}
