// SPDX-License-Identifier: Apache-2.0

package central

import (
	"database/sql/driver"

	"yuexin/shared/fault"
	"yuexin/syncserver/store/database"
)

// conn is one connection to a database.
type conn struct{ database.Conn }

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

// query calls each with every row of the answer until it returns an error.
func (c *conn) query(each func(r row) error, query string, args ...driver.Value) error {
	return c.Query(func(values []driver.Value) error { return each(values) }, query, args...)
}

// one returns the first row of the answer, nil if there is none.
func (c *conn) one(query string, args ...driver.Value) (found row, err error) {
	err = c.query(func(r row) error {
		found = append(row(nil), r...)
		return database.ErrStop
	}, query, args...)
	return found, err
}

// environmental reports whether err comes from the machine and not from what
// was written: trying smaller pieces would not help.
func environmental(err error) bool {
	return fault.Is(err, fault.Exhausted) || fault.Is(err, fault.Corrupt) || fault.Is(err, fault.Unavailable)
}
