// SPDX-License-Identifier: Apache-2.0

// Package pdfpage sets text, lines and QR codes on the pages of a PDF document, in mm from the upper left corner: what the
// sheets of plates and the collection sheets of forms have in common. Text is in the project's own face, of which the
// document holds the characters it uses; codes are drawn as vectors; the same calls give the same bytes.
package pdfpage

import (
	"time"

	"codeberg.org/go-pdf/fpdf"

	"yuexin/assets/fonts"
)

const face = "yuexin"

// Colour is red, green, blue, 0 to 255.
type Colour [3]int

// The colours of printed sheets. Contrast on white: Ink 15.7:1, Grey 5.9:1, Accent 7.2:1, Alert 6.2:1.
var (
	White  = Colour{255, 255, 255}
	Black  = Colour{0, 0, 0}
	Ink    = Colour{27, 36, 48}
	Grey   = Colour{91, 101, 113}
	Rule   = Colour{206, 212, 218}
	Accent = Colour{11, 98, 92}
	Tint   = Colour{232, 243, 241}
	Alert  = Colour{190, 30, 45}
	Pale   = Colour{252, 232, 233}
)

// Page draws on the last page of a document in mm, with text by its baseline.
type Page struct {
	// PDF is the document; its page breaks are the caller's.
	PDF *fpdf.Fpdf
}

// New begins a document without a page. size is a paper size that fpdf knows, such as "A4"; created is the document's date.
func New(title, size string, created time.Time) *Page {
	pdf := fpdf.New("P", "mm", size, "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(created)
	pdf.SetModificationDate(created)
	pdf.SetTitle(title, true)
	pdf.SetCreator("Yuexin", true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.AddUTF8FontFromBytes(face, "", fonts.TTF())
	return &Page{PDF: pdf}
}

// Fill sets the colour of areas.
func (p *Page) Fill(c Colour) { p.PDF.SetFillColor(c[0], c[1], c[2]) }

// Stroke sets the colour and the width of lines.
func (p *Page) Stroke(c Colour, width float64) {
	p.PDF.SetDrawColor(c[0], c[1], c[2])
	p.PDF.SetLineWidth(width)
}

// Box adds a rectangle to the current path.
func (p *Page) Box(left, top, right, bottom float64) {
	p.PDF.MoveTo(left, top)
	p.PDF.LineTo(right, top)
	p.PDF.LineTo(right, bottom)
	p.PDF.LineTo(left, bottom)
	p.PDF.ClosePath()
}

// Style is how text is set.
type Style struct {
	// Size is the em in mm; Least is down to where it shrinks for long text, 0 for never.
	Size, Least float64
	// Weight thickens the strokes by this part of the em: the face has one weight only.
	Weight float64
	// Spacing is put after each character, as a part of the em.
	Spacing float64
	Colour  Colour
}

// Width returns how wide s is in mm.
func (p *Page) Width(s string, st Style) float64 {
	p.PDF.SetFont(face, "", mmToPoints(st.Size))
	return p.PDF.GetStringWidth(s) + st.Spacing*st.Size*float64(len([]rune(s)))
}

// fit returns the style with the size at which s is at most width wide, but not below Least, and sets that type.
func (p *Page) fit(s string, st Style, width float64) Style {
	natural := p.Width(s, st)
	if width > 0 && natural > width && st.Least > 0 {
		st.Size = max(st.Least, st.Size*width/natural)
		p.PDF.SetFont(face, "", mmToPoints(st.Size))
	}
	return st
}

// Text sets s with its baseline at y; x is its left end, its middle or its right end as align is 0, 0.5 or 1. It shrinks
// to width as far as the style allows. The width used is returned.
func (p *Page) Text(x, y float64, s string, st Style, width, align float64) float64 {
	st = p.fit(s, st, width)
	used := p.Width(s, st)
	x -= used * align

	p.PDF.SetTextColor(st.Colour[0], st.Colour[1], st.Colour[2])
	if st.Weight > 0 {
		p.Stroke(st.Colour, st.Weight*st.Size)
		p.PDF.SetTextRenderingMode(2) // fill, then stroke
		defer p.PDF.SetTextRenderingMode(0)
	}
	if st.Spacing == 0 {
		p.PDF.Text(x, y, s)
		return used
	}
	for _, r := range s {
		p.PDF.Text(x, y, string(r))
		x += p.PDF.GetStringWidth(string(r)) + st.Spacing*st.Size
	}
	return used
}

func mmToPoints(mm float64) float64 { return mm * 72 / 25.4 }

// SampleBadge draws the red 示例 mark with its right upper corner at x, y.
func (p *Page) SampleBadge(x, y, height float64) {
	width := height * 4.1
	p.Fill(Alert)
	p.PDF.RoundedRect(x-width, y, width, height, height*0.18, "1234", "F")
	p.Text(x-width/2, y+height*0.71, "示例 SAMPLE", Style{Size: height * 0.58, Weight: 0.03, Colour: White}, 0, 0.5)
}
