// SPDX-License-Identifier: Apache-2.0

package ident

import (
	"log/slog"
	"strings"

	"yuexin/shared/fault"
)

// USCC is a 统一社会信用代码 after GB 32100-2015: 1 character registration
// authority, 1 category, 6 digits area, 9 characters organisation code with its
// own check (GB 11714-1997), 1 check character. The zero value means "none".
type USCC struct{ code string }

const usccSize = 18

// usccAlphabet has 31 characters; I, O, S, V and Z are left out by the standard.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// usccWeights are 3^i mod 31 (GB 32100-2015).
var usccWeights = [usccSize - 1]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// orgWeights are those of the organisation code (GB 11714-1997).
var orgWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// ParseUSCC reads a code and forgives spaces, dashes, lower case and full-width
// forms.
//
// Faults, all fault.Invalid with key "ident.uscc." and: empty; char (pos, char);
// length (got, want); check when the code as a whole does not check; org when
// characters 9 to 17 do not. The right check character is not told.
func ParseUSCC(text string) (USCC, error) {
	chars := fold(text)
	for i := range chars {
		chars[i] = upper(chars[i])
	}
	if err := usccShape(chars); err != nil {
		return USCC{}, err
	}

	code := string(chars)
	if usccCheckChar(code) != code[usccSize-1] {
		return USCC{}, fault.New(fault.Invalid, "ident.uscc.check")
	}
	if orgCheckChar(code[8:16]) != code[16] {
		return USCC{}, fault.New(fault.Invalid, "ident.uscc.org")
	}
	return USCC{code}, nil
}

// usccShape checks characters and length.
func usccShape(chars []rune) error {
	if len(chars) == 0 {
		return fault.New(fault.Invalid, "ident.uscc.empty")
	}
	for i, r := range chars {
		inArea := i >= 2 && i < 8
		if !strings.ContainsRune(usccAlphabet, r) || inArea && !isDigit(r) {
			return wrongAt("ident.uscc.char", i, r)
		}
	}
	if len(chars) != usccSize {
		return wrongLength("ident.uscc.length", len(chars), usccSize)
	}
	return nil
}

func usccCheckChar(code string) byte {
	sum := 0
	for i, w := range usccWeights {
		sum += w * strings.IndexByte(usccAlphabet, code[i])
	}
	return usccAlphabet[(31-sum%31)%31]
}

// orgCheckChar takes letters as A = 10 … Z = 35; a remainder of 10 is X, of 11 is 0.
func orgCheckChar(body string) byte {
	sum := 0
	for i, w := range orgWeights {
		value := int(body[i] - '0')
		if body[i] >= 'A' {
			value = int(body[i]-'A') + 10
		}
		sum += w * value
	}
	return "0X987654321"[sum%11]
}

// IsZero says whether u is none.
func (u USCC) IsZero() bool {
	return u.code == ""
}

// String returns the 18 characters in upper case, "" for none.
func (u USCC) String() string {
	return u.code
}

// Masked returns the form "9100**********0157". A code of a one-person business
// (prefix 92) points at a person.
func (u USCC) Masked() string {
	return mask(u.code, 4, 4)
}

// LogValue is Masked.
func (u USCC) LogValue() slog.Value {
	return slog.StringValue(u.Masked())
}

// Prefix returns authority and category: 91 企业, 92 个体工商户, 93 农民专业合作社,
// N2 村级集体经济组织, 54 村(居)委会 and others; "" for none.
func (u USCC) Prefix() string {
	if u.IsZero() {
		return ""
	}
	return u.code[:2]
}

// Area returns the six digits of the registering county (GB/T 2260); "" for none.
func (u USCC) Area() string {
	if u.IsZero() {
		return ""
	}
	return u.code[2:8]
}

// OrgCode returns the nine characters of the organisation code; "" for none.
func (u USCC) OrgCode() string {
	if u.IsZero() {
		return ""
	}
	return u.code[8:17]
}

// MarshalText returns String.
func (u USCC) MarshalText() ([]byte, error) {
	return []byte(u.code), nil
}

// UnmarshalText reads what ParseUSCC reads, and "" as none. On error u is
// unchanged.
func (u *USCC) UnmarshalText(text []byte) error {
	return unmarshal(u, text, ParseUSCC)
}
