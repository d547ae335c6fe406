// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Model is what a device holds of a scope: it applies rows as per-field
// maximum version and adds its own digest.
type Model struct {
	View   record.View
	Cursor record.Version
	fields map[ident.Record]map[record.Field]record.FieldState
}

// Pull brings the model up to the store's head in pages of limit records and
// compares digest, count and log hash. between, if not nil, runs after each
// page.
func (m *Model) Pull(t testing.TB, st store.Store, scope ident.Scope, limit int, between func()) {
	t.Helper()
	if m.fields == nil {
		m.fields = make(map[ident.Record]map[record.Field]record.FieldState)
	}
	for from := (store.From{Since: m.Cursor, After: m.Cursor}); ; {
		d, err := st.Delta(context.Background(), scope, m.View, from, limit)
		if err != nil {
			t.Fatalf("delta: %v", err)
		}
		m.apply(t, d)
		if hash, ok, err := st.LogHash(context.Background(), scope, d.To); err != nil || !ok || hash != d.State.LogHash || d.State.Head != d.To {
			t.Fatalf("delta to %s says state %+v", d.To, d.State)
		}
		from.After, from.Began = d.To, d.Began
		if !d.More {
			m.compare(t, d)
			m.Cursor = d.To
			return
		}
		if between != nil {
			between()
		}
	}
}

func (m *Model) apply(t testing.TB, d store.Delta) {
	t.Helper()
	inPage := make(map[ident.Record]bool)
	for _, row := range d.Rows {
		id := row.Header.ID
		if inPage[id] {
			t.Fatalf("record %s twice in a page", id)
		}
		inPage[id] = true
		restored := false
		for _, f := range row.Fields {
			restored = restored || f.Field == record.Deleted && (!f.State.Value.Bool() || f.State.Disputed)
		}
		if m.fields[id] == nil {
			m.fields[id] = make(map[record.Field]record.FieldState)
		}
		for _, f := range row.Fields {
			if f.State.Version <= m.Cursor && !restored || f.State.Version > d.To && d.More {
				t.Fatalf("field %s of version %s between %s and %s", f.Field, f.State.Version, m.Cursor, d.To)
			}
			if f.State.Version > m.fields[id][f.Field].Version {
				m.fields[id][f.Field] = f.State
			}
		}
	}
}

func (m *Model) compare(t testing.TB, d store.Delta) {
	t.Helper()
	var sum wire.Sum
	var live uint64
	for id, fields := range m.fields {
		if (record.Row{Fields: fields}).Deleted() {
			continue
		}
		live++
		for name, s := range fields {
			sum = sum.Add(wire.FieldHash(id, name, s.Version, s.Value))
		}
	}
	if sum != d.Sum || live != d.Live {
		t.Fatalf("view %q at %s: model has digest %x and %d records, the store says %x and %d", m.View.Name(), d.To, sum, live, d.Sum, d.Live)
	}
}

// Fields returns the names of all fields the model holds, in order, each once.
func (m *Model) Fields() (names []string) {
	for _, fields := range m.fields {
		for f := range fields {
			names = append(names, string(f))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func testDelta(t *testing.T, open Open) {
	t.Run("views", func(t *testing.T) { testViews(t, open) })
	t.Run("only what changed", func(t *testing.T) { testChanged(t, open) })
	t.Run("pages while others write", func(t *testing.T) { testPages(t, open) })
	t.Run("what is deleted", func(t *testing.T) { testDeleted(t, open) })
	t.Run("repair", func(t *testing.T) { testRepair(t, open) })
	t.Run("a scope not met", func(t *testing.T) {
		st := must(t, open, NewSetup(t))
		d, err := st.Delta(t.Context(), Luoyu, record.Everything, store.From{}, 10)
		if diff := cmp.Diff(store.Delta{}, d); diff != "" || err != nil {
			t.Errorf("got %v:\n%s", err, diff)
		}
	})
}

func testViews(t *testing.T, open Open) {
	s := NewSetup(t)
	st := must(t, open, s)
	d := Enrol(t, st, "officer", "officer", Dasha)
	for i := range 5 {
		h := d.Header(t, "household", Dasha)
		d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{
			"village": Text("大沙"), "mu": Int(int64(i)), "holder": Text("示例"), "crops": Set("rice"), "faith": Text("x"),
		}))
		if i == 0 {
			d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Delete(h))
		}
	}
	// Sealed fields only: a view of C1 does not learn that the record exists.
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"holder": Text("示例")}))
	for role, want := range map[record.Role][]string{
		"analyst": {"mu", "village"},
		"cadre":   {"crops", "holder", "mu", "village"},
		"officer": {"crops", "faith", "holder", "mu", "village"},
	} {
		t.Run(string(role), func(t *testing.T) {
			m := &Model{View: s.Access.View(role)}
			m.Pull(t, st, Dasha, 2, nil)
			if diff := cmp.Diff(want, m.Fields()); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func testChanged(t *testing.T, open Open) {
	s := NewSetup(t)
	st := must(t, open, s)
	d := Enrol(t, st, "officer", "officer", Dasha)
	h, other := d.Header(t, "household", Dasha), d.Header(t, "household", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"village": Text("大沙"), "holder": Text("甲"), "mu": Int(9)}),
		Create(other, Fields{"mu": Int(1)}))
	m := &Model{View: s.Access.View("cadre")}
	m.Pull(t, st, Dasha, 100, nil)
	at := m.Cursor
	d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(h, Fields{"holder": Text("乙")}))
	d.Put(t, st, record.Superseded, record.Base{}, Edit(other, Fields{"mu": Int(0)})) // loses: nothing to see
	got, err := st.Delta(t.Context(), Dasha, m.View, store.From{Since: at, After: at}, 100)
	if err != nil || len(got.Rows) != 1 || len(got.Rows[0].Fields) != 1 || got.Rows[0].Fields[0].Field != "holder" {
		t.Errorf("got %v, %+v, want the holder of one record", err, got.Rows)
	}
	if got.To != record.At(1, 3) || got.More {
		t.Errorf("got to %s, more %v", got.To, got.More)
	}
	m.Pull(t, st, Dasha, 100, nil)
	analyst, err := st.Delta(t.Context(), Dasha, s.Access.View("analyst"), store.From{Since: at, After: at}, 100)
	if err != nil || len(analyst.Rows) != 0 {
		t.Errorf("analyst: got %v, %+v", err, analyst.Rows)
	}
}

