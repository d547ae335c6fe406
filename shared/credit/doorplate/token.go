// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"encoding/binary"
	"strconv"
	"strings"

	"yuexin/shared/fault"
)

// Version is the layout that Issue writes and Verify knows.
const Version = 1

// The places of a token's parts in its bytes; see the package comment.
const (
	kidAt       = 1
	handleAt    = kidAt + 2
	dayAt       = handleAt + HandleSize
	bodySize    = dayAt + 2
	signSize    = 64
	tokenSize   = bodySize + signSize
	tokenText   = tokenSize * 8 / 5 // 136, without a spare bit
	tokenPath   = "/D/"
	signContext = "yuexin doorplate"
)

// A text that is no token is a damaged token, rather than another kind of code, from half a token on behind /D/, and
// within bareSlack characters of a token when it stands alone.
const (
	longCode  = tokenText / 2
	bareSlack = 8
)

// ErrForeign is the error of Parse for text that is not a token of ours at all; give it to Foreign.
var ErrForeign error = fault.New(fault.Unsupported, "doorplate.token.foreign")

// Plate is what a verified token says.
type Plate struct {
	// Version is the layout of the token.
	Version uint8
	// Kid names the key that signed it.
	Kid Kid
	// Handle is the plate's random name.
	Handle Handle
	// IssueDay is the day it was issued.
	IssueDay Day
}

// Token is a plate's signed text. A Token that did not come from Issue or Verify may be forged.
type Token [tokenSize]byte

// Issue signs a plate. It fails with fault.Invalid for the zero handle and with the error of signer.
func Issue(handle Handle, day Day, signer Signer) (Token, error) {
	if handle.IsZero() {
		return Token{}, fault.New(fault.Invalid, "doorplate.handle.zero")
	}
	var t Token
	t[0] = Version
	binary.BigEndian.PutUint16(t[kidAt:], uint16(signer.Kid()))
	copy(t[handleAt:], handle[:])
	binary.BigEndian.PutUint16(t[dayAt:], uint16(day))

	signature, err := signer.Sign(t.message())
	if err != nil {
		return Token{}, err
	}
	if len(signature) != signSize {
		return Token{}, fault.New(fault.Internal, "doorplate.key.signature")
	}
	copy(t[bodySize:], signature)
	return t, nil
}

// Parse finds the token in text: a full address in any case, with or without the scheme, or the bare token. It forgives
// full-width forms, white space anywhere, a query, a fragment or a slash at the end, and O for 0, I and L for 1.
//
// The result is not verified. Text that is no token of ours is ErrForeign; a token that is cut short, too long or holds
// a wrong character is fault.Invalid.
func Parse(text string) (Token, error) {
	candidate, ours := cutToken(fold(text))
	if !ours {
		return Token{}, ErrForeign
	}
	if n := len([]rune(candidate)); n != tokenText {
		return Token{}, fault.New(fault.Invalid, "doorplate.token.length").
			With("got", strconv.Itoa(n)).With("want", strconv.Itoa(tokenText))
	}
	plain, err := digits(candidate, "doorplate.token.char")
	if err != nil {
		return Token{}, err
	}
	raw, err := crockford.DecodeString(plain)
	if err != nil {
		return Token{}, fault.New(fault.Invalid, "doorplate.token.char").WithCause(err)
	}
	return Token(raw), nil
}

// cutToken returns what stands where a token belongs, and whether it can be meant as one.
func cutToken(folded string) (candidate string, ours bool) {
	folded, _, _ = strings.Cut(folded, "#")
	folded, _, _ = strings.Cut(folded, "?")
	folded = strings.TrimRight(folded, "/")
	if i := strings.LastIndex(folded, tokenPath); i >= 0 {
		candidate = folded[i+len(tokenPath):]
		return candidate, len(candidate) >= longCode && !strings.Contains(candidate, "/")
	}
	near := len(folded) >= tokenText-bareSlack && len(folded) <= tokenText+bareSlack
	return folded, near && !strings.ContainsAny(folded, "/:.")
}

// String returns the 136 characters.
func (t Token) String() string { return crockford.EncodeToString(t[:]) }

// URL returns the address that a plate carries, all upper case. base is the public address of the server, such as
// https://credit.example.cn; see ParseBase for its errors.
func (t Token) URL(base string) (string, error) {
	b, err := ParseBase(base)
	if err != nil {
		return "", err
	}
	return b.String() + tokenPath + t.String(), nil
}

// Unverified returns what the token claims, before any check of its signature: for messages and for printing what was
// issued a moment ago, never for access.
func (t Token) Unverified() Plate {
	return Plate{
		Version:  t[0],
		Kid:      Kid(binary.BigEndian.Uint16(t[kidAt:])),
		Handle:   Handle(t[handleAt:dayAt]),
		IssueDay: Day(binary.BigEndian.Uint16(t[dayAt:])),
	}
}

// message is what the signature covers.
func (t Token) message() []byte {
	return append([]byte(signContext), t[:bodySize]...)
}

// Verify checks a token with public keys alone, offline. An unknown layout is fault.Unsupported; an unknown key is
// fault.Stale, because the device's keys may be older than the plate; a wrong signature is fault.Corrupt. Whether the
// plate was made void since is for Voided.
func Verify(keys KeySet, t Token) (Plate, error) {
	plate := t.Unverified()
	if plate.Version != Version {
		return Plate{}, fault.New(fault.Unsupported, "doorplate.token.version").
			With("version", strconv.Itoa(int(plate.Version)))
	}
	key, known := keys[plate.Kid]
	if !known {
		return Plate{}, fault.New(fault.Stale, "doorplate.token.key").With("kid", plate.Kid.String())
	}
	if plate.Handle.IsZero() || !key.Verify(t.message(), t[bodySize:]) {
		return Plate{}, fault.New(fault.Corrupt, "doorplate.token.signature")
	}
	return plate, nil
}
