// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"context"
	"slices"
	"sync"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/finder"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/record/watch"
)

// Options is what a Store is made of. All are needed.
type Options struct {
	Catalogue *record.Catalogue
	Access    *record.Access
	Clock     func() hlc.Reading
	Lane      ident.Incarnation // whose change sets the acts become
}

// Session is the login a Store is opened for.
type Session struct {
	Actor ident.Actor
	Role  record.Role
}

// Store keeps all records of all scopes. It is safe for concurrent use.
type Store struct {
	o Options

	watch watch.Hub

	mu    sync.RWMutex // guards all fields below
	rows  map[ident.Record]*row
	ids   []ident.Record // in order
	heads map[ident.Scope]record.Version
	stamp hlc.Stamp
}

// row is one record: what is visible, the heads behind it, and what was.
type row struct {
	record.Row
	heads rules.Heads
	past  []record.Past
	keys  []finder.Key
	waits []finder.Wait
}

// New returns an empty Store.
func New(o Options) *Store {
	return &Store{
		o:    o,
		rows: map[ident.Record]*row{}, heads: map[ident.Scope]record.Version{},
	}
}

// Show puts a row on stage as it is, disputes, proposals and pending marks
// included, replacing what was there under its id.
func (s *Store) Show(r record.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := &row{Row: record.Row{Header: r.Header, Fields: map[record.Field]record.FieldState{}}, heads: rules.Heads{}}
	for f, state := range r.Fields {
		def, _ := s.o.Catalogue.Field(r.Header.Kind, f)
		kept.Fields[f] = state
		kept.heads[f] = rules.HeadsOf(def.Merge, state)
		s.heads[r.Header.Scope] = max(s.heads[r.Header.Scope], state.Version, state.Winner.Version)
	}
	s.putLocked(kept)
	s.watch.Tell(r.Header.ID)
}

func (s *Store) putLocked(r *row) {
	r.Version = 0
	for _, state := range r.Fields {
		r.Version = max(r.Version, state.Version)
	}
	r.keys, r.waits = finder.Keys(s.o.Catalogue, r.Row), finder.Waits(s.o.Catalogue, r.Row)
	id := r.Header.ID
	if s.rows[id] == nil {
		i, _ := slices.BinarySearchFunc(s.ids, id, ident.Record.Compare)
		s.ids = slices.Insert(s.ids, i, id)
	}
	s.rows[id] = r
}

// As returns the store as one login sees it. It implements record.Watcher.
func (s *Store) As(session Session) record.Store {
	return &view{Store: s, session: session, view: s.o.Access.View(session.Role)}
}

type view struct {
	*Store
	session Session
	view    record.View
}

var (
	_ record.Store   = (*view)(nil)
	_ record.Watcher = (*view)(nil)
)

// Watch implements record.Watcher.
func (s *Store) Watch(ctx context.Context) <-chan ident.Record { return s.watch.Add(ctx) }

func (v *view) Get(ctx context.Context, id ident.Record) (record.Row, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if r, ok := v.lookLocked(id); ok {
		return r, ctx.Err()
	}
	return record.Row{}, fault.New(fault.NotFound, "record.missing")
}

func (v *view) lookLocked(id ident.Record) (record.Row, bool) {
	r := v.rows[id]
	if r == nil {
		return record.Row{}, false
	}
	return rules.Visible(v.o.Catalogue, v.view, r.Row)
}

func (v *view) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	find, err := finder.New(v.o.Catalogue, v.view, q)
	if err != nil {
		return nil, err
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	var out []record.Row
	for _, id := range find.Pick(v.ids, v.compared) {
		if cut, ok := rules.Visible(v.o.Catalogue, v.view, v.rows[id].Row); ok {
			out = append(out, cut)
		}
	}
	return out, ctx.Err()
}

// compared is a finder.Look; the caller holds mu.
func (s *Store) compared(id ident.Record) (h record.Header, deleted bool, keys []finder.Key, waits []finder.Wait, ok bool) {
	r := s.rows[id]
	return r.Header, r.Deleted(), r.keys, r.waits, true
}

