// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Revoker withdraws the demands whose consent was withdrawn: at a kiosk or on a laptop, days ago and offline, or on a phone's page of
// consents, none of which moves a demand. Where the same person lets the same bank see it by another consent that is in force, the
// demand goes on; where the bank has granted the loan already, it stands.
type Revoker struct {
	Desk Desk
	Log  *slog.Logger
	// After is time.After, or the clock of a test.
	After func(time.Duration) <-chan time.Time
}

// Run looks at all villages, then at each that changes, until heads is closed. The empty scope means all of them. What failed
// is tried again.
func (r Revoker) Run(ctx context.Context, heads <-chan ident.Scope) {
	round{what: "withdrawn consents", log: r.Log, after: r.After, all: r.villages, village: r.Village}.run(ctx, heads)
}

// villages returns those in which a consent was ever withdrawn.
func (r Revoker) villages(ctx context.Context) (map[ident.Scope]bool, error) {
	out := map[ident.Scope]bool{}
	return out, r.Desk.each(ctx, record.Query{Kind: consent.KindEnd}, func(row record.Row) { out[row.Header.Scope] = true })
}

// Village settles the demands of everybody in a village who withdrew a consent. One that cannot be settled holds up no other.
func (r Revoker) Village(ctx context.Context, scope ident.Scope) error {
	people := map[ident.Subject]bool{}
	err := r.Desk.each(ctx, record.Query{Kind: consent.KindEnd, Scope: scope}, func(row record.Row) { people[row.Header.Subject] = true })
	errs := []error{err}
	for subject := range people {
		errs = append(errs, r.person(ctx, scope, subject))
	}
	return errors.Join(errs...)
}

func (r Revoker) person(ctx context.Context, scope ident.Scope, subject ident.Subject) error {
	base, err := r.Desk.Store.Base(ctx, scope) // before what is read
	if err != nil {
		return err
	}
	given, err := consent.Read(ctx, r.Desk.Store, scope, subject)
	if err != nil {
		return err
	}
	var demands []lending.Demand
	err = r.Desk.each(ctx, record.Query{Kind: lending.KindDemand, Scope: scope, Subject: subject}, func(row record.Row) {
		if d := lending.DemandOf(row); !row.Deleted() && r.revoked(given, d) {
			demands = append(demands, d)
		}
	})
	errs := []error{err}
	for _, d := range demands {
		errs = append(errs, r.withdraw(ctx, base, d))
	}
	return errors.Join(errs...)
}

// revoked says whether a demand has lost the consent that it was made with, and no other stands in for it.
func (r Revoker) revoked(given consent.Given, d lending.Demand) bool {
	for _, c := range given.Consents {
		if c.Header.ID != d.Consent {
			continue
		}
		if _, ended := given.Ended(c); !ended {
			return false
		}
		for _, other := range given.Consents {
			if other.Purpose == c.Purpose && other.Recipient == c.Recipient && given.Holds(other, r.Desk.Now().In(zone)) {
				return false
			}
		}
		return true
	}
	return false
}

// withdraw moves a demand, unless it is past that or was moved meanwhile.
func (r Revoker) withdraw(ctx context.Context, base record.Base, d lending.Demand) error {
	moves, err := lending.Moves(ctx, r.Desk.Store, d.Header)
	if err != nil {
		return err
	}
	state := r.Desk.Lending().Fold(moves)
	by := lending.Author{Role: "desk", Source: record.Authoritative, Base: base, NowMS: r.Desk.Now().UnixMilli(), Random: r.Desk.Random}
	for _, m := range r.Desk.Lending().Next(state.Status, by.Role) {
		if m.To == lending.Withdrawn {
			act, err := r.Desk.Lending().Move(by, d, state, lending.Request{To: lending.Withdrawn})
			if err != nil {
				return err
			}
			return r.Desk.applyAct(ctx, act)
		}
	}
	return nil
}
