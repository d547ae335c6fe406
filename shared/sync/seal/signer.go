// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"fmt"
	"io"
)

// Signer is a person's signing key while it is unlocked. It prints as [secret]. Not
// safe for use concurrently with Lock.
type Signer struct {
	private SignPrivate
	public  SignPublic
	rnd     io.Reader
}

// NewSigner returns the unlocked signer of a private key.
func NewSigner(rnd io.Reader, private SignPrivate) (*Signer, error) {
	public, err := private.Public()
	if err != nil {
		return nil, err
	}
	return &Signer{private: private, public: public, rnd: rnd}, nil
}

// WrapSigner seals a person's private key under their passphrase, as WrapKey does.
func WrapSigner(rnd io.Reader, passphrase string, cost Params, private SignPrivate) ([]byte, error) {
	if private.IsZero() {
		return nil, ErrKey
	}
	return wrap(rnd, passphrase, cost, wrapsSigner, private.profile, private.Encode())
}

// UnlockSigner opens what WrapSigner made: ErrPassphrase as for UnwrapKey. rnd is
// kept for the profiles whose signatures need randomness.
func UnlockSigner(rnd io.Reader, passphrase string, wrapped []byte) (*Signer, error) {
	body, err := unwrap(passphrase, wrapsSigner, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(body)
	private, err := ParseSignPrivate(body)
	if err != nil {
		return nil, err
	}
	return NewSigner(rnd, private)
}

// Public returns the key that verifies, also after Lock.
func (s *Signer) Public() SignPublic { return s.public }

// Sign is SignPrivate.Sign; after Lock it returns ErrKey.
func (s *Signer) Sign(context string, message []byte) ([]byte, error) {
	return s.private.Sign(s.rnd, context, message)
}

// Lock wipes the private key.
func (s *Signer) Lock() { s.private.Zero() }

// String returns [secret].
func (s Signer) String() string { return redactedText }

// Format prints [secret] for every verb.
func (s Signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) } // printing cannot fail here
