// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"errors"
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
	"yuexin/syncserver/access"
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
	number, err := q.numberFor(one)
	if err != nil {
		return lending.Demand{}, fmt.Errorf("take a receipt number: %w", err)
	}
	given, err := q.consents.Give(consent.Consent{Purpose: lending.Purpose, Recipient: t.bank, Given: consent.Phone}, q.now.In(china))
	if err != nil {
		return lending.Demand{}, fmt.Errorf("give consent: %w", err)
	}
	base, err := q.Resident.Base(q.ctx, q.visit.scope)
	if err != nil {
		return lending.Demand{}, fmt.Errorf("read where the scope stands: %w", err)
	}
	by := lending.Author{Role: role, Source: record.SelfDeclared, Base: base, NowMS: q.now.UnixMilli(), Random: q.Random}
	asked, err := q.demand(one, s, number)
	if err != nil {
		return lending.Demand{}, err
	}
	act, d, err := q.lending.NewDemand(by, asked, given)
	if err != nil {
		return lending.Demand{}, fmt.Errorf("make the demand: %w", err)
	}
	if _, err := q.Resident.Apply(q.ctx, act); err != nil {
		return lending.Demand{}, fmt.Errorf("register the demand: %w", err)
	}
	q.Receipts.later(d.Header.ID)
	return d, nil
}

// demand is the form as a record. Its subject is a new one, because whoever scans
// a plate has not shown that they belong to the household behind it, unless they have.
func (q *request) demand(one slip, s *forms.Session, number receipt.Number) (lending.Demand, error) {
	d := lending.FromFields(s.Fields())
	d.Header = record.Header{ID: ident.Record(one), Scope: q.visit.scope}
	d.Receipt, d.Channel, d.Via = number, channel, via
	d.Plate, d.Sample = q.visit.handle, q.Sample || q.visit.sample
	if d.Proof = q.proofOf(d); d.Proof == "" {
		return d, nil
	}
	own, err := q.households()
	if len(own) > 0 {
		d.Household, d.Header.Subject = own[0].Header.ID, own[0].Header.Subject
	}
	return d, err
}

// proofOf is how the applicant of a demand has proved who they are: their own phone is the one that the demand names, or the
// provider knows them by the name that it names. Somebody else's demand is proved by nobody.
func (q *request) proofOf(d lending.Demand) string {
	own := d.Contact == lending.ContactOwn && !d.Phone.IsZero() && d.Phone == q.person.Phone
	named := q.person.Way == access.ByProvider && d.Applicant != "" && d.Applicant == q.person.Name
	if q.known && (own || named) {
		return string(q.person.Way)
	}
	return ""
}

// settle drops the draft of a demand that was handed in, and confirms one whose applicant has proved who they are. What does
// not succeed is done when the form comes again; until then somebody looks into it, and the draft goes with its days.
func (q *request) settle(d lending.Demand) {
	var err error
	if q.kept {
		err = q.Drafts.DropDraft(q.ctx, d.Header.ID)
	}
	if d.Proof != "" {
		err = errors.Join(err, q.Confirm(q.ctx, d))
	}
	if err != nil {
		q.Log.ErrorContext(q.ctx, "demand not settled", fault.Attr(err))
	}
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
	now.Proof = done.Proof
	return now != done
}
