// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/exposure"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Why a case does not go on; its text has the key "wholevillage.stop." and it.
const (
	StopBlack   = "black"   // on the black list
	StopChecked = "checked" // an officer found that there is to be no credit
	StopRefused = "refused" // no limit came out
	StopObject  = "object"  // an objection was found right
	StopConsent = "consent" // the consent was withdrawn or is over
	StopEnded   = "ended"   // the yearly review ended it
	StopRounds  = "rounds"  // all rounds are over and none had enough reviewers
)

// Case is where one household is in a unit's process of one year, and by what.
type Case struct {
	Household  ident.Record
	Subject    ident.Subject
	Day        string // on which it is looked at, 2006-01-02
	Missing    []record.Field
	Consented  bool
	Screening  *Screening // the newest
	Checks     []Check
	Results    []Result // oldest round first
	Limit      *Limit   // the newest
	Posted     *Posted  // the first notice its limit stood on
	Objections []Objection
	Signings   []Signing
	Signed     int64 // fen: the amount that two persons signed for; 0 for none yet
	Contract   *Agreement
	Granted    bool // the contract's ask took room of the household's limit
	GrantWhy   string
	Drawings   []Drawing
	Taken      int64 // fen: all that was ever drawn
	Drawn      int64 // fen: what is drawn now
	Renewed    *Renewed

	Reached State  // "" for not even a file
	Next    State  // "" at the end
	Lacks   []Need // of Next
	Stopped string // why it does not go on; "" for nothing
}

// Village is a unit's process of one year.
type Village struct {
	Year   *Year   // the newest; nil where none began
	Rounds []Round // oldest first
	Closed map[ident.Record]Closed
	Posted []Posted // oldest first
	Cases  []*Case  // one for each household that is not deleted, oldest id first
	by     map[ident.Record]*Case
}

// Case returns the case of a household.
func (v *Village) Case(household ident.Record) (*Case, bool) {
	c, known := v.by[household]
	return c, known
}

// Sits says whether a household sits in a round that is not closed.
func (v *Village) Sits(household ident.Record) bool {
	return slices.ContainsFunc(v.Rounds, func(r Round) bool {
		_, closed := v.Closed[r.Header.ID]
		_, sits := r.seat(household)
		return sits && !closed
	})
}

// Read returns the process of a unit as a login sees it, on a day.
func (p *Policy) Read(ctx context.Context, from record.Lister, unit ident.Scope, on time.Time) (*Village, error) {
	var rows []record.Row
	for _, kind := range append(Kinds(), Household, consent.Kind, consent.KindEnd, exposure.KindGrant) {
		some, err := record.All(ctx, from, record.Query{Kind: kind, Scope: unit})
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return p.Sum(rows, on), nil
}

// Sum makes a unit's process of its records, in any order: those of Kinds, its households, consents and grants; others are passed
// over, and of older years too.
func (p *Policy) Sum(rows []record.Row, on time.Time) *Village {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b record.Row) int {
		return cmp.Or(cmp.Compare(a.Int("at"), b.Int("at")), bytes.Compare(a.Header.ID[:], b.Header.ID[:]))
	})
	v := &Village{Closed: map[ident.Record]Closed{}, by: map[ident.Record]*Case{}}
	given, grants := map[ident.Subject][]record.Row{}, map[ident.Record]exposure.Grant{}
	for _, row := range rows {
		switch row.Header.Kind {
		case KindYear:
			if y := YearOf(row); v.Year == nil || y.Year >= v.Year.Year {
				v.Year = &y
			}
		case Household:
			if !row.Deleted() {
				c := &Case{Household: row.Header.ID, Subject: row.Header.Subject, Day: on.Format(time.DateOnly), Missing: p.missing(row)}
				v.Cases, v.by[c.Household] = append(v.Cases, c), c
			}
		case consent.Kind, consent.KindEnd:
			given[row.Header.Subject] = append(given[row.Header.Subject], row)
		case exposure.KindGrant:
			if g := exposure.GrantOf(row); g.State != exposure.Released {
				grants[g.Ask] = g
			}
		}
	}
	slices.SortFunc(v.Cases, func(a, b *Case) int { return bytes.Compare(a.Household[:], b.Household[:]) })
	v.hear(rows)
	for _, c := range v.Cases {
		c.Consented = p.agreed(consent.GivenOf(given[c.Subject]), on)
		c.sign()
		c.draw(grants)
		p.place(c)
	}
	return v
}

func (p *Policy) missing(row record.Row) (out []record.Field) {
	for _, f := range p.file.Fields {
		if row.Value(f).IsNone() {
			out = append(out, f)
		}
	}
	return out
}

func (p *Policy) agreed(g consent.Given, on time.Time) bool {
	return !slices.ContainsFunc(p.file.Purposes, func(purpose string) bool { return !g.Agreed(purpose, on) })
}

// place is the n-th objection of a case.
type place struct {
	of *Case
	n  int
}

