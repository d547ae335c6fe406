// SPDX-License-Identifier: Apache-2.0

package pinyin_test

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/pinyin"
)

// commonNames are the names of testdata, each with its syllables.
func commonNames(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/names.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 200 {
		t.Fatalf("%d names, %v; want 200", len(rows), err)
	}
	names := make(map[string]string)
	for _, row := range rows {
		names[row[0]] = row[1]
	}
	return names
}

// heard spells a syllable as who mixes up what Cantonese does not tell apart.
var heard = strings.NewReplacer(
	"zh", "z", "ch", "c", "sh", "s", "ing", "in", "eng", "en", "lan", "nan", "huang", "fang", "hua", "fa",
)

// share checks how many per cent of the 200 names have a place before another among the candidates for what spell makes of
// their syllables; names of which it makes nothing are left out.
func share(t *testing.T, least float64, before int, spell func(syllables string) string) {
	t.Helper()
	typed, found := 0, 0
	for name, syllables := range commonNames(t) {
		letters := spell(syllables)
		if letters == "" {
			continue
		}
		all := texts(shared().Candidates(pinyin.Query{Input: strings.ReplaceAll(letters, " ", ""), Mode: pinyin.Names}))
		typed++
		if i := slices.Index(all, name); i >= 0 && i < before {
			found++
		} else {
			t.Logf("%s: %s gives it place %d behind %v", name, letters, i, all[:min(len(all), before)])
		}
	}
	percent := 100 * float64(found) / float64(typed)
	t.Logf("%.1f %% of %d", percent, typed)
	if percent < least {
		t.Errorf("%.1f %% of %d names, want %v %%", percent, typed, least)
	}
}

// TestCommonNames: in full, a common name is nearly always the very first candidate; the keyboard's test looks at its page.
func TestCommonNames(t *testing.T) {
	share(t, 95, 1, func(syllables string) string { return syllables })
}

// TestMisspeltNames: who makes every mistake there is in every syllable still finds nine in ten on the first page.
func TestMisspeltNames(t *testing.T) {
	share(t, 90, pageSize, func(syllables string) string {
		if misspelt := heard.Replace(syllables); misspelt != syllables {
			return misspelt
		}
		return ""
	})
}
