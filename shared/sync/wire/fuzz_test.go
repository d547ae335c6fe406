// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/recordgen"
	"yuexin/shared/sync/wire"
)

func FuzzDecode(f *testing.F) {
	for _, m := range samples() {
		data, err := wire.Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := wire.Decode(data)
		if err != nil {
			return
		}
		again, err := wire.Encode(m)
		if err != nil {
			t.Fatalf("decoded and cannot be encoded: %v", err)
		}
		got, err := wire.Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got, same); diff != "" {
			t.Error(diff)
		}
		if list, ok := m.(*wire.Repair); ok {
			checkList(t, list)
		}
	})
}

// checkList: what a device compares by is in order, each record once, and in buckets
// that are named, once.
func checkList(t *testing.T, m *wire.Repair) {
	in := wire.InBuckets(m.Buckets)
	for i, one := range m.List {
		if i > 0 && m.List[i-1].ID.Compare(one.ID) >= 0 || !in(one.ID) {
			t.Errorf("record %s is out of order or beside the buckets", one.ID)
		}
		if mark, found := m.Find(one.ID); !found || mark != one.Mark {
			t.Errorf("record %s is not found", one.ID)
		}
	}
	for i := 1; i < len(m.Buckets); i++ {
		if m.Buckets[i-1] >= m.Buckets[i] {
			t.Errorf("buckets %v", m.Buckets)
		}
	}
}

func FuzzDecodeFrame(f *testing.F) {
	data, err := wire.EncodeFrame(sampleBatch())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	salted, err := wire.EncodeFrame(sampleSalted())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(salted)
	f.Add(encodedFrame(f, recordgen.HouseholdSets(1, villageLane, 9)))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := wire.DecodeFrame(data)
		if err != nil {
			return
		}
		again, err := wire.EncodeFrame(b)
		var limit *record.LimitError
		if errors.As(err, &limit) {
			return // a better compression than ours
		}
		if err != nil {
			t.Fatalf("decoded and cannot be encoded: %v", err)
		}
		got, err := wire.DecodeFrame(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, got, same); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzDecodeRows(f *testing.F) {
	f.Add(encodedRows(f, sampleRows()))
	f.Add(encodedRows(f, rowsOf(recordgen.HouseholdSets(1, villageLane, 9))))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := wire.DecodeRows(data)
		if err != nil {
			return
		}
		again, err := wire.EncodeRows(rows)
		var limit *record.LimitError
		if errors.As(err, &limit) {
			return // a better compression than ours
		}
		if err != nil {
			t.Fatalf("decoded and cannot be encoded: %v", err)
		}
		got, err := wire.DecodeRows(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows, got, same); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzDecodeChunk(f *testing.F) {
	f.Add(sampleChunk())
	f.Add([]byte{0x82, 1, 0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := wire.DecodeChunk(data)
		if err != nil {
			return
		}
		again, err := wire.EncodeChunk(rows)
		var limit *record.LimitError
		if errors.As(err, &limit) {
			return // a better compression than ours
		}
		if err != nil {
			t.Fatalf("decoded and cannot be encoded: %v", err)
		}
		if _, err := wire.DecodeChunk(again); err != nil { // a row may be cut into several
			t.Fatal(err)
		}
	})
}

func FuzzParseChangeSet(f *testing.F) {
	one, two := sampleSet(), sampleRare()
	f.Add(wire.AppendChangeSet(nil, &one))
	f.Add(wire.AppendChangeSet(nil, &two))
	f.Fuzz(func(t *testing.T, data []byte) {
		cs, err := wire.ParseChangeSet(data)
		if err != nil {
			return
		}
		if again := wire.AppendChangeSet(nil, cs); !bytes.Equal(again, data) {
			t.Errorf("written again: %x, want %x", again, data)
		}
	})
}

func FuzzParseRow(f *testing.F) {
	row := sampleRows()[0]
	f.Add(wire.AppendRow(nil, &row))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := wire.ParseRow(data)
		if err != nil {
			return
		}
		got, err := wire.ParseRow(wire.AppendRow(nil, r))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got, same); diff != "" {
			t.Error(diff)
		}
	})
}

// frameOf puts any content into a frame that is otherwise well formed.
func frameOf(sets, size uint64, content, dense []byte, compression uint64) []byte {
	b := record.AppendUint(record.AppendArray(nil, 13), wire.FrameFormat)
	b = record.AppendBytes(b, sampleLane.Incarnation[:])
	b = record.AppendText(b, string(sampleScope))
	b = record.AppendUint(record.AppendUint(b, 1), sets)
	for _, n := range []int{32, 32, 16, 4} {
		b = record.AppendBytes(b, make([]byte, n))
	}
	b = record.AppendUint(record.AppendUint(b, compression), size)
	return record.AppendBytes(record.AppendBytes(b, content), dense)
}

