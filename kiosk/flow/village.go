// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// VillageChoice is a village this machine serves.
type VillageChoice struct {
	Scope  ident.Scope
	Region region.Code
	Name   string
	Sample bool
}

// Villages returns the villages this machine serves, by code.
func (f *Flow) Villages() ([]VillageChoice, error) {
	rows, err := f.Store.List(f.ctx, record.Query{Kind: kindUnit, Limit: 1000})
	if err != nil {
		return nil, fmt.Errorf("list villages: %w", err)
	}
	var out []VillageChoice
	for _, row := range rows {
		c := VillageChoice{Scope: row.Header.Scope, Region: region.Code(row.Text("region_code")), Sample: row.Bool("sample")}
		unit, known := f.Regions.Unit(c.Region)
		if c.Name = unit.Short; !known {
			c.Name = row.Text("name")
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b VillageChoice) int { return cmp.Compare(a.Region, b.Region) })
	return out, nil
}

// Pick begins to choose a place by village, group and house number. A machine of one village does not ask for it.
func (f *Flow) Pick() {
	villages, err := f.Villages()
	if err != nil {
		f.fail(err)
		return
	}
	if len(f.guest.home) > 0 {
		villages = f.guest.home
	}
	if len(villages) == 1 {
		f.PickVillage(villages[0])
		return
	}
	f.open(Village)
}

// PickVillage chooses a village.
func (f *Flow) PickVillage(v VillageChoice) {
	f.visit.picking = Spot{Scope: v.Scope, Region: v.Region, Via: Picked, Sample: v.Sample}
	f.open(Group)
}

// doors returns the plates of the village that hang, as places.
func (f *Flow) doors() ([]Spot, error) {
	var out []Spot
	for row, err := range record.Each(f.ctx, f.Store, record.Query{Kind: kindPlate, Scope: f.visit.picking.Scope}) {
		if err != nil {
			return nil, err
		}
		if state := row.Text("plate_state"); state != "void" && state != "replaced" {
			out = append(out, spotOfPlate(row, Picked))
		}
	}
	return out, nil
}

// Groups returns the groups of the village that was chosen, in the order in which people count them.
func (f *Flow) Groups() ([]string, error) {
	doors, err := f.doors()
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, d := range doors {
		groups = append(groups, d.Group)
	}
	slices.SortFunc(groups, byNumber)
	return slices.Compact(groups), nil
}

// PickGroup chooses a group.
func (f *Flow) PickGroup(group string) {
	f.visit.picking.Group = group
	f.open(House)
}

// Houses returns the doors of the group that was chosen, in the order of their numbers. They are numbers and nothing else.
func (f *Flow) Houses() ([]Spot, error) {
	doors, err := f.doors()
	if err != nil {
		return nil, err
	}
	doors = slices.DeleteFunc(doors, func(s Spot) bool { return s.Group != f.visit.picking.Group })
	slices.SortFunc(doors, func(a, b Spot) int { return byNumber(a.House, b.House) })
	return doors, nil
}

// PickHouse chooses a door.
func (f *Flow) PickHouse(s Spot) { f.found(s) }

// PickedName returns what was chosen so far: village and group.
func (f *Flow) PickedName() string {
	unit, _ := f.Regions.Unit(f.visit.picking.Region)
	return strings.TrimSpace(unit.Short + " " + f.visit.picking.Group)
}

// PickNone says that the house has no plate: village and group are known, the rest is asked for.
func (f *Flow) PickNone() {
	spot := f.visit.picking
	spot.Via = NoPlate
	f.found(spot)
}

// byNumber orders names by the first number in them, Arabic or Chinese, then by text: 二组 before 十组, 9号 before 10号.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(numberIn(a), numberIn(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

const chineseDigits = "零一二三四五六七八九"

// numberIn returns the first number in a name, a large one if there is none. Chinese numbers count to 99.
func numberIn(name string) int {
	n, found, tens := 0, false, false
	for _, r := range name {
		digit := strings.Index(chineseDigits, string(r)) / len("零")
		switch {
		case r >= '0' && r <= '9':
			n, found = n*10+int(r-'0'), true
		case strings.ContainsRune(chineseDigits, r) && tens:
			return n + digit
		case strings.ContainsRune(chineseDigits, r):
			n, found = n*10+digit, true
		case r == '十':
			n, found, tens = max(n, 1)*10, true, true
		case found:
			return n
		}
	}
	if !found {
		return 1 << 30
	}
	return n
}
