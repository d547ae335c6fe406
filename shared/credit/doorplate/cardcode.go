// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"yuexin/shared/fault"
)

// CardCode is the secret on a household card: eight digits that stand neither on the plate nor in its QR code, both of
// which everybody who passes the door can read. Whoever knows it holds the card. Only the server that printed the card can
// check it.
type CardCode string

const (
	cardCodeSize    = 8
	cardCodeContext = "yuexin household card"
)

// CardCodeOf returns the code on the card of a plate. key is the server's secret, the same for as long as cards last.
func CardCodeOf(key []byte, h Handle) CardCode {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(cardCodeContext))
	mac.Write(h[:])
	return CardCode(fmt.Sprintf("%0*d", cardCodeSize, binary.BigEndian.Uint64(mac.Sum(nil))%100_000_000))
}

// ParseCardCode reads a code as people type it: spaces and dashes anywhere, full-width digits. The fault is Invalid
// "doorplate.card".
func ParseCardCode(text string) (CardCode, error) {
	digits := strings.Map(dropDash, fold(text))
	if len(digits) != cardCodeSize || strings.Trim(digits, "0123456789") != "" {
		return "", fault.New(fault.Invalid, "doorplate.card")
	}
	return CardCode(digits), nil
}

// String returns the code in two groups, such as 0417 3385.
func (c CardCode) String() string {
	if len(c) != cardCodeSize {
		return string(c)
	}
	return string(c[:cardCodeSize/2] + " " + c[cardCodeSize/2:])
}
