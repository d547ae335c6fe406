// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Format is a format that Out writes.
type Format string

// The formats.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv" // UTF-8 with its mark, so that Excel shows Chinese
)

// Out writes a table row by row, straight to w: nothing of it is kept, in memory or on a disk. Every cell is text, so that
// long numbers stay whole, and none can act as a formula. Call Close at the end.
type Out struct {
	text *csv.Writer

	book *zip.Writer
	cell *bufio.Writer // of the sheet
	row  int
}

// NewOut begins a table. The library for workbooks is not used: above 16 MB it writes rows, which are personal data, into a
// folder for temporary files.
func NewOut(w io.Writer, f Format, sheet string) (*Out, error) {
	if f == CSV {
		if _, err := io.WriteString(w, utf8Mark); err != nil {
			return nil, err
		}
		return &Out{text: csv.NewWriter(w)}, nil
	}
	o := &Out{book: zip.NewWriter(w)}
	for _, p := range parts(sheet) {
		part, err := o.part(p.name)
		if err == nil {
			_, err = io.WriteString(part, xml.Header+p.text)
		}
		if err != nil {
			return nil, err
		}
	}
	part, err := o.part("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	o.cell = bufio.NewWriter(part)
	_, err = o.cell.WriteString(xml.Header + `<worksheet xmlns="` + spreadsheet + `"><sheetFormatPr defaultRowHeight="15" defaultColWidth="16"/><sheetData>`)
	return o, err
}

// part begins a part of the workbook. Its time is the least that the format knows: the same rows make the same file.
func (o *Out) part(name string) (io.Writer, error) {
	return o.book.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// Row writes one row.
func (o *Out) Row(cells ...string) error {
	if o.text != nil {
		safe := make([]string, len(cells))
		for i, c := range cells {
			safe[i] = guarded(c)
		}
		return o.text.Write(safe)
	}
	o.row++
	if _, err := fmt.Fprintf(o.cell, `<row r="%d">`, o.row); err != nil {
		return err
	}
	for _, c := range cells {
		if err := o.write(guarded(c)); err != nil {
			return err
		}
	}
	_, err := o.cell.WriteString("</row>")
	return err
}

func (o *Out) write(text string) error {
	if text == "" {
		_, err := o.cell.WriteString("<c/>")
		return err
	}
	if _, err := o.cell.WriteString(`<c s="1" t="inlineStr"><is><t xml:space="preserve">`); err != nil {
		return err
	}
	if err := xml.EscapeText(o.cell, []byte(text)); err != nil {
		return err
	}
	_, err := o.cell.WriteString("</t></is></c>")
	return err
}

// Close ends the table; w stays open.
func (o *Out) Close() error {
	if o.text != nil {
		o.text.Flush()
		return o.text.Error()
	}
	if _, err := o.cell.WriteString("</sheetData></worksheet>"); err != nil {
		return err
	}
	if err := o.cell.Flush(); err != nil {
		return err
	}
	return o.book.Close()
}

// The namespaces of ECMA-376.
const (
	spreadsheet   = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	packages      = "http://schemas.openxmlformats.org/package/2006/"
	relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	content       = "application/vnd.openxmlformats-"
)

type namedPart struct{ name, text string }

// parts are what a workbook has beside its sheet: as little as Excel opens. Style 1 is text, so that a number that is typed
// over one stays as it was typed.
func parts(sheet string) []namedPart {
	var name strings.Builder
	_ = xml.EscapeText(&name, []byte(sheetName(sheet))) // a builder takes everything
	relation := func(id, kind, target string) string {
		return `<Relationship Id="` + id + `" Type="` + relationships + `/` + kind + `" Target="` + target + `"/>`
	}
	part := func(path, kind string) string {
		return `<Override PartName="/xl/` + path + `" ContentType="` + content + `officedocument.spreadsheetml.` + kind + `+xml"/>`
	}
	return []namedPart{
		{"[Content_Types].xml", `<Types xmlns="` + packages + `content-types"><Default Extension="rels" ContentType="` + content + `package.relationships+xml"/>` +
			part("workbook.xml", "sheet.main") + part("worksheets/sheet1.xml", "worksheet") + part("styles.xml", "styles") + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + packages + `relationships">` + relation("rId1", "officeDocument", "xl/workbook.xml") + `</Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + spreadsheet + `" xmlns:r="` + relationships + `"><sheets><sheet name="` + name.String() + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packages + `relationships">` + relation("rId1", "worksheet", "worksheets/sheet1.xml") + relation("rId2", "styles", "styles.xml") + `</Relationships>`},
		{"xl/styles.xml", `<styleSheet xmlns="` + spreadsheet + `"><fonts count="1"><font><sz val="11"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>`},
	}
}

// sheetName keeps what Excel admits as the name of a sheet.
func sheetName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 31 {
		return string(runes[:31])
	}
	if name == "" {
		return "Sheet1"
	}
	return name
}
