// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"
	"strings"

	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
)

// sign marks the page on which a sensitive consent is signed by typing a name; the purpose stands behind it.
const sign = "~sign."

// Page is one question as the screen shows it.
type Page struct {
	Path    string
	Field   *forms.Field // nil where a name is typed under a consent
	Section *forms.Section
	Step    int // of Steps, from 1; a step is a section
	Steps   int

	// Text is the answer as typed so far, Required says that there must be one.
	Text     string
	Required bool

	// Wording is the text the answer agrees to, "" for other questions; Edition its number.
	Wording string
	Edition uint32
	// Name is whose row this is, "" outside rows and before it is typed; Row counts from 1.
	Name string
	Row  int
}

// given are the questions that the place answers.
var given = []struct {
	field string
	of    func(*Spot) string
}{
	{"region_code", func(s *Spot) string { return string(s.Region) }},
	{"group_no", func(s *Spot) string { return s.Group }},
	{"house_no", func(s *Spot) string { return s.House }},
}

// begin opens the form of the task at its first question. A form that was begun before stays.
func (f *Flow) begin() {
	form := f.Book.Forms[string(f.visit.task)]
	terms, err := f.termsOf()
	if err != nil {
		f.visit.refused = fault.From(err)
		f.open(Plate)
		return
	}
	f.visit.terms = terms
	if f.visit.session == nil || f.visit.session.Form().Name != form.Name { // whatever its version
		f.visit.session = forms.New(form, f.Now())
		f.visit.signed = nil
		f.visit.receipt = Receipt{}
		f.prefill()
	}
	f.givePlace()
	f.visit.at = f.pages()[0]
	f.visit.back = false
	f.open(Question)
}

// givePlace answers what the place says.
func (f *Flow) givePlace() {
	before := f.visit.given
	f.visit.given = map[string]bool{}
	for _, g := range given {
		text := g.of(f.visit.place)
		if _, asked := f.visit.session.Form().Field(g.field); !asked || text == "" && !before[g.field] {
			continue
		}
		f.visit.session.Set(g.field, text)
		f.visit.given[g.field] = text != ""
	}
	if f.visit.task == Household && f.visit.place.House != "" {
		f.visit.given["address"] = true // the plate says it
	}
	f.giveHelper()
}

// prefill answers what this very visit has just said in another form.
func (f *Flow) prefill() {
	if f.visit.task == Demand && f.visit.registered.name != "" {
		f.visit.session.Set("applicant_name", f.visit.registered.name)
		f.visit.session.Set("phone", f.visit.registered.phone)
	}
}

// pages returns the questions to ask now, in order.
func (f *Flow) pages() []string {
	s := f.visit.session
	var out []string
	for _, path := range s.Paths() {
		if f.visit.given[path] || !answerable(s.Form(), path) {
			continue
		}
		out = append(out, path)
		if purpose := f.purposeOf(path); purpose != "" && s.Value(path).Bool() && f.visit.terms.wording(purpose).Sensitive {
			out = append(out, sign+purpose)
		}
	}
	return out
}

// answerable says whether a question can be answered with fingers: a note and what is computed are no questions, and a
// kiosk takes no position, photo or signature.
func answerable(form *forms.Form, path string) bool {
	if rows, _, inner := split(path); rows != "" {
		path = rows + "." + inner
	}
	field, ok := form.Field(path)
	return ok && field.Asked() && field.Type != forms.GPS && field.Type != forms.Photo && field.Type != forms.Sign
}

// purposeOf returns the consent that a question asks for, "" for others.
func (f *Flow) purposeOf(path string) string {
	for _, c := range f.visit.session.Form().Consents {
		if c.Field == path {
			return c.Purpose
		}
	}
	return ""
}

func (f *Flow) index(path string) (int, bool) {
	i := slices.Index(f.pages(), path)
	return i, i >= 0
}

// Page returns the question to show.
func (f *Flow) Page() Page { return f.page(f.visit.at) }

func (f *Flow) page(path string) Page {
	s := f.visit.session
	p := Page{Path: path}
	if purpose, ok := strings.CutPrefix(path, sign); ok {
		p.Text, p.Required = f.visit.signed[purpose], true
		p.Wording, p.Edition = f.visit.terms.text(purpose, f.lang())
		f.place(&p, f.fieldOf(purpose))
		return p
	}
	rows, row, inner := split(path)
	key := path
	if rows != "" {
		key = rows + "." + inner
		p.Row, p.Name = row+1, s.Text(rowPath(rows, row, f.firstOf(rows)))
	}
	p.Field, _ = s.Form().Field(key)
	p.Text, p.Required = s.Text(path), s.Required(path)
	if purpose := f.purposeOf(path); purpose != "" {
		p.Wording, p.Edition = f.visit.terms.text(purpose, f.lang())
	}
	f.place(&p, path)
	return p
}

// fieldOf returns the question that asks for a consent.
func (f *Flow) fieldOf(purpose string) string {
	for _, c := range f.visit.session.Form().Consents {
		if c.Purpose == purpose {
			return c.Field
		}
	}
	return ""
}

