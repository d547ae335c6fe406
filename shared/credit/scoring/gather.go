// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"context"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Reader is what of a record.Store is read.
type Reader interface {
	Get(ctx context.Context, id ident.Record) (record.Row, error)
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Gather reads a record of the card's kind, and the records of its subject that the card reads beside it, in its scope.
// fault.NotFound for what is no such record.
func (c *Card) Gather(ctx context.Context, read Reader, id ident.Record) (root record.Row, beside []record.Row, err error) {
	if root, err = read.Get(ctx, id); err != nil {
		return root, nil, err
	}
	if string(root.Header.Kind) != c.Kind || root.Deleted() {
		return root, nil, fault.New(fault.NotFound, "record.missing")
	}
	for _, kind := range c.Kinds()[1:] {
		rows, err := record.All(ctx, read, record.Query{Kind: kind, Scope: root.Header.Scope, Subject: root.Header.Subject})
		if err != nil {
			return root, nil, err
		}
		beside = append(beside, rows...)
	}
	return root, beside, nil
}

// Each scores every record of the card's kind in a scope that is there, the oldest first, and hands each result on. It keeps one
// page of them and what stands beside in the scope, whatever their number in all scopes.
func (s *Scorer) Each(ctx context.Context, read Reader, scope ident.Scope, day string, do func(root record.Row, beside []record.Row, r *Result) error) error {
	beside := map[ident.Subject][]record.Row{}
	for _, kind := range s.card.Kinds()[1:] {
		rows, err := record.All(ctx, read, record.Query{Kind: kind, Scope: scope})
		if err != nil {
			return err
		}
		for _, row := range rows {
			beside[row.Header.Subject] = append(beside[row.Header.Subject], row)
		}
	}
	for row, err := range record.Each(ctx, read, record.Query{Kind: record.Kind(s.card.Kind), Scope: scope}) {
		if err != nil {
			return err
		}
		r, err := s.Score(row, beside[row.Header.Subject], day)
		if err == nil {
			err = do(row, beside[row.Header.Subject], r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
