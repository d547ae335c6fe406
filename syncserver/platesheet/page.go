// SPDX-License-Identifier: Apache-2.0

package platesheet

import (
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"yuexin/shared/credit/plate"
	"yuexin/shared/pdfpage"
)

// A4 in mm.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
)

// size is the width and height of a page in mm.
type size struct{ width, height float64 }

var a4, a4Across = size{pageWidth, pageHeight}, size{pageHeight, pageWidth}

// style is how text is set.
type style = pdfpage.Style

// page draws sheets of plates.
type page struct {
	*pdfpage.Page
	sample bool
	title  string
	date   string
	words  map[string]plate.Words
	on     size // of the page that is drawn on
}

// add begins a page of a size.
func (p *page) add(s size) {
	p.on = s
	p.PDF.AddPageFormat("P", fpdf.SizeType{Wd: s.width, Ht: s.height})
}

func newPage(s Sheet, title string) *page {
	return &page{
		Page: pdfpage.New(title, "A4", s.Created), sample: s.Sample, title: title, date: s.Created.Format("2006-01-02"), words: s.Words,
	}
}

// block sets s on one line with its baseline at y or, where that would take less than half the size of st, on two lines
// around the same middle.
func (p *page) block(x, y float64, s string, st style, width float64) {
	if p.Width(s, st) <= 2*width {
		st.Least = st.Size / 2
		p.Text(x, y, s, st, width, 0)
		return
	}
	const capHeight, leading = 0.73, 1.2 // parts of the em
	middle := y - capHeight/2*st.Size
	st.Size, st.Least = st.Size*0.54, st.Size*0.3
	first, second := halves(s)
	p.Text(x, middle+(capHeight-leading)/2*st.Size, first, st, width, 0)
	p.Text(x, middle+(capHeight+leading)/2*st.Size, second, st, width, 0)
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
	p.PDF.TransformBegin()
	p.PDF.TransformRotate(16, x, y)
	p.Text(x, y+size*0.37, "示例", style{Size: size, Weight: 0.03, Spacing: 0.1, Colour: pdfpage.Pale}, 0, 0.5)
	p.PDF.TransformEnd()
}

// sampleBadge is the red 示例 mark with its right upper corner at x, y.
func (p *page) sampleBadge(x, y, height float64) {
	if p.sample {
		p.SampleBadge(x, y, height)
	}
}

// footer names the document under the plates of a page.
func (p *page) footer() {
	label := fmt.Sprintf("%s · %s · %d", p.title, p.date, p.PDF.PageNo())
	if p.sample {
		label += " · 示例 SAMPLE"
	}
	p.Text(p.on.width/2, p.on.height-3.2, label, style{Size: 2.4, Colour: pdfpage.Grey}, 0, 0.5)
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
	p.Stroke(pdfpage.Grey, 0.1)
	right := g.marginLeft + float64(g.columns)*(g.width+g.gap) - g.gap
	bottom := g.marginT + float64(g.rows)*(g.height+g.gap) - g.gap
	for column := range g.columns {
		left, _ := g.place(column)
		for _, x := range []float64{left, left + g.width} {
			p.PDF.Line(x, g.marginT-away-length, x, g.marginT-away)
			p.PDF.Line(x, bottom+away, x, bottom+away+length)
		}
	}
	for row := range g.rows {
		_, top := g.place(row * g.columns)
		for _, y := range []float64{top, top + g.height} {
			p.PDF.Line(g.marginLeft-away-length, y, g.marginLeft-away, y)
			p.PDF.Line(right+away, y, right+away+length, y)
		}
	}
}
