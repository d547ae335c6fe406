// SPDX-License-Identifier: Apache-2.0

package title

import (
	"context"
	"slices"
	"time"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The kinds that are counted, besides those that the card reads.
const (
	kindHousehold record.Kind = "household"
	kindDebt      record.Kind = "debt"
	kindEntity    record.Kind = "farm_entity"
	kindSurvey    record.Kind = "village"
)

// Read counts the records of a village on a day by the card of that day. What is deleted is not counted.
func (p *Policy) Read(ctx context.Context, from scoring.Reader, card *scoring.Card, scope ident.Scope, day time.Time) (Count, error) {
	c := Count{Villages: 1}
	on, before := day.Format(time.DateOnly), day.AddDate(-1, 0, 0).Format(time.DateOnly)
	err := card.Scorer().Each(ctx, from, scope, on, func(_ record.Row, _ []record.Row, r *scoring.Result) error {
		c.Filed++
		if slices.Contains(p.credited, r.Grade()) {
			c.Credited++
		}
		if len(r.Disputed) > 0 {
			c.Disputed++
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	late := map[ident.Subject]bool{}
	if err := each(ctx, from, kindDebt, scope, func(row record.Row) {
		if row.Int("owed") <= 0 || !slices.Contains(p.lenders, row.Text("lender_kind")) {
			return
		}
		overdue := row.Bool("overdue")
		late[row.Header.Subject] = late[row.Header.Subject] || overdue
		c.Owed += row.Int("owed")
		if overdue {
			c.Bad += row.Int("owed")
			if due := row.Text("due"); due > before && due <= on {
				c.Fresh += row.Int("owed")
			}
		}
	}); err != nil {
		return c, err
	}
	for _, overdue := range late {
		c.Borrowers++
		if !overdue {
			c.Clean++
		}
	}
	if err := each(ctx, from, kindEntity, scope, func(row record.Row) {
		c.Entities++
		if row.Text("operating") == "open" && row.Int("overdue_times") == 0 {
			c.Sound++
		}
	}); err != nil {
		return c, err
	}
	year := int64(0)
	err = each(ctx, from, kindSurvey, scope, func(row record.Row) {
		if y := row.Int("figures_year"); y >= year && row.Int("households") > 0 {
			year, c.Households = y, int(row.Int("households"))
		}
	})
	c.Households = max(c.Households, c.Filed)
	return c, err
}

func each(ctx context.Context, from scoring.Reader, kind record.Kind, scope ident.Scope, visit func(record.Row)) error {
	for row, err := range record.Each(ctx, from, record.Query{Kind: kind, Scope: scope}) {
		if err != nil {
			return err
		}
		if !row.Deleted() {
			visit(row)
		}
	}
	return nil
}

// All reads how all titles stand.
func All(ctx context.Context, from scoring.Reader) ([]Standing, error) {
	var deeds []Deed
	err := each(ctx, from, Kind, ident.Ref, func(row record.Row) { deeds = append(deeds, Of(row)) })
	return Fold(deeds), err
}
