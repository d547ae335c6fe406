// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"yuexin/shared/fault"
)

// xlsxForm is an Excel file; it is opened again to be written, so that all formatting stays.
type xlsxForm struct {
	data   []byte
	sheet  string
	header int // number of the last row of the header, from 1
}

// unzipLimit bounds what an .xlsx file may unpack to.
const unzipLimit = 512 << 20

var xlsxOptions = excelize.Options{RawCellValue: true, UnzipSizeLimit: unzipLimit, UnzipXMLSizeLimit: unzipLimit}

func openXLSX(data []byte, sheet string) (_ *File, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), xlsxOptions)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "ledger.file.damaged").WithCause(err)
	}
	defer func() { _ = book.Close() }() // read only: nothing can be lost

	names, err := sheetNames(book, sheet)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		rows, err := readSheet(book, name)
		if err != nil {
			return nil, err
		}
		h, found := headerOf(rows)
		if !found {
			continue
		}
		f := &File{Sheet: name, form: &xlsxForm{data, name, rows[h.last].number}}
		f.OtherSheets = slices.DeleteFunc(book.GetSheetList(), func(s string) bool { return s == name })
		return f, f.take(h, rows[h.last+1:])
	}
	return nil, fault.New(fault.Invalid, "ledger.file.header")
}

// sheetNames returns the sheet asked for, or all visible ones in order.
func sheetNames(book *excelize.File, sheet string) ([]string, error) {
	all := book.GetSheetList()
	if sheet != "" {
		if !slices.Contains(all, sheet) {
			return nil, fault.New(fault.NotFound, "ledger.file.sheet").With("sheet", sheet)
		}
		return []string{sheet}, nil
	}
	return slices.DeleteFunc(all, func(name string) bool {
		visible, err := book.GetSheetVisible(name)
		return err != nil || !visible
	}), nil
}

func headerOf(rows []row) (header, bool) {
	cells := make([][]string, 0, headerRows+1)
	for _, r := range rows[:min(len(rows), headerRows+1)] {
		cells = append(cells, r.cells)
	}
	return findHeader(cells)
}

// readSheet returns all rows of a sheet, with the text of merged cells in each of them.
func readSheet(book *excelize.File, name string) (_ []row, err error) {
	defer fault.Wrap(&err, "read sheet")
	it, err := book.Rows(name)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "ledger.file.damaged").WithCause(err)
	}
	var rows []row
	for number := 1; it.Next() && number <= MaxRows+headerRows+1; number++ {
		cells, err := it.Columns(xlsxOptions)
		if err != nil {
			return nil, fault.New(fault.Corrupt, "ledger.file.damaged").WithCause(err)
		}
		for i, c := range cells {
			cells[i] = plainNumber(unguarded(c))
		}
		rows = append(rows, row{number, bounded(cells)})
	}
	if err := it.Error(); err != nil {
		return nil, fault.New(fault.Corrupt, "ledger.file.damaged").WithCause(err)
	}
	_ = it.Close() // a temporary file of the library
	return rows, spread(book, name, rows)
}

// spread repeats the text of merged cells in all of them, within the rows that were read.
func spread(book *excelize.File, name string, rows []row) error {
	merged, err := book.GetMergeCells(name)
	if err != nil {
		return fault.New(fault.Corrupt, "ledger.file.damaged").WithCause(err)
	}
	for _, m := range merged {
		left, top, err := excelize.CellNameToCoordinates(m.GetStartAxis())
		if err != nil {
			continue
		}
		right, bottom, err := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err != nil || top > len(rows) {
			continue
		}
		text := cellAt(rows[top-1].cells, left-1)
		for y := top; y <= min(bottom, len(rows)); y++ {
			for x := left; x <= min(right, MaxColumns); x++ {
				rows[y-1].cells = withCell(rows[y-1].cells, x-1, text)
			}
		}
	}
	return nil
}

func withCell(cells []string, index int, text string) []string {
	if text == "" {
		return cells
	}
	for len(cells) <= index {
		cells = append(cells, "")
	}
	cells[index] = text
	return cells
}

// powers matches how Excel stores large and binary fractions: 1.3800138E+10, 8.5000000000000004.
var powers = regexp.MustCompile(`^-?\d(\.\d+)?E\+?\d+$|^-?\d+\.\d{12,}$`)

// annotate writes the file again with the results in a last column.
func (x *xlsxForm) annotate(r *Report, say func(*Line) string) (_ []byte, err error) {
	defer fault.Wrap(&err, "write results")
	book, err := excelize.OpenReader(bytes.NewReader(x.data), xlsxOptions)
	if err != nil {
		return nil, err
	}
	defer func() { _ = book.Close() }() // what counts is in the buffer

	rows, err := readSheet(book, x.sheet)
	if err != nil {
		return nil, err
	}
	at, err := x.resultColumn(rows)
	if err != nil {
		return nil, err
	}
	if err := x.writeResults(book, r, at, say); err != nil {
		return nil, err
	}
	if err := x.disarm(book, rows, at); err != nil {
		return nil, err
	}
	out, err := book.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// resultColumn returns the name of the column of an earlier run, or of the first one that no row uses.
func (x *xlsxForm) resultColumn(rows []row) (string, error) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r.cells))
	}
	if i := slices.Index(rows[x.header-1].cells, resultTitle); i >= 0 {
		width = i
	}
	return excelize.ColumnNumberToName(width + 1)
}

func (x *xlsxForm) writeResults(book *excelize.File, r *Report, column string, say func(*Line) string) error {
	bad, err := book.NewStyle(&excelize.Style{
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FDE9E7"}},
		Font: &excelize.Font{Color: "A61B1B"}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	})
	if err != nil {
		return err
	}
	if err := book.SetColWidth(x.sheet, column, column, 48); err != nil {
		return err
	}
	if err := book.SetCellStr(x.sheet, fmt.Sprint(column, x.header), resultTitle); err != nil {
		return err
	}
	for i := range r.Lines {
		line := &r.Lines[i]
		cell := fmt.Sprint(column, line.Number)
		if err := book.SetCellStr(x.sheet, cell, guarded(say(line))); err != nil {
			return err
		}
		if line.State != Wrong && line.State != Duplicate {
			continue
		}
		if err := book.SetCellStyle(x.sheet, cell, cell, bad); err != nil {
			return err
		}
	}
	return nil
}

// reaching are what a formula needs to reach out of its file.
var reaching = []string{"|", "[", "WEBSERVICE(", "HYPERLINK(", "DDE", "CALL(", "EXEC(", "REGISTER", "IMPORT", "RTD("}

// disarm turns formulas that reach out of the file into their last value, and texts that could become formulas into
// plain texts. Sums and the like stay.
func (x *xlsxForm) disarm(book *excelize.File, rows []row, result string) error {
	for _, r := range rows {
		for i, text := range r.cells {
			column, err := excelize.ColumnNumberToName(i + 1)
			if err != nil || column == result {
				continue
			}
			cell := fmt.Sprint(column, r.number)
			formula, err := book.GetCellFormula(x.sheet, cell)
			if err != nil {
				return err
			}
			reaches := slices.ContainsFunc(reaching, func(s string) bool { return strings.Contains(strings.ToUpper(formula), s) })
			switch {
			case formula == "" && guarded(text) != text:
			case reaches:
				if err := book.SetCellFormula(x.sheet, cell, ""); err != nil {
					return err
				}
			default:
				continue
			}
			if err := book.SetCellStr(x.sheet, cell, guarded(text)); err != nil {
				return err
			}
		}
	}
	return nil
}
