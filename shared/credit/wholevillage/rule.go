// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"context"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Reader reads records inside the transaction that would apply a change set.
type Reader interface {
	Get(ctx context.Context, id ident.Record) (record.Row, error)
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// leads is the state that what somebody writes belongs to; who may write it is who leads a household there.
var leads = map[record.Kind]State{
	KindSheet: Rounds, KindMeeting: Review, KindNotice: Notice, KindInterview: Interview, KindContract: Contract, KindDrawing: Use, KindRenewal: Renewal,
}

// brings is what of a state's needs the record itself brings.
var brings = map[record.Kind][]Need{
	KindInterview: {"two_persons"}, KindContract: {"contract", "granted"}, KindDrawing: {"drawn"}, KindRenewal: {"renewed"},
}

// Rule judges what a change set adds to the process, inside the committing transaction; now is the server's time in the zone of the
// village. A sheet lies in its author's own scope, is
// about a household of a round in which they review, and says nothing where they are left out; one that comes after the round was
// closed passes, and does not count. An objection is to a limit of its village. Who signs second is not who signed first. An interview, a contract, money drawn and a yearly
// review need the household to be where they belong, by all that the server knows: of somebody who was offline and did not hear of an
// objection or a withdrawal the contract is refused. What the desk decides once, it decides once. nil, nil for nothing against it.
func (p *Policy) Rule(ctx context.Context, read Reader, role record.Role, now time.Time, cs *record.ChangeSet) (*fault.Error, *record.Header, error) {
	for i := range cs.Writes {
		w := &cs.Writes[i]
		if w.Op != record.Create {
			continue
		}
		if s, known := leads[w.Header.Kind]; known && !slices.Contains(p.State(s).Who, role) {
			return fault.New(fault.NotAllowed, "wholevillage.who"), &w.Header, nil
		}
		row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
		for f, v := range w.Fields {
			row.Fields[f] = record.FieldState{Value: v, Winner: record.Head{Value: v, Actor: cs.Actor}}
		}
		if f, err := p.rule(ctx, read, row, now); f != nil || err != nil {
			return f, &w.Header, err
		}
	}
	return nil, nil, nil
}

func (p *Policy) rule(ctx context.Context, read Reader, row record.Row, now time.Time) (*fault.Error, error) {
	switch row.Header.Kind {
	case KindSheet:
		return p.ruleSheet(ctx, read, SheetOf(row))
	case KindYear:
		return none(ctx, read, row, "year", "wholevillage.year.twice")
	case KindClose:
		return none(ctx, read, row, "review_round", "wholevillage.round.closed")
	case KindLimit:
		return none(ctx, read, row, "household", "wholevillage.limit.twice", "meeting")
	case KindObjection:
		limit, err := about(ctx, read, ref(row, "pre_limit"), KindLimit)
		if err == nil && (limit == nil || limit.Header.Scope != row.Header.Scope) {
			return fault.New(fault.NotFound, "wholevillage.limit"), nil
		}
		return nil, err
	case KindInterview:
		if f, err := ruleSigning(ctx, read, SigningOf(row)); f != nil || err != nil {
			return f, err
		}
	}
	if brings[row.Header.Kind] == nil {
		return nil, nil
	}
	// The author's clock says when it was; it cannot say that it was later than now.
	if at := time.UnixMilli(row.Int("at")); at.Before(now) {
		now = at.In(now.Location())
	}
	v, err := p.Read(ctx, read, row.Header.Scope, now)
	if err != nil {
		return nil, err
	}
	c, known := v.Case(ref(row, "household"))
	if !known || c.Subject != row.Header.Subject || v.Year.Header.ID != ref(row, "village_year") {
		return fault.New(fault.NotFound, "record.missing"), nil
	}
	if row.Header.Kind == KindDrawing {
		d := DrawingOf(row)
		if f := p.mayDraw(c, d.Amount); f != nil {
			return f, nil
		}
		return c.ruleDrawing(d), nil
	}
	if f := p.ready(c, leads[row.Header.Kind], brings[row.Header.Kind]...); f != nil {
		return f, nil
	}
	switch row.Header.Kind {
	case KindContract:
		return c.ruleContract(AgreementOf(row)), nil
	case KindRenewal:
		return c.ruleRenewed(RenewedOf(row)), nil
	}
	return nil, nil
}

// none refuses a second record of a kind in a scope that says the same in a field and in others.
func none(ctx context.Context, read Reader, row record.Row, f record.Field, key string, also ...record.Field) (*fault.Error, error) {
	q := record.Query{Kind: row.Header.Kind, Scope: row.Header.Scope, Where: []record.Term{{Field: f, Value: row.Value(f)}}}
	for _, other := range also {
		q.Where = append(q.Where, record.Term{Field: other, Value: row.Value(other)})
	}
	have, err := read.List(ctx, q)
	if err != nil || len(have) == 0 {
		return nil, err
	}
	return fault.New(fault.Stale, key), nil
}

// ready says why a case is not where a state begins: everything that leads there and the state needs, but what the act itself brings.
// Faults: Conflict "wholevillage.stopped." with why, "wholevillage.lacks." with the need; nil for nothing.
func (p *Policy) ready(c *Case, s State, but ...Need) *fault.Error {
	if c.Stopped != "" {
		return fault.New(fault.Conflict, "wholevillage.stopped."+c.Stopped)
	}
	for _, before := range States()[:slices.Index(States(), s)+1] {
		for _, n := range p.Lacks(c, before) {
			if before != s || !slices.Contains(but, n) {
				return fault.New(fault.Conflict, "wholevillage.lacks."+string(n))
			}
		}
	}
	return nil
}

// ruleContract: one contract at a time, about the limit and no more than two persons signed for.
func (c *Case) ruleContract(a Agreement) *fault.Error {
	switch {
	case c.Contract != nil && (c.Granted || c.GrantWhy == ""):
		return fault.New(fault.Conflict, "wholevillage.contract.done")
	case a.Limit != c.Limit.Header.ID || a.Amount <= 0 || a.Amount > c.Signed:
		return fault.New(fault.Invalid, "wholevillage.sign.amount").WithField("amount")
	}
	return nil
}

// mayDraw is ready for money that is drawn; what is paid back is taken whatever was ended since.
func (p *Policy) mayDraw(c *Case, amount int64) *fault.Error {
	if amount < 0 && c.Granted {
		return nil
	}
	return p.ready(c, Use, brings[KindDrawing]...)
}

// ruleDrawing: never more than the contract, never less than nothing.
func (c *Case) ruleDrawing(d Drawing) *fault.Error {
	if d.Contract != c.Contract.Header.ID || d.Amount == 0 || c.Drawn+d.Amount > c.Ceiling() || c.Drawn+d.Amount < 0 {
		return fault.New(fault.Invalid, "wholevillage.draw").WithField("amount")
	}
	return nil
}

// ruleRenewed: keep, end, or lower to less than the contract.
func (c *Case) ruleRenewed(r Renewed) *fault.Error {
	lower := r.Amount > 0 && r.Amount < c.Contract.Amount
	if r.Contract != c.Contract.Header.ID || !slices.Contains([]string{"keep", "lower", "end"}, r.Outcome) || (r.Outcome == "lower") != lower {
		return fault.New(fault.Invalid, "wholevillage.renew").WithField("renewal")
	}
	return nil
}

// about reads the record that another is about. None of that kind is nil.
func about(ctx context.Context, read Reader, id ident.Record, kind record.Kind) (*record.Row, error) {
	row, err := read.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != kind {
		return nil, nil
	}
	return &row, err
}

func (p *Policy) ruleSheet(ctx context.Context, read Reader, s Sheet) (*fault.Error, error) {
	if s.Header.Scope != ident.UserScope(s.By) {
		return fault.New(fault.NotAllowed, "wholevillage.sheet.scope"), nil
	}
	row, err := about(ctx, read, s.Round, KindRound)
	if row == nil || err != nil {
		return fault.New(fault.NotFound, "wholevillage.sheet.household"), err
	}
	_, err = p.Fill(RoundOf(*row), false, s.By, s.Household, s, s.AtMS)
	if err != nil {
		return fault.From(err), nil
	}
	return nil, nil
}

func ruleSigning(ctx context.Context, read Reader, s Signing) (*fault.Error, error) {
	row, err := about(ctx, read, s.Limit, KindLimit)
	if row == nil || err != nil {
		return fault.New(fault.NotFound, "wholevillage.limit"), err
	}
	if l := LimitOf(*row); s.Amount <= 0 || s.Amount > l.Limit || s.Household != l.Household {
		return fault.New(fault.Invalid, "wholevillage.sign.amount").WithField("amount"), nil
	}
	if s.With.IsZero() {
		return nil, nil
	}
	if row, err = about(ctx, read, s.With, KindInterview); row == nil || err != nil {
		return fault.New(fault.NotFound, "wholevillage.sign.first"), err
	}
	if first := SigningOf(*row); first.By == s.By {
		return fault.New(fault.NotAllowed, "wholevillage.sign.own"), nil
	}
	return nil, nil
}
