// SPDX-License-Identifier: Apache-2.0

package region

import (
	"math"
	"unicode/utf8"
)

// How a query was typed and where it matched; smaller is better. The order of costs is: all but mixed matches by place,
// then by manner; mixed ones last, because taking some syllables whole and others by initial finds much by accident.
const (
	byHan = iota
	byFullPinyin
	byInitials
	byMixture
)

const (
	wholeName = iota
	beginning
	inside
)

const noMatch = math.MaxInt

func costOf(place, manner int) int {
	if manner == byMixture {
		return 10 + place
	}
	return place*byMixture + manner
}

// matcher holds buffers that are reused from name to name.
type matcher struct {
	query     []rune
	name      []rune
	syllables [][]string
	ends      [3]int // lengths in characters that count as the whole name: stem, short, full
	start     int
	best      int
}

// cost returns how well the query matches the name, noMatch when it does not. A match begins inside the stem
// of the name and may run on into the rest, so that "村" or "居委会" alone does not match every village.
func (m *matcher) cost(r readings, query []rune, name, short string) int {
	m.query, m.best = query, noMatch
	m.name = m.name[:0]
	for _, c := range name {
		m.name = append(m.name, c)
	}
	m.syllables = r.of(m.syllables[:0], name)
	stemLen := utf8.RuneCountInString(stemOf(short))
	m.ends = [3]int{stemLen, utf8.RuneCountInString(short), len(m.name)}

	for m.start = 0; m.start < stemLen; m.start++ {
		m.walk(m.start, 0, tally{})
	}
	return m.best
}

// tally counts how the characters so far were matched.
type tally struct {
	full, initial int
	openEnd       bool // the last syllable was typed in part
}

func (t tally) manner() int {
	switch {
	case t.full+t.initial == 0:
		return byHan
	case t.initial == 0, t.full > 0 && t.initial == 1 && t.openEnd:
		return byFullPinyin
	case t.full == 0:
		return byInitials
	default:
		return byMixture
	}
}

// walk matches the query from character at with the name from character i, trying every way.
func (m *matcher) walk(i, at int, t tally) {
	if at == len(m.query) {
		m.record(i, t)
		return
	}
	if i == len(m.name) {
		return
	}
	if m.name[i] == m.query[at] {
		m.walk(i+1, at+1, t)
		return
	}
	if c := m.query[at]; c < 'a' || c > 'z' {
		return
	}
	if m.syllables[i] == nil && i > m.start {
		m.walk(i+1, at, t) // punctuation inside a name is not typed
	}
	for _, s := range m.syllables[i] {
		m.walkSyllable(i, at, s, t)
	}
}

func (m *matcher) walkSyllable(i, at int, s string, t tally) {
	if s == "" {
		if i > m.start {
			m.walk(i+1, at, t)
		}
		return
	}
	common := 0
	for common < len(s) && at+common < len(m.query) && m.query[at+common] == rune(s[common]) {
		common++
	}
	rest := len(m.query) - at
	switch {
	case common == len(s):
		m.walk(i+1, at+common, tally{full: t.full + 1, initial: t.initial})
	case common == rest && common > 1: // the query ends within the syllable
		m.walk(i+1, at+common, tally{full: t.full, initial: t.initial + 1, openEnd: t.initial == 0})
	}
	if common == 0 || len(s) == 1 {
		return
	}
	m.walk(i+1, at+1, tally{full: t.full, initial: t.initial + 1, openEnd: rest == 1 && t.initial == 0})
	if common >= 2 && s[1] == 'h' && len(s) > 2 && rest > 2 { // zh, ch, sh
		m.walk(i+1, at+2, tally{full: t.full, initial: t.initial + 1})
	}
}

func (m *matcher) record(end int, t tally) {
	place := inside
	if m.start == 0 {
		place = beginning
		for _, e := range m.ends {
			if end == e && !t.openEnd {
				place = wholeName
			}
		}
	}
	m.best = min(m.best, costOf(place, t.manner()))
}
