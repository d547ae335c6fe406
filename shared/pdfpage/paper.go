// SPDX-License-Identifier: Apache-2.0

package pdfpage

import "time"

// Paper is a paper as village offices know it: a title, words, a table over as many pages of A4 as it needs, more words, and places
// to sign.
type Paper struct {
	*Page
	o Order
	y float64
}

// Order is what a paper has on every page.
type Order struct {
	Title   string
	Now     time.Time             // the document's date
	Sample  bool                  // 示例 stands on every page
	Foot    func(page int) string // at the foot of a page
	Columns []float64             // widths of the table's columns in mm; the last takes what is left
	Head    []string              // of the columns
}

// A paper's page, in mm.
const (
	paperWidth, paperHeight = 210.0, 297.0
	paperLeft, paperRight   = 18.0, paperWidth - 18
	paperTop, paperBottom   = 20.0, paperHeight - 20
	paperRow                = 8.0
	paperSigning            = 34.0 // room for what is signed at the end
)

var (
	paperTitle = Style{Size: 7, Weight: 0.02, Colour: Ink}
	paperWords = Style{Size: 3.8, Colour: Ink}
	paperCell  = Style{Size: 3.8, Least: 2.4, Colour: Ink}
	paperHead  = Style{Size: 3.4, Least: 2.2, Colour: Accent}
	paperSum   = Style{Size: 3.8, Weight: 0.015, Colour: Ink}
	paperFoot  = Style{Size: 2.6, Colour: Grey}
)

// NewPaper begins a paper with its title.
func NewPaper(o Order) *Paper {
	p := &Paper{Page: New(o.Title, "A4", o.Now), o: o}
	p.page()
	p.paragraph(o.Title, paperTitle, 10)
	return p
}

// page begins a page.
func (p *Paper) page() {
	p.PDF.AddPage()
	p.y = paperTop
	if p.o.Sample {
		p.SampleBadge(paperRight, 6, 5.6)
	}
	p.Text(paperRight, paperHeight-9, p.o.Foot(p.PDF.PageNo()), paperFoot, 0, 1)
}

// Words sets text over the whole width.
func (p *Paper) Words(text string) { p.paragraph(text, paperWords, 6) }

// paragraph sets text, broken where a line is full.
func (p *Paper) paragraph(text string, st Style, step float64) {
	var line []rune
	flush := func() {
		p.Text(paperLeft, p.y+st.Size, string(line), st, 0, 0)
		p.y += step
		line = line[:0]
	}
	for _, r := range text {
		if p.Width(string(append(line, r)), st) > paperRight-paperLeft {
			flush()
		}
		line = append(line, r)
	}
	flush()
	p.y += 2
}

// Table draws the head of the table; rows follow.
func (p *Paper) Table() { p.line(p.o.Head, paperHead, &Tint) }

// Row draws a row of the table, on the next page if there is no room on this one.
func (p *Paper) Row(cells ...string) {
	if p.y+paperRow > paperBottom {
		p.page()
		p.Table()
	}
	p.line(cells, paperCell, nil)
}

// Sum draws a row that adds the others up.
func (p *Paper) Sum(cells ...string) { p.line(cells, paperSum, &Tint) }

// line draws a row of the table.
func (p *Paper) line(cells []string, st Style, fill *Colour) {
	if fill != nil {
		p.Fill(*fill)
		p.PDF.Rect(paperLeft, p.y, paperRight-paperLeft, paperRow, "F")
	}
	p.Stroke(Rule, 0.2)
	p.PDF.Rect(paperLeft, p.y, paperRight-paperLeft, paperRow, "D")
	left := paperLeft
	for i, text := range cells {
		right := paperRight
		if i < len(p.o.Columns) {
			right = left + p.o.Columns[i]
		}
		p.PDF.Line(left, p.y, left, p.y+paperRow)
		p.Text(left+2, p.y+5.3, text, st, right-left-4, 0)
		left = right
	}
	p.y += paperRow
}

// End sets the last words, leaves room for those who sign beside one another, and sets the date.
func (p *Paper) End(words string, signs []string, date string) {
	if p.y+paperSigning+20 > paperBottom {
		p.page()
	}
	p.y += 6
	if words != "" {
		p.Words(words)
	}
	p.y += 10
	for i, sign := range signs {
		p.Text(paperLeft+float64(i)*(paperRight-paperLeft)/float64(max(1, len(signs))), p.y, sign, paperWords, 0, 0)
	}
	p.Text(paperRight, p.y+18, date, paperWords, 0, 1)
}
