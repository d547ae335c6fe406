// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The weight of a frame or a batch of rows bounds what decoding it takes in
// memory, whatever its compressed form claims: every write or row counts
// weightRow, every field of it weightField plus its name and its value. The
// total may not exceed record.MaxFramePlain.
const (
	weightRow   = 64
	weightField = 32
	weightItem  = 16 // an item of a set beside its bytes
	weightHead  = 8  // a head that a resolution names

	maxNames = record.MaxFramePlain / weightField
)

// budget is what is left of the weight.
type budget int

func (r *reader) charge(left *budget, n int) {
	if budget(n) > *left {
		r.limit("weight", record.MaxFramePlain+1, record.MaxFramePlain)
		return
	}
	*left -= budget(n)
}

// table gives the distinct items of a batch their numbers, in order of first use.
type table[T comparable] struct {
	items []T
	index map[T]int64
}

func (t *table[T]) add(item T) int64 {
	if i, ok := t.index[item]; ok {
		return i
	}
	if t.index == nil {
		t.index = make(map[T]int64)
	}
	i := int64(len(t.items))
	t.items = append(t.items, item)
	t.index[item] = i
	return i
}

// columns writes the content of a batch. It keeps two dictionaries, every
// 16-byte id and every name, and the dense part: what is as short as it gets,
// so that compressing it would only spoil the statistics of the rest.
type columns struct {
	ids   table[ident.ID]
	names table[string]
	dense []byte

	nested bool // a column of integers inside another is being written
}

// appendTo appends the dictionaries. They stand first, in the dense part as
// well, and are known last.
func (c *columns) appendTo(b []byte) []byte {
	b = record.AppendArray(b, len(c.names.items))
	for _, s := range c.names.items {
		b = record.AppendText(b, s)
	}
	rest := c.dense
	c.dense = nil
	b = c.appendIDs(b, c.ids.items)
	c.dense = append(c.dense, rest...)
	return b
}

// appendIDs appends [count, times]: the first 6 bytes of each id, which are
// the time of a UUIDv7, as a column of integers. The other 10 bytes of each
// stand in the dense part.
func (c *columns) appendIDs(b []byte, ids []ident.ID) []byte {
	times := make([]int64, len(ids))
	for i, id := range ids {
		times[i] = id.Millis()
	}
	b = record.AppendUint(record.AppendArray(b, 2), uint64(len(ids)))
	b = c.appendInts(b, times)
	for _, id := range ids {
		c.dense = append(c.dense, id[6:]...)
	}
	return b
}

// A column of values is an array: the types as a column of integers, then for
// each type that occurs, in the order of the type numbers, its values:
//
//	bool, int   a column of integers
//	text        a column of strings
//	bytes       a column of strings, or [2, numbers in the table of ids]
//	set         [column of item counts, column of strings]
//
// A column of strings is [0, lengths, all bytes] or
// [1, count, dictionary as a column of strings, numbers].
const (
	stringsPlain = 0
	stringsDict  = 1
	stringsIDs   = 2
)

func (c *columns) appendValues(b []byte, values []record.Value) []byte {
	types := make([]int64, len(values))
	var count [record.Set + 1]int
	for i, v := range values {
		types[i] = int64(v.Type())
		count[v.Type()]++
	}
	parts := 1
	for typ := record.Bool; typ <= record.Set; typ++ {
		parts += min(count[typ], 1)
	}
	b = c.appendInts(record.AppendArray(b, parts), types)
	for typ := record.Bool; typ <= record.Set; typ++ {
		if count[typ] > 0 {
			b = c.appendTyped(b, values, typ, count[typ])
		}
	}
	return b
}

func (c *columns) appendTyped(b []byte, values []record.Value, typ record.Type, n int) []byte {
	var ints []int64
	var texts []string
	for _, v := range values {
		if v.Type() != typ {
			continue
		}
		switch typ {
		case record.Bool:
			ints = append(ints, truth(v.Bool()))
		case record.Int:
			ints = append(ints, v.Int())
		case record.Text:
			texts = append(texts, v.Text())
		case record.Bytes:
			texts = append(texts, string(v.Bytes()))
		default:
			items := v.Set()
			ints = append(ints, int64(len(items)))
			texts = append(texts, items...)
		}
	}
	switch typ {
	case record.Bool, record.Int:
		return c.appendInts(b, ints)
	case record.Set:
		return c.appendStrings(c.appendInts(record.AppendArray(b, 2), ints), texts)
	case record.Bytes:
		if allIDs(texts) {
			return c.appendRefs(b, texts)
		}
	}
	return c.appendStrings(b, texts)
}

func allIDs(texts []string) bool {
	for _, s := range texts {
		if len(s) != ident.Size {
			return false
		}
	}
	return true
}

func (c *columns) appendRefs(b []byte, texts []string) []byte {
	refs := make([]int64, len(texts))
	for i, s := range texts {
		refs[i] = c.ids.add(ident.ID([]byte(s)))
	}
	return c.appendInts(record.AppendUint(record.AppendArray(b, 2), stringsIDs), refs)
}

func truth(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// appendStrings chooses a dictionary when each of its entries is used twice
// or more on average.
func (c *columns) appendStrings(b []byte, texts []string) []byte {
	var dict table[string]
	numbers := make([]int64, len(texts))
	for i, s := range texts {
		numbers[i] = dict.add(s)
	}
	if d := len(dict.items); 2*d <= len(texts) {
		b = record.AppendUint(record.AppendArray(b, 4), stringsDict)
		b = c.appendPlainStrings(record.AppendUint(b, uint64(d)), dict.items)
		return c.appendInts(b, numbers)
	}
	return c.appendPlainStrings(b, texts)
}

func (c *columns) appendPlainStrings(b []byte, texts []string) []byte {
	lengths := make([]int64, len(texts))
	var all []byte
	for i, s := range texts {
		lengths[i] = int64(len(s))
		all = append(all, s...)
	}
	b = record.AppendUint(record.AppendArray(b, 3), stringsPlain)
	return record.AppendBytes(c.appendInts(b, lengths), all)
}

// weigh returns the weight of a value, as values charges it.
func weigh(v record.Value) int {
	n := v.Size()
	if v.Type() == record.Set {
		n += weightItem * v.Len()
	}
	return n
}
