// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// noStart are marks that a line does not begin with, noEnd those that it does not end with (GB/T 15834).
const (
	noStart = "，。！？；：、）》」』】”’％%…,.!?;:)]}"
	noEnd   = "（《「『【“‘([{"
)

// wordsOf cuts a line into what must stay together: one Chinese character with its marks, or a word with the spaces
// behind it.
func wordsOf(line string) []string {
	var words []string
	var word strings.Builder
	var before, last rune
	for _, r := range line {
		if word.Len() > 0 && mayBreak(last, r) && !unit(before, last, r) {
			words = append(words, word.String())
			word.Reset()
		}
		word.WriteRune(r)
		before, last = last, r
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}

// mayBreak says whether a line may end between two characters.
func mayBreak(a, b rune) bool {
	switch {
	case strings.ContainsRune(noStart, b) || strings.ContainsRune(noEnd, a) || b == ' ':
		return false
	case a == ' ':
		return true
	}
	return wide(a) || wide(b)
}

// unit says whether c is the Chinese unit of a number: 3 天 stays together.
func unit(a, b, c rune) bool { return unicode.IsDigit(a) && b == ' ' && unicode.Is(unicode.Han, c) }

// wide says whether a character stands alone, as Chinese does.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef || strings.ContainsRune("“”‘’…", r)
}

// breakLines fills lines up to a width; a width of 0 breaks only where the text does. A word that is wider than the line
// is broken anywhere. There is at least one line.
func breakLines(text string, points, width float32) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if width <= 0 || measure(line, points) <= width {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, fillLines(wordsOf(line), points, width)...)
	}
	return lines
}

func fillLines(words []string, points, width float32) []string {
	var lines []string
	now := ""
	for _, word := range words {
		if now == "" || measure(strings.TrimRight(now+word, " "), points) <= width {
			now += word
		} else {
			lines = append(lines, strings.TrimRight(now, " "))
			now = word
		}
		for measure(strings.TrimRight(now, " "), points) > width {
			head, rest := splitAt(now, points, width)
			if rest == "" {
				break
			}
			lines, now = append(lines, head), rest
		}
	}
	return append(lines, strings.TrimRight(now, " "))
}

// splitAt breaks a word that is wider than the line; the head has at least one character.
func splitAt(word string, points, width float32) (head, rest string) {
	runes := []rune(word)
	n := 1
	for n < len(runes) && measure(string(runes[:n+1]), points) <= width {
		n++
	}
	return string(runes[:n]), string(runes[n:])
}

func measure(text string, points float32) float32 {
	return fyne.MeasureText(text, points, fyne.TextStyle{}).Width
}

func widestOf(lines []string, points float32) float32 {
	var w float32
	for _, line := range lines {
		w = max(w, measure(line, points))
	}
	return w
}

// longestWord returns the width of the widest word, so that words are not broken where there is room.
func longestWord(text string, points float32) float32 {
	var w float32
	for line := range strings.SplitSeq(text, "\n") {
		for _, word := range wordsOf(line) {
			w = max(w, measure(strings.TrimRight(word, " "), points))
		}
	}
	return w
}
