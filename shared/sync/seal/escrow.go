// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Limits of an escrow.
const (
	MinAdmins = 2
	MaxAdmins = 12 // 66 pairs
	maxWrap   = 1024
)

const (
	checkLabel  = "recovery/check"
	checkSize   = 16
	innerDomain = "yuexin/recovery/inner/1\x00"
	outerDomain = "yuexin/recovery/outer/1\x00"
)

// ErrAdmin: the step is for another administrator, or the two are not two.
var ErrAdmin = errors.New("seal: not the administrator this is meant for")

// AdminID is the short form of an administrator's two public keys.
type AdminID [8]byte

// String returns the id as 16 hexadecimal digits.
func (id AdminID) String() string { return hex.EncodeToString(id[:]) }

// AdminPublic is an administrator as devices and the other administrators know them.
type AdminPublic struct {
	Box  BoxPublic
	Sign SignPublic
}

// ID returns the short form.
func (a AdminPublic) ID() AdminID {
	sum := Sum("recovery/administrator", append(a.Box.Encode(), a.Sign.Encode()...))
	return AdminID(sum[:8])
}

// AdminPrivate is an administrator's own pair of keys. It prints as [secret] twice.
type AdminPrivate struct {
	Box  BoxPrivate
	Sign SignPrivate
}

// NewAdmin draws both keys of suite s from rnd.
func NewAdmin(s Suite, rnd io.Reader) (AdminPrivate, error) {
	box, err := NewBox(s, rnd)
	if err != nil {
		return AdminPrivate{}, err
	}
	sign, err := NewSign(s, rnd)
	return AdminPrivate{Box: box, Sign: sign}, err
}

// Public returns what others may know, or ErrKey.
func (a AdminPrivate) Public() (AdminPublic, error) {
	box, err := a.Box.Public()
	if err != nil {
		return AdminPublic{}, err
	}
	sign, err := a.Sign.Public()
	return AdminPublic{Box: box, Sign: sign}, err
}

// Zero wipes both keys.
func (a AdminPrivate) Zero() {
	a.Box.Zero()
	a.Sign.Zero()
}

// WrapAdmin seals both keys under the administrator's passphrase, as WrapKey does.
func WrapAdmin(rnd io.Reader, passphrase string, cost Params, a AdminPrivate) ([]byte, error) {
	if a.Box.IsZero() || a.Sign.IsZero() {
		return nil, ErrKey
	}
	return wrap(rnd, passphrase, cost, wrapsAdmin, a.Box.profile, append(a.Box.Encode(), a.Sign.Encode()...))
}

// UnwrapAdmin opens what WrapAdmin made.
func UnwrapAdmin(passphrase string, wrapped []byte) (AdminPrivate, error) {
	body, err := unwrap(passphrase, wrapsAdmin, wrapped)
	if err != nil {
		return AdminPrivate{}, err
	}
	defer clear(body)
	half := min(headerSize+KeySize, len(body))
	box, err := ParseBoxPrivate(body[:half])
	if err != nil {
		return AdminPrivate{}, err
	}
	sign, err := ParseSignPrivate(body[half:])
	return AdminPrivate{Box: box, Sign: sign}, err
}

// Escrow is a device's data key sealed once for every pair of administrators: to
// one, and what comes out to the other. It lies on the device's disk in the clear;
// whoever has it and the private key of one administrator has nothing. Made again
// whenever the administrators change.
//
// Pairs, not a divided key: dividing a key (Shamir) would need code of our own, and
// whoever put it together would hold the operator's whole recovery key afterwards,
// good for every device. Pairs cost 200 bytes each.
type Escrow struct {
	profile Profile
	device  [16]byte
	check   [checkSize]byte
	admins  []AdminID // sorted, all different
	wraps   [][]byte  // by pair, in the order of pairIndex
}

// NewEscrow seals a device's data key to every pair of admins: MinAdmins to MaxAdmins
// of them, all different, or ErrAdmin.
func NewEscrow(rnd io.Reader, device [16]byte, key Key, admins []AdminPublic) (*Escrow, error) {
	if key.IsZero() {
		return nil, ErrKey
	}
	sorted := slices.Clone(admins)
	slices.SortFunc(sorted, func(a, b AdminPublic) int { return compareIDs(a.ID(), b.ID()) })
	e := &Escrow{profile: key.profile, device: device}
	for _, a := range sorted {
		e.admins = append(e.admins, a.ID())
	}
	if err := checkAdmins(e.admins); err != nil {
		return nil, err
	}
	var err error
	if e.check, err = keyCheck(key); err != nil {
		return nil, err
	}
	for i, first := range sorted {
		for _, second := range sorted[i+1:] {
			sealed, err := wrapPair(rnd, device, key, first, second)
			if err != nil {
				return nil, fmt.Errorf("seal to a pair: %w", err)
			}
			e.wraps = append(e.wraps, sealed)
		}
	}
	return e, nil
}

