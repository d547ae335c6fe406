// SPDX-License-Identifier: Apache-2.0

package sample

import (
	_ "embed"
	"encoding/json"
)

//go:embed names.json
var namesFile []byte

// words are the names to choose from. Given names come in three generations: born before 1965, before 1995, later.
var words = func() (w struct {
	Surnames   []string   `json:"surnames"` // the frequent ones several times
	Male       [][]string `json:"male"`
	Female     [][]string `json:"female"`
	Rare       []string   `json:"rare"` // with characters of village names that few fonts have
	Shops      []string   `json:"shops"`
	Industries []string   `json:"industries"` // of the shops, in their order
}) {
	if err := json.Unmarshal(namesFile, &w); err != nil {
		panic("sample: names.json: " + err.Error())
	}
	return w
}()

// rareNames is how many given names in a thousand have a rare character.
const rareNames = 15

// given returns a given name that fits sex and year of birth.
func (d *dice) given(male bool, born int) string {
	if d.chance(rareNames) {
		return pick(d, words.Rare)
	}
	generation := 2
	switch {
	case born < 1965:
		generation = 0
	case born < 1995:
		generation = 1
	}
	if male {
		return pick(d, words.Male[generation])
	}
	return pick(d, words.Female[generation])
}
