// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Hand is whoever works on a unit's process, offline or not: what the rules of this package allow becomes an act of theirs. Their
// store signs with their own key where the catalogue asks for it.
type Hand struct {
	Store  record.Store
	Policy *Policy
	Actor  ident.Actor
	Source record.Source
	Now    func() time.Time // in the zone of the village
	Random io.Reader
	Sample bool // what is made is marked 示例
}

// Village reads the process of a unit. Fault: NotFound "wholevillage.year" where none began.
func (h Hand) Village(ctx context.Context, unit ident.Scope) (*Village, error) {
	v, err := h.Policy.Read(ctx, h.Store, unit, h.Now())
	if err == nil && v.Year == nil {
		err = fault.New(fault.NotFound, "wholevillage.year")
	}
	return v, err
}

// find reads the case of a household. Faults: NotFound "record.missing", "wholevillage.year".
func (h Hand) find(ctx context.Context, household ident.Record) (*Village, *Case, error) {
	row, err := h.Store.Get(ctx, household)
	if err != nil {
		return nil, nil, err
	}
	v, err := h.Village(ctx, row.Header.Scope)
	if err != nil {
		return nil, nil, err
	}
	c, known := v.Case(household)
	if !known {
		return nil, nil, fault.New(fault.NotFound, "record.missing")
	}
	return v, c, nil
}

// open is find for a household that is where a state begins, by Policy.ready.
func (h Hand) open(ctx context.Context, household ident.Record, s State, but ...Need) (*Village, *Case, error) {
	v, c, err := h.find(ctx, household)
	if err != nil {
		return nil, nil, err
	}
	if f := h.Policy.ready(c, s, but...); f != nil {
		return nil, nil, f
	}
	return v, c, nil
}

// step is the beginning of a record about a case.
func (h Hand) step(v *Village, c *Case) (Step, error) {
	id, err := ident.New[ident.Record](h.Now().UnixMilli(), h.Random)
	s := Step{
		Header: record.Header{ID: id, Scope: v.Year.Header.Scope, Subject: v.Year.Header.Subject}, By: h.Actor, Year: v.Year.Header.ID,
		AtMS: h.Now().UnixMilli(), Edition: h.Policy.version, Sample: h.Sample || v.Year.Sample,
	}
	if c != nil {
		s.Header.Subject, s.Household = c.Subject, c.Household
	}
	return s, err
}

// Review files a sheet of a round into the own scope. Faults are those of Policy.Fill, and NotFound "wholevillage.round".
func (h Hand) Review(ctx context.Context, round, household ident.Record, say Sheet) (Sheet, error) {
	row, err := h.Store.Get(ctx, round)
	if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != KindRound {
		err = fault.New(fault.NotFound, "wholevillage.round")
	}
	if err != nil {
		return say, err
	}
	v, err := h.Village(ctx, row.Header.Scope)
	if err != nil {
		return say, err
	}
	_, closed := v.Closed[round]
	now := h.Now().UnixMilli()
	if say, err = h.Policy.Fill(RoundOf(row), closed, h.Actor, household, say, now); err != nil {
		return say, err
	}
	if say.Header.ID, err = ident.New[ident.Record](now, h.Random); err != nil {
		return say, err
	}
	say.Sample = say.Sample || h.Sample
	return say, h.apply(ctx, "review.sheet", say.Create())
}

// Own returns the own sheets of a round, the one that counts for each household.
func (h Hand) Own(ctx context.Context, round ident.Record) (map[ident.Record]Sheet, error) {
	out := map[ident.Record]Sheet{}
	for row, err := range record.Each(ctx, h.Store, record.Query{Kind: KindSheet, Scope: ident.UserScope(h.Actor)}) {
		if err != nil {
			return nil, err
		}
		s := SheetOf(row)
		if had, there := out[s.Household]; s.Round == round && (!there || later(s, had)) {
			out[s.Household] = s
		}
	}
	return out, nil
}

