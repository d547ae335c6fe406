// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"encoding/base32"
	"strconv"
	"strings"
	"unicode"

	"yuexin/shared/fault"
)

// alphabet is Crockford's base32: no I, L, O (look like digits) and no U.
// Source: https://www.crockford.com/base32.html
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockford = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// fold turns full-width ASCII into ASCII, lower case into upper, and drops white space and the invisible marks that
// phones and clipboards add.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFF01 - '!'
		}
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}, text)
}

// lookAlike puts the digit for a letter that is read as one.
func lookAlike(r rune) rune {
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return r
}

// digits returns text with look-alikes forgiven. A character outside the alphabet is a fault.Invalid with this key and
// its place, counted from 1.
func digits(text, key string) (string, error) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		r = lookAlike(r)
		if r > unicode.MaxASCII || strings.IndexByte(alphabet, byte(r)) < 0 {
			return "", fault.New(fault.Invalid, key).With("pos", strconv.Itoa(len(out)+1)).With("char", visible(r))
		}
		out = append(out, byte(r))
	}
	return string(out), nil
}

// visible writes a character so that a message can show it.
func visible(r rune) string {
	if unicode.IsPrint(r) {
		return string(r)
	}
	return strconv.QuoteRuneToASCII(r)
}
