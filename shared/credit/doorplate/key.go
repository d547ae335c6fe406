// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"yuexin/shared/fault"
)

// Kid names the key that signed a plate.
type Kid uint16

// String returns four hexadecimal digits.
func (k Kid) String() string { return fmt.Sprintf("%04x", uint16(k)) }

// KidOf returns the id of a public key: the first two bytes of its SHA-256.
func KidOf(publicKey []byte) Kid {
	sum := sha256.Sum256(publicKey)
	return Kid(binary.BigEndian.Uint16(sum[:]))
}

// Verifier checks signatures of one public key. The algorithm belongs to the key: another one with signatures of 64
// bytes, such as SM2, comes without a change of the token.
type Verifier interface {
	// Verify says whether signature is one of message.
	Verify(message, signature []byte) bool
}

// Signer makes signatures of one private key.
type Signer interface {
	// Kid is the id of the public key.
	Kid() Kid
	// Sign returns a signature of 64 bytes.
	Sign(message []byte) ([]byte, error)
}

// Ed25519Public is a public key of crypto/ed25519 as a Verifier.
type Ed25519Public ed25519.PublicKey

// Verify implements Verifier. A key of the wrong length verifies nothing.
func (p Ed25519Public) Verify(message, signature []byte) bool {
	return len(p) == ed25519.PublicKeySize && ed25519.Verify(ed25519.PublicKey(p), message, signature)
}

// Ed25519Private is a private key of crypto/ed25519 as a Signer.
type Ed25519Private ed25519.PrivateKey

// Kid implements Signer.
func (p Ed25519Private) Kid() Kid { return KidOf(p.public()) }

// Sign implements Signer. A key of the wrong length is fault.Internal.
func (p Ed25519Private) Sign(message []byte) ([]byte, error) {
	if len(p) != ed25519.PrivateKeySize {
		return nil, fault.New(fault.Internal, "doorplate.key.size")
	}
	return ed25519.Sign(ed25519.PrivateKey(p), message), nil
}

// public is the second half of the private key, or nothing when the length is wrong.
func (p Ed25519Private) public() []byte {
	if len(p) != ed25519.PrivateKeySize {
		return nil
	}
	return p[ed25519.PrivateKeySize-ed25519.PublicKeySize:]
}

// KeySet is the public keys whose plates count. Keys of past years stay in it as long as their plates hang.
type KeySet map[Kid]Verifier

// NewKeySet makes a set of Ed25519 public keys. A key of the wrong length is fault.Invalid; two keys with the same id
// are fault.Conflict: make the newer one again.
func NewKeySet(publicKeys ...ed25519.PublicKey) (KeySet, error) {
	keys := make(KeySet, len(publicKeys))
	for _, public := range publicKeys {
		if len(public) != ed25519.PublicKeySize {
			return nil, fault.New(fault.Invalid, "doorplate.key.size")
		}
		kid := KidOf(public)
		if _, taken := keys[kid]; taken {
			return nil, fault.New(fault.Conflict, "doorplate.key.id").With("kid", kid.String())
		}
		keys[kid] = Ed25519Public(public)
	}
	return keys, nil
}
