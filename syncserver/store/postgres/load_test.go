// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/pgtest"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/postgres"
	"yuexin/syncserver/store/storetest"
)

// households is how many a store has that moves: more than any answer that fits one fetch.
const households = 1300

// fill makes a store on SQLite with a village of households, some of them edited, one refused.
func fill(t *testing.T, s storetest.Setup) *storetest.Device {
	t.Helper()
	st := open(t, s, nil)
	d := storetest.Enrol(t, st, "officer", "officer", storetest.Dasha)
	for done := 0; done < households; done += 100 {
		var sets []record.ChangeSet
		for range 100 {
			h := d.Header(t, "household", storetest.Dasha)
			sets = append(sets, d.Make(d.Own(storetest.Dasha), storetest.Create(h, storetest.Fields{
				"village": storetest.Text("大沙"), "holder": storetest.Text("李" + h.ID.String()), "mu": storetest.Int(int64(done)),
			})))
		}
		d.Send(t, st, sets...)
	}
	d.Put(t, st, record.Rejected, d.Own(storetest.Dasha),
		storetest.Create(d.Header(t, "household", storetest.Dasha), storetest.Fields{"tier": storetest.Text("z")}))
	shut(t, st)
	return d
}

func shut(t *testing.T, st *central.Store) {
	t.Helper()
	storetest.MustVerify(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// all is what an officer pulls of the village, in pages.
func all(t *testing.T, st *central.Store, s storetest.Setup) (rows []wire.RowDelta) {
	t.Helper()
	from := store.From{}
	for {
		d, err := st.Delta(t.Context(), storetest.Dasha, s.Access.View("officer"), from, 700)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, d.Rows...)
		if !d.More {
			return rows
		}
		from.After, from.Began = d.To, d.Began
	}
}

// TestLoad moves a store from SQLite to PostgreSQL, with an interruption, and back by a backup: everything is there each time.
func TestLoad(t *testing.T) {
	s := storetest.NewSetup(t)
	d := fill(t, s)
	st := open(t, s, nil)
	want := all(t, st, s)
	shut(t, st)
	if len(want) != households {
		t.Fatalf("%d households to begin with", len(want))
	}
	file, data := filepath.Join(s.Dir, central.DataFile), postgres.At(pgtest.Database(t))

	ctx, cut := context.WithCancel(t.Context())
	tables := map[string]int{}
	interrupted := func(l postgres.Loaded) {
		if tables[l.Table]++; l.Table == "record" {
			cut()
		}
	}
	if err := data.Load(ctx, file, interrupted); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted in table record: %v", err)
	}
	if _, err := central.Open(t.Context(), options(s, data)); fault.From(err).Key != "store.load.unfinished" {
		t.Errorf("half a store opened: %v", err)
	}
	clear(tables)
	note := func(l postgres.Loaded) {
		if !l.Check {
			tables[l.Table]++
		}
	}
	if err := data.Load(t.Context(), file, note); err != nil {
		t.Fatalf("go on: %v", err)
	}
	if tables["frame"] != 0 || tables["record"] == 0 {
		t.Errorf("went on with %v: what was whole is not copied again", tables)
	}
	if err := data.Load(t.Context(), file, note); fault.From(err).Key != "store.load.taken" {
		t.Errorf("load into a store: %v", err)
	}

	st = open(t, s, data)
	if diff := cmp.Diff(want, all(t, st, s)); diff != "" {
		t.Errorf("PostgreSQL has something else (-want +got):\n%s", diff)
	}
	more := d.Header(t, "household", storetest.Luoyu)
	d2 := storetest.Enrol(t, st, "second", "officer", storetest.Luoyu) // a scope, a lane and a device more
	d2.Put(t, st, record.Accepted, d2.Own(storetest.Luoyu), storetest.Create(more, storetest.Fields{"holder": storetest.Text("王五")}))

	back := storetest.NewSetup(t)
	if err := st.Backup(t.Context(), back.Dir); err != nil {
		t.Fatal(err)
	}
	shut(t, st)
	for _, name := range []string{central.KeyFile, central.MasterFile} {
		if err := os.Rename(filepath.Join(back.Dir, "keys", name), filepath.Join(back.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	st = open(t, back, nil)
	if diff := cmp.Diff(want, all(t, st, back)); diff != "" {
		t.Errorf("the backup has something else (-want +got):\n%s", diff)
	}
	if got := storetest.Row(t, st, more.ID).Text("holder"); got != "王五" {
		t.Errorf("written on PostgreSQL, in the backup: %q", got)
	}
	shut(t, st)
}

// TestLoadNoticesAnotherFile: what changed between two attempts is not taken for whole.
func TestLoadNoticesAnotherFile(t *testing.T) {
	s := storetest.NewSetup(t)
	d := fill(t, s)
	file, data := filepath.Join(s.Dir, central.DataFile), postgres.At(pgtest.Database(t))
	ctx, cut := context.WithCancel(t.Context())
	err := data.Load(ctx, file, func(l postgres.Loaded) {
		if l.Table == "record" {
			cut()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	st := open(t, s, nil)
	d.Put(t, st, record.Accepted, d.Own(storetest.Dasha),
		storetest.Create(d.Header(t, "household", storetest.Dasha), storetest.Fields{"holder": storetest.Text("后来")}))
	shut(t, st)
	if err := data.Load(t.Context(), file, func(postgres.Loaded) {}); fault.From(err).Key != "store.load.differs" {
		t.Errorf("a file that changed meanwhile: %v", err)
	}
	if _, err := central.Open(t.Context(), options(s, data)); fault.From(err).Key != "store.load.unfinished" {
		t.Errorf("what differs opened: %v", err)
	}
}
