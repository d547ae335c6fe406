// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/finder"
	"yuexin/shared/sync/wire"
)

// table is the index in memory. Rows stay encoded (about 1 KB each for thirty
// fields; decoded they would take ten times that) and are decoded when shown;
// what lists and search compare is kept beside them.
type table struct {
	rows  map[ident.Record]*entry
	kinds map[record.Kind]*order

	// waiting are the records, by kind, in which something waits for a person.
	waiting map[record.Kind]map[ident.Record]struct{}

	// search finds records by what people remember of them, by kind.
	search map[record.Kind]*finder.Index
}

// entry is one record: what the server sent and what this device did since.
type entry struct {
	header  record.Header
	plain   []byte // as wire.AppendRow made it; nil while only pending
	changes []*change

	// of what is visible
	deleted bool
	keys    []finder.Key
	waits   []finder.Wait
}

// order is the ids of one kind; sorted when first needed.
type order struct {
	ids    []ident.Record
	sorted bool
}

func newTable() table {
	return table{
		rows: map[ident.Record]*entry{}, kinds: map[record.Kind]*order{},
		waiting: map[record.Kind]map[ident.Record]struct{}{}, search: map[record.Kind]*finder.Index{},
	}
}

// put adds an entry or replaces the one under its id.
func (t *table) put(e *entry) {
	if t.rows[e.header.ID] == nil {
		o := t.kinds[e.header.Kind]
		if o == nil {
			o = &order{sorted: true}
			t.kinds[e.header.Kind] = o
		}
		if n := len(o.ids); n > 0 && o.ids[n-1].Compare(e.header.ID) > 0 {
			o.sorted = false
		}
		o.ids = append(o.ids, e.header.ID)
	}
	t.rows[e.header.ID] = e
	t.note(e)
}

// note keeps waiting and search in step with what an entry says.
func (t *table) note(e *entry) {
	x := t.search[e.header.Kind]
	if x == nil {
		x = &finder.Index{}
		t.search[e.header.Kind] = x
	}
	x.Put(e.header.ID, e.keys)
	set := t.waiting[e.header.Kind]
	switch {
	case len(e.waits) == 0:
		delete(set, e.header.ID)
	case set == nil:
		t.waiting[e.header.Kind] = map[ident.Record]struct{}{e.header.ID: {}}
	default:
		set[e.header.ID] = struct{}{}
	}
}

// waits returns the ids of a kind in which something waits, in order.
func (t *table) waits(kind record.Kind) []ident.Record {
	return slices.SortedFunc(maps.Keys(t.waiting[kind]), ident.Record.Compare)
}

// drop removes the entries that gone holds for.
func (t *table) drop(gone func(*entry) bool) (ids []ident.Record) {
	for id, e := range t.rows {
		if gone(e) {
			delete(t.rows, id)
			delete(t.waiting[e.header.Kind], id)
			t.search[e.header.Kind].Drop(id)
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	for _, o := range t.kinds {
		o.ids = slices.DeleteFunc(o.ids, func(id ident.Record) bool { return t.rows[id] == nil })
	}
	return ids
}

// unsorted reports whether the ids of a kind have to be sorted before they are
// read.
func (t *table) unsorted(kind record.Kind) bool {
	o := t.kinds[kind]
	return o != nil && !o.sorted
}

func (t *table) sort(kind record.Kind) {
	if o := t.kinds[kind]; o != nil && !o.sorted {
		slices.SortFunc(o.ids, ident.Record.Compare)
		o.sorted = true
	}
}

func (t *table) ids(kind record.Kind) []ident.Record {
	if o := t.kinds[kind]; o != nil {
		return o.ids
	}
	return nil
}

// narrow leaves of every row what a kiosk's key file opens.
func (t *table) narrow(r *Replica) {
	for id, e := range t.rows {
		d, err := decode(e.plain)
		if err != nil || e.plain == nil {
			continue
		}
		n := len(d.Fields)
		d.Fields = slices.DeleteFunc(d.Fields, func(f wire.FieldDelta) bool { return !r.open1(d.Header, f.Field) })
		if len(d.Fields) == n {
			continue
		}
		if s := r.scopes[e.header.Scope]; s != nil {
			s.blind = true
		}
		next := *e
		next.plain = wire.AppendRow(nil, d)
		r.refresh(&next)
		t.rows[id] = &next
	}
}

// decode returns the row that plain encodes, an empty one for nil.
func decode(plain []byte) (*wire.RowDelta, error) {
	if plain == nil {
		return &wire.RowDelta{}, nil
	}
	d, err := wire.ParseRow(plain)
	if err != nil {
		return nil, damaged("row", err)
	}
	return d, nil
}

// refresh computes what lists and search compare from what is visible.
func (r *Replica) refresh(e *entry) {
	d, err := decode(e.plain)
	if err != nil {
		return // rows in memory were decoded once already
	}
	r.refreshFrom(e, d)
	r.table.note(e)
}

// refreshFrom is refresh for a caller who has decoded e.plain already.
func (r *Replica) refreshFrom(e *entry, d *wire.RowDelta) {
	var row record.Row
	if len(e.changes) > 0 {
		row = r.compose(e, d, nil)
	} else {
		row = r.extract(d)
	}
	e.deleted = row.Deleted()
	e.keys, e.waits = finder.Keys(r.catalogue(), row), finder.Waits(r.catalogue(), row)
}

// extract returns of a row only the fields that lists and search compare: a tenth of
// the work of composing it whole, which tells with thousands of rows.
func (r *Replica) extract(d *wire.RowDelta) record.Row {
	row := record.Row{Header: d.Header, Fields: map[record.Field]record.FieldState{}}
	for i := range d.Fields {
		f := d.Fields[i].Field
		def, _ := r.catalogue().Field(d.Header.Kind, f)
		if finder.Compared(def) || f == record.Deleted || d.Fields[i].State.Waiting() != 0 {
			row.Fields[f] = d.Fields[i].State
		}
	}
	return row
}
