// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"strconv"

	"yuexin/shared/fault"
)

// The limits of a file. A town's ledger has some 5,000 rows.
const (
	MaxBytes   = 32 << 20
	MaxRows    = 50_000
	MaxColumns = 200
	maxCell    = 2000 // characters; a longer one is cut
)

// File is a ledger that was read and whose header was recognised.
type File struct {
	// Sheet is the sheet that was taken, "" for a CSV file.
	Sheet string
	// OtherSheets are those that were left alone.
	OtherSheets []string
	// Columns are those that were recognised, Unknown the titles of all others.
	Columns []Column
	Unknown []string

	rows []row // below the header
	form form
}

// row is one row of the file.
type row struct {
	number int // counted from 1, as Excel shows it
	cells  []string
}

// form is what a file needs to write itself again with results in it.
type form interface {
	annotate(r *Report, say func(*Line) string) ([]byte, error)
}

// Open reads a ledger: .xlsx, or CSV in UTF-8, UTF-16 with its mark, or GB18030, with commas, semicolons or tabs. sheet
// names the sheet of an .xlsx file; "" takes the first visible one with a header that is recognised.
//
// Faults: TooLarge for a file above the limits, Unsupported for another format (an old .xls, a file with a password),
// Corrupt for a damaged one, Invalid when no header is recognised, NotFound for an unknown sheet.
func Open(data []byte, sheet string) (*File, error) {
	switch {
	case len(data) > MaxBytes:
		return nil, fault.New(fault.TooLarge, "ledger.file.bytes").With("max", strconv.Itoa(MaxBytes>>20))
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fault.New(fault.Invalid, "ledger.file.empty")
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")): // OLE: .xls, and .xlsx with a password
		return nil, fault.New(fault.Unsupported, "ledger.file.xls")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return openXLSX(data, sheet)
	case bytes.HasPrefix(data, []byte("%PDF")) || bytes.IndexByte(data[:min(len(data), 512)], 0) >= 0 && !isUTF16(data):
		return nil, fault.New(fault.Unsupported, "ledger.file.format")
	}
	return openText(data)
}

// take fills f from the rows of a table, merged texts repeated in the header.
func (f *File) take(header header, rows []row) error {
	f.Columns, f.Unknown = header.columns, header.unknown
	for _, r := range rows {
		if !isBlank(r.cells) {
			f.rows = append(f.rows, r)
		}
	}
	if len(f.rows) > MaxRows {
		return fault.New(fault.TooLarge, "ledger.file.rows").With("max", strconv.Itoa(MaxRows))
	}
	if len(f.rows) == 0 {
		return fault.New(fault.Invalid, "ledger.file.empty")
	}
	return nil
}

func isBlank(cells []string) bool {
	for i := range cells {
		if cellAt(cells, i) != "" {
			return false
		}
	}
	return true
}

// bounded cuts a row at the limit of columns and every cell at the limit of its length.
func bounded(cells []string) []string {
	if len(cells) > MaxColumns {
		cells = cells[:MaxColumns]
	}
	for i, c := range cells {
		if len(c) > maxCell*4 {
			cells[i] = string([]rune(c)[:maxCell])
		}
	}
	return cells
}
