// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

const x25519Size = 32

// modern is the default suite, from the standard library alone.
type modern struct{}

var _ Suite = modern{}

func (modern) Profile() Profile { return ProfileDefault }

func (modern) Name() string { return "AES-256-GCM, SHA-256, Ed25519, X25519" }

func (modern) Hash() hash.Hash { return sha256.New() }

func (modern) Derive(secret *[KeySize]byte, label string) (out [KeySize]byte, err error) {
	derived, err := hkdf.Key(sha256.New, secret[:], nil, label, KeySize)
	if err != nil {
		return out, fmt.Errorf("derive: %w", err)
	}
	copy(out[:], derived)
	clear(derived)
	return out, nil
}

func (modern) AEAD(secret *[KeySize]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		return nil, fmt.Errorf("new cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

func (modern) BoxPublic(private *[KeySize]byte) ([]byte, error) {
	key, err := ecdh.X25519().NewPrivateKey(private[:])
	if err != nil {
		return nil, fmt.Errorf("x25519 private key: %w", err)
	}
	return key.PublicKey().Bytes(), nil
}

func (modern) CheckBoxPublic(public []byte) error {
	_, err := ecdh.X25519().NewPublicKey(public)
	return err
}

// SealBox leaves rnd alone: crypto/hpke draws its ephemeral key itself.
func (modern) SealBox(_ io.Reader, public, info, aad, plaintext []byte) ([]byte, error) {
	point, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("x25519 public key: %w", err)
	}
	key, err := hpke.NewDHKEMPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("hpke public key: %w", err)
	}
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES256GCM(), info)
	if err != nil {
		return nil, fmt.Errorf("hpke sender: %w", err)
	}
	sealed, err := sender.Seal(aad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("hpke seal: %w", err)
	}
	return append(enc, sealed...), nil
}

func (modern) OpenBox(private *[KeySize]byte, info, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < x25519Size {
		return nil, fmt.Errorf("%w: box of %d bytes", ErrFormat, len(sealed))
	}
	scalar, err := ecdh.X25519().NewPrivateKey(private[:])
	if err != nil {
		return nil, fmt.Errorf("x25519 private key: %w", err)
	}
	key, err := hpke.NewDHKEMPrivateKey(scalar)
	if err != nil {
		return nil, fmt.Errorf("hpke private key: %w", err)
	}
	recipient, err := hpke.NewRecipient(sealed[:x25519Size], key, hpke.HKDFSHA256(), hpke.AES256GCM(), info)
	if err != nil {
		return nil, ErrOpen
	}
	plaintext, err := recipient.Open(aad, sealed[x25519Size:])
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

func (modern) SignPublic(private *[KeySize]byte) ([]byte, error) {
	key := ed25519.NewKeyFromSeed(private[:])
	return key[ed25519.SeedSize:], nil
}

func (modern) CheckSignPublic(public []byte) error {
	if len(public) != ed25519.PublicKeySize {
		return fmt.Errorf("ed25519 public key of %d bytes", len(public))
	}
	return nil
}

// Sign leaves rnd alone: Ed25519 is deterministic.
func (modern) Sign(_ io.Reader, private *[KeySize]byte, message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.NewKeyFromSeed(private[:]), message), nil
}

func (modern) Verify(public, message, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, message, signature)
}
