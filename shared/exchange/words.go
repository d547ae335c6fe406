// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"yuexin/shared/sync/record"
)

// Words is one version of what offices call things: the file words-N.json of assets/exchange. It is immutable.
type Words struct {
	Version uint32      `json:"version"`
	Kinds   []kindWords `json:"kinds"`
	// Choices are the words for the codes of choices, by name of the record's field and by code.
	Choices map[string]map[string][]string `json:"choices"`
	// Yes and No are the marks by which tables say so, besides the words that a form reads.
	Yes []string `json:"yes"`
	No  []string `json:"no"`
	// Heads are the words for the head of a household in the column of relations.
	Heads []string `json:"heads"`
	// Footers begin rows below the list, such as sums and signatures.
	Footers []string `json:"footers"`
	// Empty is what people write into a cell that they leave empty, Broken what a formula that failed leaves there.
	Empty  []string `json:"empty"`
	Broken []string `json:"broken"`
	// Counts are words behind a whole number.
	Counts []string `json:"counts"`
	Units  struct {
		Money []string `json:"money"`
		Area  []string `json:"area"`
	} `json:"units"`
	// Sanity holds the largest values that are believed without asking: of a wrong unit, most likely.
	Sanity struct {
		MoneyYuan int64 `json:"money_yuan"`
		AreaMu    int64 `json:"area_mu"`
	} `json:"sanity"`
}

// kindWords says how tables of one kind of record look.
type kindWords struct {
	Kind    record.Kind   `json:"kind"`
	Form    string        `json:"form"` // by which it is judged and written
	Columns []columnWords `json:"columns"`
	// Needs are paths without which a row is nothing.
	Needs []string `json:"needs"`
	// Keys are paths whose value names one record wherever it stands; Name does so within a village, as long as nothing of
	// Beside contradicts.
	Keys   []string `json:"keys"`
	Name   string   `json:"name"`
	Beside []string `json:"beside"`
	// Persons are paths of people's names.
	Persons []string `json:"persons"`
	// Fixed are fields of the record that the form does not ask for: written with a new record and left alone afterwards.
	Fixed []record.Field `json:"fixed"`
	// Repeat says what the columns mean in rows about others than the head, where a column tells the relation.
	Repeat struct {
		Rows    string            `json:"rows"`
		Columns map[string]string `json:"columns"`
	} `json:"repeat"`
	Totals []totalWords        `json:"totals"`
	Parts  []partWords         `json:"parts"`
	Links  map[string][]string `json:"links"` // what a further sheet calls whose part a row is
	// Refs are fields of other records that name one of this kind, or without a field records about the same subject: with
	// one of those an import is not taken back.
	Refs []struct {
		Kind  record.Kind  `json:"kind"`
		Field record.Field `json:"field,omitempty"`
	} `json:"refs"`
}

type columnWords struct {
	Path  string   `json:"path"`
	Names []string `json:"names"`
}

// totalWords turns a column that sums others up into the part that they leave over.
type totalWords struct {
	Column string   `json:"column"`
	Into   string   `json:"into"`
	Parts  []string `json:"parts"`
}

// partWords says how a further sheet of rows looks, and by which of its columns a row is known again.
type partWords struct {
	Rows    string        `json:"rows"`
	Sheets  []string      `json:"sheets"`
	Keys    []string      `json:"keys"`
	Columns []columnWords `json:"columns"`
}

// Columns that are about no field of a form.
const (
	ColumnVillage  = "village"       // which village a row belongs to
	ColumnRelation = "relation"      // whether a row is about the head of a household
	ColumnPlate    = "plate_code"    // the short code of the plate at the door
	ColumnForeign  = "foreign_plate" // what the QR code on somebody else's plate says
)

// LoadWords reads the newest words of a folder.
func LoadWords(folder fs.FS) (*Words, error) {
	names, err := fs.Glob(folder, "words-*.json")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("exchange: no words: %w", fs.ErrNotExist)
	}
	var newest *Words
	for _, name := range names {
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("exchange: %w", err)
		}
		w, err := ParseWords(data)
		if err != nil {
			return nil, fmt.Errorf("exchange: %s: %w", path.Base(name), err)
		}
		if newest == nil || w.Version > newest.Version {
			newest = w
		}
	}
	return newest, nil
}

// ParseWords reads words from their JSON form. Whether they fit a form is found by Words.Kind.
func ParseWords(data []byte) (*Words, error) {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	w := &Words{}
	if err := decoder.Decode(w); err != nil {
		return nil, err
	}
	if w.Version == 0 || len(w.Kinds) == 0 {
		return nil, fmt.Errorf("version or kinds are missing")
	}
	for name, codes := range w.Choices {
		taken := map[string]string{}
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			for _, word := range codes[code] {
				key := fold(word)
				if other, twice := taken[key]; twice {
					return nil, fmt.Errorf("%s: %q stands for %s and for %s", name, word, other, code)
				}
				taken[key] = code
			}
		}
	}
	return w, nil
}

// choice returns the code that a word stands for.
func (w *Words) choice(field, text string) (string, bool) {
	for code, names := range w.Choices[field] {
		if slices.ContainsFunc(names, func(n string) bool { return fold(n) == text }) {
			return code, true
		}
	}
	return "", false
}

// isEmpty reports whether a cell says nothing.
func (w *Words) isEmpty(text string) bool {
	folded := strings.Map(half, strings.TrimSpace(text))
	return folded == "" || slices.Contains(w.Empty, folded)
}

// isFooter reports whether a row that begins with text stands below the list.
func (w *Words) isFooter(text string) bool {
	first := fold(text)
	return slices.ContainsFunc(w.Footers, func(word string) bool { return strings.HasPrefix(first, word) })
}

// allUnits returns all units, longer ones before their own endings.
func (w *Words) allUnits() []string {
	all := append(slices.Clone(w.Units.Money), w.Units.Area...)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// unitOf returns the unit that s names, as in 单位:万元, "" for none.
func (w *Words) unitOf(s string) string {
	s = strings.TrimPrefix(s, "单位")
	for _, u := range w.allUnits() {
		if strings.EqualFold(s, u) {
			return u
		}
	}
	return ""
}

// half turns full-width ASCII and the ideographic space into ASCII.
func half(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == '\u3000':
		return ' '
	}
	return r
}

// fold removes what people put into titles and words without meaning: spaces, line breaks, stars, colons, numbers of columns.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		r = half(r)
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("*:;,.、，。：；'\"_-", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	return strings.TrimLeft(s, "0123456789")
}

// cutParentheses returns what stands outside and what inside the brackets.
func cutParentheses(s string) (outside, inside string) {
	before, rest, found := cutAny(s, "([【〔")
	if !found {
		return s, ""
	}
	inside, after, _ := cutAny(rest, ")]】〕")
	return before + after, inside
}

func cutAny(s, chars string) (before, after string, found bool) {
	i := strings.IndexAny(s, chars)
	if i < 0 {
		return s, "", false
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return s[:i], s[i+size:], true
}
