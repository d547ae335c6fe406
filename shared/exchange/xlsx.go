// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"yuexin/shared/fault"
)

// xlsxForm is an Excel file. It is opened again to be written, so that all formatting stays.
type xlsxForm struct {
	data []byte
	book *excelize.File
	list []Sheet
	late bool // days are counted from 1904
}

// unzipLimit bounds what an .xlsx file may unpack to. All of it stays in memory: above the second limit the library would
// write a sheet, which is personal data, into a folder for temporary files.
const unzipLimit = 256 << 20

var xlsxOptions = excelize.Options{RawCellValue: true, UnzipSizeLimit: unzipLimit, UnzipXMLSizeLimit: unzipLimit}

func damaged(err error) error {
	return fault.New(fault.Corrupt, "exchange.file.damaged").WithCause(err)
}

// survived turns a panic of the library, which trusts files more than it should, into a damaged file.
func survived(err *error) {
	if p := recover(); p != nil {
		*err = damaged(fmt.Errorf("the library panicked: %T", p))
	}
}

func openXLSX(data []byte) (_ *xlsxForm, err error) {
	defer survived(&err)
	book, err := excelize.OpenReader(bytes.NewReader(data), xlsxOptions)
	if err != nil {
		return nil, damaged(err)
	}
	x := &xlsxForm{data: data, book: book}
	for _, name := range book.GetSheetList() {
		visible, err := book.GetSheetVisible(name)
		x.list = append(x.list, Sheet{Name: name, Hidden: err != nil || !visible})
	}
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		x.late = *props.Date1904
	}
	return x, nil
}

func (x *xlsxForm) sheets() []Sheet { return x.list }

func (x *xlsxForm) day(serial float64) (string, bool) { return dayOf(serial, x.late) }

// dayOf returns the date of a serial number, from 1900 to 2173: other numbers are no dates.
func dayOf(serial float64, late bool) (string, bool) {
	if serial < 1 || serial > 100_000 {
		return "", false
	}
	t, err := excelize.ExcelDateToTime(serial, late)
	return t.Format("2006-01-02"), err == nil
}

// rows streams a sheet: of the rows only the one at hand is in memory, beside the unpacked file.
func (x *xlsxForm) rows(name string, each func(Row) (bool, error)) (err error) {
	it, err := x.book.Rows(name)
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = it.Close() }() // read only: nothing can be lost
	merged := x.merged(name)
	for number := 1; it.Next(); number++ {
		hidden := it.GetRowOpts().Hidden
		cells, err := it.Columns(xlsxOptions)
		if err != nil {
			return damaged(err)
		}
		if number > 1<<20 {
			return damaged(nil)
		}
		cells = bounded(cells)
		for i, c := range cells {
			cells[i] = plainNumber(bare(c))
		}
		on, err := each(Row{Number: number, Hidden: hidden, Cells: merged.spread(number, cells)})
		if err != nil || !on {
			return err
		}
	}
	if err := it.Error(); err != nil {
		return damaged(err)
	}
	return nil
}

// area is a range of merged cells, columns from 0, rows from 1, and what it says.
type area struct {
	left, right, top, bottom int
	text                     string
}

// areas are the merged cells of a sheet by their first row, and those that the row at hand is in.
type areas struct {
	waiting []area
	open    []area
}

// spread repeats the text of merged cells in all of them.
func (a *areas) spread(row int, cells []string) []string {
	for len(a.waiting) > 0 && a.waiting[0].top <= row {
		next := a.waiting[0]
		if a.waiting = a.waiting[1:]; next.top == row {
			next.text = Row{Cells: cells}.cell(next.left)
			a.open = append(a.open, next)
		}
	}
	a.open = slices.DeleteFunc(a.open, func(one area) bool { return one.bottom < row })
	for _, one := range a.open {
		for i := one.left; i <= one.right && one.text != ""; i++ {
			for len(cells) <= i {
				cells = append(cells, "")
			}
			cells[i] = one.text
		}
	}
	return cells
}

// formulaCell matches a cell with a formula.
var formulaCell = regexp.MustCompile(`<c\s[^>]*r="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*<f[\s/>]`)

