// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"errors"
	"fmt"
)

// Meanings of the errors of this package. Errors carry no secret and no content.
var (
	// ErrOpen: the key is not the right one, or blob or context were changed.
	ErrOpen = errors.New("seal: cannot be opened: other key, other context, or changed")
	// ErrSignature: the signature is not by this key over this context and message.
	ErrSignature = errors.New("seal: signature does not fit")
	// ErrPassphrase: the passphrase is not the right one (or the wrapped key was
	// changed, which cannot be told apart).
	ErrPassphrase = errors.New("seal: wrong passphrase")
	// ErrFormat: the bytes or the text are not of the expected form.
	ErrFormat = errors.New("seal: malformed")
	// ErrUnknown: a format version, kind or profile this program does not know.
	ErrUnknown = errors.New("seal: unknown version or algorithm")
	// ErrTooLarge: beyond MaxPlaintext.
	ErrTooLarge = errors.New("seal: too large")
	// ErrKey: an empty, wiped or otherwise unusable key.
	ErrKey = errors.New("seal: unusable key")
)

// MaxPlaintext is the most one blob or box may hold: 64 MiB. Frames are 256 KB;
// attachments are sealed in chunks.
const MaxPlaintext = 64 << 20

const (
	formatV1   = 1
	headerSize = 2
)

// Kind is what an encoded thing is. The numbers are on disks and wires: they are
// never reused, and the list grows only at the end. Fifteen is the highest.
type Kind byte

// The kinds.
const (
	KindBlob Kind = iota + 1
	KindKey
	KindBox
	KindBoxKey // public or private
	KindSignature
	KindSignKey // public or private
	KindWrapped // under a passphrase
	KindEscrow
	KindChallenge
	KindPartial
	KindResponse
)

// Profile is a family of algorithms. Never reused; fifteen is the highest.
type Profile byte

// The profiles. Profile 2 is set apart for "gm" (SM4-GCM, SM3, SM2).
const (
	ProfileDefault Profile = 1
	ProfileGM      Profile = 2
)

func appendHeader(dst []byte, k Kind, p Profile) []byte {
	return append(dst, formatV1, byte(k)<<4|byte(p)&0x0f)
}

// parseHeader checks that b begins with a header of the wanted kind and returns
// its suite and what follows.
func parseHeader(b []byte, want Kind) (Suite, []byte, error) {
	if len(b) < headerSize {
		return nil, nil, fmt.Errorf("%w: %d bytes are no header", ErrFormat, len(b))
	}
	if b[0] != formatV1 {
		return nil, nil, fmt.Errorf("%w: format version %d, this program reads %d", ErrUnknown, b[0], formatV1)
	}
	if kind := Kind(b[1] >> 4); kind != want {
		return nil, nil, fmt.Errorf("%w: kind %d where kind %d belongs", ErrFormat, kind, want)
	}
	suite, err := Lookup(Profile(b[1] & 0x0f))
	if err != nil {
		return nil, nil, err
	}
	return suite, b[headerSize:], nil
}
