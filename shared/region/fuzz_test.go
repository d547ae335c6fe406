// SPDX-License-Identifier: Apache-2.0

package region_test

import (
	"strings"
	"testing"

	"yuexin/shared/region"
)

// FuzzRead: in a tree that is taken every unit below the top has a parent that
// has it as a child, and is found under its name.
func FuzzRead(f *testing.F) {
	f.Add(fewUnits, "沙,sha\n", zonesHead)
	f.Add(unitsHead, "", "")
	f.Add(fewUnits+"441284,四会市,county,4412\n", "", zonesHead+"441284Z,新区,区,4412,441284\n")
	f.Add(unitsHead+"44,\"广\n东\",province,\n", "x", "y")
	f.Fuzz(func(t *testing.T, units, readings, zones string) {
		tree, err := region.Read(region.Source{
			Units: strings.NewReader(units), Readings: strings.NewReader(readings), Zones: strings.NewReader(zones),
		})
		if err != nil {
			return
		}
		for _, u := range tree.Search(region.Query{Limit: 50}) {
			parent, found := tree.Parent(u.Code)
			if !found {
				continue
			}
			if !tree.Contains(parent.Code, u.Code) {
				t.Errorf("%s does not contain its own %s", parent.Code, u.Code)
			}
			if got, found := tree.Unit(u.Code); !found || got.Name != u.Name {
				t.Errorf("%s is %+v", u.Code, got)
			}
		}
	})
}
