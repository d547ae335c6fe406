// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// RowsFormat is the version of the layout of rows.
const RowsFormat = 1

// rowsParts is the number of items of encoded rows.
const rowsParts = 6

// EncodeRows encodes rows in compressed columns: [format, compression, count,
// plain size, content, dense]. Rows that exceed a limit give a *record.LimitError;
// CutRows cuts them so that they do not.
func EncodeRows(rows []RowDelta) ([]byte, error) {
	if len(rows) > MaxRows {
		return nil, &record.LimitError{What: "rows", Got: len(rows), Max: MaxRows}
	}
	weight := 0
	for i := range rows {
		if n := len(rows[i].Fields); n > maxRowFields {
			return nil, &record.LimitError{What: "fields", Got: n, Max: maxRowFields}
		}
		weight += rowWeight(&rows[i])
	}
	if weight > record.MaxFramePlain {
		return nil, &record.LimitError{What: "weight", Got: weight, Max: record.MaxFramePlain}
	}
	w := &rowsWriter{rows: rows}
	plain := w.content()
	if len(plain) > record.MaxFramePlain {
		return nil, &record.LimitError{What: "content", Got: len(plain), Max: record.MaxFramePlain}
	}
	id, content := compress(plain)
	out := record.AppendArray(make([]byte, 0, len(content)+16), rowsParts)
	out = record.AppendUint(out, RowsFormat)
	out = record.AppendUint(out, id)
	out = record.AppendUint(out, uint64(len(rows)))
	out = record.AppendUint(out, uint64(len(plain)))
	out = record.AppendBytes(out, content)
	out = record.AppendBytes(out, w.dense)
	if len(out) > MaxRowsBytes {
		return nil, &record.LimitError{What: "rows", Got: len(out), Max: MaxRowsBytes}
	}
	return out, nil
}

func rowWeight(r *RowDelta) int {
	n := weightRow
	for i := range r.Fields {
		n += fieldWeight(&r.Fields[i])
	}
	return n
}

func fieldWeight(f *FieldDelta) int {
	n := weightField + len(f.Field) + weigh(f.State.Value)
	for i := range f.State.Aside {
		n += asideWeight(&f.State.Aside[i])
	}
	return n
}

func asideWeight(h *record.Head) int { return weightRow + weigh(h.Value) + 8*len(h.Settles) }

// cutWeight is what CutRows puts into one part: far below what EncodeRows
// refuses, so that a receiver gets its credit back often.
const cutWeight = 1 << 20

// CutRows cuts rows, in order, into parts that EncodeRows accepts. A row that
// is too heavy by itself is cut between its fields: the receiver joins them by
// its id. Of a field whose heads aside weigh more than a part, the last heads
// are left out; the history has them.
func CutRows(rows []RowDelta) [][]RowDelta {
	var parts [][]RowDelta
	var part []RowDelta
	weight := 0
	flush := func() {
		if len(part) > 0 {
			parts = append(parts, part)
		}
		part, weight = nil, 0
	}
	for i := range rows {
		for _, row := range cutRow(trimRow(rows[i])) {
			w := rowWeight(&row)
			if weight+w > cutWeight || len(part) == MaxRows {
				flush()
			}
			part = append(part, row)
			weight += w
		}
	}
	flush()
	return parts
}

// cutRow returns the row itself, or pieces of it of about cutWeight.
func cutRow(r RowDelta) []RowDelta {
	if rowWeight(&r) <= cutWeight && len(r.Fields) <= record.MaxFields {
		return []RowDelta{r}
	}
	var pieces []RowDelta
	weight, from := 0, 0
	for i := range r.Fields {
		w := fieldWeight(&r.Fields[i])
		if i > from && (weight+w > cutWeight || i-from == record.MaxFields) {
			pieces = append(pieces, RowDelta{Header: r.Header, Fields: r.Fields[from:i]})
			weight, from = 0, i
		}
		weight += w
	}
	return append(pieces, RowDelta{Header: r.Header, Fields: r.Fields[from:]})
}

