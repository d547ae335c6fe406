// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// weigh compares the filled form with the store, and makes the writes where there is a run to make them for. What the file
// does not say is left alone.
func (j *judge) weigh(l *Line, e *entry, s *filling) error {
	for _, path := range s.set {
		if c, ok := s.from[path]; ok && !s.session.Visible(path) {
			l.note(&c.column, fault.New(fault.Invalid, "exchange.cell.left"))
		}
	}
	trail := s.session.Trail()
	isNew := s.row.Header.ID.IsZero()
	if s.row.Deleted() {
		l.State = Known // by the same import, and deleted since
		return nil
	}
	said := slices.ContainsFunc(trail, func(t forms.Trace) bool { return t.How == forms.Imported && s.recordField(t.Path) != "" })
	if !isNew && !said && !s.added() {
		l.State = Known
		return nil
	}
	if !isNew {
		l.State = Changed
		s.diffs(l, trail, j.o.Source)
	}
	run := j.runs[l.Scope]
	if run == nil {
		return nil
	}
	return s.write(l, e, j, run, trail)
}

// added reports whether the file has rows of parts that the store does not have.
func (s *filling) added() bool {
	for name := range s.where {
		rows, number, _ := strings.Cut(name, ".")
		if i, _ := strconv.Atoi(number); i >= len(s.parts[rows]) {
			return true
		}
	}
	return false
}

// recordField returns the record's field of a path of the session.
func (s *filling) recordField(path string) record.Field {
	if f := s.kind.fieldOf(unnumbered(path)); f != nil {
		return f.Record
	}
	return ""
}

// rowOf returns the record that a path of the session is loaded from, its rows field and number; rows is nil for the record
// itself.
func (s *filling) rowOf(path string) (row record.Row, rows *forms.Field, i int) {
	name, rest, inner := strings.Cut(path, ".")
	if !inner {
		return s.row, nil, 0
	}
	number, _, _ := strings.Cut(rest, ".")
	i, _ = strconv.Atoi(number)
	if parts := s.parts[name]; i < len(parts) {
		row = parts[i]
	}
	return row, s.kind.fieldOf(name), i
}

// diffs lists what the file says differently, computed answers left out.
func (s *filling) diffs(l *Line, trail []forms.Trace, source record.Source) {
	for _, t := range trail {
		field := s.recordField(t.Path)
		if field == "" || t.How != forms.Imported {
			continue
		}
		row, rows, _ := s.rowOf(t.Path)
		kind := s.kind.words.Kind
		if rows != nil {
			kind = rows.Kind
		}
		def, _ := s.kind.catalogue.Field(kind, field)
		state := row.Fields[field]
		l.Diffs = append(l.Diffs, Diff{
			Kind: kind, Record: row.Header.ID, Field: field, Old: t.Old, New: t.New,
			Proposed: def.Merge == record.Authority && !state.Value.IsNone() && state.Winner.Source > source,
		})
	}
}

// write makes the writes of a line: of the record first, then of its parts.
func (s *filling) write(l *Line, e *entry, j *judge, run *run, trail []forms.Trace) error {
	top, err := s.head(l, e, j, run)
	if err != nil {
		return err
	}
	writes := map[string]*record.Write{"": &top}
	order := []string{""}
	for _, t := range trail {
		field := s.recordField(t.Path)
		if field == "" {
			continue
		}
		row, rows, i := s.rowOf(t.Path)
		name := ""
		if rows != nil {
			name = rows.Name + "." + strconv.Itoa(i)
		}
		w := writes[name]
		if w == nil {
			w, err = s.partWrite(l, run, top.Header, row, rows, len(order), j.o.Sample)
			if err != nil {
				return err
			}
			writes[name], order = w, append(order, name)
		}
		w.Fields[field] = t.New
		if slices.Contains(row.Disputed(), field) {
			w.InDispute = append(w.InDispute, field)
		}
	}
	if edition := s.kind.Form.Edition(); s.row.Text(fieldForm) != edition && len(top.Fields) > 0 {
		top.Fields[fieldForm] = record.OfText(edition)
	}
	for _, name := range order {
		if w := writes[name]; len(w.Fields) > 0 {
			l.writes = append(l.writes, *w)
		}
	}
	return nil
}

// fieldForm is where a record keeps by which form it was written last.
const fieldForm record.Field = "form"

// head makes the write of the record itself, with what no question asks.
func (s *filling) head(l *Line, e *entry, j *judge, run *run) (record.Write, error) {
	w := record.Write{Op: record.Edit, Header: s.row.Header, Fields: map[record.Field]record.Value{}}
	if !s.row.Header.ID.IsZero() {
		return w, nil
	}
	id, about, err := run.ids(l, 0)
	if err != nil {
		return w, err
	}
	l.Record = id
	w.Op, w.Header = record.Create, record.Header{ID: id, Kind: s.kind.words.Kind, Scope: l.Scope, Subject: about}
	if j.o.Sample {
		w.Fields["sample"] = record.OfBool(true)
	}
	if code, err := doorplate.ParseCode(e.plate); err == nil && slices.Contains(s.kind.words.Fixed, ColumnPlate) {
		w.Fields[ColumnPlate] = record.OfText(string(code))
	}
	if _, known := s.kind.catalogue.Field(s.kind.words.Kind, "region_code"); known {
		for _, v := range j.o.Villages {
			if v.Scope == l.Scope {
				w.Fields["region_code"] = record.OfText(string(v.Code))
			}
		}
	}
	return w, nil
}

func (s *filling) partWrite(l *Line, run *run, head record.Header, row record.Row, rows *forms.Field, n int, sample bool) (*record.Write, error) {
	w := &record.Write{Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{}}
	if !row.Header.ID.IsZero() {
		return w, nil
	}
	id, _, err := run.ids(l, n)
	if err != nil {
		return nil, err
	}
	w.Op, w.Header = record.Create, record.Header{ID: id, Kind: rows.Kind, Scope: head.Scope, Subject: head.Subject}
	w.Fields[rows.Link] = record.OfBytes(head.ID.Bytes())
	if sample {
		w.Fields["sample"] = record.OfBool(true)
	}
	return w, nil
}

// run is an import into one place: the record that stands for it, and what names new records.
type run struct {
	id    ident.Record
	hash  [32]byte
	begun bool // its record is in the store
	again bool // by an earlier call
	ended bool // which came to its end
	rows  int  // that were written by then
}

func (r *run) resumed() bool { return r != nil && r.again }
