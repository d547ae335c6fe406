// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const (
	boxInfo       = "yuexin/seal/box/1"
	boxTextPrefix = "yxbox:"
	maxPublic     = 128 // bytes of a public key in any profile
)

// BoxPublic is a public key that things are sealed to. The zero BoxPublic is
// unusable. Values compare with ==.
type BoxPublic struct{ public }

// BoxPrivate opens what was sealed to its BoxPublic. It prints as [secret].
type BoxPrivate struct{ secret }

// NewBox draws a private key of suite s from rnd.
func NewBox(s Suite, rnd io.Reader) (BoxPrivate, error) {
	body, err := newSecret(s, rnd)
	return BoxPrivate{body}, err
}

// ParseBoxPrivate reads what Encode wrote.
func ParseBoxPrivate(b []byte) (BoxPrivate, error) {
	body, err := parseSecret(b, KindBoxKey)
	return BoxPrivate{body}, err
}

// Encode returns the private key with its header; nil for an empty key. The caller
// wipes it.
func (p BoxPrivate) Encode() []byte { return p.encode(KindBoxKey) }

// Equal reports in constant time whether both are the same key. An empty key equals
// none.
func (p BoxPrivate) Equal(other BoxPrivate) bool { return p.equal(other.secret) }

// Public returns the public key, or ErrKey.
func (p BoxPrivate) Public() (BoxPublic, error) {
	suite, err := p.suite()
	if err != nil {
		return BoxPublic{}, err
	}
	raw, err := suite.BoxPublic(p.bytes)
	if err != nil {
		return BoxPublic{}, err
	}
	return BoxPublic{public{profile: p.profile, raw: string(raw)}}, nil
}

// ParseBoxPublic reads the bytes Encode wrote.
func ParseBoxPublic(b []byte) (BoxPublic, error) {
	body, err := parsePublic(b, KindBoxKey)
	return BoxPublic{body}, err
}

// Encode returns the public key with its header.
func (p BoxPublic) Encode() []byte { return p.encode(KindBoxKey) }

// String returns the text form, "yxbox:" and base64url.
func (p BoxPublic) String() string { return p.text(KindBoxKey, boxTextPrefix) }

// MarshalText returns the text form.
func (p BoxPublic) MarshalText() ([]byte, error) { return p.marshal(KindBoxKey, boxTextPrefix) }

// UnmarshalText reads the text form and leaves p alone when it returns an error.
func (p *BoxPublic) UnmarshalText(text []byte) error {
	body, err := parsePublicText(string(text), KindBoxKey, boxTextPrefix)
	if err != nil {
		return err
	}
	p.public = body
	return nil
}

// LogValue prints the text form.
func (p BoxPublic) LogValue() slog.Value { return slog.StringValue(p.String()) }

// SealTo appends plaintext, sealed to p and bound to aad, to dst. Nobody learns who
// sealed it, and nobody else can open it, the sealer included.
func (p BoxPublic) SealTo(dst []byte, rnd io.Reader, plaintext, aad []byte) ([]byte, error) {
	suite, err := p.suite()
	if err != nil {
		return dst, err
	}
	if len(plaintext) > MaxPlaintext {
		return dst, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(plaintext), MaxPlaintext)
	}
	sealed, err := suite.SealBox(rnd, []byte(p.raw), boxContext(p.profile), aad, plaintext)
	if err != nil {
		return dst, fmt.Errorf("seal box: %w", err)
	}
	return append(appendHeader(dst, KindBox, p.profile), sealed...), nil
}

// OpenBox appends the plaintext of box to dst: ErrOpen when it was sealed to another
// key, with another aad, or changed.
func (p BoxPrivate) OpenBox(dst, box, aad []byte) ([]byte, error) {
	own, err := p.suite()
	if err != nil {
		return dst, err
	}
	suite, rest, err := parseHeader(box, KindBox)
	if err != nil {
		return dst, err
	}
	if suite.Profile() != own.Profile() {
		return dst, fmt.Errorf("%w: box of profile %d under a key of another", ErrOpen, suite.Profile())
	}
	if len(rest) > MaxPlaintext+2*maxPublic {
		return dst, fmt.Errorf("%w: box of %d bytes", ErrTooLarge, len(rest))
	}
	plaintext, err := suite.OpenBox(p.bytes, boxContext(p.profile), aad, rest)
	if err != nil {
		return dst, err
	}
	return append(dst, plaintext...), nil
}

func boxContext(p Profile) []byte { return appendHeader([]byte(boxInfo), KindBox, p) }

// public is the body of every public key. raw is a string so that keys compare.
type public struct {
	profile Profile
	raw     string
}

// IsZero reports whether the key is empty.
func (p public) IsZero() bool { return p.profile == 0 }

func (p public) suite() (Suite, error) {
	if p.profile == 0 {
		return nil, ErrKey
	}
	return Lookup(p.profile)
}

func (p public) encode(kind Kind) []byte {
	return append(appendHeader(nil, kind, p.profile), p.raw...)
}

func (p public) text(kind Kind, prefix string) string {
	return prefix + base64.RawURLEncoding.EncodeToString(p.encode(kind))
}

func (p public) marshal(kind Kind, prefix string) ([]byte, error) {
	if p.IsZero() {
		return nil, fmt.Errorf("%w: empty public key", ErrKey)
	}
	return []byte(p.text(kind, prefix)), nil
}

func parsePublic(b []byte, kind Kind) (public, error) {
	suite, raw, err := parseHeader(b, kind)
	if err != nil {
		return public{}, err
	}
	check := suite.CheckBoxPublic
	if kind == KindSignKey {
		check = suite.CheckSignPublic
	}
	if len(raw) > maxPublic {
		return public{}, fmt.Errorf("%w: public key of %d bytes", ErrFormat, len(raw))
	}
	if err := check(raw); err != nil {
		return public{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return public{profile: suite.Profile(), raw: string(raw)}, nil
}

func parsePublicText(text string, kind Kind, prefix string) (public, error) {
	body, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return public{}, fmt.Errorf("%w: public key does not begin with %s", ErrFormat, prefix)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil {
		return public{}, fmt.Errorf("%w: public key: %w", ErrFormat, err)
	}
	return parsePublic(b, kind)
}
