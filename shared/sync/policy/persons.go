// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"cmp"
	"slices"

	"yuexin/shared/sync/record"
)

// A field that two persons settle keeps a resolve as a head of its own, with the
// heads it names ([record.Head.Settles]). A head goes once two such heads of
// different actors, with the same value, both name it; whichever of the two
// comes last removes it. Nothing else that one person writes into a dispute does.
//
// The order of arrival does not matter because of one invariant: a settling head
// goes only together with, or after, everything it names. Whoever names it or has
// seen it therefore counts as naming or having seen what it names ([reach]), and
// a second person who comes after it has gone finds nothing left to agree on.

// settles reports whether w is one person's part in a settlement by two.
func (w Write) settles() bool { return w.TwoPersons && w.Resolves != nil }

// named returns the heads that w names, in order. What its author can have seen
// has a version, and an earlier one than its own.
func (w Write) named() []record.Version {
	var out []record.Version
	for _, v := range w.Resolves {
		if v != 0 && (w.Head.Version == 0 || v < w.Head.Version) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reach says of each head whether direct holds for it, or for a settling head
// that names it, itself or through another.
func reach(heads []record.Head, direct func(record.Head) bool) []bool {
	out := make([]bool, len(heads))
	latest := make([]int, 0, len(heads))
	settling := false
	for i := range heads {
		out[i] = direct(heads[i])
		latest = append(latest, i)
		settling = settling || heads[i].Settles != nil
	}
	if !settling {
		return out
	}
	// A head names earlier ones only; pending ones, without a version, are the latest.
	slices.SortFunc(latest, func(a, b int) int {
		return cmp.Compare(heads[b].Version-1, heads[a].Version-1)
	})
	for _, i := range latest {
		out[i] = out[i] || slices.ContainsFunc(latest, func(m int) bool {
			return out[m] && settles(heads[m], heads[i])
		})
	}
	return out
}

// agreed says of each head whether two persons would have it settled: the author
// of w, a settling write, and, with the same value, another.
func agreed(heads []record.Head, w record.Head) []bool {
	out := make([]bool, len(heads))
	mine := reach(heads, func(h record.Head) bool { return settles(w, h) })
	for _, p := range heads {
		if !seconds(w, p) {
			continue
		}
		for i, theirs := range reach(heads, func(h record.Head) bool { return settles(p, h) }) {
			out[i] = out[i] || mine[i] && theirs
		}
	}
	return out
}

// settles reports whether s names h and its author had seen it.
func settles(s, h record.Head) bool {
	seen := h.Version <= s.Saw || h.Lane == s.Lane && h.Number < s.Number
	return seen && h.Version != 0 && slices.Contains(s.Settles, h.Version)
}

// seconds reports whether p is another person's settling head for the value of w.
func seconds(w, p record.Head) bool {
	return p.Settles != nil && p.Actor != w.Actor && p.Value.Equal(w.Value)
}

// Proposal reports whether h would settle something for which no second person
// has agreed with it.
func Proposal(heads []record.Head, h record.Head) bool {
	return h.Settles != nil && !slices.ContainsFunc(heads, func(p record.Head) bool {
		return seconds(h, p) && (settles(p, h) || settles(h, p) ||
			slices.ContainsFunc(p.Settles, func(v record.Version) bool { return slices.Contains(h.Settles, v) }))
	})
}

// WasShown reports whether the author of w, an ordinary write to a field that two
// persons settle, had a dispute before them: by the version they say to have read,
// or because they had seen somebody settle it and no second person agree. heads and
// past are what stands of the field and what was removed.
func WasShown(merge record.Merge, heads []record.Head, past []record.Past, w Write) bool {
	if Resolve(merge, shown(heads, past, w.Seen.Version)).Disputed {
		return true
	}
	all, standing := slices.Clone(heads), slices.Clone(heads)
	for _, p := range past {
		all = append(all, p.Head)
		if p.ReplacedBy > w.Seen.Version {
			standing = append(standing, p.Head)
		}
	}
	return slices.ContainsFunc(standing, func(h record.Head) bool {
		return h.Settles != nil && w.Saw(h) && !slices.ContainsFunc(all, func(p record.Head) bool { return w.Saw(p) && seconds(h, p) })
	})
}

// shown returns the heads that stood at version v, out of those that stand now and
// those that were removed since.
func shown(heads []record.Head, past []record.Past, v record.Version) []record.Head {
	var out []record.Head
	for _, h := range heads {
		if h.Version <= v {
			out = append(out, h)
		}
	}
	for _, p := range past {
		if p.Version <= v && p.ReplacedBy > v {
			out = append(out, p.Head)
		}
	}
	return out
}
