// SPDX-License-Identifier: Apache-2.0

package formhtml

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
)

// drawing is a view while it is drawn.
type drawing struct {
	*View
	wrong []Problem
}

// question is one field as the page shows it.
type question struct {
	Print              *i18n.Printer
	ID, Name, Kind     string // Kind: text, area, radio, select, check, file, note, computed, rows
	Class              string // by which the page's style finds it
	Label, Help, Value string
	Required, Waits    bool
	Why                []Problem
	AskReasons         bool
	Wording            *Wording

	Options []choice // of radio, select and check
	Short   bool     // several fit on a line

	Type, Mode, Auto string // of an input
	Max              int    // characters
	Wide             bool   // digits that are read one by one
	Low, High        string // of a date

	Rows []row
	More bool // a row can be added
}

// choice is one of what there is to choose from.
type choice struct {
	ID, Code, Label string
	Chosen          bool
}

// row is a row of a rows field.
type row struct {
	Title, Remove string
	Questions     []question
}

// Sizes of what is asked for.
const (
	mostRadios = 9   // of a choice; a longer one is a list
	shortLabel = 7   // characters of a label that others fit beside
	mostTyped  = 400 // characters, where the form has no limit of its own
)

func (d drawing) question(f *forms.Field, path string) question {
	q := question{
		Print: d.Print, ID: ID(path), Name: path, Class: waitClass(path), Label: f.Label.In(d.Print), Help: f.Help.In(d.Print), Value: d.Session.Text(path),
		Required: d.Session.Required(path), Waits: !d.Session.Visible(path), AskReasons: d.AskReasons,
	}
	for _, p := range d.wrong {
		if p.Path == path {
			q.Why = append(q.Why, p)
		}
	}
	switch {
	case f.Type == forms.Rows:
		d.rows(&q, f)
	case f.Type == forms.Note:
		q.Kind = "note"
	case f.Computed():
		q.Kind = "computed"
	case f.Type == forms.Photo, f.Type == forms.Sign:
		q.Kind = "file"
	case f.Type == forms.YesNo:
		d.yesNo(&q, f)
	case f.Type == forms.Choice, f.Type == forms.Choices:
		d.choose(&q, d.Session.Options(path), f.Type == forms.Choices)
	case f.Type == forms.Text && f.Format == forms.Region && d.Places != nil:
		d.choose(&q, d.Places(path), false)
		q.Kind = "select"
	default:
		d.typed(&q, f)
	}
	return q
}

// choose makes the options of a choice.
func (d drawing) choose(q *question, options []forms.Option, several bool) {
	chosen := d.Session.Value(q.Name).Set()
	if !several {
		chosen = []string{d.Session.Value(q.Name).Text()}
	}
	longest := 0
	for _, o := range options {
		c := choice{q.ID + "-" + o.Code, o.Code, o.Label.In(d.Print), slices.Contains(chosen, o.Code)}
		longest = max(longest, utf8.RuneCountInString(c.Label))
		q.Options = append(q.Options, c)
	}
	d.keep(q, several)
	q.Short = longest <= shortLabel
	switch {
	case several:
		q.Kind = "check"
	case len(options) > mostRadios:
		q.Kind = "select"
	default:
		q.Kind = "radio"
	}
}

// keep offers once more what was sent and is none of the options, with its fault beside it: another page, or another answer
// above it, had it.
func (d drawing) keep(q *question, several bool) {
	text := d.Session.Text(q.Name)
	if several || text == "" || slices.ContainsFunc(q.Options, func(o choice) bool { return o.Chosen }) {
		return
	}
	label := text
	if f, ok := d.Session.Form().Field(q.Name); ok {
		for _, o := range f.Options {
			if o.Code == text {
				label = o.Label.In(d.Print)
			}
		}
	}
	q.Options = append(q.Options, choice{q.ID + "-kept", text, label, true})
}

func (d drawing) yesNo(q *question, f *forms.Field) {
	yes, no := "answer.yes", "answer.no"
	if i := slices.IndexFunc(d.Session.Form().Consents, func(c forms.Consent) bool { return c.Field == f.Name }); i >= 0 {
		yes, no = "formhtml.agree", "formhtml.disagree"
		if d.Wording != nil {
			w := d.Wording(d.Session.Form().Consents[i].Purpose)
			q.Wording = &w
		}
	}
	v := d.Session.Value(q.Name)
	q.Kind, q.Short = "radio", true
	q.Options = []choice{
		{q.ID + "-yes", "yes", d.Print.T(yes), v.Bool()}, {q.ID + "-no", "no", d.Print.T(no), !v.IsNone() && !v.Bool()},
	}
	d.keep(q, false)
}

// typed makes an input for text. What was typed wrongly is shown as it was, so an input that would not take it is none.
func (d drawing) typed(q *question, f *forms.Field) {
	q.Kind, q.Type, q.Auto, q.Max = "text", "text", "off", mostTyped
	if f.MaxLen > 0 {
		q.Max = 2 * f.MaxLen // a character beyond U+FFFF counts twice
	}
	switch {
	case f.Format == forms.Multiline:
		q.Kind = "area"
	case f.Format == forms.Mobile:
		q.Type, q.Mode, q.Auto, q.Max, q.Wide = "tel", "tel", "tel", 24, true
	case f.Format == forms.ResidentID, f.Format == forms.USCC:
		q.Max, q.Wide = 40, true
	case f.Type == forms.Number, f.Format == forms.Region:
		q.Mode, q.Max = "numeric", 40
	case f.Type == forms.Decimal:
		q.Mode, q.Max = "decimal", 40
	case f.Type == forms.Money, f.Type == forms.Area, f.Type == forms.Time:
		q.Max = 40
	case f.Type == forms.Date && d.Session.Fault(q.Name) == nil:
		q.Type, q.Low, q.High = "date", d.day(f.MinText), d.day(f.MaxText)
	}
}

// day is a limit of a date as an input takes it.
func (d drawing) day(limit string) string {
	if limit == "today" {
		return d.Today.Format("2006-01-02")
	}
	return limit
}

// rows makes the rows of a rows field, with the buttons that change how many there are.
func (d drawing) rows(q *question, f *forms.Field) {
	count := d.Session.Rows(f.Name)
	q.Kind, q.Value, q.More = "rows", strconv.Itoa(count), count < f.MaxRows
	for i := range count {
		r := row{
			Title:  d.Print.T("formhtml.row", "field", q.Label, "n", strconv.Itoa(i+1)),
			Remove: doRemove + f.Name + ":" + strconv.Itoa(i),
		}
		for _, inner := range f.Fields {
			if !inner.Hidden {
				r.Questions = append(r.Questions, d.question(inner, f.Name+"."+strconv.Itoa(i)+"."+inner.Name))
			}
		}
		q.Rows = append(q.Rows, r)
	}
}
