// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"yuexin/shared/fault"
)

// textForm is a CSV file.
type textForm struct {
	lines  []row
	comma  rune
	header int // index of the last row of the header
}

const utf8Mark = "\uFEFF"

func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF"))
}

func openText(data []byte) (*File, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	t := &textForm{comma: commaOf(text)}
	if t.lines, err = readLines(text, t.comma); err != nil {
		return nil, err
	}
	cells := make([][]string, 0, headerRows+1)
	for _, l := range t.lines[:min(len(t.lines), headerRows+1)] {
		cells = append(cells, l.cells)
	}
	h, found := findHeader(cells)
	if !found {
		return nil, fault.New(fault.Invalid, "ledger.file.header")
	}
	t.header = h.last
	f := &File{form: t}
	return f, f.take(h, t.lines[h.last+1:])
}

// decode returns the text of a file. What is valid UTF-8 is UTF-8: a Chinese text in GB18030 practically never is.
func decode(data []byte) (string, error) {
	if utf8.Valid(data) {
		return strings.TrimPrefix(string(data), utf8Mark), nil
	}
	var from encoding.Encoding = simplifiedchinese.GB18030
	if isUTF16(data) {
		from = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	}
	text, err := from.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", fault.New(fault.Corrupt, "ledger.file.encoding").WithCause(err)
	}
	return string(text), nil
}

// commaOf returns the separator: the one that the first lines have most of.
func commaOf(text string) rune {
	sample := text[:min(len(text), 4096)]
	best, most := ',', strings.Count(sample, ",")
	for _, c := range "\t;" {
		if n := strings.Count(sample, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

func readLines(text string, comma rune) ([]row, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	var lines []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, fault.New(fault.Corrupt, "ledger.file.damaged").WithCause(err)
		}
		for i, c := range cells {
			cells[i] = unguarded(c)
		}
		number, _ := r.FieldPos(0)
		if lines = append(lines, row{number, bounded(cells)}); len(lines) > MaxRows+headerRows {
			return lines, nil // take refuses it
		}
	}
}

// annotate writes the file again, in UTF-8 with its mark so that Excel shows Chinese, with the results in a last column.
func (t *textForm) annotate(r *Report, say func(*Line) string) ([]byte, error) {
	results := r.byNumber()
	at := t.resultColumn()
	var out bytes.Buffer
	out.WriteString(utf8Mark)
	w := csv.NewWriter(&out)
	w.Comma = t.comma
	for i, l := range t.lines {
		cells := make([]string, max(at+1, len(l.cells)))
		for j, c := range l.cells {
			cells[j] = guarded(c)
		}
		cells[at] = ""
		if i == t.header {
			cells[at] = resultTitle
		} else if line := results[l.number]; line != nil {
			cells[at] = guarded(say(line))
		}
		if err := w.Write(cells); err != nil {
			return nil, fmt.Errorf("write results: %w", err)
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// resultColumn is the column of an earlier run, or the first one that no row uses.
func (t *textForm) resultColumn() int {
	width := 0
	for _, l := range t.lines {
		width = max(width, len(l.cells))
	}
	for i, c := range t.lines[t.header].cells {
		if strings.TrimSpace(c) == resultTitle {
			return i
		}
	}
	return width
}
