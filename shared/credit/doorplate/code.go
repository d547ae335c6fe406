// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"strconv"
	"strings"
	"unicode"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// codeSize is the length of a code in characters: seven of data, one of check.
const codeSize = 8

// codeData is the number of characters before the check character.
const codeData = codeSize - 1

// Code is the short code of a plate: eight characters of Crockford base32, without the dash. A Code from ParseCode or
// CodeOf has a right check character. Among 5,000 plates two share a code with probability 0.04 %.
type Code string

// CodeOf returns the code of a plate: the first 35 bits of SHA-256(handle) and a check character.
func CodeOf(h Handle) Code {
	sum := sha256.Sum256(h[:])
	bits := binary.BigEndian.Uint64(sum[:]) >> (64 - 5*codeData)
	var code [codeSize]byte
	for i := codeData - 1; i >= 0; i-- {
		code[i] = alphabet[bits&31]
		bits >>= 5
	}
	code[codeData] = alphabet[checkOf(string(code[:codeData]))]
	return Code(code[:])
}

// ParseCode reads a code as people type it: any case, full-width forms, spaces and dashes anywhere, O for 0, I and L for
// 1. Errors are fault.Invalid and say the length, the place of a wrong character, or that the check character does not
// fit. Every wrong character and every two characters exchanged are found.
func ParseCode(text string) (Code, error) {
	folded := strings.Map(dropDash, fold(text))
	if n := len([]rune(folded)); n != codeSize {
		return "", fault.New(fault.Invalid, "doorplate.code.length").
			With("got", strconv.Itoa(n)).With("want", strconv.Itoa(codeSize))
	}
	plain, err := digits(folded, "doorplate.code.char")
	if err != nil {
		return "", err
	}
	if checkOf(plain[:codeData]) != strings.IndexByte(alphabet, plain[codeData]) {
		return "", fault.New(fault.Invalid, "doorplate.code.check")
	}
	return Code(plain), nil
}

// dropDash drops every dash, the minus sign and the low line.
func dropDash(r rune) rune {
	if unicode.Is(unicode.Pd, r) || r == '\u2212' || r == '_' {
		return -1
	}
	return r
}

// String returns the code in two groups, such as 4K7M-2QXA.
func (c Code) String() string {
	if len(c) != codeSize {
		return string(c)
	}
	return string(c[:codeSize/2]) + "-" + string(c[codeSize/2:])
}

// Resolve returns the handles that have this code, in the order in which handles yields them. None means that the
// device does not know the plate; more than one, that the person must choose by house number.
func Resolve(code Code, handles iter.Seq[Handle]) []Handle {
	var found []Handle
	for h := range handles {
		if CodeOf(h) == code {
			found = append(found, h)
		}
	}
	return found
}

// checkOf returns the check character of data as a number.
func checkOf(data string) int {
	digits := make([]byte, len(data))
	for i := range len(data) {
		digits[i] = byte(strings.IndexByte(alphabet, data[i]))
	}
	return int(ident.Check32(digits))
}
