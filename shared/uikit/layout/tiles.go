// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Tiles puts objects into cells of one size, as many columns as fit with at least the given width in units each, but no
// more than columns. All rows are as high as the highest tile.
func Tiles(columns int, least float32, gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&tiles{columns: columns, least: least, gap: gap, even: true}, objects...)
}

// Grid is Tiles with each row only as high as it must be.
func Grid(columns int, least float32, gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&tiles{columns: columns, least: least, gap: gap}, objects...)
}

// FillTiles is Tiles whose rows grow together, up to the given height, where there is more room than they need; what is
// left then stands above and below in equal parts.
func FillTiles(columns int, least, highest float32, gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&tiles{columns: columns, least: least, highest: highest, gap: gap, even: true}, objects...)
}

type tiles struct {
	columns int
	least   float32
	highest float32 // how high rows grow; 0 for not at all
	gap     fyne.ThemeSizeName
	even    bool
	last    float32
}

// grid returns the number of columns, their width, and the heights of the rows.
func (t *tiles) grid(shown []fyne.CanvasObject, width float32) (columns int, cell float32, rows []float32) {
	gap := gapOf(t.gap)
	least := max(t.least, widest(shown))
	columns = max(1, min(t.columns, len(shown)))
	for columns > 1 && (width-gap*float32(columns-1))/float32(columns) < least {
		columns--
	}
	cell = (width - gap*float32(columns-1)) / float32(columns)
	rows = make([]float32, (len(shown)+columns-1)/columns)
	for i, o := range shown {
		rows[i/columns] = max(rows[i/columns], Height(o, cell))
	}
	if t.even && len(rows) > 0 {
		highest := slices.Max(rows)
		for i := range rows {
			rows[i] = highest
		}
	}
	return columns, cell, rows
}

func (t *tiles) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	_, _, rows := t.grid(seen(objects), width)
	return t.heightOf(rows)
}

func (t *tiles) heightOf(rows []float32) float32 {
	var h float32
	for _, row := range rows {
		h += row
	}
	return h + float32(max(0, len(rows)-1))*gapOf(t.gap)
}

// grow makes the rows higher where there is room and returns where the first begins.
func (t *tiles) grow(rows []float32, height float32) (top float32) {
	if t.highest == 0 || len(rows) == 0 {
		return 0
	}
	more := (height - t.heightOf(rows)) / float32(len(rows))
	for i, row := range rows {
		rows[i] = max(row, min(row+more, t.highest))
	}
	return max(0, (height-t.heightOf(rows))/2)
}

func (t *tiles) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := t.leastWidth(objects)
	return fyne.NewSize(w, t.heightFor(objects, max(w, t.last)))
}

func (t *tiles) leastWidth(objects []fyne.CanvasObject) float32 { return max(t.least, widest(objects)) }

func (t *tiles) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	t.last = size.Width
	shown := seen(objects)
	columns, cell, rows := t.grid(shown, size.Width)
	y := t.grow(rows, size.Height)
	for i, o := range shown {
		if i > 0 && i%columns == 0 {
			y += rows[i/columns-1] + gapOf(t.gap)
		}
		place(o, float32(i%columns)*(cell+gapOf(t.gap)), y, cell, rows[i/columns])
	}
}

// Spread puts objects into equal columns over the whole width, whatever they hold.
func Spread(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	cells := make([]fyne.CanvasObject, len(objects))
	for i, o := range objects {
		cells[i] = Grow(o)
	}
	return container.New(&row{gap: gap, how: stretched}, cells...)
}

// Middle puts an object over the whole width at the middle of the height.
func Middle(o fyne.CanvasObject) *fyne.Container { return container.New(&middle{}, o) }

type middle struct{ fill }

func (m *middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	m.last = size.Width
	h := Height(objects[0], size.Width)
	place(objects[0], 0, (size.Height-h)/2, size.Width, h)
}

// Centre puts an object in the middle, at its own least size and at most as wide as there is room.
func Centre(o fyne.CanvasObject) *fyne.Container { return container.New(&centre{}, o) }

type centre struct{}

func (c *centre) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return Height(objects[0], min(width, Width(objects[0])))
}

func (c *centre) leastWidth(objects []fyne.CanvasObject) float32 { return Width(objects[0]) }

func (c *centre) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (c *centre) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w := min(size.Width, Width(objects[0]))
	h := Height(objects[0], w)
	place(objects[0], (size.Width-w)/2, (size.Height-h)/2, w, h)
}
