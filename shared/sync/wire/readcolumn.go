// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/binary"
	"unicode/utf8"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// dictionaries are tables as they were read.
type dictionaries struct {
	ids   []ident.ID
	names []string
}

func (r *reader) dictionaries() (d dictionaries) {
	d.names = make([]string, r.array(maxNames))
	for i := range d.names {
		d.names[i] = r.text(record.MaxName)
	}
	d.ids = r.idTable()
	return d
}

func (r *reader) idTable() []ident.ID {
	r.tuple(2)
	n := r.uint()
	if n > uint64(len(r.dense)/10) {
		r.fail("end of input")
		return nil
	}
	times := r.ints(int(n))
	rest := r.takeDense(10 * int(n))
	if r.err != nil {
		return nil
	}
	ids := make([]ident.ID, n)
	for i := range ids {
		var ms [8]byte
		binary.BigEndian.PutUint64(ms[:], uint64(times[i]))
		copy(ids[i][:6], ms[2:])
		copy(ids[i][6:], rest[10*i:])
	}
	return ids
}

// name reads the number of a name.
func (r *reader) name(d *dictionaries) string {
	i := r.uint()
	if r.err == nil && i >= uint64(len(d.names)) {
		r.fail("index out of range")
	}
	if r.err != nil {
		return ""
	}
	return d.names[i]
}

// values reads a column of n values and charges their sizes.
func (r *reader) values(n int, d *dictionaries, left *budget) []record.Value {
	out := make([]record.Value, n)
	parts := r.array(6)
	types := r.indexes(n, int(record.Set)+1)
	var count [record.Set + 1]int
	for _, t := range types {
		count[t]++
	}
	for typ := record.Bool; typ <= record.Set && r.err == nil; typ++ {
		if count[typ] > 0 {
			parts--
			r.typed(out, types, typ, count[typ], d, left)
		}
	}
	if r.err == nil && parts != 1 {
		r.fail("column of values of the wrong form")
	}
	return out
}

func (r *reader) typed(out []record.Value, types []int64, typ record.Type, n int, d *dictionaries, left *budget) {
	next := r.valuesOf(typ, n, d, left)
	if r.err != nil {
		return
	}
	at := 0
	for i, t := range types {
		if record.Type(t) == typ {
			out[i] = next(at)
			at++
		}
	}
}

// valuesOf reads n values of one type and returns how to get one of them.
func (r *reader) valuesOf(typ record.Type, n int, d *dictionaries, left *budget) func(i int) record.Value {
	switch typ {
	case record.Bool:
		ints := r.indexes(n, 2)
		return func(i int) record.Value { return record.OfBool(ints[i] == 1) }
	case record.Int:
		ints := r.ints(n)
		return func(i int) record.Value { return record.OfInt(ints[i]) }
	case record.Text:
		texts := r.strings(n, d, left, false)
		if !allValid(texts) {
			r.fail("text is not UTF-8")
		}
		return func(i int) record.Value { return record.OfText(texts[i]) }
	case record.Bytes:
		texts := r.strings(n, d, left, true)
		return func(i int) record.Value { return record.OfBytes([]byte(texts[i])) }
	default:
		sets := r.sets(n, d, left)
		return func(i int) record.Value { return record.OfSet(sets[i]...) }
	}
}

func allValid(texts []string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}

func (r *reader) sets(n int, d *dictionaries, left *budget) [][]string {
	r.tuple(2)
	counts := r.indexes(n, record.MaxSetItems+1)
	total := 0
	for _, c := range counts {
		total += int(c)
	}
	r.charge(left, weightItem*total)
	if r.err != nil {
		return nil
	}
	items := r.strings(total, d, left, false)
	if !allValid(items) {
		r.fail("text is not UTF-8")
	}
	out := make([][]string, n)
	size := 0
	for i, c := range counts {
		out[i], items = items[:c], items[c:]
		size = 0
		for _, s := range out[i] {
			size += len(s)
		}
		if size > record.MaxValueSize {
			r.limit("value", uint64(size), record.MaxValueSize)
		}
	}
	return out
}

// strings reads a column of n strings; refs says that they may be ids.
func (r *reader) strings(n int, d *dictionaries, left *budget, refs bool) []string {
	parts := r.array(4)
	form := r.uint()
	switch {
	case r.err != nil:
	case form == stringsPlain && parts == 3:
		return r.plainStrings(n, left)
	case form == stringsDict && parts == 4:
		return r.dictStrings(n, left)
	case form == stringsIDs && parts == 2 && refs:
		return r.idStrings(n, d, left)
	default:
		r.fail("column of strings of the wrong form")
	}
	return make([]string, n)
}

func (r *reader) plainStrings(n int, left *budget) []string {
	out := make([]string, n)
	lengths := r.indexes(n, record.MaxValueSize+1)
	total := 0
	for _, l := range lengths {
		total += int(l)
	}
	r.charge(left, total)
	b := r.bytes(total)
	if r.err == nil && len(b) != total {
		r.fail("strings of the wrong length")
	}
	if r.err != nil {
		return out
	}
	all := string(b)
	for i, l := range lengths {
		out[i], all = all[:l], all[l:]
	}
	return out
}

func (r *reader) dictStrings(n int, left *budget) []string {
	out := make([]string, n)
	size := r.count(r.uint(), n)
	r.tuple(3)
	if form := r.uint(); form != stringsPlain {
		r.fail("column of strings of the wrong form")
	}
	free := budget(record.MaxFramePlain) // the entries are charged as they are used
	dict := r.plainStrings(size, &free)
	for i, x := range r.indexes(n, size) {
		if r.err != nil {
			return out
		}
		out[i] = dict[x]
		r.charge(left, len(out[i]))
	}
	return out
}

func (r *reader) idStrings(n int, d *dictionaries, left *budget) []string {
	out := make([]string, n)
	r.charge(left, n*ident.Size)
	for i, x := range r.indexes(n, len(d.ids)) {
		if r.err != nil {
			return out
		}
		out[i] = string(d.ids[x][:])
	}
	return out
}
