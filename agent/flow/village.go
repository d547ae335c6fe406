// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"slices"
	"strings"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Village is a place that this laptop holds.
type Village struct {
	Scope      ident.Scope // "" for all of them together
	Name       string
	Path       string // where it lies: "广东省 肇庆市 四会市 大沙镇"
	Code       string // statistical code
	Households int
	Merchants  int
	Waiting    int // demands that are not done
	Sample     bool
}

// Places returns the places this laptop holds by code, without counts, all of them together first. It reads little, however
// much the laptop holds.
func (d *Desk) Places(ctx context.Context) ([]Village, error) {
	units, err := d.Store.List(ctx, record.Query{Kind: kindUnit, Limit: everything})
	if err != nil {
		return nil, err
	}
	out := make([]Village, 1, len(units)+1)
	out[0].Name = d.T("agent.village.all")
	for _, row := range units {
		v := d.village(row)
		out[0].Sample = out[0].Sample || v.Sample
		out = append(out, v)
	}
	slices.SortFunc(out[1:], func(a, b Village) int { return strings.Compare(a.Code, b.Code) })
	return out, nil
}

// Villages returns the places with what is in them; the first is the sum. It opens every household and demand.
func (d *Desk) Villages(ctx context.Context) ([]Village, error) {
	out, err := d.Places(ctx)
	if err != nil {
		return nil, err
	}
	households, err := d.count(ctx, subject.KindHousehold)
	if err != nil {
		return nil, err
	}
	merchants, err := d.count(ctx, subject.KindMerchant)
	if err != nil {
		return nil, err
	}
	demands, err := d.demands(ctx, "")
	if err != nil {
		return nil, err
	}
	waiting := map[ident.Scope]int{}
	for _, one := range demands {
		if !one.urgency.Done {
			waiting[one.row.Header.Scope]++
		}
	}
	all := &out[0]
	for i := range out[1:] {
		v := &out[1+i]
		v.Households, v.Merchants, v.Waiting = households[v.Scope], merchants[v.Scope], waiting[v.Scope]
		all.Households, all.Merchants, all.Waiting = all.Households+v.Households, all.Merchants+v.Merchants, all.Waiting+v.Waiting
	}
	return out, nil
}

func (d *Desk) village(row record.Row) Village {
	v := Village{
		Scope: row.Header.Scope, Name: row.Text("name"), Code: row.Text("region_code"), Sample: row.Bool("sample"),
	}
	if unit, err := d.Regions.Resolve(v.Code); err == nil {
		if parent, ok := d.Regions.Parent(unit.Code); ok {
			v.Path = d.Regions.PathName(parent.Code)
		}
	}
	return v
}

// Village returns one place that this laptop holds, without counts; the zero Village if it does not hold it.
func (d *Desk) Village(ctx context.Context, scope ident.Scope) Village {
	rows, err := d.Store.List(ctx, record.Query{Kind: kindUnit, Scope: scope, Limit: 1})
	if err != nil || len(rows) == 0 {
		return Village{Scope: scope}
	}
	return d.village(rows[0])
}

func (d *Desk) count(ctx context.Context, kind record.Kind) (map[ident.Scope]int, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: kind, Limit: everything})
	if err != nil {
		return nil, err
	}
	out := map[ident.Scope]int{}
	for _, row := range rows {
		out[row.Header.Scope]++
	}
	return out, nil
}

// posting returns who is responsible for a village today.
func (d *Desk) posting(ctx context.Context, scope ident.Scope) (lending.Posting, bool, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: lending.KindPosting, Scope: scope, Limit: everything})
	if err != nil {
		return lending.Posting{}, false, err
	}
	p, found := lending.Route(rows, d.Now())
	return p, found, nil
}
