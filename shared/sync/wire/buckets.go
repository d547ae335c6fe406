// SPDX-License-Identifier: Apache-2.0

package wire

import "yuexin/shared/ident"

// BucketSums are the digests of a (scope, view) apart by Bucket. Their sum is its
// digest.
type BucketSums [256]Sum

// Add counts a record that is not deleted, by its RowSum.
func (s *BucketSums) Add(id ident.Record, sum Sum) {
	b := Bucket(id)
	s[b] = s[b].Add(sum)
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

// Total returns the sum of all buckets.
func (s *BucketSums) Total() (total Sum) {
	for b := range s {
		total = total.Add(s[b])
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
