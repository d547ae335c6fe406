// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"log/slog"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// round looks at villages after they changed. What it does there must depend on what stands in the village alone, so that it
// may be killed, run twice, or be late.
type round struct {
	what    string // in the log
	log     *slog.Logger
	after   func(time.Duration) <-chan time.Time
	all     func(context.Context) (map[ident.Scope]bool, error) // villages with anything to look at
	village func(context.Context, ident.Scope) error
	again   time.Duration // after which all are looked at without a change, 0 for never
}

// Calm is how long a village is left alone after a change: an officer who hands in a day's work moves it many times.
const Calm = 3 * time.Second

// run looks at all villages, then at each that changes, until heads is closed. The empty scope means all of them. What failed
// is tried again.
func (r round) run(ctx context.Context, heads <-chan ident.Scope) {
	due, soon := map[ident.Scope]bool{"": true}, true
	calm := r.after(0)
	var again <-chan time.Time
	if r.again > 0 {
		again = r.after(r.again)
	}
	for {
		select {
		case <-again:
			due[""], again = true, r.after(r.again)
			if !soon {
				soon, calm = true, r.after(Calm)
			}
		case scope, open := <-heads:
			if !open {
				return
			}
			if _, village := scope.Unit(); !village && scope != "" {
				continue
			}
			due[scope] = true
			if !soon {
				soon, calm = true, r.after(Calm)
			}
		case <-calm:
			soon, calm = false, nil
			if due = r.settle(ctx, due); len(due) > 0 {
				calm = r.after(tick)
			}
		}
	}
}

// settle looks at villages and returns those in which something failed.
func (r round) settle(ctx context.Context, due map[ident.Scope]bool) map[ident.Scope]bool {
	failed := map[ident.Scope]bool{}
	if due[""] {
		villages, err := r.all(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			r.log.Error("the villages to look at were not found", "for", r.what, fault.Attr(err))
			return due
		}
		due = villages
	}
	for scope := range due {
		if err := r.village(ctx, scope); err != nil && ctx.Err() == nil {
			r.log.Error("a village was not settled", "for", r.what, "village", scope.String(), fault.Attr(err))
			failed[scope] = true
		}
	}
	return failed
}

// each reads all records of a query, page by page.
func (d Desk) each(ctx context.Context, q record.Query, do func(record.Row)) error {
	for row, err := range record.Each(ctx, d.Store, q) {
		if err != nil {
			return err
		}
		do(row)
	}
	return nil
}
