// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
)

// Head is a value that no accepted write has seen. A field normally has one;
// several are truly concurrent, whatever the clocks say.
type Head struct {
	Value   Value
	Version Version           // of the change set that wrote it; 0 while pending on a device
	Lane    ident.Incarnation // whose change set
	Number  uint64            // and which
	Stamp   hlc.Stamp         // effective
	Source  Source
	Actor   ident.Actor
	Blind   bool // its author could not see the field
	Merge   Merge

	// Saw is how far its author had seen the scope: of two heads, the later
	// one's author had seen the earlier one if Saw reaches its version.
	Saw Version

	// Settles, in a field that two persons settle, are the heads that this
	// one's author would have it take the place of; nil for what was simply
	// entered. Such a head settles nothing before a second person agrees
	// (package policy).
	Settles []Version
}

// HadSeen reports whether the author of h had seen other, an earlier head of the
// same field.
func (h Head) HadSeen(other Head) bool {
	return other.Version != 0 && !h.Blind && (other.Version <= h.Saw || slices.Contains(h.Settles, other.Version))
}

// FieldState is what readers see of one field.
type FieldState struct {
	Value   Value
	Version Version // of the change set that last altered what is visible; 0 while only pending
	Winner  Head    // who wrote Value, when, from which source

	// Disputed says that nobody has settled the field: Value is what stood
	// first, Aside lists the other heads.
	Disputed bool

	// Aside holds, for a disputed field, its other heads, and under the
	// policy authority the proposals of lower rank.
	Aside []Head

	// Pending says that Value includes a change the server has not
	// receipted yet.
	Pending bool
}

// Waiting says what waits for a person in a field. The numbers are on disk and
// never reused.
type Waiting uint8

// What may wait.
const (
	WaitsDispute  Waiting = 1 // nobody has settled it
	WaitsProposal Waiting = 2 // beside its value a source of lower rank proposes another
)

// Waiting returns what waits for a person in the field, 0 for nothing.
func (s FieldState) Waiting() Waiting {
	switch {
	case s.Disputed:
		return WaitsDispute
	case len(s.Aside) > 0:
		return WaitsProposal
	}
	return 0
}

// Heads returns the value that readers see and those beside it.
func (s FieldState) Heads() []Head { return append([]Head{s.Winner}, s.Aside...) }

// Row is the state of one record.
type Row struct {
	Header  Header
	Version Version // highest version of its fields; 0 while only pending
	Fields  map[Field]FieldState
}

// Value returns the value of field f, None if it was never set.
func (r Row) Value(f Field) Value { return r.Fields[f].Value }

// Text returns the text of field f, "" if it has none.
func (r Row) Text(f Field) string { return r.Fields[f].Value.Text() }

// Int returns the number of field f, 0 if it has none.
func (r Row) Int(f Field) int64 { return r.Fields[f].Value.Int() }

// Bool returns the truth of field f.
func (r Row) Bool(f Field) bool { return r.Fields[f].Value.Bool() }

// Deleted reports whether the record is deleted and nobody disputes it.
func (r Row) Deleted() bool {
	d := r.Fields[Deleted]
	return d.Value.Bool() && !d.Disputed
}

// DeletionDisputed reports whether one person deleted the record and another, who
// had not seen that, wrote to it: nobody has said yet whether it is deleted.
func (r Row) DeletionDisputed() bool { return r.Fields[Deleted].Disputed }

// Disputed returns the disputed fields in order.
func (r Row) Disputed() []Field {
	var out []Field
	for _, f := range r.FieldNames() {
		if r.Fields[f].Waiting() == WaitsDispute {
			out = append(out, f)
		}
	}
	return out
}

// Proposed returns the fields beside whose value a source of lower rank proposes
// another, in order.
func (r Row) Proposed() []Field {
	var out []Field
	for _, f := range r.FieldNames() {
		if r.Fields[f].Waiting() == WaitsProposal {
			out = append(out, f)
		}
	}
	return out
}

// Pending reports whether any field includes an unreceipted change.
func (r Row) Pending() bool {
	for _, s := range r.Fields {
		if s.Pending {
			return true
		}
	}
	return false
}

// FieldNames returns the names of the fields that were ever set, in order.
func (r Row) FieldNames() []Field { return slices.Sorted(maps.Keys(r.Fields)) }

// Past is a value that once stood in a field, or lost against one that did.
// Nothing that was entered is ever without a Past or a present state.
type Past struct {
	Field Field
	Head
	ReplacedBy Version // the change set that removed it; 0 if it lost on arrival
}
