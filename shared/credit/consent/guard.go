// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"context"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/finder"
)

// Guard stands between a reader and somebody's data: what the reader may not be shown is not in what the store returns,
// and whoever asked is told so.
type Guard struct {
	Policy    *Policy
	Catalogue *record.Catalogue
	Reader    func(ctx context.Context) Reader // who asks
	Look      Lister                           // reads consents and withdrawals; class C1 of them is enough
	Now       func() time.Time

	// Refused is told what is left out, before the rest is returned; an error of it is that of the read. List says that
	// it stood in a list, and was not asked for by itself.
	Refused func(ctx context.Context, list bool, refused []Refusal) error
}

// Over returns st with the guard before it. What is written is not its business.
func (g Guard) Over(st record.Store) record.Store {
	guarded := &guarded{Store: st, g: g}
	if live, ok := st.(record.Watcher); ok {
		return &liveGuarded{guarded, live}
	}
	return guarded
}

type guarded struct {
	record.Store
	g Guard
}

type liveGuarded struct {
	*guarded
	record.Watcher
}

// files is what is known about the people of one read.
type files map[ident.Subject]Given

// given reads what the subject of a record consented to; once for each of a read.
func (g Guard) given(ctx context.Context, seen files, h record.Header) (Given, error) {
	if given, known := seen[h.Subject]; known {
		return given, nil
	}
	given, err := Read(ctx, g.Look, h.Scope, h.Subject)
	if err == nil {
		seen[h.Subject] = given
	}
	return given, err
}

// guards says whether a field is one that needs a permission at all.
func (g Guard) guards(kind record.Kind, f record.Field) bool {
	if f.Reserved() {
		return false
	}
	def, _ := g.Catalogue.Field(kind, f)
	return def.Class != record.C1
}

// refuse returns what of a record is not shown.
func (g Guard) refuse(ctx context.Context, seen files, h record.Header, names []record.Field) ([]Refusal, error) {
	fields := slices.DeleteFunc(slices.Clone(names), func(f record.Field) bool { return !g.guards(h.Kind, f) })
	if h.Scope == ident.Ref || len(fields) == 0 || slices.Contains(g.Policy.free, h.Kind) {
		return nil, nil
	}
	given, err := g.given(ctx, seen, h)
	if err != nil {
		return nil, err
	}
	return g.Policy.Refuse(g.Reader(ctx), h, fields, given, g.Now()), nil
}

// mask returns a record without what is not shown.
func mask(row record.Row, refused []Refusal) record.Row {
	if len(refused) == 0 {
		return row
	}
	fields := make(map[record.Field]record.FieldState, len(row.Fields))
	for f, state := range row.Fields {
		if !hides(refused, f) {
			fields[f] = state
		}
	}
	row.Fields = fields
	return row
}

func hides(refused []Refusal, f record.Field) bool {
	return slices.ContainsFunc(refused, func(r Refusal) bool { return slices.Contains(r.Fields, f) })
}

func (g Guard) tell(ctx context.Context, list bool, refused []Refusal) error {
	if len(refused) == 0 || g.Refused == nil {
		return nil
	}
	return g.Refused(ctx, list, refused)
}

func (s *guarded) Get(ctx context.Context, id ident.Record) (record.Row, error) {
	row, err := s.Store.Get(ctx, id)
	if err != nil {
		return row, err
	}
	refused, err := s.g.refuse(ctx, files{}, row.Header, row.FieldNames())
	if err == nil {
		err = s.g.tell(ctx, false, refused)
	}
	if err != nil {
		return record.Row{}, err
	}
	return mask(row, refused), nil
}

// List leaves out records that only a hidden field found: who is asked for by a telephone number is not found by it.
func (s *guarded) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	seen, err := s.g.quiet(ctx, q)
	if seen == nil || err != nil {
		rows, listed := s.Store.List(ctx, q)
		if err == nil {
			err = listed
		}
		return rows, err
	}
	limit := q.Limit
	if limit == 0 {
		limit = 100 // as record.Query has it
	}
	var out []record.Row
	var told []Refusal
	for {
		rows, err := s.Store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			refused, err := s.g.refuse(ctx, seen, row.Header, row.FieldNames())
			if err != nil {
				return nil, err
			}
			told = append(told, refused...)
			if shown := mask(row, refused); len(refused) == 0 || s.g.found(q, shown, refused) {
				out = append(out, shown)
			}
		}
		if len(out) >= limit || len(rows) < limit || q.Best && q.Search != "" {
			break
		}
		q.After = rows[len(rows)-1].Header.ID
	}
	return out[:min(len(out), limit)], s.g.tell(ctx, true, told)
}

// quiet returns what a read begins to know with, and nil where nothing can be hidden: of a kind that needs no permission,
// and in a place where nobody withdrew anything from a reader whom only that binds.
func (g Guard) quiet(ctx context.Context, q record.Query) (files, error) {
	if slices.Contains(g.Policy.free, q.Kind) || q.Scope == ident.Ref {
		return nil, nil
	}
	if g.Reader(ctx).Need != NeedNoEnd {
		return files{}, nil
	}
	if _, ruled := g.Policy.kinds[q.Kind]; !ruled {
		return nil, nil
	}
	ends, err := g.Look.List(ctx, record.Query{Kind: KindEnd, Scope: q.Scope, Subject: q.Subject, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(ends) == 0 {
		return nil, nil
	}
	return files{}, nil
}

// found says whether a record is still an answer to a query by what is shown of it.
func (g Guard) found(q record.Query, shown record.Row, refused []Refusal) bool {
	if slices.ContainsFunc(q.Where, func(t record.Term) bool { return hides(refused, t.Field) }) {
		return false
	}
	return finder.Finds(g.Catalogue, shown, q.Search)
}

func (s *guarded) History(ctx context.Context, id ident.Record) ([]record.Past, error) {
	past, err := s.Store.History(ctx, id)
	if err != nil || len(past) == 0 {
		return past, err
	}
	row, err := s.Store.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	var names []record.Field
	for _, p := range past {
		if !slices.Contains(names, p.Field) {
			names = append(names, p.Field)
		}
	}
	refused, err := s.g.refuse(ctx, files{}, row.Header, names)
	if err == nil {
		err = s.g.tell(ctx, false, refused)
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(past, func(p record.Past) bool { return hides(refused, p.Field) }), nil
}
