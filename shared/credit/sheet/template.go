// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"yuexin/shared/i18n"
)

// Text is a text in every language.
type Text map[i18n.Lang]string

// In returns the text in a language, "" for none.
func (t Text) In(lang i18n.Lang) string { return t[lang] }

// whole reports whether the text is there in every language.
func (t Text) whole() bool {
	return !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return t[l] == "" })
}

// Template is one edition of what sheets look like. It is immutable.
type Template struct{ file templateFile }

// Margins are the white edges of a page, in mm.
type Margins struct {
	Left   float64 `json:"left"`
	Right  float64 `json:"right"`
	Top    float64 `json:"top"`
	Bottom float64 `json:"bottom"`
}

// Signature is a place where somebody signs.
type Signature struct {
	Label Text `json:"label"`
	Thumb bool `json:"thumb"` // with a place for a thumbprint
}

type templateFile struct {
	Version  uint32  `json:"version"`
	Paper    string  `json:"paper"` // "A4"
	Margins  Margins `json:"margins"`
	Guidance Text    `json:"guidance"`
	Declares Text    `json:"declares"`
	Footer   Text    `json:"footer"` // with the place {host}

	Headings   map[string]Text        `json:"headings"`   // by form
	EmptyRows  map[string]int         `json:"empty_rows"` // by form and rows field, "household_survey.members"; "" for all others
	SpareRows  int                    `json:"spare_rows"` // empty ones below those that are filled in
	Signatures map[string][]Signature `json:"signatures"` // by form; "" for all others
	Undeclared []string               `json:"undeclared"` // forms without the declaration: nobody declares anything
}

// What a margin may be: a printer does not reach the edge, and a sheet is more than its margin.
const (
	leastMargin = 8
	mostMargin  = 40
)

// mostEmptyRows bounds the empty rows of one table.
const mostEmptyRows = 40

// ParseTemplate reads a template and checks it whole.
func ParseTemplate(r io.Reader) (*Template, error) {
	var t Template
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t.file); err != nil {
		return nil, fmt.Errorf("read paper template: %w", err)
	}
	if err := t.file.check(); err != nil {
		return nil, fmt.Errorf("paper template %d: %w", t.file.Version, err)
	}
	return &t, nil
}

func (f templateFile) check() error {
	if f.Version == 0 {
		return fmt.Errorf("no version")
	}
	if f.Paper != "A4" {
		return fmt.Errorf("paper %q: only A4 is laid out", f.Paper)
	}
	for _, m := range []float64{f.Margins.Left, f.Margins.Right, f.Margins.Top, f.Margins.Bottom} {
		if m < leastMargin || m > mostMargin {
			return fmt.Errorf("a margin of %v mm: %d to %d are possible", m, leastMargin, mostMargin)
		}
	}
	for name, text := range map[string]Text{"guidance": f.Guidance, "declares": f.Declares, "footer": f.Footer} {
		if !text.whole() {
			return fmt.Errorf("%s is not there in every language", name)
		}
	}
	for form, text := range f.Headings {
		if !text.whole() {
			return fmt.Errorf("the heading of %s is not there in every language", form)
		}
	}
	if f.SpareRows < 0 || f.SpareRows > mostEmptyRows {
		return fmt.Errorf("%d spare rows", f.SpareRows)
	}
	for name, n := range f.EmptyRows {
		if n < 1 || n > mostEmptyRows {
			return fmt.Errorf("%d empty rows for %q", n, name)
		}
	}
	if f.EmptyRows[""] == 0 || len(f.Signatures[""]) == 0 {
		return fmt.Errorf("no empty rows or no signatures for the forms that are not named")
	}
	for form, all := range f.Signatures {
		if slices.ContainsFunc(all, func(s Signature) bool { return !s.Label.whole() }) {
			return fmt.Errorf("a signature of %q is not there in every language", form)
		}
	}
	return nil
}

// Version returns the number of the edition.
func (t *Template) Version() uint32 { return t.file.Version }

// Paper returns the size of the paper, "A4".
func (t *Template) Paper() string { return t.file.Paper }

// Margins returns the white edges of a page.
func (t *Template) Margins() Margins { return t.file.Margins }

// Guidance says how a sheet is filled in.
func (t *Template) Guidance(lang i18n.Lang) string { return t.file.Guidance.In(lang) }

// Heading returns the heading of a form's sheet, "" for one that has only its own title.
func (t *Template) Heading(form string, lang i18n.Lang) string { return t.file.Headings[form].In(lang) }

// Declares returns what who signs declares; "" for a form by which nobody does.
func (t *Template) Declares(form string, lang i18n.Lang) string {
	if slices.Contains(t.file.Undeclared, form) {
		return ""
	}
	return t.file.Declares.In(lang)
}

// Footer returns the line at the foot of every page.
func (t *Template) Footer(lang i18n.Lang, host string) string {
	return strings.ReplaceAll(t.file.Footer.In(lang), "{host}", host)
}

// EmptyRows returns how many empty rows a table has on a blank sheet.
func (t *Template) EmptyRows(form, rows string) int {
	if n, named := t.file.EmptyRows[form+"."+rows]; named {
		return n
	}
	return t.file.EmptyRows[""]
}

// SpareRows returns how many empty rows stand below those that are filled in.
func (t *Template) SpareRows() int { return t.file.SpareRows }

// Signatures returns who signs a form's sheet.
func (t *Template) Signatures(form string) []Signature {
	if all, named := t.file.Signatures[form]; named {
		return slices.Clone(all)
	}
	return slices.Clone(t.file.Signatures[""])
}
