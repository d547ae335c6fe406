// SPDX-License-Identifier: Apache-2.0

package escpos

import "strings"

// Width returns how many columns of font A a text takes: one for what is in ASCII, two for everything else, as Chinese
// printers have it (their é and their “ are as wide as 中).
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += widthOf(r)
	}
	return n
}

func widthOf(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}

// What may not begin a line, and what may not end one (GB/T 15834-2011, 5.1: punctuation at the edges of lines).
const (
	neverFirst = "，。、；：？！）》〉」』】〕”’％…—·,.;:?!)]}%"
	neverLast  = "（《〈「『【〔“‘([{"
)

// Wrap breaks a text into lines of at most so many columns: between Chinese characters, and between words of others. No line
// begins with a closing or ends with an opening sign. A word that is longer than a line is cut. Line ends are kept.
func Wrap(s string, columns int) []string {
	var out []string
	for _, paragraph := range strings.Split(s, "\n") {
		out = append(out, wrapOne(paragraph, columns)...)
	}
	return out
}

func wrapOne(s string, columns int) []string {
	var out []string
	line := ""
	for _, atom := range atoms(s) {
		if Width(line)+Width(strings.TrimRight(atom, " ")) <= columns {
			line += atom
			continue
		}
		if line = strings.TrimRight(line, " "); line != "" {
			out = append(out, line)
		}
		line = strings.TrimLeft(atom, " ")
		for Width(line) > columns { // longer than a line
			head := cut(line, columns)
			out, line = append(out, head), line[len(head):]
		}
	}
	return append(out, strings.TrimRight(line, " "))
}

// atoms splits a text into what stays together on a line.
func atoms(s string) []string {
	var out []string
	before := rune(0)
	for _, r := range s {
		joined := before != 0 && (strings.ContainsRune(neverFirst, r) || strings.ContainsRune(neverLast, before) ||
			r == ' ' || r < 0x80 && before < 0x80 && before != ' ')
		if joined {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		before = r
	}
	return out
}

// cut returns the beginning of a text that fits, at least one character.
func cut(s string, columns int) string {
	n := 0
	for i, r := range s {
		if n += widthOf(r); n > columns && i > 0 {
			return s[:i]
		}
	}
	return s
}