// place tells which section a page is in. Sections whose questions are all answered by the place do not count.
func (f *Flow) place(p *Page, path string) {
	head, _, _ := strings.Cut(path, ".")
	for _, section := range f.visit.session.Form().Sections {
		asked := slices.ContainsFunc(section.Fields, func(field *forms.Field) bool {
			return f.visit.session.Visible(field.Name) && !f.visit.given[field.Name]
		})
		if !asked {
			continue
		}
		p.Steps++
		if slices.ContainsFunc(section.Fields, func(field *forms.Field) bool { return field.Name == head }) {
			p.Section, p.Step = section, p.Steps
		}
	}
}

// Type notes what was typed so far, so that nothing is lost when the person goes away. It shows no fault: nobody likes
// to be corrected while writing.
func (f *Flow) Type(text string) {
	f.Touch()
	if purpose, ok := strings.CutPrefix(f.visit.at, sign); ok {
		if f.visit.signed == nil {
			f.visit.signed = map[string]string{}
		}
		f.visit.signed[purpose] = text
		return
	}
	f.visit.session.Set(f.visit.at, text)
}

// Next takes the answer and goes on: to the next question, to the list of the row's people, or to the review. Faults are
// those of the form; Invalid "kiosk.question.missing" for an answer that is needed; "consent.declined" for a No where the
// form needs consent; "consent.giver" for a missing signature.
func (f *Flow) Next() error {
	if err := f.check(f.visit.at); err != nil {
		return f.fail(err)
	}
	if f.visit.back && !f.fresh(f.visit.at) {
		f.visit.back = false
		f.trail = nil
		f.replace(Review)
		return nil
	}
	f.forward()
	return nil
}

// fresh says whether the answer opens a question that has none yet: then the way leads there, not back to the review.
func (f *Flow) fresh(path string) bool {
	pages := f.pages()
	i := slices.Index(pages, path)
	return i >= 0 && i+1 < len(pages) && f.check(pages[i+1]) != nil
}

// check returns what is wrong with an answer.
func (f *Flow) check(path string) error {
	if purpose, ok := strings.CutPrefix(path, sign); ok {
		if strings.TrimSpace(f.visit.signed[purpose]) == "" {
			return fault.New(fault.Invalid, "consent.giver").WithField(path)
		}
		return nil
	}
	s := f.visit.session
	if bad := s.Fault(path); bad != nil {
		return bad
	}
	missing := s.Value(path).IsNone() && s.Required(path)
	switch purpose := f.purposeOf(path); {
	case missing && purpose != "":
		return fault.New(fault.Invalid, "kiosk.question.agree").WithField(path)
	case missing:
		return fault.New(fault.Invalid, f.missingKey(path)).WithField(path)
	case purpose != "" && s.Required(path) && !s.Value(path).Bool():
		return fault.New(fault.Invalid, "consent.declined").WithField(path)
	}
	return nil
}

// missingKey returns what is said where an answer is missing.
func (f *Flow) missingKey(path string) string {
	switch f.page(path).Field.Type {
	case forms.Choice, forms.Choices, forms.YesNo:
		return "kiosk.question.choose"
	}
	return "kiosk.question.missing"
}

// forward goes to the page after the present one. The last question of a row leads back to the list.
func (f *Flow) forward() {
	pages := f.pages()
	i := slices.Index(pages, f.visit.at)
	rows, row, _ := split(f.visit.at)
	if next := i + 1; next < len(pages) {
		nextRows, nextRow, _ := split(pages[next])
		if rows == "" || (nextRows == rows && nextRow == row) {
			f.showPage(f.skipRows(pages, next))
			return
		}
	}
	if rows != "" {
		f.showPage(rows)
		return
	}
	f.trail = nil
	f.replace(Review)
}

// showPage shows a question, the review for "".
func (f *Flow) showPage(path string) {
	if path == "" {
		f.trail = nil
		f.replace(Review)
		return
	}
	f.visit.at = path
	f.replace(Question)
}

// backQuestion goes to the question before; false on the first one.
func (f *Flow) backQuestion() bool {
	if f.visit.back {
		f.visit.back = false
		f.replace(Review)
		return true
	}
	pages := f.pages()
	rows, row, _ := split(f.visit.at)
	for i := slices.Index(pages, f.visit.at) - 1; i >= 0; i-- {
		beforeRows, beforeRow, _ := split(pages[i])
		switch {
		case beforeRows == "", beforeRows == rows && beforeRow == row:
			f.showPage(pages[i])
			return true
		}
	}
	return false
}

// Answered is a question with its answer.
type Answered struct {
	Page
	Fault *fault.Error
}

// Answers returns all questions of the form, with what is wrong with them, for the review.
func (f *Flow) Answers() []Answered {
	var out []Answered
	for _, path := range f.pages() {
		a := Answered{Page: f.page(path)}
		if err := f.check(path); err != nil {
			a.Fault = fault.From(err)
		}
		out = append(out, a)
	}
	return out
}

// Findings returns what the checks of the whole form find.
func (f *Flow) Findings() []forms.Finding {
	return slices.DeleteFunc(f.visit.session.Findings(), func(found forms.Finding) bool { return found.Check == "" })
}

// Edit opens a question from the review; its answer leads back there.
func (f *Flow) Edit(path string) {
	f.visit.at, f.visit.back = path, true
	f.replace(Question)
}
