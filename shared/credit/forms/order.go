// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"strings"
)

// cutRow returns what follows "row.".
func cutRow(path string) (string, bool) { return strings.CutPrefix(path, "row.") }

// sortFields orders the fields so that each comes after all that its standing reads, and refuses circles.
func (f *Form) sortFields() error {
	const (
		open = 1
		done = 2
	)
	mark := make(map[string]int)
	var visit func(field *Field) error
	visit = func(field *Field) error {
		switch mark[field.path()] {
		case done:
			return nil
		case open:
			return fmt.Errorf("field %q: it depends on itself", field.path())
		}
		mark[field.path()] = open
		reads := field.reads()
		if field.parent != nil {
			reads = append(reads, ref{path: field.parent.Name})
		}
		for _, read := range reads {
			if err := visit(f.byName[read.path]); err != nil {
				return err
			}
		}
		mark[field.path()] = done
		f.order = append(f.order, field)
		return nil
	}
	for _, field := range f.own {
		if err := visit(field); err != nil {
			return err
		}
		for _, inner := range field.Fields {
			if err := visit(inner); err != nil {
				return err
			}
		}
	}
	return nil
}

// reads lists the fields that the standing of field depends on: whether it is visible, and what its answer counts for.
// That a row's field is visible with its rows goes without saying.
func (field *Field) reads() []ref {
	var refs []ref
	if field.Under != "" {
		refs = append(refs, field.under())
	}
	for _, r := range []*rule{field.when, field.section.when, field.compute} {
		if r != nil {
			refs = append(refs, r.refs...)
		}
	}
	return refs
}

// under is the field within whose answer this one must lie: of the same row if there is one of that name, else of the form.
func (field *Field) under() ref {
	if field.parent != nil {
		for _, other := range field.parent.Fields {
			if other.Name == field.Under {
				return ref{other.path(), true}
			}
		}
	}
	return ref{field.Under, false}
}

// step is one thing to find out, once or in each row: how a field stands, whether it must be answered, or whether a check
// holds. Steps stand in an order in which each reads results of earlier ones only.
type step struct {
	field *Field
	check *check // instead of a field
	need  bool   // of the field, whether it must be answered
	rows  *Field // in each row of it; nil for once
	next  []edge // steps to take again when the result is another
}

// edge leads to a step that reads the result of another.
type edge struct {
	to  int
	own bool // in the same row only
}

// link makes the steps of the form and what follows from what.
func (f *Form) link() {
	for _, field := range f.order {
		field.step = len(f.steps)
		f.steps = append(f.steps, step{field: field, rows: field.parent})
	}
	slots := map[*Field]int{}
	for _, field := range f.order {
		refs := []ref{{field.path(), field.parent != nil}}
		for _, c := range field.checks {
			c.slot, slots[field.parent] = slots[field.parent], slots[field.parent]+1
			f.follow(step{check: c, rows: field.parent}, append(refs, c.when.refs...))
		}
		if field.requiredWhen != nil {
			refs = append(refs, field.requiredWhen.refs...)
		}
		f.follow(step{field: field, need: true, rows: field.parent}, refs)
	}
	for _, c := range f.checks {
		c.slot, slots[nil] = slots[nil], slots[nil]+1
		f.follow(step{check: c}, c.when.refs)
	}
	for i, field := range f.order {
		f.edges(i, field.reads())
	}
}

func (f *Form) follow(s step, refs []ref) {
	f.steps = append(f.steps, s)
	f.edges(len(f.steps)-1, refs)
}

// edges notes that a step reads the standing of fields.
func (f *Form) edges(to int, refs []ref) {
	for _, read := range refs {
		if from := f.byName[read.path].step; from != to {
			f.steps[from].next = append(f.steps[from].next, edge{to, read.own})
		}
	}
}
