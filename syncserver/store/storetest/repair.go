// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Buckets returns what the model holds of a scope by bucket.
func (m *Model) Buckets() *wire.BucketSums {
	sums := new(wire.BucketSums)
	for id, fields := range m.fields {
		if (record.Row{Fields: fields}).Deleted() {
			continue
		}
		row := wire.RowDelta{Header: record.Header{ID: id}}
		for name, s := range fields {
			row.Fields = append(row.Fields, wire.FieldDelta{Field: name, State: s})
		}
		sums.Add(id, wire.RowSum(&row))
	}
	return sums
}

// testRepair damages a copy in every way and has it mended.
func testRepair(t *testing.T, open Open) {
	s := NewSetup(t)
	st := must(t, open, s)
	d := Enrol(t, st, "officer", "officer", Dasha, Luoyu)
	other := d.Header(t, "household", Luoyu)
	d.Put(t, st, record.Accepted, d.Own(Luoyu), Create(other, Fields{"mu": Int(1)}))
	var all []record.Header
	for i := range 40 {
		h := d.Header(t, "household", Dasha)
		all = append(all, h)
		d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"mu": Int(int64(i)), "holder": Text("示例"), "faith": Text("x")}))
	}
	d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Delete(all[0]))
	for _, role := range []record.Role{"officer", "cadre", "analyst"} {
		m := &Model{View: s.Access.View(role)}
		m.Pull(t, st, Dasha, 10, nil)
		if got, err := st.Repair(t.Context(), Dasha, m.View, m.Buckets()); err != nil || len(got.Buckets)+len(got.List) != 0 {
			t.Errorf("%s: a whole copy differs in %d buckets, %v", role, len(got.Buckets), err)
		}
		damage(m, all)
		d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[4], Fields{"mu": Int(1000)})) // the head moves on
		list, err := st.Repair(t.Context(), Dasha, m.View, m.Buckets())
		if err != nil || len(list.Buckets) == 0 || len(list.Buckets) > 5 {
			t.Fatalf("%s: got %d buckets, %v, want those of five records", role, len(list.Buckets), err)
		}
		if _, listed := list.Find(all[0].ID); listed {
			t.Errorf("%s: a deleted record is listed", role)
		}
		wanted := m.wanted(list)
		if len(wanted) != 3 {
			t.Errorf("%s: %d records are wanted, want those lost, altered and edited", role, len(wanted))
		}
		rows, err := st.Whole(t.Context(), Dasha, m.View, append(wanted, other.ID, ident.Record{1}))
		if err != nil || len(rows) != len(wanted) {
			t.Fatalf("%s: got %d records, %v, want those of the scope that are wanted", role, len(rows), err)
		}
		m.mend(list, rows)
		d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[5], Fields{"mu": Int(2000)})) // and again
		m.Cursor = list.Version
		m.Pull(t, st, Dasha, 10, nil)
	}
	if got, err := st.Repair(t.Context(), "unit:nowhere", record.Everything, new(wire.BucketSums)); err != nil || len(got.Buckets) != 0 {
		t.Errorf("a scope not met: got %+v, %v", got, err)
	}
	hidden := d.Header(t, "household", Luoyu)
	d.Put(t, st, record.Accepted, d.Own(Luoyu), Create(hidden, Fields{"holder": Text("示例")}))
	got, err := st.Repair(t.Context(), Luoyu, s.Access.View("analyst"), full())
	if _, listed := got.Find(hidden.ID); err != nil || listed || len(got.List) == 0 {
		t.Errorf("an analyst gets a list of %d, %v, a record of sealed fields among them: %v", len(got.List), err, listed)
	}
	if rows, err := st.Whole(t.Context(), Luoyu, s.Access.View("analyst"), []ident.Record{hidden.ID}); err != nil || len(rows) != 0 {
		t.Errorf("an analyst gets %+v, %v of a record of sealed fields", rows, err)
	}
}

// full returns sums that differ from everything.
func full() *wire.BucketSums {
	sums := new(wire.BucketSums)
	for b := range sums {
		sums[b] = wire.Sum{1}
	}
	return sums
}

// damage loses a record, makes one up, alters a value, and revives a deleted one.
func damage(m *Model, all []record.Header) {
	delete(m.fields, all[1].ID)
	made := all[2].ID
	made[15] ^= 1
	m.fields[made] = map[record.Field]record.FieldState{"mu": {Value: Int(7), Version: record.At(1, 7)}}
	m.fields[all[3].ID]["mu"] = record.FieldState{Value: Int(-1), Version: record.At(1, 7)}
	delete(m.fields[all[0].ID], record.Deleted)
}

// wanted returns the records of a list that the model does not hold as it says.
func (m *Model) wanted(list *wire.Repair) (ids []ident.Record) {
	for _, one := range list.List {
		row := wire.RowDelta{Header: record.Header{ID: one.ID}}
		for name, s := range m.fields[one.ID] {
			row.Fields = append(row.Fields, wire.FieldDelta{Field: name, State: s})
		}
		if wire.RowSum(&row).Mark() != one.Mark {
			ids = append(ids, one.ID)
		}
	}
	return ids
}

// mend takes rows in place of what is held, and drops what is not in the list.
func (m *Model) mend(list *wire.Repair, rows []wire.RowDelta) {
	in := wire.InBuckets(list.Buckets)
	for id := range m.fields {
		if _, listed := list.Find(id); in(id) && !listed {
			delete(m.fields, id)
		}
	}
	m.take(rows)
}

// take holds rows in place of what is held of their records.
func (m *Model) take(rows []wire.RowDelta) {
	for _, row := range rows {
		fields := map[record.Field]record.FieldState{}
		for _, f := range row.Fields {
			fields[f.Field] = f.State
		}
		m.fields[row.Header.ID] = fields
	}
}
