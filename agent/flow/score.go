// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"time"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Rating is what the card of households comes to for one of them, as this laptop knows it now, and what banks lend it.
type Rating struct {
	Name    string
	Said    scoring.Said
	Dispute bool        // something in dispute counts: credit is asked for with a reason only
	Grants  []GrantLine // newest first: what was asked for, and what became of it
	Free    string      // what of the limit is left, with what this laptop asked for and nobody answered yet taken off

	desk   *Desk
	header record.Header
	limit  int64
	sample bool
}

// GrantLine is an ask and its answer in words.
type GrantLine struct {
	Title string // bank and amount
	Text  string // what became of it
	When  string
	Open  bool // nobody has answered it
	Good  bool // it was granted
	Told  bool // another ask was refused because of it
}

// householdCard is the name of the card of farm households.
const householdCard = "household"

// Rating opens the rating of a household. fault.NotFound if there is none, or no card counts today.
func (d *Desk) Rating(ctx context.Context, id ident.Record) (*Rating, error) {
	return noted(ctx, "agent.score", func(ctx context.Context) (*Rating, error) { return d.rating(ctx, id) })
}

func (d *Desk) rating(ctx context.Context, id ident.Record) (*Rating, error) {
	day := d.Now().Format(time.DateOnly)
	card := d.Book.Card(householdCard, day)
	if card == nil {
		return nil, fault.New(fault.NotFound, "exposure.card")
	}
	root, beside, err := card.Gather(ctx, d.Store, id)
	if err != nil {
		return nil, err
	}
	result, err := card.Score(root, beside, day)
	if err != nil {
		return nil, err
	}
	r := &Rating{
		Name: d.line(root).Title, Dispute: len(result.Disputed) > 0, desk: d, header: root.Header, limit: result.Granted(), sample: root.Bool("sample"),
		Said: card.Say(d.Print, result, func(in scoring.Input) string { return d.FieldName(in.Kind, in.Field) }),
	}
	return r, r.lent(ctx)
}

// lent reads what banks were asked for and what they lend.
func (r *Rating) lent(ctx context.Context) error {
	d := r.desk
	asked, err := d.Store.List(ctx, record.Query{Kind: exposure.KindAsk, Scope: r.header.Scope, Subject: r.header.Subject, Newest: true, Limit: everything})
	if err != nil {
		return err
	}
	rows, err := d.Store.List(ctx, record.Query{Kind: exposure.KindGrant, Scope: r.header.Scope, Subject: r.header.Subject, Newest: true, Limit: everything})
	if err != nil {
		return err
	}
	var grants []exposure.Grant
	answers, took := map[ident.Record]exposure.Grant{}, map[ident.Record]bool{}
	for _, row := range rows {
		g := exposure.GrantOf(row)
		grants = append(grants, g)
		answers[g.Ask] = g
		took[g.Against] = true
	}
	left := exposure.Free(r.limit, grants)
	for _, row := range asked {
		a := exposure.AskOf(row)
		g, answered := answers[a.Header.ID]
		line := GrantLine{
			Title: d.T("agent.score.ask.line", "bank", d.OrgName(ctx, a.Bank), "amount", d.Print.Money(money.Fen(a.Amount))), When: d.when(a.AtMS),
			Open: !answered, Good: g.State == exposure.Granted, Told: took[g.Header.ID] && answered,
		}
		if line.Open {
			left = max(left-a.Amount, 0)
			line.Text = d.T("agent.score.ask.open")
		} else {
			line.Text = d.grantText(g)
		}
		r.Grants = append(r.Grants, line)
	}
	r.Free = d.T("agent.score.free", "amount", d.Print.Money(money.Fen(left)))
	return nil
}

// grantText says what became of an ask.
func (d *Desk) grantText(g exposure.Grant) string {
	say := func(fen int64) string { return d.Print.Money(money.Fen(fen)) }
	switch g.State {
	case exposure.Granted:
		return d.T("exposure.said.granted", "amount", say(g.Amount), "limit", say(g.Limit), "before", say(g.Before), "free", say(max(g.Limit-g.Before-g.Amount, 0)))
	case exposure.Released:
		return d.T("exposure.said.released", "amount", say(-g.Amount))
	}
	why, _ := d.Print.Explain(fault.New(fault.Conflict, g.Why).With("n", "1"))
	return d.T("exposure.said.refused", "why", why, "limit", say(g.Limit), "before", say(g.Before))
}

// Ask asks for an amount in the name of the bank that is responsible for the village: the server answers. reason is needed while
// something in dispute counts. Faults: those of money.Parse and exposure.Ask.Create, on field amount; Conflict "scoring.disputed"
// on field reason; NotFound "agent.score.bank" where no bank is responsible.
func (r *Rating) Ask(ctx context.Context, amount, reason string) error {
	d := r.desk
	fen, err := money.Parse(amount)
	if err != nil {
		return fault.From(err).WithField("amount")
	}
	if r.Dispute && reason == "" {
		return fault.New(fault.Conflict, "scoring.disputed").With("n", "1").WithField("reason")
	}
	postings, err := d.Store.List(ctx, record.Query{Kind: lending.KindPosting, Scope: r.header.Scope, Limit: everything})
	if err != nil {
		return err
	}
	posting, found := lending.Route(postings, d.Now())
	if !found {
		return fault.New(fault.NotFound, "agent.score.bank")
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	write, err := exposure.Ask{
		Header:    record.Header{ID: id, Scope: r.header.Scope, Subject: r.header.Subject},
		Household: r.header.ID, Bank: posting.Bank, Amount: int64(fen), Reason: reason, AtMS: d.Now().UnixMilli(), Sample: r.sample,
	}.Create()
	if err != nil {
		return err
	}
	base, err := d.Store.Base(ctx, r.header.Scope)
	if err != nil {
		return err
	}
	_, err = d.Store.Apply(ctx, record.Act{
		Name: "grant.ask", Scope: r.header.Scope, Base: base, Source: d.Book.Access.Source(d.Role), Writes: []record.Write{write},
	})
	return err
}
