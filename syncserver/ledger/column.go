// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names of columns that are no field of a household.
const (
	fieldVillage  = "village"
	fieldRelation = "relation"
	fieldTotal    = "income_total"
	fieldForeign  = "foreign_plate" // what the QR code on somebody else's plate says
)

//go:embed columns.json
var columnsFile []byte

// dictionary is what columns.json says.
type dictionary struct {
	Columns []struct {
		Field string   `json:"field"`
		Names []string `json:"names"`
	} `json:"columns"`
	// Heads are the words for the head of a household in the column of relations.
	Heads []string `json:"heads"`
	// Footers begin rows below the list, such as sums and signatures.
	Footers []string            `json:"footers"`
	Trades  map[string][]string `json:"trades"`
	Units   struct {
		Money []string `json:"money"`
		Area  []string `json:"area"`
	} `json:"units"`
	// Sanity holds the largest values that are believed without asking.
	Sanity struct {
		IncomeYuan int64 `json:"income_year_yuan"`
		LandMu     int64 `json:"land_mu"`
		Population int64 `json:"population"`
	} `json:"sanity"`

	fields map[string]string // folded name → field
	trades map[string]string // folded name → code
}

// words is the dictionary; the test of this package reads it as well, so a mistake in the file cannot be shipped.
var words = mustDictionary(columnsFile)

func mustDictionary(data []byte) *dictionary {
	d, err := parseDictionary(data)
	if err != nil {
		panic("ledger: columns.json: " + err.Error())
	}
	return d
}

func parseDictionary(data []byte) (*dictionary, error) {
	d := &dictionary{fields: map[string]string{}, trades: map[string]string{}}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(d); err != nil {
		return nil, err
	}
	for _, c := range d.Columns {
		for _, name := range c.Names {
			key := foldTitle(name)
			if other, taken := d.fields[key]; taken {
				return nil, fmt.Errorf("%q stands for %s and for %s", name, other, c.Field)
			}
			d.fields[key] = c.Field
		}
	}
	for code, names := range d.Trades {
		for _, name := range names {
			d.trades[foldTitle(name)] = code
		}
	}
	return d, nil
}

// Column is a recognised column.
type Column struct {
	Field string // of the household, or one of those above
	Title string // as the file writes it
	Unit  string // of the numbers in it, such as 万元; "" if the title names none
	index int
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

// foldTitle removes what people put into titles without meaning: spaces, line breaks, stars, colons, numbers of columns.
func foldTitle(s string) string {
	s = strings.Map(func(r rune) rune {
		r = half(r)
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("*:;,.、，。：；'\"_-", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	return strings.TrimLeft(s, "0123456789")
}

// readTitle returns the field and unit of a title; no field means that it is not recognised.
func readTitle(title string) (field, unit string) {
	folded := foldTitle(title)
	if field = words.fields[folded]; field != "" {
		return field, ""
	}
	bare, inside := cutParentheses(folded)
	unit = unitOf(inside)
	if field = words.fields[bare]; field != "" {
		return field, unit
	}
	if i := strings.LastIndexByte(bare, '/'); i > 0 && unitOf(bare[i+1:]) != "" {
		return words.fields[bare[:i]], unitOf(bare[i+1:])
	}
	for _, u := range allUnits() {
		if stem, found := strings.CutSuffix(bare, strings.ToUpper(u)); found && words.fields[stem] != "" {
			return words.fields[stem], u
		}
	}
	return "", unit
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

// unitOf returns the unit that s names, as in 单位:万元, "" for none.
func unitOf(s string) string {
	s = strings.TrimPrefix(s, "单位")
	for _, u := range allUnits() {
		if strings.EqualFold(s, u) {
			return u
		}
	}
	return ""
}

// allUnits returns all units, longer ones before their own endings.
func allUnits() []string {
	all := append(slices.Clone(words.Units.Money), words.Units.Area...)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// header is where the names of the columns stand.
type header struct {
	last    int // index of its last row
	columns []Column
	unknown []string // titles nobody recognised
}

// fits reports whether the header names enough to call the table a ledger of households.
func (h header) fits() bool {
	return h.has("head_name") && len(h.columns) >= 2
}

func (h header) has(field string) bool {
	return slices.ContainsFunc(h.columns, func(c Column) bool { return c.Field == field })
}

// headerRows is how many rows from the top may hold the header: a title, a line about the unit, dates come before it.
const headerRows = 20

// findHeader looks for the rows that name most columns. Rows hold merged texts in all their cells.
func findHeader(rows [][]string) (header, bool) {
	var best header
	for i := range min(len(rows), headerRows) {
		for height := 1; height <= 2 && i+height <= len(rows); height++ {
			if h := readHeader(rows[i:i+height], i+height-1); len(h.columns) > len(best.columns) {
				best = h
			}
		}
	}
	return best, best.fits()
}

func readHeader(rows [][]string, last int) header {
	h := header{last: last}
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	for index := range width {
		title, field, unit := readStack(rows, index)
		switch {
		case title == "":
		case field == "" || h.has(field):
			h.unknown = append(h.unknown, title)
		default:
			h.columns = append(h.columns, Column{Field: field, Title: title, Unit: unit, index: index})
		}
	}
	return h
}

// readStack reads the titles of one column that stand above each other: the lower alone, both together, or the upper
// alone when the lower adds only a unit.
func readStack(rows [][]string, index int) (title, field, unit string) {
	lower := cellAt(rows[len(rows)-1], index)
	field, unit = readTitle(lower)
	if len(rows) == 1 || field != "" {
		return lower, field, unit
	}
	upper := cellAt(rows[0], index)
	if both, u := readTitle(upper + lower); both != "" {
		return upper + lower, both, u
	}
	if above, u := readTitle(upper); above != "" && (lower == "" || unit != "") {
		if u == "" {
			u = unit
		}
		return upper, above, u
	}
	return upper + lower, "", ""
}

func cellAt(row []string, index int) string {
	if index >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[index])
}
