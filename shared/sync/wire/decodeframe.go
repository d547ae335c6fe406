// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"fmt"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// DecodeFrame is the inverse of EncodeFrame. It checks limits and form, and
// what NewBatch checks; the chain and the signature are for Batch.Verify.
func DecodeFrame(data []byte) (*Batch, error) {
	if len(data) > record.MaxFrameBytes {
		return nil, &record.LimitError{What: "frame", Got: len(data), Max: record.MaxFrameBytes}
	}
	b, count, plain, dense, err := openFrame(data)
	if err != nil {
		return nil, fmt.Errorf("frame: %w", err)
	}
	f := &frameReader{reader: reader{b: plain, dense: dense}, batch: b, left: record.MaxFramePlain}
	if err := f.content(count); err != nil {
		return nil, fmt.Errorf("frame: %w", err)
	}
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("frame: %w", err)
	}
	return b, nil
}

// openFrame reads the header and expands the content.
func openFrame(data []byte) (b *Batch, count int, plain, dense []byte, err error) {
	r := &reader{b: data}
	b = new(Batch)
	r.tuple(frameParts)
	format := r.uint()
	if format != FrameFormat && format != FrameSalted {
		r.fail("unknown frame format")
	}
	r.fixed(b.Lane.Incarnation[:])
	b.Lane.Scope = ident.Scope(r.text(maxScope))
	b.First = r.uint()
	sets := r.uint()
	r.fixed(b.Before[:])
	r.fixed(b.After[:])
	r.seeds(b, format, sets)
	b.Signature = bytes.Clone(r.bytes(maxSignature))
	compression, size, content := r.uint(), r.uint(), r.bytes(record.MaxFrameBytes)
	dense = r.bytes(record.MaxFrameBytes)
	switch {
	case sets == 0:
		r.fail("frame without a change set")
	case sets > record.MaxFrameSets:
		r.limit("change sets", sets, record.MaxFrameSets)
	}
	if err := r.end(); err != nil {
		return nil, 0, nil, nil, err
	}
	plain, err = expand(compression, size, content)
	return b, int(sets), plain, dense, err
}

// seeds reads what the salts come from.
func (r *reader) seeds(b *Batch, format, sets uint64) {
	if format == FrameFormat {
		r.fixed(b.Seed[:])
		return
	}
	salts := r.bytes(bytesPerSalt * record.MaxFrameSets)
	if uint64(len(salts)) != bytesPerSalt*sets {
		r.fail("not one salt for each change set")
		return
	}
	b.Salts = make([][16]byte, 0, sets)
	for ; len(salts) > 0; salts = salts[bytesPerSalt:] {
		b.Salts = append(b.Salts, [16]byte(salts))
	}
}

// frameReader reads the columns of a frame.
type frameReader struct {
	reader
	batch  *Batch
	left   budget
	dict   dictionaries
	writes []*record.Write
}

func (f *frameReader) content(count int) error {
	f.tuple(8)
	f.dict = f.dictionaries()
	f.sets(count)
	shapes := f.shapes()
	members := f.headers(shapes)
	f.columns(shapes, members)
	f.rareSets()
	f.rareWrites()
	if err := f.end(); err != nil {
		return err
	}
	for i := range f.batch.Sets {
		spreadScope(&f.batch.Sets[i])
	}
	return nil
}

func (f *frameReader) sets(count int) {
	f.tuple(setColumns)
	var columns [setColumns][]int64
	below := [setColumns]int{
		colAct: len(f.dict.names), colActor: len(f.dict.ids), colLogin: len(f.dict.ids), colBoot: len(f.dict.ids),
		colCatalogue: 1 << 32, colSource: 1 << 8, colWrites: record.MaxWrites + 1,
	}
	for col := range columns {
		switch col {
		case colWall, colMono, colFloor, colBaseVersion, colBaseNumber:
			columns[col] = f.ints(count)
		default:
			columns[col] = f.indexes(count, below[col])
		}
	}
	total := 0
	for _, n := range columns[colWrites] {
		total += int(n)
	}
	f.charge(&f.left, weightRow*total)
	if f.err != nil {
		return
	}
	f.batch.Sets = make([]record.ChangeSet, count)
	f.writes = make([]*record.Write, 0, total)
	for i := range f.batch.Sets {
		f.set(&f.batch.Sets[i], i, &columns)
	}
}

