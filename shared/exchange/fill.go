// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// filling is a form that is being filled from a row.
type filling struct {
	kind    *Kind
	session *forms.Session
	row     record.Row              // zero for a new record
	parts   map[string][]record.Row // by rows field, in the order of the session's rows
	from    map[string]said         // path → the cell that answered it
	where   map[string]partEntry    // path of a row, "members.0" → where it stands
	set     []string                // paths
}

// fill answers the form with what a row says.
func (j *judge) fill(l *Line, e *entry, village Village, row record.Row, parts []record.Row) *filling {
	s := &filling{kind: j.Kind, session: forms.New(j.Kind.Form, j.o.Today), row: row, parts: map[string][]record.Row{}, from: map[string]said{}, where: map[string]partEntry{}}
	if !row.Header.ID.IsZero() {
		s.session.Load(row, parts...)
		for _, p := range parts {
			for _, f := range j.Kind.ownFields() {
				if f.Type == forms.Rows && f.Kind == p.Header.Kind && !p.Deleted() {
					s.parts[f.Name] = append(s.parts[f.Name], p)
				}
			}
		}
	}
	for _, c := range j.Kind.Form.Consents { // a table says nothing of consents: they are asked for on the next visit
		_ = s.session.Set(c.Field, "yes")
	}
	if _, asks := j.Kind.Form.Field("region_code"); asks && row.Header.ID.IsZero() {
		_ = s.session.SetFrom("region_code", string(village.Code), forms.Imported) // a problem with the village is noted
	}
	for _, c := range e.cells {
		if f := j.Kind.fieldOf(c.path); f != nil && !j.Kind.isTotal(c.path) {
			j.answer(l, s, e.sheet, e.row, c.path, f, c)
		}
	}
	if _, asks := j.Kind.Form.Field("figures_year"); asks && j.o.Year > 0 && s.session.Text("figures_year") == "" {
		_ = s.session.SetFrom("figures_year", strconv.Itoa(j.o.Year), forms.Imported)
	}
	for _, p := range e.parts {
		j.part(l, s, p)
	}
	for _, t := range j.Kind.words.Totals {
		j.total(l, s, e, t)
	}
	return s
}

// answer puts a cell into the form.
func (j *judge) answer(l *Line, s *filling, sheet string, row int, path string, f *forms.Field, c said) {
	name := path
	if c.path != path { // of a row: the path without its number
		rows, _, _ := strings.Cut(path, ".")
		name = rows + "." + c.path
	}
	text, err := j.Kind.answer(j.Book, f, j.Kind.isPerson(name), c.text, c.column.Unit)
	if err == nil && text == "" {
		return
	}
	if err == nil {
		err = s.session.SetFrom(path, text, forms.Imported)
	}
	if err == nil && f.Format == forms.ResidentID {
		if id, _ := ident.ParseResidentID(text); id.Age(j.o.Today) < 0 {
			err = fault.New(fault.Invalid, "exchange.cell.unborn")
		}
	}
	if err != nil && f.Format == forms.ResidentID && strings.HasSuffix(c.text, "000") && len(c.text) == 18 {
		err = fault.New(fault.Invalid, "exchange.cell.rounded") // the last digits are what a spreadsheet puts for those it lost
	}
	s.from[path] = c
	s.set = append(s.set, path)
	l.problem(sheet, row, &c.column, err)
}

// part finds the row of the form that a row of the file is about, or adds one.
func (j *judge) part(l *Line, s *filling, p partEntry) {
	i := s.match(j, p)
	if i < 0 {
		added, err := s.session.AddRow(p.rows)
		if err != nil {
			l.problem(p.sheet, p.row, nil, err)
			return
		}
		i = added
	}
	s.where[p.rows+"."+strconv.Itoa(i)] = p
	for _, c := range p.cells {
		if f := j.Kind.fieldOf(p.rows + "." + c.path); f != nil {
			j.answer(l, s, p.sheet, p.row, p.rows+"."+strconv.Itoa(i)+"."+c.path, f, c)
		}
	}
}

// match returns the row that has the same key, or without keys the same answers; -1 for none. What the file says is read by
// the form in a row of its own for that, which is taken out again.
func (s *filling) match(j *judge, p partEntry) int {
	keys, have := s.kind.partKeys(p.rows), s.session.Rows(p.rows)
	probe, err := -1, error(nil)
	if have > 0 {
		probe, err = s.session.AddRow(p.rows)
	}
	if probe < 0 || err != nil {
		return -1
	}
	defer func() { _ = s.session.RemoveRow(p.rows, probe) }() // it is there
	says := map[string]record.Value{}
	for _, c := range p.cells {
		f := s.kind.fieldOf(p.rows + "." + c.path)
		if f == nil || len(keys) > 0 && !slices.Contains(keys, c.path) {
			continue
		}
		path := p.rows + "." + strconv.Itoa(probe) + "." + c.path
		text, err := s.kind.answer(j.Book, f, s.kind.isPerson(p.rows+"."+c.path), c.text, c.column.Unit)
		if err == nil && text != "" && s.session.Set(path, text) == nil {
			says[c.path] = s.session.Value(path)
		}
	}
	for i := range have {
		row := p.rows + "." + strconv.Itoa(i)
		if _, taken := s.where[row]; !taken && s.same(row, says, len(keys) == 0) {
			return i
		}
	}
	return -1
}

