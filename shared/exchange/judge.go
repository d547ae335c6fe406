// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Village is a unit that records may be imported into.
type Village struct {
	Scope ident.Scope
	Code  region.Code
	Names []string // by which a table may call it: full, short, without 村
}

// Options are the circumstances of an import.
type Options struct {
	// Villages are the units that rows may belong to. With exactly one, a file needs no column for the village.
	Villages []Village
	// Year is the year of the figures, for rows that do not name one; 0 leaves it unknown.
	Year int
	// Today bounds dates of birth.
	Today time.Time
	// Sample marks new records as 示例.
	Sample bool
	// Source is the rank of the values, which tells what will be a proposal only; zero stands for record.Cadre: a list that
	// the village keeps itself.
	Source record.Source
	// Unsure takes rows for those whom only the name finds.
	Unsure bool
	// Elsewhere looks for keys outside of the villages as well, one by one; for stores that hold more than those.
	Elsewhere bool
	// Progress is told how many rows were judged, of how many; it may be nil.
	Progress func(done, of int)
}

// Check is the dry run: it judges every row against the form, the rest of the file and the store, and changes nothing.
// Faults of single rows are in the report; the error is one of the store, of the file as a whole, of the context, or
// fault.Invalid when a file without a village column could belong to several villages.
func (t *Table) Check(ctx context.Context, store record.Store, o Options) (*Report, error) {
	r := &Report{Table: t}
	o.Source = cmp.Or(o.Source, record.Cadre)
	err := t.judge(ctx, store, o, nil, func(l *Line) error {
		l.writes = nil // what is written is judged anew
		r.Lines = append(r.Lines, *l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.sort()
	return r, nil
}

// judge calls each for the line of every row. Records are made for the runs of their places; without runs none are.
func (t *Table) judge(ctx context.Context, store record.Store, o Options, runs map[ident.Scope]*run, each func(*Line) error) error {
	_, hasVillage := t.Layouts[0].Path(ColumnVillage)
	if len(o.Villages) == 0 || len(o.Villages) > 1 && !hasVillage {
		return fault.New(fault.Invalid, "exchange.village.which")
	}
	of, err := t.Book.Count(t.Layouts[0])
	if err != nil {
		return err
	}
	var scopes []ident.Scope
	for _, v := range o.Villages {
		scopes = append(scopes, v.Scope)
	}
	j := &judge{Table: t, ctx: ctx, store: store, o: o, runs: runs, first: map[print]int{}}
	if j.index, err = t.Kind.newIndex(ctx, store, scopes); err != nil {
		return err
	}
	j.index.elsewhere = o.Elsewhere
	done := 0
	tell := func(l *Line) error {
		if done++; o.Progress != nil {
			o.Progress(min(done, of), of)
		}
		return each(l)
	}
	sheet := t.Layouts[0].Sheet
	return t.entries(ctx, func(e *entry) error {
		l, err := j.line(e)
		if err != nil {
			return err
		}
		return tell(l)
	}, func(row int, why State) error {
		return tell(&Line{Sheet: sheet, Row: row, State: why})
	}, func(p partEntry) error {
		l := &Line{Sheet: p.sheet, Row: p.row, State: Wrong}
		l.problem(p.sheet, p.row, nil, fault.New(fault.NotFound, "exchange.part.whose"))
		return each(l)
	})
}

// judge is what the rows of a file are judged with.
type judge struct {
	*Table
	ctx   context.Context
	store record.Store
	o     Options
	runs  map[ident.Scope]*run
	index *index
	first map[print]int // key or name → row in which it stands first
}

func (l *Line) problem(sheet string, row int, c *Column, err error) {
	if err == nil {
		return
	}
	p := Problem{Sheet: sheet, Row: row, Column: -1, Err: err}
	if c != nil {
		p.Column, p.Title = c.Index, c.Title
	}
	l.Problems = append(l.Problems, p)
}

func (l *Line) note(c *Column, err error) {
	if err == nil {
		return
	}
	p := Problem{Sheet: l.Sheet, Row: l.Row, Column: -1, Err: err}
	if c != nil {
		p.Column, p.Title = c.Index, c.Title
	}
	l.Notes = append(l.Notes, p)
}

// line judges one entry. The error is one of the store.
func (j *judge) line(e *entry) (*Line, error) {
	l := &Line{Sheet: e.sheet, Row: e.row, State: Ready, Name: e.text(j.Kind.words.Name), Foreign: e.foreign}
	village := j.place(l, e)
	row, parts, err := j.find(l, e)
	if err != nil {
		return nil, err
	}
	s := j.fill(l, e, village, row, parts)
	if l.State == Duplicate {
		return l, nil
	}
	for _, f := range s.session.Findings() {
		s.finding(l, e, f)
	}
	if len(l.Problems) > 0 {
		l.State = Wrong
		return l, nil
	}
	if l.State == Unsure {
		l.problem(l.Sheet, l.Row, nil, fault.New(fault.Conflict, "exchange.row.unsure"))
		return l, nil
	}
	return l, j.weigh(l, e, s)
}

// place finds the village of a row.
func (j *judge) place(l *Line, e *entry) Village {
	villages := j.o.Villages
	if e.village != "" {
		folded := fold(e.village)
		villages = slices.DeleteFunc(slices.Clone(villages), func(v Village) bool {
			return !slices.ContainsFunc(v.Names, func(n string) bool { return fold(n) == folded })
		})
	}
	if len(villages) != 1 {
		c, _ := j.Layouts[0].Path(ColumnVillage)
		l.problem(e.sheet, e.row, &c, fault.New(fault.Invalid, "exchange.row.village"))
		return Village{}
	}
	l.Scope = villages[0].Scope
	return villages[0]
}

// keyOf returns the canonical value of a key in a row, "" for none or one at fault.
func (j *judge) keyOf(e *entry, path string) string {
	text := e.text(path)
	if path == ColumnPlate {
		code, err := doorplate.ParseCode(e.plate)
		if err != nil {
			return ""
		}
		return string(code)
	}
	f := j.Kind.fieldOf(path)
	if text == "" || f == nil || j.Kind.all.isEmpty(text) || isRounded(text) {
		return ""
	}
	switch f.Format {
	case forms.ResidentID:
		id, err := ident.ParseResidentID(text)
		if err != nil {
			return ""
		}
		return id.String()
	case forms.USCC:
		code, err := ident.ParseUSCC(text)
		if err != nil {
			return ""
		}
		return code.String()
	}
	return text
}

// find looks for the record that a row is about, and for earlier rows about the same.
func (j *judge) find(l *Line, e *entry) (row record.Row, parts []record.Row, err error) {
	if l.Scope == "" {
		return row, nil, nil // what is wrong with the village is noted
	}
	keyed := false
	var at []found
	for _, path := range j.Kind.words.Keys {
		value := j.keyOf(e, path)
		if value == "" {
			continue
		}
		keyed = true
		if j.twice(l, printOf("", path, value), "exchange.row.twice") {
			return row, nil, nil
		}
		list, err := j.index.byKey(j.ctx, path, value)
		if err != nil {
			return row, nil, err
		}
		for _, one := range list {
			if !slices.Contains(at, one) {
				at = append(at, one)
			}
		}
	}
	here := slices.DeleteFunc(slices.Clone(at), func(f found) bool { return f.scope != l.Scope })
	switch {
	case len(here) > 1:
		l.problem(e.sheet, e.row, nil, fault.New(fault.Conflict, "exchange.row.several"))
		return row, nil, nil
	case len(here) == 0 && len(at) > 0:
		l.problem(e.sheet, e.row, nil, fault.New(fault.Conflict, "exchange.row.elsewhere"))
		return row, nil, nil
	case len(here) == 1:
		return j.open(l, e, here[0].id)
	}
	row, parts, err = j.findByName(l, e, keyed)
	if err == nil && row.Header.ID.IsZero() && l.State == Ready && j.runs[l.Scope].resumed() {
		return j.findOwn(l, e)
	}
	return row, parts, err
}

// findOwn looks for what the same import wrote of this row before it was interrupted.
func (j *judge) findOwn(l *Line, e *entry) (row record.Row, parts []record.Row, err error) {
	id, _, err := j.runs[l.Scope].ids(l, 0)
	if err != nil {
		return row, nil, err
	}
	if _, err := j.store.Get(j.ctx, id); fault.Is(err, fault.NotFound) {
		return row, nil, nil
	}
	return j.open(l, e, id)
}

// twice reports whether an earlier row is about the same.
func (j *judge) twice(l *Line, key print, text string) bool {
	if first := j.first[key]; first > 0 {
		l.State = Duplicate
		l.problem(l.Sheet, l.Row, nil, fault.New(fault.Conflict, text).With("row", strconv.Itoa(first)))
		return true
	}
	j.first[key] = l.Row
	return false
}

// findByName looks for somebody of the same name in the village, whom nothing else in the row contradicts.
func (j *judge) findByName(l *Line, e *entry, keyed bool) (row record.Row, parts []record.Row, err error) {
	name := j.nameOf(e)
	if name == "" {
		return row, nil, nil
	}
	beside := name
	for _, path := range j.Kind.words.Beside {
		beside += "\x00" + e.text(path)
	}
	if !keyed && j.twice(l, printOf(l.Scope, "~name", beside), "exchange.row.name_twice") {
		return row, nil, nil
	}
	var same []record.Row
	for _, one := range j.index.byName(l.Scope, name) {
		r, err := j.store.Get(j.ctx, one.id)
		if err != nil {
			return row, nil, err
		}
		if !j.contradicts(r, e) {
			same = append(same, r)
		}
	}
	switch {
	case len(same) == 0:
		return row, nil, nil
	case len(same) > 1:
		l.problem(e.sheet, e.row, nil, fault.New(fault.Conflict, "exchange.row.names").With("n", strconv.Itoa(len(same))))
		return row, nil, nil
	}
	l.ByName = true
	if !j.o.Unsure && !j.agrees(same[0], e) {
		l.State = Unsure
	}
	return j.open(l, e, same[0].Header.ID)
}

func (j *judge) nameOf(e *entry) string {
	name := e.text(j.Kind.words.Name)
	if j.Kind.isPerson(j.Kind.words.Name) {
		if clean, err := personName(name); err == nil {
			return clean
		}
	}
	return strings.Join(strings.Fields(strings.Map(half, name)), " ")
}

// contradicts reports whether a record of the same name is somebody else: another number, group or house.
func (j *judge) contradicts(r record.Row, e *entry) bool {
	for _, path := range append(slices.Clone(j.Kind.words.Keys), j.Kind.words.Beside...) {
		have, says := r.Text(j.Kind.field(path)), e.text(path)
		if slices.Contains(j.Kind.words.Keys, path) {
			says = j.keyOf(e, path)
		}
		if have != "" && says != "" && fold("·"+have) != fold("·"+says) {
			return true
		}
	}
	return false
}

// agrees reports whether something beside the name says the same.
func (j *judge) agrees(r record.Row, e *entry) bool {
	return slices.ContainsFunc(j.Kind.words.Beside, func(path string) bool {
		have := r.Text(j.Kind.field(path))
		return have != "" && fold("·"+have) == fold("·"+e.text(path))
	})
}

// open reads a record and those of its parts.
func (j *judge) open(l *Line, e *entry, id ident.Record) (row record.Row, parts []record.Row, err error) {
	if row, err = j.store.Get(j.ctx, id); err != nil {
		return row, nil, err
	}
	l.Record = id
	for _, rows := range j.Kind.ownFields() {
		if rows.Type != forms.Rows || !slices.ContainsFunc(e.parts, func(p partEntry) bool { return p.rows == rows.Name }) {
			continue
		}
		list, err := j.store.List(j.ctx, record.Query{
			Kind: rows.Kind, Scope: row.Header.Scope, Limit: pageOf,
			Where: []record.Term{{Field: rows.Link, Value: record.OfBytes(id.Bytes())}},
		})
		if err != nil {
			return row, nil, err
		}
		parts = append(parts, list...)
	}
	return row, parts, nil
}

// aboutContent reports whether an error is about what was written rather than about the store.
func aboutContent(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.NotAllowed, fault.NotFound, fault.TooLarge, fault.Stale, fault.Unsupported:
		return true
	}
	return false
}
