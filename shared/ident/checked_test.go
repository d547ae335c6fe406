// SPDX-License-Identifier: Apache-2.0

package ident_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"yuexin/shared/ident"
)

// number is what the three checked types have in common.
type number interface {
	comparable
	fmt.Stringer
	slog.LogValuer
	IsZero() bool
	Masked() string
	MarshalText() ([]byte, error)
}

// Vectors of the standards' check rules; area 000000 and sequence 000 belong to
// nobody. 11010519491231002X is the sample of GB 11643 itself.
var (
	residents = []string{
		"11010519491231002X", "441284197203150002", "441226197203150009",
		"44122319720315000X", "440103198807210002", "441302198807210008",
	}
	usccs = []string{
		"91000000MA00000157", "92000000MA00000154", "93000000MA00000151",
		"N2000000MA0000015N", "54000000MA00000152",
	}
)

func TestParseForgives(t *testing.T) {
	t.Run("resident", func(t *testing.T) {
		accept(t, ident.ParseResidentID, "11010519491231002X", []string{
			"11010519491231002x", " 110105 19491231 002X\t", "110105-19491231-002x",
			"１１０１０５１９４９１２３１００２Ｘ", "110105　19491231　002ｘ", "\u202d11010519491231002X\u202c",
		})
	})
	t.Run("resident of the first generation", func(t *testing.T) {
		accept(t, ident.ParseResidentID, "11010519491231002X", []string{"110105491231002", "110105 491231 002"})
		accept(t, ident.ParseResidentID, "441284189901019976", []string{"441284990101997"})
	})
	t.Run("uscc", func(t *testing.T) {
		accept(t, ident.ParseUSCC, "N2000000MA0000015N", []string{
			"n2000000ma0000015n", "N2-000000-MA0000015-N", "Ｎ２０００００0ＭＡ0000015ｎ", "N2 000000 MA0000015 N",
		})
	})
	t.Run("mobile", func(t *testing.T) {
		accept(t, ident.ParseMobile, "19900001234", []string{
			"199 0000 1234", "199-0000-1234", "+86 199 0000 1234", "0086-19900001234", "8619900001234",
			"(+86)19900001234", "（＋８６）１９９００００１２３４", "\u202d199\u20110000\u20111234\u202c",
		})
	})
}

// accept checks that canonical and every variant give the canonical form, and
// that it survives text and JSON.
func accept[T number](t *testing.T, parse func(string) (T, error), canonical string, variants []string) {
	t.Helper()
	for _, in := range append(variants, canonical) {
		got, err := parse(in)
		if err != nil || got.String() != canonical {
			t.Errorf("parse(%q) = %q, %v, want %q", in, got, err, canonical)
		}
		data, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back T
		if err := json.Unmarshal(data, &back); err != nil || back != got {
			t.Errorf("JSON %s gives %v, %v", data, back, err)
		}
	}
}

func TestVectors(t *testing.T) {
	for _, text := range residents {
		accept(t, ident.ParseResidentID, text, nil)
	}
	for _, text := range usccs {
		accept(t, ident.ParseUSCC, text, nil)
	}
}

// Law: any single wrong character of a valid number is found.
func TestEverySubstitutionIsFound(t *testing.T) {
	for _, text := range residents {
		substitute(t, ident.ParseResidentID, text)
	}
	for _, text := range usccs {
		substitute(t, ident.ParseUSCC, text)
	}
}

func substitute[T number](t *testing.T, parse func(string) (T, error), text string) {
	t.Helper()
	for i := range text {
		for c := rune(0x20); c < 0x7F; c++ {
			wrong := text[:i] + string(c) + text[i+1:]
			if strings.EqualFold(wrong, text) {
				continue
			}
			if got, err := parse(wrong); err == nil {
				t.Errorf("%q at %d of %s was taken as %s", c, i+1, text, got)
			}
		}
	}
}

// Law: two neighbouring characters changed over are found by the check of the
// resident number (ISO 7064 MOD 11-2).
func TestResidentTranspositionIsFound(t *testing.T) {
	for _, text := range residents {
		for i := range len(text) - 1 {
			b := []byte(text)
			b[i], b[i+1] = b[i+1], b[i]
			if got, err := ident.ParseResidentID(string(b)); err == nil && string(b) != text {
				t.Errorf("%s with %d and %d changed over was taken as %s", text, i+1, i+2, got)
			}
		}
	}
}

func TestResidentFacts(t *testing.T) {
	tests := []struct {
		in    string
		area  string
		birth string
		sex   ident.Sex
	}{
		{"11010519491231002X", "110105", "1949-12-31", ident.Female},
		{"441284197203150002", "441284", "1972-03-15", ident.Female},
		{"110105491231001", "110105", "1949-12-31", ident.Male},
		{"440103200002290017", "440103", "2000-02-29", ident.Male},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			id := must(ident.ParseResidentID(tt.in))
			y, m, d := id.Birth()
			if got := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly); got != tt.birth {
				t.Errorf("birth %s, want %s", got, tt.birth)
			}
			if id.Area() != tt.area || id.Sex() != tt.sex {
				t.Errorf("area %s sex %d, want %s %d", id.Area(), id.Sex(), tt.area, tt.sex)
			}
		})
	}
}

