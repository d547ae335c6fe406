// SPDX-License-Identifier: Apache-2.0

package central

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// writings is what the frames of a scope say was written, to be compared with
// what stands in its records and its history. A value is named by its
// wire.FieldHash, which holds record, field, version and value.
type writings struct {
	open   map[wire.Sum]written  // not found in a record or in the history yet
	met    map[wire.Sum]bool     // found
	values map[wire.Sum]bool     // found, whatever their version
	lost   map[writing]bool      // change sets that could not be opened
	erased map[ident.Record]bool // records whose key was destroyed
}

// written is one value that a change set wrote.
type written struct {
	record ident.Record
	field  record.Field
	value  record.Value
	by     writing
	create bool
}

// writing names a change set within its scope.
type writing struct {
	lane   ident.Incarnation
	number uint64
}

func newWritings() writings {
	return writings{
		open: map[wire.Sum]written{}, met: map[wire.Sum]bool{}, values: map[wire.Sum]bool{},
		lost: map[writing]bool{}, erased: map[ident.Record]bool{},
	}
}

// silent reports whether a value is left out of the comparison: that a record
// is not deleted is a head of every record that no change set spells out, and
// the history does not keep it.
func silent(f record.Field, v record.Value) bool { return f == record.Deleted && !v.Bool() }

// add notes what an accepted change set wrote.
func (w *writings) add(cs *record.ChangeSet, version record.Version) {
	for _, write := range cs.Writes {
		if write.Op == record.Discard {
			continue
		}
		for f, v := range touchedFields(write) {
			if silent(f, v) {
				continue
			}
			w.open[wire.FieldHash(write.Header.ID, f, version, v)] = written{
				record: write.Header.ID, field: f, value: v, create: write.Op == record.Create,
				by: writing{cs.Link.Lane.Incarnation, cs.Link.Number},
			}
		}
	}
}

// stands notes that a head stands in a record or in the history.
func (v *verifier) stands(rule string, id ident.Record, f record.Field, h record.Head) {
	w := &v.written
	if silent(f, h.Value) {
		return
	}
	sum := wire.FieldHash(id, f, h.Version, h.Value)
	w.values[wire.FieldHash(id, f, 0, h.Value)] = true
	_, open := w.open[sum]
	switch {
	case open:
		delete(w.open, sum)
		w.met[sum] = true
	case w.met[sum]:
		v.breach(rule, id.String(), "field %s: a value of version %s stands twice", f, h.Version)
	case !w.lost[writing{h.Lane, h.Number}]:
		v.breach(rule, id.String(), "field %s: no change set wrote its value of version %s", f, h.Version)
	}
}

// unaccounted reports the values that were written and stand nowhere. A create
// that was issued again in a new lane wrote nothing: what it says stands there
// from the first time.
func (v *verifier) unaccounted(*scope) error {
	w := &v.written
	for _, one := range w.open {
		if w.erased[one.record] || one.create && w.values[wire.FieldHash(one.record, one.field, 0, one.value)] {
			continue
		}
		v.breach("history", one.record.String(), "field %s: what number %d of lane %s wrote is neither there nor in the history",
			one.field, one.by.number, one.by.lane)
	}
	return nil
}
