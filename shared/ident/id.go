// SPDX-License-Identifier: Apache-2.0

package ident

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"yuexin/shared/fault"
)

// Size is the length of an id in bytes.
const Size = 16

// textSize is the length of an id in Crockford base32 without its prefix:
// 26 characters of 5 bits carry 130 bits, so the first is at most 7.
const textSize = 26

// maxMillis is the largest time a UUID of version 7 can hold: 48 bits, year 10889.
const maxMillis = 1<<48 - 1

// ID is an opaque, permanent 16-byte id. Make it with NewV7 and convert it to the
// type of what it names: ident.Record(id). The zero ID means "none".
type ID [Size]byte

// NewV7 makes a UUID of version 7 (RFC 9562 section 5.7) from the time in
// milliseconds since 1970 UTC and 10 bytes of random. Ids made in later
// milliseconds compare greater. It fails with fault.Invalid when ms does not fit
// 48 bits and with fault.Internal when random does.
func NewV7(ms int64, random io.Reader) (ID, error) {
	if ms < 0 || ms > maxMillis {
		return ID{}, fault.New(fault.Invalid, "ident.id.time")
	}
	var id ID
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return ID{}, fmt.Errorf("read randomness for an id: %w", err)
	}

	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(ms))
	copy(id[:6], stamp[2:])
	id[6] = id[6]&0x0F | 0x70 // version 7
	id[8] = id[8]&0x3F | 0x80 // variant of RFC 9562
	return id, nil
}

// Millis returns the time in milliseconds since 1970 UTC that NewV7 was given.
// It says when the id was made by the clock of its maker, nothing more.
func (id ID) Millis() int64 {
	var stamp [8]byte
	copy(stamp[2:], id[:6])
	return int64(binary.BigEndian.Uint64(stamp[:]))
}

// IsZero says whether id is the zero ID.
func (id ID) IsZero() bool {
	return id == ID{}
}

