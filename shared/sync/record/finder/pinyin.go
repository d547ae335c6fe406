// SPDX-License-Identifier: Apache-2.0

package finder

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// Fold returns text as search compares it: one width, lower case, no spaces or hyphens.
func Fold(text string) string {
	if plain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
}

// plain says that nothing has to be folded: digits, small letters and Han.
func plain(text string) bool {
	for _, r := range text {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 0x4E00 && r <= 0x9FFF) {
			return false
		}
	}
	return true
}

// Closeness is how well a search fits a text or a number; more is better, and the
// zero Closeness is not at all.
type Closeness uint8

// How a search may fit.
const (
	Part     Closeness = iota + 1 // stands in the text
	Tail                          // ends the number
	Spelling                      // begins its pinyin
	Spelled                       // is its pinyin or its initials, whole
	Start                         // begins the text
	Whole
)

// Fits tells how folded text fits the folded search: contains it, or begins with it
// in pinyin: whole syllables, initials, or any mixture, so that "chenxy", "cxy" and
// "chenxiuy" all find 陈秀英. A character with several readings is found under each.
func Fits(text, search string) Closeness {
	switch {
	case text == search:
		return Whole
	case strings.HasPrefix(text, search):
		return Start
	}
	best := Closeness(0)
	if ascii(search) {
		best = spells(text, search)
	}
	if best == 0 && strings.Contains(text, search) {
		best = Part
	}
	return best
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// spells matches the rest of the search against the rest of the text.
func spells(text, search string) (best Closeness) {
	if search == "" {
		if text == "" {
			return Spelled
		}
		return Spelling
	}
	if text == "" || text[0] < utf8.RuneSelf && text[0] != search[0] {
		return 0 // what is no character is spelled as itself
	}
	r, size := utf8.DecodeRuneInString(text)
	rest := text[size:]
	for _, reading := range readings(r) {
		if strings.HasPrefix(reading, search) {
			best = max(best, Spelling)
			if rest == "" && (reading == search || len(search) == 1) {
				best = Spelled
			}
		}
		if left, ok := strings.CutPrefix(search, reading); ok {
			best = max(best, spells(rest, left))
		}
		if len(reading) > 1 && search[0] == reading[0] {
			best = max(best, spells(rest, search[1:]))
		}
		if best == Spelled {
			return best
		}
	}
	return best
}

// MinTail is how many characters of the end of a number find it: fewer would show
// too many other people.
const MinTail = 4

// ends tells how a folded search fits a folded number.
func ends(number, search string) Closeness {
	switch {
	case len(search) < MinTail:
		return 0
	case number == search:
		return Whole
	case strings.HasSuffix(number, search):
		return Tail
	}
	return 0
}

// seen keeps the readings of characters met so far; the dictionary holds them
// with tone marks in one text.
var seen sync.Map // rune → []string

// readings returns the distinct syllables of a Han character without tones, ü as
// v, and any other character as itself.
func readings(r rune) []string {
	if known, ok := seen.Load(r); ok {
		return known.([]string)
	}
	var syllables []string
	if r >= utf8.RuneSelf {
		syllables = pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal, Heteronym: true})
		slices.Sort(syllables)
		syllables = slices.Compact(syllables)
	}
	if len(syllables) == 0 {
		syllables = []string{string(r)}
	}
	seen.Store(r, syllables)
	return syllables
}
