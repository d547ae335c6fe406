// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	_ "embed"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"yuexin/shared/pinyin"
	"yuexin/shared/stroke"
)

// strokesText is a character a line, with its orders of strokes; see genstrokes.
//
//go:embed strokes.txt
var strokesText string

// packStrokes writes the orders of strokes, characters that are frequent in words and in names first.
func packStrokes(w io.Writer, entries []pinyin.Entry) error {
	heaviest := make(map[pinyin.List]map[string]int)
	for _, e := range entries {
		if utf8.RuneCountInString(e.Text) != 1 {
			continue
		}
		if heaviest[e.List] == nil {
			heaviest[e.List] = make(map[string]int)
		}
		heaviest[e.List][e.Text] = max(heaviest[e.List][e.Text], int(e.Weight))
	}
	frequency := func(char string) (sum int) {
		for _, of := range heaviest {
			sum += of[char]
		}
		return sum
	}
	var all []stroke.Entry
	for line := range strings.Lines(strokesText) {
		if words := strings.Fields(line); words[0] != "#" {
			all = append(all, stroke.Entry{Char: words[0], Orders: words[1:]})
		}
	}
	slices.SortStableFunc(all, func(a, b stroke.Entry) int {
		return cmp.Compare(frequency(b.Char), frequency(a.Char))
	})
	return stroke.Pack(w, all)
}
