// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"slices"
	"strings"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// How says how an answer came about.
type How string

// The ways.
const (
	Typed    How = "typed" // or chosen
	Scanned  How = "scanned"
	Card     How = "card" // read from an identity card
	Imported How = "imported"
	Computed How = "computed" // or preset
)

// Trace is what is known of how one answer came about.
type Trace struct {
	Path     string
	Kind     record.Kind  // of the record that the answer is written to
	Record   ident.Record // zero for the form's own record, and for a row without an id
	Field    record.Field // "" for an answer that is written nowhere
	How      How
	At       time.Time    // zero for what is computed
	Old, New record.Value // None for no answer
	Reason   string       // why somebody went on in spite of warnings about it
}

// Trail returns a trace of every visible answer that is another than was loaded, and of every one that became invisible,
// in the order of the form.
func (s *Session) Trail() []Trace {
	reasons := make(map[string][]string)
	for _, f := range s.Findings() {
		for _, path := range f.Paths {
			if f.Reason != "" && !slices.Contains(reasons[path], f.Reason) {
				reasons[path] = append(reasons[path], f.Reason)
			}
		}
	}
	var out []Trace
	for _, g := range s.groups() {
		for _, f := range s.form.fieldsOf(g.rows) {
			a := &g.cells[f.index]
			if a.counted.Equal(a.original) || !a.visible && !a.shown {
				continue
			}
			t := Trace{Path: g.path(f), Kind: s.form.Kind, Record: g.id, Field: f.Record, How: a.how, At: a.when, Old: a.original, New: a.counted, Reason: strings.Join(reasons[g.path(f)], "；")}
			if g.rows != nil {
				t.Kind = g.rows.Kind
			}
			if !g.header.ID.IsZero() {
				t.Record = g.header.ID
			}
			if f.compute != nil {
				t.How, t.At = Computed, time.Time{}
			}
			out = append(out, t)
		}
	}
	return out
}
