// SPDX-License-Identifier: Apache-2.0

package record

import "fmt"

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

// Lineage is the history of a scope's epochs, oldest first: each entry is the
// last version that the next epoch kept of its predecessor. A server restored
// from a backup begins a new epoch after the restored head.
type Lineage []Fork

// Fork says that epoch Epoch continues after version From of an older epoch.
type Fork struct {
	Epoch uint32
	From  Version
}

// Current returns what of v still holds in the lineage: v itself if its epoch
// is known and v lies before the point where the next epoch forked off, else
// the fork point. A version of an epoch the lineage does not know has seen
// nothing newer than the last known fork, and 0 if there is none.
func (l Lineage) Current(v Version) Version {
	for _, f := range l {
		if v.Epoch() < f.Epoch && v > f.From {
			v = f.From
		}
	}
	switch {
	case len(l) == 0 && v.Epoch() > firstEpoch:
		return 0
	case len(l) > 0 && v.Epoch() > l[len(l)-1].Epoch:
		return l[len(l)-1].From
	}
	return v
}

// firstEpoch is the epoch of a scope that was never restored; a lineage does
// not list it.
const firstEpoch = 1
