// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Section is a part of what is known about somebody.
type Section struct {
	Title string
	Facts []Fact
}

// Detail is all that is known about one household or merchant.
type Detail struct {
	Line
	Kind     record.Kind
	Scope    ident.Scope
	Village  string
	Sections []Section
	Members  []Fact // of a household: relation and name
	Totals   []Amount
	Outcomes []Outcome
	Demands  []DemandLine
	Past     []Trail  // what once stood, newest first
	Traces   []Trail  // how answers came about, newest first
	Flags    []string // what is to be reviewed
	Files    FileList
	Phone    string
}

// Detail opens a household or merchant. fault.NotFound if there is none.
func (d *Desk) Detail(ctx context.Context, id ident.Record) (*Detail, error) {
	return noted(ctx, "agent.person", func(ctx context.Context) (*Detail, error) { return d.detail(ctx, id) })
}

func (d *Desk) detail(ctx context.Context, id ident.Record) (*Detail, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	x := &Detail{Line: d.line(row), Kind: row.Header.Kind, Scope: row.Header.Scope, Phone: row.Text("phone")}
	x.Village = d.Village(ctx, x.Scope).Name
	form := d.widest(x.Kind)
	if x.Sections, err = d.answers(ctx, form, row, subject.KindMember); err != nil {
		return nil, err
	}
	if x.Traces, x.Flags, err = d.traces(ctx, row); err != nil {
		return nil, err
	}
	if x.Outcomes, err = d.Outcomes(ctx, row, nil); err != nil {
		return nil, err
	}
	if x.Past, err = d.past(ctx, row); err != nil {
		return nil, err
	}
	if x.Kind == subject.KindHousehold {
		if x.Members, err = d.members(ctx, row); err != nil {
			return nil, err
		}
		x.Totals = d.totals(subject.HouseholdOf(row))
		if slices.ContainsFunc(row.Disputed(), func(f record.Field) bool { return strings.HasPrefix(string(f), "debt_") }) {
			d.markDebts(x.Totals)
		}
	}
	if x.Files, err = d.files(ctx, row); err != nil {
		return nil, err
	}
	x.Demands, err = d.demandsOf(ctx, row)
	return x, err
}

// form returns the form by which a kind is registered and edited.
func (d *Desk) form(kind record.Kind) *forms.Form { return d.Book.Forms[string(kind)] }

