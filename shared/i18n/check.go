// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check returns what is wrong with a catalogue, one sentence each, in key order: a key that a language lacks, an empty
// text, a brace without its partner, places that differ between languages. The form key.one may do without {n}. Run it
// in a test over the real files.
func Check(c *Catalogue) []string {
	keys := make(map[string]bool)
	for _, texts := range c.texts {
		for key := range texts {
			keys[baseKey(texts, key)] = true
		}
	}
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		problems = append(problems, checkKey(c, key)...)
	}
	return problems
}

// baseKey returns the key that a program asks for: without the ending of a count form.
func baseKey(texts map[string]string, key string) string {
	for _, form := range []string{oneForm, otherForm} {
		if base, found := strings.CutSuffix(key, form); found && hasForms(texts, base) {
			return base
		}
	}
	return key
}

func checkKey(c *Catalogue, key string) (problems []string) {
	var want string
	for i, lang := range Langs() {
		forms := formsOf(c.texts[lang], key)
		if len(forms) == 0 {
			problems = append(problems, fmt.Sprintf("%s: %s is missing", lang, key))
			continue
		}
		for _, text := range forms {
			if text == "" {
				problems = append(problems, fmt.Sprintf("%s: %s is empty", lang, key))
			}
			if places(text) == broken {
				problems = append(problems, fmt.Sprintf("%s: %s has a brace without partner or a bad name", lang, key))
			}
		}
		got := places(strings.Join(forms, " "))
		if i == 0 {
			want = got
		} else if len(formsOf(c.texts[Langs()[0]], key)) > 0 && got != want {
			problems = append(problems, fmt.Sprintf("%s: %s has places %q, %s has %q", lang, key, got, Langs()[0], want))
		}
		if len(forms) == 2 && places(forms[1]) != got {
			problems = append(problems, fmt.Sprintf("%s: %s.other lacks places of %s.one", lang, key, key))
		}
	}
	return problems
}

// formsOf returns the one text of a key, or its forms one and other.
func formsOf(texts map[string]string, key string) []string {
	if text, found := texts[key]; found {
		return []string{text}
	}
	if hasForms(texts, key) {
		return []string{texts[key+oneForm], texts[key+otherForm]}
	}
	return nil
}

// broken is what places returns for a text whose braces do not pair or hold no plain name.
const broken = "broken"

// places returns the names of a text's places, sorted, each once: "{ago} {n}".
func places(text string) string {
	names := make(map[string]bool)
	for {
		before, name, after, found := nextPlace(text)
		if strings.ContainsAny(before, "{}") {
			return broken
		}
		if !found {
			return strings.Join(slices.Sorted(maps.Keys(names)), " ")
		}
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return broken
		}
		names["{"+name+"}"] = true
		text = after
	}
}
