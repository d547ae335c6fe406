// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// SnapshotRule cuts the small scopes of tests: five records a chunk, from ten on.
func SnapshotRule(t testing.TB) *snapshot.Rule {
	t.Helper()
	r, err := snapshot.ParseRule(strings.NewReader(`{
		"version": 1, "kinds": ["household"], "chunk_rows": 5, "least_rows": 10, "stale_percent": 50, "keep_hours": 24, "total_mb": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Pieces returns the chunks of a snapshot, put together from what the store hands out.
func Pieces(t testing.TB, st store.Store, m *wire.Snapshot) (chunks [][]byte) {
	t.Helper()
	for i, size := range m.Sizes {
		var chunk []byte
		for uint64(len(chunk)) < size {
			data, err := st.SnapshotPiece(t.Context(), m.Checkpoint.Cursor.Scope, m.ID, uint64(i), uint64(len(chunk)))
			if err != nil || len(data) == 0 || len(data) > wire.MaxPieceBytes {
				t.Fatalf("chunk %d from byte %d: %d bytes, %v", i, len(chunk), len(data), err)
			}
			chunk = append(chunk, data...)
		}
		chunks = append(chunks, chunk)
	}
	return chunks
}

// testSnapshot: the pieces of a snapshot are the view, whole and in useful order; the
// next device gets the same; a place in it is found again, also when there is a newer.
func testSnapshot(t *testing.T, open Open) {
	s := NewSetup(t)
	s.Snapshots = SnapshotRule(t)
	now := Start
	s.Now = func() time.Time { return now }
	st := must(t, open, s)
	d := Enrol(t, st, "officer", "officer", Dasha)
	view := s.Access.View("officer")
	get := func(held wire.HeldSnapshot) *wire.Snapshot {
		t.Helper()
		m, err := st.Snapshot(t.Context(), Dasha, view, held)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for name, scope := range map[string]ident.Scope{"not met": Luoyu, "empty": Dasha} {
		if m, err := st.Snapshot(t.Context(), scope, view, wire.HeldSnapshot{}); m != nil || err != nil {
			t.Errorf("a scope %s: %+v, %v", name, m, err)
		}
	}
	var all []record.Header
	for i := range 12 {
		h, other := d.Header(t, "household", Dasha), d.Header(t, "point", Dasha)
		all = append(all, h, other)
		d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"mu": Int(int64(i)), "holder": Text(strings.Repeat("示例", 999))}),
			Create(other, Fields{"amount": Int(1)}))
	}
	d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Delete(all[0]))

	m := get(wire.HeldSnapshot{})
	chunks := Pieces(t, st, m)
	model := &Model{View: view, fields: map[ident.Record]map[record.Field]record.FieldState{}}
	place := map[ident.Record]int{}
	for i, chunk := range chunks {
		rows, err := wire.DecodeChunk(chunk)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			place[row.Header.ID] = i
		}
		model.take(rows)
	}
	delta, err := st.Delta(t.Context(), Dasha, view, store.From{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	model.compare(t, delta)
	cp := m.Checkpoint
	if c := cp.Cursor; c.Version != delta.To || c.LogHash != delta.State.LogHash || cp.Digest != delta.Sum || cp.Rows != delta.Live || cp.Floor != delta.State.Floor {
		t.Errorf("it comes to %+v, the store stands at %+v", cp, delta.State)
	}
	if _, there := place[all[0].ID]; there {
		t.Error("a deleted record is in the snapshot")
	}
	for i := 2; i < len(all); i += 2 {
		if place[all[i].ID] != place[all[i+1].ID] {
			t.Errorf("act %d is cut apart", i/2)
		}
	}
	if place[all[22].ID] != 0 || place[all[2].ID] < place[all[20].ID] {
		t.Errorf("the newest do not come first: %v", place)
	}

	if again := get(wire.HeldSnapshot{}); again.ID != m.ID {
		t.Error("the next device gets another")
	}
	at := wire.HeldSnapshot{ID: m.ID, Chunk: 1, Offset: 7}
	for i := range 20 { // beyond what makes it stale
		d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[4], Fields{"mu": Int(int64(100 + i))}))
	}
	newer := get(wire.HeldSnapshot{})
	if newer.ID == m.ID || newer.Checkpoint.Cursor.Version == cp.Cursor.Version {
		t.Error("a stale one is given to a device that begins")
	}
	if got := get(at); got.ID != m.ID || got.Chunk != 1 || got.Offset != 7 {
		t.Errorf("who has begun it goes on at %+v", got)
	}
	if got := Pieces(t, st, m); !slices.EqualFunc(got, chunks, bytes.Equal) {
		t.Error("and it has changed")
	}
	for name, held := range map[string]wire.HeldSnapshot{
		"beyond a chunk": {ID: m.ID, Chunk: 1, Offset: m.Sizes[1]}, "beyond the end": {ID: m.ID, Chunk: uint64(len(m.Sizes)) + 1}, "another id": {ID: wire.SnapshotID{9}, Chunk: 1},
	} {
		if got := get(held); got.ID != newer.ID || got.Chunk != 0 || got.Offset != 0 {
			t.Errorf("%s: goes on at chunk %d, byte %d of %x", name, got.Chunk, got.Offset, got.ID)
		}
	}
	if got := get(wire.HeldSnapshot{ID: m.ID, Chunk: uint64(len(m.Sizes))}); got.ID != m.ID || got.Chunk != uint64(len(m.Sizes)) {
		t.Error("who has all of it begins again")
	}
	now = now.Add(25 * time.Hour)
	if got := get(wire.HeldSnapshot{}); got.ID != newer.ID {
		t.Error("the same content has another id when it was made anew")
	}
	if _, err := st.SnapshotPiece(t.Context(), Dasha, m.ID, 0, 0); !fault.Is(err, fault.Gone) {
		t.Errorf("one older than a day: %v", err)
	}
	if _, err := st.SnapshotPiece(t.Context(), Luoyu, newer.ID, 0, 0); !fault.Is(err, fault.Gone) {
		t.Errorf("by another scope: %v", err)
	}

	other, err := st.Snapshot(t.Context(), Dasha, s.Access.View("kiosk"), wire.HeldSnapshot{})
	if err != nil || other == nil || other.ID == newer.ID {
		t.Fatalf("another view: %+v, %v", other, err)
	}
	for _, chunk := range Pieces(t, st, other) {
		rows, err := wire.DecodeChunk(chunk)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, f := range row.Fields {
				if f.Field == "holder" || row.Header.Kind == "point" {
					t.Errorf("a kiosk is sent %s of a %s", f.Field, row.Header.Kind)
				}
			}
		}
	}
}
