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
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Part is one of the parts of what is known about somebody, in the order of the page.
type Part int

// The parts.
const (
	PartOverview Part = iota
	PartMembers
	PartPlots
	PartAnimals
	PartFigures // income, cost and assets
	PartDebts
	PartDemands
	PartFiles
	PartVisits // and checks
	PartHistory
)

// Parts returns the parts that a kind has.
func Parts(kind record.Kind) []Part {
	if kind == subject.KindMerchant {
		return []Part{PartOverview, PartFigures, PartDebts, PartDemands, PartFiles, PartVisits, PartHistory}
	}
	return []Part{PartOverview, PartMembers, PartPlots, PartAnimals, PartFigures, PartDebts, PartDemands, PartFiles, PartVisits, PartHistory}
}

// Key returns the text key of a part.
func (p Part) Key() string {
	return [...]string{
		"agent.part.overview", "agent.detail.members", "agent.part.plots", "agent.part.animals", "agent.part.figures", "agent.part.debts",
		"agent.detail.demands", "agent.part.files", "agent.part.visits", "agent.part.history",
	}[p]
}

// Section is facts under one title.
type Section struct {
	Part  Part
	Title string
	Facts []Fact
}

// Detail is all that is known about one household or merchant.
type Detail struct {
	Line
	Kind     record.Kind
	Scope    ident.Scope
	Village  string
	Sections []Section // what was registered, and the records that belong to it
	Members  []Fact    // of a household: relation and name
	Totals   []Amount
	Outcomes []Outcome
	Cards    int // what of the record and its members somebody told differently
	Demands  []DemandLine
	Stories  []Story
	Traces   []Trail  // how answers came about, newest first
	Flags    []string // what is to be reviewed
	Files    FileList
	Phone    string
	Withheld []string // what is not shown, because the consent to it was taken back
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
	x := &Detail{Line: d.line(row), Kind: row.Header.Kind, Scope: row.Header.Scope, Phone: row.Text("phone"), Cards: cardsOf(row)}
	x.Village = d.Village(ctx, x.Scope).Name
	x.Sections = d.parts(row)
	if x.Traces, x.Flags, err = d.traces(ctx, row); err != nil {
		return nil, err
	}
	if x.Outcomes, err = d.Outcomes(ctx, row, nil); err != nil {
		return nil, err
	}
	if x.Stories, err = d.stories(ctx, row); err != nil {
		return nil, err
	}
	if x.Kind == subject.KindHousehold {
		if err = d.household(ctx, row, x); err != nil {
			return nil, err
		}
	}
	checks, err := d.checks(ctx, row)
	if err != nil {
		return nil, err
	}
	x.Sections = append(x.Sections, checks...)
	named, err := d.collectors(ctx, row.Header)
	if err != nil {
		return nil, err
	}
	x.Sections = append(x.Sections, named...)
	if x.Files, err = d.files(ctx, row); err != nil {
		return nil, err
	}
	if x.Withheld, err = d.withheld(ctx, row.Header); err != nil {
		return nil, err
	}
	notes, err := d.objectedTo(ctx, row.Header)
	if err != nil {
		return nil, err
	}
	for _, s := range x.Sections {
		for i := range s.Facts {
			s.Facts[i].Note = notes[s.Facts[i].at]
		}
	}
	x.Demands, err = d.demandsOf(ctx, row)
	return x, err
}

func cardsOf(row record.Row) int { return len(row.Disputed()) + len(row.Proposed()) }

// household adds what only a household has.
func (d *Desk) household(ctx context.Context, row record.Row, x *Detail) error {
	members, err := d.memberRows(ctx, row.Header)
	if err != nil {
		return err
	}
	for _, m := range members {
		x.Members = append(x.Members, d.member(m))
		x.Cards += cardsOf(m)
	}
	for _, b := range belongings {
		s, err := d.belonging(ctx, row.Header, b)
		if err != nil {
			return err
		}
		if len(s.Facts) > 0 {
			x.Sections = append(x.Sections, s)
		}
	}
	x.Totals = d.totals(subject.HouseholdOf(row))
	if slices.ContainsFunc(row.Disputed(), func(f record.Field) bool { return strings.HasPrefix(string(f), "debt_") }) {
		d.markDebts(x.Totals)
	}
	return nil
}

