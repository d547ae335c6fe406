// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Session is one person's answers to a form. It is pure state: nothing is stored and nothing is drawn. It is for one
// goroutine at a time.
//
// Answers have a path: the name of the field, and for a row the name of the rows field, the number of the row from 0, and
// the name within: "phone", "members.0.relation".
type Session struct {
	form  *Form
	today time.Time

	top     *answers
	rows    map[string][]*answers // by rows field
	removed []record.Header       // records of rows that were taken out
	loaded  bool
	edition string // of the form that the loaded record names

	now *view // of the present answers; nil after a change
}

// answers are those of the form itself or of one row.
type answers struct {
	header   record.Header // of the record it was loaded from; zero for a new one
	values   map[string]record.Value
	raw      map[string]string // what was typed and not understood
	faults   map[string]*fault.Error
	original map[string]record.Value // as loaded
	shown    map[string]bool         // visible right after loading
	disputed []record.Field
}

func newAnswers() *answers {
	return &answers{
		values: make(map[string]record.Value), raw: make(map[string]string), faults: make(map[string]*fault.Error),
		original: make(map[string]record.Value), shown: make(map[string]bool),
	}
}

// New begins a form with no answers. today is the day by the caller's clock and time zone, for ranges and ages.
func New(form *Form, today time.Time) *Session {
	return &Session{form: form, today: today, top: newAnswers(), rows: make(map[string][]*answers)}
}

// Form returns the form.
func (s *Session) Form() *Form { return s.form }

// find resolves a path of a field other than rows.
func (s *Session) find(path string) (*answers, *Field, bool) {
	parts := strings.Split(path, ".")
	switch len(parts) {
	case 1:
		field, ok := s.form.byName[path]
		return s.top, field, ok && field.Type != Rows
	case 3:
		field, ok := s.form.byName[parts[0]+"."+parts[2]]
		i, err := strconv.Atoi(parts[1])
		if rows := s.rows[parts[0]]; ok && err == nil && i >= 0 && i < len(rows) {
			return rows[i], field, true
		}
	}
	return nil, nil, false
}

// rowPath returns the path of a field of a row.
func rowPath(rows string, i int, name string) string {
	return rows + "." + strconv.Itoa(i) + "." + name
}

// Set answers a question with what was typed; "" takes the answer back. Codes of Choices have commas between them. On a
// fault (fault.Invalid, Field is the path) the text is kept to be shown again, but the question counts as not answered.
func (s *Session) Set(path, text string) error {
	a, field, ok := s.find(path)
	if !ok {
		return fault.New(fault.Invalid, "form.unknown").WithField(path)
	}
	s.now = nil
	v, err := field.read(text, s.today)
	delete(a.raw, field.Name)
	delete(a.faults, field.Name)
	if err != nil {
		f := fault.From(err).WithField(path)
		a.raw[field.Name], a.faults[field.Name] = text, f
		delete(a.values, field.Name)
		return f
	}
	if v.IsNone() {
		delete(a.values, field.Name)
	} else {
		a.values[field.Name] = v
	}
	return nil
}

// Text returns the answer as it is typed: the text at fault, or the value printed; "" for none.
func (s *Session) Text(path string) string {
	a, field, ok := s.find(path)
	if !ok {
		return ""
	}
	if raw, wrong := a.raw[field.Name]; wrong {
		return raw
	}
	return field.print(a.values[field.Name])
}

// Value returns the answer, None if there is none or it is at fault. Whether it counts depends on Visible.
func (s *Session) Value(path string) record.Value {
	a, field, ok := s.find(path)
	if !ok {
		return record.Value{}
	}
	return a.values[field.Name]
}

// Fault returns what is wrong with the text of a field, nil if nothing is.
func (s *Session) Fault(path string) *fault.Error {
	a, field, ok := s.find(path)
	if !ok {
		return nil
	}
	if f := a.faults[field.Name]; f != nil {
		return f.WithField(path) // a row may have moved
	}
	return nil
}

// Disputed reports whether two people filled in the field of the loaded record differently and nobody has settled it, and
// which field of which record it is.
func (s *Session) Disputed(path string) (id ident.Record, field record.Field, disputed bool) {
	a, f, ok := s.find(path)
	if !ok || !slices.Contains(a.disputed, f.Record) {
		return id, "", false
	}
	return a.header.ID, f.Record, true
}

// Rows returns how many rows a rows field has.
func (s *Session) Rows(name string) int { return len(s.rows[name]) }