// same reports whether a row holds what the file says; not whole, where neither contradicts and one agrees.
func (s *filling) same(row string, says map[string]record.Value, whole bool) bool {
	hits := 0
	for name, value := range says {
		have := s.session.Value(row + "." + name)
		switch {
		case have.IsNone() && !whole:
		case have.Equal(value):
			hits++
		default:
			return false
		}
	}
	return hits > 0
}

// partKeys returns the fields by which a row is known again.
func (k *Kind) partKeys(rows string) []string {
	for _, p := range k.parts {
		if p.Rows == rows {
			return slices.Clone(p.Keys)
		}
	}
	return nil
}

// total turns a sum into the part that the parts in the file leave over.
func (j *judge) total(l *Line, s *filling, e *entry, t totalWords) {
	i := slices.IndexFunc(e.cells, func(c said) bool { return c.path == t.Column })
	if i < 0 || j.Kind.all.isEmpty(e.cells[i].text) {
		return
	}
	c := e.cells[i]
	total, err := money.Fen(0), j.Kind.broken(c.text)
	if err == nil {
		total, err = j.Kind.amount(c.text, c.column.Unit)
	}
	var known money.Fen
	for _, path := range t.Parts {
		if path == t.Into && !slices.Contains(s.set, path) {
			continue // what stands there is what an earlier sum left over
		}
		if err == nil {
			known, err = known.Add(money.Fen(s.session.Value(path).Int()))
		}
	}
	rest := total - known
	switch {
	case err != nil:
	case rest < 0:
		err = fault.New(fault.Invalid, "exchange.cell.total")
	case slices.Contains(s.set, t.Into):
		if rest > 0 {
			into := money.Fen(s.session.Value(t.Into).Int()) + rest
			err = s.session.SetFrom(t.Into, into.In(money.Yuan), forms.Imported)
		}
	case rest > 0 || known == 0 || s.session.Text(t.Into) != "":
		err = s.session.SetFrom(t.Into, rest.In(money.Yuan), forms.Imported)
		s.set = append(s.set, t.Into)
	}
	l.problem(e.sheet, e.row, &c.column, err)
}

// finding makes a problem of what the form finds, or a note where it only warns. What the table has no column for is asked
// on the next visit, but for what a row is nothing without.
func (s *filling) finding(l *Line, e *entry, f forms.Finding) {
	path := ""
	if len(f.Paths) > 0 {
		path = f.Paths[0]
	}
	if f.Check == "" && s.from[path].path != "" && l.has(s.from[path].column, s.at(path, e)) {
		return // said already
	}
	needed := slices.Contains(s.kind.words.Needs, path) || strings.Contains(path, ".")
	if f.Check == "" && f.Fault.Key == "form.required" && !needed {
		return
	}
	if f.Check != "" && !slices.ContainsFunc(f.Paths, func(p string) bool { return s.touched(p) }) {
		return // about what the table says nothing of
	}
	at := s.at(path, e)
	p := Problem{Sheet: at.sheet, Row: at.row, Column: -1, Title: s.kind.Label(unnumbered(path)), Err: f.Fault}
	if c, ok := s.from[path]; ok {
		p.Column, p.Title = c.column.Index, c.column.Title
	}
	if f.Check != "" {
		message, hint := f.Explain(s.kind.print)
		p.Err = fault.New(fault.Invalid, "exchange.cell.check").With("text", strings.TrimSpace(message+" "+hint))
	}
	if f.Level != forms.Block {
		l.Notes = append(l.Notes, p)
		return
	}
	l.Problems = append(l.Problems, p)
}

func (l *Line) has(c Column, at place) bool {
	return slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Column == c.Index && p.Sheet == at.sheet && p.Row == at.row })
}

// touched reports whether the table answered a path or something in it.
func (s *filling) touched(path string) bool {
	return slices.ContainsFunc(s.set, func(p string) bool { return p == path || strings.HasPrefix(p, path+".") })
}

// at returns where in the file a path was answered.
func (s *filling) at(path string, e *entry) place {
	rows, rest, _ := strings.Cut(path, ".")
	number, _, _ := strings.Cut(rest, ".")
	if p, ok := s.where[rows+"."+number]; ok {
		return place{p.sheet, p.row}
	}
	return place{e.sheet, e.row}
}

// unnumbered takes the number of a row out of a path.
func unnumbered(path string) string {
	rows, rest, _ := strings.Cut(path, ".")
	_, name, ok := strings.Cut(rest, ".")
	if !ok {
		return path
	}
	return rows + "." + name
}
