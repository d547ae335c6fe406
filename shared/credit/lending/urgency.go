// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"cmp"
)

const dayMS = 24 * 60 * 60 * 1000

// Urgency is how a demand stands in lists: first those that nobody is in charge of, then those that are overdue, then
// those under way, then those that are done.
type Urgency struct {
	Unassigned  bool
	OverdueDays int64 // whole days begun since it became overdue; 0 if it is not
	LeftDays    int64 // whole days begun until it is overdue; 0 if it is or nothing is due
	Done        bool
	since       int64
}

// Urgency returns how urgent a demand in state s is at a time in ms since 1970 UTC.
func (p *Policy) Urgency(s State, nowMS int64) Urgency {
	def := p.states[s.Status]
	u := Urgency{Done: def.Final, since: s.Since}
	if def.Final {
		return u
	}
	u.Unassigned = s.Officer.IsZero()
	if late := nowMS - s.Since - def.DueDays*dayMS; late > 0 {
		u.OverdueDays = 1 + (late-1)/dayMS
	} else {
		u.LeftDays = (-late + dayMS - 1) / dayMS
	}
	return u
}

// Compare orders by urgency: negative if u comes before v.
func (u Urgency) Compare(v Urgency) int { return u.Place().Compare(v.Place()) }

// Place is where a demand stands in a list, the lowest first. It can be kept, unlike an Urgency.
type Place struct {
	Rank  int
	Since int64 // of the same rank, the lower first: among what calls for somebody the longest wait, else the newest
}

// Compare orders places: negative if p comes before o.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.Rank, o.Rank), cmp.Compare(p.Since, o.Since))
}

// Place returns where a demand of this urgency stands.
func (u Urgency) Place() Place {
	switch {
	case u.Done:
		return Place{3, -u.since}
	case u.Unassigned:
		return Place{0, u.since}
	case u.OverdueDays > 0:
		return Place{1, u.since}
	}
	return Place{2, -u.since}
}
