// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"crypto/cipher"
	"crypto/hmac"
	"fmt"
	"hash"
	"io"
	"slices"
)

const deriveDomain = "yuexin/seal/derive/1\x00"

// Key is a symmetric secret of 32 bytes that knows its profile. It prints as
// [secret]. The zero Key is unusable. One Key seals at most 2³² messages (see the
// package comment); use Derive for every separate use.
type Key struct{ secret }

// NewKey draws a key of suite s from rnd.
func NewKey(s Suite, rnd io.Reader) (Key, error) {
	body, err := newSecret(s, rnd)
	return Key{body}, err
}

// ParseKey reads what Encode wrote: ErrFormat or ErrUnknown otherwise.
func ParseKey(b []byte) (Key, error) {
	body, err := parseSecret(b, KindKey)
	return Key{body}, err
}

// Encode returns the key itself with its header, 34 bytes, for storing where only
// its owner reads; nil for an empty key. The caller wipes it.
func (k Key) Encode() []byte { return k.encode(KindKey) }

// Equal reports in constant time whether both are the same key. An empty key equals
// none.
func (k Key) Equal(other Key) bool { return k.equal(other.secret) }

// Derive returns the key for a use named by label, such as "replica/rows" or
// "subject/" and an id. The derived key tells nothing about k or about the keys of
// other labels.
func (k Key) Derive(label string) (Key, error) {
	suite, err := k.suite()
	if err != nil {
		return Key{}, err
	}
	derived, err := suite.Derive(k.bytes, deriveDomain+label)
	if err != nil {
		return Key{}, err
	}
	defer clear(derived[:])
	return Key{makeSecret(k.profile, derived[:])}, nil
}

// MAC returns the keyed digest (HMAC) of data: equal data gives equal digests, and
// without the key nobody can test a guess. It is the blind index of look-ups; use a
// key derived for that alone.
func (k Key) MAC(data []byte) (Digest, error) {
	suite, err := k.suite()
	if err != nil {
		return Digest{}, err
	}
	mac := hmac.New(func() hash.Hash { return suite.Hash() }, k.bytes[:])
	_, _ = mac.Write(data) // a hash never fails
	return Digest(mac.Sum(nil)), nil
}

// Seal appends the sealed plaintext to dst and returns it. aad is bound to it: Open
// wants the same. plaintext and dst must not overlap.
func (k Key) Seal(dst []byte, rnd io.Reader, plaintext, aad []byte) ([]byte, error) {
	s, err := k.Sealer(rnd)
	if err != nil {
		return dst, err
	}
	return s.Seal(dst, plaintext, aad)
}

// Open appends the plaintext of blob to dst and returns it: ErrOpen when key, aad or
// blob are not those of Seal; then dst is returned as it was.
func (k Key) Open(dst, blob, aad []byte) ([]byte, error) {
	s, err := k.Sealer(nil)
	if err != nil {
		return dst, err
	}
	return s.Open(dst, blob, aad)
}

// Sealer is a Key made ready once for sealing and opening many rows. It is safe for
// concurrent use if its source of randomness is. It holds the key for as long as it
// lives.
type Sealer struct {
	aead   cipher.AEAD
	rnd    io.Reader
	header [headerSize]byte
}

// Sealer makes k ready. rnd may be nil for a Sealer that only opens.
func (k Key) Sealer(rnd io.Reader) (*Sealer, error) {
	suite, err := k.suite()
	if err != nil {
		return nil, err
	}
	aead, err := suite.AEAD(k.bytes)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: aead, rnd: rnd, header: [headerSize]byte(appendHeader(nil, KindBlob, k.profile))}, nil
}

// Overhead is the number of bytes Seal adds to a plaintext.
func (s *Sealer) Overhead() int { return headerSize + s.aead.NonceSize() + s.aead.Overhead() }

// String returns [secret]: a cipher holds its key.
func (s *Sealer) String() string { return redactedText }

// Format prints [secret] for every verb.
func (s *Sealer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) } // printing cannot fail here

// Seal is Key.Seal. With room in dst and no aad it allocates nothing.
func (s *Sealer) Seal(dst, plaintext, aad []byte) ([]byte, error) {
	if s.rnd == nil {
		return dst, fmt.Errorf("%w: this sealer only opens", ErrKey)
	}
	if len(plaintext) > MaxPlaintext {
		return dst, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(plaintext), MaxPlaintext)
	}
	out := slices.Grow(dst, s.Overhead()+len(plaintext))
	out = append(out, s.header[:]...)
	nonce := out[len(out) : len(out)+s.aead.NonceSize()]
	if _, err := io.ReadFull(s.rnd, nonce); err != nil {
		return dst, fmt.Errorf("draw a nonce: %w", err)
	}
	return s.aead.Seal(out[:len(out)+len(nonce)], nonce, plaintext, s.bind(aad)), nil
}

// Open is Key.Open.
func (s *Sealer) Open(dst, blob, aad []byte) ([]byte, error) {
	suite, rest, err := parseHeader(blob, KindBlob)
	if err != nil {
		return dst, err
	}
	if suite.Profile() != Profile(s.header[1]&0x0f) {
		return dst, fmt.Errorf("%w: blob of profile %d under a key of another", ErrOpen, suite.Profile())
	}
	size := len(rest) - s.aead.NonceSize() - s.aead.Overhead()
	if size < 0 {
		return dst, fmt.Errorf("%w: blob of %d bytes", ErrFormat, len(blob))
	}
	if size > MaxPlaintext {
		return dst, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, MaxPlaintext)
	}
	nonce, ciphertext := rest[:s.aead.NonceSize()], rest[s.aead.NonceSize():]
	out, err := s.aead.Open(dst, nonce, ciphertext, s.bind(aad))
	if err != nil {
		return dst, ErrOpen
	}
	return out, nil
}

// bind puts the header in front of the caller's additional data, so that it is
// authenticated with it.
func (s *Sealer) bind(aad []byte) []byte {
	if len(aad) == 0 {
		return s.header[:]
	}
	return append(append(make([]byte, 0, headerSize+len(aad)), s.header[:]...), aad...)
}
