// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"slices"

	"yuexin/shared/sync/record"
)

// pastShown is how many former values of a field, and settled disputes of a village, are listed.
const pastShown = 20

// Story is what stood in one field of a record: what counts now, what stands beside it, and what stood before.
type Story struct {
	Label    string
	Disputed bool
	Lines    []Said // the first is what counts now, or is shown while nobody has settled it
	Before   int    // index of the first line that stands no longer
}

// stories tells the history of each field that has one: what is in dispute first, then what was changed, then the rest, each
// in the order of the catalogue.
func (d *Desk) stories(ctx context.Context, row record.Row) ([]Story, error) {
	past, err := d.Store.History(ctx, row.Header.ID)
	if err != nil {
		return nil, err
	}
	kind, _ := d.Book.Catalogue.Kind(row.Header.Kind)
	var out []Story
	for _, def := range kind.Fields {
		if slices.Contains(unsaid, def.Name) {
			continue
		}
		if s := d.story(ctx, row, def.Name, past); len(s.Lines) > 0 {
			out = append(out, s)
		}
	}
	rank := func(s Story) int {
		switch {
		case s.Disputed:
			return 0
		case len(s.Lines) > 1:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b Story) int { return rank(a) - rank(b) })
	return out, nil
}

func (d *Desk) story(ctx context.Context, row record.Row, f record.Field, past []record.Past) Story {
	kind, state := row.Header.Kind, row.Fields[f]
	s := Story{Label: d.FieldName(kind, f), Disputed: state.Disputed}
	if state.Value.IsNone() && !state.Disputed && !slices.ContainsFunc(past, func(p record.Past) bool { return p.Field == f }) {
		return s
	}
	add := func(h record.Head, note string) {
		s.Lines = append(s.Lines, Said{
			Value: d.said(kind, f, h.Value), Who: d.Who(ctx, h.Actor, h.Source), When: d.moment(h), Source: d.T("agent.source." + n(int(h.Source))), Note: note,
		})
	}
	for i, h := range state.Heads() {
		switch {
		case h.Version == 0 && state.Pending:
			add(h, d.T(MarkPending.Key()))
		case state.Disputed:
			add(h, d.T(MarkDisputed.Key()))
		case i > 0:
			add(h, d.T("agent.story.beside"))
		default:
			add(h, "")
		}
	}
	s.Before = len(s.Lines)
	for _, p := range past {
		if p.Field == f && p.Version != 0 && len(s.Lines) < s.Before+pastShown {
			add(p.Head, d.T("agent.story.before"))
		}
	}
	return s
}
