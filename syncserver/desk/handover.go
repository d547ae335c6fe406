// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Charge is what an officer is in charge of in one village.
type Charge struct {
	Village ident.Scope
	Posted  bool // the village is theirs today
	Demands []Case

	posting lending.Posting
}

// Case is a demand that is not at its end, with how it stands.
type Case struct {
	Row   record.Row
	State lending.State
}

// ChargesOf returns what an officer is in charge of today: villages that are theirs, and demands that are, wherever they
// lie.
func (d Desk) ChargesOf(ctx context.Context, officer ident.Actor) ([]Charge, error) {
	units, err := record.All(ctx, d.Store, record.Query{Kind: KindUnit})
	if err != nil {
		return nil, err
	}
	var out []Charge
	for _, unit := range units {
		c, err := d.charge(ctx, unit.Header.Scope, officer)
		if err != nil {
			return nil, err
		}
		if c.Posted || len(c.Demands) > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}

func (d Desk) charge(ctx context.Context, village ident.Scope, officer ident.Actor) (Charge, error) {
	c := Charge{Village: village}
	postings, err := record.All(ctx, d.Store, record.Query{Kind: lending.KindPosting, Scope: village})
	if err != nil {
		return c, err
	}
	var found bool
	c.posting, found = lending.Route(postings, d.Now().In(zone))
	c.Posted = found && c.posting.Officer == officer
	moves, err := record.All(ctx, d.Store, record.Query{Kind: lending.KindMove, Scope: village})
	if err != nil {
		return c, err
	}
	policy := d.Lending()
	for id, of := range lending.Group(moves) {
		state := policy.Fold(of)
		if state.Officer != officer || policy.Urgency(state, d.Now().UnixMilli()).Done {
			continue
		}
		row, err := d.Store.Get(ctx, id)
		if fault.Is(err, fault.NotFound) || err == nil && row.Deleted() {
			continue
		}
		if err != nil {
			return c, err
		}
		c.Demands = append(c.Demands, Case{row, state})
	}
	return c, nil
}

// HandOver returns the acts by which another officer takes over what one is in charge of: from today the villages are
// theirs, and each demand is, where it stands. The bank stays, unless another is named.
func (d Desk) HandOver(ctx context.Context, charges []Charge, to ident.Actor, bank ident.Org, reason string) ([]record.Act, error) {
	var acts []record.Act
	for _, c := range charges {
		base, err := d.Store.Base(ctx, c.Village)
		if err != nil {
			return nil, err
		}
		if c.Posted {
			act, err := d.postAct(c, base, to, bank)
			if err != nil {
				return nil, err
			}
			acts = append(acts, act)
		}
		by := lending.Author{Role: "desk", Source: record.Authoritative, Base: base, NowMS: d.Now().UnixMilli(), Random: d.Random}
		for _, one := range c.Demands {
			r := lending.Request{To: one.State.Status, Officer: to, Bank: one.State.Bank, Reason: reason, Amount: amountOf(one.State)}
			if !bank.IsZero() {
				r.Bank = bank
			}
			act, err := d.Lending().Move(by, lending.DemandOf(one.Row), one.State, r)
			if err != nil {
				return nil, err
			}
			acts = append(acts, act)
		}
	}
	return acts, nil
}

// amountOf returns the amount that goes with the state in which a demand stands.
func amountOf(s lending.State) money.Fen {
	switch s.Status {
	case lending.Intent:
		return s.Intended
	case lending.Credited:
		return s.Credited
	}
	return 0
}

func (d Desk) postAct(c Charge, base record.Base, to ident.Actor, bank ident.Org) (record.Act, error) {
	unit, _ := c.Village.Unit()
	id, err := ident.New[ident.Record](d.Now().UnixMilli(), d.Random)
	if err != nil {
		return record.Act{}, err
	}
	p := lending.Posting{
		Header:  record.Header{ID: id, Scope: c.Village, Subject: ident.Subject(unit)},
		Officer: to, Bank: c.posting.Bank, From: d.Now().In(zone).Format(time.DateOnly), Sample: d.Sample || c.posting.Sample,
	}
	if !bank.IsZero() {
		p.Bank = bank
	}
	return record.Act{Name: "posting.add", Scope: c.Village, Base: base, Source: record.Authoritative, Writes: []record.Write{p.Create()}}, nil
}
