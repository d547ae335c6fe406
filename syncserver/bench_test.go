// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// The size of part A: a village's records, a batch of edits, edits one by one.
const (
	benchRecords = 1000
	benchBatch   = 100
	benchAlone   = 20
	benchScopes  = 40
)

// figure is something measured, beside what it is to be.
type figure struct {
	name   string
	got    float64
	unit   string
	target float64 // at most; 0 is none
}

func (f figure) String() string {
	verdict := ""
	switch {
	case f.target == 0:
	case f.got <= f.target:
		verdict = fmt.Sprintf("at most %4.0f: pass", f.target)
	default:
		verdict = fmt.Sprintf("at most %4.0f: short", f.target)
	}
	return fmt.Sprintf("%-62s %8.1f %-2s %s", f.name, f.got, f.unit, verdict)
}

// BenchmarkPartA prints the bytes of sync beside their targets: on the wire per
// new record and per edit of one field, of metadata on the device, and of a
// session with nothing to say. They are counted at the server's socket, above
// TCP and without TLS. The records are those of workload W in the production
// catalogue; one laptop writes and another follows, as the figures are per record.
func BenchmarkPartA(b *testing.B) {
	for _, f := range append(measureRecords(b), measureNothing(b)...) {
		fmt.Println(f)
	}
	b.ReportMetric(0, "ns/op") // it measures bytes
}

// measureRecords measures what records and edits cost.
func measureRecords(t testing.TB) []figure {
	b := openBench(t, 1)
	writer, reader := b.laptop("writer", b.villages(1)...), b.laptop("reader", b.villages(1)...)
	b.once(writer)
	b.once(reader)
	nothing := b.once(writer)
	emptyWriter, emptyReader := b.size(writer), b.size(reader)

	headers, asJSON, asValues := b.register(writer, benchRecords)
	up := b.once(writer)
	down := b.once(reader)
	b.holds(reader, benchRecords)
	grownWriter, grownReader := b.size(writer)-emptyWriter, b.size(reader)-emptyReader

	for i, h := range headers[:benchBatch] {
		b.write(writer, record.Edit, h, map[record.Field]record.Value{"deposits": record.OfInt(int64(7_000_000 + 10_000*i*37%1_000_000))})
	}
	batch := b.once(writer)
	follow := b.once(reader)
	alone, settled := b.alone(writer, headers[benchBatch:benchBatch+benchAlone])

	per := func(n, of int) float64 { return float64(n) / float64(of) }
	share := func(grown int64) float64 { return 100 * (float64(grown) - float64(asValues)) / float64(asJSON) }
	return []figure{
		{"a record as JSON", per(asJSON, benchRecords), "B", 0},
		{"new record up, in a batch, all that the device sent", per(up.in-nothing.in, benchRecords), "B", 100},
		{"  the receipts for it, and its own rows back", per(up.out-nothing.out, benchRecords), "B", 0},
		{"new record down, all that the other device got", per(down.out-nothing.out, benchRecords), "B", 100},
		{"edit of one field in a batch of 100, up", per(batch.in-nothing.in, benchBatch), "B", 60},
		{"edit of one field in a batch of 100, down", per(follow.out-nothing.out, benchBatch), "B", 60},
		{"edit of one field alone, with its receipt", per(alone.of(wire.KindFrame, wire.KindReceipts), benchAlone), "B", 220},
		{"  its frame", per(alone.of(wire.KindFrame), benchAlone), "B", 0},
		{"  its receipt", per(alone.of(wire.KindReceipts), benchAlone), "B", 0},
		{"  all until both ends have settled", per(settled, benchAlone), "B", 0},
		{"versions, authors and policies in a row, of the data as JSON", 100 * per(b.provenance(reader), asJSON), "%", 10},
		{"  on disk beyond names and values, on a device that pulled", share(grownReader), "%", 0},
		{"  the same on the device that wrote, without kept payloads", share(grownWriter - int64(b.payloads(writer))), "%", 0},
	}
}

// holds fails unless a laptop has so many households.
func (b *bench) holds(s *station.Station, n int) {
	b.Helper()
	rows, err := s.Store().List(b.Context(), record.Query{Kind: "household", Limit: 2 * n})
	b.must(err)
	if len(rows) != n {
		b.Fatalf("%d households arrived, want %d", len(rows), n)
	}
}

// provenance is how many bytes of the rows at rest say who wrote what when: what
// is neither identity nor the name or value of a field.
func (b *bench) provenance(s *station.Station) (n int) {
	b.Helper()
	rows, err := s.Store().List(b.Context(), record.Query{Kind: "household", Limit: 2 * benchRecords})
	b.must(err)
	for _, row := range rows {
		delta := wire.RowDelta{Header: row.Header}
		n -= len(wire.AppendRow(nil, &delta))
		for field, state := range row.Fields {
			n -= len(record.AppendText(nil, string(field))) + len(state.Value.AppendCanonical(nil))
			delta.Fields = append(delta.Fields, wire.FieldDelta{Field: field, State: state})
		}
		n += len(wire.AppendRow(nil, &delta))
	}
	return n
}

// payloads is how many bytes of change sets a laptop keeps until a backup of the
// server has them.
func (b *bench) payloads(s *station.Station) (n int) {
	b.Helper()
	b.query(s, "SELECT coalesce(sum(length(sealed)), 0) FROM outbox", &n)
	return n
}

// alone edits one field of each record while the laptop is online, and waits
// between two until nothing passes any more.
func (b *bench) alone(s *station.Station, headers []record.Header) (edits passed, settled int) {
	b.Helper()
	c, err := s.Client()
	b.must(err)
	ctx, cancel := context.WithCancel(b.Context())
	var online sync.WaitGroup
	online.Go(func() { c.Run(ctx) })
	defer online.Wait()
	defer cancel()
	wait := func() {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			if st, _ := c.State(); st.Settled && len(s.Replica.Unsent()) == 0 {
				break
			}
			if time.Now().After(deadline) {
				b.Fatal("it does not settle")
			}
		}
		time.Sleep(100 * time.Millisecond) // what is said when both have settled: nothing waits for it
	}
	wait()
	b.meter.reset()
	for i, h := range headers {
		b.write(s, record.Edit, h, map[record.Field]record.Value{"deposits": record.OfInt(int64(9_000_000 + 1_234_500*i))})
		wait()
	}
	edits = b.meter.reset()
	return edits, edits.total()
}

// measureNothing measures sessions in which neither end has anything new.
func measureNothing(t testing.TB) []figure {
	b := openBench(t, benchScopes)
	var out []figure
	for _, scopes := range []int{1, benchScopes} {
		s := b.laptop(fmt.Sprint("idle", scopes), b.villages(scopes)...)
		b.once(s)
		p := b.once(s)
		out = append(out, figure{
			fmt.Sprintf("nothing new, %d scopes, both ways, with the upgrade", len(s.Replica.Cursors())), float64(p.total()), "B", 1024,
		}, figure{"  the upgrade to a websocket in it", float64(p.opened), "B", 0})
	}
	return out
}
