// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"fmt"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// DecodeRows is the inverse of EncodeRows, with its limits.
func DecodeRows(data []byte) ([]RowDelta, error) {
	if len(data) > MaxRowsBytes {
		return nil, &record.LimitError{What: "rows", Got: len(data), Max: MaxRowsBytes}
	}
	head := &reader{b: data}
	head.tuple(rowsParts)
	if head.uint() != RowsFormat {
		head.fail("unknown format")
	}
	compression, count, size, content := head.uint(), head.uint(), head.uint(), head.bytes(MaxRowsBytes)
	dense := head.bytes(MaxRowsBytes)
	if count > MaxRows {
		head.limit("rows", count, MaxRows)
	}
	if err := head.end(); err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	plain, err := expand(compression, size, content)
	if err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	r := &rowsReader{reader: reader{b: plain, dense: dense}, left: record.MaxFramePlain}
	r.content(int(count))
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	return r.rows, nil
}

// rowsReader reads the columns of rows.
type rowsReader struct {
	reader
	left  budget
	dict  dictionaries
	rows  []RowDelta
	cells []*FieldDelta // every field of every row, in order
	provs []int64       // of every cell
}

// content reads [names, ids, rows, shapes, provenances, exceptions, values, aside].
func (r *rowsReader) content(count int) {
	r.tuple(8)
	r.dict = r.dictionaries()
	columns := r.columns(count)
	shapes := r.shapes(count)
	members := r.headers(columns, shapes, count)
	table := r.provenances()
	r.exceptions()
	r.states(shapes, members)
	r.join(table)
	r.asides()
}

func (r *rowsReader) columns(count int) (columns [rowColumns][]int64) {
	r.tuple(rowColumns)
	r.charge(&r.left, weightRow*count)
	if r.err != nil {
		return columns
	}
	below := [rowColumns]int{
		rowColShape: count, rowColID: len(r.dict.ids), rowColScope: len(r.dict.names),
		rowColSubject: len(r.dict.ids), rowColProv: maxNames,
	}
	for col := range columns {
		columns[col] = r.indexes(count, below[col])
	}
	return columns
}

// shapes reads [* [kind, [* field], [* merge]]].
func (r *rowsReader) shapes(count int) []*rowShape {
	shapes := make([]*rowShape, r.array(count))
	left := budget(record.MaxFramePlain)
	for i := range shapes {
		r.tuple(3)
		s := &rowShape{kind: record.Kind(r.name(&r.dict))}
		n := r.array(maxRowFields)
		r.charge(&left, n*weightField)
		if r.err != nil {
			return nil
		}
		s.fields = make([]rowField, n)
		for j := range s.fields {
			s.fields[j].name = record.Field(r.name(&r.dict))
		}
		r.tuple(n)
		for j := range s.fields {
			s.fields[j].merge = record.Merge(r.name(&r.dict))
		}
		shapes[i] = s
	}
	return shapes
}

// headers makes the rows and their fields and returns the fields that stand
// in each shape's columns, row by row. The fields of all rows are charged
// before anything is made for them.
func (r *rowsReader) headers(columns [rowColumns][]int64, shapes []*rowShape, count int) [][]*FieldDelta {
	total := 0
	for _, i := range columns[rowColShape] {
		if r.err == nil && i >= int64(len(shapes)) {
			r.fail("index out of range")
		}
		if r.err != nil {
			return nil
		}
		for _, f := range shapes[i].fields {
			r.charge(&r.left, weightField+len(f.name))
		}
		total += len(shapes[i].fields)
	}
	if r.err != nil {
		return nil
	}
	r.rows = make([]RowDelta, count)
	r.cells = make([]*FieldDelta, 0, total)
	r.provs = make([]int64, 0, total)
	members := make([][]*FieldDelta, len(shapes))
	for i := range r.rows {
		at := columns[rowColShape][i]
		row, s := &r.rows[i], shapes[at]
		row.Header.ID = ident.Record(r.dict.ids[columns[rowColID][i]])
		row.Header.Kind = s.kind
		row.Header.Scope = ident.Scope(r.dict.names[columns[rowColScope][i]])
		row.Header.Subject = ident.Subject(r.dict.ids[columns[rowColSubject][i]])
		row.Fields = make([]FieldDelta, len(s.fields))
		for j := range row.Fields {
			row.Fields[j].Field = s.fields[j].name
			r.cells = append(r.cells, &row.Fields[j])
			r.provs = append(r.provs, columns[rowColProv][i])
			members[at] = append(members[at], &row.Fields[j])
		}
	}
	return members
}

func (r *rowsReader) provenances() []provenance {
	r.tuple(provColumns + 1)
	n := r.uint()
	if n > uint64(len(r.cells)) {
		r.fail("more provenances than fields")
	}
	if r.err != nil {
		return nil
	}
	below := [provColumns]int{provSource: 1 << 8, provActor: len(r.dict.ids), provBlind: 2}
	var columns [provColumns][]int64
	for col := range columns {
		switch col {
		case provVersion, provWrote, provStamp:
			columns[col] = r.ints(int(n))
		default:
			columns[col] = r.indexes(int(n), below[col])
		}
	}
	if r.err != nil {
		return nil
	}
	table := make([]provenance, n)
	for i := range table {
		version := columns[provVersion][i]
		table[i] = provenance{
			version: record.Version(version),
			wrote:   record.Version(version - columns[provWrote][i]),
			stamp:   r.stampOf(columns[provStamp][i]),
			source:  record.Source(columns[provSource][i]),
			actor:   ident.Actor(r.dict.ids[columns[provActor][i]]),
			blind:   columns[provBlind][i] == 1,
		}
	}
	return table
}

// exceptions reads [count, cells, provenances].
func (r *rowsReader) exceptions() {
	r.tuple(3)
	n := r.uint()
	if n > uint64(len(r.cells)) {
		r.fail("more exceptions than fields")
	}
	if r.err != nil {
		return
	}
	cells := r.indexes(int(n), len(r.cells))
	provs := r.indexes(int(n), maxNames)
	if r.err != nil {
		return
	}
	for i, cell := range cells {
		r.provs[cell] = provs[i]
	}
}

// states reads the columns of values.
func (r *rowsReader) states(shapes []*rowShape, members [][]*FieldDelta) {
	total := 0
	for _, s := range shapes {
		total += len(s.fields)
	}
	if r.array(total) != total {
		r.fail("columns are missing")
	}
	for i, s := range shapes {
		width := len(s.fields)
		for j, f := range s.fields {
			if r.err != nil {
				return
			}
			values := r.values(len(members[i])/width, &r.dict, &r.left)
			for k, v := range values {
				state := &members[i][k*width+j].State
				state.Value, state.Winner.Merge = v, f.merge
			}
		}
	}
}

// join gives every field its provenance.
func (r *rowsReader) join(table []provenance) {
	for i, cell := range r.cells {
		if r.err == nil && r.provs[i] >= int64(len(table)) {
			r.fail("index out of range")
		}
		if r.err != nil {
			return
		}
		cell.State = table[r.provs[i]].state(cell.State.Value, cell.State.Winner.Merge)
	}
}

// asides reads [* [cell, [disputed, [* head]]]].
func (r *rowsReader) asides() {
	for range r.array(len(r.cells)) {
		r.tuple(2)
		i := r.uint()
		if r.err == nil && i >= uint64(len(r.cells)) {
			r.fail("index out of range")
		}
		if r.err != nil {
			return
		}
		s := &r.cells[i].State
		r.aside(s)
		for j := range s.Aside {
			r.charge(&r.left, asideWeight(&s.Aside[j]))
		}
	}
}
