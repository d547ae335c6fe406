// SPDX-License-Identifier: Apache-2.0

package stroke_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"yuexin/assets"
	"yuexin/assets/fonts"
	"yuexin/shared/stroke"
)

var packed = sync.OnceValue(func() []byte {
	data, err := assets.FS.ReadFile("pinyin/strokes.bin")
	if err != nil {
		panic(err)
	}
	return data
})

// shared is the table of all tests here: it never changes.
var shared = sync.OnceValue(func() *stroke.Table {
	t, err := stroke.Load(packed())
	if err != nil {
		panic(err)
	}
	return t
})

// TestFind writes characters as people write them: whole, begun, with a stroke that they are not sure of.
func TestFind(t *testing.T) {
	tests := []struct {
		name, pattern, want string
		within              int // candidates
	}{
		{"one stroke", "1", "一", 1},
		{"whole", "5215234", "陈", 3},
		{"begun", "52152", "陈", 8},
		{"one stroke not known", "521*234", "陈", 8},
		{"most not known", "***5234", "陈", 20},
		{"a given name's rare character", "5415412512", "翀", 4},
		{"the same, as others write it", "5445442512", "翀", 4},
		{"a character of places", "4414534121251", "滘", 2},
		{"beyond the usual planes of GBK", "12113252", "㘵", 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := shared().Find(tt.pattern, 200)
			if i := slices.Index(got, tt.want); i < 0 || i >= tt.within {
				t.Errorf("%s is at %d of %v, want it within %d", tt.want, i, got[:min(len(got), 20)], tt.within)
			}
		})
	}
}

func TestFindNothing(t *testing.T) {
	for _, pattern := range []string{"", "6", "一", "1 2", "55555555555555", strings.Repeat("*", stroke.Most+1)} {
		if got := shared().Find(pattern, 10); len(got) > 0 {
			t.Errorf("Find(%q) = %v, want nothing", pattern, got)
		}
	}
}

// officialCharacters are the 8,105 of 通用规范汉字表, which people may be named with.
func officialCharacters(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../assets/fonts/characters.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.Join(strings.Fields(string(data)), ""), "")
}

// withoutOrder is how many of them neither source has: rare characters of chemistry and old texts, all beyond U+2A000.
const withoutOrder = 108

func TestOfficialCharactersAreFound(t *testing.T) {
	known := make(map[string]bool)
	for _, first := range "12345" {
		for _, char := range shared().Find(string(first), 20000) {
			known[char] = true
		}
	}
	missing := 0
	for _, char := range officialCharacters(t) {
		if known[char] {
			continue
		}
		if missing++; []rune(char)[0] < 0x2a000 {
			t.Errorf("%s has no order of strokes", char)
		}
	}
	if missing > withoutOrder {
		t.Errorf("%d official characters have no order of strokes, want at most %d", missing, withoutOrder)
	}
	for char := range known {
		if len(fonts.Missing(char)) > 0 {
			t.Errorf("%s cannot be drawn", char)
		}
	}
}

// TestFindAgainstEverything: for a small table, what is found for any pattern is what trying each character by hand finds,
// in the same order.
func TestFindAgainstEverything(t *testing.T) {
	order := rapid.StringMatching(`[1-3]{1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		var entries []stroke.Entry
		for _, char := range "陈李黄张" {
			entries = append(entries, stroke.Entry{Char: string(char), Orders: rapid.SliceOfN(order, 1, 3).Draw(t, "orders")})
		}
		var file bytes.Buffer
		if err := stroke.Pack(&file, entries); err != nil {
			t.Fatal(err)
		}
		table, err := stroke.Load(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		pattern := rapid.StringMatching(`[1-3*]{1,4}`).Draw(t, "pattern")
		just := regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", ".") + "$")
		begun := regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", ".") + ".")
		var want, later []string
		for _, e := range entries {
			if slices.ContainsFunc(e.Orders, just.MatchString) {
				want = append(want, e.Char)
			} else if slices.ContainsFunc(e.Orders, begun.MatchString) {
				later = append(later, e.Char)
			}
		}
		want = append(want, later...)
		if got := table.Find(pattern, 9); !slices.Equal(got, want) {
			t.Fatalf("Find(%s) = %v of %v, want %v", pattern, got, entries, want)
		}
		if got := table.Find(pattern, 1); len(got) > 1 {
			t.Fatalf("Find gave %v, asked for one", got)
		}
	})
}

func TestPackRefuses(t *testing.T) {
	for _, e := range []stroke.Entry{
		{"", []string{"1"}}, {"陈李", []string{"1"}}, {"陈", nil}, {"陈", []string{""}}, {"陈", []string{"16"}}, {"\xff", []string{"1"}},
		{"陈", []string{strings.Repeat("1", stroke.Most+1)}},
	} {
		if err := stroke.Pack(&bytes.Buffer{}, []stroke.Entry{e}); err == nil {
			t.Errorf("%q was packed", e)
		}
	}
}

// FuzzLoad states that no file, however damaged, makes reading or asking panic.
func FuzzLoad(f *testing.F) {
	f.Add(packed()[:200])
	f.Add([]byte("YXSTROKE1\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := stroke.Load(data)
		if err != nil {
			return
		}
		for _, char := range table.Find("1*", 10) {
			if utf8.RuneCountInString(char) != 1 {
				t.Errorf("%q is no character", char)
			}
		}
	})
}

// TestDamagedTable cuts and changes the real file.
func TestDamagedTable(t *testing.T) {
	for name, data := range map[string][]byte{"nothing": nil, "half of it": packed()[:len(packed())/2], "another file": []byte("PK")} {
		if _, err := stroke.Load(data); err == nil {
			t.Errorf("%s was loaded", name)
		}
	}
}

// BenchmarkFind writes a character stroke by stroke.
func BenchmarkFind(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for n := 1; n <= 7; n++ {
			shared().Find("5215*34"[:n], 200)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/7/0.020, "of-20ms")
}
