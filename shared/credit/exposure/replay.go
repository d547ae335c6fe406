// SPDX-License-Identifier: Apache-2.0

package exposure

import (
	"bytes"
	"context"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Past reads records and what once stood in them, as somebody sees them.
type Past interface {
	scoring.Reader
	History(ctx context.Context, id ident.Record) ([]record.Past, error)
}

// At reads a grant as whoever reads from sees it. Fault: NotFound "record.missing" for what is none.
func At(ctx context.Context, from Past, id ident.Record) (Grant, error) {
	row, err := from.Get(ctx, id)
	if err == nil && row.Header.Kind != KindGrant {
		err = fault.New(fault.NotFound, "record.missing")
	}
	return GrantOf(row), err
}

// Replayed is a past decision, and what it comes to when it is made once more.
type Replayed struct {
	Grant Grant
	Card  *scoring.Card   // that it was made by
	Then  *scoring.Result // as it was kept
	scoring.Replay
}

// Same says whether the result is the same, bit for bit.
func (a Replayed) Same() bool { return bytes.Equal(a.Result.Bytes(), a.Grant.Score) }

// Replay makes the result under a grant once more: from the history of the household as far as it was known then, by the card of
// then, on the policy date of then. card returns a version of the card. from has to see every class that the card reads: what
// somebody does not see is missing from their result. Faults: NotFound "record.missing" for what is no grant; "exposure.unscored"
// for one that rests on no score; "exposure.card" where the card is not here.
func Replay(ctx context.Context, from Past, cat *record.Catalogue, card func(name string, version uint32) *scoring.Card, id ident.Record) (a Replayed, err error) {
	if a.Grant, err = At(ctx, from, id); err != nil {
		return a, err
	}
	if len(a.Grant.Score) == 0 {
		return a, fault.New(fault.NotFound, "exposure.unscored")
	}
	if a.Then, err = scoring.ParseResult(a.Grant.Score); err != nil {
		return a, err
	}
	if a.Card = card(a.Then.Card, a.Then.Version); a.Card == nil {
		return a, fault.New(fault.NotFound, "exposure.card")
	}
	root, err := known(ctx, from, a.Grant.Household)
	if err != nil {
		return a, err
	}
	var beside []scoring.Known
	for _, kind := range a.Card.Kinds()[1:] {
		rows, err := record.All(ctx, from, record.Query{Kind: kind, Scope: root.Row.Header.Scope, Subject: root.Row.Header.Subject})
		if err != nil {
			return a, err
		}
		for _, row := range rows {
			one, err := known(ctx, from, row.Header.ID)
			if err != nil {
				return a, err
			}
			beside = append(beside, one)
		}
	}
	made, err := a.Card.Replay(cat, root, beside, a.Grant.Seen, a.Grant.Day)
	if err == nil {
		a.Replay = *made
	}
	return a, err
}

func known(ctx context.Context, from Past, id ident.Record) (k scoring.Known, err error) {
	if k.Row, err = from.Get(ctx, id); err == nil {
		k.Past, err = from.History(ctx, id)
	}
	return k, err
}