// AddRow appends an empty row and returns its number. The fault is "form.rows.many" at the limit.
func (s *Session) AddRow(name string) (int, error) {
	field, ok := s.form.byName[name]
	if !ok || field.Type != Rows {
		return 0, fault.New(fault.Invalid, "form.unknown").WithField(name)
	}
	if len(s.rows[name]) >= field.MaxRows {
		return 0, fault.New(fault.Invalid, "form.rows.many").WithField(name).With("max", strconv.Itoa(field.MaxRows))
	}
	s.now = nil
	s.rows[name] = append(s.rows[name], newAnswers())
	return len(s.rows[name]) - 1, nil
}

// RemoveRow takes a row out; those behind it move up. The record it was loaded from will be deleted.
func (s *Session) RemoveRow(name string, i int) error {
	if i < 0 || i >= len(s.rows[name]) {
		return fault.New(fault.Invalid, "form.unknown").WithField(name)
	}
	s.now = nil
	if h := s.rows[name][i].header; !h.ID.IsZero() {
		s.removed = append(s.removed, h)
	}
	s.rows[name] = slices.Delete(s.rows[name], i, i+1)
	return nil
}

// Load fills the form from a record, to edit it, and its rows from theirs; records of a kind that no rows field has are
// left out. Fields without a record (a consent, for example) stay open: set them if the answer is known. What the form
// cannot show, an unknown code for example, stays untouched in the record.
func (s *Session) Load(row record.Row, parts ...record.Row) {
	s.now, s.loaded = nil, true
	s.top, s.edition = s.load(row, s.fields(nil)), row.Text(editionField)
	for _, part := range parts {
		for _, field := range s.form.order {
			if field.Type == Rows && field.Kind == part.Header.Kind && !part.Deleted() {
				s.rows[field.Name] = append(s.rows[field.Name], s.load(part, field.Fields))
			}
		}
	}
	v := s.look()
	mark := func(a *answers, fields []*Field, path func(string) string) {
		for _, f := range fields {
			a.shown[f.Name] = v.visible[path(f.Name)]
		}
	}
	mark(s.top, s.fields(nil), func(name string) string { return name })
	for name, rows := range s.rows {
		for i, a := range rows {
			mark(a, s.form.byName[name].Fields, func(inner string) string { return rowPath(name, i, inner) })
		}
	}
}

func (s *Session) load(row record.Row, fields []*Field) *answers {
	a := newAnswers()
	a.header, a.disputed = row.Header, row.Disputed()
	for _, f := range fields {
		v := row.Value(f.Record)
		if f.Record == "" || v.IsNone() {
			continue
		}
		a.original[f.Name] = v
		if got, err := f.read(f.print(v), s.today); err == nil && got.Equal(v) {
			a.values[f.Name] = v
		} else {
			delete(a.original, f.Name)
		}
	}
	return a
}

// fields returns the fields that have answers of their own: those of the form, or of a rows field.
func (s *Session) fields(rows *Field) []*Field {
	if rows != nil {
		return rows.Fields
	}
	var out []*Field
	for _, section := range s.form.Sections {
		for _, f := range section.Fields {
			if f.Type != Rows {
				out = append(out, f)
			}
		}
	}
	return out
}

// Draft returns all answers as text by path, what is at fault included, and the number of rows by the name of the rows
// field: enough to go on later. It is as personal as the answers are.
func (s *Session) Draft() map[string]string {
	out := make(map[string]string)
	keep := func(path string) {
		if text := s.Text(path); text != "" {
			out[path] = text
		}
	}
	for _, f := range s.fields(nil) {
		keep(f.Name)
	}
	for name, rows := range s.rows {
		out[name] = strconv.Itoa(len(rows))
		for i := range rows {
			for _, f := range s.form.byName[name].Fields {
				keep(rowPath(name, i, f.Name))
			}
		}
	}
	return out
}

// Restore answers with a draft. What the form does not know any more is left out; rows are added up to their limit.
func (s *Session) Restore(draft map[string]string) {
	for name, text := range draft {
		n, err := strconv.Atoi(text)
		if field := s.form.byName[name]; field == nil || field.Type != Rows || err != nil {
			continue
		}
		for len(s.rows[name]) < n {
			if _, err := s.AddRow(name); err != nil {
				break
			}
		}
	}
	for path, text := range draft {
		if _, _, ok := s.find(path); ok {
			_ = s.Set(path, text) // a text at fault is kept with its fault, as it was
		}
	}
}

// Consents returns the purposes of the consents that were answered with yes and are visible.
func (s *Session) Consents() []string {
	v := s.look()
	var out []string
	for _, c := range s.form.Consents {
		if v.visible[c.Field] && s.top.values[c.Field].Bool() {
			out = append(out, c.Purpose)
		}
	}
	return out
}

// age returns the age today of an identity number, -1 for none.
func (s *Session) age(number string) int {
	id, err := ident.ParseResidentID(number)
	if err != nil {
		return -1
	}
	return id.Age(s.today)
}