// formulas returns the cells with formulas by the bytes of a sheet, and whether those are all there can be: asking the
// library cell by cell takes half a minute for 50,000 rows.
func (x *xlsxForm) formulas(name string) (cells map[string]bool, all bool) {
	content, _ := x.book.Pkg.Load(x.part(name))
	data, _ := content.([]byte)
	cells = map[string]bool{}
	found := formulaCell.FindAllSubmatch(data, -1)
	for _, m := range found {
		cells[string(m[1])] = true
	}
	there := bytes.Count(data, []byte("<f>")) + bytes.Count(data, []byte("<f ")) + bytes.Count(data, []byte("<f/"))
	return cells, data != nil && there == len(found) && !bytes.Contains(data, []byte(":f>"))
}

// mergedCell matches what a sheet says of merged cells, which stands behind its rows.
var mergedCell = regexp.MustCompile(`mergeCell\s[^>]*ref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"`)

// maxMerged bounds how many merged cells of a sheet are looked at.
const maxMerged = 200_000

// merged reads the merged cells of a sheet from its bytes: through the library it would hold the whole sheet in memory,
// ten times as large.
func (x *xlsxForm) merged(name string) *areas {
	content, _ := x.book.Pkg.Load(x.part(name))
	data, _ := content.([]byte)
	at := bytes.LastIndex(data, []byte("</sheetData>"))
	if at < 0 {
		at = max(0, bytes.LastIndex(data, []byte("mergeCells"))-1<<20)
	}
	out := &areas{}
	for _, m := range mergedCell.FindAllSubmatch(data[at:], maxMerged) {
		left, err1 := excelize.ColumnNameToNumber(string(m[1]))
		right, err2 := excelize.ColumnNameToNumber(string(m[3]))
		top, _ := strconv.Atoi(string(m[2]))
		bottom, _ := strconv.Atoi(string(m[4]))
		if err1 == nil && err2 == nil && left <= MaxColumns && top > 0 && bottom >= top {
			out.waiting = append(out.waiting, area{left - 1, min(right, MaxColumns) - 1, top, bottom, ""})
		}
	}
	slices.SortStableFunc(out.waiting, func(a, b area) int { return a.top - b.top })
	return out
}

// part returns where in the file a sheet stands, "" if that cannot be told.
func (x *xlsxForm) part(sheet string) string {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	for name, into := range map[string]any{"xl/workbook.xml": &book, "xl/_rels/workbook.xml.rels": &relations} {
		content, _ := x.book.Pkg.Load(name)
		data, _ := content.([]byte)
		if xml.Unmarshal(data, into) != nil {
			return ""
		}
	}
	for _, s := range book.Sheets {
		for _, r := range relations.List {
			if s.Name == sheet && r.ID == s.ID {
				if strings.HasPrefix(r.Target, "/") {
					return strings.TrimPrefix(r.Target, "/")
				}
				return path.Join("xl", r.Target)
			}
		}
	}
	return ""
}

// has reports whether the file has a part.
func (x *xlsxForm) has(part string) bool {
	_, found := x.book.Pkg.Load(part)
	return found
}

// powers matches how Excel stores large and binary fractions: 1.3800138E+10, 8.5000000000000004.
var powers = regexp.MustCompile(`^-?\d(\.\d+)?E\+?\d+$|^-?\d+\.\d{12,}$`)

// exactDigits is how many digits a number keeps in Excel (IEEE 754); a resident id has 18.
const exactDigits = 15

