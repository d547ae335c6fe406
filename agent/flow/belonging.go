// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"strconv"
	"strings"

	"yuexin/shared/sync/record"
)

// belonging is a kind of records that belong to a household, and how one is told in a line.
type belonging struct {
	kind  record.Kind
	part  Part
	label record.Field   // in front
	tell  []record.Field // behind it
}

var belongings = []belonging{
	{"plot", PartPlots, "parcel_no", []record.Field{"plot_area", "tenure", "crops"}},
	{"animal", PartAnimals, "species", []record.Field{"head_count", "sold_yearly"}},
	{"debt", PartDebts, "lender_kind", []record.Field{"lender", "owed", "due", "overdue"}},
}

// belonging reads the records of one kind that belong to a household.
func (d *Desk) belonging(ctx context.Context, household record.Header, b belonging) (Section, error) {
	s := Section{Part: b.part, Title: d.T("kind." + string(b.kind))}
	rows, err := d.Store.List(ctx, record.Query{
		Kind: b.kind, Scope: household.Scope, Limit: everything,
		Where: []record.Term{{Field: "household", Value: record.OfBytes(household.ID.Bytes())}},
	})
	if err != nil {
		return s, err
	}
	for i, r := range rows {
		f := Fact{Label: d.Value(b.kind, b.label, r.Value(b.label)), Mark: d.markOf(r)}
		if f.Label == "" {
			f.Label = s.Title + " " + strconv.Itoa(i+1)
		}
		var words []string
		for _, name := range b.tell {
			if text := d.amid(b.kind, name, r.Value(name)); text != "" {
				words = append(words, text)
			}
		}
		f.Value = strings.Join(words, d.T("agent.comma"))
		s.Facts = append(s.Facts, f)
	}
	return s, nil
}

// amid prints one value among others: a yes by the name of its field, a bare number with it, a no not at all.
func (d *Desk) amid(kind record.Kind, f record.Field, v record.Value) string {
	def, _ := d.Book.Catalogue.Field(kind, f)
	switch {
	case v.Type() == record.Bool && v.Bool():
		return d.FieldName(kind, f)
	case v.Type() == record.Bool:
		return ""
	case v.IsNone():
		return ""
	case def.Format == record.FormatInt || def.Format == record.FormatDate || def.Format == record.FormatMoney:
		return d.FieldName(kind, f) + " " + d.Value(kind, f, v)
	}
	return d.Value(kind, f, v)
}

// checkKinds are what an officer notes about a household or merchant now and then: each time is a record of its own.
var checkKinds = []record.Kind{"visit", "green", "seven", "pond"}

// checks reads what was noted about the subject of a record, kind by kind, the newest first.
func (d *Desk) checks(ctx context.Context, row record.Row) ([]Section, error) {
	var out []Section
	for _, kind := range checkKinds {
		def, known := d.Book.Catalogue.Kind(kind)
		if !known || !d.Book.Access.Allows(d.Role, kind, record.C1, record.CanRead) {
			continue
		}
		rows, err := d.Store.List(ctx, record.Query{Kind: kind, Scope: row.Header.Scope, Subject: row.Header.Subject, Newest: true, Limit: pastShown})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			s := Section{Part: PartVisits, Title: d.T("kind." + string(kind))}
			if came := d.judged(r); len(came) > 0 {
				s.Title = joined(s.Title, came[0].Title)
			}
			for i := range def.Fields {
				f := def.Fields[i].Name
				text := d.Value(kind, f, r.Value(f))
				if text == "" || f == "sample" || f == "form" || f == "region_code" || def.Fields[i].Format == record.FormatBlob {
					continue
				}
				s.Facts = append(s.Facts, d.fact(r, f, text))
			}
			out = append(out, s)
		}
	}
	return out, nil
}
