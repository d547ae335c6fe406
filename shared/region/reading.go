// SPDX-License-Identifier: Apache-2.0

package region

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// silent stands in the data for a character without a syllable of its own.
const silent = "_"

// readings knows how characters are read: by themselves, and in words that have a reading of their own (番禺 pan yu).
type readings map[rune]*charRead

type charRead struct {
	syllables []string   // the usual reading first; "" for a silent character
	words     []wordRead // the words that begin with the character
}

type wordRead struct {
	text      string
	syllables []string
}

// add takes one line of the readings file: "涌,chong|yong" or "番禺,pan yu".
func (r readings) add(row []string) error {
	text, syllables := row[0], strings.Fields(row[1])
	if len(syllables) == 0 || utf8.RuneCountInString(text) != len(syllables) {
		return fmt.Errorf("%q: want one syllable for each character", text)
	}
	for i, s := range syllables {
		if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz|_") != "" {
			return fmt.Errorf("%q: %q is not plain pinyin", text, s)
		}
		if s == silent {
			syllables[i] = ""
		}
	}
	first, _ := utf8.DecodeRuneInString(text)
	if r[first] == nil {
		r[first] = &charRead{}
	}
	if len(syllables) == 1 {
		r[first].syllables = strings.Split(syllables[0], "|")
		return nil
	}
	r[first].words = append(r[first].words, wordRead{text, syllables})
	return nil
}

// of appends to buf the readings of each character of a name. In a word the word's syllable comes first, and the
// character's own readings remain as alternatives; what a word makes silent has no other reading. nil means that the
// character cannot be read: punctuation, or no readings loaded.
func (r readings) of(buf [][]string, name string) [][]string {
	start, hasWords := len(buf), false
	for _, c := range name {
		of := r[c]
		if of == nil {
			buf = append(buf, nil)
			continue
		}
		buf = append(buf, of.syllables)
		hasWords = hasWords || len(of.words) > 0
	}
	if hasWords {
		r.applyWords(buf[start:], name)
	}
	return buf
}

func (r readings) applyWords(syllables [][]string, name string) {
	at := 0
	for i, c := range name {
		if of := r[c]; of != nil {
			for _, w := range of.words {
				if strings.HasPrefix(name[i:], w.text) {
					w.apply(syllables[at:])
				}
			}
		}
		at++
	}
}

func (w wordRead) apply(to [][]string) {
	for i, s := range w.syllables {
		if s == "" {
			to[i] = []string{""}
			continue
		}
		to[i] = append([]string{s}, to[i]...)
	}
}
