// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// demandPurpose is the purpose of the consent to a demand.
const demandPurpose = "loan_demand"

// NewDemand begins a loan demand of a household or merchant that is registered here. It needs no network: the number that
// Save gives is valid before it is sent. Faults are fault.NotFound if there is no such household or merchant, and
// "agent.demand.closed" where no bank is responsible for the village, because nobody could be named in the consent.
func (d *Desk) NewDemand(ctx context.Context, of ident.Record) (*Entry, error) {
	row, err := d.Store.Get(ctx, of)
	if err != nil {
		return nil, err
	}
	e, err := d.entry(ctx, d.form(lending.KindDemand), lending.KindDemand, row.Header.Scope)
	if err != nil {
		return nil, err
	}
	if e.posted.IsZero() {
		return nil, fault.New(fault.NotFound, "agent.demand.closed").With("village", e.Village.Name)
	}
	id, err := d.newID()
	if err != nil {
		return nil, err
	}
	e.New, e.Name, e.of = true, d.line(row).Title, row.Header
	e.header = record.Header{ID: id, Kind: lending.KindDemand, Scope: row.Header.Scope, Subject: row.Header.Subject}
	if e.handle, err = d.handleOf(ctx, row); err != nil {
		return nil, err
	}
	e.prefill(row)
	e.untouched = e.Session.Draft()
	return e, nil
}

// prefill answers what is registered already: who asks, and their phone.
func (e *Entry) prefill(row record.Row) {
	name := row.Text("head_name")
	if row.Header.Kind == subject.KindMerchant {
		name = row.Text("operator_name")
	}
	known := []struct{ path, text string }{{"applicant_name", name}}
	if phone := row.Text("phone"); phone != "" {
		known = append(known, struct{ path, text string }{"contact", lending.ContactOwn}, struct{ path, text string }{"phone", phone})
	}
	for _, k := range known {
		_ = e.Session.Set(k.path, k.text) // what does not fit is left for the person to type
	}
}

// demand is the act that registers a demand: consent, demand and first move. The number is taken once, so that another try
// after a fault keeps it.
func (e *Entry) demand() (record.Act, error) {
	d := e.desk
	given, err := e.consent(demandPurpose)
	if err != nil {
		return record.Act{}, err
	}
	if e.Number == "" {
		if e.Number, err = d.Numbers(); err != nil {
			return record.Act{}, fmt.Errorf("take a receipt number: %w", err)
		}
	}
	by := lending.Author{
		Role: d.Role, Source: d.Book.Access.Source(d.Role), Base: e.base, NowMS: d.Now().UnixMilli(), Random: d.Random,
	}
	act, _, err := d.Book.Lending.NewDemand(by, e.wish(), given)
	return act, err
}

// wish is the demand as it was answered.
func (e *Entry) wish() lending.Demand {
	w := lending.FromFields(e.Session.Fields())
	w.Header, w.Receipt, w.Channel, w.Via, w.Sample = e.header, e.Number, "agent", "picked", e.Village.Sample
	w.Plate = e.handle
	switch e.of.Kind {
	case subject.KindHousehold:
		w.Household = e.of.ID
	case subject.KindMerchant:
		w.Merchant = e.of.ID
	}
	return w
}

// handleOf returns the handle of the plate at which a household is registered, zero where there is none.
func (d *Desk) handleOf(ctx context.Context, row record.Row) (h doorplate.Handle, err error) {
	code := row.Text("plate_code")
	if code == "" {
		return h, nil
	}
	rows, err := d.Store.List(ctx, record.Query{
		Kind: kindPlate, Scope: row.Header.Scope, Limit: 1, Newest: true,
		Where: []record.Term{{Field: "plate_code", Value: record.OfText(code)}},
	})
	if err == nil && len(rows) > 0 {
		copy(h[:], rows[0].Value("handle").Bytes())
	}
	return h, err
}

// againDemand begins a demand that the server refused once more, under the number that the person was told.
func (d *Desk) againDemand(ctx context.Context, w record.Write) (*Entry, error) {
	e, err := d.NewDemand(ctx, asker(w))
	if err == nil {
		e.Number = receipt.Number(w.Fields["receipt_no"].Text())
	}
	return e, err
}

// asker returns the household or merchant whose demand is written, zero if it is not known.
func asker(w record.Write) ident.Record {
	if id := refBytes(w.Fields["household"]); !id.IsZero() {
		return id
	}
	return refBytes(w.Fields["merchant"])
}

// Next returns what the person reads about a demand that was just registered.
func (e *Entry) Next() string {
	if starts := e.desk.Book.Lending.Next("", e.desk.Role); len(starts) > 0 {
		return e.desk.told(starts[0].To)
	}
	return ""
}
