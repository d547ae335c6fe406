// SPDX-License-Identifier: Apache-2.0

// Package receipt makes the number that a resident takes home: twelve digits in groups of four, valid before any sync,
// readable aloud.
//
//	00421 0007 38 5
//	|     |    |  check: Damm
//	|     |    random: not to be guessed from a neighbour's number
//	|     counter: 0000 to 9999
//	device: 00001 to 89999, given by the server at enrolment, and above them those of servers' own pages; printed as
//	        0042 1000 7385
//
// Five digits of device, because Guangdong alone has 26,842 villages and communities (statistics bureau, 2023-06-30),
// each with a kiosk, and laptops come on top: four digits would not do for a province. The other side is small: a
// village has a few hundred demands a year.
//
// Numbers of two devices differ in the device. Numbers of one device differ in the counter for the first 10,000; then
// the counter starts again, and the random part of each number is that of the lap before plus one, so that 1,000,000
// numbers of one device never collide. The server gives a restored or cloned device (a new incarnation) a new device
// number, and a device near its end likewise.
package receipt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"yuexin/shared/fault"
)

const (
	size       = 12 // digits of a number
	groupSize  = 4
	deviceSize = 5
	// laps times counters numbers of one device are different.
	counters = 10_000
	laps     = 100
)

// MaxDevice is the highest device number; the lowest is 1.
const MaxDevice = 99_999

// FirstServer is the lowest of the numbers that no device gets: they are for servers' own pages, one for each day on which
// a server began to number anew, until 2053.
const FirstServer = 90_000

// Capacity is how many different numbers one device has.
const Capacity = counters * laps

// MinKey is the least length of a device's key in bytes.
const MinKey = 16

// Number is a receipt number: twelve digits without spaces. One from Parse or Numberer has a right check digit.
type Number string

// Numberer makes the numbers of one device.
type Numberer struct {
	device int
	key    []byte
}

// NewNumberer returns the numberer of a device, 1 to MaxDevice. key is a secret of this device, at least MinKey bytes,
// the same for as long as it has this device number; the random part comes from it, so that the same serial always gives
// the same number, also after a crash. Errors are fault.Invalid.
func NewNumberer(device int, key []byte) (*Numberer, error) {
	if device < 1 || device > MaxDevice {
		return nil, fault.New(fault.Invalid, "receipt.device").With("device", strconv.Itoa(device))
	}
	if len(key) < MinKey {
		return nil, fault.New(fault.Invalid, "receipt.key")
	}
	return &Numberer{device: device, key: append([]byte(nil), key...)}, nil
}

// At returns the device's number for a serial: 0 for its first receipt, 1 for the next, and so on. The caller stores the
// serial with the receipt, in one transaction, and never uses one twice. From Capacity on it fails with fault.Exhausted.
func (n *Numberer) At(serial uint64) (Number, error) {
	if serial >= Capacity {
		return "", fault.New(fault.Exhausted, "receipt.exhausted")
	}
	counter, lap := serial%counters, serial/counters
	digits := fmt.Sprintf("%0*d%04d%02d", deviceSize, n.device, counter, (n.start(counter)+lap)%laps)
	return Number(digits + string(rune('0'+damm(digits)))), nil
}

// start is the random part of a counter in the first lap. The remainder of 64 bits by 100 is even to 1 in 10¹⁷.
func (n *Numberer) start(counter uint64) uint64 {
	mac := hmac.New(sha256.New, n.key)
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], counter)
	mac.Write(message[:])
	return binary.BigEndian.Uint64(mac.Sum(nil)) % laps
}

// Parse reads a number as people say and type it: spaces, dashes, dots and commas anywhere, full-width digits, O for 0.
// Errors are fault.Invalid and say the length, the place of a wrong character, or that the check digit does not fit.
// Every wrong digit and every two neighbours exchanged are found.
func Parse(text string) (Number, error) {
	folded := strings.Map(fold, text)
	runes := []rune(folded)
	for i, r := range runes {
		if r < '0' || r > '9' {
			return "", fault.New(fault.Invalid, "receipt.number.char").With("pos", strconv.Itoa(i+1))
		}
	}
	if len(runes) != size {
		return "", fault.New(fault.Invalid, "receipt.number.length").
			With("got", strconv.Itoa(len(runes))).With("want", strconv.Itoa(size))
	}
	if damm(folded) != 0 || Number(folded).Device() == 0 {
		return "", fault.New(fault.Invalid, "receipt.number.check")
	}
	return Number(folded), nil
}

// fold turns full-width forms and O into digits and drops what stands between them.
func fold(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		r -= 0xFF01 - '!'
	}
	switch {
	case r == 'O' || r == 'o':
		return '0'
	case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Pd, r):
		return -1
	case strings.ContainsRune("\u2212_.,·、，。", r):
		return -1
	}
	return r
}

// String returns the number in groups of four, such as 0042 1000 7385.
func (n Number) String() string {
	var groups []string
	for rest := string(n); rest != ""; {
		cut := min(groupSize, len(rest))
		groups, rest = append(groups, rest[:cut]), rest[cut:]
	}
	return strings.Join(groups, " ")
}

// Device returns the device that made the number, or 0 for what is no number.
func (n Number) Device() int {
	if len(n) != size {
		return 0
	}
	device, err := strconv.Atoi(string(n[:deviceSize]))
	if err != nil {
		return 0
	}
	return device
}

// dammTable is the totally anti-symmetric quasigroup of order 10 of H. Michael Damm, "Total anti-symmetrische
// Quasigruppen" (Marburg 2004), page 111: it finds every wrong digit and every exchange of neighbours.
var dammTable = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// damm returns the check digit of decimal digits, and 0 for digits that end with their check digit.
func damm(digits string) byte {
	var state byte
	for i := range len(digits) {
		state = dammTable[state][digits[i]-'0']
	}
	return state
}
