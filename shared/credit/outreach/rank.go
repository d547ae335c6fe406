// SPDX-License-Identifier: Apache-2.0

package outreach

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Candidate is a household or merchant as far as it matters for whether to go there. Days are whole days as people count
// them, by the calendar.
type Candidate struct {
	ID       ident.Record
	Demands  []Waiting // that are not done
	Consents []Ends    // of the purposes that are asked for, the latest of each
	Missing  []record.Field
	FollowUp *int // days since the day that was agreed for the next visit, negative before it; nil without one
	Visited  bool // somebody was there once
	Where    *Place
}

// Waiting is a demand that somebody waits for.
type Waiting struct {
	Days       int // since it was registered
	Overdue    int // days since its present step was due, from 1; 0 before
	Left       int // days until it is due; 0 behind it
	Unassigned bool
}

// Ends is when a consent ends.
type Ends struct {
	Purpose string
	Left    int // days until its last day, negative behind it
}

// Place is a position in 1e-6 degrees on WGS-84.
type Place struct{ Lat, Lon int64 }

// ReasonKind says why to go somewhere. Its text key is "outreach.reason." and it.
type ReasonKind string

// The reasons.
const (
	ReasonWaiting    ReasonKind = "waiting"      // a demand has waited N days
	ReasonUnassigned ReasonKind = "unassigned"   // nobody is in charge of a demand
	ReasonOverdue    ReasonKind = "overdue"      // it has been overdue for N days
	ReasonSoon       ReasonKind = "soon"         // it is overdue in N days
	ReasonFollowUp   ReasonKind = "follow_up"    // the next visit was agreed for N days ago
	ReasonOver       ReasonKind = "consent_over" // a consent ended N days ago
	ReasonEnding     ReasonKind = "consent_soon" // it ends in N days
	ReasonMissing    ReasonKind = "missing"      // N fields are missing
	ReasonNever      ReasonKind = "never"        // nobody was there yet
)

// Reason is why to go somewhere, and what it weighs.
type Reason struct {
	Kind    ReasonKind
	N       int
	Purpose string         // of a consent
	Fields  []record.Field // that are missing
	Points  int
}

// Ranked is a candidate with its reasons, the weightiest first.
type Ranked struct {
	Candidate
	Reasons []Reason
	Points  int
	Band    Band // the worst of its demands and its follow-up
	Metres  int  // as the crow flies; -1 where one of the places is not known
}

// Rank returns where to go first: by points, then by nearness, then by id. A candidate without a reason is left out. from is
// where the officer is, nil if that is not known.
func (p *Policy) Rank(candidates []Candidate, from *Place) []Ranked {
	var out []Ranked
	for _, c := range candidates {
		if r := p.rank(c, from); len(r.Reasons) > 0 {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.far(), b.far()), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return out
}

// far orders what is not known last.
func (r Ranked) far() uint { return uint(r.Metres) }

func (p *Policy) rank(c Candidate, from *Place) Ranked {
	r := Ranked{Candidate: c, Metres: -1}
	if from != nil && c.Where != nil {
		r.Metres = Metres(*from, *c.Where)
	}
	late := -math.MaxInt
	for _, w := range c.Demands {
		r.Reasons = append(r.Reasons, p.waiting(w)...)
		if w.Overdue > 0 || w.Left > 0 {
			late = max(late, w.Overdue-w.Left)
		}
	}
	if c.FollowUp != nil && *c.FollowUp >= 0 {
		r.Reasons = append(r.Reasons, Reason{Kind: ReasonFollowUp, N: *c.FollowUp, Points: p.Points.FollowUp})
		late = max(late, *c.FollowUp)
	}
	r.Band = p.Band(late)
	for _, e := range c.Consents {
		switch {
		case e.Left < 0:
			r.Reasons = append(r.Reasons, Reason{Kind: ReasonOver, N: -e.Left, Purpose: e.Purpose, Points: p.Points.ConsentOver})
		case e.Left <= p.ConsentDays:
			r.Reasons = append(r.Reasons, Reason{Kind: ReasonEnding, N: e.Left, Purpose: e.Purpose, Points: p.Points.ConsentSoon})
		}
	}
	if n := len(c.Missing); n > 0 {
		r.Reasons = append(r.Reasons, Reason{Kind: ReasonMissing, N: n, Fields: c.Missing, Points: n * p.Points.MissingField})
	}
	if !c.Visited && len(r.Reasons) > 0 { // alone it is no reason: a village has thousands
		r.Reasons = append(r.Reasons, Reason{Kind: ReasonNever, Points: p.Points.NeverVisited})
	}
	slices.SortStableFunc(r.Reasons, func(a, b Reason) int { return cmp.Compare(b.Points, a.Points) })
	for _, one := range r.Reasons {
		r.Points += one.Points
	}
	return r
}

// waiting returns what a demand that waits is a reason for.
func (p *Policy) waiting(w Waiting) []Reason {
	out := []Reason{{Kind: ReasonWaiting, N: w.Days, Points: min(w.Days*p.Points.WaitingDay, p.Points.WaitingMost)}}
	if w.Unassigned {
		out = append(out, Reason{Kind: ReasonUnassigned, Points: p.Points.Unassigned})
	}
	band := p.Points.Bands[p.Band(w.Overdue-w.Left).Name]
	switch {
	case w.Overdue > 0:
		out = append(out, Reason{Kind: ReasonOverdue, N: w.Overdue, Points: band})
	case w.Left > 0 && band > 0:
		out = append(out, Reason{Kind: ReasonSoon, N: w.Left, Points: band})
	}
	return out
}

// Missing returns the fields that the policy requires of a kind and a record has not, in the order of the policy. What is
// in dispute is there.
func (p *Policy) Missing(row record.Row) []record.Field {
	var out []record.Field
	for _, f := range p.Required[row.Header.Kind] {
		if s := row.Fields[f]; s.Value.IsNone() && !s.Disputed {
			out = append(out, f)
		}
	}
	return out
}

// earth is the mean radius of the earth in metres (IUGG).
const earth = 6_371_009

// Metres returns the distance of two places along the earth, good to half a per cent.
func Metres(a, b Place) int {
	radians := func(n int64) float64 { return float64(n) / 1e6 * math.Pi / 180 }
	north, east := radians(b.Lat-a.Lat)/2, radians(b.Lon-a.Lon)/2
	h := math.Sin(north)*math.Sin(north) + math.Cos(radians(a.Lat))*math.Cos(radians(b.Lat))*math.Sin(east)*math.Sin(east)
	return int(math.Round(2 * earth * math.Asin(math.Sqrt(min(1, h)))))
}
