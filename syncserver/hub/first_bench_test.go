// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store/storetest"
)

// firstRows is how many households a first sync brings, and edits how often each
// was changed before.
const (
	firstRows = 10_000
	edits     = 100
)

// BenchmarkFirstSync is part E of the benchmark of sync: the cold first sync of
// 10,000 households of thirty fields, under the published rules, from the dial to the
// receipt of the checkpoint, both ends in this process: of a server that makes the
// snapshot for it ("made"), and of a second device that is given the same ("reused"),
// before and after 100 edits of every household. "x-raw" is how many times longer that
// is than to insert as many rows of thirty columns into plain SQLite, on the same disk
// at the same time; the targets are a second, and "x-fresh" of at most 1.1.
func BenchmarkFirstSync(b *testing.B) {
	for b.Loop() {
		firstSyncs(b)
	}
}

func firstSyncs(b *testing.B) {
	w := (&world{t: b, catalogue: published(b, "catalogue-1.json", record.ParseCatalogue), access: published(b, "access-1.json", record.ParseAccess),
		snapshots: published(b, "snapshot-1.json", snapshot.ParseRule)}).open()
	author := author{storetest.Enrol(b, w.st, "author", "officer", village)}
	headers := author.households(w)
	raw := rawInserts(b)
	b.ReportMetric(raw.Seconds()*1000, "raw-ms")

	made, reused := w.first(), w.first()
	b.ReportMetric(made.took.Seconds()*1000, "made-ms")
	b.ReportMetric(made.took.Seconds()/raw.Seconds(), "made-x-raw")
	b.ReportMetric(made.cpu.Seconds()*1e6/firstRows, "made-cpu-us/row")
	b.ReportMetric(reused.took.Seconds()*1000, "reused-ms")
	b.ReportMetric(reused.took.Seconds()/raw.Seconds(), "reused-x-raw")
	b.ReportMetric(reused.cpu.Seconds()*1e6/firstRows, "reused-cpu-us/row")
	b.ReportMetric(reused.bytes/firstRows, "B/row")

	author.edit(w, headers)
	again := w.first()
	b.ReportMetric(again.took.Seconds()*1000, "edited-ms")
	b.ReportMetric(again.cpu.Seconds()/made.cpu.Seconds(), "edited-cpu-x-fresh")
	b.ReportMetric(again.took.Seconds()/made.took.Seconds(), "edited-x-fresh")
	b.ReportMetric(again.bytes/firstRows, "edited-B/row")
	b.ReportMetric(0, "ns/op")
}

