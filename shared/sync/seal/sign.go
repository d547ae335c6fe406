// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"fmt"
	"io"
	"log/slog"
)

const (
	signDomain     = "yuexin/seal/sign/1\x00"
	signTextPrefix = "yxsig:"
	maxSignature   = 128 // bytes in any profile
)

// MaxContext is the longest context of a signature in bytes.
const MaxContext = 255

// SignPublic verifies signatures. The zero SignPublic is unusable. Values compare
// with ==.
type SignPublic struct{ public }

// SignPrivate makes signatures. It prints as [secret].
type SignPrivate struct{ secret }

// NewSign draws a private key of suite s from rnd.
func NewSign(s Suite, rnd io.Reader) (SignPrivate, error) {
	body, err := newSecret(s, rnd)
	return SignPrivate{body}, err
}

// ParseSignPrivate reads what Encode wrote.
func ParseSignPrivate(b []byte) (SignPrivate, error) {
	body, err := parseSecret(b, KindSignKey)
	return SignPrivate{body}, err
}

// Encode returns the private key with its header; nil for an empty key. The caller
// wipes it.
func (p SignPrivate) Encode() []byte { return p.encode(KindSignKey) }

// Equal reports in constant time whether both are the same key. An empty key equals
// none.
func (p SignPrivate) Equal(other SignPrivate) bool { return p.equal(other.secret) }

// Public returns the public key, or ErrKey.
func (p SignPrivate) Public() (SignPublic, error) {
	suite, err := p.suite()
	if err != nil {
		return SignPublic{}, err
	}
	raw, err := suite.SignPublic(p.bytes)
	if err != nil {
		return SignPublic{}, err
	}
	return SignPublic{public{profile: p.profile, raw: string(raw)}}, nil
}

// ParseSignPublic reads the bytes Encode wrote.
func ParseSignPublic(b []byte) (SignPublic, error) {
	body, err := parsePublic(b, KindSignKey)
	return SignPublic{body}, err
}

// Encode returns the public key with its header.
func (p SignPublic) Encode() []byte { return p.encode(KindSignKey) }

// String returns the text form, "yxsig:" and base64url.
func (p SignPublic) String() string { return p.text(KindSignKey, signTextPrefix) }

// MarshalText returns the text form.
func (p SignPublic) MarshalText() ([]byte, error) { return p.marshal(KindSignKey, signTextPrefix) }

// UnmarshalText reads the text form and leaves p alone when it returns an error.
func (p *SignPublic) UnmarshalText(text []byte) error {
	body, err := parsePublicText(string(text), KindSignKey, signTextPrefix)
	if err != nil {
		return err
	}
	p.public = body
	return nil
}

// LogValue prints the text form.
func (p SignPublic) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Sign returns the signature of message made for one purpose, named by context (1 to
// MaxContext bytes, such as "wire/frame/1"). A signature made in one context never
// verifies in another. What is signed is a fixed prefix, the length of the context as
// one byte, the context, and the message.
func (p SignPrivate) Sign(rnd io.Reader, context string, message []byte) ([]byte, error) {
	suite, err := p.suite()
	if err != nil {
		return nil, err
	}
	signed, err := signedBytes(context, message)
	if err != nil {
		return nil, err
	}
	raw, err := suite.Sign(rnd, p.bytes, signed)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return append(appendHeader(nil, KindSignature, p.profile), raw...), nil
}

// Verify returns nil if signature is by p over context and message; ErrSignature if
// it is not; ErrFormat or ErrUnknown if it is no signature this program can read.
func (p SignPublic) Verify(context string, message, signature []byte) error {
	own, err := p.suite()
	if err != nil {
		return err
	}
	suite, raw, err := parseHeader(signature, KindSignature)
	if err != nil {
		return err
	}
	if len(raw) > maxSignature {
		return fmt.Errorf("%w: signature of %d bytes", ErrFormat, len(raw))
	}
	signed, err := signedBytes(context, message)
	if err != nil {
		return err
	}
	if suite.Profile() != own.Profile() || !suite.Verify([]byte(p.raw), signed, raw) {
		return ErrSignature
	}
	return nil
}

func signedBytes(context string, message []byte) ([]byte, error) {
	if len(context) == 0 || len(context) > MaxContext {
		return nil, fmt.Errorf("%w: context of %d bytes, want 1 to %d", ErrFormat, len(context), MaxContext)
	}
	out := make([]byte, 0, len(signDomain)+1+len(context)+len(message))
	out = append(out, signDomain...)
	out = append(out, byte(len(context)))
	out = append(out, context...)
	return append(out, message...), nil
}
