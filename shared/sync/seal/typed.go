// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"encoding/base32"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Typed text carries bytes between people: read from a screen, typed, or drawn as a
// QR code (its characters are those of QR's alphanumeric mode). Letters are
// Crockford's base32. Each line is 28 letters and 2 check letters, shown as six groups
// of five, so a slip is found in its line.
const (
	lineData  = 28
	lineCheck = 2
	lineGroup = 5
	maxTyped  = 8 << 10 // characters of text that are looked at
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var typedEncoding = base32.NewEncoding(crockford).WithPadding(base32.NoPadding)

// LineError says in which line of a typed text a slip is, counted from 1. It is an
// ErrFormat.
type LineError struct{ Line int }

// Error names the line that was mistyped.
func (e *LineError) Error() string { return fmt.Sprintf("seal: slip in line %d", e.Line) }

// Unwrap returns ErrFormat.
func (e *LineError) Unwrap() error { return ErrFormat }

// typedLines returns the lines of b with their check letters.
func typedLines(prefix string, b []byte) []string {
	text := typedEncoding.EncodeToString(b)
	var lines []string
	for len(text) > 0 {
		n := min(lineData, len(text))
		lines = append(lines, text[:n]+checkLetters(prefix, len(lines)+1, text[:n]))
		text = text[n:]
	}
	return lines
}

// compactText is the form for QR codes: prefix and lines, no spaces.
func compactText(prefix string, b []byte) string {
	return prefix + strings.Join(typedLines(prefix, b), "")
}

// typedText is the form for people: the prefix, then one line of groups each.
func typedText(prefix string, b []byte) string {
	var out strings.Builder
	out.WriteString(prefix)
	for _, line := range typedLines(prefix, b) {
		out.WriteByte('\n')
		for i := 0; i < len(line); i += lineGroup {
			if i > 0 {
				out.WriteByte('-')
			}
			out.WriteString(line[i:min(i+lineGroup, len(line))])
		}
	}
	return out.String()
}

// parseTyped reads both forms. It forgives case, spaces, dashes, full-width forms, a
// missing prefix, and O for 0, I and L for 1.
func parseTyped(prefix, text string) ([]byte, error) {
	if len(text) > maxTyped {
		return nil, fmt.Errorf("%w: text of %d bytes", ErrTooLarge, len(text))
	}
	text = strings.TrimSpace(strings.ToUpper(norm.NFKC.String(text)))
	if head, rest, found := strings.Cut(text, ":"); found {
		if strings.TrimSpace(head)+":" != prefix {
			return nil, fmt.Errorf("%w: text does not begin with %s", ErrFormat, prefix)
		}
		text = rest
	}
	text = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "", "\n", "", "\r", "", "\t", "").Replace(text)

	var data strings.Builder
	for line := 1; len(text) > 0; line++ {
		n := min(lineData+lineCheck, len(text))
		body, check := text[:max(n-lineCheck, 0)], text[max(n-lineCheck, 0):n]
		if body == "" || check != checkLetters(prefix, line, body) {
			return nil, &LineError{Line: line}
		}
		data.WriteString(body)
		text = text[n:]
	}
	b, err := typedEncoding.DecodeString(data.String())
	if err != nil || typedEncoding.EncodeToString(b) != data.String() {
		return nil, fmt.Errorf("%w: text is not complete", ErrFormat)
	}
	return b, nil
}

// checkLetters returns ten bits of a hash over the line and its place. They find
// slips; they protect against nobody.
func checkLetters(prefix string, line int, data string) string {
	sum := Sum("typed line", fmt.Appendf(nil, "%s%d:%s", prefix, line, data))
	return string([]byte{crockford[sum[0]>>3], crockford[sum[1]>>3]})
}
