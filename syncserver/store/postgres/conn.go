// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"yuexin/shared/fault"
	"yuexin/syncserver/store/database"
)

// conn is a database.Conn. When the server was away it connects anew with the next transaction.
type conn struct {
	config *pgx.ConnConfig
	writes bool
	pg     *pgx.Conn
	texts  map[string]string // statements as PostgreSQL has them, by how the store has them
	within int               // cursors that are open
}

var _ database.Conn = (*conn)(nil)

func (d Database) connect(ctx context.Context, writes bool) (database.Conn, error) {
	config, err := d.config()
	if err != nil {
		return nil, err
	}
	c := &conn{config: config, writes: writes, texts: make(map[string]string)}
	if err := c.dial(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// storeLock names the locks that the writers of stores hold as long as they are connected, one per schema: "yuex" as a
// number.
const storeLock = 0x79756578

// dial connects. The writer is the only one: fault.Conflict "sync.store.busy" if there is another.
func (c *conn) dial(ctx context.Context) error {
	pg, err := pgx.ConnectConfig(ctx, c.config)
	if err != nil {
		return meaning(err)
	}
	if c.writes {
		if err := lock(ctx, pg); err != nil {
			return errors.Join(err, pg.Close(ctx))
		}
	}
	c.pg = pg
	return nil
}

// lock takes the lock of the writer. It waits for 2 s: PostgreSQL notices only after a moment that the one before has gone.
func lock(ctx context.Context, pg *pgx.Conn) error {
	_, err := pg.PgConn().Exec(ctx, fmt.Sprintf(`
		SET lock_timeout = '2s';
		SELECT pg_advisory_lock(%d, hashtext(current_schema()));
		RESET lock_timeout`, storeLock)).ReadAll()
	var of *pgconn.PgError
	if errors.As(err, &of) && of.Code == "55P03" { // lock_not_available
		return fault.New(fault.Conflict, "sync.store.busy")
	}
	return meaning(err)
}

// Close implements database.Conn.
func (c *conn) Close() error { return c.pg.Close(context.Background()) }

// Begin implements database.Conn. That the connection broke meanwhile often shows only here: then it is tried on a new one.
func (c *conn) Begin() error {
	begin := "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	if c.writes {
		begin = "BEGIN"
	}
	if err := c.Run(begin); err == nil || !c.pg.IsClosed() {
		return err
	}
	if err := c.dial(context.Background()); err != nil {
		return fault.New(fault.Unavailable, "").WithCause(err)
	}
	return c.Run(begin)
}

// InTransaction implements database.Conn.
func (c *conn) InTransaction() bool { return !c.pg.IsClosed() && c.pg.PgConn().TxStatus() != 'I' }

// Run implements database.Conn.
func (c *conn) Run(script string) error {
	_, err := c.pg.PgConn().Exec(context.Background(), script).ReadAll()
	return meaning(err)
}

// Exec implements database.Conn.
func (c *conn) Exec(query string, args ...driver.Value) (int64, error) {
	tag, err := c.pg.Exec(context.Background(), c.text(query), anys(args)...)
	if err != nil {
		return 0, meaning(err)
	}
	return tag.RowsAffected(), nil
}

// first is how many rows of an answer are fetched at a time. Most answers are shorter.
const first = 512

// Query implements database.Conn. A connection does one thing at a time: rows are fetched before each is called with them, all of
// a short answer at once, those of a longer one through a cursor. The cursor begins anew: with and without a limit PostgreSQL may
// answer in another order.
func (c *conn) Query(each func(row []driver.Value) error, query string, args ...driver.Value) error {
	if err := c.query(each, query, args...); !errors.Is(err, database.ErrStop) {
		return err
	}
	return nil
}

func (c *conn) query(each func(row []driver.Value) error, query string, args ...driver.Value) error {
	text := c.text(query)
	rows, err := c.fetch(fmt.Sprintf(`SELECT * FROM (%s) AS answer LIMIT %d`, text, first+1), anys(args)...)
	if err != nil {
		return err
	}
	if len(rows) <= first {
		return deliver(rows, each)
	}
	if c.writes { // what each writes is not part of the answer
		if rows, err = c.fetch(text, anys(args)...); err != nil {
			return err
		}
		return deliver(rows, each)
	}
	return c.long(each, text, anys(args)...)
}

// long calls each with the rows of a long answer. The cursor ends with it, or with the transaction.
func (c *conn) long(each func(row []driver.Value) error, text string, args ...any) (err error) {
	name := fmt.Sprintf("answer%d", c.within)
	c.within++
	defer func() { c.within-- }()
	ctx := context.Background()
	if _, err := c.pg.Exec(ctx, `DECLARE `+name+` NO SCROLL CURSOR FOR `+text, append([]any{pgx.QueryExecModeExec}, args...)...); err != nil {
		return meaning(err)
	}
	defer func() {
		if c.pg.PgConn().TxStatus() == 'T' { // a transaction that failed has no cursor any more
			_, closed := c.pg.Exec(ctx, `CLOSE `+name)
			err = errors.Join(err, meaning(closed))
		}
	}()
	for {
		rows, err := c.fetch(fmt.Sprintf(`FETCH FORWARD %d FROM %s`, first, name), pgx.QueryExecModeExec)
		if err != nil {
			return err
		}
		if err := deliver(rows, each); err != nil || len(rows) < first {
			return err
		}
	}
}

// deliver calls each with rows until it returns an error.
func deliver(rows [][]driver.Value, each func(row []driver.Value) error) error {
	for _, r := range rows {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// fetch returns all rows of an answer.
func (c *conn) fetch(text string, args ...any) ([][]driver.Value, error) {
	answer, err := c.pg.Query(context.Background(), text, args...)
	if err != nil {
		return nil, meaning(err)
	}
	defer answer.Close()
	var rows [][]driver.Value
	for answer.Next() {
		values, err := answer.Values()
		if err != nil {
			return nil, meaning(err)
		}
		row := make([]driver.Value, len(values))
		for i, v := range values {
			if row[i], err = plain(v); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	return rows, meaning(answer.Err())
}

// plain returns a value as the store knows it: int64, string, []byte or nil.
func plain(v any) (driver.Value, error) {
	switch v := v.(type) {
	case nil, int64, string, []byte:
		return v, nil
	case int32:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	}
	return nil, fmt.Errorf("a column of type %T: the statement lacks a cast", v)
}

func anys(args []driver.Value) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
	}
	return out
}

// text returns a statement as PostgreSQL has it: $1 for ? and ?1, and JOIN for the CROSS JOIN by which SQLite is told the order
// in which to read tables. No statement has a question mark in a string.
func (c *conn) text(query string) string {
	if text, known := c.texts[query]; known {
		return text
	}
	var b strings.Builder
	number := 0
	for rest := strings.ReplaceAll(query, "CROSS JOIN", "JOIN"); ; {
		before, after, found := strings.Cut(rest, "?")
		b.WriteString(before)
		if !found {
			break
		}
		b.WriteByte('$')
		if after == "" || after[0] < '0' || after[0] > '9' {
			number++
			b.WriteString(strconv.Itoa(number))
		}
		rest = after
	}
	c.texts[query] = b.String()
	return b.String()
}

// meaning gives an error its fault by its SQLSTATE (PostgreSQL manual, appendix A): no room is fault.Exhausted "store.full",
// damaged data fault.Corrupt, and what lies in the server or on the way to it fault.Unavailable.
func meaning(err error) error {
	if err == nil {
		return nil
	}
	var of *pgconn.PgError
	if !errors.As(err, &of) { // the connection, not the statement
		return fault.New(fault.Unavailable, "").WithCause(err)
	}
	switch {
	case of.Code == "53100":
		return fault.New(fault.Exhausted, "store.full").WithCause(err)
	case of.Code == "XX001", of.Code == "XX002":
		return fault.New(fault.Corrupt, "").WithCause(err)
	}
	switch of.Code[:2] {
	case "08", "25", "40", "53", "55", "57", "58":
		return fault.New(fault.Unavailable, "").WithCause(err)
	}
	return err
}
