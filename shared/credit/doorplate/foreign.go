// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"crypto/sha256"
	"strings"
	"unicode"

	"yuexin/shared/fault"
)

// maxForeign is more bytes than any QR code holds (7,089 digits; ISO/IEC 18004 table 7).
const maxForeign = 8192

// ForeignKey stands for the code on a plate of somebody else, such as the police's. What the code says is not ours to
// read or keep; a registry maps the key to a plate of ours.
type ForeignKey string

// foreignPrefix begins every key, foreignBytes is the length of the digest in it.
const (
	foreignPrefix = "F"
	foreignBytes  = 16
)

// Foreign returns the key of a code that Parse refuses with ErrForeign: the letter F and 26 characters of its SHA-256.
// White space and control characters around it do not count, because scanners add them; everything else does. Nothing is
// fault.Invalid, more than a QR code can hold fault.TooLarge.
func Foreign(text string) (ForeignKey, error) {
	trimmed := strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
	if trimmed == "" {
		return "", fault.New(fault.Invalid, "doorplate.foreign.empty")
	}
	if len(trimmed) > maxForeign {
		return "", fault.New(fault.TooLarge, "doorplate.foreign.long")
	}
	sum := sha256.Sum256([]byte(trimmed))
	return ForeignKey(foreignPrefix + crockford.EncodeToString(sum[:foreignBytes])), nil
}
