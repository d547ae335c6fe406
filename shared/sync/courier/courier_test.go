// SPDX-License-Identifier: Apache-2.0

package courier_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/courier"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/wire"
)

var sample = courier.File{Device: ident.Device{7}, Boxes: [][]byte{[]byte("one"), {}, []byte("three")}}

// TestDamagedFile: a file that lost its end, or in which one bit is another, is
// never taken for a whole one.
func TestDamagedFile(t *testing.T) {
	whole := sample.Encode()
	if got, err := courier.Decode(whole); err != nil || !cmp.Equal(sample, got) {
		t.Fatalf("%v, %v", got, err)
	}
	for n := range whole {
		if _, err := courier.Decode(whole[:n]); !fault.Is(err, fault.Corrupt) {
			t.Errorf("the first %d bytes: %v, want corrupt", n, err)
		}
		flipped := bytes.Clone(whole)
		flipped[n] ^= 1
		if _, err := courier.Decode(flipped); err == nil {
			t.Errorf("a flipped bit in byte %d is not noticed", n)
		}
	}
	for _, tc := range []struct {
		data string
		want fault.Kind
	}{{"PK\x03\x04", fault.Invalid}, {"yuexin courier\n\x02", fault.Unsupported}, {string(whole) + "\x00", fault.Corrupt}} {
		if _, err := courier.Decode([]byte(tc.data)); !fault.Is(err, tc.want) {
			t.Errorf("%q: %v, want %v", tc.data, err, tc.want)
		}
	}
}

// TestReissue: a run comes to one lane, the same run to the same place with the same
// digest; it says what its author said, and names its origin. Another end of the same
// lane, as a copy of the disk has it, comes to another place.
func TestReissue(t *testing.T) {
	lane := record.Lane{Incarnation: ident.Incarnation{1}, Scope: recordtest.Here}
	before, first := wire.Digest{9}, uint64(4)
	next := func(name string) *wire.Batch {
		act := recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"name": record.OfText(name)})
		cs := record.ChangeSet{Act: act, Link: record.Link{Lane: lane, Number: first}}
		cs.Base.Number = first - 1
		b, err := wire.NewBatch(lane, first, before, [16]byte{5}, []record.ChangeSet{cs})
		if err != nil {
			t.Fatal(err)
		}
		before, first = b.After, first+1
		return b
	}
	take := func(want int, boxes ...*wire.Batch) []*wire.Batch {
		t.Helper()
		out, err := courier.Reissue(boxes)
		if err != nil || len(out) != want {
			t.Fatalf("%d batches, %v, want %d", len(out), err, want)
		}
		return out
	}
	a, b := next("甲"), next("乙")
	before, first = a.After, a.First+1
	other := next("丙")
	one := take(1, a, b)[0]
	if one.Lane != courier.Lane(lane.Scope, a.After, b.After) || one.Lane == lane || one.First != 1 || len(one.Sets) != 2 {
		t.Errorf("taken as %+v", one)
	}
	for i, was := range []*wire.Batch{a, b} {
		cs := &one.Sets[i]
		if !bytes.Equal(wire.PersonBytes(cs), wire.PersonBytes(&was.Sets[0])) || *cs.Origin != was.Sets[0].Link || cs.Base.Number != uint64(i) {
			t.Errorf("%d: %+v", i, cs)
		}
		if was.Sets[0].Origin != nil || was.Sets[0].Link.Lane != lane {
			t.Error("the box itself was changed")
		}
	}
	if again := take(1, a, b)[0]; again.After != one.After {
		t.Error("the place does not follow from the content")
	}
	if two := take(1, a, other)[0]; two.Lane == one.Lane {
		t.Error("two histories of a lane come to one place")
	}
	if apart := take(2, a, other, b)[1]; apart.Lane != courier.Lane(lane.Scope, b.After, b.After) {
		t.Error("what does not follow is taken for one run")
	}
	many := make([]*wire.Batch, record.MaxFrameSets+1)
	for i := range many {
		many[i] = next("丁")
	}
	if long := take(2, many...); long[1].First != record.MaxFrameSets+1 || long[1].Before != long[0].After || long[1].Lane != long[0].Lane {
		t.Error("a long run is not cut so that the second part continues the first")
	}
	b.Sets = append(b.Sets, b.Sets[0])
	if _, err := courier.Reissue([]*wire.Batch{b}); !fault.Is(err, fault.Corrupt) {
		t.Errorf("two in a box: %v", err)
	}
}

// FuzzDecode: what is read is written as the same bytes again, so that a file has one
// meaning; everything else is a fault with a key.
func FuzzDecode(f *testing.F) {
	whole := sample.Encode()
	for _, data := range [][]byte{nil, whole, whole[:20], whole[:len(whole)-1], courier.File{}.Encode(), []byte("yuexin courier\n\x02"), []byte("PK")} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := courier.Decode(data)
		if err != nil {
			if fault.From(err).Key == "" || len(got.Boxes) > 0 {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if !bytes.Equal(got.Encode(), data) {
			t.Error("what was read is written otherwise")
		}
	})
}
