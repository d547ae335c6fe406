// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"bytes"
	"cmp"
	"slices"

	"yuexin/shared/sync/record"
)

// Resolve returns what readers see of a field with the given heads. Version
// and Pending are left to the caller. No head gives the zero state.
//
//   - latest: the greatest effective stamp; a blind write never prevails over
//     one whose author could see the field.
//   - authority: the highest source, then as latest; heads of lower source
//     are proposals and listed aside.
//   - larger, smaller: by value; None never prevails over a number.
//   - union: the union of all sets.
//   - review: if the heads differ the field is disputed: what stood first
//     stays visible, a blind write last of all, and the others are listed aside.
//     What one person alone would settle comes after what was entered.
func Resolve(merge record.Merge, heads []record.Head) record.FieldState {
	if len(heads) == 0 {
		return record.FieldState{}
	}
	if len(heads) == 1 {
		return record.FieldState{Value: heads[0].Value, Winner: heads[0]}
	}
	winner := slices.MaxFunc(heads, order(merge))
	switch merge {
	case record.Authority:
		return record.FieldState{Value: winner.Value, Winner: winner, Aside: proposals(heads, winner)}
	case record.Union:
		return record.FieldState{Value: union(heads), Winner: winner}
	case record.Review:
		return review(heads, winner)
	default:
		return record.FieldState{Value: winner.Value, Winner: winner}
	}
}

// order returns the total order of the policy over heads.
func order(merge record.Merge) func(a, b record.Head) int {
	switch merge {
	case record.Authority:
		return func(a, b record.Head) int {
			return cmp.Or(cmp.Compare(a.Source, b.Source), later(a, b))
		}
	case record.Larger:
		return func(a, b record.Head) int { return cmp.Or(a.Value.Compare(b.Value), later(a, b)) }
	case record.Smaller:
		return func(a, b record.Head) int { return cmp.Or(smaller(a.Value, b.Value), later(a, b)) }
	default:
		return later
	}
}

// later orders heads by time: blind ones first, then by effective stamp; lane
// and number break ties so that the order is total.
func later(a, b record.Head) int {
	return cmp.Or(
		sighted(a)-sighted(b),
		cmp.Compare(a.Stamp, b.Stamp),
		bytes.Compare(a.Lane[:], b.Lane[:]),
		cmp.Compare(a.Number, b.Number),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func sighted(h record.Head) int {
	if h.Blind {
		return 0
	}
	return 1
}

// smaller orders so that the smallest number is the maximum and None the
// minimum.
func smaller(a, b record.Value) int {
	if a.IsNone() || b.IsNone() {
		return a.Compare(b)
	}
	return b.Compare(a)
}

func union(heads []record.Head) record.Value {
	var items []string
	for _, h := range heads {
		items = append(items, h.Value.Set()...)
	}
	return record.OfSet(items...)
}

func proposals(heads []record.Head, winner record.Head) []record.Head {
	var lower []record.Head
	for _, h := range heads {
		if h.Source < winner.Source && !h.Value.Equal(winner.Value) {
			lower = append(lower, h)
		}
	}
	return sorted(lower)
}

func review(heads []record.Head, newest record.Head) record.FieldState {
	differ := slices.ContainsFunc(heads, func(h record.Head) bool { return !h.Value.Equal(newest.Value) })
	if !differ {
		return record.FieldState{Value: newest.Value, Winner: newest}
	}
	heads = slices.Clone(heads)
	all := slices.Clone(heads)
	slices.SortFunc(heads, func(a, b record.Head) int {
		return cmp.Or(compareBool(Proposal(all, a), Proposal(all, b)), stoodFirst(a, b))
	})
	return record.FieldState{Value: heads[0].Value, Winner: heads[0], Disputed: true, Aside: heads[1:]}
}

// stoodFirst orders heads as they came to stand: by effective stamp, but
// blind ones last, for what their authors could not see stays what is shown.
func stoodFirst(a, b record.Head) int {
	return cmp.Or(sighted(b)-sighted(a), later(a, b))
}

// sorted puts heads in an order that does not depend on arrival: by effective
// stamp, as people read them.
func sorted(heads []record.Head) []record.Head {
	slices.SortFunc(heads, later)
	return heads
}