// Check answers what the screening or the rounds ask an officer of a household. Fault: Conflict "wholevillage.check" where nothing is
// asked, Invalid "wholevillage.words" without words or with too many.
func (h Hand) Check(ctx context.Context, household ident.Record, pass bool, words string) (Check, error) {
	if n := len([]rune(words)); n == 0 || n > maxNote {
		return Check{}, fault.New(fault.Invalid, "wholevillage.words").With("n", strconv.Itoa(maxNote)).WithField("words")
	}
	v, c, err := h.find(ctx, household)
	if err != nil {
		return Check{}, err
	}
	k := Check{Pass: pass, Words: words, About: c.Asked()}
	if k.About.IsZero() {
		return k, fault.New(fault.Conflict, "wholevillage.check")
	}
	if k.Step, err = h.step(v, c); err != nil {
		return k, err
	}
	k.Edition = 0
	return k, h.apply(ctx, "review.check", k.Create())
}

// Asked returns what an officer is asked to look into: a grey screening or a limit with vetoes; zero for nothing.
func (c *Case) Asked() (about ident.Record) {
	switch {
	case c.Limit != nil && c.Limit.Outcome == Officer:
		about = c.Limit.Header.ID
	case c.Limit == nil && c.Screening != nil && c.Screening.List == Grey:
		about = c.Screening.Header.ID
	}
	if slices.ContainsFunc(c.Checks, func(k Check) bool { return k.About == about }) {
		return ident.Record{}
	}
	return about
}

// Meet holds the meeting on all households of a unit whose rounds are over. Faults: Conflict "wholevillage.meeting.nothing"; Invalid
// "wholevillage.meeting.present" for fewer people than a round has reviewers, "wholevillage.words".
func (h Hand) Meet(ctx context.Context, unit ident.Scope, present int, note string) (Meeting, error) {
	m := Meeting{Day: h.Now().Format(time.DateOnly), Present: present, Note: note}
	if len([]rune(note)) > maxNote {
		return m, fault.New(fault.Invalid, "wholevillage.words").With("n", strconv.Itoa(maxNote)).WithField("note")
	}
	if present < h.Policy.rounds.Reviewers {
		return m, fault.New(fault.Invalid, "wholevillage.meeting.present").With("n", strconv.Itoa(h.Policy.rounds.Reviewers)).WithField("present")
	}
	v, err := h.Village(ctx, unit)
	if err != nil {
		return m, err
	}
	for _, c := range v.Cases {
		if c.Reached == Rounds && c.Stopped == "" && c.Limit == nil {
			m.Households = append(m.Households, c.Household)
		}
	}
	if len(m.Households) == 0 {
		return m, fault.New(fault.Conflict, "wholevillage.meeting.nothing")
	}
	if m.Step, err = h.step(v, nil); err != nil {
		return m, err
	}
	return m, h.apply(ctx, "review.meeting", m.Create())
}

// Post puts up who is to have a limit. Faults are those of Policy.Publish.
func (h Hand) Post(ctx context.Context, unit ident.Scope) (Posted, error) {
	v, err := h.Village(ctx, unit)
	if err != nil {
		return Posted{}, err
	}
	households := map[ident.Record]record.Row{}
	for row, err := range record.Each(ctx, h.Store, record.Query{Kind: Household, Scope: unit}) {
		if err != nil {
			return Posted{}, err
		}
		households[row.Header.ID] = row
	}
	n, err := h.Policy.Publish(v, *v.Year, households, h.Now())
	if err != nil {
		return n, err
	}
	head := n.Step
	if n.Step, err = h.step(v, nil); err != nil {
		return n, err
	}
	n.AtMS = head.AtMS
	return n, h.apply(ctx, "limit.notice", n.Create())
}

