// SPDX-License-Identifier: Apache-2.0

package pinyin_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/pinyin"
)

func typed(t *testing.T, mode pinyin.Mode, letters string) *pinyin.Composer {
	t.Helper()
	c := shared().NewComposer(mode, nil)
	for _, r := range letters {
		if !c.Type(r) {
			t.Fatalf("%c was not taken", r)
		}
	}
	return c
}

// choose finds the text and chooses it.
func choose(t *testing.T, c *pinyin.Composer, text string) (string, bool) {
	t.Helper()
	i := slices.Index(texts(c.All()), text)
	if i < 0 {
		t.Fatalf("%s is no candidate of %s", text, c.Input())
	}
	return c.Choose(i)
}

func TestComposeAtOnce(t *testing.T) {
	c := typed(t, pinyin.Names, "ChenXiuYing")
	if got, want := c.Spelled(), "chen xiu ying"; got != want {
		t.Errorf("Spelled = %q, want %q", got, want)
	}
	if text, done := choose(t, c, "陈秀英"); text != "陈秀英" || !done || !c.Empty() {
		t.Errorf("Choose = %q, %v, empty %v", text, done, c.Empty())
	}
}

func TestComposeInParts(t *testing.T) {
	c := typed(t, pinyin.Names, "chenxiuying")
	if text, done := choose(t, c, "陈"); text != "" || done {
		t.Fatalf("a part gave %q, %v", text, done)
	}
	if c.Chosen() != "陈" || c.Input() != "xiuying" {
		t.Fatalf("chosen %q, input %q; want 陈 and xiuying", c.Chosen(), c.Input())
	}
	if text, done := choose(t, c, "秀英"); text != "陈秀英" || !done {
		t.Errorf("Choose = %q, %v", text, done)
	}
}

func TestBackspace(t *testing.T) {
	c := typed(t, pinyin.Names, "chenx")
	choose(t, c, "陈")
	steps := []struct{ chosen, input string }{{"陈", ""}, {"", "chen"}, {"", "che"}, {"", "ch"}, {"", "c"}, {"", ""}}
	for _, want := range steps {
		if !c.Backspace() || c.Chosen() != want.chosen || c.Input() != want.input {
			t.Fatalf("chosen %q, input %q; want %q and %q", c.Chosen(), c.Input(), want.chosen, want.input)
		}
	}
	if c.Backspace() {
		t.Error("Backspace took something from nothing")
	}
}

func TestRareCharactersAreThere(t *testing.T) {
	all := texts(typed(t, pinyin.Text, "yi").All())
	for _, rare := range []string{"镒", "翊"} {
		if !slices.Contains(all, rare) {
			t.Errorf("%s is missing", rare)
		}
	}
}

func TestComposerRefuses(t *testing.T) {
	c := shared().NewComposer(pinyin.Text, nil)
	for _, r := range "'1 陈ü" {
		if c.Type(r) {
			t.Errorf("%q was taken", r)
		}
	}
	if text, done := c.Choose(0); text != "" || done {
		t.Errorf("Choose without candidates = %q, %v", text, done)
	}
	for range pinyin.MaxInput {
		c.Type('a')
	}
	if c.Type('a') {
		t.Error("too many letters were taken")
	}
	c.Clear()
	if !c.Empty() || len(c.All()) > 0 {
		t.Error("not empty after Clear")
	}
}

func TestCommitKeepsLetters(t *testing.T) {
	c := typed(t, pinyin.Names, "chenx'")
	choose(t, c, "陈")
	if got := c.Commit(); got != "陈x" {
		t.Errorf("Commit = %q, want 陈x", got)
	}
}

func TestSetBefore(t *testing.T) {
	c := typed(t, pinyin.Names, "lan")
	c.SetBefore("陈")
	if got := c.All()[0].Text; got != "兰" {
		t.Errorf("after a surname lan gives %s first, want 兰", got)
	}
}

// TestComposerNeverPanics presses anything in any order; what is composed never loses a letter.
func TestComposerNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := shared().NewComposer(rapid.SampledFrom([]pinyin.Mode{pinyin.Text, pinyin.Names}).Draw(t, "mode"), nil)
		for range rapid.IntRange(1, 25).Draw(t, "presses") {
			switch key := rapid.SampledFrom([]rune("abcehijngosuxyzz'<>123")).Draw(t, "key"); key {
			case '<':
				c.Backspace()
			case '1', '2', '3':
				c.Choose(int(key - '1'))
			case '>':
				c.Commit()
			default:
				c.Type(key)
			}
			if got := strings.ReplaceAll(c.Spelled(), " ", ""); got != strings.ReplaceAll(c.Input(), "'", "") {
				t.Fatalf("Spelled = %q of %q", c.Spelled(), c.Input())
			}
		}
	})
}
