// SPDX-License-Identifier: Apache-2.0

package hlc_test

import (
	"bytes"
	"cmp"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/sync/hlc"
)

func TestNewClamps(t *testing.T) {
	tests := []struct {
		name    string
		wall    int64
		logical uint16
		want    hlc.Stamp
	}{
		{"zero is none", 0, 0, 0},
		{"before 1970", -1, 4, hlc.New(0, 4)},
		{"beyond the end", hlc.MaxWallMS + 1, hlc.MaxLogical, hlc.Max},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := hlc.New(tt.wall, tt.logical); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if !hlc.New(0, 0).IsZero() || hlc.New(0, 1).IsZero() {
		t.Error("IsZero is wrong")
	}
	if int64(hlc.Max) < 0 {
		t.Error("the last stamp does not fit a positive int64")
	}
}

func TestStampForms(t *testing.T) {
	s := hlc.New(1772699400123, 42)
	if got, want := s.String(), "2026-03-05T08:30:00.123Z/00042"; got != want {
		t.Errorf("text: got %s, want %s", got, want)
	}
	if got, want := slog.AnyValue(s).Resolve().String(), s.String(); got != want {
		t.Errorf("log value: got %s, want %s", got, want)
	}
	got, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{0x01, 0x9c, 0xbd, 0x1e, 0x37, 0xbb, 0x00, 0x2a}; !bytes.Equal(got, want) {
		t.Errorf("binary: got %x, want %x", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"empty", ""},
		{"no counter", "2026-03-05T08:30:00.123Z"},
		{"short counter", "2026-03-05T08:30:00.123Z/0042"},
		{"counter too large", "2026-03-05T08:30:00.123Z/65536"},
		{"counter no number", "2026-03-05T08:30:00.123Z/+0042"},
		{"other zone", "2026-03-05T08:30:00.123+8/00042"},
		{"no such day", "2026-02-30T08:30:00.123Z/00042"},
		{"before 1970", "1969-12-31T23:59:59.999Z/00000"},
		{"after the end", "9999-01-01T00:00:00.000Z/00000"},
		{"decimal comma", "2026-03-05T08:30:00,123Z/00042"},
		{"other separator", "2026-03-05T08:30:00.123Z 00042"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := hlc.New(7, 7)
			if err := s.UnmarshalText([]byte(tt.in)); !errors.Is(err, hlc.ErrFormat) {
				t.Errorf("got %v, want ErrFormat", err)
			}
			if s != hlc.New(7, 7) {
				t.Error("the stamp was changed")
			}
		})
	}
}

func TestBinaryRefuses(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
	}{
		{"empty", nil},
		{"short", make([]byte, 7)},
		{"long", make([]byte, 9)},
		{"beyond the end", bytes.Repeat([]byte{0xff}, 8)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := hlc.New(7, 7)
			if err := s.UnmarshalBinary(tt.in); !errors.Is(err, hlc.ErrFormat) {
				t.Errorf("got %v, want ErrFormat", err)
			}
			if s != hlc.New(7, 7) {
				t.Error("the stamp was changed")
			}
		})
	}
}

func TestMarshalRefusesWhatItCouldNotRead(t *testing.T) {
	bad := hlc.Max + 1
	if _, err := bad.MarshalBinary(); !errors.Is(err, hlc.ErrFormat) {
		t.Errorf("binary: got %v, want ErrFormat", err)
	}
	if _, err := bad.MarshalText(); !errors.Is(err, hlc.ErrFormat) {
		t.Errorf("text: got %v, want ErrFormat", err)
	}
}

func TestOneOrderInEveryForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := stamps().Draw(t, "a"), stamps().Draw(t, "b")
		want := cmp.Compare(a, b)
		binA, _ := a.MarshalBinary()
		binB, _ := b.MarshalBinary()
		if got := bytes.Compare(binA, binB); got != want {
			t.Fatalf("binary order %d, want %d", got, want)
		}
		if got := strings.Compare(a.String(), b.String()); got != want {
			t.Fatalf("text order %d, want %d", got, want)
		}
		if got := cmp.Compare(int64(a), int64(b)); got != want {
			t.Fatalf("int64 order %d, want %d", got, want)
		}
		var back hlc.Stamp
		if err := back.UnmarshalBinary(binA); err != nil || back != a {
			t.Fatalf("binary round trip: got %v, %v, want %v", back, err, a)
		}
		if back, err := hlc.Parse(a.String()); err != nil || back != a {
			t.Fatalf("text round trip: got %v, %v, want %v", back, err, a)
		}
		if hlc.New(a.WallMS(), a.Logical()) != a {
			t.Fatalf("parts of %v do not make it again", a)
		}
	})
}

// FuzzParse: what Parse accepts, String prints back.
func FuzzParse(f *testing.F) {
	f.Add("2026-03-05T08:30:00.123Z/00042")
	f.Add("1970-01-01T00:00:00.000Z/00000")
	f.Add("2026-03-05T08:30:00,123Z/00042")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := hlc.Parse(text)
		if err != nil {
			return
		}
		if got := s.String(); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	})
}

// FuzzBinary: what UnmarshalBinary accepts, MarshalBinary writes back.
func FuzzBinary(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte{0xff, 1, 2, 3, 4, 5, 6, 7})
	f.Fuzz(func(t *testing.T, data []byte) {
		var s hlc.Stamp
		if err := s.UnmarshalBinary(data); err != nil {
			return
		}
		if got, err := s.MarshalBinary(); err != nil || !bytes.Equal(got, data) {
			t.Errorf("got %x, %v, want %x", got, err, data)
		}
	})
}
