// SPDX-License-Identifier: Apache-2.0

package region

import (
	"strings"

	"yuexin/shared/fault"
)

// Find finds the unit that a person names by its code, its full or short name, or the end of its path of names ("大沙镇富溪村").
// known, if not nil, says which units may be meant: 富溪村 is one village for a server that knows one, though Guangdong may
// have several.
//
// Faults: those of Resolve for a code; fault.NotFound "region.name.unknown" (name); fault.Conflict "region.name.many" (name,
// places) when several units may be meant.
func (t *Tree) Find(text string, known func(Code) bool) (Unit, error) {
	text = strings.Join(strings.Fields(text), "")
	if text != "" && (text[0] >= '0' && text[0] <= '9') {
		return t.Resolve(text)
	}
	var found []Unit
	for _, u := range t.units {
		if t.called(u, text) && (known == nil || known(u.Code)) {
			found = append(found, u)
		}
	}
	switch len(found) {
	case 0:
		return Unit{}, fault.New(fault.NotFound, "region.name.unknown").With("name", text)
	case 1:
		return found[0], nil
	default:
		return Unit{}, t.ambiguous(text, found)
	}
}

// called says whether text is a name of u. The path of names is looked at only where the unit's own name ends it.
func (t *Tree) called(u Unit, text string) bool {
	if text == u.Name || text == u.Short {
		return true
	}
	if !strings.HasSuffix(text, u.Short) && !strings.HasSuffix(text, u.Name) {
		return false
	}
	path := t.Path(u.Code)
	full := ""
	for _, above := range path[:len(path)-1] {
		full += above.Name
	}
	return strings.HasSuffix(full+u.Name, text) || strings.HasSuffix(full+u.Short, text)
}

// mostNamed is how many places an ambiguous name is shown with.
const mostNamed = 4

func (t *Tree) ambiguous(text string, found []Unit) error {
	var places []string
	for _, u := range found[:min(len(found), mostNamed)] {
		places = append(places, t.PathName(u.Code))
	}
	return fault.New(fault.Conflict, "region.name.many").With("name", text).With("places", strings.Join(places, "；"))
}
