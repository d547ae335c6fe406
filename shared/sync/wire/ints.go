// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"math/bits"

	"yuexin/shared/sync/record"
)

// A column of integers is one of
//
//	int                               every item is this
//	[min, step, width]        item i = min + step·n(i)
//	[first, min, step, width] item 0 = first, item i = item i−1 + min + step·n(i−1)
//	[[d, column], column]     d different integers, and which of them each item is
//
// where n(0), n(1), … are unsigned numbers of width bits each, packed from the
// most significant bit of the first byte on; they stand in the dense part, and
// the last byte is filled up with zeros. Arithmetic is modulo 2⁶⁴. The writer
// takes the narrowest form.

// packing is how a list of integers is packed.
type packing struct {
	min   int64
	step  uint64
	width int
}

func packingOf(items []int64) packing {
	p := packing{min: items[0]}
	for _, x := range items {
		p.min = min(p.min, x)
	}
	var top uint64
	for _, x := range items {
		n := uint64(x) - uint64(p.min)
		top = max(top, n)
		if p.step != 1 {
			p.step = gcd(p.step, n)
		}
	}
	if p.step == 0 {
		return packing{min: p.min, step: 1}
	}
	p.width = bits.Len64(top / p.step)
	return p
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (c *columns) appendInts(b []byte, items []int64) []byte {
	if len(items) == 0 {
		return record.AppendInt(b, 0)
	}
	plain := packingOf(items)
	if plain.width == 0 {
		return record.AppendInt(b, items[0])
	}
	deltas := deltasOf(items)
	delta := packingOf(deltas)
	least := min(plain.width, delta.width)
	if least >= dictWidth && !c.nested {
		if out, ok := c.appendDict(b, items, least); ok {
			return out
		}
	}
	if delta.width < plain.width {
		b = record.AppendInt(record.AppendArray(b, 4), items[0])
		return c.appendPacked(b, deltas, delta)
	}
	return c.appendPacked(record.AppendArray(b, 3), items, plain)
}

// dictWidth is the width in bits from which a dictionary is tried.
const dictWidth = 6

// deltasOf returns the differences between neighbours.
func deltasOf(items []int64) []int64 {
	deltas := make([]int64, len(items)-1)
	for i := range deltas {
		deltas[i] = items[i+1] - items[i]
	}
	return deltas
}

// appendDict appends items as numbers in a dictionary if that is shorter than
// width bits each.
func (c *columns) appendDict(b []byte, items []int64, width int) ([]byte, bool) {
	var dict table[int64]
	numbers := make([]int64, len(items))
	for i, x := range items {
		numbers[i] = dict.add(x)
		if 2*len(dict.items) > len(items)+1 {
			return nil, false
		}
	}
	entry := packingOf(dict.items).width
	if len(dict.items) > 1 {
		entry = min(entry, packingOf(deltasOf(dict.items)).width)
	}
	index := min(packingOf(numbers).width, packingOf(deltasOf(numbers)).width)
	if len(dict.items)*entry+len(items)*index+8*8 >= len(items)*width {
		return nil, false
	}
	b = record.AppendUint(record.AppendArray(record.AppendArray(b, 2), 2), uint64(len(dict.items)))
	c.nested = true
	b = c.appendInts(c.appendInts(b, dict.items), numbers)
	c.nested = false
	return b, true
}

func (c *columns) appendPacked(b []byte, items []int64, p packing) []byte {
	b = record.AppendInt(b, p.min)
	b = record.AppendUint(b, p.step)
	b = record.AppendUint(b, uint64(p.width))
	var acc uint64 // the low have bits are waiting
	have := 0
	put := func(n uint64, width int) { // width ≤ 32
		acc = acc<<width | n&(1<<width-1)
		for have += width; have >= 8; have -= 8 {
			c.dense = append(c.dense, byte(acc>>(have-8)))
		}
	}
	for _, x := range items {
		n := (uint64(x) - uint64(p.min)) / p.step
		if p.width > 32 {
			put(n>>32, p.width-32)
		}
		put(n, min(p.width, 32))
	}
	if have > 0 {
		c.dense = append(c.dense, byte(acc<<(8-have)))
	}
	return b
}

// ints reads a column of n integers; n is already known to be within limits.
func (r *reader) ints(n int) []int64 {
	out := make([]int64, n)
	if major, _ := r.peek(); major != majorArray {
		x := r.int()
		for i := range out {
			out[i] = x
		}
		return out
	}
	switch r.array(4) {
	case 2:
		r.dictInts(out)
	case 3:
		r.packed(out)
	case 4:
		first := r.int()
		if n == 0 {
			r.fail("column without items")
			return nil
		}
		r.packed(out[1:])
		out[0] = first
		for i := 1; i < n; i++ {
			out[i] += out[i-1]
		}
	default:
		r.fail("column of integers of the wrong form")
	}
	return out
}

// dictInts reads a column with a dictionary. A dictionary has no dictionary,
// so that columns do not nest.
func (r *reader) dictInts(out []int64) {
	r.tuple(2)
	d := r.uint()
	if r.nested || d > uint64(len(out)) {
		r.fail("dictionary of the wrong form")
	}
	if r.err != nil {
		return
	}
	r.nested = true
	dict := r.ints(int(d))
	numbers := r.indexes(len(out), len(dict))
	r.nested = false
	if r.err != nil {
		return
	}
	for i, x := range numbers {
		out[i] = dict[x]
	}
}

func (r *reader) packed(out []int64) {
	least, step, width := uint64(r.int()), r.uint(), int(r.uintTo(64))
	packed := r.takeDense((len(out)*width + 7) / 8)
	if r.err != nil {
		return
	}
	var acc uint64
	have := 0
	take := func(width int) uint64 { // width ≤ 32
		for ; have < width; have += 8 {
			acc = acc<<8 | uint64(packed[0])
			packed = packed[1:]
		}
		have -= width
		return acc >> have & (1<<width - 1)
	}
	for i := range out {
		var n uint64
		if width > 32 {
			n = take(width-32) << 32
		}
		n |= take(min(width, 32))
		out[i] = int64(least + step*n)
	}
}

// indexes reads a column of n integers between 0 and below−1: indexes.
func (r *reader) indexes(n, below int) []int64 {
	out := r.ints(n)
	for _, x := range out {
		if x < 0 || x >= int64(below) {
			r.fail("index out of range")
			return make([]int64, n)
		}
	}
	return out
}
