// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"slices"
	"strings"
	"unicode/utf8"

	"yuexin/shared/fault"
)

// Column is a column of a sheet and what it is about.
type Column struct {
	Index int    // from 0
	Title string // as the file writes it, without line breaks
	Path  string // a Path of the kind; "" is left alone
	Unit  string // of the numbers in it, such as 万元; "" if the title names none
}

// Layout is how a sheet is to be read.
type Layout struct {
	Sheet   string // "" in a CSV file
	Heading int    // number of the last row of the heading, from 1
	Rows    string // of a further sheet: the rows field of the form that it fills; "" for the sheet of the list itself
	Columns []Column
}

// Path returns the column of a path, and whether there is one.
func (l Layout) Path(path string) (Column, bool) {
	i := slices.IndexFunc(l.Columns, func(c Column) bool { return c.Path == path })
	if i < 0 {
		return Column{}, false
	}
	return l.Columns[i], true
}

// Set says what a column is about. Another column that was about the same is left alone from then on, so that no value
// has two sources.
func (l *Layout) Set(column int, path string) {
	for i := range l.Columns {
		switch c := &l.Columns[i]; {
		case c.Index == column:
			c.Path = path
		case c.Path == path:
			c.Path = ""
		}
	}
}

// known counts the columns that are about something.
func (l Layout) known() (n int) {
	for _, c := range l.Columns {
		if c.Path != "" {
			n++
		}
	}
	return n
}

// headingRows is how many rows from the top may hold the heading: a title, a line about the unit, dates come before it.
const headingRows = 20

// Layouts finds the sheets of a book by themselves: the list first, then those of parts. sheet names the sheet of the list;
// "" takes the first visible one with a heading that is recognised. fault.Invalid tells that none is; NotFound that there
// is no such sheet.
func (k *Kind) Layouts(b *Book, sheet string) ([]Layout, error) {
	sheets := b.Sheets()
	if sheet != "" {
		if i := slices.IndexFunc(sheets, func(s Sheet) bool { return s.Name == sheet }); i < 0 {
			return nil, fault.New(fault.NotFound, "exchange.file.sheet").With("sheet", sheet)
		}
	}
	var out []Layout
	for _, s := range sheets {
		if len(out) > 0 || sheet != "" && s.Name != sheet || sheet == "" && (s.Hidden || k.isPart(s.Name)) {
			continue
		}
		l, found, err := k.find(b, s.Name, k.titles)
		if err != nil {
			return nil, err
		}
		if found && k.fits(l) || sheet != "" {
			out = append(out, l)
		}
	}
	if len(out) == 0 || !k.fits(out[0]) && sheet == "" {
		return nil, fault.New(fault.Invalid, "exchange.file.header").With("columns", k.wanted())
	}
	for _, s := range sheets {
		if s.Hidden || s.Name == out[0].Sheet {
			continue
		}
		l, found, err := k.partLayout(b, s.Name)
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, l)
		}
	}
	return out, nil
}

// At reads the heading of the sheet of the list where a person says that it is: height rows that end at row number last.
func (k *Kind) At(b *Book, sheet string, last, height int) (Layout, error) {
	rows, err := b.top(sheet, last)
	if err != nil {
		return Layout{}, err
	}
	if last < 1 || height < 1 || height > last || last > len(rows) {
		return Layout{}, fault.New(fault.Invalid, "exchange.heading.row")
	}
	return k.read(sheet, rows[last-height:last], last, k.titles), nil
}

// isPart reports whether the name of a sheet is one of a further sheet.
func (k *Kind) isPart(sheet string) bool {
	return slices.ContainsFunc(k.parts, func(p part) bool { return slices.Contains(p.Sheets, fold(sheet)) })
}