// form returns the form by which a kind is registered and edited.
func (d *Desk) form(kind record.Kind) *forms.Form { return d.Book.Forms[string(kind)] }

// owed are the fields that say what somebody owes.
var owed = []record.Field{
	"debt_own_bank", "debt_other_bank", "debt_private", "debt_bank", "payables", "guarantees", "overdue_times", "debts_total",
}

// unsaid are the fields that are shown elsewhere or say nothing to a reader.
var unsaid = []record.Field{"sample", "form", "plate_code"}

// parts shows a record in the order of the form that asks most of it, what is owed by itself, and at the end what other forms
// asked.
func (d *Desk) parts(row record.Row) []Section {
	var out []Section
	debts := Section{Part: PartDebts, Title: d.T(PartDebts.Key())}
	shown := map[record.Field]bool{}
	show := func(part *Section, f record.Field) {
		shown[f] = true
		text := d.Value(row.Header.Kind, f, row.Value(f))
		if text == "" && !row.Fields[f].Disputed { // that nothing stands there may be what is in dispute
			return
		}
		if slices.Contains(owed, f) {
			part = &debts
		}
		part.Facts = append(part.Facts, d.fact(row, f, text))
	}
	for _, s := range d.widest(row.Header.Kind).Sections {
		part := Section{Title: s.Title.In(d.Print)}
		for _, f := range s.Fields {
			if f.Record != "" {
				if def, _ := d.Book.Catalogue.Field(row.Header.Kind, f.Record); def.Format == record.FormatMoney {
					part.Part = PartFigures
				}
				show(&part, f.Record)
			}
		}
		if len(part.Facts) > 0 {
			out = append(out, part)
		}
	}
	more := Section{Part: PartFigures, Title: d.T("agent.part.more")}
	kind, _ := d.Book.Catalogue.Kind(row.Header.Kind)
	for _, f := range kind.Fields {
		if !shown[f.Name] && f.Format != record.FormatBlob && !slices.Contains(unsaid, f.Name) {
			show(&more, f.Name)
		}
	}
	for _, s := range []Section{more, debts} {
		if len(s.Facts) > 0 {
			out = append(out, s)
		}
	}
	return out
}

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

func (d *Desk) member(r record.Row) Fact {
	f := Fact{Label: d.Value(subject.KindMember, "relation", r.Value("relation"))}
	f.Value = joined(r.Text("name"), d.age(r), d.Value(subject.KindMember, "work", r.Value("work")))
	f.Mark = d.markOf(r)
	return f
}

// markOf returns the most urgent mark of a row as a word, "" for none.
func (d *Desk) markOf(r record.Row) string {
	switch {
	case r.DeletionDisputed():
		return d.T(MarkDeletion.Key())
	case len(r.Disputed()) > 0:
		return d.T(MarkDisputed.Key())
	case r.Pending():
		return d.T(MarkPending.Key())
	}
	return ""
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
	return d.inOneUnit(labels, sums)
}

func (d *Desk) inOneUnit(labels []string, sums []money.Fen) []Amount {
	if d.Print.Lang() != i18n.En {
		return inOneUnit(labels, sums)
	}
	out := make([]Amount, len(sums))
	for i, fen := range sums {
		out[i] = Amount{labels[i], fen.English()}
	}
	return out
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
	demands := func(field record.Field, value record.Value) ([]record.Row, error) {
		return d.Store.List(ctx, record.Query{
			Kind: lending.KindDemand, Scope: row.Header.Scope, Newest: true, Limit: everything, Where: []record.Term{{Field: field, Value: value}},
		})
	}
	rows, err := demands(field, record.OfBytes(row.Header.ID.Bytes()))
	if err != nil {
		return nil, err
	}
	doors, err := d.Store.List(ctx, record.Query{
		Kind: kindPlate, Scope: row.Header.Scope, Limit: everything,
		Where: []record.Term{{Field: "household", Value: record.OfBytes(row.Header.ID.Bytes())}},
	})
	if err != nil {
		return nil, err
	}
	for _, door := range doors { // what was asked for at their door, by somebody who did not prove who they are
		at, err := demands("plate", door.Value("handle"))
		if err != nil {
			return nil, err
		}
		for _, r := range at {
			if dm := lending.DemandOf(r); dm.Household.IsZero() && dm.Merchant.IsZero() {
				rows = append(rows, r)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b record.Row) int { return b.Header.ID.Compare(a.Header.ID) })
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
