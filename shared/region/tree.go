// SPDX-License-Identifier: Apache-2.0

package region

import (
	"slices"
	"sort"
	"strings"

	"yuexin/shared/fault"
)

// Unit is one place.
type Unit struct {
	Code   Code
	Name   string // as published: 大沙村委会
	Short  string // what people say: 大沙村; unique among the children of one parent
	Level  Level
	Kind   Kind
	Parent Code
}

// IsZero reports whether the unit names nothing.
func (u Unit) IsZero() bool { return u.Code == "" }

// Stem returns the short name without the word for its rank, which people often leave out: 大沙镇 → 大沙. At least two
// characters remain.
func (u Unit) Stem() string { return stemOf(u.Short) }

// Tree is all units and zones. It never changes after loading; methods may be called concurrently.
type Tree struct {
	units    []Unit // in code order, which is the order of a walk from the root down
	end      []int  // end[i] is the index after the last unit below units[i]
	zones    []zone // in code order
	readings readings
}

type zone struct {
	unit    Unit
	members []Code // in code order
}

// Len returns the number of units, zones not counted.
func (t *Tree) Len() int { return len(t.units) }

// Unit returns the unit or zone with this code.
func (t *Tree) Unit(code Code) (Unit, bool) {
	if code.Level() == Zone {
		z, found := t.zone(code)
		return z.unit, found
	}
	i, found := t.index(code)
	if !found {
		return Unit{}, false
	}
	return t.units[i], true
}

// Resolve finds the unit of a code as a person types it, in any of the forms ParseCode takes and with the trailing
// zeros of the 6-digit forms (440000, 441200).
//
// Faults are those of ParseCode, and fault.NotFound with key "region.code.unknown" (code).
func (t *Tree) Resolve(text string) (Unit, error) {
	code, err := ParseCode(text)
	if err != nil {
		return Unit{}, err
	}
	for c := code; ; c = c[:len(c)-2] {
		if u, found := t.Unit(c); found {
			return u, nil
		}
		if len(c) > 6 || len(c) < 4 || !strings.HasSuffix(string(c), "00") {
			return Unit{}, fault.New(fault.NotFound, "region.code.unknown").With("code", string(code)).WithField(codeField)
		}
	}
}

// Parent returns the unit above. A province has none. The parent of a zone is its prefecture.
func (t *Tree) Parent(code Code) (Unit, bool) {
	u, found := t.Unit(code)
	if !found || u.Parent == "" {
		return Unit{}, false
	}
	return t.Unit(u.Parent)
}

// Children returns the units directly below, in code order; the members of a zone. Zones are not among the children of
// their prefecture.
func (t *Tree) Children(code Code) []Unit {
	if z, found := t.zone(code); found {
		return t.lookUp(z.members)
	}
	i, found := t.index(code)
	if !found {
		return nil
	}
	var out []Unit
	for j := i + 1; j < t.end[i]; j = t.end[j] {
		out = append(out, t.units[j])
	}
	return out
}

// Path returns the units from the province down to this one, both included; nil for an unknown code.
func (t *Tree) Path(code Code) []Unit {
	var path []Unit
	for u, found := t.Unit(code); found; u, found = t.Unit(u.Parent) {
		path = append(path, u)
	}
	slices.Reverse(path)
	return path
}

// PathName returns the short names of the path with spaces between: "广东省 肇庆市 四会市 大沙镇 富溪村". A county that only
// repeats its prefecture (东莞市, 中山市) is named once.
func (t *Tree) PathName(code Code) string {
	var names []string
	for _, u := range t.Path(code) {
		if len(names) == 0 || names[len(names)-1] != u.Short {
			names = append(names, u.Short)
		}
	}
	return strings.Join(names, " ")
}

// Contains reports whether the unit is the scope itself or lies below it; a zone contains its members and what is
// below them. Unknown codes contain nothing.
func (t *Tree) Contains(scope, code Code) bool {
	if _, found := t.Unit(code); !found {
		return false
	}
	if scope == code {
		return true
	}
	if z, found := t.zone(scope); found {
		return slices.ContainsFunc(z.members, func(m Code) bool { return t.Contains(m, code) })
	}
	if code.Level() == Zone {
		code = code.Parent()
	}
	_, found := t.index(scope)
	return found && strings.HasPrefix(string(code), string(scope))
}

// Zones returns all functional zones in code order.
func (t *Tree) Zones() []Unit {
	out := make([]Unit, len(t.zones))
	for i, z := range t.zones {
		out[i] = z.unit
	}
	return out
}

// ZonesOf returns the functional zones that contain the unit.
func (t *Tree) ZonesOf(code Code) []Unit {
	var out []Unit
	for _, z := range t.zones {
		if code != z.unit.Code && t.Contains(z.unit.Code, code) {
			out = append(out, z.unit)
		}
	}
	return out
}

// Pinyin returns the reading of a unit's short name, syllables separated by spaces: "da sha zhen".
func (t *Tree) Pinyin(code Code) string {
	u, found := t.Unit(code)
	if !found {
		return ""
	}
	var syllables []string
	for _, of := range t.readings.of(nil, u.Short) {
		if len(of) > 0 && of[0] != "" {
			syllables = append(syllables, of[0])
		}
	}
	return strings.Join(syllables, " ")
}

func (t *Tree) index(code Code) (int, bool) {
	i := t.lowerBound(code)
	return i, i < len(t.units) && t.units[i].Code == code
}

// lowerBound returns the index of the first unit whose code is not below this one.
func (t *Tree) lowerBound(code Code) int {
	return sort.Search(len(t.units), func(i int) bool { return t.units[i].Code >= code })
}

func (t *Tree) zone(code Code) (zone, bool) {
	for _, z := range t.zones {
		if z.unit.Code == code {
			return z, true
		}
	}
	return zone{}, false
}

func (t *Tree) lookUp(codes []Code) []Unit {
	out := make([]Unit, 0, len(codes))
	for _, c := range codes {
		if u, found := t.Unit(c); found {
			out = append(out, u)
		}
	}
	return out
}
