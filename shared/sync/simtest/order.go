// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"fmt"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/simtest/model"
)

// orders checks that the heads of every field are those of another order of
// arrival: lanes are taken one after the other, as far as what their authors had
// seen allows, not in the order in which they came. What an author had seen is
// taken from the change set itself, where no restore made it mean something else.
func orders(c *model.Central) (breaches []string) {
	breaches = dependents(c)
	for _, scope := range c.Scopes() {
		log := c.Log(scope)
		if !c.Restored(scope) { // a base may be of a branch that the restore cut off
			breaches = append(append(breaches, causes(log)...), alone(c, log)...)
		}
		heads, lost := map[model.Place][]record.Head{}, map[model.Place]bool{}
		for _, a := range otherOrder(c, log) {
			for _, w := range c.WritesOf(a) {
				if !c.Restored(scope) && a.Set.Base.Version < a.Version {
					w.Seen = a.Set.Base
				}
				lost[w.Place] = lost[w.Place] || forgot(log, a, w)
				heads[w.Place], _ = policy.Apply(w.Merge, heads[w.Place], w.Write)
			}
		}
		for place, want := range heads {
			if got := c.Heads(place); !sameHeads(got, want) && !lost[place] {
				breaches = append(breaches, fmt.Sprintf("%s has %d heads, and %d in another order of arrival", place.Field, len(got), len(want)))
			}
		}
	}
	return breaches
}

// forgot reports whether a restore made what the author of a write to a field under
// review had seen less than it was. Whether it then settles anything depends on what
// came first; at worst a person is asked once too often.
func forgot(log []model.Accepted, a model.Accepted, w model.Folded) bool {
	gone := func(v record.Version) bool {
		return v >= a.Version || !slices.ContainsFunc(log, func(b model.Accepted) bool { return b.Version == v })
	}
	return w.Merge == record.Review && (a.Set.Base.Version > w.Seen.Version || slices.ContainsFunc(w.Resolves, gone))
}

// dependents checks that nothing was applied that builds on a refused change set of
// its lane which nobody had corrected or given up.
func dependents(c *model.Central) (breaches []string) {
	for _, lane := range c.Lanes() {
		refused, given := map[uint64]*record.ChangeSet{}, map[uint64]bool{} // given up or corrected by what was decided later
		for _, j := range lane {
			if j.Decided && j.Set.Replaces != 0 {
				given[j.Set.Replaces] = true
			}
		}
		for _, j := range lane {
			number, by := j.Set.Link.Number, j.Set.Replaces
			if by != 0 {
				for n := range refused { // what was refused because of it goes with it
					if n >= by {
						delete(refused, n)
					}
				}
			}
			if j.Decided || j.Outcome == record.Discarded && j.Set.Origin != nil {
				continue // what came after it was judged without it, or a copy of the device had given it up before
			}
			if given[j.Root] {
				continue // it goes with that
			}
			if j.Outcome == record.Rejected || j.Outcome == record.Discarded {
				refused[number] = j.Set
				continue
			}
			for n, root := range refused {
				if j.Outcome.Applied() && j.Set.Origin == nil && !j.Repeat && n <= j.Set.Base.Number && touchesSame(root, j.Set) {
					breaches = append(breaches, fmt.Sprintf("%s builds on %s, which was refused, and was applied", j.Set.Name, root.Name))
				}
			}
		}
	}
	return breaches
}

func touchesSame(a, b *record.ChangeSet) bool {
	return slices.ContainsFunc(a.Writes, func(x record.Write) bool {
		return slices.ContainsFunc(b.Writes, func(y record.Write) bool { return x.Header.ID == y.Header.ID })
	})
}

// causes checks that nothing is stamped before what its author had seen, whatever
// the clocks said.
func causes(log []model.Accepted) (breaches []string) {
	for i, a := range log {
		for _, b := range log[:i] {
			if b.Version <= a.Base.Version && b.Stamp >= a.Stamp {
				breaches = append(breaches, fmt.Sprintf("%s is stamped before %s, which its author had seen", a.Set.Name, b.Set.Name))
			}
		}
	}
	return breaches
}

// alone checks that where two persons have to settle a dispute, nothing went by a
// resolve unless another person's, with the same value, had come before it.
func alone(c *model.Central, log []model.Accepted) (breaches []string) {
	type settling struct {
		set   *record.ChangeSet
		value record.Value
	}
	earlier := map[model.Place][]settling{}
	by := map[model.Place]map[record.Version]settling{}
	for _, a := range log {
		for _, w := range c.WritesOf(a) {
			if !w.TwoPersons || w.Resolves == nil {
				continue
			}
			if by[w.Place] == nil {
				by[w.Place] = map[record.Version]settling{}
			}
			by[w.Place][a.Version] = settling{a.Set, w.Head.Value}
		}
	}
	for _, a := range log {
		for place, settled := range by {
			s, ours := settled[a.Version]
			if !ours {
				continue
			}
			went := slices.ContainsFunc(c.Past(place), func(p record.Past) bool { return p.ReplacedBy == a.Version })
			second := slices.ContainsFunc(earlier[place], func(o settling) bool { return o.set.Actor != s.set.Actor && o.value.Equal(s.value) })
			if went && !second {
				breaches = append(breaches, fmt.Sprintf("%s settled %s alone", s.set.Name, place.Field))
			}
			earlier[place] = append(earlier[place], s)
		}
	}
	return breaches
}

// otherOrder returns log with each lane in its order, and every change set after
// all that its author had seen.
func otherOrder(c *model.Central, log []model.Accepted) (out []model.Accepted) {
	lanes := map[ident.Incarnation][]model.Accepted{}
	var names []ident.Incarnation
	for _, a := range slices.Backward(log) { // the lane that wrote last comes first
		inc := a.Set.Link.Lane.Incarnation
		if _, known := lanes[inc]; !known {
			names = append(names, inc)
		}
		lanes[inc] = append(lanes[inc], a)
	}
	for _, inc := range names {
		slices.Reverse(lanes[inc])
	}
	placed := map[record.Version]bool{}
	ready := func(a model.Accepted) bool {
		for _, b := range log {
			seen := b.Version <= a.Base.Version || slices.Contains(a.Repeats, b.Version) || slices.ContainsFunc(c.WritesOf(a), func(w model.Folded) bool {
				return b.Version < a.Version && slices.Contains(w.Resolves, b.Version) // named, whatever a restore made of the base
			})
			if seen && !placed[b.Version] {
				return false
			}
		}
		return true
	}
	for moved := true; moved; {
		moved = false
		for _, inc := range names {
			for len(lanes[inc]) > 0 && ready(lanes[inc][0]) {
				a := lanes[inc][0]
				lanes[inc], placed[a.Version], moved = lanes[inc][1:], true, true
				out = append(out, a)
			}
		}
	}
	return out
}

func sameHeads(a, b []record.Head) bool {
	type key struct {
		lane   ident.Incarnation
		number uint64
		stamp  hlc.Stamp
	}
	keys := func(heads []record.Head) map[key]bool {
		m := map[key]bool{}
		for _, h := range heads {
			m[key{h.Lane, h.Number, h.Stamp}] = true
		}
		return m
	}
	x, y := keys(a), keys(b)
	if len(x) != len(y) {
		return false
	}
	for k := range x {
		if !y[k] {
			return false
		}
	}
	return true
}
