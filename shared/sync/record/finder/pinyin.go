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

// Fold returns text as search compares it: one width, lower case, no spaces.
func Fold(text string) string {
	if plain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
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

// Contains reports whether folded text contains the folded search, or begins
// with it in pinyin: whole syllables, initials, or any mixture, so that "chenxy",
// "cxy" and "chenxiuy" all find 陈秀英. A character with several readings is
// found under each.
func Contains(text, search string) bool {
	if strings.Contains(text, search) {
		return true
	}
	for i := range len(search) {
		if c := search[i]; c >= utf8.RuneSelf {
			return false
		}
	}
	return spells(text, search)
}

// spells matches the rest of the search against the rest of the text.
func spells(text, search string) bool {
	if search == "" {
		return true
	}
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return false
	}
	for _, reading := range readings(r) {
		if strings.HasPrefix(reading, search) {
			return true
		}
		if rest, ok := strings.CutPrefix(search, reading); ok && spells(text[size:], rest) {
			return true
		}
		if len(reading) > 1 && search[0] == reading[0] && spells(text[size:], search[1:]) {
			return true
		}
	}
	return false
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
