// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"slices"
	"testing"

	"yuexin/agent/stage"
	"yuexin/assets"
	"yuexin/shared/i18n"
)

// TestKeys: on every page each key does one thing, every action has words in both languages, and none can be reached
// neither by a key nor by a button.
func TestKeys(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	p := texts.Printer(i18n.ZhHans)
	a, s := staged(p)
	disagree(a, s)
	h := a.home
	for name, open := range map[string]func() page{
		"households": func() page { return newPeople(h, tabHouseholds) }, "merchants": func() page { return newPeople(h, tabMerchants) },
		"demands": func() page { return newDemands(h) }, "reviews": func() page { return newReviews(h) }, "returns": func() page { return newReturns(h) },
		"household": func() page { return newPerson(h, stage.Chen) }, "merchant": func() page { return newPerson(h, stage.Shop) },
		"demand": func() page { return newDemand(h, stage.Demand) }, "map": func() page { return newMapPage(h) }, "sync": func() page { return newSyncPage(h) },
	} {
		t.Run(name, func(t *testing.T) {
			h.open(open())
			bound := map[stroke]string{}
			for _, c := range slices.Concat(h.pageActions(), h.actions(), h.listActions()) {
				words := a.wordsOf(c)
				switch {
				case c.name == "" && (!p.Has(c.text) || !texts.Printer(i18n.En).Has(c.text)):
					t.Errorf("%s has no words", c.text)
				case c.keys == (stroke{}) && c.place == nowhere:
					t.Errorf("%s cannot be reached", words)
				case c.keys != (stroke{}) && bound[c.keys] != "":
					t.Errorf("%s does %s and %s", c.keys, bound[c.keys], words)
				case c.do == nil:
					t.Errorf("%s does nothing", words)
				}
				if c.keys != (stroke{}) {
					bound[c.keys] = words
				}
			}
		})
	}
}