// trimRow leaves out heads aside until every field fits into a part.
func trimRow(r RowDelta) RowDelta {
	copied := false
	for i := range r.Fields {
		if fieldWeight(&r.Fields[i]) <= cutWeight-weightRow {
			continue
		}
		if !copied {
			r.Fields, copied = slices.Clone(r.Fields), true
		}
		f := &r.Fields[i]
		for len(f.State.Aside) > 0 && fieldWeight(f) > cutWeight-weightRow {
			f.State.Aside = f.State.Aside[:len(f.State.Aside)-1]
		}
	}
	return r
}

// rowShape is what rows have in common that stand in the same columns.
type rowShape struct {
	kind   record.Kind
	fields []rowField
	values [][]record.Value
}

type rowField struct {
	name  record.Field
	merge record.Merge
}

// rowsWriter collects the columns of rows. A cell is a field of a row,
// numbered through all rows.
type rowsWriter struct {
	columns
	rows   []RowDelta
	shapes []*rowShape
	byKey  map[string]int64
	last   int64 // shape of the row before
	provs  table[provenance]

	// Cells whose provenance is not that of their row.
	cells, cellProvs []int64

	aside      []byte // [cell, [disputed, [* head]]] …
	asideCount int
}

// content returns [names, ids, rows, shapes, provenances, exceptions, values, aside].
func (w *rowsWriter) content() []byte {
	rows := w.appendRows(nil)
	provs := w.appendProvs(nil)
	exceptions := record.AppendUint(record.AppendArray(nil, 3), uint64(len(w.cells)))
	exceptions = w.appendInts(w.appendInts(exceptions, w.cells), w.cellProvs)
	shapes := record.AppendArray(nil, len(w.shapes))
	columns := 0
	for _, s := range w.shapes {
		shapes = w.appendShape(shapes, s)
		columns += len(s.fields)
	}
	values := record.AppendArray(nil, columns)
	for _, s := range w.shapes {
		for _, column := range s.values {
			values = w.appendValues(values, column)
		}
	}
	out := w.appendTo(record.AppendArray(nil, 8))
	out = slices.Concat(out, rows, shapes, provs, exceptions, values)
	return append(record.AppendArray(out, w.asideCount), w.aside...)
}

// The columns of the rows, in this order.
const (
	rowColShape = iota
	rowColID
	rowColScope
	rowColSubject
	rowColProv // of most of its fields; a row without fields has 0
	rowColumns
)

func (w *rowsWriter) appendRows(b []byte) []byte {
	var columns [rowColumns][]int64
	cell := int64(0)
	for i := range w.rows {
		r := &w.rows[i]
		for col, x := range [rowColumns]int64{
			rowColShape:   w.shapeOf(r),
			rowColID:      w.ids.add(ident.ID(r.Header.ID)),
			rowColScope:   w.names.add(string(r.Header.Scope)),
			rowColSubject: w.ids.add(ident.ID(r.Header.Subject)),
			rowColProv:    w.fields(r, cell),
		} {
			columns[col] = append(columns[col], x)
		}
		cell += int64(len(r.Fields))
	}
	b = record.AppendArray(b, rowColumns)
	for _, column := range columns {
		b = w.appendInts(b, column)
	}
	return b
}

// fields files what is special about the row's fields and returns the
// provenance of most of them. cell is the number of the first.
func (w *rowsWriter) fields(r *RowDelta, cell int64) int64 {
	if len(r.Fields) == 0 {
		return 0
	}
	provs := make([]provenance, len(r.Fields))
	for i := range r.Fields {
		provs[i] = provenanceOf(&r.Fields[i].State)
	}
	main := common(provs)
	number := w.provs.add(main)
	for i, p := range provs {
		if p != main {
			w.cells = append(w.cells, cell+int64(i))
			w.cellProvs = append(w.cellProvs, w.provs.add(p))
		}
		if s := &r.Fields[i].State; hasAside(s) {
			w.aside = record.AppendUint(record.AppendArray(w.aside, 2), uint64(cell)+uint64(i))
			w.aside = appendAside(w.aside, s)
			w.asideCount++
		}
	}
	return number
}

