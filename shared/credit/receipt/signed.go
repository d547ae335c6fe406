// SPDX-License-Identifier: Apache-2.0

package receipt

import (
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
)

// Purpose is what a device's signature under a receipt is for: one made for anything else does not verify.
const Purpose = "yuexin receipt"

// Signed is what the picture code on a receipt says: that a device gave this number at this minute. It is signed when the
// receipt is given, before any sync, and whoever has the device's public key can verify it without a network. It says nothing
// of whom the receipt is for. The lookup code, which only the holder's receipt has, stands beside it and is not signed.
type Signed struct {
	Number    Number
	Minute    int64 // since 1970 UTC, by the device's clock
	Signature []byte
	Code      Code // "" on a copy
}

// Sign signs a number for the minute of a time. The error is that of sign, which signs with the device's key for Purpose.
func Sign(n Number, at time.Time, sign func(message []byte) ([]byte, error)) (Signed, error) {
	p := Signed{Number: n, Minute: at.Unix() / 60}
	var err error
	p.Signature, err = sign(p.Message())
	return p, err
}

// Time returns the minute that is signed.
func (p Signed) Time() time.Time { return time.Unix(p.Minute*60, 0) }

// Message returns what is signed: the twelve digits, and the minute as eight bytes.
func (p Signed) Message() []byte {
	return binary.BigEndian.AppendUint64([]byte(p.Number), uint64(p.Minute))
}

// letters are written in the characters that a QR code holds most tightly (ISO/IEC 18004, alphanumeric mode).
var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// String returns it as a code says it, the number first, so that whoever scans it reads the number:
//
//	0042 1000 7385 29941230 AEBAGBA… 04173385
func (p Signed) String() string {
	return strings.TrimSpace(p.Number.String() + " " + strconv.FormatInt(p.Minute, 10) + " " + letters.EncodeToString(p.Signature) + " " + string(p.Code))
}

// The greatest length of a signature in bytes, and the parts of its text: three groups of digits, minute, signature; the
// lookup code may follow.
const (
	maxSignature = 136
	signedParts  = 5
)

// ParseSigned reads what String wrote. It does not verify. Errors are those of Parse and ParseCode, and Invalid
// "receipt.signed".
func ParseSigned(text string) (Signed, error) {
	parts := strings.Fields(text)
	var code Code
	if len(parts) == signedParts+1 {
		c, err := ParseCode(parts[signedParts])
		if err != nil {
			return Signed{}, err
		}
		parts, code = parts[:signedParts], c
	}
	if len(parts) != signedParts {
		return Signed{}, fault.New(fault.Invalid, "receipt.signed")
	}
	n, err := Parse(strings.Join(parts[:3], ""))
	if err != nil {
		return Signed{}, err
	}
	minute, err := strconv.ParseInt(parts[3], 10, 48)
	if err != nil || minute < 0 || strconv.FormatInt(minute, 10) != parts[3] {
		return Signed{}, fault.New(fault.Invalid, "receipt.signed")
	}
	signature, err := letters.DecodeString(parts[4])
	if err != nil || len(signature) == 0 || len(signature) > maxSignature || letters.EncodeToString(signature) != parts[4] {
		return Signed{}, fault.New(fault.Invalid, "receipt.signed")
	}
	return Signed{Number: n, Minute: minute, Signature: signature, Code: code}, nil
}
