// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Part is a piece of a draft that is kept by itself: what somebody changed in the answers of the form itself, or in one row.
// A keystroke changes one part, however many rows there are. It is as personal as the answers are.
type Part struct {
	Number int64  `json:"n"`              // 0 for the form itself; rows count up from 1, and no number is used again
	Rows   string `json:"rows,omitempty"` // the rows field, "" for the form itself

	Record  ident.Record      `json:"record"` // of a row: the record that it came from or will become
	Answers map[string]Answer `json:"answers,omitempty"`
	Reasons map[string]string `json:"reasons,omitempty"` // given for warnings
	Removed []ident.Record    `json:"removed,omitempty"` // of the form itself: rows that were taken out

	Gone bool `json:"-"` // the row was taken out before it was ever saved, and the part with it
}

// Answer is one answer as it is typed, with how it came about.
type Answer struct {
	Text string `json:"t"` // "" if it was taken back
	How  How    `json:"h,omitempty"`
	At   int64  `json:"at,omitempty"` // ms since 1970 UTC
}

// Unkept returns the parts of the draft that are others than when it was asked last. Whoever keeps them all, and hands them
// to Resume, has everything back that was typed, up to the last character.
func (s *Session) Unkept() []Part {
	var out []Part
	for g := range s.unkept {
		out = append(out, s.part(g))
	}
	slices.SortFunc(out, func(a, b Part) int { return cmp.Compare(a.Number, b.Number) })
	for _, n := range s.gone {
		out = append(out, Part{Number: n, Gone: true})
	}
	s.gone = nil
	clear(s.unkept)
	return out
}

func (s *Session) part(g *group) Part {
	p := Part{Number: g.number, Record: g.id, Answers: make(map[string]Answer), Reasons: g.reasons}
	if !g.header.ID.IsZero() {
		p.Record = g.header.ID
	}
	if g.rows != nil {
		p.Rows = g.rows.Name
	} else {
		for _, h := range s.removed {
			p.Removed = append(p.Removed, h.ID)
		}
	}
	for _, f := range s.form.fieldsOf(g.rows) {
		a := &g.cells[f.index]
		if !f.Asked() || f.Type == Rows || a.fault == nil && a.value.Equal(a.original) && f.preset == nil {
			continue
		}
		p.Answers[f.Name] = Answer{s.text(g, f), a.how, a.when.UnixMilli()}
	}
	return p
}

// Resume goes on with a draft: in a new form, or in one into which the record was loaded as it stands now. Answers that
// the draft does not hold stay as they are. What the form does not know is left out; rows are added up to their limit.
func (s *Session) Resume(parts []Part) {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Number, b.Number) })
	for _, p := range parts {
		s.last = max(s.last, p.Number)
		for _, id := range p.Removed {
			s.removeRecord(id)
		}
	}
	for _, p := range parts {
		g := s.groupOf(p)
		if g == nil {
			continue
		}
		if g.rows != nil {
			g.number = p.Number
		}
		for key, reason := range p.Reasons {
			g.reasons[key] = reason
		}
		for _, f := range s.form.fieldsOf(g.rows) {
			answer, kept := p.Answers[f.Name]
			if !kept || f.Type == Rows || !f.Asked() {
				continue
			}
			_ = s.answer(g, f, answer.Text, answer.How) // a text at fault is kept with its fault, as it was
			g.cells[f.index].when = time.UnixMilli(answer.At).In(s.today.Location())
		}
	}
	s.settle()
}

// groupOf returns the answers that a part is about: those of the form, of the row that was loaded from its record, or of a
// new row; nil if there is no room for it.
func (s *Session) groupOf(p Part) *group {
	if p.Rows == "" {
		return s.top
	}
	field := s.form.byName[p.Rows]
	if field == nil || field.Type != Rows {
		return nil
	}
	for _, g := range s.rows[p.Rows] {
		if !p.Record.IsZero() && (g.header.ID == p.Record || g.id == p.Record) {
			return g
		}
	}
	if len(s.rows[p.Rows]) >= field.MaxRows {
		return nil
	}
	g := s.addRow(field)
	g.id = p.Record
	s.preset(g)
	return g
}

func (s *Session) removeRecord(id ident.Record) {
	for name, rows := range s.rows {
		for i, g := range rows {
			if g.header.ID == id {
				_ = s.RemoveRow(name, i) // the row is there
				return
			}
		}
	}
}

// PartOf returns what a write of the form's record, or of one of its rows, answers: the part of a draft that would make it
// again. ok is false for a record that the form has nothing of. day tells the time zone.
func (f *Form) PartOf(w record.Write, day time.Time) (p Part, ok bool) {
	fields := f.own
	if w.Header.Kind != f.Kind {
		rows := f.rowsOf(w.Header.Kind)
		if rows == nil {
			return p, false
		}
		fields = rows.Fields
		p.Rows, p.Record = rows.Name, w.Header.ID
	}
	p.Answers = make(map[string]Answer)
	for _, field := range fields {
		v, written := w.Fields[field.Record]
		if !written || field.Record == "" || !field.Asked() || field.Type == Rows {
			continue
		}
		p.Answers[field.Name] = Answer{Text: field.print(v, day.Location()), How: Typed, At: day.UnixMilli()}
	}
	return p, true
}

// rowsOf returns the rows field whose rows are records of a kind, nil for none.
func (f *Form) rowsOf(kind record.Kind) *Field {
	for _, field := range f.own {
		if field.Type == Rows && field.Kind == kind {
			return field
		}
	}
	return nil
}

// RowKinds returns the kinds of the records that the form's rows are, each with the field that refers to the form's record.
func (f *Form) RowKinds() map[record.Kind]record.Field {
	kinds := make(map[record.Kind]record.Field)
	for _, field := range f.own {
		if field.Type == Rows {
			kinds[field.Kind] = field.Link
		}
	}
	return kinds
}

// ParseEdition takes apart what Edition returns; ok is false for anything else.
func ParseEdition(text string) (name string, version uint32, ok bool) {
	n, err := fmt.Sscanf(text, "%s %d", &name, &version)
	return name, version, err == nil && n == 2
}
