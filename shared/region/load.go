// SPDX-License-Identifier: Apache-2.0

package region

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// The files Load reads.
const (
	UnitsFile    = "regions-guangdong.csv" // code,name,level,parent
	ReadingsFile = "pinyin.csv"            // text,readings
	ZonesFile    = "overlays.csv"          // code,name,short,parent,members
)

// Source is the data of a tree as comma-separated text with a header line and without quoting. Readings and Zones may
// be nil: there is then no search by pinyin, and there are no zones.
type Source struct {
	Units, Readings, Zones io.Reader
}

// Load reads the three files from a folder, normally assets.Regions().
func Load(fsys fs.FS) (*Tree, error) {
	var files [3]fs.File
	for i, name := range []string{UnitsFile, ReadingsFile, ZonesFile} {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, fmt.Errorf("load regions: %w", err)
		}
		defer func() { _ = f.Close() }() // read only: nothing can be lost
		files[i] = f
	}
	return Read(Source{Units: files[0], Readings: files[1], Zones: files[2]})
}

// Read builds a tree. It refuses a code that is malformed or double, a level that does not fit its code, a parent that
// is missing or not the code's own, and a zone with an unknown or repeated member; the error names the line.
func Read(src Source) (*Tree, error) {
	t := &Tree{readings: make(readings)}
	steps := []struct {
		name    string
		from    io.Reader
		columns int
		take    func(row []string) error
		grow    func(rows int)
	}{
		{"readings", src.Readings, 2, t.readings.add, func(int) {}},
		{"units", src.Units, 4, t.addUnit, func(rows int) { t.units = make([]Unit, 0, rows) }},
		{"zones", src.Zones, 5, t.addZone, func(int) {}},
	}
	for _, s := range steps {
		if s.from == nil {
			continue
		}
		if err := eachRow(s.from, s.columns, s.grow, s.take); err != nil {
			return nil, fmt.Errorf("read region %s: %w", s.name, err)
		}
		if s.name == "units" {
			if err := t.link(); err != nil {
				return nil, fmt.Errorf("read region units: %w", err)
			}
		}
	}
	slices.SortFunc(t.zones, func(a, b zone) int { return cmp.Compare(a.unit.Code, b.unit.Code) })
	return t, nil
}

// eachRow calls grow once with the number of lines, then take for each line after the header. The row is only valid
// during the call; its strings stay.
func eachRow(r io.Reader, columns int, grow func(rows int), take func(row []string) error) error {
	var text strings.Builder
	if f, ok := r.(fs.File); ok {
		if info, err := f.Stat(); err == nil {
			text.Grow(int(info.Size()))
		}
	}
	if _, err := io.Copy(&text, r); err != nil {
		return err
	}
	grow(strings.Count(text.String(), "\n"))
	row := make([]string, columns)
	number := 0
	for line := range strings.Lines(text.String()) {
		if number++; number == 1 {
			continue
		}
		if err := splitRow(strings.TrimRight(line, "\r\n"), row); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := take(row); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	return nil
}

// splitRow is not encoding/csv because that takes longer than the whole loading may, and the files have no quotes.
func splitRow(line string, row []string) error {
	if strings.Contains(line, `"`) || strings.Count(line, ",") != len(row)-1 {
		return fmt.Errorf("want %d unquoted columns", len(row))
	}
	for i := range row {
		row[i], line, _ = strings.Cut(line, ",")
	}
	return nil
}

func (t *Tree) addUnit(row []string) error {
	code, err := exactCode(row[0])
	if err != nil {
		return err
	}
	u := Unit{Code: code, Name: row[1], Short: row[1], Level: code.Level(), Kind: code.Kind(), Parent: code.Parent()}
	switch {
	case u.Name == "":
		return errors.New("no name")
	case u.Level == Zone || u.Level.String() != row[2]:
		return fmt.Errorf("level %q does not fit code %s", row[2], code)
	case u.Level > Province && row[3] != string(u.Parent):
		return fmt.Errorf("parent %q of %s", row[3], code)
	}
	if u.Level == Village {
		u.Short = shortName(u.Name)
	}
	t.units = append(t.units, u)
	return nil
}

// exactCode takes a code in its canonical form only: a data file has no reason to be forgiven.
func exactCode(s string) (Code, error) {
	code, err := ParseCode(s)
	if err != nil {
		return "", err
	}
	if string(code) != s {
		return "", fmt.Errorf("region code %s is not in short form", code)
	}
	return code, nil
}

// link sorts the units, checks that every parent is there, and computes ends and unambiguous short names.
func (t *Tree) link() error {
	slices.SortFunc(t.units, func(a, b Unit) int { return cmp.Compare(a.Code, b.Code) })
	t.end = make([]int, len(t.units))
	var open []int // the path from the root to the previous unit
	for i, u := range t.units {
		for len(open) > 0 && t.units[open[len(open)-1]].Level >= u.Level {
			t.end[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
		if i > 0 && t.units[i-1].Code == u.Code {
			return fmt.Errorf("code %s is there twice", u.Code)
		}
		if u.Level > Province && (len(open) == 0 || t.units[open[len(open)-1]].Code != u.Parent) {
			return fmt.Errorf("code %s has no parent %s", u.Code, u.Parent)
		}
		open = append(open, i)
	}
	for _, i := range open {
		t.end[i] = len(t.units)
	}
	t.settleShortNames()
	return nil
}

// settleShortNames gives back the full name where a short one could mean two places: the resident committee 大沙居委会
// beside 大沙村 in 大沙镇, or two siblings with equal short names.
func (t *Tree) settleShortNames() {
	shorts, stems := make(map[string]int), make(map[string]int)
	for i, town := range t.units {
		if town.Level != Town || t.end[i] == i+1 {
			continue
		}
		villages := t.units[i+1 : t.end[i]]
		clear(shorts)
		clear(stems)
		stems[stemOf(town.Name)]++
		for _, v := range villages {
			shorts[v.Short]++
			stems[stemOf(v.Short)]++
		}
		for j, v := range villages {
			if shorts[v.Short] > 1 || isBare(v.Short) && stems[v.Short] > 1 {
				villages[j].Short = v.Name
			}
		}
	}
}

func (t *Tree) addZone(row []string) error {
	code, err := exactCode(row[0])
	if err != nil {
		return err
	}
	u := Unit{Code: code, Name: row[1], Short: row[2], Level: code.Level(), Parent: code.Parent()}
	if u.Level != Zone || u.Name == "" || u.Short == "" || row[3] != string(u.Parent) {
		return fmt.Errorf("zone %s: want a zone code, two names and the prefecture of the code as parent", code)
	}
	if _, double := t.zone(code); double {
		return fmt.Errorf("zone %s is there twice", code)
	}

	z := zone{unit: u}
	for _, m := range strings.Fields(row[4]) {
		member, known := t.Unit(Code(m))
		if !known || member.Level == Zone || slices.Contains(z.members, member.Code) {
			return fmt.Errorf("zone %s: member %s is unknown or there twice", code, m)
		}
		z.members = append(z.members, member.Code)
	}
	if len(z.members) == 0 {
		return fmt.Errorf("zone %s has no members", code)
	}
	slices.Sort(z.members)
	t.zones = append(t.zones, z)
	return nil
}
