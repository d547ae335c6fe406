// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func mustHeteronyms(t *testing.T) heteronyms {
	t.Helper()
	h, err := readHeteronyms()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestReadings(t *testing.T) {
	h := mustHeteronyms(t)
	tests := []struct{ word, want string }{
		{"银行", "yin hang"}, {"银行", "yin xing"}, {"绿色", "lv se"}, {"女儿", "nv er"}, {"大沙", "da sha"}, {"涌口", "chong kou"},
	}
	for _, tt := range tests {
		got := h.word(tt.word)
		has := slices.ContainsFunc(got, func(reading []string) bool { return strings.Join(reading, " ") == tt.want })
		if !has {
			t.Errorf("readings of %s are %v, want %s among them", tt.word, got, tt.want)
		}
	}
	if got := h.word("行行行行行"); len(got) > maxVariants {
		t.Errorf("%d readings of one word", len(got))
	}
	if got := h.word("a"); got != nil {
		t.Errorf("readings of a letter: %v", got)
	}
}

func TestSurnames(t *testing.T) {
	n, err := newNames(mustHeteronyms(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"单": "shan", "曾": "zeng", "区": "ou", "仇": "qiu", "解": "xie", "查": "zha", "欧阳": "ou yang", "万俟": "mo qi", "吕": "lv",
		"陈": "chen", "黄": "huang", "冼": "xian", "任": "ren", "朴": "piao", "翟": "zhai", "尉迟": "yu chi", "叶": "ye", "沈": "shen",
	}
	for _, s := range n.surnames {
		if reading, asked := want[s.text]; asked && strings.Join(s.readings[0], " ") != reading {
			t.Errorf("%s is read %v, want %s first", s.text, s.readings, reading)
		}
		delete(want, s.text)
		for _, reading := range s.readings {
			if len(reading) != utf8.RuneCountInString(s.text) {
				t.Errorf("%s has reading %v", s.text, reading)
			}
		}
		if !isDrawableHan(s.text) {
			t.Errorf("%s cannot be drawn", s.text)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing surnames: %v", want)
	}
}

func TestCutNames(t *testing.T) {
	n := &names{known: map[string]bool{"陈": true, "欧": true, "欧阳": true}}
	tests := []struct {
		text, given string
		found       bool
	}{
		{"陈秀英", "秀英", true}, {"陈英", "英", true}, {"欧阳修", "修", true}, {"欧阳秀英", "秀英", true}, {"欧英", "英", true},
		{"陈", "", false}, {"东方红", "", false}, {"陈秀英子", "", false},
	}
	for _, tt := range tests {
		if given, found := n.cut(tt.text); given != tt.given || found != tt.found {
			t.Errorf("cut(%s) = %q, %v; want %q, %v", tt.text, given, found, tt.given, tt.found)
		}
	}
}

func TestGivenNamesCountPersons(t *testing.T) {
	n := &names{known: map[string]bool{"陈": true, "李": true}, perMillion: make(map[string]float64)}
	n.countWords([]listed{{"陈秀英", 1, true}, {"李秀英", 1, true}, {"李大侠", 9999, true}, {"李子树", 50, false}})
	if n.perMillion["秀英"] <= n.perMillion["大侠"] {
		t.Errorf("a hero leads: %v", n.perMillion)
	}
	if _, counted := n.perMillion["子树"]; counted {
		t.Error("a plant was counted as a person")
	}
}

// TestSourceFiles finds rows that are there twice or cannot be read.
func TestSourceFiles(t *testing.T) {
	h := mustHeteronyms(t)
	terms, err := os.ReadFile("../../terms.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"givens.txt": givensText, "terms.txt": string(terms)} {
		seen := make(map[string]bool)
		for row := range strings.Lines(text) {
			row = strings.TrimSpace(row)
			if seen[row] || h.word(row) == nil || !isDrawableHan(row) {
				t.Errorf("%s: %q is there twice, or cannot be read or drawn", name, row)
			}
			seen[row] = true
		}
	}
}
