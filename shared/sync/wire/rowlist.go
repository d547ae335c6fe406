// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"cmp"
	"slices"

	"yuexin/shared/ident"
)

// RowMark tells one state of a record in a view from another: the first bytes of
// RowSum. A false match has one chance in 2⁶⁴, and the digest of the scope finds it.
type RowMark [8]byte

// Listed is one record in the list of a Repair.
type Listed struct {
	ID   ident.Record
	Mark RowMark
}

// listedBytes is the size of a Listed on the wire.
const listedBytes = ident.Size + len(RowMark{})

// RowSum returns what a record that is not deleted adds to the digest of its scope.
func RowSum(row *RowDelta) (sum Sum) {
	for i := range row.Fields {
		f := &row.Fields[i]
		sum = sum.Add(FieldHash(row.Header.ID, f.Field, f.State.Version, f.State.Value))
	}
	return sum
}

// Mark returns the mark of a record that adds s to its digest.
func (s Sum) Mark() RowMark { return RowMark(s[:len(RowMark{})]) }

// Find returns the mark under which the list has a record; false if it is not there.
func (m *Repair) Find(id ident.Record) (RowMark, bool) {
	i, found := slices.BinarySearchFunc(m.List, id, func(l Listed, id ident.Record) int { return l.ID.Compare(id) })
	if !found {
		return RowMark{}, false
	}
	return m.List[i].Mark, true
}

// ListFrom puts into the repair the buckets that differ, in order, with those of all
// records, by id, that are in them. Buckets from that on with which there would be more
// than MaxListed are left out: where so much differs the whole scope is asked for.
func (m *Repair) ListFrom(differ []uint8, all []Listed) {
	var count [256]int
	for i := range all {
		count[Bucket(all[i].ID)]++
	}
	room := MaxListed
	for _, b := range differ {
		if room -= count[b]; room < 0 {
			break
		}
		m.Buckets = append(m.Buckets, b)
	}
	in := InBuckets(m.Buckets)
	for i := range all {
		if in(all[i].ID) {
			m.List = append(m.List, all[i])
		}
	}
}

// rowList writes or reads the list of a repair, after its buckets: records in order,
// each once, all of them in the buckets, which are in order as well.
func rowList(c *codec, key uint64, m *Repair) {
	if !c.writing && c.err == nil && !slices.IsSortedFunc(m.Buckets, ascending) {
		c.fail("buckets out of order")
	}
	var b []byte
	if c.writing {
		c.within("records", len(m.List), MaxListed)
		b = make([]byte, 0, len(m.List)*listedBytes)
		for i := range m.List {
			b = append(append(b, m.List[i].ID[:]...), m.List[i].Mark[:]...)
		}
	}
	c.blob(key, &b, MaxListed*listedBytes)
	if c.writing || c.err != nil || len(b) == 0 {
		return
	}
	if len(b)%listedBytes != 0 {
		c.fail("a list that ends in a record")
		return
	}
	m.List = make([]Listed, 0, len(b)/listedBytes)
	in, last := InBuckets(m.Buckets), []byte(nil)
	for one := range slices.Chunk(b, listedBytes) {
		id := one[:ident.Size]
		if last != nil && bytes.Compare(last, id) >= 0 || !in(ident.Record(id)) {
			c.fail("a list out of order or beside its buckets")
			return
		}
		m.List = append(m.List, Listed{ID: ident.Record(id), Mark: RowMark(one[ident.Size:])})
		last = id
	}
}

// ascending compares so that equal neighbours are out of order too.
func ascending(a, b uint8) int { return cmp.Or(cmp.Compare(a, b), -1) }