func TestAge(t *testing.T) {
	china := time.FixedZone("CST", 8*3600)
	tests := []struct {
		id   string
		on   time.Time
		want int
	}{
		{"441284197203150002", time.Date(2026, 3, 14, 23, 59, 0, 0, china), 53},
		{"441284197203150002", time.Date(2026, 3, 15, 0, 0, 0, 0, china), 54},
		{"441284197203150002", time.Date(2026, 3, 14, 16, 0, 0, 0, time.UTC).In(china), 54},
		{"440103200002290017", time.Date(2018, 2, 28, 12, 0, 0, 0, china), 17},
		{"440103200002290017", time.Date(2018, 3, 1, 0, 0, 0, 0, china), 18},
		{"440103200002290017", time.Date(1999, 1, 1, 0, 0, 0, 0, china), -2},
	}
	for _, tt := range tests {
		if got := must(ident.ParseResidentID(tt.id)).Age(tt.on); got != tt.want {
			t.Errorf("%s on %s: age %d, want %d", tt.id, tt.on.Format(time.DateTime), got, tt.want)
		}
	}
}

func TestUSCCAndMobileParts(t *testing.T) {
	u := must(ident.ParseUSCC("N2000000MA0000015N"))
	if u.Prefix() != "N2" || u.Area() != "000000" || u.OrgCode() != "MA0000015" {
		t.Errorf("got %s %s %s", u.Prefix(), u.Area(), u.OrgCode())
	}
	m := must(ident.ParseMobile("199 0000 1234"))
	if m.E164() != "+8619900001234" || m.Tail() != "1234" {
		t.Errorf("got %s %s", m.E164(), m.Tail())
	}
}

func TestMaskedAndLogged(t *testing.T) {
	id := must(ident.ParseResidentID("441284197203150002"))
	u := must(ident.ParseUSCC("91000000MA00000157"))
	m := must(ident.ParseMobile("19900001234"))

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("seen", "id", id, "uscc", u, "mobile", m)
	for _, want := range []string{"id=4412**********0002", "uscc=9100**********0157", "mobile=199****1234"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log %q lacks %q", log.String(), want)
		}
	}
}

func TestZeroNumbers(t *testing.T) {
	zero(t, ident.ResidentID{}, new(ident.ResidentID))
	zero(t, ident.USCC{}, new(ident.USCC))
	zero(t, ident.Mobile{}, new(ident.Mobile))
	var (
		id ident.ResidentID
		u  ident.USCC
		m  ident.Mobile
	)
	y, mo, d := id.Birth()
	if y != 0 || mo != 0 || d != 0 || id.Sex() != ident.SexUnknown || id.Area() != "" || id.Age(time.Unix(0, 0)) != 0 {
		t.Error("a zero resident number has facts")
	}
	if u.Prefix()+u.Area()+u.OrgCode()+m.E164()+m.Tail() != "" {
		t.Error("a zero code or mobile has parts")
	}
}

func zero[T number](t *testing.T, v T, p interface{ UnmarshalText([]byte) error }) {
	t.Helper()
	text, err := v.MarshalText()
	if err != nil || !v.IsZero() || v.String()+v.Masked()+string(text) != "" {
		t.Errorf("%T: zero is not empty: %v", v, err)
	}
	if err := p.UnmarshalText(nil); err != nil {
		t.Errorf("%T: empty text: %v", v, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func FuzzResidentID(f *testing.F) {
	for _, s := range residents {
		f.Add(s)
	}
	f.Add("110105491231002")
	f.Fuzz(func(t *testing.T, s string) { identity(t, ident.ParseResidentID, s) })
}

func FuzzUSCC(f *testing.F) {
	for _, s := range usccs {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { identity(t, ident.ParseUSCC, s) })
}

func FuzzMobile(f *testing.F) {
	f.Add("+86 199 0000 1234")
	f.Fuzz(func(t *testing.T, s string) { identity(t, ident.ParseMobile, s) })
}

// identity is the law parse∘print = identity, and no error repeats the input.
func identity[T number](t *testing.T, parse func(string) (T, error), s string) {
	v, err := parse(s)
	if err != nil {
		if !v.IsZero() || len(s) > 30 && strings.Contains(err.Error(), s) {
			t.Fatalf("refused with value %v, error %q", v, err)
		}
		return
	}
	if again, err := parse(v.String()); err != nil || again != v {
		t.Fatalf("%q gives %s, which gives %v, %v", s, v, again, err)
	}
}
