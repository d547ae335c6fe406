// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"fmt"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// wideRow returns a household of thirty fields as the server sends it.
func wideRow(n int) wire.RowDelta {
	h := recordtest.Header(recordtest.Household, n)
	row := wire.RowDelta{Header: h}
	add := func(f string, v record.Value) {
		row.Fields = append(row.Fields, wire.FieldDelta{Field: record.Field(f), State: record.FieldState{
			Value: v, Version: record.At(1, uint64(n)),
			Winner: record.Head{Value: v, Version: record.At(1, uint64(n)), Source: record.Officer, Actor: ident.Actor{1}, Merge: record.Latest},
		}})
	}
	add("name", record.OfText([]string{"陈秀英", "李建国", "黄小明", "梁玉兰", "何志强"}[n%5]))
	add("plate", record.OfText(fmt.Sprintf("DS-%05d", n)))
	add("phone", record.OfText(fmt.Sprintf("138%08d", n)))
	add("state", record.OfText("open"))
	for i := range 10 {
		add(fmt.Sprintf("text_%02d", i), record.OfText("四会市大沙镇富溪村民委员会"))
	}
	for i := range 12 {
		add(fmt.Sprintf("number_%02d", i), record.OfInt(int64(n*1000+i)))
	}
	for i := range 4 {
		add(fmt.Sprintf("truth_%02d", i), record.OfBool(i%2 == 0))
	}
	return row
}

func wideDevice(b *testing.B, households int) *device {
	s := newServer(b)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	rows, cp := wideScope(d, households)
	if _, err := d.ApplyCheckpoint(ctx, rows, cp); err != nil {
		b.Fatal(err)
	}
	return d
}

func wideScope(d *device, households int) ([]wire.RowDelta, *wire.Checkpoint) {
	cp := &wire.Checkpoint{Cursor: d.Cursors()[0]}
	cp.Cursor.Version = record.At(1, uint64(households))
	var rows []wire.RowDelta
	for n := 1; n <= households; n++ {
		row := wideRow(n)
		for _, f := range row.Fields {
			cp.Digest = cp.Digest.Add(wire.FieldHash(row.Header.ID, f.Field, f.State.Version, f.State.Value))
		}
		rows = append(rows, row)
	}
	return rows, cp
}

// BenchmarkOpen5000 opens a laptop with 5,000 households of thirty fields and
// shows the first list and one search. The target is below a second, the
// passphrase apart (cheap here).
func BenchmarkOpen5000(b *testing.B) {
	d := wideDevice(b, 5000)
	for b.Loop() {
		d.t = b
		d.reopen()
		d.unlock()
		store := d.as(recordtest.Officer)
		if n := len(must(store.List(ctx, record.Query{Kind: recordtest.Household, Newest: true}))); n != 100 {
			b.Fatalf("%d rows", n)
		}
		if n := len(must(store.List(ctx, record.Query{Kind: recordtest.Household, Search: "cxy", Limit: 20}))); n != 20 {
			b.Fatalf("%d found", n)
		}
	}
}

// BenchmarkSearch5000 searches by initials for what is not there: every record is
// looked at.
func BenchmarkSearch5000(b *testing.B) {
	d := wideDevice(b, 5000)
	store := d.as(recordtest.Officer)
	for b.Loop() {
		must(store.List(ctx, record.Query{Kind: recordtest.Household, Search: "zzz"}))
	}
}

// BenchmarkApply is one act of thirty values, on disk when it returns.
func BenchmarkApply(b *testing.B) {
	d := newServer(b).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	n := 0
	for b.Loop() {
		n++
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{
			"name": record.OfText("陈秀英"), "phone": record.OfText("13800138000"), "plate": record.OfText("DS-0001"),
			"people": record.OfInt(4), "income": record.OfInt(1_000_000), "crops": record.OfSet("rice", "tea"),
		}))
	}
}

// BenchmarkPull10000 pulls a scope of 10,000 records into an empty device.
func BenchmarkPull10000(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		d := newServer(b).newDevice(replica.Laptop, 1)
		d.grant(recordtest.Officer, recordtest.Here)
		rows, cp := wideScope(d, 10000)
		b.StartTimer()
		if intact, err := d.ApplyCheckpoint(ctx, rows, cp); err != nil || !intact {
			b.Fatal(intact, err)
		}
		if err := d.Flush(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
