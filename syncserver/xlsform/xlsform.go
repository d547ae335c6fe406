// SPDX-License-Identifier: Apache-2.0

package xlsform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// Report is what became of a spreadsheet.
type Report struct {
	Problems []Problem // in the order of the sheets and rows
	Form     *forms.Form
	File     []byte // the form file; nil if a problem other than a remark stands against it
}

// Read makes a form of a spreadsheet. The catalogue is the one that its answers are written under. The error is
// fault.Corrupt "xlsform.damaged" for what is no spreadsheet; all else is in the report.
func Read(data []byte, catalogue *record.Catalogue) (Report, error) {
	sheets, err := read(data, "survey", "choices", "settings")
	if err != nil {
		return Report{}, err
	}
	r := reader{names: map[string]name{}, lists: map[string][]line{}}
	for _, needed := range []string{"survey", "settings"} {
		if sheets[needed] == nil || len(sheets[needed].rows) == 0 {
			r.report.Problems = append(r.report.Problems, Problem{Sheet: needed, Fault: invalid("sheet", "sheet", needed)})
		}
	}
	if len(r.report.Problems) > 0 {
		return r.report, nil
	}
	r.settings(sheets["settings"])
	r.choices(sheets["choices"])
	r.columns(sheets["survey"])
	r.declare(sheets["survey"])
	r.survey(sheets["survey"])
	return r.finish(catalogue)
}

// reader makes a form file row by row.
type reader struct {
	report Report
	form   formFile
	lists  map[string][]line
	names  map[string]name

	section *sectionFile
	rows    *fieldFile // that is open
	groups  []group    // that are open
}

// group is a group that is open, and whether it is a section of its own.
type group struct {
	section, rows bool
	when          string
}

// wrong notes a problem in a column of a row.
func (r *reader) wrong(l line, column string, f *fault.Error) {
	r.note(l, column, f, false)
}

func (r *reader) note(l line, column string, f *fault.Error, remark bool) {
	r.report.Problems = append(r.report.Problems, Problem{l.sheet.name, l.number, l.sheet.column(column), column, remark, f})
}

func (r *reader) settings(s *sheet) {
	l := s.rows[0]
	r.form.Form, r.form.Kind, r.form.Of = l.get("form_id"), l.get("kind"), strings.Fields(l.get("of"))
	r.form.Title = r.text(l, "form_title", true)
	version, err := strconv.Atoi(l.get("version"))
	if err != nil || version < 1 {
		r.wrong(l, "version", invalid("value", "value", l.get("version")))
	}
	r.form.Version = version
	for _, column := range []string{"form_id", "kind"} {
		if !named.MatchString(l.get(column)) {
			r.wrong(l, column, invalid("name", "name", l.get(column)))
		}
	}
	for _, kind := range r.form.Of {
		if !named.MatchString(kind) {
			r.wrong(l, "of", invalid("name", "name", kind))
		}
	}
}

func (r *reader) choices(s *sheet) {
	if s == nil {
		return
	}
	for _, l := range s.rows {
		list := l.get("list_name")
		if !coded.MatchString(l.get("name")) {
			r.wrong(l, "name", invalid("name", "name", l.get("name")))
		}
		r.lists[list] = append(r.lists[list], l)
	}
}

// known are the columns of the survey sheet that are read.
var known = []string{
	"type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "calculation", "default", "choice_filter",
	"appearance", "format", "record", "kind", "link", "max_rows", "min", "max", "level", "under",
}

// columns remarks on columns that nobody reads.
func (r *reader) columns(s *sheet) {
	for _, heading := range s.columns {
		base, _, tagged := strings.Cut(heading, "::")
		if heading != "" && (!slices.Contains(known, base) || tagged && languageOf(heading) == "") {
			r.note(line{sheet: s}, heading, invalid("column", "column", heading), true)
		}
	}
}