// TestHostileFrames sends what is small and claims to be large. Each is
// refused, and without taking much more than the content may have.
func TestHostileFrames(t *testing.T) {
	enc, err := zstd.NewWriter(nil, zstd.WithWindowSize(128<<10))
	if err != nil {
		t.Fatal(err)
	}
	zipped := func(plain []byte) []byte { return enc.EncodeAll(plain, nil) }
	bomb := zipped(make([]byte, 64<<20))
	// A content of 500 change sets with 256 writes of 256 equal fields each.
	wide := record.AppendArray(nil, 8)
	wide = record.AppendArray(wide, 256)
	for i := range 256 {
		wide = record.AppendText(wide, string([]byte{'f', byte('a' + i/26), byte('a' + i%26)}))
	}
	wide = record.AppendUint(record.AppendUint(record.AppendArray(wide, 2), 1), 0)
	wide = append(wide, mustHex(t, "8c 00 00 00 00 01 00 00 00 00 00 0a 190100")...)
	wide = append(wide, mustHex(t, "81 83 01 00 990100")...)
	for i := range 256 {
		wide = record.AppendUint(wide, uint64(i))
	}
	wide = append(wide, mustHex(t, "83 00 00 00")...)
	nested := append(record.AppendArray(nil, 8), bytes.Repeat([]byte{0x81}, 1<<20)...)
	names := append(record.AppendArray(record.AppendArray(nil, 8), 4<<20-100), bytes.Repeat([]byte{0x60}, 4<<20-200)...)

	tests := []struct {
		name string
		data []byte
	}{
		{"bomb with its true size", frameOf(1, 64<<20, bomb, nil, 1)},
		{"bomb with a false size", frameOf(1, 100, bomb, nil, 1)},
		{"bomb of the largest size", frameOf(1, record.MaxFramePlain, bomb, nil, 1)},
		{"wide content", frameOf(500, uint64(len(wide)), wide, make([]byte, 10), 0)},
		{"nested content", frameOf(1, uint64(len(nested)), zipped(nested), nil, 1)},
		{"four million names", frameOf(1, uint64(len(names)), zipped(names), nil, 1)},
		{"unknown compression", frameOf(1, 1, []byte{0}, nil, 2)},
		{"no change set", frameOf(0, 1, []byte{0}, nil, 0)},
		{"501 change sets", frameOf(501, 1, []byte{0}, nil, 0)},
		{"more than a frame may have", make([]byte, record.MaxFrameBytes+1)},
		{"nothing", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := wire.DecodeFrame(tt.data)
			runtime.ReadMemStats(&after)
			var limit *record.LimitError
			if !errors.Is(err, wire.ErrMalformed) && !errors.As(err, &limit) {
				t.Errorf("got %v, want ErrMalformed or a LimitError", err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 24<<20 {
				t.Errorf("took %d MB for a frame of %d bytes", took>>20, len(tt.data))
			}
		})
	}
}

// TestTruncated cuts and changes valid input everywhere: an error or another
// valid batch, never a panic.
func TestTruncated(t *testing.T) {
	frame, err := wire.EncodeFrame(sampleBatch())
	if err != nil {
		t.Fatal(err)
	}
	rows := encodedRows(t, sampleRows())
	for i := range frame {
		if _, err := wire.DecodeFrame(frame[:i]); err == nil {
			t.Errorf("a frame cut at %d is accepted", i)
		}
	}
	for i := range rows {
		if _, err := wire.DecodeRows(rows[:i]); err == nil {
			t.Errorf("rows cut at %d are accepted", i)
		}
	}
	chunk := sampleChunk()
	for i := range chunk {
		if _, err := wire.DecodeChunk(chunk[:i]); err == nil {
			t.Errorf("a chunk cut at %d is accepted", i)
		}
	}
	cs := sampleSet()
	whole := wire.AppendChangeSet(nil, &cs)
	for i := range whole {
		if _, err := wire.ParseChangeSet(whole[:i]); err == nil {
			t.Errorf("a change set cut at %d is accepted", i)
		}
	}
}

func TestParseChangeSetRefuses(t *testing.T) {
	cs := sampleSet()
	whole := wire.AppendChangeSet(nil, &cs)
	tests := []struct {
		name string
		data []byte
	}{
		{"unknown key", append(append([]byte{0xAD}, whole[1:]...), 0x11, 0x00)},
		{"trailing bytes", append(bytes.Clone(whole), 0)},
		{"empty optional", append(append([]byte{0xAD}, whole[1:]...), 0x0f, 0x00)},
		{"long head", bytes.Replace(whole, mustHex(t, "0301"), mustHex(t, "031801"), 1)},
		{"set out of order", bytes.Replace(whole, []byte("\x66citrus\x64rice"), []byte("\x64rice\x66citrus"), 1)},
		{"fields out of order", bytes.Replace(whole, []byte("\x64area\x19\x01\x5e\x64card\x43\x01\x02\x03"), []byte("\x64card\x43\x01\x02\x03\x64area\x19\x01\x5e"), 1)},
		{"float", bytes.Replace(whole, []byte("\x64area\x19\x01\x5e"), []byte("\x64area\xf9\x01\x5e"), 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if bytes.Equal(tt.data, whole) {
				t.Fatal("the test changed nothing")
			}
			if _, err := wire.ParseChangeSet(tt.data); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("got %v, want ErrMalformed", err)
			}
		})
	}
}