// Object objects to a limit on a notice; whoever reads the notice may, who sees nothing of the limit itself. Faults: NotFound
// "wholevillage.limit" for one that is not on it; Invalid "wholevillage.object.why".
func (h Hand) Object(ctx context.Context, notice Posted, limit ident.Record, why string, own bool) (Objection, error) {
	o := Objection{Limit: limit, Own: own, Why: why}
	if !slices.ContainsFunc(notice.Lines, func(l NoticeLine) bool { return l.Limit == limit }) {
		return o, fault.New(fault.NotFound, "wholevillage.limit")
	}
	if !slices.Contains(Objections, why) {
		return o, fault.New(fault.Invalid, "wholevillage.object.why").WithField("limit_why")
	}
	id, err := ident.New[ident.Record](h.Now().UnixMilli(), h.Random)
	if err != nil {
		return o, err
	}
	o.Step = Step{Header: record.Header{ID: id, Scope: notice.Header.Scope, Subject: notice.Header.Subject}, AtMS: h.Now().UnixMilli(), Sample: h.Sample || notice.Sample}
	return o, h.apply(ctx, "limit.object", o.Create())
}

// Answer answers the open objection to a household's limit. Fault: Conflict "wholevillage.answer.nothing"; NotAllowed
// "wholevillage.answer.own" for who put up the notice and would keep it.
func (h Hand) Answer(ctx context.Context, household ident.Record, right bool, words string) (Answer, error) {
	if n := len([]rune(words)); n == 0 || n > maxNote {
		return Answer{}, fault.New(fault.Invalid, "wholevillage.words").With("n", strconv.Itoa(maxNote)).WithField("words")
	}
	v, c, err := h.find(ctx, household)
	if err != nil {
		return Answer{}, err
	}
	i := slices.IndexFunc(c.Objections, Objection.Open)
	if i < 0 {
		return Answer{}, fault.New(fault.Conflict, "wholevillage.answer.nothing")
	}
	if !right && c.Posted != nil && c.Posted.By == h.Actor {
		return Answer{}, fault.New(fault.NotAllowed, "wholevillage.answer.own")
	}
	a := Answer{Objection: c.Objections[i].Header.ID, Right: right, Words: words}
	if a.Step, err = h.step(v, c); err != nil {
		return a, err
	}
	a.Year, a.Household, a.Edition = ident.Record{}, ident.Record{}, 0
	return a, h.apply(ctx, "limit.answer", a.Create())
}

// Sign signs for an amount after the interview: the first of two persons, or the second beside them. Faults: those of what a state
// lacks; Invalid "wholevillage.sign.identity", "wholevillage.sign.amount"; NotAllowed "wholevillage.sign.own" for the first again;
// Conflict "wholevillage.sign.done".
func (h Hand) Sign(ctx context.Context, household ident.Record, amount int64, identity bool) (Signing, error) {
	s := Signing{Amount: amount, Identity: identity, Day: h.Now().Format(time.DateOnly)}
	v, c, err := h.open(ctx, household, Interview, brings[KindInterview]...)
	switch {
	case err != nil:
		return s, err
	case !identity:
		return s, fault.New(fault.Invalid, "wholevillage.sign.identity").WithField("identity_seen")
	case amount <= 0 || amount > c.Limit.Limit:
		return s, fault.New(fault.Invalid, "wholevillage.sign.amount").WithField("amount")
	case c.Signed > 0:
		return s, fault.New(fault.Conflict, "wholevillage.sign.done")
	}
	for _, first := range c.Signings {
		if first.Limit != c.Limit.Header.ID || first.Amount != amount || !first.With.IsZero() {
			continue
		}
		if first.By == h.Actor {
			return s, fault.New(fault.NotAllowed, "wholevillage.sign.own")
		}
		s.With = first.Header.ID
	}
	s.Limit = c.Limit.Header.ID
	if s.Step, err = h.step(v, c); err != nil {
		return s, err
	}
	return s, h.apply(ctx, "limit.sign", s.Create())
}

