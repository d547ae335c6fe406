// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"

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
		sums.Add(row)
	}
	return sums
}

// testRepair damages a copy in every way and has it mended.
func testRepair(t *testing.T, open Open) {
	s := NewSetup(t)
	st := must(t, open, s)
	d := Enrol(t, st, "officer", "officer", Dasha)
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
		if got, err := st.Repair(t.Context(), Dasha, m.View, m.Buckets()); err != nil || len(got.Buckets)+len(got.Rows) != 0 || got.Sum != m.Buckets().Total(nil) {
			t.Errorf("%s: a whole copy differs in %d buckets, %v", role, len(got.Buckets), err)
		}
		damage(m, all)
		d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[4], Fields{"mu": Int(1000)})) // the head moves on
		got, err := st.Repair(t.Context(), Dasha, m.View, m.Buckets())
		if err != nil || len(got.Buckets) == 0 || len(got.Buckets) > 5 {
			t.Fatalf("%s: got %d buckets, %v, want those of five records", role, len(got.Buckets), err)
		}
		m.mend(got.Buckets, got.Rows)
		m.compare(t, got.Delta)
	}
	if got, err := st.Repair(t.Context(), Luoyu, record.Everything, new(wire.BucketSums)); err != nil || len(got.Buckets) != 0 {
		t.Errorf("a scope not met: got %+v, %v", got, err)
	}
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

func (m *Model) mend(buckets []uint8, rows []wire.RowDelta) {
	in := wire.InBuckets(buckets)
	for id := range m.fields {
		if in(id) {
			delete(m.fields, id)
		}
	}
	for _, row := range rows {
		fields := map[record.Field]record.FieldState{}
		for _, f := range row.Fields {
			fields[f.Field] = f.State
		}
		m.fields[row.Header.ID] = fields
	}
}
