// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"strings"
)

// cutRow returns what follows "row.".
func cutRow(path string) (string, bool) { return strings.CutPrefix(path, "row.") }

// sortFields orders the fields so that each comes after all that its visibility reads, and refuses circles.
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
			return fmt.Errorf("field %q: its visibility depends on itself", field.path())
		}
		mark[field.path()] = open
		for _, path := range field.reads() {
			if err := visit(f.byName[path]); err != nil {
				return err
			}
		}
		mark[field.path()] = done
		f.order = append(f.order, field)
		return nil
	}
	for _, s := range f.Sections {
		for _, field := range s.Fields {
			if err := visit(field); err != nil {
				return err
			}
			for _, inner := range field.Fields {
				if err := visit(inner); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// reads lists the fields that the visibility of field depends on.
func (field *Field) reads() []string {
	var paths []string
	if field.parent != nil {
		paths = append(paths, field.parent.Name)
	}
	for _, r := range []*rule{field.when, field.section.when} {
		if r != nil {
			paths = append(paths, r.refs...)
		}
	}
	return paths
}