func testPages(t *testing.T, open Open) {
	s := NewSetup(t)
	st := must(t, open, s)
	w := Enrol(t, st, "writer", "officer", Dasha)
	var headers []record.Header
	add := func() {
		h := w.Header(t, "household", Dasha)
		headers = append(headers, h)
		w.Put(t, st, record.Accepted, w.Own(Dasha), Create(h, Fields{"holder": Text("示例"), "mu": Int(1)}),
			Create(w.Header(t, "household", Dasha), Fields{"mu": Int(2)}))
	}
	for range 20 {
		add()
	}
	m, pages := &Model{View: s.Access.View("officer")}, 0
	m.Pull(t, st, Dasha, 3, func() {
		if pages++; pages > 12 {
			return
		}
		add()
		w.Put(t, st, record.Accepted, w.Seen(t, st, Dasha), Edit(headers[pages], Fields{"holder": Text(fmt.Sprint("乙", pages))}))
	})
	if pages < 12 || len(m.fields) != 2*32 {
		t.Errorf("%d pages, %d records, want 64 records", pages, len(m.fields))
	}

	// The same with a writer that does not wait for the reader.
	other := Enrol(t, st, "other", "officer", Dasha)
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range 40 {
			other.Put(t, st, record.Accepted, record.Base{Version: record.At(1, 60), Number: uint64(i)}, Edit(headers[i%20], Fields{"phone": Text(fmt.Sprint(i))}))
		}
	})
	late := &Model{View: s.Access.View("cadre")}
	for range 20 {
		late.Pull(t, st, Dasha, 4, nil)
	}
	wait.Wait()
	late.Pull(t, st, Dasha, 4, nil)
}

// testDeleted: a receiver that holds nothing gets what lives, whatever was deleted
// before; what is deleted or restored later comes to everybody, and restored ones whole.
func testDeleted(t *testing.T, open Open) {
	s := NewSetup(t)
	st := must(t, open, s)
	d := Enrol(t, st, "officer", "officer", Dasha)
	var all []record.Header
	for i := range 12 {
		h := d.Header(t, "household", Dasha)
		all = append(all, h)
		d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"mu": Int(int64(i)), "holder": Text("示例")}))
	}
	old := &Model{View: s.Access.View("officer")}
	old.Pull(t, st, Dasha, 5, nil)
	remove := func(h record.Header) { d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Delete(h)) }
	before := d.Seen(t, st, Dasha)
	for _, h := range all[:9] {
		remove(h)
	}
	first := func(want int) *Model {
		t.Helper()
		m := &Model{View: old.View}
		m.Pull(t, st, Dasha, 2, nil)
		if len(m.fields) != want {
			t.Errorf("a first pull brings %d records, want %d", len(m.fields), want)
		}
		return m
	}
	fresh := first(3)
	d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[0], Fields{record.Deleted: record.OfBool(false)}))
	d.Put(t, st, record.InReview, before, Edit(all[1], Fields{"mu": Int(101)}))
	remove(all[9])
	for _, m := range []*Model{fresh, old, first(4)} {
		m.Pull(t, st, Dasha, 2, nil) // compares the digests
		for _, h := range all[:2] {
			if f := m.fields[h.ID]; f["holder"].Value.Text() != "示例" {
				t.Errorf("a restored record came as %+v", f)
			}
		}
		if !m.fields[all[1].ID][record.Deleted].Disputed {
			t.Error("a disputed deletion is not shown")
		}
		if f, held := m.fields[all[9].ID]; held && !(record.Row{Fields: f}).Deleted() {
			t.Error("a deletion did not arrive")
		}
	}
	// What is deleted, and restored and deleted again, while the pages are read.
	late, next := &Model{View: old.View}, 0
	late.Pull(t, st, Dasha, 1, func() {
		switch next++; next {
		case 1, 3:
			remove(all[10])
		case 2:
			d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[10], Fields{record.Deleted: record.OfBool(false)}))
			d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[2], Fields{record.Deleted: record.OfBool(false)}))
		}
	})
	if next < 3 {
		t.Errorf("%d pages, want four", next)
	}
	for _, m := range []*Model{fresh, old} {
		m.Pull(t, st, Dasha, 100, nil)
	}
}
