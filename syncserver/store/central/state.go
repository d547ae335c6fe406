// SPDX-License-Identifier: Apache-2.0

package central

import (
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

// field is what the store keeps of one field: its heads, and the version of
// the change set that last altered what is visible of it. A field with visible
// 0 is not shown: see the implicit heads of record.Deleted in apply.go.
type field struct {
	name    record.Field
	class   record.Class
	merge   record.Merge
	visible record.Version
	heads   []record.Head
}

// state returns what readers see of the field.
func (f *field) state() record.FieldState {
	s := policy.Resolve(f.merge, f.heads)
	s.Version = f.visible
	return s
}

// part is one of the two halves of a record's state, sorted by field name.
type part []field

func (p part) find(name record.Field) (int, bool) {
	return slices.BinarySearchFunc(p, name, func(f field, n record.Field) int {
		return strings.Compare(string(f.name), string(n))
	})
}

// field returns the field of that name, which it adds without heads if there
// is none.
func (p *part) field(name record.Field, class record.Class, merge record.Merge) *field {
	i, found := p.find(name)
	if !found {
		*p = slices.Insert(*p, i, field{name: name})
	}
	f := &(*p)[i]
	f.class, f.merge = class, merge
	return f
}

// writer is what the heads of one change set share.
type writer struct {
	version record.Version
	lane    ident.Incarnation
	number  uint64
	stamp   hlc.Stamp
	source  record.Source
	actor   ident.Actor
}

func writerOf(h record.Head) writer {
	return writer{h.Version, h.Lane, h.Number, h.Stamp, h.Source, h.Actor}
}

// merges gives each policy its number on disk: the place in this list, which
// only grows at its end.
var merges = []record.Merge{"", record.Latest, record.Authority, record.Larger, record.Smaller, record.Union, record.Review}

// appendPart appends the stored form of p: the writers, then the fields with
// their heads naming writers by place. A field costs its name, its value and
// about five bytes.
func appendPart(b []byte, p part) []byte {
	var writers []writer
	place := make(map[writer]int, 4)
	for _, f := range p {
		for _, h := range f.heads {
			w := writerOf(h)
			if _, known := place[w]; !known {
				place[w] = len(writers)
				writers = append(writers, w)
			}
		}
	}
	b = record.AppendUint(b, uint64(len(writers)))
	for _, w := range writers {
		b = appendWriter(b, w)
	}
	b = record.AppendUint(b, uint64(len(p)))
	for _, f := range p {
		b = record.AppendText(b, string(f.name))
		b = record.AppendUint(b, uint64(f.class))
		b = record.AppendUint(b, uint64(slices.Index(merges, f.merge)))
		b = record.AppendUint(b, uint64(f.visible))
		b = record.AppendUint(b, uint64(len(f.heads)))
		for _, h := range f.heads {
			b = record.AppendUint(b, uint64(place[writerOf(h)]))
			b = record.AppendBool(b, h.Blind)
			b = appendHead(b, h, len(f.heads) > 1)
		}
	}
	return b
}

// sighted is added to the number of a head's policy where it says what its author
// had seen. Only beside other heads does anybody ask.
const sighted = 32

func appendHead(b []byte, h record.Head, beside bool) []byte {
	merge := uint64(slices.Index(merges, h.Merge))
	if !beside {
		return h.Value.AppendCanonical(record.AppendUint(b, merge))
	}
	b = h.Value.AppendCanonical(record.AppendUint(b, merge+sighted))
	b = record.AppendUint(b, uint64(h.Saw))
	b = record.AppendUint(b, uint64(len(h.Settles)))
	for _, v := range h.Settles {
		b = record.AppendUint(b, uint64(v))
	}
	return b
}

func appendWriter(b []byte, w writer) []byte {
	b = record.AppendUint(b, uint64(w.version))
	b = record.AppendBytes(b, w.lane[:])
	b = record.AppendUint(b, w.number)
	b = record.AppendUint(b, uint64(w.stamp))
	b = record.AppendUint(b, uint64(w.source))
	return record.AppendBytes(b, w.actor[:])
}
