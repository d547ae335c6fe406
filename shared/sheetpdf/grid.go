// SPDX-License-Identifier: Apache-2.0

package sheetpdf

import (
	"yuexin/shared/credit/forms"
	"yuexin/shared/pdfpage"
)

// The grid, in mm.
const (
	pad        = 1.6  // between a line and the text beside it
	nameWidth  = 29.0 // of the column with names
	blankRow   = 8.0  // room for writing by hand
	filledRow  = 7.4
	hairline   = 0.18
	frameWidth = 0.35
)

var (
	lineColour = pdfpage.Colour{70, 78, 88}
	nameFill   = pdfpage.Colour{243, 246, 246}
	bandFill   = pdfpage.Colour{226, 236, 235}
)

// cell is a part of a row. draw gets its upper left corner and the height of the row.
type cell struct {
	width, height float64
	fill          *pdfpage.Colour
	draw          func(x, y, height float64)
}

// block is what is never cut by the end of a page.
type block struct {
	height float64
	draw   func(y float64)
	with   int    // that many blocks behind it stay on its page
	again  *block // drawn above it where it begins a page
}

// row makes a block of cells side by side.
func (d *document) row(least float64, cells ...cell) block {
	b := block{height: least}
	for _, c := range cells {
		b.height = max(b.height, c.height)
	}
	b.draw = func(y float64) {
		x := d.left
		for _, c := range cells {
			if c.fill != nil {
				d.Fill(*c.fill)
				d.PDF.Rect(x, y, c.width, b.height, "F")
			}
			x += c.width
		}
		d.Stroke(lineColour, hairline)
		x = d.left
		for _, c := range cells {
			d.Stroke(lineColour, hairline)
			d.PDF.Rect(x, y, c.width, b.height, "D")
			if c.draw != nil {
				c.draw(x, y, b.height)
			}
			x += c.width
		}
	}
	return b
}

func (d *document) add(blocks ...block) { d.blocks = append(d.blocks, blocks...) }

// name is the cell with the name of an answer, marked where it must be given.
func (d *document) name(f *forms.Field, width float64) cell {
	text := f.Label.In(d.o.Print)
	if f.Asked() && d.o.Session.Required(f.Name) {
		text = "* " + text
	}
	lines := d.lines(text, nameStyle, width-2*pad)
	return cell{width: width, height: height(lines, nameStyle) + 2*pad*0.7, fill: &nameFill, draw: func(x, y, h float64) {
		d.write(x+pad, y+(h-height(lines, nameStyle))/2, lines, nameStyle, width-2*pad)
	}}
}

// written is a cell with text, from the left and in the middle of its height.
func (d *document) written(text string, st pdfpage.Style, width float64) cell {
	lines := d.lines(text, st, width-2*pad)
	return cell{width: width, height: height(lines, st) + 2*pad*0.7, draw: func(x, y, h float64) {
		d.write(x+pad, y+(h-height(lines, st))/2, lines, st, width-2*pad)
	}}
}

// box draws a box to tick, its left end at x and its middle at y.
func (d *document) box(x, y float64, ticked bool) {
	const side = boxSide
	d.Stroke(pdfpage.Ink, 0.22)
	d.PDF.Rect(x, y-side/2, side, side, "D")
	if !ticked {
		return
	}
	d.Stroke(pdfpage.Ink, 0.5)
	d.PDF.MoveTo(x+side*0.12, y)
	d.PDF.LineTo(x+side*0.42, y+side*0.34)
	d.PDF.LineTo(x+side*1.02, y-side*0.52)
	d.PDF.DrawPath("D")
}

const (
	boxSide   = 3.0
	boxGap    = 1.0 // between a box and its words
	optionGap = 4.0
	lineStep  = 5.4 // of lines of options
)

// option is a box with its words.
type option struct {
	text   string
	ticked bool
}

// options is a cell of boxes to tick, as many lines as they need.
func (d *document) options(all []option, width float64) cell {
	type placed struct {
		option
		x    float64
		line int
	}
	var out []placed
	x, line := 0.0, 0
	room := width - 2*pad
	for _, o := range all {
		o.text = d.printable(o.text)
		w := min(room, boxSide+boxGap+d.Width(o.text, optionStyle))
		if x > 0 && x+w > room {
			x, line = 0, line+1
		}
		out = append(out, placed{o, x, line})
		x += w + optionGap
	}
	count := float64(line + 1)
	return cell{width: width, height: count*lineStep + 1.6, draw: func(x, y, h float64) {
		top := y + (h-count*lineStep)/2
		for _, o := range out {
			middle := top + (float64(o.line)+0.5)*lineStep
			d.box(x+pad+o.x, middle, o.ticked)
			d.Text(x+pad+o.x+boxSide+boxGap, middle+rise*optionStyle.Size, o.text, optionStyle, room-boxSide-boxGap, 0)
		}
	}}
}

// comb is a cell of boxes for one character each.
func (d *document) comb(count int, text string, width float64) cell {
	runes := []rune(d.printable(text))
	side := min(combSide, (width-2*pad)/float64(count))
	return cell{width: width, height: side*combRise + 2.2, draw: func(x, y, h float64) {
		top, high := y+(h-side*combRise)/2, side*combRise
		for i := range count {
			left := x + pad + float64(i)*side
			d.Stroke(pdfpage.Grey, 0.16)
			d.PDF.Rect(left, top, side, high, "D")
			if i < len(runes) {
				d.Text(left+side/2, top+high/2+rise*answerStyle.Size, string(runes[i]), answerStyle, side, 0.5)
			}
		}
	}}
}

const (
	combSide = 4.7
	combRise = 1.3 // height of such a box by its width
)
