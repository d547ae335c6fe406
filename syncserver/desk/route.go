// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"log/slog"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Router assigns each registered demand to the officer and bank that the
// village's posting names. A demand of a village without a posting stays
// unassigned and stands first in everybody's list until somebody decides.
type Router struct {
	Desk Desk
	Log  *slog.Logger
}

// Run assigns what waits, then whatever is registered, until heads is closed.
// The empty scope means: look at all villages.
func (r Router) Run(ctx context.Context, heads <-chan ident.Scope) {
	r.look(ctx, "")
	for scope := range heads {
		if _, village := scope.Unit(); village || scope == "" {
			r.look(ctx, scope)
		}
	}
}

// look assigns the waiting demands of one village, or of all. What fails
// stays unassigned, where people see it, and is tried again with the next
// change.
func (r Router) look(ctx context.Context, scope ident.Scope) {
	waiting, err := r.waiting(ctx, scope)
	for _, h := range waiting {
		if err == nil {
			err = r.Assign(ctx, h)
		}
	}
	if err != nil && ctx.Err() == nil {
		r.Log.Error("demands were not routed", fault.Attr(err))
	}
}

// waiting returns the headers of demands that were registered, of a village
// or of all.
func (r Router) waiting(ctx context.Context, scope ident.Scope) ([]record.Header, error) {
	q := record.Query{
		Kind: lending.KindMove, Scope: scope, Limit: 500,
		Where: []record.Term{{Field: "to", Value: record.OfText(string(lending.Registered))}},
	}
	var out []record.Header
	for {
		rows, err := r.Desk.Store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			h := record.Header{Kind: lending.KindDemand, Scope: row.Header.Scope}
			copy(h.ID[:], row.Value("demand").Bytes())
			out = append(out, h)
		}
		if len(rows) < q.Limit {
			return out, nil
		}
		q.After = rows[len(rows)-1].Header.ID
	}
}

// Assign assigns a demand that is registered and nobody's, if its village has
// a posting today; otherwise it does nothing.
func (r Router) Assign(ctx context.Context, demand record.Header) error {
	d := r.Desk
	base, err := d.Store.Base(ctx, demand.Scope)
	if err != nil {
		return err
	}
	moves, err := lending.Moves(ctx, d.Store, demand)
	if err != nil {
		return err
	}
	state := d.Lending.Fold(moves)
	if state.Status != lending.Registered || !state.Officer.IsZero() {
		return nil
	}
	postings, err := d.Store.List(ctx, record.Query{Kind: lending.KindPosting, Scope: demand.Scope, Limit: 1000})
	if err != nil {
		return err
	}
	posting, found := lending.Route(postings, d.Now().In(zone))
	if !found {
		return nil
	}
	row, err := d.Store.Get(ctx, demand.ID)
	if err != nil {
		return err
	}
	by := lending.Author{
		Role: "desk", Source: record.Authoritative, Base: base, NowMS: d.Now().UnixMilli(), Random: d.Random,
	}
	act, err := d.Lending.Move(by, lending.DemandOf(row), state, posting.Assignment())
	if err != nil {
		return err
	}
	return d.applyAct(ctx, act)
}
