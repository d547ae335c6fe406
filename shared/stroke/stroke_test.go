// SPDX-License-Identifier: Apache-2.0

package stroke_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"yuexin/assets"
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
		{"a surname", "4524313413414325111234", "禤", 400},
		{"three surnames' beginning", "52135", "邓", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.within == 400 {
				t.Skip()
			}
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
