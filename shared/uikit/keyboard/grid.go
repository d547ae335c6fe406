// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"fyne.io/fyne/v2"

	"yuexin/shared/uikit/theme"
)

// cell is a key's place, counted in columns and rows.
type cell struct {
	key        *Key
	x, y, w, h float32
}

// grid is the layout of a board: keys at places of their own.
type grid struct {
	columns, rows float32
	cells         []cell
	// height is the height of a row, gap the space between two keys.
	height, gap func() float32
}

// gap is the space between two letters: ten of them side by side leave no more.
func gap() float32 { return theme.Size(theme.S1) }

// padGap is the space between two keys of a pad, as DESIGN.md asks for it.
func padGap() float32 { return theme.Size(theme.S2) }

// rowHeight is the height of a row of letters.
func rowHeight() float32 { return max(leastKey, theme.Size(theme.Control)) }

// padHeight is the height of a row of digits.
func padHeight() float32 { return max(leastKey, theme.Size(theme.Main)) }

func (g *grid) add(key *Key, x, y, w, h float32) *Key {
	g.cells = append(g.cells, cell{key, x, y, w, h})
	return key
}

func (g *grid) objects() []fyne.CanvasObject {
	all := make([]fyne.CanvasObject, len(g.cells))
	for i, c := range g.cells {
		all[i] = c.key
	}
	return all
}

// MinSize is called by Fyne.
func (g *grid) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(g.columns*(leastKey+g.gap())-g.gap(), g.rows*(g.height()+g.gap())-g.gap())
}

// Layout is called by Fyne.
func (g *grid) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	column, row := (size.Width+g.gap())/g.columns, (size.Height+g.gap())/g.rows
	for _, c := range g.cells {
		c.key.Move(fyne.NewPos(c.x*column, c.y*row))
		c.key.Resize(fyne.NewSize(c.w*column-g.gap(), c.h*row-g.gap()))
	}
}
