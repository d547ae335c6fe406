// SPDX-License-Identifier: Apache-2.0

package exchange

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
	text  string
	comma rune
}

const utf8Mark = "\uFEFF"

func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF"))
}

func openText(data []byte) (*textForm, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	return &textForm{text: text, comma: commaOf(text)}, nil
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
		return "", fault.New(fault.Corrupt, "exchange.file.encoding").WithCause(err)
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

func (t *textForm) sheets() []Sheet { return []Sheet{{}} }

func (t *textForm) day(serial float64) (string, bool) { return dayOf(serial, false) }

func (t *textForm) rows(_ string, each func(Row) (bool, error)) error {
	return t.lines(func(r Row) (bool, error) {
		for i, c := range r.Cells {
			r.Cells[i] = bare(c)
		}
		return each(r)
	})
}

// lines reads the file as it is.
func (t *textForm) lines(each func(Row) (bool, error)) error {
	r := csv.NewReader(strings.NewReader(t.text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = t.comma, -1, true, false
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.Corrupt, "exchange.file.damaged").WithCause(err)
		}
		number, _ := r.FieldPos(0)
		on, err := each(Row{Number: number, Cells: bounded(cells)})
		if err != nil || !on {
			return err
		}
	}
}

// annotate writes the file again, in UTF-8 with its mark so that Excel shows Chinese, with the results in a last column.
func (t *textForm) annotate(n notes) ([]byte, error) {
	heading := n.heading("")
	at, err := t.resultColumn(heading)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(utf8Mark)
	w := csv.NewWriter(&out)
	w.Comma = t.comma
	err = t.lines(func(r Row) (bool, error) {
		cells := make([]string, max(at+1, len(r.Cells)))
		for j, c := range r.Cells {
			cells[j] = guarded(unguarded(c))
		}
		cells[at] = ""
		if r.Number == heading {
			cells[at] = resultTitle
		} else if note, ok := n[place{"", r.Number}]; ok {
			cells[at] = guarded(note.text)
		}
		return true, w.Write(cells)
	})
	w.Flush()
	if err = errors.Join(err, w.Error()); err != nil {
		return nil, fmt.Errorf("write results: %w", err)
	}
	return out.Bytes(), nil
}

// resultColumn is the column of an earlier run, or the first one that no row uses.
func (t *textForm) resultColumn(heading int) (int, error) {
	width, earlier := 0, -1
	err := t.lines(func(r Row) (bool, error) {
		width = max(width, len(r.Cells))
		for i := range r.Cells {
			if r.Number == heading && r.cell(i) == resultTitle {
				earlier = i
			}
		}
		return true, nil
	})
	if earlier >= 0 {
		return earlier, err
	}
	return width, err
}
