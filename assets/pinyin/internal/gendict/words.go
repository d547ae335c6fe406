// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ego/gse"

	"yuexin/assets/fonts"
	"yuexin/shared/pinyin"
	"yuexin/shared/region"
)

// termFrequency is how often a term counts as seen: the words of farming, trade and lending in terms.txt.
const termFrequency = 3000

// What of the word list is kept: words as long as this, seen as often as this in its corpus.
const (
	longestShort, leastShort = 4, 3
	longestWord, leastLong   = 8, 12
	leastPerson              = 60 // names of persons; other names are put together from their parts
)

// The weights of places by level: as if seen so often, and more for each further place of the same name.
var placeFrequency = map[region.Level]float64{
	region.Province: 20000, region.Prefecture: 8000, region.County: 3000, region.Zone: 500, region.Town: 300, region.Village: 30,
}

// What a reading loses that is not the usual one, in weight (8 for a factor of two).
const (
	variantCost = 8  // another reading of a heteronym in a word
	secondCost  = 24 // another reading of a single character in general use
	rareCost    = 56 // a reading that only dictionaries have
)

// listed is a word of the word list.
type listed struct {
	text      string
	frequency float64
	person    bool
}

// readWordList returns the words that can be drawn, in text order.
func readWordList() ([]listed, error) {
	var seg gse.Segmenter
	if err := seg.LoadDictEmbed("zh_s"); err != nil {
		return nil, err
	}
	var words []listed
	for _, t := range seg.Dict.Tokens {
		if isDrawableHan(t.Text()) {
			words = append(words, listed{t.Text(), t.Freq(), strings.HasPrefix(t.Pos(), "nr")})
		}
	}
	if len(words) == 0 {
		return nil, errors.New("the word list is empty")
	}
	slices.SortFunc(words, func(a, b listed) int { return cmp.Compare(a.text, b.text) })
	return words, nil
}

func isDrawableHan(text string) bool {
	for _, r := range text {
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return text != "" && len(fonts.Missing(text)) == 0
}

// weight turns a frequency into the scale of pinyin.Entry.
func weight(frequency float64) int {
	return int(math.Round(8 * math.Log2(max(frequency, 1))))
}

// builder gathers the entries of the dictionary.
type builder struct {
	readings heteronyms
	entries  []pinyin.Entry
}

func (b *builder) add(list pinyin.List, text string, reading []string, weight int) {
	b.entries = append(b.entries, pinyin.Entry{
		List: list, Text: text, Reading: reading, Weight: uint8(min(max(weight, 0), math.MaxUint8)),
	})
}

// addCharacters adds every character that the face can draw, whether a word has it or not: names are full of rare ones.
func (b *builder) addCharacters(words []listed) {
	frequency := make(map[rune]float64)
	for _, w := range words {
		share := w.frequency
		if utf8.RuneCountInString(w.text) > 1 {
			share /= 16 // a character of words only is still looked for by itself now and then
		}
		for _, r := range w.text {
			frequency[r] += share
		}
	}
	for _, table := range unicode.Han.R16 {
		for r := rune(table.Lo); r <= rune(table.Hi); r += rune(table.Stride) {
			b.addCharacter(r, frequency[r])
		}
	}
	for _, table := range unicode.Han.R32 {
		for r := rune(table.Lo); r <= rune(table.Hi); r += rune(table.Stride) {
			b.addCharacter(r, frequency[r])
		}
	}
}

func (b *builder) addCharacter(r rune, frequency float64) {
	if !isDrawableHan(string(r)) {
		return
	}
	usual := b.readings.usual(r)
	for i, reading := range usual {
		b.add(pinyin.Words, string(r), []string{reading}, weight(frequency)-secondCost*min(i, 1))
	}
	for _, reading := range all(r) {
		if !slices.Contains(usual, reading) {
			b.add(pinyin.Words, string(r), []string{reading}, weight(frequency)-rareCost)
		}
	}
}

func (b *builder) addWords(words []listed, names *names) {
	for _, w := range words {
		n := utf8.RuneCountInString(w.text)
		long := n > longestShort
		switch {
		case n < 2 || n > longestWord,
			!long && w.frequency < leastShort,
			long && w.frequency < leastLong,
			w.person && w.frequency < leastPerson && names.isFull(w.text):
			continue
		}
		b.addVariants(pinyin.Words, w.text, b.readings.word(w.text), weight(w.frequency))
	}
}

func (b *builder) addVariants(list pinyin.List, text string, readings [][]string, weight int) {
	for i, reading := range readings {
		b.add(list, text, reading, weight-variantCost*min(i, 1))
	}
}

func (b *builder) addTerms(terms string) {
	for term := range strings.Lines(terms) {
		term = strings.TrimSpace(term)
		b.addVariants(pinyin.Words, term, b.readings.word(term), weight(termFrequency))
	}
}

// addPlaces adds the units of Guangdong by their short names, and without the word for their rank: 大沙镇, 大沙.
func (b *builder) addPlaces(tree *region.Tree) {
	frequency := make(map[string]float64)
	readings := make(map[string][]string)
	var walk func(u region.Unit)
	walk = func(u region.Unit) {
		reading := strings.Fields(tree.Pinyin(u.Code))
		complete := len(reading) == utf8.RuneCountInString(u.Short) // no character without a syllable
		for _, name := range slices.Compact([]string{u.Short, u.Stem()}) {
			n := utf8.RuneCountInString(name)
			if n > longestWord || !complete || !isDrawableHan(name) {
				continue
			}
			frequency[name] += placeFrequency[u.Level]
			if readings[name] == nil {
				readings[name] = reading[:n]
			}
		}
		for _, child := range tree.Children(u.Code) {
			walk(child)
		}
	}
	if guangdong, found := tree.Unit("44"); found {
		walk(guangdong)
	}
	for name, reading := range readings {
		variants := slices.DeleteFunc(b.readings.word(name), func(v []string) bool { return slices.Equal(v, reading) })
		b.addVariants(pinyin.Words, name, append([][]string{reading}, variants...), weight(frequency[name]))
	}
}