// Device returns the device the key belongs to.
func (e *Escrow) Device() [16]byte { return e.device }

// Admins returns the administrators, any two of whom can recover.
func (e *Escrow) Admins() []AdminID { return slices.Clone(e.admins) }

// pair returns the two in the order they have to act, and their wrap.
func (e *Escrow) pair(a, b AdminID) (first, second AdminID, sealed []byte, err error) {
	if compareIDs(a, b) > 0 {
		a, b = b, a
	}
	i, okA := slices.BinarySearchFunc(e.admins, a, compareIDs)
	j, okB := slices.BinarySearchFunc(e.admins, b, compareIDs)
	if !okA || !okB || i == j {
		return a, b, nil, ErrAdmin
	}
	return a, b, e.wraps[pairIndex(i, j, len(e.admins))], nil
}

// Encode returns the bytes ParseEscrow reads.
func (e *Escrow) Encode() []byte {
	out := appendHeader(nil, KindEscrow, e.profile)
	out = append(out, e.device[:]...)
	out = append(out, e.check[:]...)
	out = append(out, byte(len(e.admins)))
	for _, id := range e.admins {
		out = append(out, id[:]...)
	}
	for _, sealed := range e.wraps {
		out = appendSized(out, sealed)
	}
	return out
}

// ParseEscrow reads what Encode wrote: ErrFormat or ErrUnknown otherwise.
func ParseEscrow(b []byte) (*Escrow, error) {
	suite, rest, err := parseHeader(b, KindEscrow)
	if err != nil {
		return nil, err
	}
	r := reader{rest: rest}
	e := &Escrow{profile: suite.Profile()}
	r.fill(e.device[:])
	r.fill(e.check[:])
	var count [1]byte
	r.fill(count[:])
	for range min(int(count[0]), MaxAdmins+1) {
		var id AdminID
		r.fill(id[:])
		e.admins = append(e.admins, id)
	}
	if r.failed || checkAdmins(e.admins) != nil {
		return nil, fmt.Errorf("%w: escrow", ErrFormat)
	}
	for range len(e.admins) * (len(e.admins) - 1) / 2 {
		e.wraps = append(e.wraps, r.sized(maxWrap))
	}
	return e, r.done("escrow")
}

func checkAdmins(sorted []AdminID) error {
	if len(sorted) < MinAdmins || len(sorted) > MaxAdmins {
		return fmt.Errorf("%w: %d administrators, want %d to %d", ErrAdmin, len(sorted), MinAdmins, MaxAdmins)
	}
	for i, id := range sorted[1:] {
		if compareIDs(sorted[i], id) >= 0 {
			return fmt.Errorf("%w: one administrator twice", ErrAdmin)
		}
	}
	return nil
}

// wrapPair seals key to second, and the result to first, who therefore acts first.
func wrapPair(rnd io.Reader, device [16]byte, key Key, first, second AdminPublic) ([]byte, error) {
	body := key.Encode()
	defer clear(body)
	inner, err := second.Box.SealTo(nil, rnd, body, pairContext(innerDomain, device, first.ID(), second.ID()))
	if err != nil {
		return nil, err
	}
	return first.Box.SealTo(nil, rnd, inner, pairContext(outerDomain, device, first.ID(), second.ID()))
}

func pairContext(domain string, device [16]byte, first, second AdminID) []byte {
	return slices.Concat([]byte(domain), device[:], first[:], second[:])
}

// pairIndex numbers the pairs i < j < n row by row: 01 02 … 12 13 …
func pairIndex(i, j, n int) int { return i*(2*n-i-1)/2 + j - i - 1 }

func compareIDs(a, b AdminID) int { return bytes.Compare(a[:], b[:]) }

// keyCheck returns bytes by which a key is recognised and that tell nothing about it.
func keyCheck(key Key) (out [checkSize]byte, err error) {
	derived, err := key.Derive(checkLabel)
	if err != nil {
		return out, err
	}
	copy(out[:], derived.bytes[:])
	derived.Zero()
	return out, nil
}

// reader takes foreign bytes apart; after the first shortage it only fails.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) fill(dst []byte) {
	if r.failed || len(r.rest) < len(dst) {
		r.failed = true
		return
	}
	r.rest = r.rest[copy(dst, r.rest):]
}

// sized returns a copy of the next field, written by appendSized, of at most limit
// bytes.
func (r *reader) sized(limit int) []byte {
	var size [2]byte
	r.fill(size[:])
	n := int(binary.BigEndian.Uint16(size[:]))
	if r.failed || n > limit || n > len(r.rest) {
		r.failed = true
		return nil
	}
	field := bytes.Clone(r.rest[:n])
	r.rest = r.rest[n:]
	return field
}

// done returns ErrFormat after a shortage or when bytes are left.
func (r *reader) done(what string) error {
	if r.failed || len(r.rest) > 0 {
		return fmt.Errorf("%w: %s", ErrFormat, what)
	}
	return nil
}

func appendSized(dst, field []byte) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(field))), field...)
}
