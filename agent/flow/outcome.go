// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"slices"

	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

// Outcome is one sentence about a field where two people said different things: which value counts now and why, with who
// and when.
type Outcome struct {
	Field    record.Field
	Sentence string
	Open     bool // nobody has settled it yet
}

// Outcomes tells of every field of a record in which something else was said than what counts: disputes, what stands
// beside a better source, and what the reader wrote and others replaced. only limits it to some fields; nil for all.
func (d *Desk) Outcomes(ctx context.Context, row record.Row, only []record.Field) ([]Outcome, error) {
	past, err := d.Store.History(ctx, row.Header.ID)
	if err != nil {
		return nil, err
	}
	var out []Outcome
	for _, f := range row.FieldNames() {
		if f.Reserved() || only != nil && !slices.Contains(only, f) {
			continue
		}
		out = append(out, d.outcomes(ctx, row, f, past)...)
	}
	return out, nil
}

// OfReceipt tells what became of an act whose receipt names fields that do not simply stand.
func (d *Desk) OfReceipt(ctx context.Context, r record.Receipt) ([]Outcome, error) {
	var out []Outcome
	for _, f := range r.Fields {
		if f.Outcome < record.Superseded || f.Outcome > record.InReview {
			continue
		}
		row, err := d.Store.Get(ctx, f.Record.ID)
		if err != nil {
			return nil, err
		}
		told, err := d.Outcomes(ctx, row, []record.Field{f.Field})
		if err != nil {
			return nil, err
		}
		out = append(out, told...)
	}
	return out, nil
}

// outcomes tells of one field: a sentence for each value beside the one that is shown.
func (d *Desk) outcomes(ctx context.Context, row record.Row, f record.Field, past []record.Past) (out []Outcome) {
	s := row.Fields[f]
	for _, other := range s.Aside {
		switch {
		case !s.Disputed:
			out = append(out, Outcome{Field: f, Sentence: d.counts(ctx, row, f, s, other, "agent.outcome.beside")})
		case policy.Proposal(s.Heads(), other):
			out = append(out, Outcome{Field: f, Open: true, Sentence: d.T("agent.outcome.settling", "field", d.FieldName(row.Header.Kind, f),
				"other", d.said(row.Header.Kind, f, other.Value), "by", d.Who(ctx, other.Actor, other.Source), "at", d.moment(other))})
		default:
			out = append(out, Outcome{Field: f, Open: true, Sentence: d.disputed(ctx, row, f, s, other)})
		}
	}
	if len(out) > 0 {
		return out
	}
	if o, told := d.replaced(ctx, row, f, past); told {
		return []Outcome{o}
	}
	return nil
}

// replaced tells the reader that what they wrote gave way to somebody else's.
func (d *Desk) replaced(ctx context.Context, row record.Row, f record.Field, past []record.Past) (Outcome, bool) {
	s := row.Fields[f]
	for _, p := range past {
		if p.Field != f || p.Actor != d.Actor {
			continue
		}
		// Only the last thing the reader wrote matters, and only if it gave way to somebody else's.
		lost := p.Version != 0 && s.Winner.Actor != d.Actor && !p.Value.Equal(s.Value)
		if !lost {
			return Outcome{}, false
		}
		return Outcome{Field: f, Sentence: d.counts(ctx, row, f, s, p.Head, "agent.outcome.replaced")}, true
	}
	return Outcome{}, false
}

// counts says which value counts, why, and what became of the other.
func (d *Desk) counts(ctx context.Context, row record.Row, f record.Field, s record.FieldState, other record.Head, key string) string {
	kind := row.Header.Kind
	return d.T(key,
		"field", d.FieldName(kind, f),
		"value", d.said(kind, f, s.Value), "who", d.Who(ctx, s.Winner.Actor, s.Winner.Source), "when", d.moment(s.Winner),
		"why", d.why(kind, f, s.Winner, other),
		"other", d.said(kind, f, other.Value), "by", d.Who(ctx, other.Actor, other.Source), "at", d.moment(other))
}

func (d *Desk) disputed(ctx context.Context, row record.Row, f record.Field, s record.FieldState, other record.Head) string {
	kind := row.Header.Kind
	return d.T("agent.outcome.disputed",
		"field", d.FieldName(kind, f),
		"value", d.said(kind, f, s.Value), "who", d.Who(ctx, s.Winner.Actor, s.Winner.Source), "when", d.moment(s.Winner),
		"other", d.said(kind, f, other.Value), "by", d.Who(ctx, other.Actor, other.Source), "at", d.moment(other))
}

// disputants tells beside a field in dispute who said what, and when. The values are in full, as the field itself is.
func (d *Desk) disputants(ctx context.Context, row record.Row, f record.Field) []string {
	kind, s := row.Header.Kind, row.Fields[f]
	out := []string{d.T("agent.form.disputed.now",
		"value", d.inFull(kind, f, s.Value), "who", d.Who(ctx, s.Winner.Actor, s.Winner.Source), "when", d.moment(s.Winner))}
	for _, other := range s.Aside {
		key := "agent.form.disputed.other"
		if policy.Proposal(s.Heads(), other) {
			key = "agent.form.disputed.settling"
		}
		out = append(out, d.T(key, "other", d.inFull(kind, f, other.Value), "by", d.Who(ctx, other.Actor, other.Source), "at", d.moment(other)))
	}
	return append(out, d.T("agent.form.disputed.settle"))
}

// said prints a value for a sentence; nothing at all is said in words.
func (d *Desk) said(kind record.Kind, f record.Field, v record.Value) string {
	if text := d.Value(kind, f, v); text != "" {
		return text
	}
	return d.T("agent.outcome.nothing")
}

func (d *Desk) moment(h record.Head) string {
	if ms := h.Stamp.WallMS(); ms > 0 {
		return d.when(ms)
	}
	return d.T("agent.outcome.some_time")
}

// why says for what reason one value prevails over another, by the policy of the field.
func (d *Desk) why(kind record.Kind, f record.Field, winner, other record.Head) string {
	def, _ := d.Book.Catalogue.Field(kind, f)
	switch {
	case def.Merge == record.Authority && winner.Source > other.Source:
		return d.T("agent.why.source", "source", d.T("agent.source."+n(int(winner.Source))))
	case def.Merge == record.Larger:
		return d.T("agent.why.larger")
	case def.Merge == record.Smaller:
		return d.T("agent.why.smaller")
	case winner.Stamp > other.Stamp:
		return d.T("agent.why.later")
	}
	return d.T("agent.why.rule")
}
