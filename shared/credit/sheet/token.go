// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// Token is what the code on a page of a sheet names: the form, the record and the page, and nothing about a person. The
// zero Record stands for a sheet that is nobody's yet. Whoever reads one learns an id that opens nothing without a login.
type Token struct {
	Form    string // name of the form
	Version uint32
	Record  ident.Record
	Page    int // from 1
}

// tokenMark begins every token, with the number of its notation.
const tokenMark = "YXS1"

// checkSize is how many hexadecimal digits of the SHA-256 a token ends with: a misread character passes once in four
// thousand million.
const checkSize = 8

// String writes the token as YXS1/HOUSEHOLD-SURVEY/1/<record>/2/<check>, in characters that codes hold densely
// (ISO/IEC 18004, alphanumeric mode). ParseToken reads it back.
func (t Token) String() string {
	id := ""
	if !t.Record.IsZero() {
		id = Number(t.Record, "")
	}
	form := strings.ToUpper(strings.ReplaceAll(t.Form, "_", "-"))
	body := strings.Join([]string{tokenMark, form, strconv.FormatUint(uint64(t.Version), 10), id, strconv.Itoa(t.Page)}, "/")
	return body + "/" + checkOf(body)
}

func checkOf(body string) string {
	const digits = "0123456789ABCDEF"
	sum := sha256.Sum256([]byte(body))
	out := make([]byte, checkSize)
	for i := range out {
		out[i] = digits[sum[i/2]>>(4*(1-i%2))&15]
	}
	return string(out)
}

// mostPages bounds the page that a token names.
const mostPages = 99

// ParseToken reads the token of a page. The faults are fault.Invalid: "sheet.token.foreign" for the code of something
// else, "sheet.token.damaged" for one of ours that does not hold together.
func ParseToken(text string) (Token, error) {
	if !strings.HasPrefix(text, tokenMark+"/") {
		return Token{}, fault.New(fault.Invalid, "sheet.token.foreign")
	}
	damaged := fault.New(fault.Invalid, "sheet.token.damaged")
	parts := strings.Split(text, "/")
	if len(parts) != 6 || checkOf(strings.Join(parts[:5], "/")) != parts[5] {
		return Token{}, damaged
	}
	version, err := strconv.ParseUint(parts[2], 10, 32)
	if err != nil {
		return Token{}, damaged.WithCause(err)
	}
	page, err := strconv.Atoi(parts[4])
	if err != nil || page < 1 || page > mostPages {
		return Token{}, damaged.WithCause(err)
	}
	t := Token{Form: strings.ToLower(strings.ReplaceAll(parts[1], "-", "_")), Version: uint32(version), Page: page}
	if parts[3] == "" {
		return t, nil
	}
	if t.Record, err = ident.Parse[ident.Record](numberPrefix + parts[3]); err != nil {
		return Token{}, damaged.WithCause(err)
	}
	return t, nil
}

// numberPrefix is what ident.Record.String writes before the characters of the id.
const numberPrefix = "rec_"

// groupSize is how many characters of a number stand together.
const groupSize = 5

// Number writes the number of a record as sheets show it: its id in capitals, in groups with a text between them.
func Number(id ident.Record, between string) string {
	var out strings.Builder
	for i, r := range strings.ToUpper(strings.TrimPrefix(id.String(), numberPrefix)) {
		if i > 0 && (i-1)%groupSize == 0 { // one character and five groups of five
			out.WriteString(between)
		}
		out.WriteRune(r)
	}
	return out.String()
}