func (v *view) Base(ctx context.Context, scope ident.Scope) (record.Base, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	head := v.heads[scope]
	return record.Base{Version: head, Number: head.Seq()}, ctx.Err()
}

func (v *view) History(ctx context.Context, id ident.Record) ([]record.Past, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if _, ok := v.lookLocked(id); !ok {
		return nil, fault.New(fault.NotFound, "record.missing")
	}
	r := v.rows[id]
	var out []record.Past
	for _, p := range slices.Backward(r.past) {
		def, _ := v.o.Catalogue.Field(r.Header.Kind, p.Field)
		if v.view.Holds(r.Header.Kind, def.Class) {
			out = append(out, p)
		}
	}
	return out, ctx.Err()
}

func (v *view) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if act.Source == 0 {
		act.Source = v.o.Access.Source(v.session.Role)
	}
	judge := rules.Judge{Catalogue: v.o.Catalogue, Access: v.o.Access, Role: v.session.Role, Look: v.lookLocked}
	if err := judge.Check(act); err != nil {
		return record.Receipt{}, err
	}
	if err := ctx.Err(); err != nil {
		return record.Receipt{}, err
	}
	act = rules.MarkDisputes(act, v.lookLocked, nil)

	version := max(v.heads[act.Scope], record.At(1, 0)).Next()
	v.stamp = hlc.After(hlc.New(v.o.Clock().WallMS, 0), v.stamp)
	author := rules.Author{
		Lane: v.o.Lane, Number: version.Seq(), Version: version, Stamp: v.stamp,
		Source: act.Source, Actor: v.session.Actor, Base: act.Base, View: v.view,
	}
	receipt := record.Receipt{
		Link:    record.Link{Lane: record.Lane{Incarnation: v.o.Lane, Scope: act.Scope}, Number: version.Seq()},
		Outcome: record.Accepted, Version: version,
	}
	for _, w := range act.Writes {
		if w.Op != record.Discard {
			v.foldLocked(author, w, &receipt)
		}
	}
	v.heads[act.Scope] = version
	return receipt, nil
}

func (s *Store) foldLocked(a rules.Author, w record.Write, receipt *record.Receipt) {
	r := s.rows[w.Header.ID]
	if r == nil {
		r = &row{Row: record.Row{Header: w.Header}, heads: rules.Heads{}}
	}
	next := &row{
		Row:   record.Row{Header: r.Header, Fields: map[record.Field]record.FieldState{}},
		heads: rules.Heads{}, past: r.past,
	}
	for f, h := range r.heads {
		next.heads[f] = h
	}
	a.Fold(s.o.Catalogue, next.heads, w, func(f record.Field, removed []record.Head) {
		for _, h := range removed {
			next.past = append(next.past, record.Past{Field: f, Head: h, ReplacedBy: a.Version})
		}
	})
	for f, heads := range next.heads {
		def, _ := s.o.Catalogue.Field(r.Header.Kind, f)
		next.Fields[f] = visible(def.Merge, heads, r.Fields[f], a.Version)
		if !slices.ContainsFunc(heads, func(h record.Head) bool { return h.Version == a.Version }) {
			continue
		}
		if o := policy.Outcome(def.Merge, heads, a.Lane, a.Number); o > record.Accepted {
			receipt.Outcome = receipt.Outcome.Worse(o)
			receipt.Fields = append(receipt.Fields, record.FieldOutcome{Record: r.Header, Field: f, Outcome: o})
		}
	}
	s.putLocked(next)
	s.watch.Tell(w.Header.ID)
}

// visible resolves heads; a write that alters nothing readers see leaves the
// field's version alone.
func visible(merge record.Merge, heads []record.Head, was record.FieldState, v record.Version) record.FieldState {
	now := policy.Resolve(merge, heads)
	now.Version = v
	same := was.Version != 0 && now.Value.Equal(was.Value) && now.Disputed == was.Disputed &&
		now.Winner.Version == was.Winner.Version && len(now.Aside) == len(was.Aside)
	if same {
		now.Version = was.Version
	}
	return now
}
