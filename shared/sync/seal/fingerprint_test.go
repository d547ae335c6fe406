// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/mozillazg/go-pinyin"

	"yuexin/shared/sync/seal"
)

func words(t *testing.T) []string {
	t.Helper()
	return strings.Fields(string(must(os.ReadFile("words_zh.txt"))))
}

func TestWordListForm(t *testing.T) {
	list := words(t)
	if len(list) != 2048 {
		t.Fatalf("got %d words, want 2048", len(list))
	}
	if !slices.IsSorted(list) {
		t.Error("the list is not sorted")
	}
	for _, w := range list {
		runes := []rune(w)
		if len(runes) != 2 || !unicode.Is(unicode.Han, runes[0]) || !unicode.Is(unicode.Han, runes[1]) {
			t.Errorf("%q is not a word of two characters", w)
		}
		if reverse := string([]rune{runes[1], runes[0]}); slices.Contains(list, reverse) {
			t.Errorf("%s and %s are both in the list", w, reverse)
		}
	}
}

// TestWordListGolden: the list is part of the format; see wordsZH.
func TestWordListGolden(t *testing.T) {
	const want = "42c27bd280d6095ff3e7c4019502680192097995462c59a4b27c42541d6c8d66"
	if got := seal.Sum("words", []byte(strings.Join(words(t), " "))).String(); got != want {
		t.Errorf("the word list changed: got %s, want %s", got, want)
	}
}

// southernEar folds what many speakers in the south do not tell apart.
func southernEar(syllable string) string {
	s := strings.NewReplacer("zh", "z", "ch", "c", "sh", "s").Replace(syllable)
	s = strings.TrimSuffix(s, "g")
	if s != "n" && strings.HasPrefix(s, "n") || strings.HasPrefix(s, "r") {
		s = "l" + s[1:]
	}
	if s == "hu" {
		return "fu"
	}
	if rest, ok := strings.CutPrefix(s, "hu"); ok {
		return "f" + rest
	}
	return s
}

func TestNoTwoWordsSoundAlike(t *testing.T) {
	args := pinyin.NewArgs()
	heard := map[string]string{}
	for _, w := range words(t) {
		syllables := pinyin.Pinyin(w, args)
		sound := southernEar(syllables[0][0]) + " " + southernEar(syllables[1][0])
		if other, taken := heard[sound]; taken {
			t.Errorf("%s and %s sound alike (%s)", w, other, sound)
		}
		heard[sound] = w
	}
}

func TestPhrase(t *testing.T) {
	_, box := newBox(1)
	fp := seal.Fingerprint(box)
	phrase := seal.NewPhrase(fp, []byte("code 1"))
	if again := seal.NewPhrase(fp, []byte("code 1")); again != phrase {
		t.Error("both ends show different words")
	}
	if other := seal.NewPhrase(fp, []byte("code 2")); other == phrase {
		t.Error("the session does not count")
	}
	_, box2 := newBox(2)
	if other := seal.NewPhrase(seal.Fingerprint(box2), []byte("code 1")); other == phrase {
		t.Error("the key does not count")
	}
	if got := strings.Fields(phrase.String()); len(got) != 4 {
		t.Errorf("got %d words, want 4", len(got))
	}
}

func TestPhraseGolden(t *testing.T) {
	phrase := seal.NewPhrase(seal.Digest{}, []byte("session"))
	const wantZH, wantLatin = "离开 剧团 强烈 本质", "miza dako gada kanu"
	if got := phrase.String(); got != wantZH {
		t.Errorf("got %s, want %s", got, wantZH)
	}
	if got := phrase.Latin(); got != wantLatin {
		t.Errorf("got %s, want %s", got, wantLatin)
	}
}

func TestLatinWordsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for n := range uint16(2048) {
		word := strings.Fields(seal.Phrase{n}.Latin())[0]
		if len(word) != 4 || seen[word] {
			t.Errorf("number %d: %q", n, word)
		}
		seen[word] = true
	}
}
