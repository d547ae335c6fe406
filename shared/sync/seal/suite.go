// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"crypto/cipher"
	"fmt"
	"hash"
	"io"
)

// Suite is one family of algorithms over raw bytes: no headers, no domain
// separation, no policy; those are the same for every suite and stand in this
// package. Secrets are KeySize bytes in every suite. A Suite is safe for concurrent
// use.
type Suite interface {
	// Profile returns the id the suite is registered under.
	Profile() Profile
	// Name returns the suite's algorithms for people.
	Name() string
	// Hash returns a new hash with 32-byte sums.
	Hash() hash.Hash
	// Derive returns the secret for a label, independent of those for other labels.
	Derive(secret *[KeySize]byte, label string) ([KeySize]byte, error)
	// AEAD returns the cipher under secret; its nonces are drawn at random.
	AEAD(secret *[KeySize]byte) (cipher.AEAD, error)

	// BoxPublic returns the public key that belongs to a private one.
	BoxPublic(private *[KeySize]byte) ([]byte, error)
	// CheckBoxPublic refuses what can be no public key.
	CheckBoxPublic(public []byte) error
	// SealBox seals to a public key.
	SealBox(rnd io.Reader, public, info, aad, plaintext []byte) ([]byte, error)
	// OpenBox opens what SealBox made with the same info and aad.
	OpenBox(private *[KeySize]byte, info, aad, sealed []byte) ([]byte, error)

	// SignPublic returns the public key that belongs to a private one.
	SignPublic(private *[KeySize]byte) ([]byte, error)
	// CheckSignPublic refuses what can be no public key.
	CheckSignPublic(public []byte) error
	// Sign returns the signature of message.
	Sign(rnd io.Reader, private *[KeySize]byte, message []byte) ([]byte, error)
	// Verify reports whether signature is by public over message.
	Verify(public, message, signature []byte) bool
}

// Default is the suite of ProfileDefault.
var Default Suite = modern{}

// suites is the registry, by profile. It is complete before main begins and only
// read afterwards.
var suites = [16]Suite{ProfileDefault: Default}

// Lookup returns the suite of a profile, or ErrUnknown.
func Lookup(p Profile) (Suite, error) {
	if int(p) >= len(suites) || suites[p] == nil {
		return nil, fmt.Errorf("%w: profile %d is not in this program", ErrUnknown, p)
	}
	return suites[p], nil
}
