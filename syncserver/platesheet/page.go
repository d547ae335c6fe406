// SPDX-License-Identifier: Apache-2.0

package platesheet

import (
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"yuexin/assets/fonts"
)

// A4 in mm.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
)

const face = "yuexin"

// colour is red, green, blue, 0 to 255.
type colour [3]int

// The colours of the sheets. Contrast on white: ink 15.7:1, grey 5.9:1, accent 7.2:1, alert 6.2:1.
var (
	white  = colour{255, 255, 255}
	black  = colour{0, 0, 0}
	ink    = colour{27, 36, 48}
	grey   = colour{91, 101, 113}
	line   = colour{206, 212, 218}
	accent = colour{11, 98, 92}
	tint   = colour{232, 243, 241}
	alert  = colour{190, 30, 45}
	pale   = colour{252, 232, 233}
)

// page draws on the document in mm, with text by its baseline.
type page struct {
	pdf    *fpdf.Fpdf
	sample bool
	title  string
	date   string
}

func newPage(s Sheet, title string) *page {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(s.Created)
	pdf.SetModificationDate(s.Created)
	pdf.SetTitle(title, true)
	pdf.SetCreator("Yuexin", true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.AddUTF8FontFromBytes(face, "", fonts.TTF())
	return &page{pdf: pdf, sample: s.Sample, title: title, date: s.Created.Format("2006-01-02")}
}

func (p *page) fill(c colour) { p.pdf.SetFillColor(c[0], c[1], c[2]) }

func (p *page) stroke(c colour, width float64) {
	p.pdf.SetDrawColor(c[0], c[1], c[2])
	p.pdf.SetLineWidth(width)
}

// box adds a rectangle to the current path.
func (p *page) box(left, top, right, bottom float64) {
	p.pdf.MoveTo(left, top)
	p.pdf.LineTo(right, top)
	p.pdf.LineTo(right, bottom)
	p.pdf.LineTo(left, bottom)
	p.pdf.ClosePath()
}

// style is how text is set.
type style struct {
	// size is the em in mm; least is down to where it shrinks for long text, 0 for never.
	size, least float64
	// weight thickens the strokes by this part of the em: the face has one weight only.
	weight float64
	// spacing is put after each character, as a part of the em.
	spacing float64
	colour  colour
}

// fit sets the type and returns the size in mm at which s is at most width wide, but not below least.
func (p *page) fit(s string, st style, width float64) float64 {
	size := st.size
	p.pdf.SetFont(face, "", mmToPoints(size))
	if natural := p.width(s, st, size); width > 0 && natural > width && st.least > 0 {
		size = max(st.least, size*width/natural)
		p.pdf.SetFont(face, "", mmToPoints(size))
	}
	return size
}

// width of s in mm with the type set.
func (p *page) width(s string, st style, size float64) float64 {
	return p.pdf.GetStringWidth(s) + st.spacing*size*float64(len([]rune(s)))
}

// text sets s with its baseline at y; x is its left end, its middle or its right end as align is 0, 0.5 or 1. It shrinks
// to width as far as the style allows. The width used is returned.
func (p *page) text(x, y float64, s string, st style, width, align float64) float64 {
	size := p.fit(s, st, width)
	used := p.width(s, st, size)
	x -= used * align

	p.pdf.SetTextColor(st.colour[0], st.colour[1], st.colour[2])
	if st.weight > 0 {
		p.stroke(st.colour, st.weight*size)
		p.pdf.SetTextRenderingMode(2) // fill, then stroke
		defer p.pdf.SetTextRenderingMode(0)
	}
	if st.spacing == 0 {
		p.pdf.Text(x, y, s)
		return used
	}
	for _, r := range s {
		p.pdf.Text(x, y, string(r))
		x += p.pdf.GetStringWidth(string(r)) + st.spacing*size
	}
	return used
}

// block sets s on one line with its baseline at y or, where that would take less than half the size of st, on two lines
// around the same middle.
func (p *page) block(x, y float64, s string, st style, width float64) {
	p.pdf.SetFont(face, "", mmToPoints(st.size))
	if p.width(s, st, st.size) <= 2*width {
		st.least = st.size / 2
		p.text(x, y, s, st, width, 0)
		return
	}
	const capHeight, leading = 0.73, 1.2 // parts of the em
	middle := y - capHeight/2*st.size
	st.size, st.least = st.size*0.54, st.size*0.3
	first, second := halves(s)
	p.text(x, middle+(capHeight-leading)/2*st.size, first, st, width, 0)
	p.text(x, middle+(capHeight+leading)/2*st.size, second, st, width, 0)
}

// halves splits s near its middle, but not inside a number.
func halves(s string) (first, second string) {
	runes := []rune(s)
	middle := (len(runes) + 1) / 2
	for away := range middle {
		for _, cut := range []int{middle - away, middle + away} {
			if cut < len(runes) && cut > 0 && !(runes[cut-1] < 0x80 && runes[cut] < 0x80) {
				return string(runes[:cut]), string(runes[cut:])
			}
		}
	}
	return string(runes[:middle]), string(runes[middle:])
}

// watermark lays a large pale 示例 under what a sample shows, its middle at x, y.
func (p *page) watermark(x, y, size float64) {
	if !p.sample {
		return
	}
	p.pdf.TransformBegin()
	p.pdf.TransformRotate(16, x, y)
	p.text(x, y+size*0.37, "示例", style{size: size, weight: 0.03, spacing: 0.1, colour: pale}, 0, 0.5)
	p.pdf.TransformEnd()
}

func mmToPoints(mm float64) float64 { return mm * 72 / 25.4 }

// sampleBadge is the red 示例 mark with its right upper corner at x, y.
func (p *page) sampleBadge(x, y, height float64) {
	if !p.sample {
		return
	}
	width := height * 4.1
	p.fill(alert)
	p.pdf.RoundedRect(x-width, y, width, height, height*0.18, "1234", "F")
	st := style{size: height * 0.58, weight: 0.03, colour: white}
	p.text(x-width/2, y+height*0.71, "示例 SAMPLE", st, 0, 0.5)
}

// footer names the document under the plates of a page.
func (p *page) footer() {
	label := fmt.Sprintf("%s · %s · %d", p.title, p.date, p.pdf.PageNo())
	if p.sample {
		label += " · 示例 SAMPLE"
	}
	p.text(pageWidth/2, pageHeight-3.2, label, style{size: 2.4, colour: grey}, 0, 0.5)
}

// grid is where the pieces of a page lie, in mm.
type grid struct {
	columns, rows       int
	width, height, gap  float64
	marginLeft, marginT float64
}

// place returns the upper left corner of the i-th piece.
func (g grid) place(i int) (x, y float64) {
	return g.marginLeft + float64(i%g.columns)*(g.width+g.gap), g.marginT + float64(i/g.columns)*(g.height+g.gap)
}

// marks draws short cutting lines outside the pieces, in line with their edges.
func (g grid) marks(p *page) {
	const length, away = 3.0, 1.0
	p.stroke(grey, 0.1)
	right := g.marginLeft + float64(g.columns)*(g.width+g.gap) - g.gap
	bottom := g.marginT + float64(g.rows)*(g.height+g.gap) - g.gap
	for column := range g.columns {
		left, _ := g.place(column)
		for _, x := range []float64{left, left + g.width} {
			p.pdf.Line(x, g.marginT-away-length, x, g.marginT-away)
			p.pdf.Line(x, bottom+away, x, bottom+away+length)
		}
	}
	for row := range g.rows {
		_, top := g.place(row * g.columns)
		for _, y := range []float64{top, top + g.height} {
			p.pdf.Line(g.marginLeft-away-length, y, g.marginLeft-away, y)
			p.pdf.Line(right+away, y, right+away+length, y)
		}
	}
}