func (f *frameReader) set(cs *record.ChangeSet, i int, columns *[setColumns][]int64) {
	cs.Link = record.Link{Lane: f.batch.Lane, Number: f.batch.First + uint64(i)}
	cs.Name = f.dict.names[columns[colAct][i]]
	cs.Actor = ident.Actor(f.dict.ids[columns[colActor][i]])
	cs.Login = ident.Login(f.dict.ids[columns[colLogin][i]])
	cs.Catalogue = uint32(columns[colCatalogue][i])
	cs.Reading.BootID = f.dict.ids[columns[colBoot][i]]
	cs.Reading.WallMS = columns[colWall][i]
	cs.Reading.MonoMS = columns[colWall][i] - columns[colMono][i]
	cs.Floor = f.stampOf(columns[colFloor][i])
	cs.Base.Version = record.Version(columns[colBaseVersion][i])
	cs.Base.Number = uint64(columns[colBaseNumber][i])
	cs.Source = record.Source(columns[colSource][i])
	cs.Writes = make([]record.Write, columns[colWrites][i])
	for j := range cs.Writes {
		f.writes = append(f.writes, &cs.Writes[j])
	}
}

// shapes reads [* [op, kind, [* field]]].
func (f *frameReader) shapes() []*shape {
	shapes := make([]*shape, f.array(len(f.writes)))
	left := budget(record.MaxFramePlain)
	for i := range shapes {
		s := new(shape)
		f.tuple(3)
		s.op = record.Op(f.uintTo(255))
		s.kind = record.Kind(f.name(&f.dict))
		n := f.array(record.MaxFields)
		f.charge(&left, n*weightField)
		if f.err != nil {
			return nil
		}
		s.fields = make([]record.Field, n)
		for j := range s.fields {
			s.fields[j] = record.Field(f.name(&f.dict))
			if j > 0 && compareFields(s.fields[j-1], s.fields[j]) >= 0 {
				f.fail("fields out of order")
			}
		}
		shapes[i] = s
	}
	return shapes
}

// headers reads the columns of the writes and returns the writes of each
// shape. The fields of all writes are charged before anything is made for
// them.
func (f *frameReader) headers(shapes []*shape) [][]*record.Write {
	f.tuple(3)
	n := len(f.writes)
	shapeOf := f.indexes(n, len(shapes))
	ids := f.indexes(n, len(f.dict.ids))
	subjects := f.indexes(n, len(f.dict.ids))
	members := make([][]*record.Write, len(shapes))
	for i, w := range f.writes {
		if f.err != nil {
			return nil
		}
		s := shapes[shapeOf[i]]
		for _, name := range s.fields {
			f.charge(&f.left, weightField+len(name))
		}
		w.Op = s.op
		w.Header.ID = ident.Record(f.dict.ids[ids[i]])
		w.Header.Kind = s.kind
		w.Header.Subject = ident.Subject(f.dict.ids[subjects[i]])
		members[shapeOf[i]] = append(members[shapeOf[i]], w)
	}
	return members
}

func (f *frameReader) columns(shapes []*shape, members [][]*record.Write) {
	total := 0
	for _, s := range shapes {
		total += len(s.fields)
	}
	if f.array(total) != total {
		f.fail("columns are missing")
	}
	if f.err != nil {
		return
	}
	for i, s := range shapes {
		columns := make([][]record.Value, len(s.fields))
		for j := range columns {
			columns[j] = f.values(len(members[i]), &f.dict, &f.left)
			if f.err != nil {
				return
			}
		}
		for j, w := range members[i] {
			w.Fields = make(map[record.Field]record.Value, len(s.fields))
			for k, name := range s.fields {
				w.Fields[name] = columns[k][j]
			}
		}
	}
}

func (f *frameReader) rareSets() {
	for range f.array(len(f.batch.Sets)) {
		f.tuple(2)
		i := f.uint()
		n := f.mapping(len(rareSetKeys))
		if i >= uint64(len(f.batch.Sets)) {
			f.fail("index out of range")
		}
		for range n {
			key := f.uintTo(setKeys)
			if f.err != nil {
				return
			}
			switch key {
			case setOrigin, setBlobs, setReplaces, setSignature:
				f.setKey(&f.batch.Sets[i], key)
			default:
				f.fail("unknown key")
			}
		}
	}
}

func (f *frameReader) rareWrites() {
	for range f.array(len(f.writes)) {
		f.tuple(2)
		i := f.uint()
		n := f.mapping(writeKeys)
		if i >= uint64(len(f.writes)) {
			f.fail("index out of range")
		}
		for range n {
			key := f.uintTo(writeKeys)
			if f.err == nil && key != writeSeen && key != writeDispute {
				f.fail("unknown key")
			}
			if f.err != nil {
				return
			}
			f.writeKey(f.writes[i], key)
		}
		if f.err == nil {
			f.charge(&f.left, rareWeight(f.writes[i]))
		}
	}
}
