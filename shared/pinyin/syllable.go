// SPDX-License-Identifier: Apache-2.0

package pinyin

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

// spellings is every way to spell every syllable.
type spellings struct {
	mixed mixer
	// full finds syllables by a spelling.
	full map[string][]spelling
	// begun finds syllables by the beginning of a spelling, shorter than it.
	begun map[string][]spelling
	// initial finds syllables by their initial, and by the first letter of zh, ch and sh.
	initial map[string][]spelling
}

// newSpellings also takes in the spellings of who mixes up pairs.
func newSpellings(syllables []string, mixed mixer) *spellings {
	s := &spellings{
		mixed: mixed,
		full:  make(map[string][]spelling), begun: make(map[string][]spelling), initial: make(map[string][]spelling),
	}
	for i, syllable := range syllables {
		id := uint16(i)
		for _, text := range exactSpellings(syllable) {
			s.add(text, spelling{id, false})
		}
		for _, text := range mixed.fuzzy(syllable) {
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
