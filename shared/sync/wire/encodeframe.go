// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// EncodeFrame encodes a batch: its header and its content in compressed
// columns. A batch that exceeds a limit gives a *record.LimitError; with
// fewer change sets it may fit.
func EncodeFrame(b *Batch) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	if w := frameWeight(b.Sets); w > record.MaxFramePlain {
		return nil, &record.LimitError{What: "weight", Got: w, Max: record.MaxFramePlain}
	}
	f := &frameWriter{batch: b}
	plain := f.content()
	if len(plain) > record.MaxFramePlain {
		return nil, &record.LimitError{What: "content", Got: len(plain), Max: record.MaxFramePlain}
	}
	id, content := compress(plain)
	out := record.AppendArray(make([]byte, 0, len(content)+256), frameParts)
	out = record.AppendUint(out, b.format())
	out = record.AppendBytes(out, b.Lane.Incarnation[:])
	out = record.AppendText(out, string(b.Lane.Scope))
	out = record.AppendUint(out, b.First)
	out = record.AppendUint(out, uint64(len(b.Sets)))
	out = record.AppendBytes(out, b.Before[:])
	out = record.AppendBytes(out, b.After[:])
	out = record.AppendBytes(out, b.seeds())
	out = record.AppendBytes(out, b.Signature)
	out = record.AppendUint(out, id)
	out = record.AppendUint(out, uint64(len(plain)))
	out = record.AppendBytes(out, content)
	out = record.AppendBytes(out, f.dense)
	if len(out) > record.MaxFrameBytes {
		return nil, &record.LimitError{What: "frame", Got: len(out), Max: record.MaxFrameBytes}
	}
	return out, nil
}

// seeds is what the salts come from, on the wire.
func (b *Batch) seeds() []byte {
	if b.Salts == nil {
		return b.Seed[:]
	}
	out := make([]byte, 0, bytesPerSalt*len(b.Salts))
	for _, salt := range b.Salts {
		out = append(out, salt[:]...)
	}
	return out
}

// frameParts is the number of items of an encoded frame.
const frameParts = 13

func frameWeight(sets []record.ChangeSet) int {
	n := 0
	for i := range sets {
		for j := range sets[i].Writes {
			n += writeWeight(&sets[i].Writes[j])
		}
	}
	return n
}

func writeWeight(w *record.Write) int {
	n := weightRow
	for f, v := range w.Fields {
		n += weightField + len(f) + weigh(v)
	}
	return n + rareWeight(w)
}

// rareWeight is the weight of what most writes do not have.
func rareWeight(w *record.Write) int {
	n := 0
	for f, heads := range w.Seen {
		n += weightField + len(f) + weightHead*len(heads)
	}
	for _, f := range w.InDispute {
		n += weightField + len(f)
	}
	return n
}

// shape is what writes have in common that stand in the same columns.
type shape struct {
	op     record.Op
	kind   record.Kind
	fields []record.Field // in canonical order
	values [][]record.Value
}

// frameWriter collects the columns of a frame.
type frameWriter struct {
	columns
	batch  *Batch
	shapes []*shape
	byKey  map[string]int64
	last   int64 // shape of the write before
	order  fieldOrder
}

// content returns [names, ids, sets, shapes, writes, values, rare sets, rare writes].
func (f *frameWriter) content() []byte {
	sets := f.appendSets(nil)
	writes := f.appendWrites(nil)
	var shapes, values []byte
	shapes = record.AppendArray(shapes, len(f.shapes))
	columns := 0
	for _, s := range f.shapes {
		shapes = f.appendShape(shapes, s)
		columns += len(s.fields)
	}
	values = record.AppendArray(values, columns)
	for _, s := range f.shapes {
		for _, column := range s.values {
			values = f.appendValues(values, column)
		}
	}
	out := record.AppendArray(nil, 8)
	out = f.appendTo(out)
	out = slices.Concat(out, sets, shapes, writes, values)
	out = f.appendRareSets(out)
	return f.appendRareWrites(out)
}

// The columns of the change sets, in this order.
const (
	colAct = iota
	colActor
	colLogin
	colBoot
	colCatalogue
	colWall
	colMono // wall − monotonic
	colFloor
	colBaseVersion
	colBaseNumber
	colSource
	colWrites
	setColumns
)

