// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Ending is the withdrawal of a consent.
type Ending struct {
	Header  record.Header
	Consent ident.Record
	AtMS    int64 // ms since 1970 UTC, by the clock of where it was signed
	Given   string
	Sample  bool
}

// EndOf reads a withdrawal.
func EndOf(row record.Row) Ending {
	e := Ending{Header: row.Header, AtMS: row.Int("at"), Given: row.Text("given"), Sample: row.Bool("sample")}
	copy(e.Consent[:], row.Value("consent").Bytes())
	return e
}

// Given is all that one person consented to, and took back.
type Given struct {
	Consents []Consent // newest first
	Ends     []Ending
}

// GivenOf sorts out the records of one subject: consents and withdrawals count, all others do not.
func GivenOf(rows []record.Row) (g Given) {
	for _, row := range rows {
		switch row.Header.Kind {
		case Kind:
			g.Consents = append(g.Consents, Of(row))
		case KindEnd:
			g.Ends = append(g.Ends, EndOf(row))
		}
	}
	slices.SortStableFunc(g.Consents, func(a, b Consent) int { return cmp.Compare(b.At, a.At) })
	return g
}

// Lister reads records: what Read needs of a record.Store.
type Lister interface {
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// everything is a limit for lists that are read whole: more consents than a person gives.
const everything = 1 << 16

// Read reads what a subject consented to in a scope.
func Read(ctx context.Context, from Lister, scope ident.Scope, subject ident.Subject) (Given, error) {
	var rows []record.Row
	for _, kind := range []record.Kind{Kind, KindEnd} {
		found, err := from.List(ctx, record.Query{Kind: kind, Scope: scope, Subject: subject, Limit: everything})
		if err != nil {
			return Given{}, fmt.Errorf("read consents: %w", err)
		}
		rows = append(rows, found...)
	}
	return GivenOf(rows), nil
}

// Ended returns the first withdrawal of a consent, and whether there is one.
func (g Given) Ended(c Consent) (first Ending, is bool) {
	for _, e := range g.Ends {
		if e.Consent == c.Header.ID && (!is || e.AtMS < first.AtMS) {
			first, is = e, true
		}
	}
	return first, is
}

// Holds says whether c is in force on a day: not over and not withdrawn. What was withdrawn at whatever time counts as
// withdrawn; a clock may be wrong, the wish is not.
func (g Given) Holds(c Consent, on time.Time) bool {
	_, ended := g.Ended(c)
	return !ended && c.Until >= on.Format(time.DateOnly)
}

// held says whether c was in force at a moment that is over, by the times at which it was given and withdrawn.
func (g Given) held(c Consent, at time.Time) bool {
	e, ended := g.Ended(c)
	ms := at.UnixMilli()
	return c.At <= ms && c.Until >= at.Format(time.DateOnly) && (!ended || ms < e.AtMS)
}

// Agreed says whether a consent to a purpose is in force on a day, whomever it is given to.
func (g Given) Agreed(purpose string, on time.Time) bool {
	return slices.ContainsFunc(g.Consents, func(c Consent) bool { return c.Purpose == purpose && g.Holds(c, on) })
}
