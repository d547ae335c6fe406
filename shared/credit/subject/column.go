// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"encoding"
	"maps"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// column ties a field of a record to a field of T.
type column[T any] struct {
	field record.Field
	read  func(*T, record.Value)
	write func(*T) record.Value // None for "not known"
}

// text is a column of plain text; "" is not known.
func text[T any, S ~string](name record.Field, at func(*T) *S) column[T] {
	return column[T]{
		name,
		func(t *T, v record.Value) { *at(t) = S(v.Text()) },
		func(t *T) record.Value {
			if s := *at(t); s != "" {
				return record.OfText(string(s))
			}
			return record.Value{}
		},
	}
}

// number is a column of integers where "not known" differs from 0.
func number[T any, N ~int64](name record.Field, at func(*T) *Known[N]) column[T] {
	return column[T]{
		name,
		func(t *T, v record.Value) { *at(t) = Known[N]{N(v.Int()), v.Type() == record.Int} },
		func(t *T) record.Value {
			if n := *at(t); n.Set {
				return record.OfInt(int64(n.Value))
			}
			return record.Value{}
		},
	}
}

// flag is a column of truth; false is written only over a true.
func flag[T any](name record.Field, at func(*T) *bool) column[T] {
	return column[T]{
		name,
		func(t *T, v record.Value) { *at(t) = v.Bool() },
		func(t *T) record.Value {
			if *at(t) {
				return record.OfBool(true)
			}
			return record.Value{}
		},
	}
}

// set is a column of codes.
func set[T any](name record.Field, at func(*T) *[]string) column[T] {
	return column[T]{
		name,
		func(t *T, v record.Value) { *at(t) = v.Set() },
		func(t *T) record.Value {
			if items := *at(t); len(items) > 0 {
				return record.OfSet(items...)
			}
			return record.Value{}
		},
	}
}

// reference is a column with the id of another record.
func reference[T any](name record.Field, at func(*T) *ident.Record) column[T] {
	return column[T]{
		name,
		func(t *T, v record.Value) {
			if at(t).UnmarshalBinary(v.Bytes()) != nil {
				*at(t) = ident.Record{}
			}
		},
		func(t *T) record.Value {
			if id := *at(t); !id.IsZero() {
				return record.OfBytes(id.Bytes())
			}
			return record.Value{}
		},
	}
}

// checked is a column of a checked number. What does not pass its check any more reads as not known and, since both sides
// of a comparison read so, is never overwritten by a Changes that did not mean it.
func checked[T any, C interface {
	String() string
	encoding.TextMarshaler
}, P interface {
	*C
	encoding.TextUnmarshaler
}](name record.Field, at func(*T) *C) column[T] {
	return column[T]{
		name,
		func(t *T, v record.Value) {
			var c C
			if P(&c).UnmarshalText([]byte(v.Text())) == nil {
				*at(t) = c
			}
		},
		func(t *T) record.Value {
			if s := (*at(t)).String(); s != "" {
				return record.OfText(s)
			}
			return record.Value{}
		},
	}
}

// Known is a number that may be not known, which is not the same as 0: a household without debts, and one that was not
// asked about them.
type Known[N ~int64] struct {
	Value N
	Set   bool
}

// Of returns a known number.
func Of[N ~int64](n N) Known[N] { return Known[N]{n, true} }

// read fills a T from the fields of a row.
func read[T any](columns []column[T], row record.Row) T {
	var t T
	for _, c := range columns {
		c.read(&t, row.Value(c.field))
	}
	return t
}

// create returns a write that makes a record with all that is known.
func create[T any](columns []column[T], h record.Header, t T) record.Write {
	fields := make(map[record.Field]record.Value)
	for _, c := range columns {
		if v := c.write(&t); !v.IsNone() {
			fields[c.field] = v
		}
	}
	return record.Write{Op: record.Create, Header: h, Fields: fields}
}

// changes returns a write of the fields in which after differs from before, and whether there are any.
func changes[T any](columns []column[T], h record.Header, before, after T) (record.Write, bool) {
	fields := make(map[record.Field]record.Value)
	for _, c := range columns {
		if v := c.write(&after); !v.Equal(c.write(&before)) {
			fields[c.field] = v
		}
	}
	return record.Write{Op: record.Edit, Header: h, Fields: fields}, len(fields) > 0
}

// changesOn is changes against the row that was shown, with what it disputes named.
func changesOn[T any](columns []column[T], row record.Row, after T) (record.Write, bool) {
	w, some := changes(columns, row.Header, read(columns, row), after)
	for _, f := range row.Disputed() {
		if _, written := w.Fields[f]; written {
			w.InDispute = append(w.InDispute, f)
		}
	}
	return w, some
}

// fieldsOf returns the values of T by field, for forms.
func fieldsOf[T any](columns []column[T], t T) map[record.Field]record.Value {
	return maps.Clone(create(columns, record.Header{}, t).Fields)
}
