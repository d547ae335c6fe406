// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/i18n"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// maxRows is the most rows a form may allow: what a session can hold and judge at once (see BenchmarkKeystroke).
const maxRows = 1000

// reserved are names that conditions use otherwise.
var reserved = []string{"row", "today", "year", "age", "yuan", "answered", "changed"}

func (file *formFile) form() (*Form, error) {
	if !validName(file.Form) || file.Version == 0 || file.Kind == "" {
		return nil, fmt.Errorf("name, version or kind is missing")
	}
	f := &Form{
		Name: file.Form, Version: file.Version, Kind: file.Kind, Title: Label{Text: file.Title},
		Of: file.Of, Village: file.Village, Consents: file.Consents, byName: make(map[string]*Field),
	}
	if err := complete(f.Title); err != nil {
		return nil, fmt.Errorf("title: %w", err)
	}
	for _, part := range file.Sections {
		s := &Section{Name: part.Name, Title: Label{Text: part.Title}}
		if !validName(s.Name) {
			return nil, fmt.Errorf("section %q: not a good name", s.Name)
		}
		if slices.ContainsFunc(f.Sections, func(o *Section) bool { return o.Name == s.Name }) || len(part.Fields) == 0 {
			return nil, fmt.Errorf("section %q: defined twice, or without a field", s.Name)
		}
		if err := complete(s.Title); err != nil {
			return nil, fmt.Errorf("section %q: title: %w", s.Name, err)
		}
		for _, q := range part.Fields {
			field, err := f.add(q, s, nil)
			if err != nil {
				return nil, fmt.Errorf("field %q: %w", q.Name, err)
			}
			field.index = len(f.own)
			s.Fields, f.own = append(s.Fields, field), append(f.own, field)
		}
		f.Sections = append(f.Sections, s)
	}
	if err := f.checkUnder(); err != nil {
		return nil, err
	}
	if err := f.compile(file); err != nil {
		return nil, err
	}
	return f, f.checkConsents()
}

// add makes a field of its description and enters it under its path.
func (f *Form) add(q fieldFile, s *Section, parent *Field) (*Field, error) {
	field := &Field{
		Name: q.Name, Type: q.Type, Format: q.Format, Record: q.Record, Help: Label{Text: q.Help},
		MinLen: q.MinLen, MaxLen: q.MaxLen, Kind: q.Kind, Link: q.Link, MinRows: q.MinRows, MaxRows: q.MaxRows,
		Under: q.Under, Level: levels[q.Level], MaxAccuracy: q.MaxAccuracy, Hidden: q.Hidden,
		required: q.Required, section: s, parent: parent,
	}
	if !validName(q.Name) || slices.Contains(reserved, q.Name) {
		return nil, fmt.Errorf("not a good name")
	}
	if f.byName[field.path()] != nil {
		return nil, fmt.Errorf("defined twice")
	}
	f.byName[field.path()] = field
	f.label(field, q)
	if err := f.checkField(field, q); err != nil {
		return nil, err
	}
	for _, inner := range q.Fields {
		if inner.Type == Rows {
			return nil, fmt.Errorf("rows within rows")
		}
		row, err := f.add(inner, s, field)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", inner.Name, err)
		}
		row.index = len(field.Fields)
		field.Fields = append(field.Fields, row)
	}
	return field, nil
}

// label gives the field and its options the texts of the form, or else the keys of the catalogue's texts.
func (f *Form) label(field *Field, q fieldFile) {
	kind, name := f.Kind, q.Name
	if field.parent != nil {
		kind = field.parent.Kind
	}
	if q.Record != "" {
		name = string(q.Record)
	}
	field.Label = Label{Text: q.Label}
	if len(q.Label) == 0 {
		field.Label.Key = "field." + string(kind) + "." + name
	}
	for _, o := range q.Choices {
		label := Label{Text: o.Label}
		if len(o.Label) == 0 {
			label.Key = "choice." + name + "." + o.Code
		}
		field.Options = append(field.Options, Option{o.Code, label, o.Under})
	}
}

// types and formats that there are.
var (
	types     = []Type{Text, Number, Money, Area, Decimal, Date, Time, Choice, Choices, YesNo, GPS, Photo, Sign, Note, Rows}
	textForms = []string{"", Multiline, ResidentID, USCC, Mobile, Region, Code}
	levels    = map[string]region.Level{
		"prefecture": region.Prefecture, "county": region.County, "town": region.Town, "village": region.Village,
	}
)

