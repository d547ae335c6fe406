// SPDX-License-Identifier: Apache-2.0

package formhtml

import (
	"net/url"
	"strconv"
	"strings"

	"yuexin/shared/credit/forms"
)

// Button is the name of the submit buttons that do not hand the form in.
const Button = "do"

// What the buttons do: their values, before the name of a rows field and, to take one out, the number of the row.
const (
	doAdd    = "add:"
	doRemove = "remove:"
	// Look judges the form again without handing it in.
	Look = "look"
)

// reasonName is the name of the field for the reason of a warning, before its check and path.
const reasonName = "reason:"

// Read puts what a page sent into a session that is as the page's was before anybody typed: a new one, or one with the same
// record loaded. It says whether the form is to be handed in; a button for rows, or Look, only changes the page. The error
// is that of a row that could not be added or taken out.
func Read(s *forms.Session, values url.Values) (handIn bool, err error) {
	for _, section := range s.Form().Sections {
		for _, f := range section.Fields {
			if f.Type == forms.Rows {
				readRows(s, f, values)
			} else if f.Asked() {
				answer(s, f, f.Name, values)
			}
		}
	}
	for _, f := range s.Findings() {
		if f.Level == forms.Warn && len(f.Paths) > 0 {
			s.GiveReason(f, values.Get(reasonName+f.Check+"@"+f.Paths[0]))
		}
	}
	what := values.Get(Button)
	if name, is := strings.CutPrefix(what, doAdd); is {
		_, err := s.AddRow(name)
		return false, err
	}
	if rest, is := strings.CutPrefix(what, doRemove); is {
		name, number, _ := strings.Cut(rest, ":")
		i, err := strconv.Atoi(number)
		if err != nil {
			i = -1 // no row
		}
		return false, s.RemoveRow(name, i)
	}
	return what == "", nil
}

func readRows(s *forms.Session, f *forms.Field, values url.Values) {
	count, err := strconv.Atoi(values.Get(f.Name))
	if err != nil {
		count = 0
	}
	for s.Rows(f.Name) < min(count, f.MaxRows) {
		if _, err := s.AddRow(f.Name); err != nil {
			return // at the limit of the form
		}
	}
	for i := range s.Rows(f.Name) {
		for _, inner := range f.Fields {
			if inner.Asked() {
				answer(s, inner, f.Name+"."+strconv.Itoa(i)+"."+inner.Name, values)
			}
		}
	}
}

// answer takes what was sent for a field; of several values of a field that takes one, the last.
func answer(s *forms.Session, f *forms.Field, path string, values url.Values) {
	sent := values[path]
	text := ""
	switch {
	case f.Type == forms.Choices:
		text = strings.Join(sent, ",")
	case len(sent) > 0:
		text = sent[len(sent)-1]
	}
	_ = s.Set(path, text) // a text at fault is kept with its fault, to be shown beside it
}
