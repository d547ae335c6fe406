// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/assets"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/wire"
)

func rule(t testing.TB, chunkRows string) *snapshot.Rule {
	t.Helper()
	r, err := snapshot.ParseRule(strings.NewReader(`{"version": 1, "kinds": ["household", "demand"], "chunk_rows": ` +
		chunkRows + `, "least_rows": 4, "stale_percent": 50, "keep_hours": 1, "total_mb": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// row returns a record whose fields have the versions given.
func row(id byte, kind record.Kind, versions ...record.Version) wire.RowDelta {
	r := wire.RowDelta{Header: record.Header{ID: ident.Record{15: id}, Kind: kind}}
	for i, v := range versions {
		state := record.FieldState{Version: v, Winner: record.Head{Version: v}}
		r.Fields = append(r.Fields, wire.FieldDelta{Field: record.Field(rune('a' + i)), State: state})
	}
	return r
}

func ids(chunks [][]ident.Record) (out [][]byte) {
	for _, c := range chunks {
		var one []byte
		for _, id := range c {
			one = append(one, id[15])
		}
		out = append(out, one)
	}
	return out
}

func TestChunks(t *testing.T) {
	disputed := row(2, "demand", 5)
	disputed.Fields[0].State.Aside = []record.Head{{Version: 1}}
	type added struct {
		row  wire.RowDelta
		born record.Version
	}
	tests := []struct {
		name string
		rows []added
		want [][]byte
	}{
		{"nothing", nil, nil},
		{"kinds in their order, newest first", []added{
			{row(1, "consent", 1), 1}, {row(2, "household", 2), 2}, {row(3, "household", 3), 3}, {row(4, "demand", 4), 4},
		}, [][]byte{{3, 2}, {4, 1}}},
		{"what one act created stays together, though all of it was replaced in one", []added{
			{row(1, "household", 1), 1}, {row(2, "household", 8), 2}, {row(3, "consent", 9), 1},
		}, [][]byte{{1, 3}, {2}}},
		{"what one act edited stays together", []added{
			{row(1, "household", 7, 1), 1}, {row(2, "consent", 2), 2}, {row(3, "household", 7), 3}, {row(4, "household", 4), 4},
		}, [][]byte{{1, 3}, {4, 2}}},
		{"also by what stands aside", []added{
			{row(1, "consent", 1), 1}, {disputed, 2}, {row(3, "household", 3), 3}, {row(4, "household", 4), 4},
		}, [][]byte{{4, 3}, {2, 1}}},
		{"from act to act", []added{
			{row(1, "household", 1), 1}, {row(2, "household", 1, 2), 1}, {row(3, "household", 2), 3},
		}, [][]byte{{1, 2, 3}}},
		{"of before births were known all together", []added{
			{row(1, "household", 1), 0}, {row(2, "household", 2), 2}, {row(3, "household", 3), 0}, {row(4, "household", 4), 0},
		}, [][]byte{{1, 3, 4}, {2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := snapshot.NewPlan(rule(t, "2"))
			for _, a := range tt.rows {
				p.Add(&a.row, a.born)
			}
			if diff := cmp.Diff(tt.want, ids(p.Chunks())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every record is in one chunk, and no act is in two.
func TestChunksAreAPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := snapshot.ParseRule(strings.NewReader(`{"version": 1, "chunk_rows": 3, "least_rows": 1, "stale_percent": 1, "keep_hours": 1, "total_mb": 1}`))
		if err != nil {
			t.Fatal(err)
		}
		p := snapshot.NewPlan(r)
		n := rapid.IntRange(0, 40).Draw(t, "records")
		acts := map[ident.Record][]record.Version{}
		version := rapid.Custom(func(t *rapid.T) record.Version { return record.Version(rapid.IntRange(1, 60).Draw(t, "version")) })
		for i := range n {
			seen := rapid.SliceOfN(version, 1, 3).Draw(t, "versions")
			born := version.Draw(t, "born")
			one := row(byte(i), "household", seen...)
			p.Add(&one, born)
			acts[one.Header.ID] = append(slices.Clone(seen), born)
		}
		in := map[record.Version]int{}
		count := 0
		for at, chunk := range p.Chunks() {
			for _, id := range chunk {
				count++
				for _, act := range acts[id] {
					if other, known := in[act]; known && other != at {
						t.Fatalf("act %d is in chunks %d and %d", act, other, at)
					}
					in[act] = at
				}
			}
		}
		if count != n || p.Len() != n {
			t.Fatalf("%d of %d records", count, n)
		}
	})
}

func TestRule(t *testing.T) {
	r := rule(t, "2")
	if r.Worth(3) || !r.Worth(4) || (*snapshot.Rule)(nil).Worth(1000) {
		t.Error("worth is not 4 records and more")
	}
	stale := map[record.Version]bool{10: false, 14: false, 15: true, 6: false}
	for head, want := range stale {
		if got := r.Stale(4, record.At(1, 10), record.At(2, uint64(head))); got != want {
			t.Errorf("4 records at 10, head %d: stale %v", head, got)
		}
	}
	if r.Stale(1000, 10, 510) || !r.Stale(1000, 10, 511) {
		t.Error("half of a thousand records is not the bound")
	}
	bad := []string{
		`{}`, `{"version": 1}`, `{"version": 1, "dogs": 1}`,
		`{"version": 1, "kinds": ["a", "a"], "chunk_rows": 1, "least_rows": 1, "stale_percent": 1, "keep_hours": 1, "total_mb": 1}`,
	}
	for _, text := range bad {
		if _, err := snapshot.ParseRule(strings.NewReader(text)); err == nil {
			t.Errorf("accepted: %s", text)
		}
	}
}

// The rule in use is read, and names kinds that there are.
func TestPublishedRule(t *testing.T) {
	read := func(name string) []byte {
		data, err := fs.ReadFile(assets.Folder("policies"), name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	published := read("snapshot-1.json")
	if _, err := snapshot.ParseRule(bytes.NewReader(published)); err != nil {
		t.Fatal(err)
	}
	catalogue, err := record.ParseCatalogue(bytes.NewReader(read("catalogue-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	var names struct{ Kinds []record.Kind }
	if err := json.Unmarshal(published, &names); err != nil {
		t.Fatal(err)
	}
	for _, kind := range names.Kinds {
		if !slices.Contains(catalogue.Kinds(), kind) {
			t.Errorf("the rule names %q, which the catalogue does not know", kind)
		}
	}
}
