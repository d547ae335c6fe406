// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode"

	"yuexin/shared/fault"
)

// SecretSize is what a card holds, in bytes.
const SecretSize = 16

// Characters is how long the code on a card is: 26 characters of the secret and 2 that find a slip.
const Characters = 28

// prefix begins the picture code of a card and names its version: another one is another card.
const prefix = "YXF1"

// Alphabet is what a code is written in: Crockford's base32, without I, L, O (look like digits) and U.
// Source: https://www.crockford.com/base32.html
const Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockford = base32.NewEncoding(Alphabet).WithPadding(base32.NoPadding)

// Card is the secret of a file card. It prints as [secret]; only Code and QR say it, for the card itself. The zero Card is
// none.
type Card struct{ secret [SecretSize]byte }

// ID names a card without telling its secret: a digest of it. Nobody can test a guess at 128 random bits.
type ID [16]byte

// NewCard draws a card. random must be fit for keys.
func NewCard(random io.Reader) (Card, error) {
	var c Card
	if _, err := io.ReadFull(random, c.secret[:]); err != nil {
		return Card{}, fmt.Errorf("draw the secret of a file card: %w", err)
	}
	return c, nil
}

// IsZero reports whether there is no secret.
func (c Card) IsZero() bool { return c == Card{} }

// ID returns the name of the card.
func (c Card) ID() (id ID) {
	sum := sha256.Sum256(append([]byte("yuexin file card id/1 "), c.secret[:]...))
	copy(id[:], sum[:])
	return id
}

// Code returns what stands on the card to be typed: seven groups of four characters.
func (c Card) Code() string { return Group(c.code()) }

// QR returns what the picture code of the card says, in characters that QR codes write small.
func (c Card) QR() string { return prefix + "-" + c.code() }

func (c Card) code() string {
	body := crockford.EncodeToString(c.secret[:])
	return body + slip(body)
}

// slip returns two characters that one wrong character, or two exchanged ones, do not leave as they are but once in a
// thousand times; what slips through opens no sheet.
func slip(body string) string {
	sum := sha256.Sum256([]byte("yuexin file card slip/1 " + body))
	n := int(sum[0])<<2 | int(sum[1])>>6
	return string([]byte{Alphabet[n>>5], Alphabet[n&31]})
}

// Group parts a code, or the beginning of one, into groups of four.
func Group(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// IsCard reports whether a scanned text is the picture code of a file card, of any version, so that it is not taken for a
// damaged doorplate.
func IsCard(text string) bool { return strings.HasPrefix(fold(text), "YXF") }

// ParseCard reads a card as it is scanned or typed: spaces and dashes anywhere, lower case, full-width forms, O for 0, I and
// L for 1. Faults: Invalid "myfile.card.char" with the place, "myfile.card.length", "myfile.card.slip"; Unsupported
// "myfile.card.version" for a card that a newer program made.
func ParseCard(text string) (Card, error) {
	text = fold(text)
	if body, is := strings.CutPrefix(text, prefix); is && len(body) == Characters {
		text = body
	} else if strings.HasPrefix(text, "YXF") && len(text) != Characters {
		return Card{}, fault.New(fault.Unsupported, "myfile.card.version")
	}
	code := make([]byte, 0, Characters)
	for i, r := range []rune(text) {
		switch r {
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > unicode.MaxASCII || strings.IndexByte(Alphabet, byte(r)) < 0 {
			return Card{}, fault.New(fault.Invalid, "myfile.card.char").With("pos", strconv.Itoa(i+1)).WithField("card")
		}
		code = append(code, byte(r))
	}
	if len(code) != Characters {
		return Card{}, fault.New(fault.Invalid, "myfile.card.length").
			With("got", strconv.Itoa(len(code))).With("want", strconv.Itoa(Characters)).WithField("card")
	}
	body := string(code[:Characters-2])
	secret, err := crockford.DecodeString(body)
	if err != nil || len(secret) != SecretSize || !bytes.Equal(code, []byte(crockford.EncodeToString(secret)+slip(body))) {
		return Card{}, fault.New(fault.Invalid, "myfile.card.slip").WithField("card")
	}
	return Card{[SecretSize]byte(secret)}, nil
}

// fold drops what stands between the characters, and writes them in capitals of ordinary width.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFF01 - '!'
		}
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Pd, r), r == '\u2212':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, text)
}

// String returns [secret].
func (Card) String() string { return "[secret]" }

// Format prints [secret] for every verb.
func (c Card) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) } // a State does not fail

// LogValue returns [secret].
func (c Card) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText fails: the secret leaves only through Code and QR.
func (Card) MarshalText() ([]byte, error) {
	return nil, fault.New(fault.NotAllowed, "myfile.card.secret")
}
