// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"fmt"
	"io"
	"strconv"

	"yuexin/shared/fault"
)

// HandleSize is the length of a handle in bytes.
const HandleSize = 16

// handleText is the length of a handle in base32.
const handleText = 26

// Handle is the random name of one plate. It says nothing about place or person. The zero Handle names no plate.
type Handle [HandleSize]byte

// NewHandle draws a handle from random, which must be fit for keys. It fails with the error of random.
func NewHandle(random io.Reader) (Handle, error) {
	var h Handle
	if _, err := io.ReadFull(random, h[:]); err != nil {
		return Handle{}, fmt.Errorf("read randomness for a plate: %w", err)
	}
	if h.IsZero() {
		return Handle{}, fault.New(fault.Internal, "doorplate.handle.random")
	}
	return h, nil
}

// ParseHandle reads what String wrote and forgives look-alikes, spaces and lower case. Errors are fault.Invalid.
func ParseHandle(text string) (Handle, error) {
	folded := fold(text)
	if len(folded) != handleText {
		return Handle{}, fault.New(fault.Invalid, "doorplate.handle.length").
			With("got", strconv.Itoa(len(folded))).With("want", strconv.Itoa(handleText))
	}
	plain, err := digits(folded, "doorplate.handle.char")
	if err != nil {
		return Handle{}, err
	}
	raw, err := crockford.DecodeString(plain)
	if err != nil || crockford.EncodeToString(raw) != plain {
		return Handle{}, fault.New(fault.Invalid, "doorplate.handle.spare")
	}
	return Handle(raw), nil
}

// String returns 26 upper-case characters of Crockford base32.
func (h Handle) String() string { return crockford.EncodeToString(h[:]) }

// MarshalText is String.
func (h Handle) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText is ParseHandle.
func (h *Handle) UnmarshalText(text []byte) error {
	parsed, err := ParseHandle(string(text))
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}

// IsZero says whether h names no plate.
func (h Handle) IsZero() bool { return h == Handle{} }