func published[T any](b *testing.B, name string, parse func(r io.Reader) (T, error)) T {
	b.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		b.Fatal(err)
	}
	out, err := parse(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// figures are what a first sync took.
type figures struct {
	took, cpu time.Duration // cpu of both ends
	bytes     float64       // that the server sent
}

// first syncs a new device.
func (w *world) first() figures {
	w.t.Helper()
	d := w.device()
	cfg := w.config()
	cfg.Metrics = hub.NewMetrics()
	_, url := w.serve(cfg, func() {})
	c := d.client(url)
	began, used := time.Now(), cpuTime()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w.must(c.Once(ctx))
	f := figures{took: time.Since(began), cpu: cpuTime() - used, bytes: count(cfg.Metrics.BytesOut)}
	rows, err := d.store.List(ctx, record.Query{Kind: "household", Scope: village, Limit: firstRows})
	w.must(err)
	if len(rows) != firstRows {
		w.t.Fatalf("%d households, want %d", len(rows), firstRows)
	}
	return f
}

// cpuTime is what this process has used of the processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of this process it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// author is a device whose work is committed without a connection.
type author struct{ *storetest.Device }

// households registers firstRows households and returns their headers.
func (a author) households(w *world) (headers []record.Header) {
	w.t.Helper()
	for len(headers) < firstRows {
		var sets []record.ChangeSet
		for range record.MaxFrameSets {
			h := a.Header(w.t, "household", village)
			headers = append(headers, h)
			sets = append(sets, a.Make(a.Own(village), storetest.Create(h, household(len(headers)))))
		}
		a.commit(w, sets)
	}
	return headers
}

// edit changes one field of every household, edits times.
func (a author) edit(w *world, headers []record.Header) {
	w.t.Helper()
	for n := range edits {
		for from := 0; from < len(headers); from += record.MaxFrameSets {
			var sets []record.ChangeSet
			for _, h := range headers[from : from+record.MaxFrameSets] {
				fields := storetest.Fields{"remark": storetest.Text(fmt.Sprintf("第%d次走访，水田与果园", n))}
				sets = append(sets, a.Make(a.Own(village), storetest.Edit(h, fields)))
			}
			a.commit(w, sets)
		}
	}
}

func (a author) commit(w *world, sets []record.ChangeSet) {
	w.t.Helper()
	list, err := w.st.Commit(w.t.Context(), a.Submit(a.Batch(w.t, sets...)))
	w.must(err)
	for _, r := range list {
		if !r.Outcome.Applied() {
			w.t.Fatalf("%v: %s", r.Outcome, r.Reason)
		}
	}
}

// household is the n-th household, with thirty fields as filled in on a visit.
func household(n int) storetest.Fields {
	text, number := storetest.Text, func(v int) record.Value { return storetest.Int(int64(v)) }
	f := storetest.Fields{
		"head_name": text([]string{"陈秀英", "李志强", "黄桂芳", "梁少珍", "欧阳雪芬"}[n%5]), "phone": text(fmt.Sprintf("138%08d", n)),
		"address": text(fmt.Sprintf("四会市大沙镇富溪村第%d组%d号", n%12+1, n)), "region_code": text("441284105203"),
		"group_no": text(fmt.Sprintf("第%d组", n%12+1)), "house_no": text(fmt.Sprintf("%d号", n)), "plate_code": text(fmt.Sprintf("M55X%04d", n%10000)),
		"main_trade": text("planting"), "trades": storetest.Set("planting", "breeding"), "crops": storetest.Set("gonggan", "rice"),
		"remark": text("示例备注，水田与果园"), "assisted": record.OfBool(n%9 == 0), "sample": record.OfBool(true),
		"population": number(2 + n%6), "labour": number(1 + n%4), "figures_year": number(2025), "land_area": number(300 + n%500),
		"house_count": number(1), "housing_area": number(80 + n%90),
	}
	for i, name := range []record.Field{
		"income_planting", "income_breeding", "income_labour", "income_business", "cost_production", "cost_living", "cost_education",
		"deposits", "debt_own_bank", "debt_other_bank", "guarantees",
	} {
		f[name] = number((n*7919 + i*104729) % 9_000_000)
	}
	return f
}

// rawInserts is how long plain SQLite takes to insert as many rows: one table of
// thirty columns with the id as primary key, one prepared insert, transactions of 500,
// WAL, every commit on disk.
func rawInserts(b *testing.B) time.Duration {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite3", filepath.Join(b.TempDir(), "raw.db")+"?_journal_mode=WAL&_synchronous=FULL")
	must(err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	columns, marks := "id BLOB PRIMARY KEY", "?"
	rows := make([][]any, firstRows)
	for n := range rows {
		rows[n] = []any{fmt.Appendf(nil, "%016d", n)}
		for _, v := range household(n) {
			rows[n] = append(rows[n], rawValue(v))
		}
	}
	for i := range len(rows[0]) - 1 {
		columns, marks = fmt.Sprint(columns, ", c", i), marks+", ?"
	}
	_, err = db.Exec("CREATE TABLE raw (" + columns + ") WITHOUT ROWID")
	must(err)
	began := time.Now()
	for from := 0; from < len(rows); from += 500 {
		tx, err := db.Begin()
		must(err)
		insert, err := tx.Prepare("INSERT INTO raw VALUES (" + marks + ")")
		must(err)
		for _, row := range rows[from : from+500] {
			_, err := insert.Exec(row...)
			must(err)
		}
		must(tx.Commit())
	}
	return time.Since(began)
}

func rawValue(v record.Value) any {
	switch v.Type() {
	case record.Int:
		return v.Int()
	case record.Bool:
		return v.Bool()
	case record.Set:
		return fmt.Sprint(v.Set())
	}
	return v.Text()
}
