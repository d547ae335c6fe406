// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/recordgen"
	"yuexin/shared/sync/wire"
)

// same compares without telling nil from empty and without caches.
var same = cmp.Options{
	cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(wire.Batch{}),
	cmp.Comparer(func(a, b record.Value) bool { return a.Equal(b) }),
}

func TestChangeSetRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		link := record.Link{Lane: recordgen.Lane().Draw(t, "lane"), Number: rapid.Uint64Range(1, 1<<50).Draw(t, "number")}
		want := recordgen.ChangeSet(link).Draw(t, "set")
		b := wire.AppendChangeSet(nil, &want)
		got, err := wire.ParseChangeSet(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got, same); diff != "" {
			t.Fatal(diff)
		}
		if again := wire.AppendChangeSet(nil, got); !bytes.Equal(again, b) {
			t.Fatalf("written again: %x, want %x", again, b)
		}
		checkDeterministic(t, b)
	})
}

// checkDeterministic asks an independent implementation whether b is
// deterministic CBOR.
func checkDeterministic(t *rapid.T, b []byte) {
	var v any
	if err := strictCBOR.Unmarshal(b, &v); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	again, err := deterministicCBOR.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, b) {
		t.Fatalf("deterministic form %x, got %x", again, b)
	}
}

var (
	strictCBOR = mode(cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, IntDec: cbor.IntDecConvertNone,
		DefaultByteStringType: nil,
	}.DecMode())
	deterministicCBOR = mode(cbor.CoreDetEncOptions().EncMode())
)

func mode[T any](m T, err error) T {
	if err != nil {
		panic(err)
	}
	return m
}