// common returns the most frequent item, the first of several.
func common(provs []provenance) provenance {
	best := provs[0]
	if !slices.ContainsFunc(provs, func(p provenance) bool { return p != best }) {
		return best
	}
	count := make(map[provenance]int, 4)
	for _, p := range provs {
		count[p]++
	}
	for _, p := range provs {
		if count[p] > count[best] {
			best = p
		}
	}
	return best
}

// shapeOf files the row's values in the columns of its shape.
func (w *rowsWriter) shapeOf(r *RowDelta) int64 {
	if len(w.shapes) > 0 && w.shapes[w.last].holds(r) {
		w.shapes[w.last].add(r)
		return w.last
	}
	var key strings.Builder
	key.WriteString(string(r.Header.Kind))
	for i := range r.Fields {
		key.WriteByte(0)
		key.WriteString(string(r.Fields[i].Field))
		key.WriteByte(0)
		key.WriteString(string(r.Fields[i].State.Winner.Merge))
	}
	i, ok := w.byKey[key.String()]
	if !ok {
		i = w.addShape(key.String(), r)
	}
	w.shapes[i].add(r)
	w.last = i
	return i
}

// holds reports whether r has the shape s.
func (s *rowShape) holds(r *RowDelta) bool {
	if s.kind != r.Header.Kind || len(s.fields) != len(r.Fields) {
		return false
	}
	for i := range r.Fields {
		if f := &r.Fields[i]; s.fields[i].name != f.Field || s.fields[i].merge != f.State.Winner.Merge {
			return false
		}
	}
	return true
}

// add files the values of r.
func (s *rowShape) add(r *RowDelta) {
	for j := range r.Fields {
		s.values[j] = append(s.values[j], r.Fields[j].State.Value)
	}
}

func (w *rowsWriter) addShape(key string, r *RowDelta) int64 {
	s := &rowShape{kind: r.Header.Kind, values: make([][]record.Value, len(r.Fields))}
	for _, f := range r.Fields {
		s.fields = append(s.fields, rowField{name: f.Field, merge: f.State.Winner.Merge})
	}
	if w.byKey == nil {
		w.byKey = make(map[string]int64)
	}
	i := int64(len(w.shapes))
	w.byKey[key] = i
	w.shapes = append(w.shapes, s)
	return i
}

// appendShape appends [kind, [* field], [* merge]].
func (w *rowsWriter) appendShape(b []byte, s *rowShape) []byte {
	b = record.AppendUint(record.AppendArray(b, 3), uint64(w.names.add(string(s.kind))))
	b = record.AppendArray(b, len(s.fields))
	for _, f := range s.fields {
		b = record.AppendUint(b, uint64(w.names.add(string(f.name))))
	}
	b = record.AppendArray(b, len(s.fields))
	for _, f := range s.fields {
		b = record.AppendUint(b, uint64(w.names.add(string(f.merge))))
	}
	return b
}

// The columns of the provenances, in this order.
const (
	provVersion = iota
	provWrote   // version − wrote
	provStamp
	provSource
	provActor
	provBlind
	provColumns
)

func (w *rowsWriter) appendProvs(b []byte) []byte {
	var columns [provColumns][]int64
	for _, p := range w.provs.items {
		for col, x := range [provColumns]int64{
			provVersion: int64(p.version),
			provWrote:   int64(p.version) - int64(p.wrote),
			provStamp:   int64(p.stamp),
			provSource:  int64(p.source),
			provActor:   w.ids.add(ident.ID(p.actor)),
			provBlind:   truth(p.blind),
		} {
			columns[col] = append(columns[col], x)
		}
	}
	b = record.AppendUint(record.AppendArray(b, provColumns+1), uint64(len(w.provs.items)))
	for _, column := range columns {
		b = w.appendInts(b, column)
	}
	return b
}
