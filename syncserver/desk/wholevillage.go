// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Whole leads villages through whole-village credit: which rounds there are and what they came to, the lists, and the limits. It works
// behind the writes of others, and may be killed, run twice, or be late; only Begin, Open and Close wait for a person to say so.
type Whole struct {
	Desk   Desk
	Policy func() *wholevillage.Policy
	Card   func(day string) *scoring.Card // that of households on a day; nil: none counts then
	// Own lets a reviewer's laptop hold the reviewer's own scope. The fault says why there is none that could.
	Own func(context.Context, ident.Actor) error
	Log *slog.Logger
	// After is time.After, or the clock of a test.
	After func(time.Duration) <-chan time.Time
}

// Run settles the villages that began, then each that changes, until heads is closed.
func (w Whole) Run(ctx context.Context, heads <-chan ident.Scope) {
	round{what: "whole-village credit", log: w.Log, after: w.After, all: w.begun, village: w.Settle}.run(ctx, heads)
}

func (w Whole) begun(ctx context.Context) (map[ident.Scope]bool, error) {
	out := map[ident.Scope]bool{}
	err := w.Desk.each(ctx, record.Query{Kind: wholevillage.KindYear}, func(row record.Row) { out[row.Header.Scope] = true })
	return out, err
}

// Begin begins the process of a unit for a year. Fault: Stale "wholevillage.year.twice".
func (w Whole) Begin(ctx context.Context, unit ident.Scope, year int) (wholevillage.Year, error) {
	id, isUnit := unit.Unit()
	if !isUnit {
		return wholevillage.Year{}, fault.New(fault.Invalid, "desk.post.village").WithField("village")
	}
	s, err := w.step(unit, ident.Subject(id))
	if err != nil {
		return wholevillage.Year{}, err
	}
	y := wholevillage.Year{Step: s, Year: year}
	return y, w.Desk.apply(ctx, "whole.begin", unit, y.Create())
}

// step is the beginning of a record that the desk makes.
func (w Whole) step(unit ident.Scope, of ident.Subject) (wholevillage.Step, error) {
	now := w.Desk.Now()
	id, err := ident.New[ident.Record](now.UnixMilli(), w.Desk.Random)
	return wholevillage.Step{
		Header: record.Header{ID: id, Scope: unit, Subject: of}, AtMS: now.UnixMilli(), Edition: w.Policy().Version(), Sample: w.Desk.Sample,
	}, err
}

// about is step for a household of the year.
func (w Whole) about(v *wholevillage.Village, of ident.Subject, household ident.Record) (wholevillage.Step, error) {
	s, err := w.step(v.Year.Header.Scope, of)
	s.Year, s.Household = v.Year.Header.ID, household
	return s, err
}

// Village reads the process of a unit. Fault: NotFound "wholevillage.year" where none began.
func (w Whole) Village(ctx context.Context, unit ident.Scope) (*wholevillage.Village, error) {
	v, err := w.Policy().Read(ctx, w.Desk.Store, unit, w.Desk.Now().In(zone))
	if err == nil && v.Year == nil {
		err = fault.New(fault.NotFound, "wholevillage.year")
	}
	return v, err
}

// Open opens the next blind round for every household of a unit that needs one, in as many records as the policy's batch asks for; who is
// left out for a household is not counted for it. Every reviewer's laptop is let hold their own scope first. Faults: those of
// Policy.CheckRound and of Own; Conflict "wholevillage.round.open" where all that need a round sit in one.
func (w Whole) Open(ctx context.Context, unit ident.Scope, reviewers []wholevillage.Reviewer) ([]wholevillage.Round, error) {
	p := w.Policy()
	v, err := w.Village(ctx, unit)
	if err != nil {
		return nil, err
	}
	rounds, err := w.rounds(p, v, reviewers)
	if err != nil {
		return nil, err
	}
	for _, r := range reviewers {
		if err := w.Own(ctx, r.Actor); err != nil {
			return nil, err
		}
	}
	for i, r := range rounds { // an act cannot hold the rounds of a large village; who sits already is passed over the next time
		if err := w.Desk.apply(ctx, "whole.round", unit, r.Create()); err != nil {
			return rounds[:i], err
		}
	}
	return rounds, nil
}

