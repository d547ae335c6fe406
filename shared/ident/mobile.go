// SPDX-License-Identifier: Apache-2.0

package ident

import (
	"log/slog"
	"strings"

	"yuexin/shared/fault"
)

// Mobile is a mainland mobile number: 11 digits, the first 1, the second 3 to 9.
// The zero value means "none". It is personal data of class C2: show Masked,
// never log String.
type Mobile struct{ number string }

const mobileSize = 11

// ParseMobile reads a number and forgives spaces, dashes, brackets, full-width
// forms and the country code +86, 0086 or 86. Positions in faults count from the
// digit after the country code.
//
// Faults, all fault.Invalid with key "ident.mobile." and: empty; char (pos,
// char); country for another country code; length (got, want); prefix (pos, char)
// when the first two digits are no mobile number's.
func ParseMobile(text string) (Mobile, error) {
	number := strings.NewReplacer("(", "", ")", "").Replace(string(fold(text)))
	if number == "" {
		return Mobile{}, fault.New(fault.Invalid, "ident.mobile.empty")
	}
	number = cutCountry(number)
	if strings.HasPrefix(number, "+") || strings.HasPrefix(number, "00") {
		return Mobile{}, fault.New(fault.Invalid, "ident.mobile.country")
	}
	if err := mobileShape([]rune(number)); err != nil {
		return Mobile{}, err
	}
	return Mobile{number}, nil
}

// cutCountry removes China's country code once. No mobile number begins with 8 or
// 0, so this cannot eat a digit of the number.
func cutCountry(number string) string {
	for _, code := range []string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(number, code); ok {
			return rest
		}
	}
	return number
}

// mobileShape checks characters, the first two digits and length.
func mobileShape(chars []rune) error {
	for i, r := range chars {
		if !isDigit(r) {
			return wrongAt("ident.mobile.char", i, r)
		}
		if i == 0 && r != '1' || i == 1 && r < '3' {
			return wrongAt("ident.mobile.prefix", i, r)
		}
	}
	if len(chars) != mobileSize {
		return wrongLength("ident.mobile.length", len(chars), mobileSize)
	}
	return nil
}

// IsZero says whether m is none.
func (m Mobile) IsZero() bool {
	return m.number == ""
}

// String returns the 11 digits, "" for none. Not for logs.
func (m Mobile) String() string {
	return m.number
}

// E164 returns the international form, "+8619900001234"; "" for none.
func (m Mobile) E164() string {
	if m.IsZero() {
		return ""
	}
	return "+86" + m.number
}

// Tail returns the last four digits, by which a resident finds a receipt again;
// "" for none.
func (m Mobile) Tail() string {
	if m.IsZero() {
		return ""
	}
	return m.number[mobileSize-4:]
}

// Masked returns the form for screens and papers, "199****1234".
func (m Mobile) Masked() string {
	return mask(m.number, 3, 4)
}

// LogValue is Masked.
func (m Mobile) LogValue() slog.Value {
	return slog.StringValue(m.Masked())
}

// MarshalText returns String.
func (m Mobile) MarshalText() ([]byte, error) {
	return []byte(m.number), nil
}

// UnmarshalText reads what ParseMobile reads, and "" as none. On error m is
// unchanged.
func (m *Mobile) UnmarshalText(text []byte) error {
	return unmarshal(m, text, ParseMobile)
}
