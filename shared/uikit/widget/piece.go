// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/layout"
)

// Holder is a widget with objects inside, so that a touch can be followed to them.
type Holder interface {
	// Inside returns the object that fills the widget.
	Inside() fyne.CanvasObject
}

// piece is a widget that is made of other objects.
type piece struct {
	fynewidget.BaseWidget
	inside fyne.CanvasObject
}

// Inside returns the object that fills the widget.
func (p *piece) Inside() fyne.CanvasObject { return p.inside }

// HeightFor returns the least height at a width.
func (p *piece) HeightFor(width float32) float32 { return layout.Height(p.inside, width) }

// LeastWidth returns the least width.
func (p *piece) LeastWidth() float32 { return layout.Width(p.inside) }

// CreateRenderer is called by Fyne.
func (p *piece) CreateRenderer() fyne.WidgetRenderer { return &pieceRenderer{piece: p} }

type pieceRenderer struct{ piece *piece }

func (r *pieceRenderer) Destroy()                     {}
func (r *pieceRenderer) Layout(size fyne.Size)        { r.piece.inside.Resize(size) }
func (r *pieceRenderer) MinSize() fyne.Size           { return r.piece.inside.MinSize() }
func (r *pieceRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.piece.inside} }
func (r *pieceRenderer) Refresh() {
	r.piece.inside.Refresh()
	r.piece.inside.Resize(r.piece.Size())
}
