// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"yuexin/shared/credit/plate"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
)

// Plater decides what is asked about plates, in the order in which it was asked, except what the policy keeps for the office.
type Plater struct {
	Desk   Desk
	Keeper func() (plates.Keeper, error)
	Policy func() *plate.Policy // the one in force
	Log    *slog.Logger
	// After is time.After, or the clock of a test.
	After func(time.Duration) <-chan time.Time
}

// Run decides what is asked in all villages, then in each that changes, until heads is closed.
func (p Plater) Run(ctx context.Context, heads <-chan ident.Scope) {
	round{what: "plates", log: p.Log, after: p.After, all: p.villages, village: p.Village}.run(ctx, heads)
}

func (p Plater) villages(ctx context.Context) (map[ident.Scope]bool, error) {
	out := map[ident.Scope]bool{}
	return out, p.Desk.each(ctx, record.Query{Kind: plate.KindAsk}, func(row record.Row) { out[row.Header.Scope] = true })
}

// Village decides what is asked in one village and not decided yet. What fails holds up nothing else.
func (p Plater) Village(ctx context.Context, scope ident.Scope) error {
	open, err := p.Desk.OpenAsks(ctx, scope)
	if err != nil || len(open) == 0 {
		return err
	}
	keeper, err := p.Keeper()
	if err != nil {
		return err
	}
	policy := p.Policy()
	var errs []error
	for _, a := range open {
		if policy.ByOffice(a.Deed) {
			continue
		}
		if _, err := keeper.Answer(ctx, a); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// OpenAsks returns what is asked about the plates of a village and not decided yet, oldest first.
func (d Desk) OpenAsks(ctx context.Context, scope ident.Scope) (open []plate.Ask, err error) {
	var asks []plate.Ask
	if err := d.each(ctx, record.Query{Kind: plate.KindAsk, Scope: scope}, func(row record.Row) {
		asks = append(asks, plate.AskOf(row))
	}); err != nil || len(asks) == 0 {
		return nil, err
	}
	decided := map[ident.Record]bool{}
	if err := d.each(ctx, record.Query{Kind: plate.KindDecided, Scope: scope}, func(row record.Row) {
		decided[row.Header.ID] = true
	}); err != nil {
		return nil, err
	}
	for _, a := range asks {
		if !decided[plate.AnswerID(a.Header.ID)] {
			open = append(open, a)
		}
	}
	return open, nil
}
