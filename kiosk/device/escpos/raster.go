// SPDX-License-Identifier: Apache-2.0

package escpos

import (
	"image"
	"image/color"
	"image/draw"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"yuexin/assets/fonts"
)

// sans is our face, read once: it is in the program, so it can be read.
var sans = sync.OnceValue(func() *sfnt.Font {
	f, err := opentype.Parse(fonts.TTF())
	if err != nil {
		panic("escpos: yuexin.ttf: " + err.Error())
	}
	return f
})

// Face returns our face with characters so many dots high and wide. It is for one goroutine.
func Face(dots float64) font.Face {
	face, err := opentype.NewFace(sans(), &opentype.FaceOptions{Size: dots, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("escpos: face: " + err.Error()) // Size and DPI are ours
	}
	return face
}

// leading is the empty dots below a drawn line, as between the printer's own (1/6 inch at 203 dpi is 34 dots).
const leading = 8

// drawLine draws one line as wide as the paper.
func drawLine(text string, style Style, dots int) *image.Gray {
	high := CellHeight * style.size()
	img := image.NewGray(image.Rect(0, 0, dots, high+leading))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	face := Face(float64(high))
	wide := font.MeasureString(face, text)
	if limit := fixed.I(dots - 2); wide > limit { // letters are wider than those of the printer
		face = Face(float64(high) * float64(limit) / float64(wide))
		wide = font.MeasureString(face, text)
	}
	left := fixed.Int26_6(0)
	switch style.Align {
	case Centre:
		left = (fixed.I(dots) - wide) / 2
	case Right:
		left = fixed.I(dots) - wide
	}
	base := fixed.I(high * 7 / 8) // Chinese characters stand an eighth below the line
	strokes := 1
	if style.Bold {
		strokes = 2
	}
	for i := range strokes {
		d := font.Drawer{Dst: img, Src: image.Black, Face: face, Dot: fixed.Point26_6{X: left + fixed.I(i), Y: base}}
		d.DrawString(text)
	}
	return img
}

// over draws one picture over another of the same size, and returns that.
func over(below, above *image.Gray) *image.Gray {
	for i, v := range above.Pix {
		below.Pix[i] = min(below.Pix[i], v)
	}
	return below
}

// drawCode draws a QR code with its quiet zone.
func drawCode(bits [][]bool, module int) *image.Gray {
	size := (len(bits) + 2*quietZone) * module
	img := image.NewGray(image.Rect(0, 0, size, size))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for y, row := range bits {
		for x, dark := range row {
			if dark {
				at := image.Rect(x, y, x+1, y+1).Add(image.Pt(quietZone, quietZone))
				draw.Draw(img, image.Rectangle{at.Min.Mul(module), at.Max.Mul(module)}, image.NewUniform(color.Black), image.Point{}, draw.Src)
			}
		}
	}
	return img
}

// bandHeight is how many rows go into one GS v 0: small printers have little memory.
const bandHeight = 128

// picture prints a picture in bands.
func (c *composer) picture(img *image.Gray, align Align) {
	c.Write([]byte{esc, 'a', byte(align)})
	size := img.Bounds().Size()
	across := (size.X + 7) / 8
	for top := 0; top < size.Y; top += bandHeight {
		high := min(bandHeight, size.Y-top)
		c.Write([]byte{gs, 'v', '0', 0, byte(across), byte(across >> 8), byte(high), byte(high >> 8)})
		c.Write(defused(pack(img, across, top, high)))
	}
}

// pack makes bits of rows: 1 is black, the highest bit is at the left.
func pack(img *image.Gray, across, top, high int) []byte {
	out := make([]byte, across*high)
	for y := range high {
		for x := range img.Bounds().Dx() {
			if img.GrayAt(x, top+y).Y < 0x80 {
				out[y*across+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return out
}

// defused returns the bits with one dot more wherever they happen to be a real-time command, which printers obey inside of
// pictures too (Epson, "Notes of Real-time Commands").
func defused(bits []byte) []byte {
	for i := 0; i+1 < len(bits); i++ {
		if bits[i] == dle && (bits[i+1] == eot || bits[i+1] == enq || bits[i+1] == dc4) {
			bits[i] |= 0x08
		}
	}
	return bits
}
