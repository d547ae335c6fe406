// SPDX-License-Identifier: Apache-2.0

package central

import (
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// cursor reads what appendPart wrote. It trusts its input as far as the file
// is trusted: damage gives an error, never a panic.
type cursor struct {
	b   []byte
	bad bool
}

// parsePart is the inverse of appendPart.
func parsePart(b []byte) (part, error) {
	if len(b) == 0 {
		return nil, nil
	}
	c := &cursor{b: b}
	writers := make([]record.Head, 0, 4)
	for range c.count() {
		writers = append(writers, c.writer())
	}
	n := c.count()
	p := make(part, 0, n)
	for range n {
		p = append(p, c.field(writers))
	}
	if c.bad || len(c.b) != 0 {
		return nil, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("state of a record cannot be read"))
	}
	return p, nil
}

func (c *cursor) writer() (h record.Head) {
	h.Version = record.Version(c.uint())
	copy(h.Lane[:], c.str())
	h.Number = c.uint()
	h.Stamp = hlc.Stamp(c.uint())
	h.Source = record.Source(c.uint())
	copy(h.Actor[:], c.str())
	return h
}

func (c *cursor) field(writers []record.Head) field {
	f := field{name: record.Field(c.str()), class: record.Class(c.uint()), merge: c.merge()}
	f.visible = record.Version(c.uint())
	n := c.count()
	f.heads = make([]record.Head, 0, n)
	for range n {
		w := c.uint()
		if w >= uint64(len(writers)) {
			c.bad = true
			return f
		}
		h := writers[w]
		h.Blind = c.value().Bool()
		c.state(&h)
		f.heads = append(f.heads, h)
	}
	return f
}

// state reads what appendHead appends.
func (c *cursor) state(h *record.Head) {
	n := c.uint()
	beside := n >= sighted
	if beside {
		n -= sighted
	}
	h.Merge = c.mergeOf(n)
	h.Value = c.value()
	if !beside {
		return
	}
	h.Saw = record.Version(c.uint())
	for range c.count() {
		h.Settles = append(h.Settles, record.Version(c.uint()))
	}
}

func (c *cursor) merge() record.Merge { return c.mergeOf(c.uint()) }

func (c *cursor) mergeOf(n uint64) record.Merge {
	if n >= uint64(len(merges)) {
		c.bad = true
		return ""
	}
	return merges[n]
}

// head reads the head of a CBOR item with a definite length.
func (c *cursor) head() (major byte, n uint64) {
	if len(c.b) == 0 {
		c.bad = true
		return 0, 0
	}
	major, n = c.b[0]>>5, uint64(c.b[0]&31)
	c.b = c.b[1:]
	if n < 24 || major == 7 {
		return major, n
	}
	size := 1 << (n - 24)
	if n > 27 || len(c.b) < size {
		c.bad, c.b = true, nil
		return 0, 0
	}
	n = 0
	for _, d := range c.b[:size] {
		n = n<<8 | uint64(d)
	}
	c.b = c.b[size:]
	return major, n
}

func (c *cursor) uint() uint64 {
	_, n := c.head()
	return n
}

// count reads a number of things that each take at least a byte.
func (c *cursor) count() int {
	n := c.uint()
	if n > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return 0
	}
	return int(n)
}

// str reads the content of a text or byte string.
func (c *cursor) str() string {
	_, n := c.head()
	return c.take(n)
}

func (c *cursor) take(n uint64) string {
	if n > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return ""
	}
	s := string(c.b[:n])
	c.b = c.b[n:]
	return s
}

// value reads what record.Value.AppendCanonical wrote.
func (c *cursor) value() record.Value {
	major, n := c.head()
	switch major {
	case 0:
		return record.OfInt(int64(n))
	case 1:
		return record.OfInt(-1 - int64(n))
	case 2:
		return record.OfBytes([]byte(c.take(n)))
	case 3:
		return record.OfText(c.take(n))
	case 4:
		items := make([]string, 0, min(n, uint64(len(c.b))))
		for range n {
			if c.bad {
				break
			}
			items = append(items, c.str())
		}
		return record.OfSet(items...)
	}
	if n == 22 { // null
		return record.Value{}
	}
	return record.OfBool(n == 21)
}
