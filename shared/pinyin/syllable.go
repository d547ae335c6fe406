// SPDX-License-Identifier: Apache-2.0

package pinyin

import "strings"

// maxSyllable is the length of the longest spelling: zhuang.
const maxSyllable = 6

// spelling is one way to spell a syllable.
type spelling struct {
	syllable uint16
	fuzzy    bool
}

// aliases are spellings of ü that people use beside v: in passports (lyu) and from the schoolbook (lue).
var aliases = map[string][]string{
	"lv": {"lyu"}, "nv": {"nyu"}, "lve": {"lue", "lyue"}, "nve": {"nue", "nyue"},
}

// initialPairs and finalPairs are heard alike in Cantonese. Each pair holds in both directions.
var (
	initialPairs = [][2]string{{"zh", "z"}, {"ch", "c"}, {"sh", "s"}, {"n", "l"}}
	finalPairs   = [][2]string{{"ing", "in"}, {"eng", "en"}}
)

// initialOf returns the consonant a syllable begins with, two letters for zh, ch and sh; of a syllable without one,
// its first letter.
func initialOf(syllable string) string {
	if len(syllable) > 1 && syllable[1] == 'h' {
		return syllable[:2]
	}
	return syllable[:1]
}

// exactSpellings returns how a syllable is spelled by the book, itself first.
func exactSpellings(syllable string) []string {
	return append([]string{syllable}, aliases[syllable]...)
}

// fuzzySpellings returns how somebody may spell a syllable who mixes up the pairs: another initial, another final, both.
func fuzzySpellings(syllable string) []string {
	initials := swap(syllable, initialPairs, strings.HasPrefix, func(s, from, to string) string { return to + s[len(from):] })
	finals := func(s string) []string {
		return swap(s, finalPairs, strings.HasSuffix, func(s, from, to string) string { return s[:len(s)-len(from)] + to })
	}
	all := append(initials, finals(syllable)...)
	for _, s := range initials {
		all = append(all, finals(s)...)
	}
	return all
}

// swap returns s with the first pair that fits exchanged for its partner; the longer of a pair comes first in it, so
// that zh is never taken for z.
func swap(s string, pairs [][2]string, fits func(s, part string) bool, exchange func(s, from, to string) string) []string {
	for _, p := range pairs {
		for i, from := range p {
			if fits(s, from) {
				return []string{exchange(s, from, p[1-i])}
			}
		}
	}
	return nil
}

// spellings is every way to spell every syllable.
type spellings struct {
	// full finds syllables by a spelling.
	full map[string][]spelling
	// begun finds syllables by the beginning of a spelling, shorter than it.
	begun map[string][]spelling
	// initial finds syllables by their initial, and by the first letter of zh, ch and sh.
	initial map[string][]spelling
}

func newSpellings(syllables []string) *spellings {
	s := &spellings{
		full: make(map[string][]spelling), begun: make(map[string][]spelling), initial: make(map[string][]spelling),
	}
	for i, syllable := range syllables {
		id := uint16(i)
		for _, text := range exactSpellings(syllable) {
			s.add(text, spelling{id, false})
		}
		for _, text := range fuzzySpellings(syllable) {
			s.add(text, spelling{id, true})
		}
		first := initialOf(syllable)
		put(s.initial, first, spelling{id, false})
		if len(first) == 2 {
			put(s.initial, first[:1], spelling{id, false})
		}
	}
	return s
}

func (s *spellings) add(text string, sp spelling) {
	put(s.full, text, sp)
	for n := 1; n < len(text); n++ {
		put(s.begun, text[:n], sp)
	}
}

// put adds a spelling once; a syllable that is there exactly is not added as fuzzy.
func put(to map[string][]spelling, text string, sp spelling) {
	for _, known := range to[text] {
		if known.syllable == sp.syllable {
			return // exact ones are added first
		}
	}
	to[text] = append(to[text], sp)
}
