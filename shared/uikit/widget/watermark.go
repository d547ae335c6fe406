// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/theme"
)

// Watermark says again and again, faintly and over everything below it, who looks at somebody's data and when: a photo of
// the screen names who took it. It takes no touch. theme.Mark is so faint that what stands below stays readable; the
// contrast test of package theme proves it.
type Watermark struct {
	fynewidget.BaseWidget
	text string
}

// NewWatermark returns a watermark.
func NewWatermark(text string) *Watermark {
	w := &Watermark{text: text}
	w.ExtendBaseWidget(w)
	return w
}

// Text returns what it says.
func (w *Watermark) Text() string { return w.text }

// SetText changes what it says.
func (w *Watermark) SetText(text string) {
	if w.text != text {
		w.text = text
		w.Refresh()
	}
}

// CreateRenderer is called by Fyne.
func (w *Watermark) CreateRenderer() fyne.WidgetRenderer { return &watermarkRenderer{mark: w} }

type watermarkRenderer struct {
	mark  *Watermark
	tiles []fyne.CanvasObject
}

// Between tiles there is as much as a photo of a part of the page would show.
const (
	tileAcross = 340
	tileDown   = 120
)

func (r *watermarkRenderer) Destroy()                     {}
func (r *watermarkRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *watermarkRenderer) Objects() []fyne.CanvasObject { return r.tiles }

// Layout puts the tiles in rows, every second one half a tile further, so that no way to cut a picture misses them.
func (r *watermarkRenderer) Layout(size fyne.Size) {
	count := 0
	for row := 0; float32(row)*tileDown < size.Height; row++ {
		for x := float32(row%2) * -tileAcross / 2; x < size.Width; x += tileAcross {
			if count == len(r.tiles) {
				r.tiles = append(r.tiles, canvas.NewText("", theme.Color(theme.Mark)))
			}
			t := r.tiles[count].(*canvas.Text)
			t.Text, t.TextSize, t.Color, t.Hidden = r.mark.text, theme.Size(theme.Title), theme.Color(theme.Mark), x < 0
			t.Move(fyne.NewPos(max(0, x)+tileDown/4, float32(row)*tileDown+tileDown/2))
			t.Resize(t.MinSize())
			if x+tileDown/4+t.MinSize().Width > size.Width {
				t.Hidden = true // it would stand over the edge
			}
			count++
		}
	}
	r.tiles = r.tiles[:count]
}

func (r *watermarkRenderer) Refresh() {
	r.Layout(r.mark.Size())
	canvas.Refresh(r.mark)
}
