// SPDX-License-Identifier: Apache-2.0

package scoring_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"

	"yuexin/assets"
)

// TestReplay: after every act the household is scored; after all of them each result is made again from what the store keeps, bit
// for bit, and what was corrected since stands beside it.
func TestReplay(t *testing.T) {
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	wall := int64(1_780_000_000_000)
	st := memory.New(memory.Options{Catalogue: book.Catalogue, Access: book.Access, Lane: ident.Incarnation{1}, Clock: func() hlc.Reading {
		wall += 3_600_000
		return hlc.Reading{WallMS: wall, BootID: [16]byte{1}, MonoMS: wall}
	}}).As(memory.Session{Actor: ident.Actor{1}, Role: "officer"})
	c := own(t)
	root := record.Header{ID: ident.Record{1}, Kind: "household", Scope: "unit:a", Subject: ident.Subject{1}}
	ids := []ident.Record{root.ID}
	r := rand.New(rand.NewPCG(8, 0))
	type past struct {
		at    record.Version
		bytes []byte
	}
	var results []past
	known := func(id ident.Record) scoring.Known {
		row, err := st.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		history, err := st.History(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return scoring.Known{Row: row, Past: history}
	}
	apply := func(w record.Write, source record.Source) {
		base, err := st.Base(t.Context(), "unit:a")
		if err == nil {
			_, err = st.Apply(t.Context(), record.Act{Name: "x", Scope: "unit:a", Base: base, Source: source, Writes: []record.Write{w}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 40 {
		row, beside := household(c, r)
		values := map[record.Field]record.Value{}
		for f, s := range row.Fields {
			if n == 0 || r.IntN(8) == 0 {
				values[f] = s.Value
			}
		}
		switch {
		case n == 0:
			apply(record.Write{Op: record.Create, Header: root, Fields: values}, record.Officer)
		case n%5 == 1 && len(beside) > 0 && beside[0].Header.Kind == "debt":
			h := beside[0].Header
			h.Subject = root.Subject
			ids = append(ids, h.ID)
			apply(record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{"overdue": beside[0].Value("overdue")}}, record.Officer)
		case n%7 == 2 && len(ids) > 1:
			apply(record.Write{Op: record.Delete, Header: record.Header{ID: ids[len(ids)-1], Kind: "debt", Scope: "unit:a", Subject: root.Subject}}, record.Officer)
		default:
			apply(record.Write{Op: record.Edit, Header: root, Fields: values}, record.Officer)
		}
		base, err := st.Base(t.Context(), "unit:a")
		if err != nil {
			t.Fatal(err)
		}
		var rows []record.Row
		for _, id := range ids[1:] {
			rows = append(rows, known(id).Row)
		}
		got, err := c.Score(known(root.ID).Row, rows, "2026-06-30")
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, past{base.Version, got.Bytes()})
	}
	var beside []scoring.Known
	for _, id := range ids[1:] {
		beside = append(beside, known(id))
	}
	for n, p := range results {
		again, err := c.Replay(book.Catalogue, known(root.ID), beside, p.at, "2026-06-30")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Result.Bytes(), p.bytes) {
			t.Fatalf("result %d at %d:\n%s\n%s", n, p.at, p.bytes, again.Result.Bytes())
		}
		if last := n == len(results)-1; last != (len(again.Since) == 0) {
			t.Errorf("result %d: corrected since: %v", n, again.Since)
		}
	}
}
