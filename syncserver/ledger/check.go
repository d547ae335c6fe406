// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Village is a unit that households may be imported into.
type Village struct {
	Scope ident.Scope
	Code  region.Code
	Names []string // by which the ledger may call it: full, short, without 村
}

// Options are the circumstances of an import.
type Options struct {
	// Villages are the units that rows may belong to. With exactly one, a file needs no column for the village.
	Villages []Village
	// Year is the year of the figures, for rows that do not name one; 0 leaves it unknown.
	Year int
	// Today bounds dates of birth.
	Today time.Time
	// Sample marks the households as 示例.
	Sample bool
}

// Check is the dry run: it judges every row of the file against the rules, the rest of the file and the store, and
// changes nothing. Faults of single rows are in the report; the error is one of the store, of the context, or
// fault.Invalid when a file without a village column could belong to several villages.
func Check(ctx context.Context, store record.Store, f *File, o Options) (*Report, error) {
	hasVillage := slices.ContainsFunc(f.Columns, func(c Column) bool { return c.Field == fieldVillage })
	if len(o.Villages) == 0 || len(o.Villages) > 1 && !hasVillage {
		return nil, fault.New(fault.Invalid, "ledger.village.which")
	}
	c := checker{store: store, file: f, options: o, first: map[string]int{}}
	r := &Report{File: f, Lines: make([]Line, 0, len(f.rows))}
	for _, row := range f.rows {
		line, err := c.line(ctx, row)
		if err != nil {
			return nil, err
		}
		r.Lines = append(r.Lines, line)
	}
	return r, nil
}

type checker struct {
	store   record.Store
	file    *File
	options Options
	first   map[string]int // resident id → row in which it stands first
}

// line judges one row.
func (c *checker) line(ctx context.Context, r row) (Line, error) {
	line := Line{Number: r.number, State: Ready}
	if c.isFooter(r) || !c.isHead(r) || c.isSpacer(r) {
		line.State = Skipped
		return line, ctx.Err()
	}
	c.read(&line, r)
	id := line.household.ResidentID.String()
	switch first := c.first[id]; {
	case id == "":
	case first > 0:
		line.State = Duplicate
		err := fault.New(fault.Conflict, "ledger.row.twice").With("row", strconv.Itoa(first))
		line.Problems = append(line.Problems, Problem{Err: err})
		return line, ctx.Err()
	default:
		c.first[id] = r.number
	}
	if len(line.Problems) > 0 {
		line.State = Wrong
		return line, ctx.Err()
	}
	return line, c.compare(ctx, &line)
}

// isFooter reports whether a row stands below the list: a sum, a signature, a note.
func (c *checker) isFooter(r row) bool {
	if c.text(r, "resident_id") != "" {
		return false
	}
	i := slices.IndexFunc(r.cells, func(s string) bool { return strings.TrimSpace(s) != "" })
	first := foldTitle(r.cells[i])
	return slices.ContainsFunc(words.Footers, func(w string) bool { return strings.HasPrefix(first, w) })
}

// isHead reports whether a row is about the head of a household; without a column for relations every row is.
func (c *checker) isHead(r row) bool {
	relation := c.text(r, fieldRelation)
	return relation == "" || slices.Contains(words.Heads, foldTitle(relation))
}

// isSpacer reports whether a row holds nothing but a village or group, as merged cells leave it.
func (c *checker) isSpacer(r row) bool {
	return !slices.ContainsFunc(c.file.Columns, func(column Column) bool {
		return column.Field != fieldVillage && column.Field != "group_no" && cellAt(r.cells, column.index) != ""
	})
}

// text returns the cell of a field, "" if there is none.
func (c *checker) text(r row, field string) string {
	for _, column := range c.file.Columns {
		if column.Field == field {
			return cellAt(r.cells, column.index)
		}
	}
	return ""
}

