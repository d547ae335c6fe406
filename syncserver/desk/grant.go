// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Granter answers what officers ask for. It works behind the writes of others, and may be killed, run twice, or be late.
type Granter struct {
	Desk Desk
	Card func(day string) *scoring.Card // that of households on a day; nil: none counts then
	Log  *slog.Logger
	// After is time.After, or the clock of a test.
	After func(time.Duration) <-chan time.Time
}

// Run answers what waits, then whatever is asked, until heads is closed. The empty scope means: look at all villages.
func (g Granter) Run(ctx context.Context, heads <-chan ident.Scope) {
	failed := g.look(ctx, "")
	for {
		select {
		case scope, open := <-heads:
			if !open {
				return
			}
			if _, village := scope.Unit(); village || scope == "" {
				failed = g.look(ctx, scope) || failed
			}
		case <-g.After(tick):
			if failed {
				failed = g.look(ctx, "")
			}
		}
	}
}

func (g Granter) look(ctx context.Context, scope ident.Scope) (failed bool) {
	err := g.Settle(ctx, scope)
	if err != nil && ctx.Err() == nil {
		g.Log.Error("asks for credit were not answered", fault.Attr(err))
	}
	return err != nil
}

// Settle answers every ask of a village, or of all, that nobody has answered, the oldest first.
func (g Granter) Settle(ctx context.Context, scope ident.Scope) error {
	answered := map[ident.Record]bool{}
	each := g.Desk.each
	err := each(ctx, record.Query{Kind: exposure.KindGrant, Scope: scope}, func(row record.Row) { answered[exposure.GrantOf(row).Ask] = true })
	var waiting []exposure.Ask
	err = errors.Join(err, each(ctx, record.Query{Kind: exposure.KindAsk, Scope: scope}, func(row record.Row) {
		if !answered[row.Header.ID] {
			waiting = append(waiting, exposure.AskOf(row))
		}
	}))
	if err != nil {
		return err
	}
	slices.SortStableFunc(waiting, func(a, b exposure.Ask) int { return int(a.AtMS - b.AtMS) })
	var errs []error
	for _, a := range waiting {
		_, err := g.Answer(ctx, a)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// retries is how often a grant is decided anew because another one came in between.
const retries = 5

// Answer scores the household of an ask as it is known now and grants or refuses. Another grant that comes in between is seen by
// the rule that runs in the committing transaction; then it is decided anew.
func (g Granter) Answer(ctx context.Context, a exposure.Ask) (exposure.Grant, error) {
	for n := 0; ; n++ {
		grant, err := g.decide(ctx, a)
		if err == nil {
			err = g.Desk.apply(ctx, "grant.decide", grant.Header.Scope, grant.Create())
		}
		if err == nil || n == retries || fault.From(err).Key != "exposure.moved" {
			return grant, err
		}
	}
}

func (g Granter) decide(ctx context.Context, a exposure.Ask) (exposure.Grant, error) {
	now := g.Desk.Now()
	day := now.In(zone).Format(time.DateOnly)
	have, err := exposure.Of(ctx, g.Desk.Store, a.Header.Scope, a.Household)
	if err != nil {
		return exposure.Grant{}, err
	}
	result, seen, stop := g.score(ctx, a, day)
	if stop != nil && fault.KindOf(stop) == fault.Internal {
		return exposure.Grant{}, stop
	}
	limit := int64(0)
	if result != nil {
		limit = result.Granted()
	}
	grant := exposure.Decide(a, limit, stop, have)
	grant.AtMS, grant.Day, grant.Seen, grant.Sample = now.UnixMilli(), day, seen, a.Sample || g.Desk.Sample
	if result != nil {
		grant.Score = result.Bytes()
	}
	grant.Header.ID, err = ident.New[ident.Record](now.UnixMilli(), g.Desk.Random)
	return grant, err
}

// score scores the household of an ask. The error says why nothing can be decided on it.
func (g Granter) score(ctx context.Context, a exposure.Ask, day string) (*scoring.Result, record.Version, error) {
	card := g.Card(day)
	if card == nil {
		return nil, 0, fault.New(fault.NotFound, "exposure.card")
	}
	base, err := g.Desk.Store.Base(ctx, a.Header.Scope)
	if err != nil {
		return nil, 0, err
	}
	root, beside, err := card.Gather(ctx, g.Desk.Store, a.Household)
	if err != nil {
		return nil, 0, err
	}
	if root.Header.Scope != a.Header.Scope || root.Header.Subject != a.Header.Subject {
		return nil, 0, fault.New(fault.NotFound, "record.missing")
	}
	r, err := card.Score(root, beside, day)
	if err != nil {
		return nil, 0, err
	}
	return r, base.Version, r.Decidable(a.Reason)
}

// Release frees what a grant reserved, for a reason. Another grant that comes in between is seen as in Answer. Faults: those of
// exposure.Release; NotFound "record.missing" for what is no grant.
func (g Granter) Release(ctx context.Context, id ident.Record, reason string) (exposure.Grant, error) {
	for n := 0; ; n++ {
		back, err := g.release(ctx, id, reason)
		if err == nil {
			err = g.Desk.apply(ctx, "grant.release", back.Header.Scope, back.Create())
		}
		if err == nil || n == retries || fault.From(err).Key != "exposure.moved" {
			return back, err
		}
	}
}

func (g Granter) release(ctx context.Context, id ident.Record, reason string) (exposure.Grant, error) {
	grant, err := exposure.At(ctx, g.Desk.Store, id)
	if err != nil {
		return grant, err
	}
	have, err := exposure.Of(ctx, g.Desk.Store, grant.Header.Scope, grant.Household)
	if err != nil {
		return grant, err
	}
	back, err := exposure.Release(grant, have, reason)
	if err != nil {
		return back, err
	}
	now := g.Desk.Now()
	back.AtMS = now.UnixMilli()
	back.Header.ID, err = ident.New[ident.Record](back.AtMS, g.Desk.Random)
	return back, err
}
