// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Fields returns the visible answers of the form itself by record field, for a caller that makes the record otherwise, as
// lending.NewDemand does.
func (s *Session) Fields() map[record.Field]record.Value {
	out := make(map[record.Field]record.Value)
	for _, f := range s.form.own {
		if a := s.top.cells[f.index]; f.Record != "" && !a.counted.IsNone() {
			out[f.Record] = a.counted
		}
	}
	out[editionField] = record.OfText(s.form.Edition())
	return out
}

// editionField is where a record keeps the edition of the form by which it was written last; its past tells the others.
const editionField record.Field = "form"

// Edition names the form and its version: "household 1".
func (f *Form) Edition() string { return fmt.Sprintf("%s %d", f.Name, f.Version) }

// Writes returns what the answers make of the records: for a new form the creation of h and of a record per row, for a
// loaded one the fields that changed, new rows, and deletions of rows that were taken out. A field that has become
// invisible since loading is cleared; one that was invisible all along is left alone. The record names the edition of the
// form. newID makes the ids of rows. It returns no writes if nothing changed, and the error of Ready if the form is not ready.
func (s *Session) Writes(h record.Header, newID func() (ident.Record, error)) ([]record.Write, error) {
	if err := s.Ready(); err != nil {
		return nil, err
	}
	if s.loaded {
		h = s.top.header
	}
	h.Kind = s.form.Kind
	var out []record.Write
	top := s.write(s.top, h)
	for _, f := range s.form.own {
		if f.Type != Rows || !s.top.cells[f.index].visible {
			continue
		}
		rows, err := s.rowWrites(f, h, newID)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	for _, gone := range s.removed {
		out = append(out, record.Write{Op: record.Delete, Header: gone})
	}
	if top.Op == record.Edit && len(top.Fields) == 0 && len(out) == 0 {
		return nil, nil
	}
	if s.edition != s.form.Edition() {
		top.Fields[editionField] = record.OfText(s.form.Edition())
	}
	if top.Op == record.Create || len(top.Fields) > 0 {
		out = append([]record.Write{top}, out...)
	}
	return out, nil
}

func (s *Session) rowWrites(f *Field, h record.Header, newID func() (ident.Record, error)) ([]record.Write, error) {
	var out []record.Write
	for _, g := range s.rows[f.Name] {
		rh := g.header
		if rh.ID.IsZero() {
			if g.id.IsZero() {
				var err error
				if g.id, err = newID(); err != nil {
					return nil, fmt.Errorf("make the id of a row: %w", err)
				}
			}
			rh = record.Header{ID: g.id, Kind: f.Kind, Scope: h.Scope, Subject: h.Subject}
		}
		w := s.write(g, rh)
		if w.Op == record.Create {
			w.Fields[f.Link] = record.OfBytes(h.ID.Bytes())
		}
		if len(w.Fields) > 0 {
			out = append(out, w)
		}
	}
	return out, nil
}

// write compares the answers with what was loaded.
func (s *Session) write(g *group, h record.Header) record.Write {
	w := record.Write{Op: record.Create, Header: h, Fields: make(map[record.Field]record.Value)}
	if !g.header.ID.IsZero() {
		w.Op = record.Edit
	}
	for _, f := range s.form.fieldsOf(g.rows) {
		if f.Record == "" {
			continue
		}
		a := &g.cells[f.index]
		value := a.value
		if !a.visible {
			if value = a.original; a.shown {
				value = record.Value{}
			}
		}
		if value.Equal(a.original) {
			continue
		}
		w.Fields[f.Record] = value
		if slices.Contains(g.disputed, f.Record) {
			w.InDispute = append(w.InDispute, f.Record)
		}
	}
	return w
}

// Saved notes that writes made of the answers are stored: what they hold counts as loaded from here on. With many rows the
// writes go into several acts, and whoever is cut off between two of them goes on with the rest.
func (s *Session) Saved(writes []record.Write) {
	stored := make(map[ident.Record]record.Write, len(writes))
	for _, w := range writes {
		stored[w.Header.ID] = w
	}
	s.removed = slices.DeleteFunc(s.removed, func(h record.Header) bool { return stored[h.ID].Op == record.Delete })
	for _, g := range s.groups() {
		id := g.id
		if !g.header.ID.IsZero() {
			id = g.header.ID
		}
		w, there := stored[id]
		if g.rows == nil && len(writes) > 0 && writes[0].Header.Kind == s.form.Kind {
			w, there = writes[0], true
			s.loaded, s.edition = true, s.form.Edition()
		}
		if !there {
			continue
		}
		g.header = w.Header
		for _, f := range s.form.fieldsOf(g.rows) {
			a := &g.cells[f.index]
			if v, written := w.Fields[f.Record]; written {
				a.original = v
			}
			a.shown = a.visible
		}
	}
}

// formats are the catalogue's formats for each type, and for each format of a text.
var (
	formats = map[Type]record.Format{
		Number: record.FormatInt, Money: record.FormatMoney, Area: record.FormatArea, Date: record.FormatDate,
		Decimal: record.FormatDecimal, Time: record.FormatTime, GPS: record.FormatPosition,
		Photo: record.FormatBlob, Sign: record.FormatBlob,
		Choice: record.FormatChoice, Choices: record.FormatSet, YesNo: record.FormatBool,
	}
	textFormats = map[string]record.Format{
		"": record.FormatText, Multiline: record.FormatText, ResidentID: record.FormatResidentID,
		Code: record.FormatText, USCC: record.FormatUSCC, Mobile: record.FormatMobile, Region: record.FormatRegion,
	}
)

// CheckAgainst returns nil if the form fits a catalogue: its kinds and fields are there, with formats that take the
// answers and choices that the catalogue admits, no two questions write one field, and all rows of a form that a kiosk hands
// in go into one act.
func (f *Form) CheckAgainst(cat *record.Catalogue) error {
	if def, _ := cat.Field(f.Kind, editionField); def.Format != record.FormatText {
		return fmt.Errorf("form %s: catalogue version %d has no text %s.%s", f.Name, cat.Version(), f.Kind, editionField)
	}
	if most := f.mostWrites(); len(f.Of) == 0 && most > record.MaxWrites {
		return fmt.Errorf("form %s: its rows make up to %d writes, more than the %d of one act", f.Name, most, record.MaxWrites)
	}
	written := make(map[[2]string]bool)
	for _, field := range f.order {
		kind := f.Kind
		if field.parent != nil {
			kind = field.parent.Kind
		}
		if err := field.fits(cat, kind); err != nil {
			return fmt.Errorf("form %s: field %q: %w", f.Name, field.path(), err)
		}
		key := [2]string{string(kind), string(field.Record)}
		if field.Record != "" && written[key] {
			return fmt.Errorf("form %s: field %q: %s is written twice", f.Name, field.path(), field.Record)
		}
		written[key] = true
	}
	return nil
}

// mostWrites is how many writes the form can make, with all rows there can be.
func (f *Form) mostWrites() int {
	n := 1 + len(f.Consents)
	for _, field := range f.own {
		n += field.MaxRows
	}
	return n
}

func (field *Field) fits(cat *record.Catalogue, kind record.Kind) error {
	name, want := field.Record, formats[field.Type]
	switch field.Type {
	case Text:
		want = textFormats[field.Format]
	case Rows:
		kind, name, want = field.Kind, field.Link, record.FormatRef
	}
	if name == "" {
		return nil
	}
	def, known := cat.Field(kind, name)
	if !known || def.Format != want {
		return fault.New(fault.Unsupported, "form.unknown").WithField(string(name)).
			WithCause(fmt.Errorf("catalogue version %d has %s.%s as %q, the form as %q", cat.Version(), kind, name, def.Format, want))
	}
	for _, o := range field.Options {
		if !slices.Contains(def.Choices, o.Code) {
			return fmt.Errorf("the catalogue does not admit %q", o.Code)
		}
	}
	return nil
}

// CheckTexts returns an error naming the first label for which has reports no text.
func (f *Form) CheckTexts(has func(key string) bool) error {
	for _, field := range f.order {
		if field.Hidden {
			continue
		}
		labels := []Label{field.Label}
		for _, o := range field.Options {
			labels = append(labels, o.Label)
		}
		for _, l := range labels {
			if l.Key != "" && !has(l.Key) {
				return fmt.Errorf("form %s: field %q: no text for %s", f.Name, field.path(), l.Key)
			}
		}
	}
	return nil
}
