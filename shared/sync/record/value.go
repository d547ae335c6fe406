// SPDX-License-Identifier: Apache-2.0

package record

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Type says which of its forms a [Value] has. The numbers are on the wire and
// in stores; they are never reused.
type Type uint8

// The forms of a value.
const (
	None  Type = 0 // no value: never set, or cleared
	Bool  Type = 1
	Int   Type = 2 // also money in fen, rates in basis points, areas in hundredths of mu, times in ms
	Text  Type = 3 // also dates as 2006-01-02 and every checked number in canonical form
	Bytes Type = 4 // also a record id (16 bytes) and an Attachment
	Set   Type = 5 // sorted distinct texts
)

// Value is what a field holds. It is immutable; the zero Value is None.
type Value struct {
	typ  Type
	num  int64
	text string
	set  []string
}

// OfBool returns a Bool value.
func OfBool(b bool) Value {
	if b {
		return Value{typ: Bool, num: 1}
	}
	return Value{typ: Bool}
}

// OfInt returns an Int value.
func OfInt(n int64) Value { return Value{typ: Int, num: n} }

// OfText returns a Text value. The empty text is a text, not None.
func OfText(s string) Value { return Value{typ: Text, text: s} }

// OfBytes returns a Bytes value; it copies b.
func OfBytes(b []byte) Value { return Value{typ: Bytes, text: string(b)} }

// OfSet returns a Set value of the distinct texts, sorted.
func OfSet(items ...string) Value {
	s := slices.Clone(items)
	slices.Sort(s)
	return Value{typ: Set, set: slices.Compact(s)}
}

// Type returns the form of v.
func (v Value) Type() Type { return v.typ }

// IsNone reports whether v holds nothing.
func (v Value) IsNone() bool { return v.typ == None }

// Bool returns the truth of a Bool value, and false for every other form.
func (v Value) Bool() bool { return v.typ == Bool && v.num == 1 }

// Int returns the number of an Int value, and 0 for every other form.
func (v Value) Int() int64 {
	if v.typ != Int {
		return 0
	}
	return v.num
}

// Text returns the text of a Text value, and "" for every other form.
func (v Value) Text() string {
	if v.typ != Text {
		return ""
	}
	return v.text
}

// Bytes returns a copy of the bytes of a Bytes value, and nil otherwise.
func (v Value) Bytes() []byte {
	if v.typ != Bytes {
		return nil
	}
	return []byte(v.text)
}

// Set returns a copy of the items of a Set value, and nil otherwise.
func (v Value) Set() []string {
	if v.typ != Set {
		return nil
	}
	return slices.Clone(v.set)
}

// Len returns the number of items of a Set value, and 0 otherwise.
func (v Value) Len() int { return len(v.set) }

// Equal reports whether v and w have the same form and content.
func (v Value) Equal(w Value) bool { return v.Compare(w) == 0 }

// Compare orders values totally: first by form, then numbers by size, texts
// and bytes by their bytes, sets item by item. None comes before everything.
func (v Value) Compare(w Value) int {
	return cmp.Or(
		cmp.Compare(v.typ, w.typ),
		cmp.Compare(v.num, w.num),
		strings.Compare(v.text, w.text),
		slices.Compare(v.set, w.set),
	)
}

// Size returns the number of content bytes, for limits.
func (v Value) Size() int {
	n := len(v.text)
	for _, s := range v.set {
		n += len(s)
	}
	return n
}

// valid reports whether all texts of v are UTF-8.
func (v Value) valid() bool {
	if v.typ == Text && !utf8.ValidString(v.text) {
		return false
	}
	return !slices.ContainsFunc(v.set, func(s string) bool { return !utf8.ValidString(s) })
}

// LogValue and String never show content: a value may be somebody's debt.
func (v Value) String() string {
	return "value(" + strconv.Itoa(int(v.typ)) + "," + strconv.Itoa(v.Size()) + ")"
}

// GoString hides the content as String does.
func (v Value) GoString() string { return v.String() }
