// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"fmt"
	"maps"
	"strconv"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// role is what a phone acts as.
const role record.Role = "resident"

// The codes of the catalogue for a demand that comes in here.
const (
	channel = "phone"
	via     = "plate"
)

// terms are on what a demand is taken in a village: by whom, and what the
// resident agrees to.
type terms struct {
	bank      ident.Org
	recipient string // the bank's name
	wording   wording
}

// wording is the text that a resident agrees to, in the language of the page.
type wording struct {
	// Mark names text and recipient: a consent to another bank is another
	// consent.
	Mark    string
	Version string
	Text    string
}

// termsOf returns on what a demand is taken here now: the bank is that of the
// village's posting. Where no bank is responsible nobody could be named in the
// consent; that is fault.NotFound, with what to do instead.
func (q *request) termsOf() (terms, error) {
	today := q.now.In(china)
	w, found := q.consents.Current(lending.Purpose, today)
	if !found {
		return terms{}, fault.New(fault.NotFound, "resident.need.closed")
	}
	postings, err := q.Desk.List(q.ctx, record.Query{Kind: lending.KindPosting, Scope: q.visit.scope, Newest: true})
	if err != nil {
		return terms{}, fmt.Errorf("find who is responsible: %w", err)
	}
	bank := q.Fallback
	if posting, posted := lending.Route(postings, today); posted && !posting.Bank.IsZero() {
		bank = posting.Bank
	}
	if bank.IsZero() {
		return terms{}, fault.New(fault.NotFound, "resident.need.closed")
	}
	name, err := q.orgName(bank)
	if err != nil {
		return terms{}, err
	}
	edition := strconv.FormatUint(uint64(w.Edition), 10)
	return terms{bank: bank, recipient: name, wording: wording{
		Mark: edition + "." + bank.String(), Version: edition, Text: w.In(q.Lang(), name),
	}}, nil
}

func (q *request) orgName(org ident.Org) (string, error) {
	row, err := q.Desk.Get(q.ctx, ident.Record(org))
	if err != nil {
		return "", fmt.Errorf("read a bank's name: %w", err)
	}
	return row.Text("name"), nil
}

// register makes the demand: demand, first move and consent, in one act under
// the slip's id.
func (q *request) register(one slip, s *forms.Session, t terms) (lending.Demand, error) {
	number, err := q.Numbers(q.ctx)
	if err != nil {
		return lending.Demand{}, fmt.Errorf("take a receipt number: %w", err)
	}
	given, err := q.consents.Give(consent.Consent{Purpose: lending.Purpose, Recipient: t.bank, Given: consent.Tap}, q.now.In(china))
	if err != nil {
		return lending.Demand{}, fmt.Errorf("give consent: %w", err)
	}
	base, err := q.Resident.Base(q.ctx, q.visit.scope)
	if err != nil {
		return lending.Demand{}, fmt.Errorf("read where the scope stands: %w", err)
	}
	by := lending.Author{Role: role, Source: record.SelfDeclared, Base: base, NowMS: q.now.UnixMilli(), Random: q.Random}
	act, d, err := q.lending.NewDemand(by, q.demand(one, s, number), given)
	if err != nil {
		return lending.Demand{}, fmt.Errorf("make the demand: %w", err)
	}
	if _, err := q.Resident.Apply(q.ctx, act); err != nil {
		return lending.Demand{}, fmt.Errorf("register the demand: %w", err)
	}
	q.Receipts.later(d.Header.ID)
	return d, nil
}

// demand is the form as a record. Its subject is a new one: whoever scans a
// plate has not shown that they belong to the household behind it.
func (q *request) demand(one slip, s *forms.Session, number receipt.Number) lending.Demand {
	d := lending.FromFields(s.Fields())
	d.Header = record.Header{ID: ident.Record(one), Scope: q.visit.scope}
	d.Receipt, d.Channel, d.Via = number, channel, via
	d.Plate, d.Sample = q.visit.handle, q.Sample || q.visit.sample
	return d
}

// demandOf returns the demand that a slip has become, if it has.
func (q *request) demandOf(one slip) (lending.Demand, bool, error) {
	row, err := q.Desk.Get(q.ctx, ident.Record(one))
	if fault.Is(err, fault.NotFound) {
		return lending.Demand{}, false, nil
	}
	if err != nil {
		return lending.Demand{}, false, fmt.Errorf("look for the form's demand: %w", err)
	}
	return lending.DemandOf(row), true, nil
}

// demandWith returns the demand that has a receipt number.
func (q *request) demandWith(number receipt.Number) (lending.Demand, bool, error) {
	rows, err := q.Desk.List(q.ctx, record.Query{
		Kind: lending.KindDemand, Limit: 1,
		Where: []record.Term{{Field: "receipt_no", Value: record.OfText(string(number))}},
	})
	if err != nil {
		return lending.Demand{}, false, fmt.Errorf("look for a receipt number: %w", err)
	}
	if len(rows) == 0 {
		return lending.Demand{}, false, nil
	}
	return lending.DemandOf(rows[0]), true, nil
}

// stateOf reads where a demand stands.
func (q *request) stateOf(d lending.Demand) (lending.State, error) {
	moves, err := lending.Moves(q.ctx, q.Desk, d.Header)
	if err != nil {
		return lending.State{}, err
	}
	return q.lending.Fold(moves), nil
}

// differs says whether a form that came again says something else than what was registered; a form without any answer says
// nothing.
func (q *request) differs(done lending.Demand, s *forms.Session) bool {
	if maps.Equal(s.Draft(), q.begin().Draft()) {
		return false
	}
	now := lending.FromFields(s.Fields())
	now.Header, now.Receipt, now.Channel, now.Via, now.Recipient, now.Consent = done.Header, done.Receipt, done.Channel, done.Via, done.Recipient, done.Consent
	now.Plate, now.Household, now.Merchant, now.Form, now.Sample = done.Plate, done.Household, done.Merchant, done.Form, done.Sample
	return now != done
}