// read fills the household of a line and notes every problem of its cells.
func (c *checker) read(line *Line, r row) {
	h := &line.household
	h.Sample = c.options.Sample
	if c.options.Year > 0 {
		h.Year = subject.Of(int64(c.options.Year))
	}
	titles := map[record.Field]string{}
	var total *Column
	for _, column := range c.file.Columns {
		titles[fieldOf(column)] = column.Title
		text := cellAt(r.cells, column.index)
		set := setters[column.Field]
		switch {
		case column.Field == fieldTotal && !isEmpty(text):
			total = &column
		case set == nil || isEmpty(text):
		default:
			line.note(column.Title, set(h, text, column.Unit))
		}
	}
	if total != nil {
		line.note(total.Title, setTotal(h, cellAt(r.cells, total.index), total.Unit))
	}
	if line.foreign = c.text(r, fieldForeign); line.foreign != "" {
		_, err := doorplate.Foreign(line.foreign)
		line.note(titleOf(c.file.Columns, fieldForeign), err)
	}
	c.place(line, r)
	c.person(line, titles)
}

// note adds a problem, if there is one.
func (l *Line) note(title string, err error) {
	if err != nil {
		l.Problems = append(l.Problems, Problem{title, err})
	}
}

// titleOf returns how the file calls a field.
func titleOf(columns []Column, field string) string {
	i := slices.IndexFunc(columns, func(c Column) bool { return c.Field == field })
	if i < 0 {
		return ""
	}
	return columns[i].Title
}

// place finds the village of a row.
func (c *checker) place(line *Line, r row) {
	villages := c.options.Villages
	if name := c.text(r, fieldVillage); name != "" {
		folded := foldTitle(name)
		villages = slices.DeleteFunc(slices.Clone(villages), func(v Village) bool {
			return !slices.ContainsFunc(v.Names, func(n string) bool { return foldTitle(n) == folded })
		})
	}
	if len(villages) != 1 {
		line.note("", fault.New(fault.Invalid, "ledger.row.village"))
		return
	}
	line.Scope, line.household.Region = villages[0].Scope, villages[0].Code
}

// person judges what makes a household one: a name, a resident id that can be, and the rules of package subject.
func (c *checker) person(line *Line, titles map[record.Field]string) {
	h := line.household
	has := func(field record.Field) bool {
		return slices.ContainsFunc(line.Problems, func(p Problem) bool { return p.Title != "" && p.Title == titles[field] })
	}
	if h.ResidentID.IsZero() && !has("resident_id") {
		line.note(titles["resident_id"], fault.New(fault.Invalid, "ident.resident.empty"))
	}
	if !h.ResidentID.IsZero() && h.ResidentID.Age(c.options.Today) < 0 {
		line.note(titles["resident_id"], fault.New(fault.Invalid, "ledger.cell.unborn"))
	}
	for _, e := range fault.All(h.Check()) {
		if !has(record.Field(e.Field)) {
			line.note(titles[record.Field(e.Field)], e)
		}
	}
}

// compare looks for the household in the store: by the resident id, in every village.
func (c *checker) compare(ctx context.Context, line *Line) error {
	found, err := c.store.List(ctx, record.Query{
		Kind: subject.KindHousehold, Limit: 10,
		Where: []record.Term{{Field: "resident_id", Value: record.OfText(line.household.ResidentID.String())}},
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(r record.Row) bool { return r.Header.Scope == line.Scope })
	switch {
	case i >= 0:
		line.against(found[i])
	case len(found) > 0:
		line.State = Wrong
		line.note("", fault.New(fault.Conflict, "ledger.row.elsewhere"))
	}
	return nil
}

// against compares a line with the household that the store has. What the file does not say is left alone.
func (l *Line) against(row record.Row) {
	l.Record, l.before, l.State = row.Header.ID, row, Known
	for field, value := range l.household.Fields() {
		if !value.Equal(row.Value(field)) {
			l.Fields = append(l.Fields, field)
		}
	}
	slices.Sort(l.Fields)
	if len(l.Fields) > 0 {
		l.State = Changed
	}
}
