// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// box is something on a screen that is filled in one colour, with its text or
// icon on it: a button, a key, a card, a line to type into. Tests find what a
// person would by its place among the others, so that no test knows a pixel.
type box struct {
	image.Rectangle
	fill color.RGBA
}

// leastBox is the least side of a box; what is smaller is a letter.
const leastBox = 24

// boxesOf returns the boxes of a picture in the order of reading.
func boxesOf(img *image.RGBA) (boxes []box) {
	size := img.Bounds().Size()
	seen := make([]bool, size.X*size.Y)
	var queue []int // places in seen
	for i := range seen {
		if seen[i] {
			continue
		}
		seen[i] = true
		b, area := box{Rectangle: at(i, size.X), fill: img.RGBAAt(i%size.X, i/size.X)}, 0
		for queue = append(queue[:0], i); len(queue) > 0; area++ {
			p := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			b.Rectangle = b.Union(at(p, size.X))
			for _, q := range beside(p, size) {
				if q >= 0 && !seen[q] && img.RGBAAt(q%size.X, q/size.X) == b.fill {
					seen[q] = true
					queue = append(queue, q)
				}
			}
		}
		whole := 2*area > b.Dx()*b.Dy() // not the ground between others
		if whole && b.Dx() >= leastBox && b.Dy() >= leastBox && b.Dx()*b.Dy() < size.X*size.Y/2 {
			boxes = append(boxes, b)
		}
	}
	slices.SortFunc(boxes, func(a, b box) int { return cmp.Or(cmp.Compare(a.Min.Y, b.Min.Y), cmp.Compare(a.Min.X, b.Min.X)) })
	return boxes
}

// at is the pixel of a place.
func at(place, width int) image.Rectangle {
	return image.Rect(place%width, place/width, place%width+1, place/width+1)
}

// beside are the places left, right, above and below, −1 for none.
func beside(p int, size image.Point) [4]int {
	out := [4]int{p - 1, p + 1, p - size.X, p + size.X}
	if p%size.X == 0 {
		out[0] = -1
	}
	if p%size.X == size.X-1 {
		out[1] = -1
	}
	if out[3] >= size.X*size.Y {
		out[3] = -1
	}
	return out
}

// rowsOf puts boxes that stand side by side together, from the top, each row
// from the left.
func rowsOf(boxes []box) (rows [][]box) {
	for _, b := range boxes {
		i := slices.IndexFunc(rows, func(row []box) bool {
			return abs(row[0].Min.Y-b.Min.Y) < leastBox/2 && abs(row[0].Max.Y-b.Max.Y) < leastBox/2
		})
		if i < 0 {
			rows = append(rows, []box{b})
			continue
		}
		rows[i] = append(rows[i], b)
	}
	for _, row := range rows {
		slices.SortFunc(row, func(a, b box) int { return cmp.Compare(a.Min.X, b.Min.X) })
	}
	return rows
}

func abs(n int) int { return max(n, -n) }

// dark says whether white text stands on the box: a button that goes on.
func (b box) dark() bool { return int(b.fill.R)+int(b.fill.G)+int(b.fill.B) < 3*0x70 }

// middle is where a finger would touch the box.
func (b box) middle() image.Point { return b.Min.Add(b.Max).Div(2) }
