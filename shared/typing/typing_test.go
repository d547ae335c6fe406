// SPDX-License-Identifier: Apache-2.0

package typing_test

import (
	"slices"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/pinyin"
	"yuexin/shared/region"
	"yuexin/shared/typing"
)

func mustLoad(t *testing.T) (*typing.Kit, *region.Tree) {
	t.Helper()
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := region.Load(assets.Regions())
	if err != nil {
		t.Fatal(err)
	}
	return kit, tree
}

func TestNear(t *testing.T) {
	kit, tree := mustLoad(t)
	near := kit.Near(tree, []region.Code{"441284105203"}) // 富溪村 of 大沙镇, 四会市, 肇庆市
	weights := kit.Settings.Near
	tests := map[string]uint8{
		"富溪村": weights.Town, "富溪": weights.Town, "陈涌村": weights.Town, "大沙镇": weights.Town, "大沙": weights.Town,
		"四会": weights.County, "地豆镇": weights.County,
		"肇庆": weights.Prefecture, "广宁": weights.Prefecture,
		"荔湾": 0, "广东": 0, "陈秀英": 0,
	}
	for name, want := range tests {
		if near[name] != want {
			t.Errorf("%s gains %d, want %d", name, near[name], want)
		}
	}
	if got := kit.Near(tree, []region.Code{"999999999999"}); len(got) > 0 {
		t.Errorf("near a place that does not exist are %d places", len(got))
	}
	if got := kit.Near(tree, nil); len(got) > 0 {
		t.Errorf("near nothing are %d places", len(got))
	}
}

// TestSettings: what a county could change is in order.
func TestSettings(t *testing.T) {
	kit, _ := mustLoad(t)
	s := kit.Settings
	if s.Version != 1 || len(s.Pairs) != len(pinyin.Pairs()) || len(s.Surnames) != 12 {
		t.Errorf("version %d, %d pairs, %d surnames", s.Version, len(s.Pairs), len(s.Surnames))
	}
	if s.Near.Town <= s.Near.County || s.Near.County <= s.Near.Prefecture {
		t.Errorf("nearer places do not gain more: %+v", s.Near)
	}
	if _, err := kit.NewLocal(); err != nil {
		t.Error(err)
	}
}

// Every how manieth village of Guangdong is typed, and how many per cent must stand among the first eight candidates of a
// machine in the same village, which is a page in the large mode.
const (
	everyVillage = 120
	leastFound   = 95
	page         = 8
)

// TestVillagesOfGuangdong types villages of the whole province, each on a machine that stands there.
func TestVillagesOfGuangdong(t *testing.T) {
	kit, tree := mustLoad(t)
	var villages []region.Unit
	var walk func(code region.Code)
	walk = func(code region.Code) {
		for _, u := range tree.Children(code) {
			if u.Level == region.Village {
				villages = append(villages, u)
			}
			walk(u.Code)
		}
	}
	walk("44")
	typed, found := 0, 0
	for i := 0; i < len(villages); i += everyVillage {
		v := villages[i]
		local, err := kit.NewLocal()
		if err != nil {
			t.Fatal(err)
		}
		local.SetNear(kit.Near(tree, []region.Code{v.Code}))
		input := strings.ReplaceAll(tree.Pinyin(v.Code), " ", "")
		all := kit.Engine.Candidates(pinyin.Query{Input: input, Local: local})
		first := all[:min(page, len(all))]
		typed++
		if slices.ContainsFunc(first, func(c pinyin.Candidate) bool { return c.Text == v.Short || c.Text == v.Stem() }) {
			found++
		} else if len([]rune(v.Short)) <= 8 {
			t.Logf("%s is not on the first page of %s", v.Short, input)
		}
	}
	if share := 100 * float64(found) / float64(typed); share < leastFound {
		t.Errorf("%.1f %% of %d villages are on the first page, want %d %%", share, typed, leastFound)
	}
}
