// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// KeySize is the size of every secret in bytes.
const KeySize = 32

const redactedText = "[secret]"

// secret is the body of every secret key: its suite's profile and its bytes. All
// ways of printing it print [secret]. The bytes stand behind two pointers for two
// reasons: package fmt does not call the methods of unexported fields, so a struct
// holding a key would print them (behind one pointer still for verbs such as %s that
// do not fit a pointer); and Zero reaches every copy.
type secret struct{ *secretBody }

type secretBody struct {
	profile Profile
	bytes   *[KeySize]byte
}

func makeSecret(p Profile, raw []byte) secret {
	body := &secretBody{profile: p, bytes: new([KeySize]byte)}
	copy(body.bytes[:], raw)
	return secret{body}
}

func newSecret(s Suite, rnd io.Reader) (secret, error) {
	body := &secretBody{profile: s.Profile(), bytes: new([KeySize]byte)}
	if _, err := io.ReadFull(rnd, body.bytes[:]); err != nil {
		return secret{}, fmt.Errorf("draw a key: %w", err)
	}
	return secret{body}, nil
}

func parseSecret(b []byte, kind Kind) (secret, error) {
	suite, rest, err := parseHeader(b, kind)
	if err != nil {
		return secret{}, err
	}
	if len(rest) != KeySize {
		return secret{}, fmt.Errorf("%w: secret of %d bytes, want %d", ErrFormat, len(rest), KeySize)
	}
	return makeSecret(suite.Profile(), rest), nil
}

func (s secret) suite() (Suite, error) {
	if s.IsZero() {
		return nil, ErrKey
	}
	return Lookup(s.profile)
}

func (s secret) encode(kind Kind) []byte {
	if s.IsZero() {
		return nil
	}
	out := make([]byte, 0, headerSize+KeySize)
	return append(appendHeader(out, kind, s.profile), s.bytes[:]...)
}

func (s secret) equal(other secret) bool {
	return !s.IsZero() && !other.IsZero() && s.profile == other.profile &&
		subtle.ConstantTimeCompare(s.bytes[:], other.bytes[:]) == 1
}

// IsZero reports whether the key is empty or wiped.
func (s secret) IsZero() bool { return s.secretBody == nil || s.profile == 0 }

// Zero wipes the key and all its copies; every later use gives ErrKey.
func (s secret) Zero() {
	if !s.IsZero() {
		clear(s.bytes[:])
		*s.secretBody = secretBody{}
	}
}

// String returns [secret].
func (s secret) String() string { return redactedText }

// Format prints [secret] for every verb.
func (s secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) } // printing cannot fail here

// LogValue returns [secret].
func (s secret) LogValue() slog.Value { return slog.StringValue(redactedText) }

// MarshalText fails: a secret leaves only through Encode.
func (s secret) MarshalText() ([]byte, error) {
	return nil, fmt.Errorf("%w: secrets have no text form", ErrKey)
}
