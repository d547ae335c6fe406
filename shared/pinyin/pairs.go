// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"fmt"
	"strings"
)

// Pair names two spellings that people mix up whose mother tongue keeps them apart otherwise than Mandarin does, or not
// at all. Each holds in both directions and is switched on by itself, see [Load].
type Pair string

// The pairs. Cantonese has neither retroflex initials nor an r, hears n as l, and has f where Mandarin has hu before a
// vowel (花 faa, 火 fo, 灰 fui, 湖 wu beside 虎 fu); the finals in n and ng are mixed up by speakers of Hakka and Teochew
// dialects and by who learned Mandarin late.
const (
	ZhZ   Pair = "zh/z"
	ChC   Pair = "ch/c"
	ShS   Pair = "sh/s"
	NL    Pair = "n/l"
	RL    Pair = "r/l"
	FH    Pair = "f/h"
	InIng Pair = "in/ing"
	EnEng Pair = "en/eng"
	AnAng Pair = "an/ang"
)

// Pairs returns all pairs there are.
func Pairs() []Pair { return []Pair{ZhZ, ChC, ShS, NL, RL, FH, InIng, EnEng, AnAng} }

// exchange is what a pair exchanges, at the beginning of a syllable, at its end, or the syllable as a whole. The longer
// of two stands first, so that zh is never taken for z.
type exchange struct {
	place      place
	long, tiny string
}

type place uint8

const (
	initial place = iota
	final
	whole
)

var exchanges = map[Pair][]exchange{
	ZhZ:   {{initial, "zh", "z"}},
	ChC:   {{initial, "ch", "c"}},
	ShS:   {{initial, "sh", "s"}},
	NL:    {{initial, "n", "l"}},
	RL:    {{initial, "r", "l"}},
	InIng: {{final, "ing", "in"}},
	EnEng: {{final, "eng", "en"}},
	AnAng: {{final, "ang", "an"}},
	// Only before u: fa for ha is nobody's mistake, and would bring in noise.
	FH: {
		{whole, "hu", "fu"}, {whole, "hua", "fa"}, {whole, "huo", "fo"}, {whole, "hui", "fei"}, {whole, "huan", "fan"},
		{whole, "hun", "fen"}, {whole, "huang", "fang"},
	},
}

// mixer gives the spellings of who mixes up some pairs.
type mixer []exchange

func newMixer(on []Pair) (mixer, error) {
	var m mixer
	for _, p := range on {
		known, ok := exchanges[p]
		if !ok {
			return nil, fmt.Errorf("there is no pair of spellings %q", p)
		}
		m = append(m, known...)
	}
	return m, nil
}

// fuzzy returns how somebody may spell a syllable who mixes up the pairs: another initial, another final, both.
func (m mixer) fuzzy(syllable string) []string {
	all := append(m.swap(syllable, whole), m.swap(syllable, initial)...)
	for _, s := range append([]string{syllable}, all...) {
		all = append(all, m.swap(s, final)...)
	}
	return all
}

// swap returns s with each exchange of a place that fits made by itself.
func (m mixer) swap(s string, at place) (all []string) {
	for _, e := range m {
		if e.place != at {
			continue
		}
		if swapped, ok := e.of(s, e.long, e.tiny); ok {
			all = append(all, swapped)
		} else if swapped, ok := e.of(s, e.tiny, e.long); ok {
			all = append(all, swapped)
		}
	}
	return all
}

func (e exchange) of(s, from, to string) (string, bool) {
	switch e.place {
	case initial:
		rest, ok := strings.CutPrefix(s, from)
		return to + rest, ok
	case final:
		rest, ok := strings.CutSuffix(s, from)
		return rest + to, ok
	default:
		return to, s == from
	}
}
