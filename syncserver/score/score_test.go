// SPDX-License-Identifier: Apache-2.0

package score_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/syncserver/score"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
)

var now = time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC)

// office opens a server's store with villages of so many households each, made of the cases of the card.
func office(t testing.TB, villages, households int) (score.Run, []ident.Scope) {
	t.Helper()
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := central.Open(t.Context(), central.Options{Dir: t.TempDir(), Catalogue: book.Catalogue, Access: book.Access, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	card := book.Card("household", "2026-06-30")
	officer := st.As(store.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Role: "officer"})
	var scopes []ident.Scope
	for v := range villages {
		scope := ident.Scope(fmt.Sprintf("unit:%d", v))
		scopes = append(scopes, scope)
		for from := 0; from < households; from += 25 {
			var writes []record.Write
			for n := from; n < min(from+25, households); n++ {
				writes = append(writes, ofCase(t, card.Cases[n%5], scope, uint16(v), uint16(n))...)
			}
			if _, err := officer.Apply(t.Context(), record.Act{Name: "test", Scope: scope, Source: record.Officer, Writes: writes}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return score.Run{Card: card, Day: "2026-06-30", Store: st.As(store.Login{ID: ident.Login{2}, Actor: ident.Actor{2}, Role: "desk"}), Named: 3, Catalogue: book.Catalogue, Changes: score.ChangesIn(st)}, scopes
}

func ofCase(t testing.TB, c scoring.Case, scope ident.Scope, v, n uint16) (writes []record.Write) {
	t.Helper()
	root, beside, err := c.Records()
	if err != nil {
		t.Fatal(err)
	}
	subject := ident.Subject{1, byte(v >> 8), byte(v), byte(n >> 8), byte(n)}
	for i, row := range append([]record.Row{root}, beside...) {
		if row.Header.Kind == "point" {
			continue // an officer gives none
		}
		h := record.Header{ID: ident.Record{1, byte(v >> 8), byte(v), byte(n >> 8), byte(n), 15: byte(i)}, Kind: row.Header.Kind, Scope: scope, Subject: subject}
		fields := map[record.Field]record.Value{}
		for f, s := range row.Fields {
			fields[f] = s.Value
		}
		writes = append(writes, record.Write{Op: record.Create, Header: h, Fields: fields})
	}
	return writes
}

// TestRegion: a region is counted village by village; one that was cut off goes on with what is left, a village that nobody changed
// is not read again, and one that somebody changed is.
func TestRegion(t *testing.T) {
	run, villages := office(t, 4, 10)
	dir := t.TempDir()
	kept, err := score.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := kept.Waiting(t.Context(), run, villages)
	if err != nil || len(waiting) != 4 {
		t.Fatalf("%d wait: %v", len(waiting), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = run.All(ctx, waiting[:1], func(v score.Village) {
		if err := kept.Keep(v); err != nil {
			t.Error(err)
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if kept, err = score.Open(dir); err != nil { // as the next process does
		t.Fatal(err)
	}
	if waiting, err = kept.Waiting(t.Context(), run, villages); err != nil || len(waiting) != 3 {
		t.Fatalf("%d wait after one was done: %v", len(waiting), err)
	}
	if err = run.All(t.Context(), waiting, func(v score.Village) { err = errors.Join(err, kept.Keep(v)) }); err != nil {
		t.Fatal(err)
	}
	// 10 households are two of each of the first five cases: AAA, AAA, B, C and C. Without civic points the second one's limit is
	// 15.8万 original, 5 % = 0.79万 for green and 0.79万 for the stars: 17.38万, down to 173,000 yuan.
	for _, v := range kept.Villages {
		if v.N != 10 || v.Steps["AAA"] != 4 || v.Steps["B"] != 2 || v.Steps["C"] != 4 || v.Granted != 2*(16_500_000+17_300_000) {
			t.Errorf("%+v", v)
		}
	}
	if _, err := run.Store.Apply(t.Context(), record.Act{Name: "test", Scope: villages[2], Source: record.Authoritative, Writes: []record.Write{
		{Op: record.Create, Header: record.Header{ID: ident.Record{9}, Kind: "unit", Scope: villages[2]}, Fields: map[record.Field]record.Value{"name": record.OfText("改名村")}},
	}}); err != nil {
		t.Fatal(err)
	}
	if waiting, err = kept.Waiting(t.Context(), run, villages); err != nil || len(waiting) != 1 || waiting[0] != villages[2] {
		t.Errorf("after one changed: %v, %v", waiting, err)
	}
	if waiting, _ = kept.Waiting(t.Context(), score.Run{Card: run.Card, Day: "2026-07-01", Store: run.Store}, villages); len(waiting) != 4 {
		t.Errorf("on another day: %v", waiting)
	}
}

// TestTrial: another weight is tried out over real records; who would move is named.
func TestTrial(t *testing.T) {
	run, villages := office(t, 1, 10)
	var err error
	if run.Rival, err = run.Card.Try(scoring.Change{Weights: map[string]scoring.Points{"late_now": 60 * scoring.Whole}}); err != nil {
		t.Fatal(err)
	}
	var v score.Village
	if err := run.All(t.Context(), villages, func(one score.Village) { v = one }); err != nil {
		t.Fatal(err)
	}
	if v.Trial.N != 10 || v.Trial.Down == 0 || len(v.Trial.Named) == 0 || v.Trial.Before != v.Granted {
		t.Errorf("%+v", v.Trial)
	}
}

// BenchmarkRegion scores all households of villages from the server's store, reading included, and says how long all farm households
// of Zhaoqing (62.1万, the founding document) take at that rate.
func BenchmarkRegion(b *testing.B) {
	const villages, households = 20, 500
	run, scopes := office(b, villages, households)
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for range b.N {
		if err := run.All(b.Context(), scopes, func(v score.Village) { n += v.N }); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	rate := float64(n) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "households/s")
	b.ReportMetric(621_000/rate, "s/62.1万")
}

// TestSameOnMemoryAndServer: records that come from the server's store and from one in memory give the same bytes.
func TestSameOnMemoryAndServer(t *testing.T) {
	run, villages := office(t, 2, 100)
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	other := memory.New(memory.Options{Catalogue: book.Catalogue, Access: book.Access, Lane: ident.Incarnation{1}, Clock: func() hlc.Reading { return hlc.Reading{} }})
	want := map[ident.Record][]byte{}
	for _, v := range villages {
		err := run.Card.Scorer().Each(t.Context(), run.Store, v, run.Day, func(root record.Row, beside []record.Row, r *scoring.Result) error {
			for _, row := range append([]record.Row{root}, beside...) {
				other.Show(row)
			}
			want[root.Header.ID] = r.Bytes()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	here := other.As(memory.Session{Actor: ident.Actor{1}, Role: "desk"})
	for id, bytesThere := range want {
		root, beside, err := run.Card.Gather(t.Context(), here, id)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := run.Card.Score(root, beside, run.Day); err != nil || !bytes.Equal(r.Bytes(), bytesThere) {
			t.Fatalf("%s: %v\n%s\n%s", id, err, r.Bytes(), bytesThere)
		}
	}
	if len(want) != 200 {
		t.Errorf("%d households", len(want))
	}
}
