// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

// Kind is one kind of record that can be imported: the words for its tables, over a form. It is immutable and safe for
// concurrent use.
type Kind struct {
	Form *forms.Form

	words     *kindWords
	all       *Words
	catalogue *record.Catalogue
	print     *i18n.Printer
	labels    []*i18n.Printer   // in whose languages labels are known
	titles    map[string]string // folded title → path
	parts     []part            // further sheets
}

// part is a kind of further sheet.
type part struct {
	*partWords
	field  *forms.Field
	titles map[string]string
}

// NewKind joins the words of a kind with its form, in which labels are found in the languages of the printers; the first
// printer is the one for messages. The error says what does not fit.
func (w *Words) NewKind(name record.Kind, book map[string]*forms.Form, c *record.Catalogue, p ...*i18n.Printer) (*Kind, error) {
	i := slices.IndexFunc(w.Kinds, func(k kindWords) bool { return k.Kind == name })
	if i < 0 {
		return nil, fmt.Errorf("exchange: no words for %s", name)
	}
	k := &Kind{words: &w.Kinds[i], all: w, catalogue: c, print: p[0], labels: p, Form: book[w.Kinds[i].Form]}
	if k.Form == nil || k.Form.Kind != name {
		return nil, fmt.Errorf("exchange: %s: no form %s", name, k.words.Form)
	}
	var err error
	if k.titles, err = k.titlesOf(k.words.Columns); err != nil {
		return nil, err
	}
	k.addLabels(k.titles, "", k.ownFields())
	for i := range k.words.Parts {
		if err := k.addPart(&k.words.Parts[i]); err != nil {
			return nil, err
		}
	}
	return k, k.check()
}

func (k *Kind) addPart(words *partWords) error {
	field, ok := k.Form.Field(words.Rows)
	if !ok || field.Type != forms.Rows {
		return fmt.Errorf("exchange: form %s has no rows %s", k.Form.Name, words.Rows)
	}
	p := part{partWords: words, field: field}
	var columns []columnWords
	for path, names := range k.words.Links {
		columns = append(columns, columnWords{path, names})
	}
	for _, c := range words.Columns {
		columns = append(columns, columnWords{words.Rows + "." + c.Path, c.Names})
	}
	var err error
	if p.titles, err = k.titlesOf(columns); err != nil {
		return err
	}
	for _, c := range k.words.Columns { // the longer names that the main sheet has
		if strings.HasPrefix(c.Path, words.Rows+".") {
			for _, name := range c.Names {
				addTitle(p.titles, name, c.Path)
			}
		}
	}
	k.addLabels(p.titles, words.Rows+".", field.Fields)
	k.parts = append(k.parts, p)
	return nil
}

func (k *Kind) titlesOf(columns []columnWords) (map[string]string, error) {
	titles := map[string]string{}
	for _, c := range columns {
		for _, name := range c.Names {
			if other, taken := titles[fold(name)]; taken && other != c.Path {
				return nil, fmt.Errorf("exchange: %s: %q stands for %s and for %s", k.words.Kind, name, other, c.Path)
			}
			titles[fold(name)] = c.Path
		}
	}
	return titles, nil
}

// addLabels knows fields by what the form calls them, where nothing else has that name.
func (k *Kind) addLabels(titles map[string]string, prefix string, fields []*forms.Field) {
	for _, p := range k.labels {
		for _, f := range fields {
			if k.takes(f) {
				addTitle(titles, f.Label.In(p), prefix+f.Name)
			}
		}
	}
}

func addTitle(titles map[string]string, name, path string) {
	if key := fold(name); key != "" && titles[key] == "" {
		titles[key] = path
	}
}

// ownFields returns the fields of the form itself.
func (k *Kind) ownFields() (out []*forms.Field) {
	for _, s := range k.Form.Sections {
		out = append(out, s.Fields...)
	}
	return out
}

// takes reports whether a table can hold the answer of a field.
func (k *Kind) takes(f *forms.Field) bool {
	switch f.Type {
	case forms.GPS, forms.Photo, forms.Sign, forms.Note, forms.Rows, forms.Time:
		return false
	}
	return f.Record != "" && f.Asked() && f.Format != forms.Region
}

// special are columns that are about no field of the form.
var special = []string{ColumnVillage, ColumnRelation, ColumnPlate, ColumnForeign}

// check reports words that name what the form does not have.
func (k *Kind) check() error {
	paths := slices.Concat(k.words.Needs, k.words.Keys, k.words.Beside, k.words.Persons, []string{k.words.Name})
	for _, c := range k.words.Columns {
		paths = append(paths, c.Path)
	}
	for _, t := range k.words.Totals {
		paths = append(append(paths, t.Into), t.Parts...)
	}
	for _, path := range paths {
		if _, known := k.Form.Field(path); !known && !slices.Contains(special, path) && !k.isTotal(path) {
			return fmt.Errorf("exchange: form %s has no field %s", k.Form.Name, path)
		}
	}
	for _, p := range k.parts {
		for _, path := range p.titles {
			if _, known := k.Form.Field(path); !known {
				return fmt.Errorf("exchange: form %s has no field %s", k.Form.Name, path)
			}
		}
	}
	return nil
}

func (k *Kind) isTotal(path string) bool {
	return slices.ContainsFunc(k.words.Totals, func(t totalWords) bool { return t.Column == path })
}

// Name returns the kind of record.
func (k *Kind) Name() record.Kind { return k.words.Kind }

// Path is something that a column can be about.
type Path struct {
	Path  string
	Label string
}

// Paths returns all that a column can be about, in the order of the form, what is no field of it first.
func (k *Kind) Paths() []Path {
	var out []Path
	for _, path := range special {
		if slices.ContainsFunc(k.words.Columns, func(c columnWords) bool { return c.Path == path }) {
			out = append(out, Path{path, k.Label(path)})
		}
	}
	for _, f := range k.ownFields() {
		if k.takes(f) {
			out = append(out, Path{f.Name, k.Label(f.Name)})
		}
		for _, inner := range f.Fields {
			if f.Type == forms.Rows && k.takes(inner) {
				out = append(out, Path{f.Name + "." + inner.Name, k.Label(f.Name + "." + inner.Name)})
			}
		}
		for _, t := range k.words.Totals {
			if t.Into == f.Name {
				out = append(out, Path{t.Column, k.Label(t.Column)})
			}
		}
	}
	return out
}

// Label returns what a path is called, in the language of the first printer.
func (k *Kind) Label(path string) string {
	if slices.Contains(special, path) {
		return k.print.T("exchange.column." + path)
	}
	field, known := k.Form.Field(path)
	if !known {
		return k.print.T("exchange.column.total", "field", k.totalLabel(path))
	}
	if rows, _, inner := strings.Cut(path, "."); inner {
		above, _ := k.Form.Field(rows)
		return above.Label.In(k.print) + " · " + field.Label.In(k.print)
	}
	return field.Label.In(k.print)
}

// totalLabel returns what a sum is called: as the form calls the computed field of that name.
func (k *Kind) totalLabel(path string) string {
	if names := k.names(path); len(names) > 0 {
		return names[0]
	}
	return path
}

func (k *Kind) names(path string) []string {
	i := slices.IndexFunc(k.words.Columns, func(c columnWords) bool { return c.Path == path })
	if i < 0 {
		return nil
	}
	return k.words.Columns[i].Names
}
