// SPDX-License-Identifier: Apache-2.0

package record_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/recordgen"
)

func TestValueOrderIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(recordgen.Value(), 3, 3).Draw(t, "values")
		a, b, c := v[0], v[1], v[2]
		if a.Compare(b) != -b.Compare(a) {
			t.Fatal("not antisymmetric")
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatal("not transitive")
		}
		same := slices.Equal(a.AppendCanonical(nil), b.AppendCanonical(nil))
		if a.Equal(b) != same {
			t.Fatalf("equal %v, same bytes %v", a.Equal(b), same)
		}
		if (record.Value{}).Compare(a) > 0 {
			t.Fatal("None is not first")
		}
	})
}

func TestValueOrder(t *testing.T) {
	ordered := []record.Value{
		{}, record.OfBool(false), record.OfBool(true), record.OfInt(math.MinInt64), record.OfInt(-1), record.OfInt(0),
		record.OfInt(math.MaxInt64), record.OfText(""), record.OfText("a"), record.OfText("b"), record.OfBytes(nil),
		record.OfBytes([]byte{1}), record.OfSet(), record.OfSet("a"), record.OfSet("a", "b"), record.OfSet("b"),
	}
	for i := range ordered {
		for j := range ordered {
			want := min(max(i-j, -1), 1)
			if got := ordered[i].Compare(ordered[j]); got != want {
				t.Errorf("%d against %d: %d, want %d", i, j, got, want)
			}
		}
	}
}

func TestValueForms(t *testing.T) {
	set := record.OfSet("b", "a", "b")
	if diff := cmp.Diff([]string{"a", "b"}, set.Set()); diff != "" {
		t.Error(diff)
	}
	if got := set.Size(); got != 2 {
		t.Errorf("size %d, want 2", got)
	}
	if got := record.OfText("12").Int(); got != 0 {
		t.Errorf("the number of a text is %d, want 0", got)
	}
	if got := record.OfInt(1).Bool(); got {
		t.Error("the truth of a number is true")
	}
	bytes := []byte{1, 2}
	v := record.OfBytes(bytes)
	bytes[0] = 9
	if v.Bytes()[0] != 1 {
		t.Error("the value shares the caller's bytes")
	}
}

func TestValueNeverPrintsItsContent(t *testing.T) {
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []record.Value{record.OfText("secret"), record.OfBytes([]byte("secret")), record.OfSet("secret")} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "secret") {
				t.Errorf("%s prints %s", format, got)
			}
		}
	}
}

func TestCanonicalVectors(t *testing.T) {
	tests := []struct {
		name string
		v    record.Value
		want string
	}{
		{"none", record.Value{}, "f6"},
		{"false", record.OfBool(false), "f4"},
		{"true", record.OfBool(true), "f5"},
		{"0", record.OfInt(0), "00"},
		{"23", record.OfInt(23), "17"},
		{"24", record.OfInt(24), "1818"},
		{"256", record.OfInt(256), "190100"},
		{"65536", record.OfInt(65536), "1a00010000"},
		{"2^32", record.OfInt(1 << 32), "1b0000000100000000"},
		{"-1", record.OfInt(-1), "20"},
		{"-25", record.OfInt(-25), "3818"},
		{"least", record.OfInt(math.MinInt64), "3b7fffffffffffffff"},
		{"greatest", record.OfInt(math.MaxInt64), "1b7fffffffffffffff"},
		{"empty text", record.OfText(""), "60"},
		{"text", record.OfText("粤信"), "66e7b2a4e4bfa1"},
		{"bytes", record.OfBytes([]byte{1, 2}), "420102"},
		{"set", record.OfSet("b", "a"), "8261616162"},
		{"empty set", record.OfSet(), "80"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := hex.EncodeToString(tt.v.AppendCanonical(nil)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestCanonicalAgreesWithAnotherImplementation compares with fxamacker/cbor
// in its deterministic mode.
func TestCanonicalAgreesWithAnotherImplementation(t *testing.T) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := recordgen.Value().Draw(t, "value")
		var plain any
		switch v.Type() {
		case record.Bool:
			plain = v.Bool()
		case record.Int:
			plain = v.Int()
		case record.Text:
			plain = v.Text()
		case record.Bytes:
			plain = v.Bytes()
		case record.Set:
			plain = append([]string{}, v.Set()...)
		}
		want, err := mode.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, v.AppendCanonical(nil)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestVersion(t *testing.T) {
	v := record.At(3, 9)
	if v.Epoch() != 3 || v.Seq() != 9 || v.Next() != record.At(3, 10) || v.String() != "3.9" {
		t.Errorf("epoch %d, sequence %d, next %v, text %v", v.Epoch(), v.Seq(), v.Next(), v)
	}
	if record.At(1, record.MaxSeq) >= record.At(2, 0) {
		t.Error("an epoch does not come after the one before")
	}
}

func TestLineageCurrent(t *testing.T) {
	// Epoch 2 continues after 1.10, epoch 4 after 2.20; epoch 3 was lost.
	lineage := record.Lineage{{Epoch: 2, From: record.At(1, 10)}, {Epoch: 4, From: record.At(2, 20)}}
	tests := []struct {
		name    string
		lineage record.Lineage
		v, want record.Version
	}{
		{"no fork", nil, record.At(1, 5), record.At(1, 5)},
		{"nothing seen", lineage, 0, 0},
		{"before the fork", lineage, record.At(1, 4), record.At(1, 4)},
		{"at the fork", lineage, record.At(1, 10), record.At(1, 10)},
		{"lost with the first epoch", lineage, record.At(1, 11), record.At(1, 10)},
		{"kept of the second", lineage, record.At(2, 20), record.At(2, 20)},
		{"lost with the second", lineage, record.At(2, 21), record.At(2, 20)},
		{"a lost epoch", lineage, record.At(3, 5), 0},
		{"the current epoch", lineage, record.At(4, 99), record.At(4, 99)},
		{"two forks at once", record.Lineage{{Epoch: 2, From: record.At(1, 10)}, {Epoch: 3, From: record.At(1, 5)}}, record.At(2, 12), record.At(1, 5)},
		{"kept by one fork, lost by the next", record.Lineage{{Epoch: 2, From: record.At(1, 10)}, {Epoch: 3, From: record.At(1, 5)}}, record.At(1, 8), record.At(1, 5)},
		{"an epoch nobody knows yet", lineage, record.At(9, 1), 0},
		{"an epoch of another store, never restored", nil, record.At(2, 1), 0},
		{"no epoch at all", nil, record.At(0, 7), 0},
		{"lost with the first epoch, though later ones forked", record.Lineage{{Epoch: 7, From: record.At(1, 10)}}, record.At(1, 50), record.At(1, 10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.lineage.Current(tt.v); got != tt.want {
				t.Errorf("Current(%v) = %v, want %v", tt.v, got, tt.want)
			}
		})
	}
}
