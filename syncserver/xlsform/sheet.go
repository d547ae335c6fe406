// SPDX-License-Identifier: Apache-2.0

package xlsform

import (
	"bytes"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"yuexin/shared/fault"
)

// sheet is a table with a header line.
type sheet struct {
	name    string
	columns []string // as they are headed, lower case
	rows    []line
}

// line is a row of a sheet.
type line struct {
	sheet  *sheet
	number int // from 1
	cells  []string
}

// unzipLimit bounds what a file may unpack to: forms are small.
const unzipLimit = 64 << 20

// read opens a file and reads the sheets that there are of those named, which may be headed in any case.
func read(data []byte, names ...string) (map[string]*sheet, error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: unzipLimit, UnzipXMLSizeLimit: unzipLimit})
	if err != nil {
		return nil, fault.New(fault.Corrupt, "xlsform.damaged").WithCause(err)
	}
	defer func() { _ = book.Close() }() // read only: nothing can be lost
	out := make(map[string]*sheet)
	for _, title := range book.GetSheetList() {
		name := strings.ToLower(strings.TrimSpace(title))
		if !slices.Contains(names, name) {
			continue
		}
		rows, err := book.GetRows(title)
		if err != nil {
			return nil, fault.New(fault.Corrupt, "xlsform.damaged").WithCause(err)
		}
		out[name] = tableOf(name, rows)
	}
	return out, nil
}

func tableOf(name string, rows [][]string) *sheet {
	s := &sheet{name: name}
	for i, cells := range rows {
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		switch {
		case strings.Join(cells, "") == "":
		case s.columns == nil:
			for _, c := range cells {
				s.columns = append(s.columns, strings.ToLower(strings.ReplaceAll(c, " ", "")))
			}
		default:
			s.rows = append(s.rows, line{s, i + 1, cells})
		}
	}
	return s
}

// column returns the number of a column from 1, the first of its languages if it has several; 0 if there is none.
func (s *sheet) column(name string) int {
	if at := slices.Index(s.columns, name); at >= 0 {
		return at + 1
	}
	return slices.IndexFunc(s.columns, func(heading string) bool { return strings.HasPrefix(heading, name+"::") }) + 1
}

// get returns a cell, "" for an empty one or none.
func (l line) get(column string) string {
	if at := l.sheet.column(column); at > 0 && at <= len(l.cells) {
		return l.cells[at-1]
	}
	return ""
}

// The languages as the headings name them: label::中文, label::Chinese (zh), label::English (en).
var languages = map[string][]string{
	"zh-Hans": {"zh", "中文", "简体", "汉语", "chinese"},
	"en":      {"en", "英文", "英语", "english"},
}

// languageOf returns the language of a column, "" for none.
func languageOf(heading string) string {
	_, tag, found := strings.Cut(heading, "::")
	if !found {
		return ""
	}
	for lang, marks := range languages {
		for _, mark := range marks {
			if strings.Contains(tag, "("+mark) || strings.HasPrefix(tag, mark) {
				return lang
			}
		}
	}
	return ""
}

// texts returns what the columns of a name say, by language; a column without a language is Chinese.
func (l line) texts(name string) map[string]string {
	out := make(map[string]string)
	for i, heading := range l.sheet.columns {
		base, _, _ := strings.Cut(heading, "::")
		if base != name || i >= len(l.cells) || l.cells[i] == "" {
			continue
		}
		lang := languageOf(heading)
		if lang == "" && base == heading {
			lang = "zh-Hans"
		}
		if lang != "" && (base != heading || out[lang] == "") {
			out[lang] = l.cells[i]
		}
	}
	return out
}
