// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// alphabet is Crockford's base32: no I, L, O (look like digits) and no U.
// Source: https://www.crockford.com/base32.html
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// A code has nine characters of data, 45 bits, and one of check. One guess in
// 3.5·10¹³ finds a given code; it lives an hour and wrong guesses slow down.
const (
	codeSize = 10
	codeData = codeSize - 1
	codeBits = 5 * codeData
)

// maxTyped is the longest text in bytes that is looked at.
const maxTyped = 8 << 10

// Code is a one-time code: ten characters of Crockford base32, the last of them
// a check. A Code from NewCode or ParseCode is well formed. It is a secret for
// as long as it lives: it is shown to people and never logged.
type Code string

// NewCode draws a code from random.
func NewCode(random io.Reader) (Code, error) {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw an enrolment code: %w", err)
	}
	bits := binary.BigEndian.Uint64(raw[:]) >> (64 - codeBits)
	var code [codeSize]byte
	for i := codeData - 1; i >= 0; i-- {
		code[i] = alphabet[bits&31]
		bits >>= 5
	}
	code[codeData] = alphabet[checkOf(string(code[:codeData]))]
	return Code(code[:]), nil
}

// ParseCode reads a code as people type it: any case, full-width forms, spaces
// and dashes anywhere, O for 0, I and L for 1. Errors are fault.Invalid and say
// the length, the place of a wrong character, or that the check does not fit;
// every single slip and every exchange of two characters is found.
func ParseCode(text string) (Code, error) {
	if len(text) > maxTyped {
		return "", wrongCodeLength(len(text))
	}
	chars := []rune(fold(text))
	code := make([]byte, 0, codeSize)
	for i, r := range chars {
		if r > unicode.MaxASCII || strings.IndexByte(alphabet, byte(r)) < 0 {
			return "", fault.New(fault.Invalid, "enrol.code.char").
				With("pos", strconv.Itoa(i+1)).With("char", strconv.QuoteRune(r))
		}
		code = append(code, byte(r))
	}
	if len(code) != codeSize {
		return "", wrongCodeLength(len(code))
	}
	if checkOf(string(code[:codeData])) != strings.IndexByte(alphabet, code[codeData]) {
		return "", fault.New(fault.Invalid, "enrol.code.check")
	}
	return Code(code), nil
}

func wrongCodeLength(got int) error {
	return fault.New(fault.Invalid, "enrol.code.length").
		With("got", strconv.Itoa(got)).With("want", strconv.Itoa(codeSize))
}

// fold turns what hands, input methods and scanners make of base32 into plain
// upper case: full-width forms, lower case, spaces, dashes, invisible marks and
// look-alikes.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.Is(unicode.Cf, r), r == '\u2212', r == '_':
			return -1
		case r == 'O':
			return '0'
		case r == 'I', r == 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(text)))
}

// String returns the code in two groups for people, such as 4K7M2-QXA9C.
func (c Code) String() string {
	if len(c) != codeSize {
		return string(c)
	}
	return string(c[:codeSize/2]) + "-" + string(c[codeSize/2:])
}

// MarshalText returns the ten characters.
func (c Code) MarshalText() ([]byte, error) { return []byte(c), nil }

// UnmarshalText reads what ParseCode reads. On error c is unchanged.
func (c *Code) UnmarshalText(text []byte) error {
	parsed, err := ParseCode(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}

// LogValue hides the code.
func (c Code) LogValue() slog.Value { return slog.StringValue("[code]") }

// checkOf returns the check character of data as a number.
func checkOf(data string) int {
	digits := make([]byte, len(data))
	for i := range len(data) {
		digits[i] = byte(strings.IndexByte(alphabet, data[i]))
	}
	return int(ident.Check32(digits))
}