// hear puts the records of the year beside the cases they are about, oldest first.
func (v *Village) hear(rows []record.Row) {
	if v.Year == nil {
		return
	}
	limits, objections := map[ident.Record]*Case{}, map[ident.Record]place{}
	for _, row := range rows {
		if ref(row, "village_year") != v.Year.Header.ID {
			continue
		}
		c := v.by[ref(row, "household")]
		switch row.Header.Kind {
		case KindRound:
			v.Rounds = append(v.Rounds, RoundOf(row))
		case KindClose:
			k := ClosedOf(row)
			v.Closed[k.Round] = k
		case KindNotice:
			v.Posted = append(v.Posted, PostedOf(row))
		}
		if c != nil {
			c.hear(row)
			if row.Header.Kind == KindLimit {
				limits[row.Header.ID] = c
			}
		}
	}
	for _, row := range rows {
		if o := ObjectionOf(row); row.Header.Kind == KindObjection && limits[o.Limit] != nil {
			c := limits[o.Limit]
			if c.Limit.Header.ID == o.Limit {
				objections[row.Header.ID] = place{c, len(c.Objections)}
				c.Objections = append(c.Objections, o)
			}
		}
	}
	for _, row := range rows {
		if at, known := objections[ref(row, "limit_objection")]; known && row.Header.Kind == KindAnswer {
			o := &at.of.Objections[at.n]
			o.Answers = append(o.Answers, AnswerOf(row))
		}
	}
	for i := range v.Posted {
		for _, line := range v.Posted[i].Lines {
			if c := limits[line.Limit]; c != nil && c.Limit.Header.ID == line.Limit && c.Posted == nil {
				c.Posted = &v.Posted[i]
			}
		}
	}
}

func (c *Case) hear(row record.Row) {
	switch row.Header.Kind {
	case KindScreening:
		s := ScreeningOf(row)
		c.Screening = &s
	case KindCheck:
		c.Checks = append(c.Checks, CheckOf(row))
	case KindResult:
		c.Results = append(c.Results, ResultOf(row))
	case KindLimit:
		l := LimitOf(row)
		c.Limit = &l
	case KindInterview:
		c.Signings = append(c.Signings, SigningOf(row))
	case KindContract:
		a := AgreementOf(row)
		c.Contract = &a
	case KindDrawing:
		c.Drawings = append(c.Drawings, DrawingOf(row))
	case KindRenewal:
		r := RenewedOf(row)
		c.Renewed = &r
	}
}

// sign finds the amount that two different persons signed for, each with the identity seen, the second naming the first. It is never
// above the limit.
func (c *Case) sign() {
	for _, second := range c.Signings {
		for _, first := range c.Signings {
			if c.Limit != nil && second.With == first.Header.ID && first.By != second.By && !first.By.IsZero() && !second.By.IsZero() &&
				first.Amount == second.Amount && first.Identity && second.Identity && first.Limit == c.Limit.Header.ID && second.Limit == first.Limit &&
				first.Amount > 0 && first.Amount <= c.Limit.Limit {
				c.Signed = first.Amount
			}
		}
	}
}

// draw adds up what was drawn under the contract, and finds what became of its ask.
func (c *Case) draw(grants map[ident.Record]exposure.Grant) {
	if c.Contract == nil || c.Limit == nil || c.Contract.Limit != c.Limit.Header.ID || c.Contract.Amount > c.Signed {
		c.Contract = nil
		return
	}
	g := grants[c.Contract.Ask]
	c.Granted, c.GrantWhy = g.State == exposure.Granted && g.Amount >= c.Contract.Amount, g.Why
	for _, d := range c.Drawings {
		if d.Contract == c.Contract.Header.ID {
			c.Drawn += d.Amount
			c.Taken += max(d.Amount, 0)
		}
	}
	if c.Renewed != nil && c.Renewed.Contract != c.Contract.Header.ID {
		c.Renewed = nil
	}
}

// place finds how far a case is: the last state before the first whose needs it does not have.
func (p *Policy) place(c *Case) {
	for _, s := range States() {
		if c.Lacks = p.Lacks(c, s); len(c.Lacks) > 0 {
			c.Next = s
			break
		}
		c.Reached = s
	}
	c.Stopped = p.stopped(c)
}

func (p *Policy) stopped(c *Case) string {
	switch {
	case c.Renewed != nil && c.Renewed.Outcome == "end":
		return StopEnded
	case c.Granted: // a contract that holds goes on whatever is withdrawn
		return ""
	case !c.Consented && c.Screening != nil:
		return StopConsent
	case c.Screening != nil && c.Screening.List == Black:
		return StopBlack
	case c.Screening != nil && c.refused(c.Screening.Header.ID), c.Limit != nil && c.refused(c.Limit.Header.ID):
		return StopChecked
	case c.Limit != nil && c.Limit.Outcome == Refused:
		return StopRefused
	case slices.ContainsFunc(c.Objections, Objection.Upheld):
		return StopObject
	case len(c.Results) > 0 && p.Next(c.Results) == 0 && !p.Done(c.Results):
		return StopRounds
	}
	return ""
}

// Ceiling is how much of a contract can be drawn, in fen: what the yearly review lowered it to, if it did.
func (c *Case) Ceiling() int64 {
	switch {
	case c.Contract == nil:
		return 0
	case c.Renewed != nil && c.Renewed.Outcome == "lower":
		return c.Renewed.Amount
	}
	return c.Contract.Amount
}

// Rank returns how many states a case has reached.
func (c *Case) Rank() int { return slices.Index(States(), c.Reached) + 1 }
