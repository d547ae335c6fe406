// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"yuexin/shared/sync/record"
)

// ErrMalformed is wrapped by every error about bytes that are not what this
// package writes. Exceeded limits are *record.LimitError.
var ErrMalformed = errors.New("malformed bytes")

// The major types of CBOR (RFC 8949 section 3.1).
const (
	majorUint   = 0
	majorNint   = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorTag    = 6
	majorSimple = 7

	simpleFalse = 20
	simpleTrue  = 21
	simpleNull  = 22
)

// maxDepth is how deep the value of an unknown key may nest.
const maxDepth = 16

// reader reads CBOR with definite lengths and shortest heads; everything else
// is refused. The first error sticks: later reads return zeros. A count or a
// length is believed only as far as bytes are left, so nothing is allocated
// for what is not there.
type reader struct {
	b   []byte
	i   int
	err error

	dense  []byte // of columns: what is left of the dense part
	nested bool   // a column of integers inside another is being read
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s near byte %d", ErrMalformed, what, r.i)
	}
}

func (r *reader) limit(what string, got uint64, limit int) {
	if r.err == nil {
		r.err = &record.LimitError{What: what, Got: int(min(got, math.MaxInt)), Max: limit}
	}
}

func (r *reader) left() int { return len(r.b) - r.i }

// end returns the first error, or one about trailing bytes.
func (r *reader) end() error {
	if r.err == nil && r.left()+len(r.dense) > 0 {
		r.fail("trailing bytes")
	}
	return r.err
}

// takeDense takes n bytes from the dense part.
func (r *reader) takeDense(n int) []byte {
	if r.err == nil && n > len(r.dense) {
		r.fail("end of the dense part")
	}
	if r.err != nil {
		return nil
	}
	out := r.dense[:n]
	r.dense = r.dense[n:]
	return out
}

// first reads the first byte of a head.
func (r *reader) first() (major, info byte) {
	if r.err == nil && r.left() == 0 {
		r.fail("end of input")
	}
	if r.err != nil {
		return majorSimple, 31
	}
	c := r.b[r.i]
	r.i++
	return c >> 5, c & 31
}

// argument reads the rest of a head and refuses a longer form than needed.
func (r *reader) argument(info byte) uint64 {
	if r.err != nil || info < 24 {
		return uint64(info)
	}
	if info > 27 {
		r.fail("indefinite length or reserved head")
		return 0
	}
	size := 1 << (info - 24)
	if r.left() < size {
		r.fail("end of input")
		return 0
	}
	var n uint64
	for _, c := range r.b[r.i : r.i+size] {
		n = n<<8 | uint64(c)
	}
	r.i += size
	if n < 24 || size > 1 && n>>(4*size) == 0 {
		r.fail("head longer than needed")
	}
	return n
}

// head reads a head of the major type that is asked for.
func (r *reader) head(want byte, what string) uint64 {
	major, info := r.first()
	if r.err == nil && major != want {
		r.fail("not " + what)
	}
	if r.err != nil {
		return 0
	}
	return r.argument(info)
}

// peek returns the major type and info of the next item.
func (r *reader) peek() (major, info byte) {
	if r.err != nil || r.left() == 0 {
		return majorSimple, 31
	}
	return r.b[r.i] >> 5, r.b[r.i] & 31
}

func (r *reader) uint() uint64 { return r.head(majorUint, "an unsigned integer") }

// uintTo reads an unsigned integer of at most limit.
func (r *reader) uintTo(limit uint64) uint64 {
	n := r.uint()
	if n > limit {
		r.fail("integer out of range")
		return 0
	}
	return n
}

func (r *reader) int() int64 {
	major, info := r.first()
	n := r.argument(info)
	switch {
	case r.err != nil:
		return 0
	case major != majorUint && major != majorNint:
		r.fail("not an integer")
		return 0
	case n > math.MaxInt64:
		r.fail("integer out of range")
		return 0
	case major == majorNint:
		return -1 - int64(n)
	}
	return int64(n)
}