func TestPersonBytesSurviveReissue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		link := record.Link{Lane: recordgen.Lane().Draw(t, "lane"), Number: 7}
		cs := recordgen.ChangeSet(link).Draw(t, "set")
		before := wire.PersonBytes(&cs)
		cs.Link.Lane.Incarnation[3]++
		cs.Link.Number, cs.Base, cs.Origin, cs.PersonSignature = 1, record.Base{}, &link, []byte{1}
		if !bytes.Equal(wire.PersonBytes(&cs), before) {
			t.Fatal("what a person signs depends on the place in the lane")
		}
		cs.Name += "x"
		if bytes.Equal(wire.PersonBytes(&cs), before) {
			t.Fatal("what a person signs does not cover the act")
		}
	})
}

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := recordgen.Batch().Draw(t, "batch")
		data, err := wire.EncodeFrame(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.DecodeFrame(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Fatal(diff)
		}
		if err := got.Verify(func(_, _ []byte) bool { return true }); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(recordgen.RowDelta(), 0, 8).Draw(t, "rows")
		data, err := wire.EncodeRows(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.DecodeRows(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Fatal(diff)
		}
		for i := range want {
			row, err := wire.ParseRow(wire.AppendRow(nil, &want[i]))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want[i], row, same); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// TestWorkloadRoundTrip covers the columns that only large batches have.
func TestWorkloadRoundTrip(t *testing.T) {
	sets := recordgen.HouseholdSets(3, villageLane, 500)
	got, err := wire.DecodeFrame(encodedFrame(t, sets))
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(sets)
	gotRows, err := wire.DecodeRows(encodedRows(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Sets) != len(sets) || len(gotRows) != len(rows) {
		t.Fatalf("%d change sets and %d rows, want %d of each", len(got.Sets), len(gotRows), len(sets))
	}
	for i := range sets {
		if !bytes.Equal(wire.AppendChangeSet(nil, &got.Sets[i]), wire.AppendChangeSet(nil, &sets[i])) {
			t.Errorf("change set %d is another", i)
		}
		if !bytes.Equal(wire.AppendRow(nil, &gotRows[i]), wire.AppendRow(nil, &rows[i])) {
			t.Errorf("row %d is another", i)
		}
	}
}

func TestVerify(t *testing.T) {
	sign := func(message []byte) []byte { return append([]byte("signed:"), message...) }
	check := func(message, signature []byte) bool { return bytes.Equal(sign(message), signature) }
	tests := []struct {
		name string
		harm func(*wire.Batch)
		want error
	}{
		{"honest", func(*wire.Batch) {}, nil},
		{"changed value", func(b *wire.Batch) { b.Sets[1].Writes[0].Fields["name"] = record.OfText("x") }, wire.ErrChain},
		{"changed author", func(b *wire.Batch) { b.Sets[0].Actor[0]++ }, wire.ErrChain},
		{"changed seed", func(b *wire.Batch) { b.Seed[0]++ }, wire.ErrChain},
		{"changed start", func(b *wire.Batch) { b.Before[0]++ }, wire.ErrChain},
		{"changed end", func(b *wire.Batch) { b.After[0]++ }, wire.ErrChain},
		{"left out", func(b *wire.Batch) { b.Sets = b.Sets[:2] }, wire.ErrChain},
		{"changed signature", func(b *wire.Batch) { b.Signature[9]++ }, wire.ErrSignature},
		{"no signature", func(b *wire.Batch) { b.Signature = nil }, wire.ErrSignature},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := wire.NewBatch(villageLane, 1, wire.LaneStart(villageLane), [16]byte{5}, recordgen.HouseholdSets(1, villageLane, 3))
			if err != nil {
				t.Fatal(err)
			}
			b.Signature = sign(b.SignedBytes())
			data, err := wire.EncodeFrame(b)
			if err != nil {
				t.Fatal(err)
			}
			got, err := wire.DecodeFrame(data)
			if err != nil {
				t.Fatal(err)
			}
			tt.harm(got)
			if err := got.Verify(check); !errors.Is(err, tt.want) {
				t.Errorf("Verify: %v, want %v", err, tt.want)
			}
		})
	}
}

func TestNewBatchRefuses(t *testing.T) {
	tests := []struct {
		name string
		harm func([]record.ChangeSet) []record.ChangeSet
	}{
		{"nothing", func([]record.ChangeSet) []record.ChangeSet { return nil }},
		{"a gap", func(s []record.ChangeSet) []record.ChangeSet { s[1].Link.Number++; return s }},
		{"another lane", func(s []record.ChangeSet) []record.ChangeSet { s[1].Link.Lane.Incarnation[0]++; return s }},
		{"another scope", func(s []record.ChangeSet) []record.ChangeSet { s[1].Scope = "ref"; return s }},
		{"a record elsewhere", func(s []record.ChangeSet) []record.ChangeSet { s[1].Writes[0].Header.Scope = "ref"; return s }},
		{"no write", func(s []record.ChangeSet) []record.ChangeSet { s[0].Writes = nil; return s }},
		{"not a text", func(s []record.ChangeSet) []record.ChangeSet {
			s[0].Writes[0].Fields["name"] = record.OfText("\xff")
			return s
		}},
		{"no stamp", func(s []record.ChangeSet) []record.ChangeSet { s[0].Floor = 1 << 63; return s }},
		{"too many", func(s []record.ChangeSet) []record.ChangeSet { return recordgen.HouseholdSets(1, villageLane, 501) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sets := tt.harm(recordgen.HouseholdSets(1, villageLane, 2))
			if _, err := wire.NewBatch(villageLane, 1, wire.Digest{}, [16]byte{}, sets); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestCutRows(t *testing.T) {
	rows := rowsOf(recordgen.HouseholdSets(1, villageLane, 50))
	big := wire.RowDelta{Header: rows[0].Header}
	for i := range 300 {
		v := record.OfBytes(bytes.Repeat([]byte{byte(i)}, 20_000))
		big.Fields = append(big.Fields, wire.FieldDelta{Field: record.Field("f" + string(rune('a'+i%26)) + string(rune('a'+i/26))), State: record.FieldState{Value: v}})
	}
	heads := make([]record.Head, 63)
	for i := range heads {
		heads[i] = record.Head{Value: record.OfBytes(bytes.Repeat([]byte{byte(i)}, record.MaxValueSize)), Actor: ident.Actor{byte(i)}}
	}
	fight := wire.RowDelta{Header: rows[0].Header, Fields: []wire.FieldDelta{{Field: "f", State: record.FieldState{Disputed: true, Aside: heads}}}}
	rows = append(rows, big, fight)

	fields := 0
	for _, part := range wire.CutRows(rows) {
		got, err := wire.DecodeRows(encodedRows(t, part))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range got {
			fields += len(r.Fields)
		}
	}
	if want := 50*30 + 300 + 1; fields != want {
		t.Errorf("%d fields arrived, want %d", fields, want)
	}
	if len(fight.Fields[0].State.Aside) != 63 {
		t.Error("CutRows changed its argument")
	}
}

// TestParseOlderRow: stores hold rows that write the policy of each field by name.
func TestParseOlderRow(t *testing.T) {
	older, err := hex.DecodeString("8650505152535455565758595a5b5c5d5e5f69686f757365686f6c64781f756e69743a303663706d6b673830773971337635" +
		"743778317a32623464366650606162636465666768696a6b6c6d6e6f82861b00000100000000121b00000100000000121b01" +
		"9e704488000000181e50202122232425262728292a2b2c2d2e2ff4861b00000100000000131b00000100000000121b019e70" +
		"4488000000181e50202122232425262728292a2b2c2d2e2ff48284646172656119015e00666c617465737485646e616d6566" +
		"e7a4bae4be8b016672657669657782f5818769e7a4bae4be8be794b21b00000100000000131b019e704488000000181e5021" +
		"22232425262728292a2b2c2d2e2f30f566726576696577")
	if err != nil {
		t.Fatal(err)
	}
	row, err := wire.ParseRow(older)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&sampleRows()[0], row, same); diff != "" {
		t.Errorf("-sample +older:\n%s", diff)
	}
}

// TestListIsBounded: a list that would have too many records ends with the bucket
// before, and still can be sent.
func TestListIsBounded(t *testing.T) {
	var all []wire.Listed
	for n := range uint32(wire.MaxListed + 500) {
		var id ident.Record
		binary.BigEndian.PutUint32(id[:], n)
		all = append(all, wire.Listed{ID: id})
	}
	var differ []uint8
	for b := range 256 {
		differ = append(differ, uint8(b))
	}
	var m wire.Repair
	m.ListFrom(differ, all)
	if n := len(m.List); n > wire.MaxListed || n < wire.MaxListed-1000 || len(m.Buckets) >= 256 {
		t.Errorf("%d records of %d buckets are listed", n, len(m.Buckets))
	}
	data, err := wire.Encode(&m)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.Decode(data); err != nil || len(got.(*wire.Repair).List) != len(m.List) {
		t.Errorf("decoded: %v", err)
	}
}