// The digits of Crockford base32, in lower case; their order is that of their
// values, so texts sort as the bytes do.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// encode writes the 26 characters.
func (id ID) encode() string {
	hi, lo := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	var text [textSize]byte
	for i := textSize - 1; i >= 0; i-- {
		text[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(text[:])
}

// decode reads 26 characters that fold has cleaned; skip is the length of the
// prefix before them, for the positions in faults.
func decode(text []rune, skip int) (ID, error) {
	var hi, lo uint64
	for i, r := range text {
		v, ok := crockfordValue(r)
		if !ok || (i == 0 && v > 7) {
			return ID{}, wrongAt("ident.id.char", skip+i, r)
		}
		hi = hi<<5 | lo>>59
		lo = lo<<5 | uint64(v)
	}
	if len(text) != textSize {
		return ID{}, wrongLength("ident.id.length", skip+len(text), skip+textSize)
	}
	var id ID
	binary.BigEndian.PutUint64(id[:8], hi)
	binary.BigEndian.PutUint64(id[8:], lo)
	return id, nil
}

// crockfordValue reads one digit; the look-alikes O, I and L count as 0, 1 and 1.
func crockfordValue(r rune) (int, bool) {
	switch upper(r) {
	case 'O':
		return 0, true
	case 'I', 'L':
		return 1, true
	}
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	v := strings.IndexRune(crockford, r)
	return v, v >= 0
}

// Named is an id of one kind of thing K. It is an array, so that id[:] are its
// bytes, it can key a map, and ident.Record(id) converts an ID.
type Named[K kind] ID

// kind gives a phantom type its text prefix.
type kind interface{ prefix() string }

// The kinds of id.
type (
	// Record names one record.
	Record = Named[recordKind]
	// Subject names the person, household, enterprise or village a record is about.
	Subject = Named[subjectKind]
	// Device names a kiosk, laptop or server.
	Device = Named[deviceKind]
	// Actor names a person who uses the system.
	Actor = Named[actorKind]
	// Incarnation names one life of a device's store; a restored or cloned device gets a new one.
	Incarnation = Named[incarnationKind]
	// ChangeSet names what one person did in one act.
	ChangeSet = Named[changeSetKind]
	// Login names a server-issued binding of actor, device and role.
	Login = Named[loginKind]
	// Unit names a grid unit: village, community or hamlet. The region code is an attribute of it.
	Unit = Named[unitKind]
	// Org names a bank, government body or other organisation.
	Org = Named[orgKind]
)

type (
	recordKind      struct{}
	subjectKind     struct{}
	deviceKind      struct{}
	actorKind       struct{}
	incarnationKind struct{}
	changeSetKind   struct{}
	loginKind       struct{}
	unitKind        struct{}
	orgKind         struct{}
)

func (recordKind) prefix() string      { return "rec_" }
func (subjectKind) prefix() string     { return "sub_" }
func (deviceKind) prefix() string      { return "dev_" }
func (actorKind) prefix() string       { return "act_" }
func (incarnationKind) prefix() string { return "inc_" }
func (changeSetKind) prefix() string   { return "chg_" }
func (loginKind) prefix() string       { return "lgn_" }
func (unitKind) prefix() string        { return "unt_" }
func (orgKind) prefix() string         { return "org_" }

// New makes an id of the kind T, e.g. New[ident.Record](ms, random). See NewV7.
func New[T ~[Size]byte](ms int64, random io.Reader) (T, error) {
	id, err := NewV7(ms, random)
	return T(id), err
}

// Parse reads the text form of an id, e.g. Parse[ident.Record](text). It forgives
// case, spaces, dashes, full-width forms and the look-alikes O/0 and I/L/1; the
// prefix must be that of the kind. Errors are fault.Invalid.
func Parse[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](text string) (T, error) {
	var v T
	err := P(&v).UnmarshalText([]byte(text))
	return v, err
}

// String returns prefix and 26 lower-case Crockford base32 characters. Parse is
// its inverse.
func (id Named[K]) String() string {
	var k K
	return k.prefix() + ID(id).encode()
}

// MarshalText returns String.
func (id Named[K]) MarshalText() ([]byte, error) {
	return []byte(id.String()), nil
}

// UnmarshalText reads what Parse reads. On error id is unchanged.
func (id *Named[K]) UnmarshalText(text []byte) error {
	var k K
	want, chars := k.prefix(), fold(string(text))
	if len(chars) < len(want) || !strings.EqualFold(string(chars[:len(want)]), want) {
		return fault.New(fault.Invalid, "ident.id.prefix").With("want", want)
	}
	parsed, err := decode(chars[len(want):], len(want))
	if err != nil {
		return err
	}
	*id = Named[K](parsed)
	return nil
}

// MarshalBinary returns the 16 bytes.
func (id Named[K]) MarshalBinary() ([]byte, error) {
	return id.Bytes(), nil
}

// UnmarshalBinary reads 16 bytes; any other number is fault.Invalid.
func (id *Named[K]) UnmarshalBinary(data []byte) error {
	if len(data) != Size {
		return wrongLength("ident.id.length", len(data), Size)
	}
	copy(id[:], data)
	return nil
}

// Scan reads the 16 bytes of a database column, as package database/sql asks
// for it. NULL gives the zero id. Write with Bytes.
func (id *Named[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = Named[K]{}
		return nil
	case []byte:
		return id.UnmarshalBinary(v)
	}
	return fmt.Errorf("scan id from %T", src)
}

// Bytes returns a copy of the 16 bytes.
func (id Named[K]) Bytes() []byte {
	return append(make([]byte, 0, Size), id[:]...)
}

// IsZero says whether id names nothing.
func (id Named[K]) IsZero() bool {
	return ID(id).IsZero()
}

// Millis returns the time the id was made; see ID.Millis.
func (id Named[K]) Millis() int64 {
	return ID(id).Millis()
}

// Compare orders ids by their bytes, that is by the millisecond they were made in.
// It returns -1, 0 or +1.
func (id Named[K]) Compare(other Named[K]) int {
	return bytes.Compare(id[:], other[:])
}
