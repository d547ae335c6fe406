// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"errors"
	"strconv"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

// Finding is something to correct or to look at again.
type Finding struct {
	Paths []string // of the fields it is about
	Level Level
	Fault *fault.Error // what is wrong with a field; for a check of the form "form.blocked", naming it in "check"
	Check string       // name of the form's check, "" for a fault of a field

	message Label
}

// Explain returns what to tell the person, and what to do about it, "" if the message says it.
func (f Finding) Explain(p *i18n.Printer) (message, hint string) {
	if f.Check != "" {
		return f.message.In(p), ""
	}
	return p.Explain(f.Fault)
}

// Visible reports whether a field, a row's field or a rows field is asked for now.
func (s *Session) Visible(path string) bool { return s.look().visible[path] }

// SectionVisible reports whether a section has a field to show.
func (s *Session) SectionVisible(section *Section) bool {
	for _, f := range section.Fields {
		if s.Visible(f.Name) {
			return true
		}
	}
	return false
}

// Required reports whether a field must be answered now.
func (s *Session) Required(path string) bool {
	_, field, ok := s.find(path)
	if !ok || !s.Visible(path) {
		return false
	}
	return s.look().required(field, path, rowOf(path))
}

// rowOf returns the number of the row in a path, 0 if there is none.
func rowOf(path string) int {
	parts := strings.Split(path, ".")
	if len(parts) != 3 {
		return 0
	}
	i, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0
	}
	return i
}

// Paths returns the paths of all visible fields in the order of the form, rows row by row, each after its rows field.
func (s *Session) Paths() []string {
	var out []string
	for _, section := range s.form.Sections {
		for _, f := range section.Fields {
			if !s.Visible(f.Name) {
				continue
			}
			out = append(out, f.Name)
			for i := range s.rows[f.Name] {
				for _, inner := range f.Fields {
					if path := rowPath(f.Name, i, inner.Name); s.Visible(path) {
						out = append(out, path)
					}
				}
			}
		}
	}
	return out
}

// Missing returns the paths of visible fields that must be answered and are not, in the order of the form. A text at
// fault is not missing; it is a finding.
func (s *Session) Missing() []string {
	var out []string
	for _, path := range s.Paths() {
		if _, _, ok := s.find(path); ok && s.Required(path) && s.Value(path).IsNone() && s.Fault(path) == nil {
			out = append(out, path)
		}
	}
	return out
}

// Findings returns everything that is not right with the visible answers: texts at fault, missing answers, too few rows,
// then the checks of the form.
func (s *Session) Findings() []Finding {
	var out []Finding
	missing := make(map[string]bool)
	for _, path := range s.Missing() {
		missing[path] = true
	}
	for _, path := range s.Paths() {
		f := s.Fault(path)
		switch field := s.form.byName[path]; {
		case missing[path]:
			f = fault.New(fault.Invalid, "form.required").WithField(path)
		case field != nil && field.Type == Rows && len(s.rows[path]) < field.MinRows:
			f = fault.New(fault.Invalid, "form.rows.few").WithField(path).With("min", strconv.Itoa(field.MinRows))
		}
		if f != nil {
			out = append(out, Finding{Paths: []string{path}, Level: Block, Fault: f})
		}
	}
	return append(out, s.checkFindings()...)
}

func (s *Session) checkFindings() []Finding {
	v := s.look()
	var out []Finding
	for _, c := range s.form.checks {
		if v.holds(c.when, false, v.env) {
			f := fault.New(fault.Invalid, "form.blocked").WithField(c.fields[0]).With("check", c.name)
			out = append(out, Finding{Paths: c.fields, Level: c.level, Fault: f, Check: c.name, message: c.message})
		}
	}
	if v.err != nil {
		out = append(out, Finding{Level: Block, Fault: fault.New(fault.Internal, "form.rule").WithCause(v.err)})
	}
	return out
}

// Ready returns nil if the form can be handed in, else the faults of all findings that block, joined.
func (s *Session) Ready() error {
	var errs []error
	for _, f := range s.Findings() {
		if f.Level == Block {
			errs = append(errs, f.Fault)
		}
	}
	return errors.Join(errs...)
}
