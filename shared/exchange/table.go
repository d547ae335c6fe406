// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"yuexin/shared/credit/forms"
)

// entry is what the file says about one household or merchant: a row, and rows of its parts.
type entry struct {
	sheet  string
	row    int
	hidden bool
	cells  []said
	parts  []partEntry

	village, plate, foreign string
}

// said is what one cell says.
type said struct {
	path   string
	text   string
	column Column
}

// partEntry is a row of a part: of a member, a plot.
type partEntry struct {
	rows  string // field of the form
	sheet string
	row   int
	cells []said // paths within the row
}

func (e *entry) text(path string) string {
	i := slices.IndexFunc(e.cells, func(s said) bool { return s.path == path })
	if i < 0 {
		return ""
	}
	return e.cells[i].text
}

// Table is a file with how it is to be read.
type Table struct {
	Kind    *Kind
	Book    *Book
	Layouts []Layout // the list first, then further sheets

	// Hidden reads rows that are hidden in the file as well. Whoever hides rows mostly means to leave them out.
	Hidden bool
}

// reader goes through a table.
type reader struct {
	*Table
	further map[string][]partEntry // by link and its value
	named   map[string]int         // how many in the list have a name
	open    *entry
}

// entries calls each for every household or merchant in the order of the file, skip for every row that is none, and lost
// for rows of further sheets that belong to nobody in the list.
func (t *Table) entries(ctx context.Context, each func(*entry) error, skip func(row int, why State) error, lost func(partEntry) error) error {
	r := reader{Table: t, further: map[string][]partEntry{}}
	for _, l := range t.Layouts[1:] {
		if err := r.readFurther(l); err != nil {
			return err
		}
	}
	main := t.Layouts[0]
	if len(r.further) > 0 {
		if err := r.countNames(main); err != nil {
			return err
		}
	}
	err := t.Book.below(main, func(row Row) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if row.Hidden && !t.Hidden {
			return skip(row.Number, Hidden)
		}
		e := r.read(main, row)
		switch {
		case r.isFooter(row, e) || isSpacer(e):
			return skip(row.Number, Skipped)
		case r.isRepeat(e):
			r.repeat(e)
			return skip(row.Number, Part)
		case r.continues(e):
			r.open.parts = append(r.open.parts, e.parts...)
			return skip(row.Number, Part)
		}
		before := r.open
		r.open = e
		return r.finish(before, each)
	})
	if err == nil {
		err = r.finish(r.open, each)
	}
	for _, key := range slices.Sorted(maps.Keys(r.further)) {
		for _, p := range r.further[key] {
			if err == nil {
				err = lost(p)
			}
		}
	}
	return err
}

// countNames finds names that several in the list have: a row that gives nothing but one of them belongs to nobody.
func (r *reader) countNames(main Layout) error {
	r.named = map[string]int{}
	column, _ := main.Path(r.Kind.words.Name)
	return r.Book.below(main, func(row Row) error {
		if text := row.cell(column.Index); text != "" && !r.isRepeat(r.read(main, row)) {
			r.named[linkKey(r.Kind.words.Name, text)]++
		}
		return nil
	})
}

// finish hands on an entry once all its rows are read.
func (r *reader) finish(e *entry, each func(*entry) error) error {
	if e == nil {
		return nil
	}
	for path := range r.Kind.words.Links {
		if key := linkKey(path, e.text(path)); e.text(path) != "" && r.named[key] <= 1 {
			e.parts = append(e.parts, r.further[key]...)
			delete(r.further, key)
		}
	}
	slices.SortStableFunc(e.parts, func(a, b partEntry) int { return cmp.Or(strings.Compare(a.sheet, b.sheet), a.row-b.row) })
	return each(e)
}

func linkKey(path, text string) string { return path + "\x00" + strings.ToUpper(fold("·"+text)) }

