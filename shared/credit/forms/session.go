// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm"

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

	top     *group
	rows    map[string][]*group // by rows field
	removed []record.Header     // records of rows that were taken out
	loaded  bool
	edition string // of the form that the loaded record names
	now     func() time.Time
	newID   func() (ident.Record, error) // of new rows; nil until Identified

	last   int64           // number of the part that was begun last
	unkept map[*group]bool // see Unkept
	gone   []int64

	env     reflect.Value // what conditions read
	machine vm.VM
	waiting [][]*group // what has to be looked at again, by step
	hand    *group     // the row whose conditions run
	broken  map[broken]error
}

// cell is one answer and how it stands.
type cell struct {
	value    record.Value
	raw      string // what was typed and not understood
	fault    *fault.Error
	original record.Value // as loaded
	shown    bool         // visible right after loading
	how      How
	when     time.Time

	visible  bool
	required bool
	astray   bool         // not within what its Under was answered with
	counted  record.Value // the answer as conditions see it; None if it is at fault or not visible
}

func (s *Session) newGroup(rows *Field, at int) *group {
	g := &group{rows: rows, at: at, due: make([]bool, len(s.form.steps)), reasons: make(map[string]string)}
	if rows != nil {
		s.last++
		g.number = s.last
	}
	checks := len(s.form.checks)
	if rows != nil {
		checks = 0
	}
	fields := s.form.fieldsOf(rows)
	for _, f := range fields {
		checks += len(f.checks)
	}
	g.cells, g.held = make([]cell, len(fields)), make([]bool, checks)
	return g
}

// New begins a form with what it presets. today is the day by the caller's clock and time zone, for ranges and ages.
func New(form *Form, today time.Time) *Session {
	s := &Session{form: form, today: today, rows: make(map[string][]*group), unkept: make(map[*group]bool)}
	s.now = func() time.Time { return today }
	s.prepare()
	s.top = s.newGroup(nil, 0)
	s.awaitAll(s.top)
	s.settle()
	s.preset(s.top)
	return s
}

// Timed hands in the clock by which answers are dated from here on; without it all are dated with the time of New.
func (s *Session) Timed(now func() time.Time) { s.now = now }

// Identified hands in what makes the ids of records. Each row that is added from here on has its own from the start, so that
// a draft can tell which rows were saved already.
func (s *Session) Identified(newID func() (ident.Record, error)) { s.newID = newID }

// preset gives a new group the answers that it begins with.
func (s *Session) preset(g *group) {
	for _, f := range s.form.fieldsOf(g.rows) {
		if f.preset == nil {
			continue
		}
		s.hand = g
		if g.rows != nil {
			s.env.Elem().Field(g.rows.rowAt).SetZero()
		}
		a := &g.cells[f.index]
		if a.value = s.value(f.preset, f, f.step, g); !a.value.IsNone() {
			a.how, a.when = Computed, s.now()
		}
		s.queue(f.step, g)
	}
	s.settle()
}

// Form returns the form.
func (s *Session) Form() *Form { return s.form }

// find resolves a path of a field other than rows.
func (s *Session) find(path string) (*group, *Field, bool) {
	name, i, inner, row := cutPath(path)
	if !row {
		field, ok := s.form.byName[path]
		return s.top, field, ok && field.Type != Rows && field.parent == nil
	}
	field, ok := s.form.byName[name+"."+inner]
	if rows := s.rows[name]; ok && i < len(rows) {
		return rows[i], field, true
	}
	return nil, nil, false
}

// cutPath takes "members.0.relation" apart.
func cutPath(path string) (rows string, i int, name string, ok bool) {
	rows, rest, found := strings.Cut(path, ".")
	if !found {
		return "", 0, "", false
	}
	number, name, found := strings.Cut(rest, ".")
	i, err := strconv.Atoi(number)
	return rows, i, name, found && err == nil && i >= 0
}

// rowPath returns the path of a field of a row.
func rowPath(rows string, i int, name string) string {
	return rows + "." + strconv.Itoa(i) + "." + name
}

// path returns the path of a field in a group; of nil, what such paths begin with.
func (g *group) path(f *Field) string {
	name := ""
	if f != nil {
		name = f.Name
	}
	if g.rows == nil {
		return name
	}
	return rowPath(g.rows.Name, g.at, name)
}

// Set answers a question with what was typed; "" takes the answer back. Codes of Choices have commas between them. On a
// fault (fault.Invalid, Field is the path) the text is kept to be shown again, but the question counts as not answered.
func (s *Session) Set(path, text string) error { return s.SetFrom(path, text, Typed) }

// SetFrom is Set for an answer that came about in another way.
func (s *Session) SetFrom(path, text string, how How) error {
	g, field, ok := s.find(path)
	if !ok || field.Type == Note {
		return fault.New(fault.Invalid, "form.unknown").WithField(path)
	}
	if field.compute != nil {
		return fault.New(fault.Invalid, "form.computed").WithField(path)
	}
	err := s.answer(g, field, text, how)
	s.settle()
	return err
}

