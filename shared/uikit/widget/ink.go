// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Point is a place on a pad, in tenths of a unit of the canvas from its left upper corner.
type Point struct{ X, Y int }

// Ink is what was drawn on a pad: lines from point to point; a line of one point is a dot. It is a value of its own: what
// is drawn later does not change it. How fast or hard somebody wrote is not kept: that would be a biometric trait.
type Ink struct {
	Width, Height int // of the pad, in tenths of a unit
	Strokes       [][]Point
}

// The picture of an ink: as large as it may be, and the empty border around what was drawn, in pixels.
const (
	inkWidth  = 640
	inkHeight = 240
	inkBorder = 12
	inkPen    = 2.2 // half the width of a line
)

// MostInkBytes bounds what PNG returns: two bits a pixel, and what the format adds to each line and chunk.
const MostInkBytes = inkWidth*inkHeight/4 + 8*inkHeight + 4096

// Empty says whether nothing was drawn.
func (k Ink) Empty() bool { return len(k.Strokes) == 0 }

// PNG paints what was drawn, black on white in every look, cut to what was drawn and scaled down to at most 640 × 240
// pixels; it has at most MostInkBytes bytes. Equal inks give equal bytes. An empty ink is a small white picture.
func (k Ink) PNG() ([]byte, error) {
	low, high := k.bounds()
	scale := min(1,
		(inkWidth-2*inkBorder)/math.Max(1, float64(high.X-low.X)),
		(inkHeight-2*inkBorder)/math.Max(1, float64(high.Y-low.Y)))
	across := func(n, most int) int { return min(most, int(math.Ceil(float64(n)*scale))+2*inkBorder) }
	gray := image.NewGray(image.Rect(0, 0, across(high.X-low.X, inkWidth), across(high.Y-low.Y, inkHeight)))
	for _, s := range k.Strokes {
		place := func(p Point) (float64, float64) {
			return inkBorder + float64(p.X-low.X)*scale, inkBorder + float64(p.Y-low.Y)*scale
		}
		trace(s, place, inkPen, func(x, y int, cover uint8) {
			if at := (image.Point{X: x, Y: y}); at.In(gray.Rect) && gray.GrayAt(x, y).Y < cover {
				gray.SetGray(x, y, color.Gray{Y: cover})
			}
		})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, fourShades(gray)); err != nil {
		return nil, fmt.Errorf("paint a signature: %w", err)
	}
	return out.Bytes(), nil
}

// bounds returns the corners of what was drawn.
func (k Ink) bounds() (low, high Point) {
	first := true
	for _, s := range k.Strokes {
		for _, p := range s {
			if first {
				low, high, first = p, p, false
			}
			low.X, low.Y, high.X, high.Y = min(low.X, p.X), min(low.Y, p.Y), max(high.X, p.X), max(high.Y, p.Y)
		}
	}
	return low, high
}

// fourShades makes cover into a picture of two bits a pixel, whose size is bounded whatever is on it.
func fourShades(cover *image.Gray) *image.Paletted {
	out := image.NewPaletted(cover.Rect, color.Palette{color.Gray{Y: 255}, color.Gray{Y: 170}, color.Gray{Y: 85}, color.Gray{}})
	for i, c := range cover.Pix {
		out.Pix[i] = uint8((int(c)*3 + 127) / 255)
	}
	return out
}

// trace draws a line with round ends: dot gets every pixel that it touches, some of them twice, and how much of the pixel
// is covered (255 for all). place turns points into pixels, pen is half the width in pixels.
func trace(line []Point, place func(Point) (x, y float64), pen float64, dot func(x, y int, cover uint8)) {
	if len(line) == 0 {
		return
	}
	fromX, fromY := place(line[0])
	if len(line) == 1 {
		segment(fromX, fromY, fromX, fromY, pen, dot)
	}
	for _, p := range line[1:] {
		x, y := place(p)
		segment(fromX, fromY, x, y, pen, dot)
		fromX, fromY = x, y
	}
}

// segment draws a straight line with round ends. Cover falls from whole to none within a pixel around its edge.
func segment(x1, y1, x2, y2, pen float64, dot func(x, y int, cover uint8)) {
	dx, dy := x2-x1, y2-y1
	length := dx*dx + dy*dy
	reach := pen + 1
	for y := int(math.Floor(min(y1, y2) - reach)); y <= int(math.Ceil(max(y1, y2)+reach)); y++ {
		for x := int(math.Floor(min(x1, x2) - reach)); x <= int(math.Ceil(max(x1, x2)+reach)); x++ {
			px, py := float64(x)+0.5-x1, float64(y)+0.5-y1
			along := 0.0
			if length > 0 {
				along = max(0, min(1, (px*dx+py*dy)/length))
			}
			if cover := pen + 0.5 - math.Hypot(px-along*dx, py-along*dy); cover > 0 {
				dot(x, y, uint8(255*min(1, cover)))
			}
		}
	}
}