func (r *reader) bool() bool {
	major, info := r.first()
	if r.err == nil && (major != majorSimple || info != simpleFalse && info != simpleTrue) {
		r.fail("not a truth value")
	}
	return r.err == nil && info == simpleTrue
}

// raw reads the content of a string of n bytes; it aliases the input.
func (r *reader) raw(n uint64, limit int) []byte {
	if n > uint64(limit) {
		r.limit("string", n, limit)
	} else if n > uint64(r.left()) {
		r.fail("end of input")
	}
	if r.err != nil {
		return nil
	}
	s := r.b[r.i : r.i+int(n)]
	r.i += int(n)
	return s
}

// bytes reads a byte string of at most limit bytes; it aliases the input.
func (r *reader) bytes(limit int) []byte {
	return r.raw(r.head(majorBytes, "a byte string"), limit)
}

// fixed reads a byte string of exactly len(into) bytes.
func (r *reader) fixed(into []byte) {
	s := r.bytes(len(into))
	if r.err == nil && len(s) != len(into) {
		r.fail("byte string of the wrong length")
		return
	}
	copy(into, s)
}

func (r *reader) text(limit int) string {
	s := r.raw(r.head(majorText, "a text"), limit)
	if !utf8.Valid(s) {
		r.fail("text is not UTF-8")
		return ""
	}
	return string(s)
}

// array reads the head of an array of at most limit items.
func (r *reader) array(limit int) int {
	return r.count(r.head(majorArray, "an array"), limit)
}

// tuple reads the head of an array of exactly n items.
func (r *reader) tuple(n int) {
	if r.array(n) != n {
		r.fail("array of the wrong length")
	}
}

// mapping reads the head of a map of at most limit pairs.
func (r *reader) mapping(limit int) int {
	return r.count(r.head(majorMap, "a map"), limit)
}

func (r *reader) count(n uint64, limit int) int {
	if n > uint64(limit) {
		r.limit("items", n, limit)
	} else if n > uint64(r.left()) {
		r.fail("end of input")
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// value reads what record.Value.AppendCanonical writes.
func (r *reader) value() record.Value {
	major, info := r.peek()
	switch major {
	case majorUint, majorNint:
		return record.OfInt(r.int())
	case majorText:
		return record.OfText(r.text(record.MaxValueSize))
	case majorBytes:
		return record.OfBytes(r.bytes(record.MaxValueSize))
	case majorArray:
		return r.set()
	}
	if info == simpleNull {
		r.first()
		return record.Value{}
	}
	return record.OfBool(r.bool())
}

func (r *reader) set() record.Value {
	n := r.array(record.MaxSetItems)
	items := make([]string, 0, n)
	size := 0
	for range n {
		items = append(items, r.text(record.MaxValueSize-size))
		size += len(items[len(items)-1])
	}
	return record.OfSet(items...)
}

// skip passes over one item of any kind, with the rules of the reader for
// everything inside.
func (r *reader) skip(depth int) {
	if depth > maxDepth {
		r.fail("nested too deeply")
	}
	major, info := r.first()
	if r.err != nil {
		return
	}
	if major == majorSimple {
		r.skipSimple(info)
		return
	}
	n := r.argument(info)
	switch major {
	case majorBytes:
		r.raw(n, MaxMessage)
	case majorText:
		if !utf8.Valid(r.raw(n, MaxMessage)) {
			r.fail("text is not UTF-8")
		}
	case majorArray:
		for range r.count(n, MaxMessage) {
			r.skip(depth + 1)
		}
	case majorMap:
		for range r.count(n, MaxMessage/2) {
			r.skip(depth + 1)
			r.skip(depth + 1)
		}
	case majorTag:
		r.skip(depth + 1)
	}
}

// skipSimple passes over the rest of a simple value or a float.
func (r *reader) skipSimple(info byte) {
	switch {
	case info < 24:
	case info >= 25 && info <= 27:
		r.raw(1<<(info-24), 8)
	default:
		r.fail("reserved simple value")
	}
}