var (
	named = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,63}$`)
	coded = regexp.MustCompile(`^[a-z0-9_]{1,63}$`)
)

// text returns a text in both languages. Without English the Chinese is shown, and remarked on.
func (r *reader) text(l line, column string, needed bool) texts {
	t := l.texts(column)
	switch {
	case t["zh-Hans"] == "" && t["en"] == "":
		if needed {
			r.wrong(l, column, invalid("label"))
		}
		return nil
	case t["zh-Hans"] == "":
		r.wrong(l, column, invalid("label"))
	case t["en"] == "":
		r.note(l, column, invalid("language"), true)
		t["en"] = t["zh-Hans"]
	}
	return t
}

// words takes a type apart: "select_one town" or "begin group".
func words(l line) (verb, rest string) {
	typ := strings.ToLower(l.get("type"))
	for _, verb := range []string{"begin", "end"} {
		if what, found := strings.CutPrefix(typ, verb+" "); found {
			typ = verb + "_" + strings.TrimSpace(what)
		}
	}
	verb, _, _ = strings.Cut(typ, " ")
	_, rest, _ = strings.Cut(l.get("type"), " ")
	return verb, strings.TrimSpace(rest)
}

// declare notes the types of all questions, before any formula is read.
func (r *reader) declare(s *sheet) {
	rows := ""
	for _, l := range s.rows {
		verb, list := words(l)
		id := l.get("name")
		switch {
		case verb == "end_repeat":
			rows = ""
			continue
		case strings.HasPrefix(verb, "end") || verb == "begin_group" || r.left(verb):
			continue
		}
		if _, twice := r.names[id]; twice || !named.MatchString(id) {
			key := "name"
			if twice {
				key = "twice"
			}
			r.wrong(l, "name", invalid(key, "name", id))
		}
		if verb == "begin_repeat" {
			r.names[id] = name{typ: "rows"}
			rows = id
			continue
		}
		typ, _ := r.typeOf(l, verb, list)
		r.names[id] = name{typ, rows}
	}
}

// left says whether a type is kept by the program itself, whatever the form says.
func (r *reader) left(verb string) bool {
	return slices.Contains([]string{"start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit", "simserial", "subscriberid", "start-geopoint"}, verb)
}

func (r *reader) survey(s *sheet) {
	for _, l := range s.rows {
		switch verb, list := words(l); {
		case verb == "begin_group":
			r.beginGroup(l)
		case verb == "begin_repeat":
			r.beginRepeat(l)
		case verb == "end_group" || verb == "end_repeat":
			r.end(l, verb == "end_repeat")
		case r.left(verb):
			r.note(l, "type", invalid("kept", "type", verb), true)
		default:
			r.question(l, verb, list)
		}
	}
	if len(r.groups) > 0 {
		r.wrong(line{sheet: s, number: s.rows[len(s.rows)-1].number}, "type", invalid("open"))
	}
}

// open returns the section to add to: the open one, or one for questions that stand in no group.
func (r *reader) open() *sectionFile {
	if r.section == nil {
		r.section = &sectionFile{Name: fmt.Sprintf("part_%d", len(r.form.Sections)+1), Title: r.form.Title}
		r.form.Sections = append(r.form.Sections, r.section)
	}
	return r.section
}

func (r *reader) beginGroup(l line) {
	when := r.formula(l, "relevant", "", r.inRows())
	if len(r.groups) > 0 {
		r.groups = append(r.groups, group{when: when})
		if l.texts("label") != nil && len(l.texts("label")) > 0 && named.MatchString(l.get("name")) { // its title is a note
			r.add(&fieldFile{Name: l.get("name"), Type: "note", Label: r.text(l, "label", true), When: r.when(""), from: l})
		}
		return
	}
	r.groups = append(r.groups, group{section: true})
	id := l.get("name")
	if !named.MatchString(id) {
		r.wrong(l, "name", invalid("name", "name", id))
	}
	r.section = &sectionFile{Name: id, Title: r.text(l, "label", true), When: when}
	r.form.Sections = append(r.form.Sections, r.section)
}

func (r *reader) beginRepeat(l line) {
	f := &fieldFile{
		Name: l.get("name"), Type: "rows", Kind: l.get("kind"), Link: l.get("link"), MaxRows: 50,
		Label: r.text(l, "label", true), When: r.when(r.formula(l, "relevant", "", "")), from: l,
	}
	if text := l.get("max_rows"); text != "" {
		var err error
		if f.MaxRows, err = strconv.Atoi(text); err != nil {
			r.wrong(l, "max_rows", invalid("value", "value", text))
		}
	}
	if f.Kind == "" || f.Link == "" {
		r.wrong(l, "kind", invalid("rows"))
	}
	if r.rows != nil {
		r.wrong(l, "type", invalid("nested"))
		r.groups = append(r.groups, group{})
		return
	}
	r.add(f)
	r.rows = f
	r.groups = append(r.groups, group{rows: true})
}

func (r *reader) end(l line, repeat bool) {
	if len(r.groups) == 0 {
		r.wrong(l, "type", invalid("open"))
		return
	}
	g := r.groups[len(r.groups)-1]
	r.groups = r.groups[:len(r.groups)-1]
	switch {
	case g.rows != repeat:
		r.wrong(l, "type", invalid("open"))
	case g.rows:
		r.rows = nil
	case g.section:
		r.section = nil
	}
}

func (r *reader) inRows() string {
	if r.rows == nil {
		return ""
	}
	return r.rows.Name
}

// when adds the conditions of the groups within the section to a question's own.
func (r *reader) when(own string) string {
	var all []string
	for _, g := range r.groups {
		if g.when != "" {
			all = append(all, g.when)
		}
	}
	if own != "" {
		all = append(all, own)
	}
	return strings.Join(all, " && ")
}

func (r *reader) add(f *fieldFile) {
	if r.rows != nil {
		r.rows.Fields = append(r.rows.Fields, f)
		return
	}
	s := r.open()
	s.Fields = append(s.Fields, f)
}

// formula translates a cell, "" for an empty one or one that cannot be translated.
func (r *reader) formula(l line, column, self, rows string) string {
	source := l.get(column)
	if source == "" {
		return ""
	}
	text, err := formula{names: r.names, self: self, rows: rows}.translate(source)
	if err != nil {
		r.wrong(l, column, fault.From(err))
		return ""
	}
	return text
}

// attributes are what a form's own checks say, and the columns that they find fault with.
var attributes = [][2]string{
	{" is under ", "choice_filter"}, {" under:", "choice_filter"}, {" when:", "relevant"}, {" required_when:", "required"},
	{" compute:", "calculation"}, {" preset:", "default"}, {` check "constraint":`, "constraint"}, {" min:", "min"}, {" max:", "max"},
}

// finish checks the form as any other; what it finds is told at the question's row.
func (r *reader) finish(catalogue *record.Catalogue) (Report, error) {
	if r.refused() {
		return r.report, nil
	}
	data, err := json.MarshalIndent(r.form, "", " ")
	if err != nil {
		return r.report, fmt.Errorf("write form: %w", err)
	}
	form, err := forms.Parse(bytes.NewReader(data))
	if err == nil {
		err = form.CheckAgainst(catalogue)
	}
	if err != nil {
		r.refuse(err)
		return r.report, nil
	}
	r.report.Form, r.report.File = form, append(data, '\n')
	return r.report, nil
}

func (r *reader) refused() bool {
	return slices.ContainsFunc(r.report.Problems, func(p Problem) bool { return !p.Remark })
}

// refuse tells a fault of the form at the row of the innermost question that it names.
func (r *reader) refuse(err error) {
	text := err.Error()
	p := Problem{Sheet: "survey", Fault: invalid("form", "why", text)}
	at := -1
	for _, s := range r.form.Sections {
		for _, f := range s.Fields {
			for _, f := range append([]*fieldFile{f}, f.Fields...) {
				for _, mark := range []string{fmt.Sprintf("field %q", f.Name), fmt.Sprintf(".%s\"", f.Name)} {
					if i := strings.LastIndex(text, mark); i > at {
						at, p.Row = i, f.from.number
						p.Column = f.from.sheet.column(column(text[i:]))
					}
				}
			}
		}
	}
	r.report.Problems = append(r.report.Problems, p)
}

// column returns the column that a fault is about, by default the name.
func column(text string) string {
	for _, a := range attributes {
		if strings.Contains(text, a[0]) {
			return a[1]
		}
	}
	return "name"
}
