// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"yuexin/shared/pinyin"
)

// surnamesCSV is surnames in order of frequency, with their readings as a surname where the usual one is another.
//
//go:embed surnames.csv
var surnamesCSV string

// givensText is given names of two characters, then characters of given names, each in order of frequency.
//
//go:embed givens.txt
var givensText string

// surname is a row of surnames.csv: one reading per element, each with its syllables apart.
type surname struct {
	text     string
	readings [][]string
}

// names is what person names consist of.
type names struct {
	surnames []surname
	known    map[string]bool
	// perMillion of given names of one or two characters, and of characters in them.
	perMillion map[string]float64
}

func newNames(table heteronyms, words []listed) (*names, error) {
	rows, err := readRows(surnamesCSV)
	if err != nil {
		return nil, fmt.Errorf("read surnames.csv: %w", err)
	}
	n := &names{known: make(map[string]bool), perMillion: make(map[string]float64)}
	for _, row := range rows {
		s := surname{text: row[0], readings: table.word(row[0])[:1]}
		if row[1] != "" {
			s.readings = nil
			for reading := range strings.SplitSeq(row[1], "|") {
				s.readings = append(s.readings, strings.Fields(reading))
			}
		}
		if n.known[s.text] {
			return nil, fmt.Errorf("surnames.csv: %s is there twice", s.text)
		}
		n.known[s.text] = true
		n.surnames = append(n.surnames, s)
	}
	n.countListed()
	n.countWords(words)
	return n, nil
}

// countListed gives the names of givens.txt a frequency by their place in it.
func (n *names) countListed() {
	places := map[bool]float64{}
	for text := range strings.Lines(givensText) {
		text = strings.TrimSpace(text)
		single := utf8.RuneCountInString(text) == 1
		if single {
			n.perMillion[text] = 20000 / (1 + places[single]/20)
		} else {
			n.perMillion[text] = 4000 / (1 + places[single]/20)
		}
		places[single]++
	}
}

// countWords counts the persons of the word list: in how many surnames a given name occurs, not how often it is written,
// so that heroes of novels do not lead.
func (n *names) countWords(words []listed) {
	count := make(map[string]float64)
	total := 0.0
	for _, w := range words {
		given, found := n.cut(w.text)
		if !w.person || !found {
			continue
		}
		total++
		count[given]++
		if utf8.RuneCountInString(given) == 2 {
			for _, r := range given {
				count[string(r)]++
			}
		}
	}
	for text, c := range count {
		n.perMillion[text] = max(n.perMillion[text], c*1e6/total)
	}
}

// cut returns the given name of a full name: one or two characters after a surname.
func (n *names) cut(text string) (given string, found bool) {
	for _, size := range []int{2, 1} {
		runes := []rune(text)
		if rest := len(runes) - size; rest >= 1 && rest <= 2 && n.known[string(runes[:size])] {
			return string(runes[size:]), true
		}
	}
	return "", false
}

func (n *names) isFull(text string) bool {
	_, found := n.cut(text)
	return found
}

// addSurnames weighs surnames by their place: the first is borne by 10 %, then it falls off like 1/n.
func (b *builder) addSurnames(n *names) {
	for i, s := range n.surnames {
		for k, reading := range s.readings {
			b.add(pinyin.Surnames, s.text, reading, weight(100000/(1+float64(i)/3))-secondCost*min(k, 1))
		}
	}
}

// leastGiven leaves out given names that one person of the word list bears.
const leastGiven = 40 // per million

func (b *builder) addGivens(n *names) {
	for text, frequency := range n.perMillion {
		if frequency >= leastGiven && isDrawableHan(text) {
			b.addVariants(pinyin.Givens, text, b.readings.word(text), weight(frequency))
		}
	}
}
