// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"slices"
)

// seqBits is the width of the sequence number inside a version.
const seqBits = 40

// MaxSeq is the largest sequence number of a scope.
const MaxSeq = 1<<seqBits - 1

// Version is a place in the order of one scope: epoch·2⁴⁰ + sequence. The
// server gives each accepted change set the scope's next sequence number in
// the committing transaction, so versions are gap-free within an epoch.
// Zero is before everything.
type Version uint64

// At returns the version with the given epoch and sequence number.
func At(epoch uint32, seq uint64) Version {
	return Version(uint64(epoch)<<seqBits | seq&MaxSeq)
}

// Epoch returns the epoch of v.
func (v Version) Epoch() uint32 { return uint32(v >> seqBits) }

// Seq returns the sequence number of v within the scope.
func (v Version) Seq() uint64 { return uint64(v) & MaxSeq }

// Next returns the following version in the same epoch.
func (v Version) Next() Version { return At(v.Epoch(), v.Seq()+1) }

// String prints "epoch.sequence".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Epoch(), v.Seq()) }

// FirstEpoch is the epoch in which a store begins. A lineage does not list it.
// Epoch 0 is never used, so that no version of a scope is small enough to be
// mistaken for "nothing seen".
const FirstEpoch = 1

// Lineage is the history of a scope's epochs after FirstEpoch, oldest first.
// A server that was restored from a copy begins a new epoch.
type Lineage []Fork

// Fork says that epoch Epoch begins where the one before it is shared with
// every other history up to From. What stands beyond From in an older epoch,
// other stores may know otherwise.
type Fork struct {
	Epoch uint32
	From  Version
}

// Current returns what of v still holds in the lineage: v itself if its epoch
// is known and v lies before the point where a later epoch forked off, else
// the fork point. A version of an epoch that the lineage does not know was
// given by a store that is lost. Nobody can say where that one's history parted
// from this one's, so it has seen nothing: at worst a person is asked once too
// often, and never is a value removed that the author had not seen.
func (l Lineage) Current(v Version) Version {
	if v.Epoch() != FirstEpoch && !slices.ContainsFunc(l, func(f Fork) bool { return f.Epoch == v.Epoch() }) {
		return 0
	}
	for _, f := range l {
		if v.Epoch() < f.Epoch && v > f.From {
			v = f.From
		}
	}
	return v
}

// Epoch returns the epoch that the next version is of.
func (l Lineage) Epoch() uint32 {
	if len(l) == 0 {
		return FirstEpoch
	}
	return l[len(l)-1].Epoch
}