// plainNumber undoes how Excel stores a number where nothing was lost by it: 1.3800138E+10 is 13800138000. Another text
// is returned as it is.
func plainNumber(text string) string {
	if !powers.MatchString(text) {
		return text
	}
	mantissa, _, _ := strings.Cut(text, "E")
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Contains(text, "E") && (value >= 1e15 || len(mantissa) > exactDigits+2) {
		return text
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

// isRounded reports whether a spreadsheet program kept only the first digits of a long number.
func isRounded(text string) bool {
	return powers.MatchString(text) && strings.Contains(text, "E")
}

// annotate writes the file again with the results in a last column of every sheet that has any.
func (x *xlsxForm) annotate(n notes) (_ []byte, err error) {
	defer survived(&err)
	defer fault.Wrap(&err, "write results")
	book, err := excelize.OpenReader(bytes.NewReader(x.data), xlsxOptions)
	if err != nil {
		return nil, err
	}
	defer func() { _ = book.Close() }() // what counts is in the buffer
	for _, sheet := range n.sheets() {
		a := annotation{form: x, book: book, sheet: sheet, notes: n, heading: n.heading(sheet), fills: map[int]int{}, plain: !x.has("xl/styles.xml")}
		if err := a.write(); err != nil {
			return nil, err
		}
	}
	out, err := book.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// annotation is the results of one sheet on their way into it.
type annotation struct {
	form    *xlsxForm
	book    *excelize.File
	sheet   string
	notes   notes
	heading int         // its last row
	result  int         // the column of the results, from 1
	fills   map[int]int // style → the same style, marked
	plain   bool        // the file knows no styles
}

func (a *annotation) write() error {
	if err := a.findColumn(); err != nil {
		return err
	}
	column, err := excelize.ColumnNumberToName(a.result)
	if err != nil {
		return err
	}
	if err := a.book.SetColWidth(a.sheet, column, column, 48); err != nil {
		return err
	}
	if err := a.book.SetCellStr(a.sheet, fmt.Sprint(column, a.heading), resultTitle); err != nil {
		return err
	}
	for at, note := range a.notes {
		if at.sheet != a.sheet || at.row == a.heading {
			continue
		}
		cell := fmt.Sprint(column, at.row)
		if err := a.book.SetCellStr(a.sheet, cell, guarded(note.text)); err != nil {
			return err
		}
		for _, index := range note.columns {
			if err := a.mark(at.row, index+1); err != nil {
				return err
			}
		}
		if note.bad {
			if err := a.mark(at.row, a.result); err != nil {
				return err
			}
		}
	}
	return a.disarm()
}

// findColumn takes the column of an earlier run, or the first one that no row uses.
func (a *annotation) findColumn() error {
	width, earlier := 0, -1
	err := a.form.rows(a.sheet, func(r Row) (bool, error) {
		width = max(width, len(r.Cells))
		if r.Number == a.heading {
			earlier = slices.Index(r.Cells, resultTitle)
		}
		return true, nil
	})
	if a.result = width + 1; earlier >= 0 {
		a.result = earlier + 1
	}
	return err
}

// mark colours a cell and leaves all else of its style.
func (a *annotation) mark(row, column int) error {
	if a.plain {
		return nil
	}
	cell, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	style, err := a.book.GetCellStyle(a.sheet, cell)
	if err != nil {
		return err
	}
	if _, known := a.fills[style]; !known {
		def, err := a.book.GetStyle(style)
		if err != nil || def == nil {
			def = &excelize.Style{}
		}
		def.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FDE9E7"}}
		if def.Font == nil {
			def.Font = &excelize.Font{}
		}
		def.Font.Color = "A61B1B"
		if a.fills[style], err = a.book.NewStyle(def); err != nil {
			return err
		}
	}
	return a.book.SetCellStyle(a.sheet, cell, cell, a.fills[style])
}

// reaching are what a formula needs to reach out of its file.
var reaching = []string{"|", "[", "WEBSERVICE(", "HYPERLINK(", "DDE", "CALL(", "EXEC(", "REGISTER", "IMPORT", "RTD("}

// disarm turns formulas that reach out of the file into their last value, and texts that could become formulas into
// plain texts. Sums and the like stay.
func (a *annotation) disarm() error {
	formulas, all := a.form.formulas(a.sheet)
	return a.form.rows(a.sheet, func(r Row) (bool, error) {
		for i, text := range r.Cells {
			if i+1 == a.result {
				continue
			}
			cell, err := excelize.CoordinatesToCellName(i+1, r.Number)
			if err != nil {
				return false, err
			}
			formula := ""
			if !all || formulas[cell] {
				if formula, err = a.book.GetCellFormula(a.sheet, cell); err != nil {
					return false, err
				}
			}
			reaches := slices.ContainsFunc(reaching, func(s string) bool { return strings.Contains(strings.ToUpper(formula), s) })
			switch {
			case formula == "" && guarded(text) != text:
			case reaches:
				if err := a.book.SetCellFormula(a.sheet, cell, ""); err != nil {
					return false, err
				}
			default:
				continue
			}
			if err := a.book.SetCellStr(a.sheet, cell, guarded(text)); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}
