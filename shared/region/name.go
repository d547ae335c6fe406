// SPDX-License-Identifier: Apache-2.0

package region

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// nameEnding maps an ending of official village names to what remains of it. The list is what the data of 2023 has,
// slips included ("居委会会", "村民委会"), longest first.
type nameEnding struct{ full, short string }

var nameEndings = []nameEnding{
	{"村居民委员会", "村"},
	{"社区居民委员会", "社区"}, {"社区居委委员会", "社区"}, {"社区居委员会", "社区"}, {"社区居委会会", "社区"},
	{"社区委员会", "社区"}, {"社区居委会", "社区"}, {"社区居委", "社区"},
	{"类似居委会", ""}, {"居民委员会", ""}, {"居委会", ""},
	{"村民委员会", "村"}, {"村民委会", "村"}, {"村委会", "村"},
}

// shortName returns the everyday form of a village-level name, always a prefix of it: 大沙村委会 → 大沙村,
// 程村村委会 → 程村, 金花社区居民委员会 → 金花社区, 城东居委会 → 城东. Names that are only an ending stay whole.
// Tree gives a unit its full name instead where the short one would be ambiguous.
func shortName(name string) string {
	for _, e := range nameEndings {
		stem, found := strings.CutSuffix(name, e.full)
		if !found {
			continue
		}
		if stem == "" {
			return name
		}
		// 程村 + 村委会: the village is 程村, not 程村村.
		if e.short == "村" && strings.HasSuffix(stem, "村") && utf8.RuneCountInString(stem) > 1 {
			return stem
		}
		return name[:len(stem)+len(e.short)]
	}
	return name
}

// rankWords end a name without being part of what people call the place; longer ones before their own endings.
var rankWords = []string{
	"类似居委会", "居民委员会", "村民委员会", "居委会", "村委会", "渔委会",
	"街道", "社区", "省", "市", "区", "县", "镇", "乡", "村",
}

// stemOf returns a short name without its rank word: 大沙镇 → 大沙. At least two characters remain (城区 stays).
func stemOf(short string) string {
	for _, w := range rankWords {
		stem, found := strings.CutSuffix(short, w)
		if found && utf8.RuneCountInString(stem) >= 2 {
			return stem
		}
	}
	return short
}

// isBare reports whether a short name lacks a rank word, so that it could be taken for the town or a village.
func isBare(short string) bool {
	ends := func(w string) bool { return strings.HasSuffix(short, w) }
	return !slices.ContainsFunc(rankWords, ends)
}