// answer takes an answer; what follows from it is found by settle.
func (s *Session) answer(g *group, field *Field, text string, how How) error {
	a := &g.cells[field.index]
	v, err := field.read(text, s.today)
	a.value, a.raw, a.fault, a.how, a.when = v, "", nil, how, s.now()
	s.unkept[g] = true
	s.queue(field.step, g)
	if err == nil {
		return nil
	}
	f := fault.From(err).WithField(g.path(field))
	a.value, a.raw, a.fault = record.Value{}, text, f
	return f
}

// Text returns the answer as it is typed: the text at fault, or the value printed; "" for none.
func (s *Session) Text(path string) string {
	g, field, ok := s.find(path)
	if !ok {
		return ""
	}
	return s.text(g, field)
}

func (s *Session) text(g *group, field *Field) string {
	a := &g.cells[field.index]
	if a.fault != nil {
		return a.raw
	}
	return field.print(a.value, s.today.Location())
}

// Value returns the answer, None if there is none or it is at fault. Whether it counts depends on Visible.
func (s *Session) Value(path string) record.Value {
	g, field, ok := s.find(path)
	if !ok {
		return record.Value{}
	}
	return g.cells[field.index].value
}

// Fault returns what is wrong with the answer of a field, nil if nothing is.
func (s *Session) Fault(path string) *fault.Error {
	g, field, ok := s.find(path)
	if !ok {
		return nil
	}
	return g.fault(field)
}

func (g *group) fault(field *Field) *fault.Error {
	switch a := &g.cells[field.index]; {
	case a.fault != nil:
		return a.fault.WithField(g.path(field)) // a row may have moved
	case a.astray:
		return fault.New(fault.Invalid, "form.under").WithField(g.path(field))
	}
	return nil
}

// Options returns what there is to choose from now, for a Choice within the answer of another.
func (s *Session) Options(path string) []Option {
	g, field, ok := s.find(path)
	if !ok || field.Under == "" {
		if field != nil {
			return field.Options
		}
		return nil
	}
	above := s.above(field, g).Text()
	return slices.DeleteFunc(slices.Clone(field.Options), func(o Option) bool { return o.Under != above })
}

// Disputed reports whether two people filled in the field of the loaded record differently and nobody has settled it, and
// which field of which record it is.
func (s *Session) Disputed(path string) (id ident.Record, field record.Field, disputed bool) {
	g, f, ok := s.find(path)
	if !ok || !slices.Contains(g.disputed, f.Record) {
		return id, "", false
	}
	return g.header.ID, f.Record, true
}

// Rows returns how many rows a rows field has.
func (s *Session) Rows(name string) int { return len(s.rows[name]) }

// AddRow appends an empty row and returns its number. The fault is "form.rows.many" at the limit; other errors are those of
// what Identified was given.
func (s *Session) AddRow(name string) (int, error) {
	field, ok := s.form.byName[name]
	if !ok || field.Type != Rows {
		return 0, fault.New(fault.Invalid, "form.unknown").WithField(name)
	}
	if len(s.rows[name]) >= field.MaxRows {
		return 0, fault.New(fault.Invalid, "form.rows.many").WithField(name).With("max", strconv.Itoa(field.MaxRows))
	}
	var id ident.Record
	if s.newID != nil {
		var err error
		if id, err = s.newID(); err != nil {
			return 0, fmt.Errorf("make the id of a row: %w", err)
		}
	}
	g := s.addRow(field)
	g.id, s.unkept[g] = id, true
	s.preset(g)
	return len(s.rows[name]) - 1, nil
}

func (s *Session) addRow(field *Field) *group {
	g := s.newGroup(field, len(s.rows[field.Name]))
	s.rows[field.Name] = append(s.rows[field.Name], g)
	if s.top.cells[field.index].visible {
		list := s.env.Elem().Field(field.at)
		list.Set(reflect.Append(list, reflect.Zero(list.Type().Elem())))
	}
	s.recount(field)
	s.awaitAll(g)
	s.settle()
	return g
}

// recount looks again at what reads how many rows there are, or all of them.
func (s *Session) recount(field *Field) {
	for _, e := range s.form.steps[field.step].next {
		s.await(e, s.top)
	}
}

// RemoveRow takes a row out; those behind it move up. The record it was loaded from will be deleted.
func (s *Session) RemoveRow(name string, i int) error {
	if i < 0 || i >= len(s.rows[name]) {
		return fault.New(fault.Invalid, "form.unknown").WithField(name)
	}
	rows := s.rows[name]
	if h := rows[i].header; !h.ID.IsZero() {
		s.removed = append(s.removed, h)
		s.unkept[s.top] = true // it tells what was taken out
	}
	delete(s.unkept, rows[i])
	s.gone = append(s.gone, rows[i].number)
	s.rows[name] = slices.Delete(rows, i, i+1)
	for j, g := range s.rows[name] {
		g.at = j
	}
	field := s.form.byName[name]
	if list := s.env.Elem().Field(field.at); i < list.Len() {
		list.Set(reflect.AppendSlice(list.Slice(0, i), list.Slice(i+1, list.Len())))
	}
	s.recount(field)
	s.settle()
	return nil
}

