// SPDX-License-Identifier: Apache-2.0

package scoring_test

import (
	"maps"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/scoring"
)

// TestOtherSystems: one engine carries the other two systems as well: 仲恺's 18 core and 22 local indicators with weights by stage, and
// 荔湾's 23 dimensions in four aspects. The cards are of this test; their cases, worked by hand, run when they are parsed.
func TestOtherSystems(t *testing.T) {
	for name, want := range map[string]map[string]int{
		"zhongkai": {"tech": 7, "growth": 6, "aid": 5, "talent": 5, "platform": 4, "result": 6, "contest": 3, "credit": 4},
		"liwan":    {"basic": 6, "trust": 6, "breach": 6, "other": 5},
	} {
		file, err := os.Open("testdata/card-" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		c, err := scoring.Parse(file)
		if closed := file.Close(); err != nil || closed != nil {
			t.Fatal(err, closed)
		}
		got, ways := map[string]int{}, map[string]bool{}
		for _, it := range c.Items {
			got[it.Group]++
			for way, is := range map[string]bool{"bins": it.Bins != nil, "codes": it.Codes != nil, "curve": it.Curve != nil, "formula": it.Formula != "", "peers": it.Peer != ""} {
				ways[way] = ways[way] || is
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: items of groups: %s", name, diff)
		}
		if len(ways) != 5 || !maps.Equal(ways, map[string]bool{"bins": true, "codes": true, "curve": true, "formula": true, "peers": true}) {
			t.Errorf("%s: it has %v", name, ways)
		}
	}
}
