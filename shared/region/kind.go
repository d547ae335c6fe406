// SPDX-License-Identifier: Apache-2.0

package region

import "strconv"

// Level is the rank of a unit, the higher the smaller the place.
type Level uint8

// The levels. A zone is an overlay: it groups towns that the administrative tree counts elsewhere.
const (
	Province Level = iota + 1
	Prefecture
	County
	Town
	Village
	Zone
)

var levelNames = map[Level]string{
	Province: "province", Prefecture: "prefecture", County: "county", Town: "town", Village: "village", Zone: "zone",
}

// String returns the level's name in the data files; "region.level." before it makes the text key.
func (l Level) String() string { return levelNames[l] }

func levelOfLength(n int) Level {
	switch n {
	case 2:
		return Province
	case 4:
		return Prefecture
	case 6:
		return County
	case 9:
		return Town
	case 12:
		return Village
	default:
		return 0
	}
}

// Kind says what sort of town or village a unit is.
type Kind string

// The kinds. The "like" kinds are places that are counted as one without being one: prisons, forest farms, zones.
const (
	KindNone          Kind = ""
	Street            Kind = "street"             // 街道
	MarketTown        Kind = "market_town"        // 镇
	Township          Kind = "township"           // 乡
	TownLike          Kind = "town_like"          // 类似乡级单位
	ResidentCommittee Kind = "resident_committee" // 居委会
	VillageCommittee  Kind = "village_committee"  // 村委会
	ResidentLike      Kind = "resident_like"      // 类似居委会
	VillageLike       Kind = "village_like"       // 类似村委会
)

// kindRange gives a kind the numbers up to and including last.
type kindRange struct {
	last int
	kind Kind
}

// townKinds is GB/T 10114, digits 7–9.
var townKinds = []kindRange{{99, Street}, {199, MarketTown}, {399, Township}, {599, TownLike}}

// villageKinds is the Bureau of Statistics' rule for digits 10–12.
var villageKinds = []kindRange{{199, ResidentCommittee}, {399, VillageCommittee}, {499, ResidentLike}, {599, VillageLike}}

func kindIn(digits Code, ranges []kindRange) Kind {
	n, err := strconv.Atoi(string(digits))
	if err != nil || n < 1 {
		return KindNone
	}
	for _, r := range ranges {
		if n <= r.last {
			return r.kind
		}
	}
	return KindNone
}