func (f *Form) checkField(field *Field, q fieldFile) error {
	rows, choice := q.Type == Rows, q.Type == Choice || q.Type == Choices
	computed := q.Compute != ""
	switch {
	case !slices.Contains(types, q.Type):
		return fmt.Errorf("unknown type %q", q.Type)
	case !slices.Contains(textForms, q.Format) || q.Format != "" && q.Type != Text:
		return fmt.Errorf("unknown format %q", q.Format)
	case choice != (len(q.Choices) > 0) || !distinct(q.Choices):
		return fmt.Errorf("choices belong to choice and choices, each once")
	case rows != (len(q.Fields) > 0) || rows && (q.Kind == "" || q.Link == "" || q.Record != ""):
		return fmt.Errorf("rows have fields, a kind and a link, and no record")
	case rows && (q.MaxRows < 1 || q.MaxRows > maxRows || q.MinRows < 0 || q.MinRows > q.MaxRows || q.Required):
		return fmt.Errorf("rows have 1 to %d max_rows and at most as many min_rows", maxRows)
	case !rows && (q.Kind != "" || q.Link != "" || q.MinRows != 0 || q.MaxRows != 0):
		return fmt.Errorf("kind, link, min_rows and max_rows belong to rows")
	case q.Type != Text && (q.MinLen != 0 || q.MaxLen != 0) || q.MinLen < 0 || q.MaxLen < 0 || q.MaxLen > 0 && q.MaxLen < q.MinLen:
		return fmt.Errorf("bad min_len or max_len")
	case q.Required && q.RequiredWhen != "":
		return fmt.Errorf("required and required_when")
	case computed && (q.Required || q.RequiredWhen != "" || q.Preset != "" || q.Min+q.Max != "" || q.MinLen != 0 || q.MaxLen != 0 || q.Format != ""):
		return fmt.Errorf("what is computed is not required, preset or limited")
	case q.Hidden && !computed:
		return fmt.Errorf("only what is computed can be hidden")
	case (rows || q.Type == Note) && (len(q.Checks) > 0 || q.Preset != "" || computed), q.Type == Note && (q.Record != "" || q.Required || q.RequiredWhen != ""):
		return fmt.Errorf("a %s has no answer of its own", q.Type)
	case q.Level != "" && (field.Level == 0 || q.Format != Region):
		return fmt.Errorf("level is prefecture, county, town or village, of a region")
	case q.MaxAccuracy < 0 || q.MaxAccuracy > 0 && q.Type != GPS:
		return fmt.Errorf("max_accuracy belongs to gps")
	}
	for _, l := range append([]Label{field.Label, field.Help}, optionLabels(field)...) {
		if err := complete(l); len(l.Text) > 0 && err != nil {
			return err
		}
	}
	return field.setLimits(q.Min, q.Max)
}

func optionLabels(field *Field) []Label {
	labels := make([]Label, len(field.Options))
	for i, o := range field.Options {
		labels[i] = o.Label
	}
	return labels
}

// checkUnder wants every field named in Under to be a choice, or for a region a region, and each option to name one of its
// codes.
func (f *Form) checkUnder() error {
	for _, field := range f.byName {
		if field.Under == "" {
			if slices.ContainsFunc(field.Options, func(o Option) bool { return o.Under != "" }) {
				return fmt.Errorf("field %q: its choices are under something, and it is not", field.path())
			}
			continue
		}
		above := f.byName[field.under().path]
		switch {
		case above == nil || above == field:
			return fmt.Errorf("field %q: under: no field %q", field.path(), field.Under)
		case field.Type == Text && field.Format == Region && above.Format == Region:
		case field.Type != Choice || above.Type != Choice:
			return fmt.Errorf("field %q: a choice is under a choice, a region under a region", field.path())
		default:
			for _, o := range field.Options {
				if _, known := above.option(o.Under); !known {
					return fmt.Errorf("field %q: choice %q is under %q, which is no choice of %q", field.path(), o.Code, o.Under, above.path())
				}
			}
		}
	}
	return nil
}

func (f *Form) checkConsents() error {
	for _, c := range f.Consents {
		if field := f.byName[c.Field]; field == nil || field.Type != YesNo || c.Purpose == "" {
			return fmt.Errorf("consent %q: no yes_no field %q", c.Purpose, c.Field)
		}
	}
	return nil
}

func complete(l Label) error {
	for _, lang := range i18n.Langs() {
		if l.Text[lang] == "" {
			return fmt.Errorf("no text in %s", lang)
		}
	}
	return nil
}

func distinct(options []optionFile) bool {
	seen := make(map[string]bool)
	for _, o := range options {
		if seen[o.Code] || !validCode(o.Code) {
			return false
		}
		seen[o.Code] = true
	}
	return true
}

// validCode is a name that may begin with a digit, as codes of others do.
func validCode(s string) bool { return validName("c"+s) && s != "" }

func validName(s string) bool {
	return s != "" && len(s) <= record.MaxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" && (s[0] < '0' || s[0] > '9')
}
