// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"fmt"
	"testing"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/storetest"
)

// BenchmarkIngest commits frames of 500 new households with ten fields, of
// which seven are sealed and three indexed, and reports records per second.
func BenchmarkIngest(b *testing.B) {
	st := mustOpen(b, storetest.NewSetup(b))
	d := storetest.Enrol(b, st, "officer", "officer", storetest.Dasha)
	var batches []*wire.Batch
	for range b.N {
		var sets []record.ChangeSet
		for i := range record.MaxFrameSets {
			sets = append(sets, d.Make(d.Own(storetest.Dasha), storetest.Create(d.Header(b, "household", storetest.Dasha), storetest.Fields{
				"village": storetest.Text("大沙村"), "tier": storetest.Text("a"), "mu": storetest.Int(int64(i)),
				"holder": storetest.Text(fmt.Sprint("示例户", i)), "phone": storetest.Text("13800000000"),
				"income": storetest.Int(int64(i) * 100), "crops": storetest.Set("rice", "orange"),
				"faith": storetest.Text("示例"), "age": storetest.Int(50), "notes": storetest.Text("示例备注，水田与果园"),
			})))
		}
		batches = append(batches, d.Batch(b, sets...))
	}
	b.ResetTimer()
	for _, batch := range batches {
		if _, err := st.Commit(b.Context(), d.Submit(batch)); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N*record.MaxFrameSets)/b.Elapsed().Seconds(), "records/s")
	mustClose(b, st)
}

// BenchmarkDelta reads a scope of 10,000 households in pages of 1,000.
func BenchmarkDelta(b *testing.B) {
	s := storetest.NewSetup(b)
	st := mustOpen(b, s)
	d := storetest.Enrol(b, st, "officer", "officer", storetest.Dasha)
	for range 20 {
		var sets []record.ChangeSet
		for i := range record.MaxFrameSets {
			sets = append(sets, d.Make(d.Own(storetest.Dasha), storetest.Create(d.Header(b, "household", storetest.Dasha), storetest.Fields{
				"village": storetest.Text("大沙村"), "mu": storetest.Int(int64(i)), "holder": storetest.Text(fmt.Sprint("示例户", i)),
			})))
		}
		d.Send(b, st, sets...)
	}
	view := s.Access.View("officer")
	b.ResetTimer()
	for range b.N {
		at, rows := record.Version(0), 0
		for {
			page, err := st.Delta(b.Context(), storetest.Dasha, view, store.From{After: at}, 1000)
			if err != nil {
				b.Fatal(err)
			}
			rows += len(page.Rows)
			if at = page.To; !page.More {
				break
			}
		}
		if rows != 10_000 {
			b.Fatalf("got %d rows", rows)
		}
	}
	b.StopTimer()
	mustClose(b, st)
}
