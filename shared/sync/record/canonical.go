// SPDX-License-Identifier: Apache-2.0

package record

import "encoding/binary"

// Canonical bytes are deterministic CBOR (RFC 8949 section 4.2.1): shortest
// heads, definite lengths. Digests and commitments are taken over them, so
// they must never change. Only writing is here: foreign bytes are read by
// package wire with its limits.

const (
	majorUint  = 0 << 5
	majorNint  = 1 << 5
	majorBytes = 2 << 5
	majorText  = 3 << 5
	majorArray = 4 << 5
	majorMap   = 5 << 5

	cborFalse = 0xf4
	cborTrue  = 0xf5
	cborNull  = 0xf6
)

func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major|27), n)
	}
}

// AppendUint appends the canonical bytes of an unsigned integer.
func AppendUint(b []byte, n uint64) []byte { return appendHead(b, majorUint, n) }

// AppendInt appends the canonical bytes of an integer.
func AppendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorNint, uint64(-(n + 1)))
	}
	return appendHead(b, majorUint, uint64(n))
}

// AppendBytes appends the canonical bytes of a byte string.
func AppendBytes(b, s []byte) []byte {
	return append(appendHead(b, majorBytes, uint64(len(s))), s...)
}

// AppendText appends the canonical bytes of a text string.
func AppendText(b []byte, s string) []byte {
	return append(appendHead(b, majorText, uint64(len(s))), s...)
}

// AppendArray appends the head of an array of n items.
func AppendArray(b []byte, n int) []byte { return appendHead(b, majorArray, uint64(n)) }

// AppendMap appends the head of a map of n pairs; the caller appends the
// pairs with their keys in bytewise order of their canonical bytes.
func AppendMap(b []byte, n int) []byte { return appendHead(b, majorMap, uint64(n)) }

// AppendBool appends the canonical bytes of a truth value.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, cborTrue)
	}
	return append(b, cborFalse)
}

// AppendNull appends the canonical byte of null.
func AppendNull(b []byte) []byte { return append(b, cborNull) }

// AppendCanonical appends the canonical bytes of v: null, a truth value, an
// integer, a text, a byte string, or an array of texts.
func (v Value) AppendCanonical(b []byte) []byte {
	switch v.typ {
	case Bool:
		return AppendBool(b, v.num == 1)
	case Int:
		return AppendInt(b, v.num)
	case Text:
		return AppendText(b, v.text)
	case Bytes:
		return append(appendHead(b, majorBytes, uint64(len(v.text))), v.text...)
	case Set:
		b = AppendArray(b, len(v.set))
		for _, s := range v.set {
			b = AppendText(b, s)
		}
		return b
	default:
		return AppendNull(b)
	}
}