// Load fills the form from a record, to edit it, and its rows from theirs; records of a kind that no rows field has are
// left out. Fields without a record (a consent, for example) stay open: set them if the answer is known. What the form
// cannot show, an unknown code for example, stays untouched in the record.
func (s *Session) Load(row record.Row, parts ...record.Row) {
	s.loaded, s.edition = true, row.Text(editionField)
	s.top = s.newGroup(nil, 0)
	s.load(s.top, row)
	for _, part := range parts {
		for _, field := range s.form.own {
			if field.Type == Rows && field.Kind == part.Header.Kind && !part.Deleted() {
				s.load(s.addRow(field), part)
			}
		}
	}
	s.settle()
	for _, g := range s.groups() {
		for i := range g.cells {
			g.cells[i].shown = g.cells[i].visible
		}
	}
}

func (s *Session) load(g *group, row record.Row) {
	g.header, g.disputed = row.Header, row.Disputed()
	for _, f := range s.form.fieldsOf(g.rows) {
		v := row.Value(f.Record)
		if f.Record == "" || v.IsNone() {
			continue
		}
		if got, err := f.read(f.print(v, s.today.Location()), s.today); err == nil && got.Equal(v) {
			a := &g.cells[f.index]
			a.value, a.original = v, v
		}
	}
	s.awaitAll(g)
}

// groups returns the answers of the form itself and then those of its rows, in the order of the form.
func (s *Session) groups() []*group {
	out := []*group{s.top}
	for _, f := range s.form.own {
		out = append(out, s.rows[f.Name]...)
	}
	return out
}

// fieldsOf returns the fields of a row, or for nil those of the form itself, its rows fields included.
func (f *Form) fieldsOf(rows *Field) []*Field {
	if rows != nil {
		return rows.Fields
	}
	return f.own
}

// Draft returns all answers as text by path, what is at fault included, the number of rows by the name of the rows field,
// the reasons that were given, and how answers came about that were not typed: enough to go on later. It is as personal as the answers are.
func (s *Session) Draft() map[string]string {
	out := make(map[string]string)
	for _, g := range s.groups() {
		for _, f := range s.form.fieldsOf(g.rows) {
			text := s.text(g, f)
			if text == "" || f.compute != nil {
				continue
			}
			out[g.path(f)] = text
			if a := g.cells[f.index]; a.how == Scanned || a.how == Card || a.how == Imported {
				out[howMark+g.path(f)] = string(a.how) + " " + a.when.Format(time.RFC3339)
			}
		}
	}
	for name, rows := range s.rows {
		out[name] = strconv.Itoa(len(rows))
	}
	for _, g := range s.groups() {
		for key, reason := range g.reasons {
			out[reasonMark+g.path(nil)+key] = reason
		}
	}
	return out
}

// Marks of what is no answer in a draft, before the key of a reason or a path; no path begins with one.
const (
	reasonMark = "!" // before the path of a row, the check and its field
	howMark    = "@" // how an answer came about, and when, if it was not typed
)

// Restore answers with a draft, and takes back what the form presets and the draft has not. What the form does not know
// any more is left out; rows are added up to their limit.
func (s *Session) Restore(draft map[string]string) {
	for _, field := range s.form.own {
		n, err := strconv.Atoi(draft[field.Name])
		if field.Type != Rows || err != nil {
			continue
		}
		for len(s.rows[field.Name]) < min(n, field.MaxRows) {
			s.addRow(field)
		}
	}
	for _, g := range s.groups() {
		for _, f := range s.form.fieldsOf(g.rows) {
			text, kept := draft[g.path(f)]
			if f.Type != Rows && f.Asked() && (kept || f.preset != nil) {
				_ = s.answer(g, f, text, Typed) // a text at fault is kept with its fault, as it was
			}
			if how, at, marked := strings.Cut(draft[howMark+g.path(f)], " "); marked {
				a := &g.cells[f.index]
				a.how = How(how)
				a.when, _ = time.Parse(time.RFC3339, at) // of no time if it is not one
			}
		}
	}
	s.settle()
	for _, g := range s.groups() {
		for key, reason := range draft {
			if key, is := strings.CutPrefix(key, reasonMark+g.path(nil)); is && !strings.Contains(key, ".") {
				g.reasons[key] = reason
			}
		}
	}
}

// Consents returns the purposes of the consents that were answered with yes and are visible.
func (s *Session) Consents() []string {
	var out []string
	for _, c := range s.form.Consents {
		if s.top.cells[s.form.byName[c.Field].index].counted.Bool() {
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
