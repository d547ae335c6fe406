// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/finder"
	"yuexin/shared/sync/record/rules"
)

// Session is the login a replica is read and written as.
type Session struct {
	Actor ident.Actor
	Login ident.Login
	Role  record.Role
}

// As returns the replica as one login sees it. It implements record.Watcher.
func (r *Replica) As(s Session) record.Store {
	return &store{Replica: r, session: s, view: r.access().View(s.Role)}
}

type store struct {
	*Replica
	session Session
	view    record.View
	beside  *User // whose key signs; nil for whoever unlocked the device
}

var (
	_ record.Store   = (*store)(nil)
	_ record.Watcher = (*store)(nil)
)

// Watch implements record.Watcher for every login of the device: ids tell nothing.
func (r *Replica) Watch(ctx context.Context) <-chan ident.Record { return r.watch.Add(ctx) }

func (s *store) Get(ctx context.Context, id ident.Record) (record.Row, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.keys == nil {
		return record.Row{}, locked()
	}
	row, ok, err := s.lookLocked(id)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err == nil {
		err = ctx.Err()
	}
	return row, err
}

// lookLocked returns what the login sees of a record; false if nothing.
func (s *store) lookLocked(id ident.Record) (record.Row, bool, error) {
	e := s.table.rows[id]
	if e == nil {
		return record.Row{}, false, nil
	}
	row, err := s.visible(e, nil)
	if err != nil {
		return record.Row{}, false, err
	}
	row, ok := rules.Visible(s.catalogue(), s.view, row)
	return row, ok, nil
}

func (s *store) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	s.sortKind(q.Kind)
	s.mu.RLock()
	defer s.mu.RUnlock()
	find, err := finder.New(s.catalogue(), s.view, q) // by the rules that the index is in order by
	if err != nil {
		return nil, err
	}
	if s.keys == nil {
		return nil, locked()
	}
	ids := s.table.ids(q.Kind)
	switch {
	case q.Waiting != 0:
		ids = s.table.waits(q.Kind)
	case q.Search != "":
		if ids = s.table.search[q.Kind].Find(q.Search); !q.Best {
			slices.SortFunc(ids, ident.Record.Compare)
		}
	}
	var out []record.Row
	for _, id := range find.Pick(ids, s.compared) {
		row, ok, err := s.lookLocked(id)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, row)
		}
	}
	return out, ctx.Err()
}

// compared is a finder.Look; the caller holds mu.
func (s *store) compared(id ident.Record) (h record.Header, deleted bool, keys []finder.Key, waits []finder.Wait, ok bool) {
	e := s.table.rows[id]
	if e == nil {
		return record.Header{}, false, nil, nil, false
	}
	return e.header, e.deleted, e.keys, e.waits, true
}

// sortKind puts the ids of a kind in order if they are not.
func (r *Replica) sortKind(kind record.Kind) {
	r.mu.RLock()
	unsorted := r.table.unsorted(kind)
	r.mu.RUnlock()
	if unsorted {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.table.sort(kind)
	}
}

func (s *store) Base(ctx context.Context, scope ident.Scope) (record.Base, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.keys == nil {
		return record.Base{}, locked()
	}
	var b record.Base
	if sc := s.scopes[scope]; sc != nil {
		b.Version = sc.held
	}
	if l := s.lanes[scope]; l != nil {
		b.Number = l.next - 1
	}
	return b, ctx.Err()
}

// History returns, newest first, what this device's waiting changes replaced, and
// what it once sent that does not stand any more.
func (s *store) History(ctx context.Context, id ident.Record) ([]record.Past, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.keys == nil {
		return nil, locked()
	}
	row, ok, err := s.lookLocked(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound, "record.missing")
	}
	var past []record.Past
	e := s.table.rows[id]
	if _, err := s.visible(e, func(f record.Field, h record.Head, by record.Version) {
		past = append(past, record.Past{Field: f, Head: h, ReplacedBy: by})
	}); err != nil {
		return nil, err
	}
	slices.Reverse(past)
	sent, err := s.settled(ctx, row)
	if err != nil {
		return nil, err
	}
	for _, p := range sent {
		known := func(q record.Past) bool { return q.Field == p.Field && q.Version == p.Version }
		if !slices.ContainsFunc(past, known) {
			past = append(past, p)
		}
	}
	return slices.DeleteFunc(past, func(p record.Past) bool {
		def, _ := s.catalogue().Field(row.Header.Kind, p.Field)
		return !s.view.Holds(row.Header.Kind, def.Class)
	}), ctx.Err()
}

// settled returns the values of a record that this device once sent, that were
// accepted, and that do not stand any more.
func (s *store) settled(ctx context.Context, row record.Row) ([]record.Past, error) {
	sent, _, err := s.kept(ctx, row.Header.Scope, applied)
	if err != nil {
		return nil, err
	}
	var past []record.Past
	for _, c := range slices.Backward(sent) {
		a := c.author(s.access())
		for _, w := range c.set.Writes {
			if w.Header.ID != row.Header.ID {
				continue
			}
			for _, f := range w.FieldNames() {
				if stands(row.Fields[f], a.Version) {
					continue
				}
				past = append(past, record.Past{Field: f, Head: record.Head{
					Value: w.Fields[f], Version: a.Version, Lane: a.Lane, Number: a.Number,
					Stamp: a.Stamp, Source: a.Source, Actor: a.Actor,
				}})
			}
		}
	}
	return past, nil
}

// stands reports whether what was written as version v is still seen.
func stands(s record.FieldState, v record.Version) bool {
	return s.Winner.Version == v || slices.ContainsFunc(s.Aside, func(h record.Head) bool { return h.Version == v })
}
