// SPDX-License-Identifier: Apache-2.0

package ident

import (
	"fmt"
	"strconv"
	"unicode"

	"yuexin/shared/fault"
)

// fold turns full-width ASCII (U+FF01..U+FF5E) into ASCII and drops what people
// and clipboards put between the characters of a number: white space, dashes,
// and format marks such as U+202D, which phones add to copied numbers.
func fold(text string) []rune {
	kept := make([]rune, 0, len(text))
	for _, r := range text {
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFF01 - '!'
		}
		if unicode.IsSpace(r) || isDash(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// isDash covers ASCII, the Unicode dashes and the minus sign.
func isDash(r rune) bool {
	return unicode.Is(unicode.Pd, r) || r == '\u2212'
}

// upper is ASCII upper case; other letters stay, to be refused.
func upper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func isDigit(r rune) bool {
	return r >= '0' && r <= '9'
}

// wrongAt is the fault for the character or characters that begin at the 0-based
// index i of the number.
func wrongAt(key string, i int, chars ...rune) error {
	return fault.New(fault.Invalid, key).
		With("pos", strconv.Itoa(i+1)).
		With("char", visible(chars))
}

// wrongLength is the fault for a number of the wrong length.
func wrongLength(key string, got, want int) error {
	return fault.New(fault.Invalid, key).
		With("got", strconv.Itoa(got)).
		With("want", strconv.Itoa(want))
}

// visible writes characters so that a message can show them.
func visible(chars []rune) string {
	var s string
	for _, r := range chars {
		if unicode.IsPrint(r) {
			s += string(r)
		} else {
			s += fmt.Sprintf("U+%04X", r)
		}
	}
	return s
}

// mask keeps the first and last characters of s and stars the rest.
func mask(s string, first, last int) string {
	if s == "" {
		return ""
	}
	b := []byte(s)
	for i := first; i < len(b)-last; i++ {
		b[i] = '*'
	}
	return string(b)
}
