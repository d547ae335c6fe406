// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Watcher is what a watched store notes with.
type Watcher struct {
	Catalogue *record.Catalogue
	Policy    *Policy

	// Note makes entries durable that lack who, where and when. What was read is
	// given to the reader only after it has returned nil.
	Note func(ctx context.Context, entries []Entry) error
}

// Watch returns st with every read of fields of class C2 or C3 noted: in the page of
// the context if there is one, otherwise at once. The scope ref, which every device
// holds and which is about nobody, is not noted. If an entry cannot be made durable,
// the read fails with that error.
func (w Watcher) Watch(st record.Store) record.Store {
	watched := &store{Store: st, w: w}
	if live, ok := st.(record.Watcher); ok {
		return &liveStore{watched, live}
	}
	return watched
}

// Shown notes that somebody is shown fields of a record that do not come out of a
// watched store: a file that a field names, a change set that was kept aside. It is
// to be called before they are shown. Fields of class C1 are not noted.
func (w Watcher) Shown(ctx context.Context, deed Deed, h record.Header, fields []record.Field) error {
	if h.Scope == ident.Ref {
		return nil
	}
	guarded := slices.DeleteFunc(slices.Clone(fields), func(f record.Field) bool { return !w.guarded(h.Kind, f) })
	if len(guarded) == 0 {
		return nil
	}
	return w.note(ctx, deed, []Touch{touchOf(h, union(guarded, nil), nil)})
}

type store struct {
	record.Store
	w Watcher
}

// liveStore is a store that also tells what changed.
type liveStore struct {
	*store
	record.Watcher
}

var _ record.Watcher = (*liveStore)(nil)

func (s *store) Get(ctx context.Context, id ident.Record) (record.Row, error) {
	row, err := s.Store.Get(ctx, id)
	if err != nil {
		return row, err
	}
	if err := s.w.note(ctx, Read, s.touches([]record.Row{row}, nil)); err != nil {
		return record.Row{}, err
	}
	return row, nil
}

func (s *store) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	rows, err := s.Store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	deed, by := s.search(q)
	touched := s.touches(rows, by)
	if deed == LookUp && len(touched) == 0 { // nobody was found, which is an answer too
		touched = []Touch{{Kind: q.Kind, Scope: q.Scope, By: by}}
	}
	if err := s.w.note(ctx, deed, touched); err != nil {
		return nil, err
	}
	return rows, nil
}

func (s *store) History(ctx context.Context, id ident.Record) ([]record.Past, error) {
	past, err := s.Store.History(ctx, id)
	if err != nil || len(past) == 0 {
		return past, err
	}
	row, err := s.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	var fields []record.Field
	for _, p := range past {
		if s.w.guarded(row.Header.Kind, p.Field) {
			fields = union(fields, []record.Field{p.Field})
		}
	}
	if len(fields) > 0 && row.Header.Scope != ident.Ref {
		if err := s.w.note(ctx, Read, []Touch{touchOf(row.Header, fields, nil)}); err != nil {
			return nil, err
		}
	}
	return past, nil
}

// search says whether a query looks somebody up, and by what.
func (s *store) search(q record.Query) (Deed, []record.Field) {
	var by []record.Field
	for _, term := range q.Where {
		if s.w.guarded(q.Kind, term.Field) {
			by = append(by, term.Field)
		}
	}
	if q.Search != "" {
		by = append(by, FreeText)
	}
	if len(by) > 0 {
		return LookUp, by
	}
	return List, nil
}

func (w Watcher) guarded(kind record.Kind, f record.Field) bool {
	if f.Reserved() {
		return false
	}
	def, _ := w.Catalogue.Field(kind, f)
	return def.Class != record.C1
}

// touches returns what the rows show of class C2 or C3.
func (s *store) touches(rows []record.Row, by []record.Field) []Touch {
	var out []Touch
	for _, row := range rows {
		if row.Header.Scope == ident.Ref {
			continue
		}
		var fields []record.Field
		for _, f := range row.FieldNames() {
			if s.w.guarded(row.Header.Kind, f) && (!row.Fields[f].Value.IsNone() || len(row.Fields[f].Aside) > 0) {
				fields = append(fields, f)
			}
		}
		if len(fields) > 0 {
			out = append(out, touchOf(row.Header, fields, by))
		}
	}
	return out
}

func touchOf(h record.Header, fields, by []record.Field) Touch {
	return Touch{Kind: h.Kind, Scope: h.Scope, Subject: h.Subject, Record: h.ID, Fields: fields, By: by}
}

func (w Watcher) note(ctx context.Context, deed Deed, touched []Touch) error {
	if len(touched) == 0 {
		return nil
	}
	if p := pageOf(ctx); p != nil {
		p.add(&w, deed, touched)
		return nil
	}
	return w.Note(ctx, named(ctx, entriesOf(w.Policy, deed, touched)))
}
