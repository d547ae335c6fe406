// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// RowDelta is what a batch of rows says of one record: fields whose visible
// version lies above the receiver's. Of a winner, Lane, Number and Value do
// not travel (Value is what the field shows); of heads aside, everything but
// Lane and Number does. Pending does not travel.
type RowDelta struct {
	Header record.Header
	Fields []FieldDelta
}

// FieldDelta is the visible state of one field.
type FieldDelta struct {
	Field record.Field
	State record.FieldState
}

// provenance is what most fields of a record have in common.
type provenance struct {
	version record.Version // visible
	wrote   record.Version // of the winner
	stamp   hlc.Stamp
	source  record.Source
	actor   ident.Actor
	blind   bool
}

func provenanceOf(s *record.FieldState) provenance {
	return provenance{
		version: s.Version, wrote: s.Winner.Version, stamp: s.Winner.Stamp,
		source: s.Winner.Source, actor: s.Winner.Actor, blind: s.Winner.Blind,
	}
}

// state returns the field state that p and the rest of a field make.
func (p provenance) state(v record.Value, merge record.Merge) record.FieldState {
	return record.FieldState{
		Value: v, Version: p.version,
		Winner: record.Head{
			Value: v, Version: p.wrote, Stamp: p.stamp,
			Source: p.source, Actor: p.actor, Blind: p.blind, Merge: merge,
		},
	}
}

// appendHead appends a head aside: [value, version, stamp, source, actor,
// blind, merge].
func appendHead(b []byte, h *record.Head) []byte {
	b = h.Value.AppendCanonical(record.AppendArray(b, 7))
	b = record.AppendUint(b, uint64(h.Version))
	b = record.AppendUint(b, uint64(h.Stamp))
	b = record.AppendUint(b, uint64(h.Source))
	b = record.AppendBytes(b, h.Actor[:])
	b = record.AppendBool(b, h.Blind)
	return record.AppendText(b, string(h.Merge))
}

func (r *reader) asideHead() (h record.Head) {
	r.tuple(7)
	h.Value = r.value()
	h.Version = record.Version(r.uint())
	h.Stamp = r.stamp()
	h.Source = record.Source(r.uintTo(255))
	r.fixed(h.Actor[:])
	h.Blind = r.bool()
	h.Merge = record.Merge(r.text(record.MaxName))
	return h
}

// appendAside appends [disputed, [* head]].
func appendAside(b []byte, s *record.FieldState) []byte {
	b = record.AppendBool(record.AppendArray(b, 2), s.Disputed)
	b = record.AppendArray(b, len(s.Aside))
	for i := range s.Aside {
		b = appendHead(b, &s.Aside[i])
	}
	return b
}

func (r *reader) aside(s *record.FieldState) {
	r.tuple(2)
	s.Disputed = r.bool()
	n := r.array(record.MaxHeads)
	if n > 0 {
		s.Aside = make([]record.Head, n)
	}
	for i := range s.Aside {
		s.Aside[i] = r.asideHead()
	}
}

// hasAside reports whether s is more than a value and its provenance.
func hasAside(s *record.FieldState) bool { return s.Disputed || len(s.Aside) > 0 }

// AppendRow appends one row as plain CBOR, for stores that seal it at rest:
//
//	[id, kind, scope, subject,
//	 [* [version, wrote, stamp, source, actor, blind]],
//	 [* [field, value, provenance, merge, ? [disputed, [* head]]]]]
//
// A merge policy is its place in merges, or its name; older stores have names.
func AppendRow(b []byte, r *RowDelta) []byte {
	b = record.AppendBytes(record.AppendArray(b, 6), r.Header.ID[:])
	b = record.AppendText(b, string(r.Header.Kind))
	b = record.AppendText(b, string(r.Header.Scope))
	b = record.AppendBytes(b, r.Header.Subject[:])
	var provs []provenance // few: a linear search beats a map
	number := func(p provenance) int {
		for i := range provs {
			if provs[i] == p {
				return i
			}
		}
		provs = append(provs, p)
		return len(provs) - 1
	}
	fields := make([]byte, 0, 1024)
	for i := range r.Fields {
		f := &r.Fields[i]
		fields = appendRowField(fields, f, number(provenanceOf(&f.State)))
	}
	b = record.AppendArray(b, len(provs))
	for _, p := range provs {
		b = appendProvenance(b, p)
	}
	return append(record.AppendArray(b, len(r.Fields)), fields...)
}

