// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Write is one write to one field as the policy needs it: the head it adds
// and what its author had seen.
type Write struct {
	Head record.Head

	// Seen is the author's base, its version already brought to the current
	// lineage (record.Lineage.Current).
	Seen record.Base

	// Repeats are the versions of change sets of the author's device that
	// came by another lane and were recognised under a number of this one
	// that the author had seen.
	Repeats []record.Version

	// Unseen are numbers of the author's own lane up to Seen.Number that the
	// author did not see there: they were kept aside and shown to nobody, until
	// somebody at the server let them pass. They are seen by their version.
	Unseen []uint64

	// Resolves, for a resolve, names the heads it settles; nil otherwise. A name
	// counts only for a head that the author had seen: a server that was restored
	// may have given the version to another.
	Resolves []record.Version

	// InDispute says that the author was shown a dispute and wrote all the
	// same: such a write removes nothing under the policy review.
	InDispute bool

	// TwoPersons says that a dispute of the field is settled by two persons:
	// a resolve is one person's proposal until another's agrees.
	TwoPersons bool

	// Unsaid marks what a write implies and does not say: that a record it
	// writes to is not deleted. It replaces only what it saw of the same value.
	// A deletion is undone by saying so; an edit of a deleted record goes to
	// review, whether or not its author knew of the deletion.
	Unsaid bool
}

// Saw reports whether the author of w had seen h. The author of a blind write
// had seen nothing of the field. A head that is still pending on a device is
// seen through the lane only.
func (w Write) Saw(h record.Head) bool {
	if w.Head.Blind {
		return false
	}
	if h.Version != 0 && h.Version <= w.Seen.Version {
		return true
	}
	if h.Version != 0 && slices.Contains(w.Repeats, h.Version) {
		return true
	}
	return h.Lane == w.Head.Lane && h.Number <= w.Seen.Number && !slices.Contains(w.Unseen, h.Number)
}

// Apply returns the heads after w and those it removed. It does not change
// heads. The result does not depend on the order of arrival of writes that
// had not seen each other.
func Apply(merge record.Merge, heads []record.Head, w Write) (after, removed []record.Head) {
	w.Head.Saw = w.Seen.Version
	if w.settles() {
		w.Head.Settles = w.named()
	}
	replaced := w.replaces(heads)
	closes := merge != record.Review || w.closesReview(heads, replaced)
	after = make([]record.Head, 0, len(heads)+1)
	for i, h := range heads {
		if replaced[i] && w.removes(merge, h, closes) {
			removed = append(removed, h)
			continue
		}
		after = append(after, h)
	}
	return append(after, w.Head), removed
}

// replaces says of each head whether w is about it: whether it settles it, or
// its author had seen it.
func (w Write) replaces(heads []record.Head) []bool {
	switch {
	case w.settles():
		return agreed(heads, w.Head)
	case w.Resolves != nil:
		return reach(heads, func(h record.Head) bool { return slices.Contains(w.Resolves, h.Version) && w.Saw(h) })
	default:
		return reach(heads, w.Saw)
	}
}

func (w Write) removes(merge record.Merge, h record.Head, closes bool) bool {
	switch {
	case merge == record.Authority:
		return h.Source <= w.Head.Source
	case w.Resolves != nil:
		return true
	case w.Unsaid:
		return h.Value.Equal(w.Head.Value)
	default:
		return closes
	}
}

// closesReview reports whether w, an ordinary write, may replace what it saw
// under the policy review. Whoever was shown a dispute may not: only a
// resolve settles it. A device says so itself (InDispute); that it saw two
// different values is checked here as well, against devices that do not.
func (w Write) closesReview(heads []record.Head, seen []bool) bool {
	if w.InDispute {
		return false
	}
	var first *record.Head
	for i := range heads {
		if !seen[i] {
			continue
		}
		if first != nil && !first.Value.Equal(heads[i].Value) {
			return false
		}
		first = &heads[i]
	}
	return true
}

// Outcome returns what became of the head written by lane and number, given
// the heads after it was applied.
func Outcome(merge record.Merge, after []record.Head, lane ident.Incarnation, number uint64) record.Outcome {
	state := Resolve(merge, after)
	switch {
	case state.Disputed:
		return record.InReview
	case len(after) == 1:
		return record.Accepted
	case merge == record.Union:
		return record.Merged
	case state.Winner.Lane == lane && state.Winner.Number == number:
		return record.Merged
	}
	i := slices.IndexFunc(after, func(h record.Head) bool { return h.Lane == lane && h.Number == number })
	if i < 0 {
		return record.Superseded
	}
	if merge == record.Authority && after[i].Source < state.Winner.Source {
		return record.Proposed
	}
	if after[i].Value.Equal(state.Value) {
		return record.Merged
	}
	return record.Superseded
}
