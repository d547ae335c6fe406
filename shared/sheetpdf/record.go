// SPDX-License-Identifier: Apache-2.0

package sheetpdf

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Reader reads records: what a Printer needs of a record.Store.
type Reader interface {
	sheet.Reader
	Get(ctx context.Context, id ident.Record) (record.Row, error)
}

// Printer makes the orders for sheets of records. All fields are needed.
type Printer struct {
	Store   Reader // as whoever prints may read
	Book    *rulebook.Book
	Regions *region.Tree
	Print   *i18n.Printer
	Host    string    // the official address; "" is left out
	Now     time.Time // in the zone of whoever reads the sheet
}

// kindUnit is the kind of the records that name the places of scopes.
const kindUnit record.Kind = "unit"

// Record returns the order for the sheet of a record, with all that its reader may see. An empty form is the newest of the
// form that the record was written by. Faults are those of the store; fault.Unsupported "sheet.form" for a form of another
// kind, or a kind without one.
func (p Printer) Record(ctx context.Context, id ident.Record, form string) (Order, error) {
	row, err := p.Store.Get(ctx, id)
	if err != nil {
		return Order{}, err
	}
	f := p.formOf(row, form)
	if f == nil || f.Kind != row.Header.Kind {
		return Order{}, p.noForm(row.Header.Kind)
	}
	o, err := p.order(ctx, row.Header.Scope)
	if err != nil {
		return o, err
	}
	if o.Session, err = sheet.Open(ctx, p.Store, f, row, p.Now); err != nil {
		return o, err
	}
	o.Filled, o.Record, o.Sample = true, id, o.Sample || row.Bool("sample")
	if row.Header.Kind == lending.KindDemand {
		o.Receipt = receipt.Number(row.Text("receipt_no")).String()
	}
	return o, nil
}

// noForm names the forms that there are for a kind, "" for all.
func (p Printer) noForm(kind record.Kind) error {
	var names []string
	for name, f := range p.Book.Forms {
		if kind == "" || f.Kind == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return fault.New(fault.Unsupported, "sheet.form").With("forms", strings.Join(names, p.Print.T("sheet.comma")))
}

// formOf returns the form of a name, or for "" the one that a record was written by.
func (p Printer) formOf(row record.Row, name string) *forms.Form {
	if name == "" {
		name = string(row.Header.Kind)
		var by string
		var version uint32
		if n, err := fmt.Sscanf(row.Text("form"), "%s %d", &by, &version); err == nil && n == 2 && p.Book.Forms[by] != nil {
			name = by
		}
	}
	return p.Book.Forms[name]
}

// Blank returns the order for a sheet that is nobody's yet, for a village, or for none.
func (p Printer) Blank(ctx context.Context, form string, village ident.Scope) (Order, error) {
	f := p.Book.Forms[form]
	if f == nil {
		return Order{}, p.noForm("")
	}
	o, err := p.order(ctx, village)
	o.Session = forms.New(f, p.Now)
	return o, err
}

// order is what the sheets of a village have in common.
func (p Printer) order(ctx context.Context, village ident.Scope) (Order, error) {
	bank := p.Print.T("sheet.bank")
	o := Order{
		Template: p.Book.Paper, Host: p.Host, Print: p.Print, Created: p.Now,
		Region: func(code string) string { return p.Regions.PathName(region.Code(code)) },
		Wording: func(purpose string) string {
			w, _ := p.Book.Consent.Current(purpose, p.Now)
			return w.In(p.Print.Lang(), bank)
		},
	}
	if village == "" {
		return o, nil
	}
	units, err := p.Store.List(ctx, record.Query{Kind: kindUnit, Scope: village, Limit: 1})
	if err != nil {
		return o, fmt.Errorf("read the village of a sheet: %w", err)
	}
	for _, u := range units {
		o.Village, o.Sample = u.Text("name"), u.Bool("sample")
	}
	postings, err := p.Store.List(ctx, record.Query{Kind: lending.KindPosting, Scope: village, Newest: true, Limit: everyPosting})
	if err != nil {
		return o, fmt.Errorf("read who is responsible for the village of a sheet: %w", err)
	}
	if posting, posted := lending.Route(postings, p.Now); posted && !posting.Bank.IsZero() {
		org, err := p.Store.Get(ctx, ident.Record(posting.Bank))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return o, fmt.Errorf("read the bank of a sheet: %w", err)
		}
		if name := org.Text("name"); name != "" {
			bank = name
		}
	}
	return o, nil
}

// everyPosting is more postings than a village ever has.
const everyPosting = 10_000
