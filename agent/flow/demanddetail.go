// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Fact is a label and what stands behind it.
type Fact struct {
	Label, Value string
	Mark         string // a word of warning about the value, "" for none
	Note         string // what the person objects to, and what became of that

	at myfile.Place // which value it is
}

// Trail is one thing that happened.
type Trail struct {
	When    string // how long ago
	At      string // day and minute
	Title   string
	Who     string
	Text    string // reason and amount
	Told    string // what the resident reads
	Counted bool   // false: recorded, but something else counts
	Pending bool
}

// Amount is one of the four amounts of a demand, "" while it is not known.
type Amount struct{ Label, Value string }

// Move is one thing that whoever works here may do with a demand now.
type Move struct {
	To         lending.Status
	Title      string // names the deed
	NeedReason bool
	NeedAmount bool
	Told       string // what the resident will read
	Ends       bool   // nothing follows
}

// DemandDetail is one demand with its next steps.
type DemandDetail struct {
	DemandLine
	Steps   []Place // the way from registration to disbursement
	Amounts []Amount
	Facts   []Fact
	Trail   []Trail // newest first
	Moves   []Move
	Told    string       // what the resident reads now
	Said    []Outcome    // what was said otherwise
	Files   FileList     // of the demand itself: its signed sheet
	Of      ident.Record // the household or merchant that asks, zero if not known

	desk *Desk
	base record.Base
}

// Place is one state on the way of a demand.
type Place struct {
	Name    string
	Reached bool
	Here    bool
}

// Demand opens a demand: what may be done is by what is seen here. fault.NotFound if there is none.
func (d *Desk) Demand(ctx context.Context, id ident.Record) (*DemandDetail, error) {
	return noted(ctx, "agent.demand", func(ctx context.Context) (*DemandDetail, error) { return d.demand(ctx, id) })
}

func (d *Desk) demand(ctx context.Context, id ident.Record) (*DemandDetail, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	base, err := d.Store.Base(ctx, row.Header.Scope)
	if err != nil {
		return nil, err
	}
	moves, err := lending.Moves(ctx, d.Store, row.Header)
	if err != nil {
		return nil, err
	}
	x := &DemandDetail{DemandLine: d.demandLine(ctx, row, d.Book.Lending.Fold(moves)), desk: d, base: base}
	x.Village = d.Village(ctx, row.Header.Scope).Name
	x.Told, x.Of = d.told(x.state.Status), x.demand.Household
	if x.Of.IsZero() {
		x.Of = x.demand.Merchant
	}
	x.Steps, x.Amounts, x.Facts = x.places(), x.amounts(), x.facts(ctx)
	x.Trail, x.Moves = x.trail(ctx), x.moves()
	if x.Files, err = d.files(ctx, row); err != nil {
		return nil, err
	}
	x.Said, err = d.Outcomes(ctx, row, nil)
	return x, err
}

func (d *Desk) told(s lending.Status) string {
	key, pairs := d.Book.Lending.Sentence(s)
	return d.T(key, pairs...)
}

// way is the road that a demand takes when all goes well.
var way = []lending.Status{
	lending.Registered, lending.Assigned, lending.Contacted, lending.Visited, lending.Intent, lending.Credited, lending.Disbursed,
}

func (x *DemandDetail) places() []Place {
	reached := map[lending.Status]bool{}
	for _, s := range x.state.Steps {
		reached[s.To] = reached[s.To] || s.Counted
	}
	at := slices.Index(way, x.state.Status)
	out := make([]Place, len(way))
	for i, s := range way {
		out[i] = Place{Name: x.desk.T(s.Key()), Reached: reached[s] || i <= at, Here: i == at}
	}
	return out
}

func (x *DemandDetail) amounts() []Amount {
	labels := []string{"agent.demand.asked", "agent.demand.intended", "agent.demand.credited", "agent.demand.disbursed"}
	for i, key := range labels {
		labels[i] = x.desk.T(key)
	}
	sums := []money.Fen{x.demand.Asked, x.state.Intended, x.state.Credited, x.state.Disbursed}
	out := x.desk.inOneUnit(labels, sums)
	for i, fen := range sums {
		if fen == 0 {
			out[i].Value = "" // not known yet
		}
	}
	return out
}

