// SPDX-License-Identifier: Apache-2.0

package assets_test

import (
	"testing"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/region"
)

func mustCatalogue(t *testing.T) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTextsAreComplete(t *testing.T) {
	for _, problem := range i18n.Check(mustCatalogue(t)) {
		t.Error(problem)
	}
}

// TestTextsOfKeysMadeUp covers keys that the programs put together, which no search in the source would find.
func TestTextsOfKeysMadeUp(t *testing.T) {
	var keys []string
	for _, kind := range fault.Kinds() {
		if kind != fault.OK {
			keys = append(keys, kind.Key(), kind.Key()+".hint")
		}
	}
	for level := region.Province; level <= region.Zone; level++ {
		keys = append(keys, "region.level."+level.String())
	}
	for _, kind := range []region.Kind{
		region.Street, region.MarketTown, region.Township, region.TownLike, region.ResidentCommittee,
		region.VillageCommittee, region.ResidentLike, region.VillageLike,
	} {
		keys = append(keys, "region.kind."+string(kind))
	}
	for _, unit := range []string{"minutes", "hours", "days"} {
		keys = append(keys, "time.ago."+unit, "time.span."+unit)
	}
	p := mustCatalogue(t).Printer(i18n.ZhHans)
	for _, key := range append(keys, "time.span.seconds") {
		if !p.Has(key) {
			t.Errorf("no text for %s", key)
		}
	}
}

func TestRegionFaultsAreExplained(t *testing.T) {
	tree, err := region.Load(assets.Regions())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ text, want string }{
		{"4412x4", "行政区划代码第 5 位“x”不是数字。"},
		{"44128", "行政区划代码位数不对：填了 5 位。"},
		{"441299", "没有代码为 441299 的地方。"},
	}
	c := mustCatalogue(t)
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			_, err := tree.Resolve(tt.text)
			if got, hint := c.Printer(i18n.ZhHans).Explain(err); got != tt.want || hint == "" {
				t.Errorf("Explain = %q, %q; want %q and a hint", got, hint, tt.want)
			}
		})
	}
	if got := c.Missing(); len(got) != 0 {
		t.Errorf("missing texts: %v", got)
	}
}
