// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"testing"

	"yuexin/shared/sync/record/recordgen"
	"yuexin/shared/sync/wire"
)

// The benchmarks work on 500 households; ns/record is what counts.

func perRecord(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/record")
}

func BenchmarkEncodeFrame(b *testing.B) {
	batch, err := wire.NewBatch(villageLane, 1, wire.Digest{}, [16]byte{}, recordgen.HouseholdSets(1, villageLane, 500))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.EncodeFrame(batch); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}

func BenchmarkDecodeFrame(b *testing.B) {
	data := encodedFrame(b, recordgen.HouseholdSets(1, villageLane, 500))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.DecodeFrame(data); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}

func BenchmarkVerify(b *testing.B) {
	data := encodedFrame(b, recordgen.HouseholdSets(1, villageLane, 500))
	for b.Loop() {
		b.StopTimer()
		batch, err := wire.DecodeFrame(data)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := batch.Verify(func(_, _ []byte) bool { return true }); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}

func BenchmarkEncodeRows(b *testing.B) {
	rows := rowsOf(recordgen.HouseholdSets(1, villageLane, 500))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.EncodeRows(rows); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}

func BenchmarkDecodeRows(b *testing.B) {
	data := encodedRows(b, rowsOf(recordgen.HouseholdSets(1, villageLane, 500)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.DecodeRows(data); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}
