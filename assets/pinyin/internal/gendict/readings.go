// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	gopinyin "github.com/mozillazg/go-pinyin"
)

//go:embed heteronyms.csv
var heteronymsCSV string

// maxVariants is how many readings of one word are kept.
const maxVariants = 4

// heteronyms are the readings in general use of characters that have several; the first is the usual one in words.
type heteronyms map[rune][]string

func readHeteronyms() (heteronyms, error) {
	rows, err := readRows(heteronymsCSV)
	if err != nil {
		return nil, fmt.Errorf("read heteronyms.csv: %w", err)
	}
	h := make(heteronyms)
	for _, row := range rows {
		r, size := utf8.DecodeRuneInString(row[0])
		if size != len(row[0]) || h[r] != nil || row[1] == "" {
			return nil, fmt.Errorf("heteronyms.csv: bad or double row %q", row[0])
		}
		h[r] = strings.Split(row[1], "|")
	}
	return h, nil
}

func readRows(text string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = 2
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	return rows[1:], nil
}

var dictionaryArgs = gopinyin.Args{Style: gopinyin.Normal, Heteronym: true}

// all returns every reading the dictionary has for a character, the usual one first.
func all(r rune) []string {
	var readings []string
	for _, s := range gopinyin.SinglePinyin(r, dictionaryArgs) {
		s = strings.ReplaceAll(s, "ü", "v")
		if isSpellable(s) && !slices.Contains(readings, s) {
			readings = append(readings, s)
		}
	}
	return readings
}

// isSpellable leaves out sounds without a vowel (ng, hm) and what is no plain pinyin (ê).
func isSpellable(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" && strings.ContainsAny(s, "aeiouv")
}

// usual returns the readings of a character that are in general use, nil when it has none.
func (h heteronyms) usual(r rune) []string {
	if known := h[r]; known != nil {
		return known
	}
	if readings := all(r); len(readings) > 0 {
		return readings[:1]
	}
	return nil
}

// word returns the likely readings of a word, the likeliest first, at most maxVariants; nil when a character has none.
func (h heteronyms) word(text string) [][]string {
	variants := [][]string{nil}
	for _, r := range text {
		usual := h.usual(r)
		if usual == nil {
			return nil
		}
		var next [][]string
		for _, reading := range usual {
			for _, v := range variants {
				next = append(next, append(slices.Clone(v), reading))
			}
		}
		variants = next[:min(len(next), maxVariants)]
	}
	return variants
}