// rounds seats the households that need a round, by its number and in batches.
func (w Whole) rounds(p *wholevillage.Policy, v *wholevillage.Village, reviewers []wholevillage.Reviewer) (out []wholevillage.Round, err error) {
	seats, open := map[int][]wholevillage.Seat{}, false
	for _, c := range v.Cases {
		if no := p.Next(c.Results); c.Reached == wholevillage.Screen && c.Stopped == "" && no > 0 {
			if v.Sits(c.Household) {
				open = true
				continue
			}
			seats[no] = append(seats[no], wholevillage.Seat{Household: c.Household, Subject: c.Subject})
		}
	}
	if len(seats) == 0 && open {
		return nil, fault.New(fault.Conflict, "wholevillage.round.open")
	}
	if len(seats) == 0 {
		return nil, p.CheckRound(wholevillage.Round{})
	}
	id, _ := v.Year.Header.Scope.Unit()
	until := w.Desk.Now().In(zone).AddDate(0, 0, p.Rounds().Days).Format(time.DateOnly)
	for no := 1; no <= p.Rounds().Most; no++ {
		for batch := range slices.Chunk(seats[no], p.Rounds().Batch) {
			r := wholevillage.Round{No: no, Seats: batch, Until: until}
			for _, who := range reviewers {
				who.Out = slices.DeleteFunc(slices.Clone(who.Out), func(h ident.Record) bool {
					return !slices.ContainsFunc(batch, func(s wholevillage.Seat) bool { return s.Household == h })
				})
				r.Reviewers = append(r.Reviewers, who)
			}
			if r.Step, err = w.about(v, ident.Subject(id), ident.Record{}); err == nil {
				err = p.CheckRound(r)
			}
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// Close closes a round: it reads the sheets in the scopes of its reviewers and publishes what they came to, without saying who said
// what. Faults: NotFound "wholevillage.round"; Stale "wholevillage.round.closed".
func (w Whole) Close(ctx context.Context, round ident.Record) (wholevillage.Closed, error) {
	row, err := w.Desk.Store.Get(ctx, round)
	if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != wholevillage.KindRound {
		err = fault.New(fault.NotFound, "wholevillage.round")
	}
	if err != nil {
		return wholevillage.Closed{}, err
	}
	r := wholevillage.RoundOf(row)
	v, err := w.Village(ctx, r.Header.Scope)
	if err != nil {
		return wholevillage.Closed{}, err
	}
	sheets, err := w.Sheets(ctx, r)
	if err != nil {
		return wholevillage.Closed{}, err
	}
	k := wholevillage.Closed{Round: r.Header.ID, Sheets: len(sheets)}
	if k.Step, err = w.about(v, r.Header.Subject, ident.Record{}); err != nil {
		return k, err
	}
	k.Edition = 0
	writes := []record.Write{k.Create()}
	for _, res := range w.Policy().Count(r, sheets) {
		head := res.Header
		if res.Step, err = w.about(v, head.Subject, res.Household); err != nil {
			return k, err
		}
		res.Sample = res.Sample || r.Sample
		writes = append(writes, res.Create())
	}
	return k, w.Desk.apply(ctx, "whole.close", r.Header.Scope, writes...)
}

// Sheets returns the sheets of a round that have arrived. They are for the desk alone.
func (w Whole) Sheets(ctx context.Context, r wholevillage.Round) (out []wholevillage.Sheet, err error) {
	for _, who := range r.Reviewers {
		q := record.Query{Kind: wholevillage.KindSheet, Scope: ident.UserScope(who.Actor), Where: []record.Term{
			{Field: "review_round", Value: record.OfBytes(r.Header.ID.Bytes())},
		}}
		err := w.Desk.each(ctx, q, func(row record.Row) { out = append(out, wholevillage.SheetOf(row)) })
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Limits returns what the households of a unit may ask for, by household: for those whose pre-approved limit stands today. It is what
// a file card shows; nobody else is told before they prove who they are.
func (w Whole) Limits(ctx context.Context, unit ident.Scope) (map[ident.Record]*myfile.Limit, error) {
	v, err := w.Village(ctx, unit)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[ident.Record]*myfile.Limit{}
	for _, c := range v.Cases {
		offered := c.Limit != nil && c.Rank() > slices.Index(wholevillage.States(), wholevillage.Offer)
		if offered && c.Stopped == "" && c.Limit.Until >= c.Day {
			out[c.Household] = &myfile.Limit{Amount: c.Limit.Limit, Until: c.Limit.Until}
		}
	}
	return out, nil
}

// Settle screens the households of a unit whose files are ready, and decides on those of which a meeting asks it.
func (w Whole) Settle(ctx context.Context, unit ident.Scope) error {
	v, err := w.Village(ctx, unit)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	meetings, err := w.meetings(ctx, v)
	if err != nil {
		return err
	}
	for _, c := range v.Cases {
		switch {
		case c.Stopped != "" && c.Stopped != wholevillage.StopBlack:
			continue
		case c.Reached == wholevillage.File:
			err = w.screen(ctx, v, c)
		case c.Reached == wholevillage.Rounds && c.Limit == nil && meetings[c.Household] != (ident.Record{}):
			err = w.decide(ctx, v, c, meetings[c.Household])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// meetings returns the newest meeting of the year on each household.
func (w Whole) meetings(ctx context.Context, v *wholevillage.Village) (map[ident.Record]ident.Record, error) {
	out, at := map[ident.Record]ident.Record{}, map[ident.Record]int64{}
	q := record.Query{Kind: wholevillage.KindMeeting, Scope: v.Year.Header.Scope, Where: []record.Term{
		{Field: "village_year", Value: record.OfBytes(v.Year.Header.ID.Bytes())},
	}}
	err := w.Desk.each(ctx, q, func(row record.Row) {
		m := wholevillage.MeetingOf(row)
		for _, h := range m.Households {
			if m.AtMS >= at[h] {
				out[h], at[h] = m.Header.ID, m.AtMS
			}
		}
	})
	return out, err
}

// screen puts a household on a list: once, and again while it is grey or black and no officer has looked, when other rules apply by now.
func (w Whole) screen(ctx context.Context, v *wholevillage.Village, c *wholevillage.Case) error {
	result, seen, day, err := w.score(ctx, c)
	if err != nil || result == nil {
		return err
	}
	list, why := w.Policy().Screen(result)
	if c.Screening != nil && (list == c.Screening.List && slices.Equal(why, c.Screening.Reasons) || len(c.Checks) > 0) {
		return nil
	}
	s, err := w.about(v, c.Subject, c.Household)
	if err != nil {
		return err
	}
	screening := wholevillage.Screening{
		Step: s, List: list, Reasons: why, Limit: result.Granted(), Grade: result.Grade(), Score: result.Bytes(), Day: day, Seen: seen,
	}
	return w.Desk.apply(ctx, "whole.screen", s.Header.Scope, screening.Create())
}

// decide comes to the limit of a household after a meeting.
func (w Whole) decide(ctx context.Context, v *wholevillage.Village, c *wholevillage.Case, meeting ident.Record) error {
	result, seen, _, err := w.score(ctx, c)
	if err != nil {
		return err
	}
	stop := ""
	if result != nil {
		if err := result.Decidable(""); err != nil {
			stop = fault.From(err).Key
		}
	}
	l := w.Policy().Decide(c.Results, result, stop, w.Desk.Now().In(zone))
	if l.Step, err = w.about(v, c.Subject, c.Household); err != nil {
		return err
	}
	l.Meeting, l.Seen = meeting, seen
	if result != nil {
		l.Score = result.Bytes()
	}
	return w.Desk.apply(ctx, "whole.decide", l.Header.Scope, l.Create())
}

// score scores a household as it is known now; nil where no card counts.
func (w Whole) score(ctx context.Context, c *wholevillage.Case) (*scoring.Result, record.Version, string, error) {
	day := w.Desk.Now().In(zone).Format(time.DateOnly)
	card := w.Card(day)
	if card == nil {
		return nil, 0, day, nil
	}
	row, err := w.Desk.Store.Get(ctx, c.Household)
	if err != nil {
		return nil, 0, day, err
	}
	base, err := w.Desk.Store.Base(ctx, row.Header.Scope)
	if err != nil {
		return nil, 0, day, err
	}
	root, beside, err := card.Gather(ctx, w.Desk.Store, c.Household)
	if err != nil {
		return nil, 0, day, err
	}
	result, err := card.Score(root, beside, day)
	return result, base.Version, day, err
}
