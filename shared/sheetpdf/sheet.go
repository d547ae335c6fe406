// SPDX-License-Identifier: Apache-2.0

package sheetpdf

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/skip2/go-qrcode"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/pdfpage"
)

// Order says what a document shows. Everything without "may be" is required.
type Order struct {
	Template *sheet.Template
	// Session holds the form and, if Filled, its answers.
	Session *forms.Session
	Filled  bool
	// Record is whose sheet it is; it may be zero for one that is nobody's yet.
	Record ident.Record
	// Receipt is the receipt number of a demand; it may be "".
	Receipt string
	// Village may be "", to be written in.
	Village string
	// Host is the official address that the sheet names.
	Host string
	// Wording returns what is agreed to for a purpose; "" leaves it out.
	Wording func(purpose string) string
	// Region names a place by its statistical code.
	Region func(code string) string
	Print  *i18n.Printer
	// Created is the document's date.
	Created time.Time
	// Sample marks every page 示例.
	Sample bool
	// Stamp is written across every page, pale: who had it printed, and when. It may be "".
	Stamp string
}

// Result is what became of a document.
type Result struct {
	Pages int
	// Lacking are the characters that the face does not have: somebody writes them in by hand.
	Lacking []rune
}

// The page, in mm.
const (
	pageWidth  = 210.0 // A4
	pageHeight = 297.0
	headHeight = 29.0
	footHeight = 6.0
	titleSize  = 6.3
)

// codeRule: a sheet is scanned at 150 dots an inch at the least, or photographed with a phone; three dots a module are
// what readers need.
var codeRule = pdfpage.QR{Level: qrcode.Medium, Side: 26, Least: 0.5}

// document is a sheet on its way to paper.
type document struct {
	*pdfpage.Page
	o       Order
	form    *forms.Form
	left    float64
	width   float64
	blocks  []block
	lacking []rune
}

// placed is a block with the upper edge of its place.
type placed struct {
	block
	y float64
}

// Write draws the document to w. Errors are those of w; what cannot be printed is in the result.
func Write(w io.Writer, o Order) (Result, error) {
	m, form := o.Template.Margins(), o.Session.Form()
	d := &document{
		Page: pdfpage.New(form.Edition(), o.Template.Paper(), o.Created), o: o, form: form,
		left: m.Left, width: pageWidth - m.Left - m.Right,
	}
	d.layOut()
	pages := d.paginate(m.Top+headHeight, pageHeight-m.Bottom-footHeight)
	for i, page := range pages {
		d.PDF.AddPage()
		if err := d.page(i+1, len(pages), page); err != nil {
			return Result{}, err
		}
	}
	if err := d.PDF.Output(w); err != nil {
		return Result{}, fmt.Errorf("write the sheet of %s: %w", form.Name, err)
	}
	return Result{Pages: len(pages), Lacking: d.lacking}, nil
}

// paginate gives every block its place.
func (d *document) paginate(top, bottom float64) [][]placed {
	var pages [][]placed
	var page []placed
	y := top
	for i, b := range d.blocks {
		need := b.height
		for _, next := range d.blocks[i+1 : min(len(d.blocks), i+1+b.with)] {
			need += next.height
		}
		if y+need > bottom && len(page) > 0 {
			pages, page, y = append(pages, page), nil, top
			if b.again != nil {
				page, y = append(page, placed{*b.again, y}), y+b.again.height
			}
		}
		page, y = append(page, placed{b, y}), y+b.height
	}
	return append(pages, page)
}

// page draws one page.
func (d *document) page(n, of int, blocks []placed) error {
	if err := d.head(n); err != nil {
		return err
	}
	for _, b := range blocks {
		b.draw(b.y)
	}
	last := blocks[len(blocks)-1]
	d.Stroke(lineColour, frameWidth)
	d.PDF.Rect(d.left, blocks[0].y, d.width, last.y+last.height-blocks[0].y, "D")
	d.foot(n, of)
	d.stamp()
	return nil
}

// stampAlpha lets the answers under the stamp be read.
const stampAlpha = 0.2

