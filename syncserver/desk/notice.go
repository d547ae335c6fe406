// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"slices"

	"yuexin/shared/credit/notice"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Publish tells a village something, or everybody in the scope ref, and returns the notice's id. The faults are those of
// notice.Check.
func (d Desk) Publish(ctx context.Context, scope ident.Scope, n notice.Notice) (ident.Record, error) {
	now := d.Now()
	if err := n.Check(now.In(zone)); err != nil {
		return ident.Record{}, err
	}
	id, err := ident.New[ident.Record](now.UnixMilli(), d.Random)
	if err != nil {
		return id, err
	}
	n.Header = record.Header{ID: id, Kind: notice.Kind, Scope: scope, Subject: ident.Subject(id)}
	if unit, ok := scope.Unit(); ok {
		n.Header.Subject = ident.Subject(unit)
	}
	n.At, n.Sample = now.UnixMilli(), d.Sample
	return id, d.apply(ctx, "notice.add", scope, n.Create())
}

// EndNotice takes a notice off every screen. Where it is off already nothing happens; fault.NotFound for no notice.
func (d Desk) EndNotice(ctx context.Context, id ident.Record) error {
	row, err := d.Store.Get(ctx, id)
	if err == nil && row.Header.Kind != notice.Kind {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return err
	}
	n := notice.Of(row)
	if n.Ended {
		return nil
	}
	return d.apply(ctx, "notice.end", n.Header.Scope, n.End())
}

// Notices returns all notices, those that ended too, newest first.
func (d Desk) Notices(ctx context.Context) ([]notice.Notice, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: notice.Kind, Newest: true, Limit: 1000})
	if err != nil {
		return nil, err
	}
	out := make([]notice.Notice, len(rows))
	for i, row := range rows {
		out[i] = notice.Of(row)
	}
	slices.SortStableFunc(out, func(a, b notice.Notice) int { return int(min(1, max(-1, b.At-a.At))) })
	return out, nil
}
