// SPDX-License-Identifier: Apache-2.0

package receipt

import (
	"context"
	"fmt"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
)

// Reviewed is one field that the holder of a receipt filled in and that staff have reviewed, the last time.
type Reviewed struct {
	Entered
	AtMS int64 // by the clock of who settled it
}

// Lister reads records: all that is needed of a record.Store.
type Lister interface {
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// ReviewedOf returns what staff have reviewed of what the holder filled in, the latest first, and nothing of what others
// did. A kiosk knows no more: the values are not on it.
func ReviewedOf(ctx context.Context, store Lister, cat *record.Catalogue, h Held) ([]Reviewed, error) {
	rows, err := store.List(ctx, record.Query{Kind: review.Kind, Scope: h.Header.Scope, Subject: h.Header.Subject, Newest: true})
	if err != nil {
		return nil, fmt.Errorf("look for what was settled: %w", err)
	}
	var out []Reviewed
	told := map[Entered]int{}
	for _, row := range rows {
		note := review.SettledOf(row)
		e, known := h.named(cat, note)
		if !known {
			continue
		}
		i, before := told[e]
		if !before {
			told[e] = len(out)
			out = append(out, Reviewed{e, note.AtMS})
			continue
		}
		out[i].AtMS = max(out[i].AtMS, note.AtMS)
	}
	return out, nil
}

// named finds the kind of the record that a note is about: the note does not say it, and the mark tells.
func (h Held) named(cat *record.Catalogue, note review.Settled) (Entered, bool) {
	for _, kind := range cat.Kinds() {
		if _, has := cat.Field(kind, note.Field); !has {
			continue
		}
		if e := (Entered{kind, note.Record, note.Field}); h.Entered(e) {
			return e, true
		}
	}
	return Entered{}, false
}

// Became is what became of a field that was reviewed.
type Became int

// What a reviewed field may have become.
const (
	Open  Became = iota // nothing is decided, or it was disputed again
	Kept                // the holder's value counts
	Other               // another value counts
)

// BecameOf tells it from the record as it stands and its past. The holder's value is the first that was declared by
// residents themselves: they create records and edit none.
func BecameOf(row record.Row, past []record.Past, f record.Field) Became {
	state := row.Fields[f]
	if state.Waiting() != 0 {
		return Open
	}
	var first *record.Head
	declared := func(h record.Head) {
		if h.Source == record.SelfDeclared && (first == nil || h.Version < first.Version) {
			first = &h
		}
	}
	declared(withValue(state.Winner, state.Value))
	for _, h := range state.Aside {
		declared(h)
	}
	for _, p := range past {
		if p.Field == f {
			declared(p.Head)
		}
	}
	if first != nil && first.Value.Equal(state.Value) {
		return Kept
	}
	return Other
}

func withValue(h record.Head, v record.Value) record.Head { h.Value = v; return h }
