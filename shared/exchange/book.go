// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"bytes"
	"crypto/sha256"
	"strconv"
	"strings"

	"yuexin/shared/fault"
)

// The limits of a file. A town's list has some 5,000 rows.
const (
	MaxBytes   = 32 << 20
	MaxRows    = 50_000
	MaxColumns = 200
	maxCell    = 2000 // characters; a longer one is cut
)

// Sheet is a sheet of a book. A CSV file has one, without a name.
type Sheet struct {
	Name   string
	Hidden bool
}

// Row is one row of a sheet, with the text of merged cells in each of them.
type Row struct {
	Number int // counted from 1, as Excel shows it
	Hidden bool
	Cells  []string
}

// cell returns the text of a column, "" beyond the end.
func (r Row) cell(index int) string {
	if index >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[index])
}

func (r Row) isBlank() bool {
	for i := range r.Cells {
		if r.cell(i) != "" {
			return false
		}
	}
	return true
}

// Book is a file that was read.
type Book struct {
	Hash [sha256.Size]byte // of the file
	Name string            // of the file, without folders

	form form
}

// form is a format of files.
type form interface {
	sheets() []Sheet
	// rows calls each for the rows of a sheet in order, until it returns false or an error.
	rows(sheet string, each func(Row) (bool, error)) error
	// day returns the date that a number stands for.
	day(serial float64) (string, bool)
	// annotate writes the file again with results.
	annotate(n notes) ([]byte, error)
}

// Open reads a file: .xlsx, or CSV in UTF-8, UTF-16 with its mark, or GB18030, with commas, semicolons or tabs. It keeps
// data and writes nothing to any disk.
//
// Faults: TooLarge for a file above the limits, Unsupported for another format (an old .xls, a file with a password),
// Corrupt for a damaged one, Invalid for an empty one.
func Open(name string, data []byte) (*Book, error) {
	b := &Book{Hash: sha256.Sum256(data), Name: name}
	var err error
	switch {
	case len(data) > MaxBytes:
		err = fault.New(fault.TooLarge, "exchange.file.bytes").With("max", strconv.Itoa(MaxBytes>>20))
	case len(bytes.TrimSpace(data)) == 0:
		err = fault.New(fault.Invalid, "exchange.file.empty")
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")): // OLE: .xls, and .xlsx with a password
		err = fault.New(fault.Unsupported, "exchange.file.xls")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		b.form, err = openXLSX(data)
	case bytes.HasPrefix(data, []byte("%PDF")) || bytes.IndexByte(data[:min(len(data), 512)], 0) >= 0 && !isUTF16(data):
		err = fault.New(fault.Unsupported, "exchange.file.format")
	default:
		b.form, err = openText(data)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Sheets returns the sheets in their order.
func (b *Book) Sheets() []Sheet { return b.form.sheets() }

// top returns the first rows of a sheet, at most n; rows that are not in the file are there, empty.
func (b *Book) top(sheet string, n int) ([]Row, error) {
	var out []Row
	err := b.form.rows(sheet, func(r Row) (bool, error) {
		for len(out) < min(n, r.Number-1) {
			out = append(out, Row{Number: len(out) + 1})
		}
		if len(out) < n {
			out = append(out, r)
		}
		return len(out) < n, nil
	})
	return out, err
}

// Samples returns up to n texts of each column below a heading that are not empty, for a person who says what it is about.
func (b *Book) Samples(l Layout, n int) (map[int][]string, error) {
	out := map[int][]string{}
	rows := 0
	err := b.form.rows(l.Sheet, func(r Row) (bool, error) {
		if r.Number <= l.Heading {
			return true, nil
		}
		for _, c := range l.Columns {
			if text := r.cell(c.Index); text != "" && len(out[c.Index]) < n {
				out[c.Index] = append(out[c.Index], text)
			}
		}
		rows++
		return rows < 50, nil
	})
	return out, err
}

// below calls each for the rows of a layout, without empty ones. Too many are fault.TooLarge, none is fault.Invalid.
func (b *Book) below(l Layout, each func(Row) error) error {
	rows := 0
	err := b.form.rows(l.Sheet, func(r Row) (bool, error) {
		if r.Number <= l.Heading || r.isBlank() {
			return true, nil
		}
		if rows++; rows > MaxRows {
			return false, fault.New(fault.TooLarge, "exchange.file.rows").With("max", strconv.Itoa(MaxRows))
		}
		return true, each(r)
	})
	if err == nil && rows == 0 && l.Rows == "" {
		err = fault.New(fault.Invalid, "exchange.file.empty")
	}
	return err
}

// Count returns how many rows a layout has, empty ones left out.
func (b *Book) Count(l Layout) (n int, err error) {
	err = b.below(l, func(Row) error { n++; return nil })
	return n, err
}

// bounded cuts a row at the limit of columns and every cell at the limit of its length.
func bounded(cells []string) []string {
	if len(cells) > MaxColumns {
		cells = cells[:MaxColumns]
	}
	for i, c := range cells {
		if len(c) > maxCell*4 {
			cells[i] = string([]rune(c)[:min(maxCell, len([]rune(c)))])
		}
	}
	return cells
}