func (f *frameWriter) appendSets(b []byte) []byte {
	var columns [setColumns][]int64
	for i := range columns {
		columns[i] = make([]int64, 0, len(f.batch.Sets))
	}
	for i := range f.batch.Sets {
		cs := &f.batch.Sets[i]
		for col, x := range [setColumns]int64{
			colAct:         f.names.add(cs.Name),
			colActor:       f.ids.add(ident.ID(cs.Actor)),
			colLogin:       f.ids.add(ident.ID(cs.Login)),
			colBoot:        f.ids.add(cs.Reading.BootID),
			colCatalogue:   int64(cs.Catalogue),
			colWall:        cs.Reading.WallMS,
			colMono:        cs.Reading.WallMS - cs.Reading.MonoMS,
			colFloor:       int64(cs.Floor),
			colBaseVersion: int64(cs.Base.Version),
			colBaseNumber:  int64(cs.Base.Number),
			colSource:      int64(cs.Source),
			colWrites:      int64(len(cs.Writes)),
		} {
			columns[col] = append(columns[col], x)
		}
	}
	b = record.AppendArray(b, setColumns)
	for _, column := range columns {
		b = f.appendInts(b, column)
	}
	return b
}

func (f *frameWriter) appendWrites(b []byte) []byte {
	var shapes, ids, subjects []int64
	for i := range f.batch.Sets {
		for j := range f.batch.Sets[i].Writes {
			w := &f.batch.Sets[i].Writes[j]
			shapes = append(shapes, f.shapeOf(w))
			ids = append(ids, f.ids.add(ident.ID(w.Header.ID)))
			subjects = append(subjects, f.ids.add(ident.ID(w.Header.Subject)))
		}
	}
	b = record.AppendArray(b, 3)
	return f.appendInts(f.appendInts(f.appendInts(b, shapes), ids), subjects)
}

// shapeOf files the write's values in the columns of its shape.
func (f *frameWriter) shapeOf(w *record.Write) int64 {
	fields := f.order.of(w.Fields)
	if len(f.shapes) > 0 && f.shapes[f.last].holds(w, fields) {
		f.shapes[f.last].add(w)
		return f.last
	}
	key := shapeKey(w, fields)
	i, ok := f.byKey[key]
	if !ok {
		if f.byKey == nil {
			f.byKey = make(map[string]int64)
		}
		i = int64(len(f.shapes))
		f.byKey[key] = i
		f.shapes = append(f.shapes, &shape{op: w.Op, kind: w.Header.Kind, fields: fields, values: make([][]record.Value, len(fields))})
	}
	f.shapes[i].add(w)
	f.last = i
	return i
}

// holds reports whether w, with its fields in order, has the shape s.
func (s *shape) holds(w *record.Write, fields []record.Field) bool {
	return s.op == w.Op && s.kind == w.Header.Kind && slices.Equal(s.fields, fields)
}

// add files the values of w.
func (s *shape) add(w *record.Write) {
	for j, name := range s.fields {
		s.values[j] = append(s.values[j], w.Fields[name])
	}
}

func shapeKey(w *record.Write, fields []record.Field) string {
	var key strings.Builder
	key.WriteByte(byte(w.Op))
	key.WriteString(string(w.Header.Kind))
	for _, name := range fields {
		key.WriteByte(0)
		key.WriteString(string(name))
	}
	return key.String()
}

func (f *frameWriter) appendShape(b []byte, s *shape) []byte {
	b = record.AppendUint(record.AppendArray(b, 3), uint64(s.op))
	b = record.AppendUint(b, uint64(f.names.add(string(s.kind))))
	b = record.AppendArray(b, len(s.fields))
	for _, name := range s.fields {
		b = record.AppendUint(b, uint64(f.names.add(string(name))))
	}
	return b
}

// rareSetKeys are the keys of a change set that have no column.
var rareSetKeys = []int{setOrigin, setBlobs, setReplaces, setSignature}

// appendRareSets appends [* [index, canonical map of the rare keys]].
func (f *frameWriter) appendRareSets(b []byte) []byte {
	n := 0
	var items []byte
	for i := range f.batch.Sets {
		cs := &f.batch.Sets[i]
		rare := appendSet(nil, cs, nil, func(key int) bool { return slices.Contains(rareSetKeys, key) })
		if rare[0] != emptyMap {
			items = append(record.AppendUint(record.AppendArray(items, 2), uint64(i)), rare...)
			n++
		}
	}
	return append(record.AppendArray(b, n), items...)
}

// emptyMap is the canonical byte of an empty map.
const emptyMap = majorMap << 5

// appendRareWrites appends [* [index, canonical map of the rare keys]].
func (f *frameWriter) appendRareWrites(b []byte) []byte {
	n, i := 0, 0
	var items []byte
	for s := range f.batch.Sets {
		for j := range f.batch.Sets[s].Writes {
			w := &f.batch.Sets[s].Writes[j]
			if keys := rareKeys(w); keys > 0 {
				items = record.AppendMap(record.AppendUint(record.AppendArray(items, 2), uint64(i)), keys)
				items = appendWriteRare(items, w)
				n++
			}
			i++
		}
	}
	return append(record.AppendArray(b, n), items...)
}

// rareKeys counts the keys of a write that most writes do not have.
func rareKeys(w *record.Write) int {
	return min(len(w.Seen), 1) + min(len(w.InDispute), 1)
}