func appendRowField(b []byte, f *FieldDelta, prov int) []byte {
	n := 4
	if hasAside(&f.State) {
		n++
	}
	b = record.AppendText(record.AppendArray(b, n), string(f.Field))
	b = f.State.Value.AppendCanonical(b)
	b = record.AppendUint(b, uint64(prov))
	b = appendMerge(b, f.State.Winner.Merge)
	if n > 4 {
		b = appendAside(b, &f.State)
	}
	return b
}

// merges are the policies that rows at rest write as a number: a name in each of
// thirty fields would be a quarter of the row. It only grows, at its end.
var merges = [...]record.Merge{record.Latest, record.Authority, record.Larger, record.Smaller, record.Union, record.Review}

func appendMerge(b []byte, m record.Merge) []byte {
	if i := slices.Index(merges[:], m); i >= 0 {
		return record.AppendUint(b, uint64(i))
	}
	return record.AppendText(b, string(m))
}

func (r *reader) merge() record.Merge {
	if r.left() == 0 || r.b[r.i]>>5 != majorUint {
		return record.Merge(r.text(record.MaxName))
	}
	n := r.uint()
	if n >= uint64(len(merges)) {
		r.fail("unknown merge policy")
		return ""
	}
	return merges[n]
}

func appendProvenance(b []byte, p provenance) []byte {
	b = record.AppendUint(record.AppendArray(b, 6), uint64(p.version))
	b = record.AppendUint(b, uint64(p.wrote))
	b = record.AppendUint(b, uint64(p.stamp))
	b = record.AppendUint(b, uint64(p.source))
	b = record.AppendBytes(b, p.actor[:])
	return record.AppendBool(b, p.blind)
}

// ParseRow is the inverse of AppendRow.
func ParseRow(b []byte) (*RowDelta, error) {
	r := &reader{b: b}
	row := new(RowDelta)
	r.tuple(6)
	r.fixed(row.Header.ID[:])
	row.Header.Kind = record.Kind(r.text(record.MaxName))
	row.Header.Scope = ident.Scope(r.text(maxScope))
	r.fixed(row.Header.Subject[:])
	provs := make([]provenance, r.array(maxRowFields))
	for i := range provs {
		provs[i] = r.provenance()
	}
	row.Fields = make([]FieldDelta, r.array(maxRowFields))
	for i := range row.Fields {
		r.rowField(&row.Fields[i], provs)
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return row, nil
}

// maxRowFields is how many fields a record may ever have had. Writes have at
// most record.MaxFields; a record that many acts wrote may have more.
const maxRowFields = 4096

func (r *reader) provenance() (p provenance) {
	r.tuple(6)
	p.version = record.Version(r.uint())
	p.wrote = record.Version(r.uint())
	p.stamp = r.stamp()
	p.source = record.Source(r.uintTo(255))
	r.fixed(p.actor[:])
	p.blind = r.bool()
	return p
}

func (r *reader) rowField(f *FieldDelta, provs []provenance) {
	n := r.array(5)
	f.Field = record.Field(r.text(record.MaxName))
	value := r.value()
	prov := r.uint()
	merge := r.merge()
	switch {
	case r.err != nil:
		return
	case n < 4 || prov >= uint64(len(provs)):
		r.fail("field of the wrong form")
		return
	}
	f.State = provs[prov].state(value, merge)
	if n == 5 {
		r.aside(&f.State)
	}
}