// Agree writes the contract about what two persons signed for, and asks for its room of the household's limit in the same act.
// Faults: those of what a state lacks; Invalid "wholevillage.contract" without a number, bank or day.
func (h Hand) Agree(ctx context.Context, household ident.Record, a Agreement) (Agreement, error) {
	v, c, err := h.open(ctx, household, Contract, brings[KindContract]...)
	if err != nil {
		return a, err
	}
	_, from := time.Parse(time.DateOnly, a.From)
	_, until := time.Parse(time.DateOnly, a.Until)
	if a.Number == "" || a.Bank.IsZero() || from != nil || until != nil || a.Until <= a.From || a.Rate < 0 {
		return a, fault.New(fault.Invalid, "wholevillage.contract").WithField("contract_no")
	}
	if a.Step, err = h.step(v, c); err != nil {
		return a, err
	}
	a.Limit, a.Amount, a.Edition = c.Limit.Header.ID, c.Signed, 0
	if f := c.ruleContract(a); f != nil {
		return a, f
	}
	ask := exposure.Ask{Household: household, Bank: a.Bank, Amount: a.Amount, AtMS: a.AtMS, Sample: a.Sample}
	ask.Header = record.Header{Scope: a.Header.Scope, Subject: a.Header.Subject}
	if ask.Header.ID, err = ident.New[ident.Record](a.AtMS, h.Random); err != nil {
		return a, err
	}
	w, err := ask.Create()
	if err != nil {
		return a, err
	}
	a.Ask = ask.Header.ID
	return a, h.apply(ctx, "limit.contract", w, a.Create())
}

// Draw notes that the household took an amount, or with an amount below zero paid it back. Faults: those of what a state lacks;
// Invalid "wholevillage.draw" for more than the contract has left, or than is drawn.
func (h Hand) Draw(ctx context.Context, household ident.Record, amount int64) (Drawing, error) {
	v, c, err := h.find(ctx, household)
	if err != nil {
		return Drawing{}, err
	}
	if f := h.Policy.mayDraw(c, amount); f != nil {
		return Drawing{}, f
	}
	d := Drawing{Contract: c.Contract.Header.ID, Amount: amount, Day: h.Now().Format(time.DateOnly)}
	if f := c.ruleDrawing(d); f != nil {
		return d, f
	}
	if d.Step, err = h.step(v, c); err != nil {
		return d, err
	}
	d.Edition = 0
	return d, h.apply(ctx, "limit.draw", d.Create())
}

// Renew writes what the yearly review came to: "keep", "lower" to an amount, "end". Faults: those of what a state lacks; Invalid
// "wholevillage.renew".
func (h Hand) Renew(ctx context.Context, household ident.Record, outcome string, amount int64, words string) (Renewed, error) {
	v, c, err := h.open(ctx, household, Renewal, brings[KindRenewal]...)
	if err != nil {
		return Renewed{}, err
	}
	r := Renewed{Contract: c.Contract.Header.ID, Outcome: outcome, Amount: amount, Words: words, Day: h.Now().Format(time.DateOnly)}
	if f := c.ruleRenewed(r); f != nil {
		return r, f
	}
	if r.Step, err = h.step(v, c); err != nil {
		return r, err
	}
	r.Edition = 0
	return r, h.apply(ctx, "limit.renew", r.Create())
}

func (h Hand) apply(ctx context.Context, name string, writes ...record.Write) error {
	scope := writes[0].Header.Scope
	base, err := h.Store.Base(ctx, scope)
	if err != nil {
		return err
	}
	receipt, err := h.Store.Apply(ctx, record.Act{Name: name, Scope: scope, Base: base, Source: h.Source, Writes: writes})
	if err != nil {
		return err
	}
	if receipt.Outcome >= record.Rejected {
		return fmt.Errorf("%s: %w", name, fault.New(fault.Invalid, receipt.Reason).WithField(string(receipt.Field)))
	}
	return nil
}
