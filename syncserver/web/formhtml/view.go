// SPDX-License-Identifier: Apache-2.0

package formhtml

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
)

//go:embed form.html
var source string

var pages = template.Must(template.New("form").Parse(source))

// Wording is what somebody agrees to, above the question whether they do.
type Wording struct {
	Text string
	Note string // which edition it is
}

// View is a form on a page.
type View struct {
	Session *forms.Session
	Today   time.Time // by which the session was begun
	Print   *i18n.Printer

	// Tried says that somebody handed the form in: what is missing is told too.
	Tried bool
	// AskReasons asks for the reason why somebody goes on in spite of a warning.
	AskReasons bool
	// Extra are problems beside those of the session, by the page around it; they come first.
	Extra []Problem
	// Wording returns what is agreed to for a purpose; optional.
	Wording func(purpose string) Wording
	// Places returns the places to choose from for a region; optional: without it the statistical code is typed.
	Places func(path string) []forms.Option
}

// Problem is something to correct before the form can be handed in, or to look at again.
type Problem struct {
	Path    string // of the field; "" for the whole form
	ID      string // of the element on the page
	Label   string // of the field
	Message string
	Hint    string
	Warning bool
	Key     string // of a warning, for its reason
	Reason  string // that was given
}

// ID returns the id of the element of a field.
func ID(path string) string { return strings.ReplaceAll(path, ".", "-") }

// NewProblem explains an error at a field.
func (v *View) NewProblem(path string, err error) Problem {
	message, hint := v.Print.Explain(err)
	return Problem{Path: path, ID: ID(path), Label: v.label(path), Message: message, Hint: hint}
}

// Problems returns what is wrong, first the page's own, then in the order of the form: without warnings, and what is missing
// only once the form was tried. A field of which the page itself has something to say is told once.
func (v *View) Problems() []Problem {
	return slices.DeleteFunc(v.problems(), func(p Problem) bool { return p.Warning })
}

func (v *View) problems() []Problem {
	out := slices.Clone(v.Extra)
	for _, f := range v.Session.Findings() {
		missing := f.Check == "" && (f.Fault.Key == "form.required" || f.Fault.Key == "form.rows.few")
		if f.Level == forms.Flag || missing && !v.Tried {
			continue
		}
		p := Problem{Warning: f.Level == forms.Warn, Reason: f.Reason}
		p.Message, p.Hint = f.Explain(v.Print)
		if len(f.Paths) > 0 {
			p.Path, p.ID, p.Label = f.Paths[0], ID(f.Paths[0]), v.label(f.Paths[0])
			p.Key = reasonName + f.Check + "@" + p.Path
		}
		if !slices.ContainsFunc(v.Extra, func(e Problem) bool { return e.Path == p.Path }) {
			out = append(out, p)
		}
	}
	return out
}

// label names the field at a path, in a row with its number.
func (v *View) label(path string) string {
	if f, ok := v.Session.Form().Field(path); ok {
		return f.Label.In(v.Print)
	}
	parts := strings.Split(path, ".")
	if len(parts) != 3 {
		return ""
	}
	f, ok := v.Session.Form().Field(parts[0] + "." + parts[2])
	row, err := strconv.Atoi(parts[1])
	if !ok || err != nil {
		return ""
	}
	return v.Print.T("formhtml.row.field", "n", strconv.Itoa(row+1), "field", f.Label.In(v.Print))
}

// HTML draws the questions.
func (v *View) HTML() (template.HTML, error) {
	d := drawing{View: v, wrong: v.problems()}
	var page struct {
		Sections []section
		Rows     bool // has buttons that do not hand it in
	}
	for _, s := range v.Session.Form().Sections {
		one := section{ID: "s-" + s.Name, Class: waitClass("s-" + s.Name), Title: s.Title.In(v.Print), Waits: !v.Session.SectionVisible(s)}
		for _, f := range s.Fields {
			page.Rows = page.Rows || f.Type == forms.Rows
			if !f.Hidden {
				one.Questions = append(one.Questions, d.question(f, f.Name))
			}
		}
		page.Sections = append(page.Sections, one)
	}
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, "sections", page); err != nil {
		return "", fmt.Errorf("draw form %s: %w", v.Session.Form().Name, err)
	}
	return template.HTML(out.String()), nil
}

// section is a part of the page.
type section struct {
	ID, Class, Title string
	Waits            bool // has nothing to ask now
	Questions        []question
}
