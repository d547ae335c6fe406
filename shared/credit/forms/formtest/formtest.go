// SPDX-License-Identifier: Apache-2.0

// Package formtest holds the cases that every drawing of a form must pass: the same table runs over the bare session,
// over windows and over pages.
package formtest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

//go:embed cases.json
var casesJSON []byte

//go:embed every.json
var everyJSON []byte

// Case is one person filling in a form, and what must come of it.
type Case struct {
	Name  string `json:"name"`
	Form  string `json:"form"`
	Today string `json:"today"` // 2006-01-02
	Steps []Step `json:"steps"`

	Visible  []string          `json:"visible"`  // paths that must be asked for
	Hidden   []string          `json:"hidden"`   // paths that must not
	Missing  []string          `json:"missing"`  // exactly
	Findings []string          `json:"findings"` // exactly, as "block form.required phone" or "warn check_name"; missing answers left out
	Consents []string          `json:"consents"` // exactly
	Ready    bool              `json:"ready"`
	Fields   map[string]string `json:"fields"` // if given, exactly what the form's record gets, as JSON-free text
}

// Step is one act of the person.
type Step struct {
	Set    string `json:"set"` // path
	Text   string `json:"text"`
	Fault  string `json:"fault"` // key that Set must answer with; "" for none
	Add    string `json:"add"`   // a rows field
	Remove string `json:"remove"`
	Row    int    `json:"row"`
}

// Driver fills in a form as its drawing lets a person do it.
type Driver interface {
	// Set types text into a field, or chooses it, and returns what the drawing says against it.
	Set(path, text string) error
	AddRow(name string) (int, error)
	RemoveRow(name string, i int) error
	// Visible reports whether the drawing shows the field.
	Visible(path string) bool
	// Session returns the state behind the drawing.
	Session() *forms.Session
}

// Cases returns all cases.
func Cases(t testing.TB) []Case {
	t.Helper()
	var cases []Case
	dec := json.NewDecoder(bytes.NewReader(casesJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// MustForm returns a form of the assets by name, or "every", which has a question of every sort.
func MustForm(t testing.TB, name string) *forms.Form {
	t.Helper()
	data, err := everyJSON, error(nil)
	if name != "every" {
		data, err = fs.ReadFile(assets.Folder("forms"), name+".json")
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := forms.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Run runs all cases with drivers from open.
func Run(t *testing.T, open func(t *testing.T, form *forms.Form, today time.Time) Driver) {
	for _, c := range Cases(t) {
		t.Run(c.Form+"/"+c.Name, func(t *testing.T) {
			today, err := time.Parse(time.DateOnly, c.Today)
			if err != nil {
				t.Fatal(err)
			}
			d := open(t, MustForm(t, c.Form), today)
			for i, step := range c.Steps {
				take(t, d, i, step)
			}
			compare(t, c, d)
		})
	}
}

func take(t *testing.T, d Driver, i int, step Step) {
	t.Helper()
	var err error
	switch {
	case step.Set != "":
		err = d.Set(step.Set, step.Text)
	case step.Add != "":
		_, err = d.AddRow(step.Add)
	case step.Remove != "":
		err = d.RemoveRow(step.Remove, step.Row)
	}
	got := ""
	if err != nil {
		got = fault.From(err).Key
	}
	if got != step.Fault {
		t.Errorf("step %d (%s%s%s): fault %q, want %q", i, step.Set, step.Add, step.Remove, got, step.Fault)
	}
}

func compare(t *testing.T, c Case, d Driver) {
	t.Helper()
	s := d.Session()
	for _, path := range c.Visible {
		if !d.Visible(path) {
			t.Errorf("%s is hidden", path)
		}
	}
	for _, path := range c.Hidden {
		if d.Visible(path) {
			t.Errorf("%s is visible", path)
		}
	}
	same(t, "missing", c.Missing, s.Missing())
	same(t, "findings", c.Findings, Describe(s.Findings()))
	same(t, "consents", c.Consents, s.Consents())
	if got := s.Ready() == nil; got != c.Ready {
		t.Errorf("ready = %v, want %v (%v)", got, c.Ready, s.Ready())
	}
	if c.Fields != nil {
		got := make(map[string]string)
		for f, v := range s.Fields() {
			got[string(f)] = Print(v)
		}
		if want := MustForm(t, c.Form).Edition(); got["form"] != want {
			t.Errorf("the form is named %q, want %q", got["form"], want)
		}
		delete(got, "form")
		if diff := cmp.Diff(c.Fields, got); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
	}
}

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(slices.Concat([]string{}, want), slices.Concat([]string{}, got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Describe writes findings as cases have them, without missing answers.
func Describe(findings []forms.Finding) []string {
	var out []string
	for _, f := range findings {
		switch {
		case f.Check != "":
			out = append(out, string(f.Level)+" "+f.Check)
		case f.Fault.Key != "form.required":
			out = append(out, string(f.Level)+" "+f.Fault.Key+" "+strings.Join(f.Paths, " "))
		}
	}
	return out
}

// Print writes a value as cases have it: numbers in their unit (fen, hundredths of a mu), sets with commas.
func Print(v record.Value) string {
	switch v.Type() {
	case record.Bool:
		if v.Bool() {
			return "true"
		}
		return "false"
	case record.Int:
		text, err := json.Marshal(v.Int())
		if err != nil {
			return err.Error()
		}
		return string(text)
	case record.Set:
		return strings.Join(v.Set(), ",")
	}
	return v.Text()
}
