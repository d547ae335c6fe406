// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// GivePoints gives a household the points of an item, earned on a day (2006-01-02, "" for today), and returns the entry. Faults
// are those of points.Policy.Give, and NotFound for no household.
func (d Desk) GivePoints(ctx context.Context, p *points.Policy, household ident.Record, item, day string) (points.Entry, error) {
	row, err := d.Store.Get(ctx, household)
	if err == nil && row.Header.Kind != points.Household {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return points.Entry{}, err
	}
	today := d.Now().In(zone)
	on := today
	if day != "" {
		if on, err = time.ParseInLocation(time.DateOnly, day, zone); err != nil {
			return points.Entry{}, fault.New(fault.Invalid, "desk.points.day").WithField("day")
		}
	}
	have, err := d.points(ctx, record.Query{Where: []record.Term{{Field: "household", Value: record.OfBytes(household.Bytes())}}})
	if err != nil {
		return points.Entry{}, err
	}
	e, err := p.Give(row, item, on, today, have)
	if err != nil {
		return e, err
	}
	return d.enterPoints(ctx, "points.enter", e)
}

// TakePointsBack takes an entry back. Faults are those of points.TakeBack, and NotFound for no entry.
func (d Desk) TakePointsBack(ctx context.Context, entry ident.Record) (points.Entry, error) {
	row, err := d.Store.Get(ctx, entry)
	if err == nil && row.Header.Kind != points.Kind {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return points.Entry{}, err
	}
	have, err := d.points(ctx, record.Query{Where: []record.Term{{Field: "reverses", Value: record.OfBytes(entry.Bytes())}}})
	if err != nil {
		return points.Entry{}, err
	}
	back, err := points.TakeBack(points.Of(row), have)
	if err != nil {
		return back, err
	}
	return d.enterPoints(ctx, "points.back", back)
}

func (d Desk) enterPoints(ctx context.Context, act string, e points.Entry) (points.Entry, error) {
	var err error
	if e.Header.ID, err = ident.New[ident.Record](d.Now().UnixMilli(), d.Random); err != nil {
		return e, err
	}
	e.Header.Kind, e.Sample = points.Kind, e.Sample || d.Sample
	return e, d.apply(ctx, act, e.Header.Scope, e.Create())
}

// Points returns all entries of a village.
func (d Desk) Points(ctx context.Context, village ident.Scope) ([]points.Entry, error) {
	return d.points(ctx, record.Query{Scope: village})
}

func (d Desk) points(ctx context.Context, q record.Query) (out []points.Entry, err error) {
	q.Kind, q.Limit = points.Kind, 1000
	for {
		rows, err := d.Store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			out = append(out, points.Of(row))
		}
		if len(rows) < q.Limit {
			return out, nil
		}
		q.After = rows[len(rows)-1].Header.ID
	}
}
