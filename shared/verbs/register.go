// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Columns of a new demand that are no fields of its record.
const (
	columnPlate  = "plate_code" // instead of a village
	columnAgreed = "agreed"     // edition of the wording that the applicant signed
)

// demandPurpose is the purpose of the consent to a demand.
const demandPurpose = "loan_demand"

// demand returns the act that registers a demand: consent and first move go
// with it, or the server would take none of it. Its receipt number is a
// placeholder until the act is kept, so that checking uses no number up.
func (p *putter) demand(ctx context.Context, e entry) (*record.Act, error) {
	fields := maps.Clone(e.Fields)
	delete(fields, columnPlate)
	delete(fields, columnAgreed)
	values, err := p.values(fields, record.Create, record.Row{})
	if err != nil {
		return nil, err
	}
	d := lending.FromFields(values)
	d.Channel, d.Via, d.Receipt = p.s.Program, "none", placeholder
	if err := p.place(ctx, e, &d); err != nil {
		return nil, err
	}
	given, err := p.agreed(ctx, e.Fields[columnAgreed], d)
	if err != nil {
		return nil, err
	}
	base, err := p.store.Base(ctx, d.Header.Scope)
	if err != nil {
		return nil, err
	}
	role := p.s.Session().Role
	by := lending.Author{
		Role: role, Source: p.s.Book().Access.Source(role), Base: base, NowMS: time.Now().UnixMilli(), Random: rand.Reader,
	}
	act, _, err := p.s.Book().Lending.NewDemand(by, d, given)
	return &act, err
}

// place finds out where the demand belongs: by its plate, or by a village.
func (p *putter) place(ctx context.Context, e entry, d *lending.Demand) (err error) {
	text := e.Fields[columnPlate]
	if text == "" {
		if e.Village == "" {
			return fault.New(fault.Invalid, "verbs.put.village").WithField("village")
		}
		d.Header.Scope, err = VillageScope(ctx, p.s, e.Village)
		return err
	}
	code, err := doorplate.ParseCode(text)
	if err != nil {
		return fault.From(err).WithField(columnPlate)
	}
	plates, err := p.store.List(ctx, record.Query{
		Kind: "plate", Where: []record.Term{{Field: "plate_code", Value: record.OfText(string(code))}},
	})
	if err != nil {
		return err
	}
	plates = slices.DeleteFunc(plates, func(r record.Row) bool {
		state := r.Text("plate_state")
		return state == "void" || state == "replaced"
	})
	if len(plates) != 1 { // none, or two that share a code
		return fault.New(fault.NotFound, "verbs.put.plate").WithField(columnPlate).With("code", text)
	}
	d.Header.Scope, d.Via = plates[0].Header.Scope, "code"
	copy(d.Plate[:], plates[0].Value("handle").Bytes())
	return nil
}

// agreed returns the applicant's consent on paper. Whoever fills in the file
// names the edition of the wording, so that nobody agrees to what they were
// not shown.
func (p *putter) agreed(ctx context.Context, text string, d lending.Demand) (consent.Consent, error) {
	now := time.Now()
	rows, err := p.store.List(ctx, record.Query{Kind: lending.KindPosting, Scope: d.Header.Scope, Newest: true})
	if err != nil {
		return consent.Consent{}, err
	}
	posting, _ := lending.Route(rows, now)
	wording, ok := p.s.Book().Consent.Current(demandPurpose, now)
	if posting.Bank.IsZero() || !ok {
		return consent.Consent{}, fault.New(fault.NotFound, "verbs.put.closed").WithField("village")
	}
	if edition := fmt.Sprint(wording.Edition); strings.TrimSpace(text) != edition {
		return consent.Consent{}, fault.New(fault.Invalid, "verbs.put.agreed").WithField(columnAgreed).With("edition", edition)
	}
	return p.s.Book().Consent.Give(consent.Consent{
		Purpose: demandPurpose, Recipient: posting.Bank, Given: consent.Paper, Giver: d.Applicant,
	}, now)
}

// placeholder is a well-formed number that no device has.
var placeholder = func() receipt.Number {
	n, err := receipt.NewNumberer(receipt.MaxDevice, make([]byte, receipt.MinKey))
	if err != nil {
		panic(err)
	}
	number, err := n.At(0)
	if err != nil {
		panic(err)
	}
	return number
}()

// number gives the demand of an act its own receipt number, "" for an act
// without one.
func (p *putter) number(act *record.Act) (string, error) {
	for _, w := range act.Writes {
		if w.Header.Kind != lending.KindDemand || w.Op != record.Create {
			continue
		}
		if p.numbers == nil {
			var err error
			if p.numbers, err = p.s.Numbers(); err != nil {
				return "", err
			}
		}
		number, err := p.numbers.Next()
		if err != nil {
			return "", err
		}
		w.Fields["receipt_no"] = record.OfText(string(number))
		return number.String(), nil
	}
	return "", nil
}

// about returns the record that an act is about: what was put, whatever goes
// with it.
func about(act *record.Act, kind record.Kind) ident.Record {
	for _, w := range act.Writes {
		if w.Header.Kind == kind {
			return w.Header.ID
		}
	}
	return ident.Record{}
}
