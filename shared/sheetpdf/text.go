// SPDX-License-Identifier: Apache-2.0

package sheetpdf

import (
	"slices"
	"strings"
	"unicode"

	"yuexin/assets/fonts"
	"yuexin/shared/pdfpage"
)

// The type of a sheet, in mm. Ten-point text is what forms are filled in by; older people read it with their glasses on.
var (
	nameStyle    = pdfpage.Style{Size: 3.2, Least: 2.2, Colour: pdfpage.Ink}
	answerStyle  = pdfpage.Style{Size: 3.5, Least: 2.3, Weight: 0.012, Colour: pdfpage.Ink}
	optionStyle  = pdfpage.Style{Size: 3.3, Least: 2.3, Colour: pdfpage.Ink}
	smallStyle   = pdfpage.Style{Size: 2.5, Least: 1.8, Colour: pdfpage.Grey}
	bodyStyle    = pdfpage.Style{Size: 3.1, Colour: pdfpage.Ink}
	sectionStyle = pdfpage.Style{Size: 3.7, Weight: 0.025, Colour: pdfpage.Ink}
)

// leading is the distance of two lines, as a part of the em; rise that of a baseline below the middle of its line.
const (
	leading = 1.42
	rise    = 0.36
)

// geta stands where the face lacks a character, as printers have always done it.
const geta = '〓'

// printable replaces what the face lacks, and notes that somebody has to write it in by hand.
func (d *document) printable(text string) string {
	missing := fonts.Missing(text)
	if len(missing) > 0 {
		for _, r := range missing {
			if !slices.Contains(d.lacking, r) {
				d.lacking = append(d.lacking, r)
			}
		}
		text = strings.Map(func(r rune) rune {
			if slices.Contains(missing, r) {
				return geta
			}
			return r
		}, text)
	}
	return fonts.FirstPlane(text)
}

// lines breaks a text where it has to be broken: between Chinese characters, else at spaces; no line begins with a mark
// that belongs to what stands before it.
func (d *document) lines(text string, st pdfpage.Style, width float64) []string {
	var out []string
	for part := range strings.SplitSeq(d.printable(text), "\n") {
		line := ""
		for _, word := range words(part) {
			if line != "" && d.Width(line+strings.TrimRight(word, " "), st) > width {
				out, line = append(out, strings.TrimRight(line, " ")), ""
			}
			for d.Width(strings.TrimRight(word, " "), st) > width && len([]rune(word)) > 1 {
				var head string
				head, word = d.cut(word, st, width)
				out = append(out, head)
			}
			line += word
		}
		out = append(out, strings.TrimRight(line, " "))
	}
	return out
}

// cut takes from a word as much as a line holds.
func (d *document) cut(word string, st pdfpage.Style, width float64) (head, rest string) {
	runes := []rune(word)
	n := 1
	for n < len(runes) && d.Width(string(runes[:n+1]), st) <= width {
		n++
	}
	return string(runes[:n]), string(runes[n:])
}

// closing are marks that may not begin a line, opening those that may not end one.
const (
	closing = "，。、；：？！）》”’％…·,.;:?!)%"
	opening = "（《“‘("
)

// fixed is a space at which no line is broken.
const fixed = '\u00A0'

// words cuts a text into the pieces that are never broken, each with the spaces behind it.
func words(text string) []string {
	var out []string
	glued := false
	before := ' '
	for _, r := range text {
		joins := glued || strings.ContainsRune(closing, r) || r == ' ' || r == fixed || !wide(r) && !wide(before) && before != ' '
		if joins && len(out) > 0 {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		glued, before = strings.ContainsRune(opening, r) || r == fixed, r
	}
	return out
}

// wide reports whether a line may be broken beside the character.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xE000 && r <= 0xFFEF
}

// write sets lines into a box from its upper edge, and returns how high they are.
func (d *document) write(x, y float64, lines []string, st pdfpage.Style, width float64) float64 {
	for i, line := range lines {
		d.Text(x, y+(float64(i)+0.5)*leading*st.Size+rise*st.Size, line, st, width, 0)
	}
	return float64(len(lines)) * leading * st.Size
}

func height(lines []string, st pdfpage.Style) float64 { return float64(len(lines)) * leading * st.Size }
