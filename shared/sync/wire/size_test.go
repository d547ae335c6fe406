// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/klauspost/compress/zstd"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/recordgen"
	"yuexin/shared/sync/wire"
)

var villageLane = record.Lane{Incarnation: ident.Incarnation{8, 1}, Scope: "unit:06cpmkg80w9q3v5t7x1z2b4d6f"}

func encodedFrame(t testing.TB, sets []record.ChangeSet) []byte {
	t.Helper()
	b, err := wire.NewBatch(villageLane, sets[0].Link.Number, wire.Digest{1}, [16]byte{2, 3}, sets)
	if err != nil {
		t.Fatal(err)
	}
	b.Signature = make([]byte, 68)
	for i := range b.Signature {
		b.Signature[i] = byte(i * 37)
	}
	data, err := wire.EncodeFrame(b)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBytesPerRecord holds the budget of SYNC.md section 4.
func TestBytesPerRecord(t *testing.T) {
	creates := recordgen.HouseholdSets(1, villageLane, 500)
	edits := recordgen.EditSets(1, creates)
	tests := []struct {
		name string
		data []byte
		n    int
		most float64
	}{
		{"500 new records", encodedFrame(t, creates), 500, 100},
		{"100 edits of one field", encodedFrame(t, edits[:100]), 100, 60},
		{"1 edit of one field", encodedFrame(t, edits[:1]), 1, 420},
		{"500 rows", encodedRows(t, rowsOf(creates)), 500, 100},
		{"100 rows of one field", encodedRows(t, rowsOf(edits[:100])), 100, 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := float64(len(tt.data)) / float64(tt.n)
			t.Logf("%.1f bytes each", got)
			if got > tt.most {
				t.Errorf("%.1f bytes each, want at most %.0f", got, tt.most)
			}
		})
	}
}

// TestWorkloadIsHonest keeps the generator from becoming easier than the
// workload it stands for: about 1 KB as JSON, and no better compressible.
func TestWorkloadIsHonest(t *testing.T) {
	var all []byte
	for i := range 500 {
		fields := map[string]any{}
		for name, v := range recordgen.Household(1, i) {
			switch v.Type() {
			case record.Bool:
				fields[string(name)] = v.Bool()
			case record.Int:
				fields[string(name)] = v.Int()
			default:
				fields[string(name)] = v.Text()
			}
		}
		if len(fields) != 30 {
			t.Fatalf("%d fields, want 30", len(fields))
		}
		b, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		t.Fatal(err)
	}
	plain, zipped := len(all)/500, len(enc.EncodeAll(all, nil))/500
	t.Logf("JSON %d bytes, compressed %d", plain, zipped)
	if plain < 700 || plain > 1300 || zipped < 100 {
		t.Errorf("JSON %d bytes, compressed %d; want about 1000, and at least 100", plain, zipped)
	}
}

func encodedRows(t testing.TB, rows []wire.RowDelta) []byte {
	t.Helper()
	data, err := wire.EncodeRows(rows)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// rowsOf returns the state that the change sets come to when each is accepted.
func rowsOf(sets []record.ChangeSet) []wire.RowDelta {
	rows := make([]wire.RowDelta, len(sets))
	for i, cs := range sets {
		w := cs.Writes[0]
		rows[i].Header = w.Header
		for _, name := range w.FieldNames() {
			v := record.At(1, cs.Link.Number)
			rows[i].Fields = append(rows[i].Fields, wire.FieldDelta{Field: name, State: record.FieldState{
				Value: w.Fields[name], Version: v,
				Winner: record.Head{
					Value: w.Fields[name], Version: v, Source: cs.Source, Actor: cs.Actor, Merge: record.Latest,
					Stamp: hlc.New(cs.Reading.WallMS, 0),
				},
			}})
		}
	}
	return rows
}