func (k *Kind) partLayout(b *Book, sheet string) (Layout, bool, error) {
	for _, p := range k.parts {
		if !slices.ContainsFunc(p.Sheets, func(name string) bool { return strings.Contains(fold(sheet), name) }) {
			continue
		}
		l, found, err := k.find(b, sheet, p.titles)
		if err != nil || !found {
			return l, false, err
		}
		l.Rows = p.Rows
		linked := slices.ContainsFunc(l.Columns, func(c Column) bool { _, link := k.words.Links[c.Path]; return link })
		return l, linked && l.known() >= 2, nil
	}
	return Layout{}, false, nil
}

// fits reports whether a heading names enough to call the table a list.
func (k *Kind) fits(l Layout) bool {
	_, named := l.Path(k.words.Needs[0])
	return named && l.known() >= 2
}

// wanted names the columns that a list has at least, for a message.
func (k *Kind) wanted() string {
	var out []string
	for _, path := range append(slices.Clone(k.words.Needs[:1]), k.words.Keys[0]) {
		if names := k.names(path); len(names) > 0 {
			out = append(out, "“"+names[0]+"”")
		}
	}
	return strings.Join(out, "")
}

// find looks for the rows that name most columns.
func (k *Kind) find(b *Book, sheet string, titles map[string]string) (Layout, bool, error) {
	rows, err := b.top(sheet, headingRows+1)
	if err != nil {
		return Layout{}, false, err
	}
	best := Layout{Sheet: sheet}
	for height := 1; height <= 2; height++ { // two rows only where one says less
		for i := 0; i < headingRows && i+height <= len(rows); i++ {
			l := k.read(sheet, rows[i:i+height], i+height, titles)
			if l.known() > best.known() {
				best = l
			}
		}
	}
	return best, best.known() > 0, nil
}

// read reads the titles of stacked rows, of which the last has the number last.
func (k *Kind) read(sheet string, rows []Row, last int, titles map[string]string) Layout {
	l := Layout{Sheet: sheet, Heading: last}
	width := 0
	for _, r := range rows {
		width = max(width, len(r.Cells))
	}
	for index := range width {
		title, path, unit := k.readStack(rows, index, titles)
		if title == "" || title == resultTitle {
			continue
		}
		if _, twice := l.Path(path); twice {
			path = ""
		}
		title = string([]rune(title)[:min(maxTitle, utf8.RuneCountInString(title))])
		l.Columns = append(l.Columns, Column{Index: index, Title: strings.Join(strings.Fields(title), " "), Path: path, Unit: unit})
	}
	return l
}

// maxTitle is the longest title that is kept, in characters.
const maxTitle = 60

// readStack reads the titles of one column that stand above each other: the lower alone, both together, or the upper
// alone when the lower adds only a unit.
func (k *Kind) readStack(rows []Row, index int, titles map[string]string) (title, path, unit string) {
	lower := rows[len(rows)-1].cell(index)
	path, unit = k.readTitle(lower, titles)
	if len(rows) == 1 || path != "" {
		return lower, path, unit
	}
	upper := rows[len(rows)-2].cell(index)
	if both, u := k.readTitle(upper+lower, titles); both != "" {
		return upper + lower, both, u
	}
	if above, u := k.readTitle(upper, titles); above != "" && (lower == "" || unit != "") {
		if u == "" {
			u = unit
		}
		return upper, above, u
	}
	if upper == lower {
		return lower, "", unit
	}
	return upper + lower, "", unit
}

// readTitle returns the path and unit of a title; no path means that it is not recognised.
func (k *Kind) readTitle(title string, titles map[string]string) (path, unit string) {
	folded := fold(title)
	if path = titles[folded]; path != "" {
		return path, ""
	}
	bare, inside := cutParentheses(folded)
	unit = k.all.unitOf(inside)
	if path = titles[bare]; path != "" {
		return path, unit
	}
	if i := strings.LastIndexByte(bare, '/'); i > 0 && k.all.unitOf(bare[i+1:]) != "" {
		return titles[bare[:i]], k.all.unitOf(bare[i+1:])
	}
	for _, u := range k.all.allUnits() {
		if stem, found := strings.CutSuffix(bare, strings.ToUpper(u)); found && titles[stem] != "" {
			return titles[stem], u
		}
	}
	return "", unit
}