// sections shows a record in the order of a form.
func (d *Desk) sections(form *forms.Form, row record.Row) []Section {
	var out []Section
	for _, s := range form.Sections {
		part := Section{Title: s.Title.In(d.Print)}
		for _, f := range s.Fields {
			if f.Record == "" {
				continue
			}
			text := d.Value(row.Header.Kind, f.Record, row.Value(f.Record))
			if text != "" || row.Fields[f.Record].Disputed { // that nothing stands there may be what is in dispute
				part.Facts = append(part.Facts, d.fact(row, f.Record, text))
			}
		}
		if len(part.Facts) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// memberRows reads the members of a household.
func (d *Desk) memberRows(ctx context.Context, household record.Header) ([]record.Row, error) {
	return d.Store.List(ctx, record.Query{
		Kind: subject.KindMember, Scope: household.Scope, Limit: everything,
		Where: []record.Term{{Field: "household", Value: record.OfBytes(household.ID.Bytes())}},
	})
}

func (d *Desk) members(ctx context.Context, row record.Row) ([]Fact, error) {
	rows, err := d.memberRows(ctx, row.Header)
	if err != nil {
		return nil, err
	}
	var out []Fact
	for _, r := range rows {
		f := Fact{Label: d.Value(subject.KindMember, "relation", r.Value("relation"))}
		f.Value = joined(r.Text("name"), d.age(r), d.Value(subject.KindMember, "work", r.Value("work")))
		switch {
		case r.DeletionDisputed():
			f.Mark = d.T(MarkDeletion.Key())
		case len(r.Disputed()) > 0:
			f.Mark = d.T(MarkDisputed.Key())
		case r.Pending():
			f.Mark = d.T(MarkPending.Key())
		}
		out = append(out, f)
	}
	return out, nil
}

// age returns the age of a member, "" if it is not known.
func (d *Desk) age(row record.Row) string {
	m := subject.MemberOf(row)
	if !m.ResidentID.IsZero() {
		return d.T("agent.age", "n", n(m.ResidentID.Age(d.Now())))
	}
	if born, err := time.Parse(time.DateOnly, m.Birth); err == nil {
		now, years := d.Now(), d.Now().Year()-born.Year()
		if now.YearDay() < born.YearDay() {
			years--
		}
		return d.T("agent.age", "n", n(years))
	}
	return ""
}

// totals returns income, cost and debt of a household, nothing where no figure was given.
func (d *Desk) totals(h subject.Household) []Amount {
	if !h.Year.Set {
		return nil
	}
	var labels []string
	var sums []money.Fen
	for _, part := range []struct {
		key string
		sum func() (money.Fen, error)
	}{{"agent.total.income", h.TotalIncome}, {"agent.total.cost", h.TotalCost}, {"agent.total.debt", h.TotalDebt}} {
		if fen, err := part.sum(); err == nil {
			labels, sums = append(labels, d.T(part.key)), append(sums, fen)
		}
	}
	return inOneUnit(labels, sums)
}

// inOneUnit prints amounts that stand beside one another so that they can be compared: as money.Fen.Text where all come
// out in one unit, else all in yuan. Zero fits any.
func inOneUnit(labels []string, sums []money.Fen) []Amount {
	out, mixed, unit := make([]Amount, len(sums)), false, ""
	for i, fen := range sums {
		out[i] = Amount{labels[i], fen.Text()}
		if fen == 0 {
			continue
		}
		of := strings.TrimLeft(out[i].Value, "-0123456789.,")
		mixed = mixed || unit != "" && unit != of
		unit = of
	}
	if !mixed {
		return out
	}
	for i, fen := range sums {
		out[i].Value = strings.TrimSuffix(fen.Grouped(), ".00") + money.Yuan.String()
	}
	return out
}

// markDebts says of the sum of debts that one of them is in dispute.
func (d *Desk) markDebts(totals []Amount) {
	for i := range totals {
		if totals[i].Label == d.T("agent.total.debt") {
			totals[i].Label = joined(totals[i].Label, d.T(MarkDisputed.Key()))
		}
	}
}

func (d *Desk) demandsOf(ctx context.Context, row record.Row) ([]DemandLine, error) {
	field := record.Field("household")
	if row.Header.Kind == subject.KindMerchant {
		field = "merchant"
	}
	rows, err := d.Store.List(ctx, record.Query{
		Kind: lending.KindDemand, Scope: row.Header.Scope, Newest: true, Limit: everything,
		Where: []record.Term{{Field: field, Value: record.OfBytes(row.Header.ID.Bytes())}},
	})
	if err != nil {
		return nil, err
	}
	var out []DemandLine
	for _, r := range rows {
		moves, err := lending.Moves(ctx, d.Store, r.Header)
		if err != nil {
			return nil, err
		}
		out = append(out, d.demandLine(ctx, r, d.Book.Lending.Fold(moves)))
	}
	return out, nil
}

// pastShown is how many former values a detail lists.
const pastShown = 20

func (d *Desk) past(ctx context.Context, row record.Row) ([]Trail, error) {
	list, err := d.Store.History(ctx, row.Header.ID)
	if err != nil {
		return nil, err
	}
	var out []Trail
	for _, p := range list {
		if p.Field.Reserved() || p.Version == 0 || len(out) == pastShown {
			continue
		}
		out = append(out, Trail{
			When: d.moment(p.Head), Title: d.FieldName(row.Header.Kind, p.Field),
			Text: d.said(row.Header.Kind, p.Field, p.Value), Who: d.Who(ctx, p.Actor, p.Source),
		})
	}
	return out, nil
}
