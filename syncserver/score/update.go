// SPDX-License-Identifier: Apache-2.0

package score

import (
	"context"
	"maps"
	"slices"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// worth is the part of a village, one in so many households, from which it is cheaper to count it anew: history costs more to read
// than what stands.
const worth = 4

// next counts a village, or brings it up to date.
func (r Run) next(ctx context.Context, scope ident.Scope) (Village, error) {
	was, there := r.Was[scope]
	if !there || was.Moved || was.Seen == 0 || r.Rival != nil || r.Changes == nil {
		return r.Village(ctx, scope)
	}
	return r.Update(ctx, was)
}

// Update brings a count up to date: it comes to what Village would say at the version that it has then seen. was is of this Key
// and not Moved.
func (r Run) Update(ctx context.Context, was Village) (Village, error) {
	subjects, to, err := r.Changes(ctx, was.Scope, was.Seen)
	if err != nil {
		return was, err
	}
	if len(subjects)*worth > was.N || to.Epoch() != was.Seen.Epoch() {
		return r.Village(ctx, was.Scope)
	}
	v := was
	v.Steps, v.Seen = maps.Clone(was.Steps), to
	scorer := r.Card.Scorer()
	for _, subject := range subjects {
		roots, beside, err := r.known(ctx, was.Scope, subject)
		if err != nil {
			return was, err
		}
		for _, root := range roots {
			for at, sign := range map[record.Version]int{was.Seen: -1, to: 1} {
				if err := r.count(&v, scorer, root, beside, at, sign); err != nil {
					return was, err
				}
			}
		}
	}
	return v, nil
}

// known reads a subject's records in a scope with what once stood in them: those that are judged, and those beside.
func (r Run) known(ctx context.Context, scope ident.Scope, subject ident.Subject) (roots, beside []scoring.Known, err error) {
	for i, kind := range r.Card.Kinds() {
		rows, err := record.All(ctx, r.Store, record.Query{Kind: kind, Scope: scope, Subject: subject})
		if err != nil {
			return nil, nil, err
		}
		for _, row := range rows {
			past, err := r.Store.History(ctx, row.Header.ID)
			if err != nil {
				return nil, nil, err
			}
			if one := (scoring.Known{Row: row, Past: past}); i == 0 {
				roots = append(roots, one)
			} else {
				beside = append(beside, one)
			}
		}
	}
	return roots, beside, nil
}

// count puts on or takes off what a record came to at a version, if it was there.
func (r Run) count(v *Village, scorer *scoring.Scorer, root scoring.Known, beside []scoring.Known, at record.Version, sign int) error {
	then, there := root.AsOf(r.Catalogue, at)
	if !there || then.Deleted() {
		return nil
	}
	var rows []record.Row
	for _, k := range beside {
		if row, there := k.AsOf(r.Catalogue, at); there {
			rows = append(rows, row)
		}
	}
	result, err := scorer.Score(then, rows, r.Day)
	if err == nil {
		v.add(result, sign)
	}
	return err
}

// Deltas is the part of the central store that tells what changed.
type Deltas interface {
	Delta(ctx context.Context, scope ident.Scope, view record.View, from store.From, limit int) (store.Delta, error)
}

// page is how many records are asked for at once.
const page = 500

// ChangesIn returns Run.Changes of a store.
func ChangesIn(st Deltas) func(ctx context.Context, scope ident.Scope, since record.Version) ([]ident.Subject, record.Version, error) {
	return func(ctx context.Context, scope ident.Scope, since record.Version) (out []ident.Subject, to record.Version, err error) {
		seen := map[ident.Subject]bool{}
		for from := (store.From{Since: since, After: since}); ; {
			d, err := st.Delta(ctx, scope, record.Everything, from, page)
			if err != nil {
				return nil, 0, err
			}
			for _, row := range d.Rows {
				seen[row.Header.Subject] = true
			}
			if !d.More {
				out = slices.SortedFunc(maps.Keys(seen), func(a, b ident.Subject) int { return slices.Compare(a[:], b[:]) })
				return out, d.To, nil
			}
			from.After, from.Began = d.To, d.Began
		}
	}
}