// read takes the cells of a row apart.
func (r *reader) read(l Layout, row Row) *entry {
	e := &entry{sheet: l.Sheet, row: row.Number, hidden: row.Hidden}
	for _, c := range l.Columns {
		text := row.cell(c.Index)
		if c.Path == "" || text == "" {
			continue
		}
		switch c.Path {
		case ColumnVillage:
			e.village = text
		case ColumnPlate:
			e.plate = text
		case ColumnForeign:
			e.foreign = text
		}
		rows, inner, isPart := strings.Cut(c.Path, ".")
		if !isPart {
			e.cells = append(e.cells, said{c.Path, text, c})
			continue
		}
		if r.Kind.all.isEmpty(text) {
			continue
		}
		i := slices.IndexFunc(e.parts, func(p partEntry) bool { return p.rows == rows })
		if i < 0 {
			i, e.parts = len(e.parts), append(e.parts, partEntry{rows: rows, sheet: l.Sheet, row: row.Number})
		}
		e.parts[i].cells = append(e.parts[i].cells, said{inner, text, c})
	}
	return e
}

// isFooter reports whether a row stands below the list: a sum, a signature, a note.
func (r *reader) isFooter(row Row, e *entry) bool {
	for _, key := range r.Kind.words.Keys {
		if e.text(key) != "" {
			return false
		}
	}
	i := slices.IndexFunc(row.Cells, func(s string) bool { return strings.TrimSpace(s) != "" })
	return r.Kind.all.isFooter(row.Cells[i])
}

// isSpacer reports whether a row holds nothing but a village or group, as merged cells leave it.
func isSpacer(e *entry) bool {
	return len(e.parts) == 0 && !slices.ContainsFunc(e.cells, func(s said) bool {
		return s.path != ColumnVillage && s.path != "group_no"
	})
}

// isRepeat reports whether a column says that a row is about another than the head.
func (r *reader) isRepeat(e *entry) bool {
	relation := e.text(ColumnRelation)
	return r.Kind.words.Repeat.Rows != "" && relation != "" && !slices.Contains(r.Kind.all.Heads, fold(relation))
}

// repeat makes a member of a row.
func (r *reader) repeat(e *entry) {
	if r.open == nil {
		return
	}
	repeat := r.Kind.words.Repeat
	p := partEntry{rows: repeat.Rows, sheet: e.sheet, row: e.row}
	for _, s := range e.cells {
		if inner := repeat.Columns[s.path]; inner != "" {
			p.cells = append(p.cells, said{inner, s.text, s.column})
		}
	}
	r.open.parts = append(append(r.open.parts, p), e.parts...)
}

// continues reports whether a row says nothing but what the one before it says too, and something of a part.
func (r *reader) continues(e *entry) bool {
	if r.open == nil || len(e.parts) == 0 || r.open.sheet != e.sheet {
		return false
	}
	for _, s := range e.cells {
		if r.open.text(s.path) != s.text {
			return false
		}
	}
	return len(r.open.parts) > 0
}

// readFurther reads a further sheet whole: whose part a row is may stand anywhere in the list.
func (r *reader) readFurther(l Layout) error {
	err := r.Book.below(l, func(row Row) error {
		if row.Hidden && !r.Hidden {
			return nil
		}
		e := r.read(l, row)
		if len(e.parts) == 0 || r.Kind.all.isFooter(row.Cells[0]) {
			return nil
		}
		key := ""
		for _, path := range append(slices.Clone(r.Kind.words.Keys), r.Kind.words.Name) { // a number before a name
			if text := e.text(path); key == "" && text != "" {
				key = linkKey(path, text)
			}
		}
		if key != "" {
			r.further[key] = append(r.further[key], e.parts...)
		}
		return nil
	})
	return err
}

// isPerson reports whether a path is of somebody's name.
func (k *Kind) isPerson(path string) bool { return slices.Contains(k.words.Persons, path) }

// fieldOf returns the field of a path, nil for what is none.
func (k *Kind) fieldOf(path string) *forms.Field {
	f, _ := k.Form.Field(path)
	return f
}
