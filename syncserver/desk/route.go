// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"errors"
	"log/slog"
	"time"

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
	// After is time.After, or the clock of a test.
	After func(time.Duration) <-chan time.Time
}

// tick is how often the router looks whether a day has begun, or what failed
// can be done now. A clock that is set anew is noticed by then.
const tick = 10 * time.Minute

// Run assigns what waits, then whatever is registered, until heads is closed.
// The empty scope means: look at all villages. When a day begins, postings may
// begin with it, and all that waits is looked at again.
func (r Router) Run(ctx context.Context, heads <-chan ident.Scope) {
	w := routing{Router: r, settled: make(map[ident.Record]bool)}
	w.all(ctx)
	for {
		select {
		case scope, open := <-heads:
			if !open {
				return
			}
			if _, village := scope.Unit(); village || scope == "" {
				w.look(ctx, scope)
			}
		case <-r.After(tick):
			if w.failed || w.day != r.today() {
				w.all(ctx)
			}
		}
	}
}

func (r Router) today() string { return r.Desk.Now().In(zone).Format(time.DateOnly) }

// routing is what a running router remembers.
type routing struct {
	Router
	day     string                // of the last look at everything
	failed  bool                  // something in the last look failed
	settled map[ident.Record]bool // demands that are somebody's or at their end: read once, not at every change
}

// all looks at every village, and at what was settled once more: a late move
// can open a demand again.
func (w *routing) all(ctx context.Context) {
	w.day = w.today()
	clear(w.settled)
	w.look(ctx, "")
}

// look assigns the waiting demands of one village, or of all. One that fails
// holds up no other: it stays unassigned, where people see it, and is tried
// again.
func (w *routing) look(ctx context.Context, scope ident.Scope) {
	waiting, err := w.waiting(ctx, scope)
	errs := []error{err}
	postings := make(map[ident.Scope][]record.Row)
	for _, h := range waiting {
		err := w.settle(ctx, h, postings)
		errs = append(errs, err)
	}
	err = errors.Join(errs...)
	w.failed = err != nil
	if w.failed && ctx.Err() == nil {
		w.Log.Error("demands were not routed", fault.Attr(err))
	}
}

// waiting returns the headers of demands that were registered, of a village
// or of all, those that are settled excepted.
func (w *routing) waiting(ctx context.Context, scope ident.Scope) ([]record.Header, error) {
	q := record.Query{
		Kind: lending.KindMove, Scope: scope,
		Where: []record.Term{{Field: "to", Value: record.OfText(string(lending.Registered))}},
	}
	var out []record.Header
	for row, err := range record.Each(ctx, w.Desk.Store, q) {
		if err != nil {
			return out, err
		}
		h := record.Header{Kind: lending.KindDemand, Scope: row.Header.Scope}
		copy(h.ID[:], row.Value("demand").Bytes())
		if !w.settled[h.ID] {
			out = append(out, h)
		}
	}
	return out, nil
}

// settle assigns a demand that is registered and nobody's, if its village has
// a posting today. postings keeps those of villages that were read already.
func (w *routing) settle(ctx context.Context, demand record.Header, postings map[ident.Scope][]record.Row) error {
	d := w.Desk
	base, err := d.Store.Base(ctx, demand.Scope)
	if err != nil {
		return err
	}
	moves, err := lending.Moves(ctx, d.Store, demand)
	if err != nil {
		return err
	}
	state := d.Lending().Fold(moves)
	if state.Status != lending.Registered || !state.Officer.IsZero() {
		w.settled[demand.ID] = true
		return nil
	}
	of, read := postings[demand.Scope]
	if !read {
		if of, err = d.Store.List(ctx, record.Query{Kind: lending.KindPosting, Scope: demand.Scope, Limit: 1000}); err != nil {
			return err
		}
		postings[demand.Scope] = of
	}
	posting, found := lending.Route(of, d.Now().In(zone))
	if !found {
		return nil
	}
	if err := w.assign(ctx, demand, state, base, posting); err != nil {
		return err
	}
	w.settled[demand.ID] = true
	return nil
}

func (r Router) assign(ctx context.Context, demand record.Header, state lending.State, base record.Base, to lending.Posting) error {
	d := r.Desk
	row, err := d.Store.Get(ctx, demand.ID)
	if err != nil {
		return err
	}
	by := lending.Author{
		Role: "desk", Source: record.Authoritative, Base: base, NowMS: d.Now().UnixMilli(), Random: d.Random,
	}
	act, err := d.Lending().Move(by, lending.DemandOf(row), state, to.Assignment())
	if err != nil {
		return err
	}
	return d.applyAct(ctx, act)
}