// stamp writes across the page who had it printed.
func (d *document) stamp() {
	if d.o.Stamp == "" {
		return
	}
	st := pdfpage.Style{Size: 6.4, Least: 2, Colour: pdfpage.Grey}
	text := d.printable(d.o.Stamp)
	d.PDF.SetAlpha(stampAlpha, "Normal")
	defer d.PDF.SetAlpha(1, "Normal")
	for _, y := range []float64{90, 165, 240} {
		d.PDF.TransformBegin()
		d.PDF.TransformRotate(24, pageWidth/2, y)
		d.Text(pageWidth/2, y, text, st, d.width, 0.5)
		d.PDF.TransformEnd()
	}
}

// head draws what stands above the grid: the heading, whose sheet it is, and the code.
func (d *document) head(n int) error {
	top, right := d.o.Template.Margins().Top, d.left+d.width
	modules, err := codeRule.Encode(sheet.Token{Form: d.form.Name, Version: d.form.Version, Record: d.o.Record, Page: n}.String())
	if err != nil {
		return err
	}
	codeRule.Draw(d.Page, modules, right-codeRule.Side, top)

	room := d.width - codeRule.Side - 3
	title := d.o.Template.Heading(d.form.Name, d.o.Print.Lang())
	if title == "" {
		title = d.form.Title.In(d.o.Print)
	}
	st := pdfpage.Style{Size: titleSize, Least: 3.6, Weight: 0.03, Spacing: 0.06, Colour: pdfpage.Ink}
	d.Text(d.left+room/2, top+9.5, d.printable(title), st, room, 0.5)
	if d.o.Host != "" {
		official := d.printable(d.o.Print.T("sheet.official", "host", d.o.Host))
		d.Text(d.left+room/2, top+15.2, official, pdfpage.Style{Size: 2.9, Least: 1.8, Colour: pdfpage.Accent}, room, 0.5)
	}
	if d.o.Sample {
		d.SampleBadge(d.left+17, top, 4.2)
	}
	d.whose(top+24.6, room)
	return nil
}

// whose draws the line with the village and the number of the record.
func (d *document) whose(y, room float64) {
	village := d.printable(d.o.Print.T("sheet.village"))
	st := pdfpage.Style{Size: 3.2, Least: 2.2, Colour: pdfpage.Ink}
	used := d.Text(d.left, y, village, st, 0, 0)
	half := room * 0.52
	d.Stroke(lineColour, hairline)
	d.PDF.Line(d.left+used, y+1, d.left+half-3, y+1)
	d.Text(d.left+used+1, y, d.printable(d.o.Village), answerStyle, half-used-5, 0)

	label, number := "sheet.number", ""
	if !d.o.Record.IsZero() {
		number = sheet.Number(d.o.Record, "-")
	}
	if d.o.Receipt != "" {
		label, number = "sheet.receipt", d.o.Receipt
	}
	used = d.Text(d.left+half, y, d.printable(d.o.Print.T(label)), st, 0, 0)
	d.PDF.Line(d.left+half+used, y+1, d.left+room, y+1)
	d.Text(d.left+half+used+1, y, number, pdfpage.Style{Size: 3.2, Least: 1.9, Colour: pdfpage.Ink}, room-half-used-2, 0)
}

// foot draws what stands below the grid.
func (d *document) foot(n, of int) {
	y := pageHeight - d.o.Template.Margins().Bottom
	d.Text(pageWidth/2, y, d.printable(d.o.Template.Footer(d.o.Print.Lang(), d.o.Host)), smallStyle, d.width, 0.5)
	if len(d.lacking) > 0 {
		d.Text(d.left, y-3.6, d.o.Print.T("sheet.lacking", "mark", string(geta)), smallStyle, d.width, 0)
	}
	edition := d.o.Print.T("sheet.edition", "form", d.form.Name, "version", strconv.FormatUint(uint64(d.form.Version), 10),
		"paper", strconv.FormatUint(uint64(d.o.Template.Version()), 10))
	d.Text(d.left, y+4.2, edition, smallStyle, d.width*0.7, 0)
	d.Text(d.left+d.width, y+4.2, d.o.Print.T("sheet.page", "n", strconv.Itoa(n), "all", strconv.Itoa(of)), smallStyle, d.width*0.3, 1)
}
