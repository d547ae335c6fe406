// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// Pin is what a device knows a server's key by: SHA-256 of the certificate's
// SubjectPublicKeyInfo (as RFC 7469 section 2.4 pins keys). It survives a new
// certificate over the same key. The zero Pin stands for a certificate that the
// system's own roots vouch for.
type Pin [sha256.Size]byte

// PinOf returns the pin of a certificate.
func PinOf(cert *x509.Certificate) Pin { return sha256.Sum256(cert.RawSubjectPublicKeyInfo) }

// IsZero says whether p is empty.
func (p Pin) IsZero() bool { return p == Pin{} }

// Equal compares in constant time.
func (p Pin) Equal(other Pin) bool { return subtle.ConstantTimeCompare(p[:], other[:]) == 1 }

// Encode returns the 32 bytes.
func (p Pin) Encode() []byte { return p[:] }

// Words returns the four words that person and administrator compare. They
// belong to one code, so nobody can look for a key with the same words before
// the code was made.
func (p Pin) Words(code Code) seal.Phrase {
	return seal.NewPhrase(seal.Fingerprint(p), []byte(code))
}

// String returns 64 hexadecimal digits, "" for the zero Pin.
func (p Pin) String() string {
	if p.IsZero() {
		return ""
	}
	return hex.EncodeToString(p[:])
}

// MarshalText returns String.
func (p Pin) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what String writes. On error, a fault.Invalid, p is
// unchanged.
func (p *Pin) UnmarshalText(text []byte) error {
	var parsed Pin
	if len(text) != 0 {
		if len(text) != hex.EncodedLen(len(parsed)) {
			return fault.New(fault.Invalid, "enrol.ticket.broken")
		}
		if _, err := hex.Decode(parsed[:], text); err != nil {
			return fault.New(fault.Invalid, "enrol.ticket.broken").WithCause(err)
		}
	}
	*p = parsed
	return nil
}

// errPin says that the server's key is not the pinned one.
var errPin = fault.New(fault.NotAllowed, "enrol.pin")

// TLSConfig returns how a device verifies its server: by pin, or by the
// system's roots and the server's name if pin is zero. Enrolment and sync use
// the same.
//
// With a pin neither name nor dates of the certificate count: the key says
// everything, and a device with a wrong clock or a server with a new address
// goes on working. A mismatch is a fault.NotAllowed "enrol.pin".
func TLSConfig(pin Pin) *tls.Config { return tlsConfig(pin, nil) }

// tlsConfig is TLSConfig with the roots to trust; nil stands for the system's.
func tlsConfig(pin Pin, roots *x509.CertPool) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	if pin.IsZero() {
		return cfg
	}
	cfg.InsecureSkipVerify = true // VerifyConnection takes its place; it also runs on resumed sessions
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 || !PinOf(state.PeerCertificates[0]).Equal(pin) {
			return errPin
		}
		return nil
	}
	return cfg
}
