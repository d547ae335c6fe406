// SPDX-License-Identifier: Apache-2.0

package wire

import "yuexin/shared/ident"

// BucketSums are the digests of a (scope, view) apart by Bucket. Their sum is its
// digest.
type BucketSums [256]Sum

// Add counts all fields of a record that is not deleted.
func (s *BucketSums) Add(row RowDelta) {
	b := Bucket(row.Header.ID)
	for i := range row.Fields {
		f := &row.Fields[i]
		s[b] = s[b].Add(FieldHash(row.Header.ID, f.Field, f.State.Version, f.State.Value))
	}
}

// Differ returns the buckets in which s and other differ, in order.
func (s *BucketSums) Differ(other *BucketSums) (buckets []uint8) {
	for b := range s {
		if s[b] != other[b] {
			buckets = append(buckets, uint8(b))
		}
	}
	return buckets
}

// Total returns the sum of all buckets but some.
func (s *BucketSums) Total(except []uint8) (total Sum) {
	left := *s
	for _, b := range except {
		left[b] = Sum{}
	}
	for b := range left {
		total = total.Add(left[b])
	}
	return total
}

// InBuckets returns a function that reports whether a record is in one of some
// buckets.
func InBuckets(buckets []uint8) func(ident.Record) bool {
	var in [256]bool
	for _, b := range buckets {
		in[b] = true
	}
	return func(id ident.Record) bool { return in[Bucket(id)] }
}
