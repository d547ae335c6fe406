// SPDX-License-Identifier: Apache-2.0

package console

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

// form is what was typed and what is wrong with it.
type form struct {
	values   url.Values
	print    *i18n.Printer
	problems map[string]*problem // by field; "" for the form as a whole
}

// parseForm reads a posted form.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.New(fault.TooLarge, "").WithCause(err)
	case err != nil:
		return fault.New(fault.Invalid, "").WithCause(err)
	}
	return nil
}

func readForm(r *http.Request, p *i18n.Printer) (*form, error) {
	if err := parseForm(r); err != nil {
		return nil, err
	}
	return &form{values: r.PostForm, print: p, problems: map[string]*problem{}}, nil
}

func emptyForm(p *i18n.Printer) *form {
	return &form{values: url.Values{}, print: p, problems: map[string]*problem{}}
}

// Get returns what was typed, without space around it.
func (f *form) Get(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// Has reports whether a box with this value was ticked.
func (f *form) Has(name, value string) bool {
	for _, v := range f.values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// Problem returns what is wrong with a field, nil if nothing is.
func (f *form) Problem(name string) *problem { return f.problems[name] }

// OK reports whether nothing is wrong.
func (f *form) OK() bool { return len(f.problems) == 0 }

// refuse notes what is wrong with a field; the first reason stays.
func (f *form) refuse(field string, err error) {
	if f.problems[field] == nil {
		f.problems[field] = problemOf(f.print, err)
	}
}

// refuseAll notes each fault of err beside its field where the form has it,
// and above the form otherwise.
func (f *form) refuseAll(err error, fields ...string) {
	for _, e := range fault.All(err) {
		field := ""
		for _, name := range fields {
			if e.Field == name {
				field = name
			}
		}
		f.refuse(field, e)
	}
}

// text returns a field's text on one line or several, refusing one that is
// empty, too long, or holds characters that cannot be read.
func (f *form) text(field string, needed bool, most int) string {
	text := f.Get(field)
	switch {
	case text == "" && needed:
		f.refuse(field, fault.New(fault.Invalid, "console.form.empty"))
	case utf8.RuneCountInString(text) > most:
		f.refuse(field, fault.New(fault.Invalid, "console.form.long").With("max", f.print.Number(int64(most))))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unreadable):
		f.refuse(field, fault.New(fault.Invalid, "console.form.unreadable"))
	}
	return text
}

// choice returns a field's value if it is one of those offered.
func (f *form) choice(field string, offered ...string) string {
	value := f.Get(field)
	for _, o := range offered {
		if value == o {
			return value
		}
	}
	f.refuse(field, fault.New(fault.Invalid, "console.form.choose"))
	return ""
}

func unreadable(r rune) bool {
	return r != '\n' && r != '\r' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == utf8.RuneError)
}

// slogRoute names the page for a log line: its pattern, never ids or names.
func slogRoute(r *http.Request) slog.Attr { return slog.String("route", r.Pattern) }
