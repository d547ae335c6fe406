// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"image"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"yuexin/kiosk/device/escpos"
)

// Tear takes what came out and leaves the printer's slot empty.
func (v *Printer) Tear() Paper {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := Paper{Dots: v.Profile.Dots, Marks: v.paper, Wrong: v.wrong}
	v.paper, v.wrong = nil, nil
	return out
}

// Paper is what came out of a printer.
type Paper struct {
	Dots  int
	Marks []Mark
	Wrong []string // what the printer did not understand, or could not have printed
}

// Text returns what is to be read, line by line; a picture is "▒", a code "▦" and what it says where the printer made it, a
// cut "✂".
func (p Paper) Text() string {
	var out strings.Builder
	for _, m := range p.Marks {
		switch {
		case m.Cut:
			out.WriteString("✂")
		case m.Code != "":
			out.WriteString("▦ " + m.Code)
		case m.Picture != nil:
			out.WriteString("▒")
		default:
			out.WriteString(m.Text)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// margin is the paper around what is printed, in dots.
const margin = 32

// Image returns the paper as a picture, one pixel a dot.
func (p Paper) Image() *image.Gray {
	high := 2 * margin
	for _, m := range p.Marks {
		high += m.height()
	}
	img := image.NewGray(image.Rect(0, 0, p.Dots+2*margin, high))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	y := margin
	for _, m := range p.Marks {
		if m.Picture != nil {
			at := image.Pt(margin+p.left(m, m.Picture.Bounds().Dx()), y)
			draw.Draw(img, m.Picture.Bounds().Add(at), m.Picture, image.Point{}, draw.Src)
		} else {
			p.write(img, m, y)
		}
		y += m.height()
	}
	return img
}

// left is where something of a width begins.
func (p Paper) left(m Mark, width int) int {
	switch m.Style.Align {
	case escpos.Centre:
		return (p.Dots - width) / 2
	case escpos.Right:
		return p.Dots - width
	}
	return 0
}

// write writes a line in cells, as a printer's font has them. Letters of our face are wider than a cell and are set smaller.
func (p Paper) write(img *image.Gray, m Mark, y int) {
	size := max(m.Style.Size, 1)
	wide := escpos.Face(float64(escpos.CellHeight * size))
	narrow := escpos.Face(float64(escpos.CellHeight*size) * 0.8)
	x := margin + p.left(m, escpos.Width(m.Text)*escpos.CellWidth*size)
	base := y + escpos.CellHeight*size*7/8
	for _, r := range m.Text {
		face, cell := wide, escpos.Width(string(r))*escpos.CellWidth*size
		if r < 0x80 {
			face = narrow
		}
		left := fixed.I(x) + (fixed.I(cell)-font.MeasureString(face, string(r)))/2
		for bold := range 2 {
			if bold == 0 || m.Style.Bold {
				d := font.Drawer{Dst: img, Src: image.Black, Face: face, Dot: fixed.Point26_6{X: left + fixed.I(bold), Y: fixed.I(base)}}
				d.DrawString(string(r))
			}
		}
		x += cell
	}
}
