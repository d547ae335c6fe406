// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"cmp"
)

const dayMS = 24 * 60 * 60 * 1000

// Urgency is how a demand stands in lists: those that nobody is in charge of and those that are overdue first, then
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

// Compare orders by urgency: negative if u comes before v. Within the first two groups what has waited longest comes
// first, among the done the latest.
func (u Urgency) Compare(v Urgency) int {
	if c := cmp.Compare(u.rank(), v.rank()); c != 0 {
		return c
	}
	if u.Done {
		return cmp.Compare(v.since, u.since)
	}
	return cmp.Compare(u.since, v.since)
}

func (u Urgency) rank() int {
	switch {
	case u.Done:
		return 2
	case u.Unassigned || u.OverdueDays > 0:
		return 0
	}
	return 1
}