// factFields are what is shown of a demand, in order.
var factFields = []record.Field{"purpose", "purpose_text", "term_months", "contact", "phone", "helper_name", "channel", "via", "assisted", "assist_role", "assist_name"}

func (x *DemandDetail) facts(ctx context.Context) []Fact {
	out := []Fact{{Label: x.desk.T("agent.village"), Value: x.Village}, {Label: x.desk.T("agent.demand.in_charge"), Value: x.Who}}
	if name := x.desk.OrgName(ctx, x.demand.Recipient); name != "" {
		out = append(out, Fact{Label: x.desk.FieldName(lending.KindDemand, "recipient"), Value: name})
	}
	for _, f := range factFields {
		if text := x.desk.Value(lending.KindDemand, f, x.row.Value(f)); text != "" || x.row.Fields[f].Disputed {
			out = append(out, x.desk.fact(x.row, f, text))
		}
	}
	return out
}

func (d *Desk) fact(row record.Row, f record.Field, text string) Fact {
	fact := Fact{Label: d.FieldName(row.Header.Kind, f), Value: text, at: myfile.Place{Record: row.Header.ID, Field: f}}
	switch s := row.Fields[f]; {
	case s.Disputed:
		fact.Mark = d.T(MarkDisputed.Key())
	case s.Pending:
		fact.Mark = d.T(MarkPending.Key())
	}
	return fact
}

func (x *DemandDetail) trail(ctx context.Context) []Trail {
	var out []Trail
	for _, s := range slices.Backward(x.state.Steps) {
		ms := s.Stamp.WallMS()
		if ms == 0 {
			ms = s.At
		}
		t := Trail{
			When: x.desk.when(ms), At: x.desk.Print.DateTime(time.UnixMilli(ms).In(x.desk.Now().Location())),
			Title: x.desk.T(s.To.Key()), Who: x.desk.by(ctx, s.Move), Text: s.Reason, Counted: s.Counted, Pending: s.Pending,
		}
		if s.Amount > 0 {
			t.Text = joined(x.desk.Print.Money(s.Amount), s.Reason)
		}
		if !s.Counted {
			t.Text = joined(x.desk.T("demand.recorded"), t.Text)
		}
		if key, pairs := x.desk.Book.Lending.Sentence(s.To); s.Sentence != "" && s.Counted {
			t.Told = x.desk.T(key, pairs...)
		}
		out = append(out, t)
	}
	return out
}

// by names who made a move: by name, else by role.
func (d *Desk) by(ctx context.Context, m lending.Move) string {
	role := d.T("choice.role." + string(m.Role))
	if m.By == d.Actor {
		return d.T("agent.who.you")
	}
	if name := d.staffName(ctx, m.By); name != "" {
		return name
	}
	return role
}

func (x *DemandDetail) moves() []Move {
	final := map[lending.Status]bool{}
	for _, s := range x.desk.Book.Lending.States() {
		final[s.Name] = s.Final
	}
	var out []Move
	for _, m := range x.desk.Book.Lending.Next(x.state.Status, x.desk.Role) {
		if m.Decision {
			continue // made at the server, against its present state
		}
		out = append(out, Move{
			To: m.To, Title: x.desk.T("agent.move." + string(m.To)), NeedReason: m.Reason, NeedAmount: m.Amount,
			Told: x.desk.told(m.To), Ends: final[m.To],
		})
	}
	return out
}

// Go makes a move: reason and amount as typed, "" for none. Faults are those of lending.Policy.Move and money.Parse, with
// the field "reason" or "amount".
func (x *DemandDetail) Go(ctx context.Context, to lending.Status, reason, amount string) (record.Receipt, error) {
	r := lending.Request{To: to, Reason: reason}
	if amount = strings.TrimSpace(amount); amount != "" {
		var err error
		if r.Amount, err = money.Parse(amount); err != nil {
			return record.Receipt{}, fieldFault(err, "amount")
		}
	}
	d := x.desk
	by := lending.Author{
		Role: d.Role, Source: d.Book.Access.Source(d.Role), Base: x.base, NowMS: d.Now().UnixMilli(), Random: d.Random,
	}
	act, err := d.Book.Lending.Move(by, x.demand, x.state, r)
	if err != nil {
		return record.Receipt{}, err
	}
	return d.Store.Apply(ctx, act)
}
