// SPDX-License-Identifier: Apache-2.0

package finder

import (
	"iter"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Key is one field of a record as a query compares it.
type Key struct {
	Field record.Field
	Class record.Class
	Value record.Value // of an indexed field
	Text  string       // of a searched field, folded; "" for none
	Tail  string       // a number that its end finds, folded; "" for none
}

// Compared reports whether queries compare a field: one that the catalogue calls
// indexed or searched, or a number by which people are known.
func Compared(def record.FieldDef) bool { return def.Indexed || def.Search || numbered(def) }

// numbered reports whether the end of a field's text finds its record.
func numbered(def record.FieldDef) bool {
	switch def.Format {
	case record.FormatMobile, record.FormatResidentID, record.FormatUSCC:
		return true
	}
	return false
}

// Keys returns what queries compare of a row, for keeping beside it.
func Keys(cat *record.Catalogue, row record.Row) []Key {
	kind, ok := cat.Kind(row.Header.Kind)
	if !ok {
		return nil
	}
	var keys []Key
	for i := range kind.Fields {
		def := &kind.Fields[i]
		if !Compared(*def) {
			continue
		}
		s, set := row.Fields[def.Name]
		if !set || s.Value.IsNone() {
			continue
		}
		k := Key{Field: def.Name, Class: def.Class}
		if def.Indexed {
			k.Value = s.Value
		}
		if def.Search {
			k.Text = Fold(s.Value.Text())
		}
		if numbered(*def) {
			k.Tail = Fold(s.Value.Text())
		}
		keys = append(keys, k)
	}
	return keys
}

// Wait is a field of a record in which something waits for a person.
type Wait struct {
	What  record.Waiting
	Class record.Class
}

// Waits returns what waits in a row, for keeping beside it.
func Waits(cat *record.Catalogue, row record.Row) []Wait {
	var waits []Wait
	for f, s := range row.Fields {
		w := Wait{What: s.Waiting()}
		if w.What == 0 {
			continue
		}
		def, _ := cat.Field(row.Header.Kind, f)
		if w.Class = def.Class; !slices.Contains(waits, w) {
			waits = append(waits, w)
		}
	}
	return waits
}

// Finder is a query made ready.
type Finder struct {
	query  record.Query
	view   record.View
	search string
	holds  [record.C3 + 1]bool // whether the view holds a class of the kind: asked for every record
}

// New makes q ready for the eyes of view. It fails with fault.Unsupported for an
// unknown kind and for a condition on a field that is not indexed, and with
// fault.NotAllowed for one the view does not hold.
func New(cat *record.Catalogue, view record.View, q record.Query) (*Finder, error) {
	if _, ok := cat.Kind(q.Kind); !ok {
		return nil, fault.New(fault.Unsupported, "record.kind").With("kind", string(q.Kind))
	}
	for _, t := range q.Where {
		def, _ := cat.Field(q.Kind, t.Field)
		if !def.Indexed {
			return nil, fault.New(fault.Unsupported, "record.query").WithField(string(t.Field))
		}
		if !view.Holds(q.Kind, def.Class) {
			return nil, fault.New(fault.NotAllowed, "record.access").WithField(string(t.Field)).
				With("kind", string(q.Kind)).With("action", string(record.CanRead))
		}
	}
	f := &Finder{query: q, view: view, search: Fold(q.Search)}
	for class := range f.holds {
		f.holds[class] = view.Holds(q.Kind, record.Class(class))
	}
	return f, nil
}

// Limit returns how many rows the query wants at most.
func (f *Finder) Limit() int {
	if f.query.Limit > 0 {
		return f.query.Limit
	}
	return 100
}

// Match reports whether a record with this header, these keys and what waits in it
// answers the query, its order and limit apart.
func (f *Finder) Match(h record.Header, deleted bool, keys []Key, waits []Wait) bool {
	return f.admits(h, deleted, keys, waits) && (f.search == "" || f.closeness(keys) > 0)
}

// admits is Match without the search.
func (f *Finder) admits(h record.Header, deleted bool, keys []Key, waits []Wait) bool {
	q := &f.query
	switch {
	case q.Waiting != 0 && !slices.ContainsFunc(waits, func(w Wait) bool { return w.What == q.Waiting && f.view.Holds(q.Kind, w.Class) }), h.Kind != q.Kind,
		q.Scope != "" && h.Scope != q.Scope,
		!q.Subject.IsZero() && h.Subject != q.Subject,
		deleted && !q.Deleted:
		return false
	}
	for _, t := range q.Where {
		if !equals(keys, t) {
			return false
		}
	}
	return true
}

func equals(keys []Key, t record.Term) bool {
	for i := range keys {
		if keys[i].Field == t.Field {
			return keys[i].Value.Equal(t.Value)
		}
	}
	return t.Value.IsNone()
}

// closeness returns how well the search fits a record, by what the view holds.
func (f *Finder) closeness(keys []Key) (best Closeness) {
	for i := range keys {
		k := &keys[i]
		if f.holds[k.Class] {
			best = max(best, k.fits(f.search))
		}
	}
	return best
}

// fits returns how well the folded search fits the key.
func (k *Key) fits(search string) (best Closeness) {
	if k.Text != "" {
		best = Fits(k.Text, search)
	}
	if k.Tail != "" {
		best = max(best, ends(k.Tail, search))
	}
	return best
}

// Finds reports whether a search finds a row by what it holds, whatever the view.
func Finds(cat *record.Catalogue, row record.Row, search string) bool {
	search = Fold(search)
	return search == "" || slices.ContainsFunc(Keys(cat, row), func(k Key) bool { return k.fits(search) > 0 })
}

// Look returns what Match asks of a record, and whether there is one.
type Look func(id ident.Record) (h record.Header, deleted bool, keys []Key, waits []Wait, ok bool)

// Pick returns the records among ids that answer the query, in the order it asks for and
// at most as many. The ids are sorted, but for a query that wants the best of a search
// first: then they may be those of Index.Find as they are.
func (f *Finder) Pick(ids []ident.Record, look Look) []ident.Record {
	if f.query.Best && f.search != "" {
		return f.best(ids, look)
	}
	q := f.query
	if q.Best {
		q.Newest, q.After = true, ident.Record{}
	}
	var out []ident.Record
	for _, id := range Page(ids, q) {
		if len(out) == f.Limit() {
			break
		}
		if h, deleted, keys, waits, ok := look(id); ok && f.Match(h, deleted, keys, waits) {
			out = append(out, id)
		}
	}
	return out
}

// hit is a record that a search fits.
type hit struct {
	id    ident.Record
	close Closeness
}

// better orders hits: the closest first, then the newest.
func better(a, b hit) int {
	if a.close != b.close {
		return int(b.close) - int(a.close)
	}
	return b.id.Compare(a.id)
}

// best keeps the best hits only: a surname fits a fifth of a county, and nobody reads
// on after the limit.
func (f *Finder) best(ids []ident.Record, look Look) []ident.Record {
	limit := f.Limit()
	var hits []hit
	var worst *hit // of those that are kept, once there are enough
	for _, id := range ids {
		h, deleted, keys, waits, ok := look(id)
		if !ok || !f.admits(h, deleted, keys, waits) {
			continue
		}
		one := hit{id, f.closeness(keys)}
		if one.close == 0 || worst != nil && better(*worst, one) < 0 {
			continue
		}
		if hits = append(hits, one); len(hits) >= 4*limit {
			slices.SortFunc(hits, better)
			hits = hits[:limit]
			last := hits[limit-1]
			worst = &last
		}
	}
	slices.SortFunc(hits, better)
	out := make([]ident.Record, 0, min(len(hits), limit))
	for _, h := range hits[:cap(out)] {
		out = append(out, h.id)
	}
	return out
}

// Page returns the part of ids, which are sorted, that a query continues with, in
// the order it asks for.
func Page(ids []ident.Record, q record.Query) iter.Seq2[int, ident.Record] {
	at, found := slices.BinarySearchFunc(ids, q.After, ident.Record.Compare)
	if q.Newest {
		if q.After.IsZero() {
			at = len(ids)
		}
		return slices.Backward(ids[:at])
	}
	if found {
		at++
	}
	return slices.All(ids[at:])
}
