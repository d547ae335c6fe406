// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"slices"
)

// Compatible reports why a catalogue may not follow another: what was written under
// the older one has to mean the same under the newer, and nobody may come to read
// more than they could. Kinds and fields stay, a field keeps its format, its class
// does not fall, and no choice goes. What is new costs nothing: no stored row changes.
func Compatible(old, next *Catalogue) error {
	for _, name := range old.Kinds() {
		was, _ := old.Kind(name)
		is, known := next.Kind(name)
		switch {
		case !known:
			return fmt.Errorf("kind %q is gone", name)
		case is.Nature != was.Nature:
			return fmt.Errorf("kind %q: nature %s became %s", name, was.Nature, is.Nature)
		case was.Signed && !is.Signed:
			return fmt.Errorf("kind %q: was signed by its author and is not any more", name)
		}
		for _, f := range was.Fields {
			if err := compatible(f, is.byName[f.Name]); err != nil {
				return fmt.Errorf("kind %q: field %q %w", name, f.Name, err)
			}
		}
	}
	return nil
}

func compatible(was, is FieldDef) error {
	switch {
	case is.Name == "":
		return fmt.Errorf("is gone")
	case is.Format != was.Format:
		return fmt.Errorf("was %s and became %s", was.Format, is.Format)
	case is.Class < was.Class:
		return fmt.Errorf("was of class %d and became class %d", was.Class, is.Class)
	}
	for _, c := range was.Choices {
		if !slices.Contains(is.Choices, c) {
			return fmt.Errorf("has lost the choice %q", c)
		}
	}
	return nil
}
