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

// TestReissue: the same box comes to the same place with the same digest, says what
// its author said, and names its origin; another comes to another place.
func TestReissue(t *testing.T) {
	lane := record.Lane{Incarnation: ident.Incarnation{1}, Scope: recordtest.Here}
	box := func(name string) *wire.Batch {
		act := recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"name": record.OfText(name)})
		cs := record.ChangeSet{Act: act, Link: record.Link{Lane: lane, Number: 4}}
		cs.Base.Number = 3
		b, err := wire.NewBatch(lane, 4, wire.Digest{9}, [16]byte{5}, []record.ChangeSet{cs})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	take := func(b *wire.Batch) *wire.Batch {
		out, err := courier.Reissue(b)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	one, again, other := take(box("甲")), take(box("甲")), take(box("乙"))
	was := box("甲")
	cs := &one.Sets[0]
	if one.Lane != courier.Lane(lane.Scope, was.After) || one.Lane == lane || one.First != 1 || *cs.Origin != was.Sets[0].Link || cs.Base.Number != 0 {
		t.Errorf("taken as %+v", one)
	}
	if !bytes.Equal(wire.PersonBytes(cs), wire.PersonBytes(&was.Sets[0])) {
		t.Error("it does not say what its author said")
	}
	if one.After != again.After || one.Lane != again.Lane || one.Lane == other.Lane {
		t.Error("the place does not follow from the content")
	}
	if was.Sets[0].Origin != nil || was.Sets[0].Link.Lane != lane {
		t.Error("the box itself was changed")
	}
	was.Sets = append(was.Sets, was.Sets[0])
	if _, err := courier.Reissue(was); !fault.Is(err, fault.Corrupt) {
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
