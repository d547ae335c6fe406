// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"errors"
	"slices"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

// Finding is something to correct or to look at again.
type Finding struct {
	Paths []string // of the fields it is about
	Level Level
	Fault *fault.Error // what is wrong with a field; for a check of the form "form.blocked", naming it in "check"
	Check string       // name of the form's check, "" for a fault of a field

	Reason string // why somebody goes on in spite of a warning

	check *check // nil for a fault of a field
	group *group
	field *Field // nil for a check of the form
}

// Explain returns what to tell the person, and what to do about it, "" if the message says it.
func (f Finding) Explain(p *i18n.Printer) (message, hint string) {
	if f.Check != "" {
		return f.check.message.In(p), ""
	}
	return p.Explain(f.Fault)
}

// key names a check among those of its form or row.
func (c *check) key() string {
	if c.field == nil {
		return c.name + "@"
	}
	return c.name + "@" + c.field.Name
}

// GiveReason notes why somebody goes on in spite of a warning; "" takes it back.
func (s *Session) GiveReason(f Finding, reason string) {
	if f.check == nil {
		return // a fault of a field has to be corrected
	}
	s.unkept[f.group] = true
	if reason, _ = clean(reason, false); reason == "" {
		delete(f.group.reasons, f.check.key())
		return
	}
	f.group.reasons[f.check.key()] = reason
}

// Unexplained returns the warnings that nobody has given a reason for. Where people can be asked for one they are not
// handed in without; where not, as on a kiosk, they are a matter for review.
func (s *Session) Unexplained() []Finding {
	return slices.DeleteFunc(s.Findings(), func(f Finding) bool { return f.Level != Warn || f.Reason != "" })
}

// Visible reports whether a field, a row's field or a rows field is shown now: asked for, computed or to read.
func (s *Session) Visible(path string) bool {
	if field := s.form.byName[path]; field != nil && field.Type == Rows {
		return s.top.cells[field.index].visible
	}
	g, field, ok := s.find(path)
	return ok && !field.Hidden && g.cells[field.index].visible
}

// SectionVisible reports whether a section has a field to show.
func (s *Session) SectionVisible(section *Section) bool {
	return slices.ContainsFunc(section.Fields, func(f *Field) bool { return s.Visible(f.Name) })
}

// Required reports whether a field must be answered now.
func (s *Session) Required(path string) bool {
	g, field, ok := s.find(path)
	return ok && g.cells[field.index].required
}

// Paths returns the paths of all visible fields in the order of the form, rows row by row, each after its rows field.
func (s *Session) Paths() []string {
	var out []string
	for _, f := range s.form.own {
		if a := s.top.cells[f.index]; !a.visible || f.Hidden {
			continue
		}
		out = append(out, f.Name)
		for _, g := range s.rows[f.Name] {
			for _, inner := range f.Fields {
				if g.cells[inner.index].visible && !inner.Hidden {
					out = append(out, g.path(inner))
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
	for _, f := range s.Findings() {
		if f.Fault.Key == missing {
			out = append(out, f.Paths[0])
		}
	}
	return out
}

// missing is the key of the fault of a field that must be answered and is not.
const missing = "form.required"

// Findings returns everything that is not right with the visible answers, in the order of the form: texts at fault,
// missing answers, too few rows and checks of fields; then the checks of the form.
func (s *Session) Findings() []Finding {
	if s.top.trouble == 0 && len(s.broken) == 0 && !s.troubled() {
		return nil
	}
	own := s.judge(s.top)
	var out []Finding
	for _, f := range s.form.own {
		for len(own) > 0 && own[0].field == f {
			out, own = append(out, own[0]), own[1:]
		}
		for _, g := range s.rows[f.Name] {
			if g.trouble > 0 && s.top.cells[f.index].visible {
				out = append(out, s.judge(g)...)
			}
		}
	}
	return append(append(out, own...), s.defects()...)
}

func (s *Session) troubled() bool {
	for _, rows := range s.rows {
		if slices.ContainsFunc(rows, func(g *group) bool { return g.trouble > 0 }) {
			return true
		}
	}
	return false
}

// judge returns the findings of the form itself, or of a row.
func (s *Session) judge(g *group) []Finding {
	var out []Finding
	for _, field := range s.form.fieldsOf(g.rows) {
		a := &g.cells[field.index]
		if !a.visible {
			continue
		}
		f := g.fault(field)
		switch {
		case f != nil:
		case field.Type == Rows && len(s.rows[field.Name]) < field.MinRows:
			f = fault.New(fault.Invalid, "form.rows.few").WithField(field.Name).With("min", strconv.Itoa(field.MinRows))
		case a.required && a.value.IsNone():
			f = fault.New(fault.Invalid, missing).WithField(g.path(field))
		}
		if f != nil {
			out = append(out, Finding{Paths: []string{g.path(field)}, Level: Block, Fault: f, field: field})
		}
		for _, c := range field.checks {
			if g.held[c.slot] {
				out = append(out, s.finding(c, g, []string{g.path(field)}))
			}
		}
	}
	if g.rows == nil {
		for _, c := range s.form.checks {
			if g.held[c.slot] {
				out = append(out, s.finding(c, g, c.fields))
			}
		}
	}
	return out
}

func (s *Session) finding(c *check, g *group, paths []string) Finding {
	return Finding{
		Paths: paths, Level: c.level, Check: c.name, Reason: g.reasons[c.key()], check: c, group: g, field: c.field,
		Fault: fault.New(fault.Invalid, "form.blocked").WithField(paths[0]).With("check", c.name),
	}
}

// defects tells that a condition cannot be run.
func (s *Session) defects() []Finding {
	if len(s.broken) == 0 {
		return nil
	}
	first := broken{step: len(s.form.steps)}
	for b := range s.broken {
		if b.step < first.step || b.step == first.step && b.g.at < first.g.at {
			first = b
		}
	}
	return []Finding{{Level: Block, Fault: fault.New(fault.Internal, "form.rule").WithCause(s.broken[first])}}
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
