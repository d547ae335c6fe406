// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// moment is one event on a timeline: its mark, the line down to the next, and its words.
type moment struct {
	fynewidget.BaseWidget
	words fyne.CanvasObject
	mark  *mark
	last  bool
}

func newMoment(tone Tone, last bool, words fyne.CanvasObject) *moment {
	m := &moment{words: words, mark: newMark(tone), last: last}
	m.ExtendBaseWidget(m)
	return m
}

// Inside returns the words.
func (m *moment) Inside() fyne.CanvasObject { return m.words }

func (m *moment) indent() float32 { return theme.Size(theme.S5) }

func (m *moment) below() float32 {
	if m.last {
		return 0
	}
	return theme.Size(theme.S4)
}

// HeightFor returns the least height at a width.
func (m *moment) HeightFor(width float32) float32 {
	return layout.Height(m.words, width-m.indent()) + m.below()
}

// LeastWidth returns the least width.
func (m *moment) LeastWidth() float32 { return layout.Width(m.words) + m.indent() }

// CreateRenderer is called by Fyne.
func (m *moment) CreateRenderer() fyne.WidgetRenderer {
	return &momentRenderer{moment: m, line: canvas.NewRectangle(theme.Color(theme.Line))}
}

type momentRenderer struct {
	moment *moment
	line   *canvas.Rectangle
}

func (r *momentRenderer) Destroy() {}

func (r *momentRenderer) Layout(size fyne.Size) {
	m := r.moment
	side := m.mark.MinSize()
	top := (theme.Size(theme.Text)*1.448 - side.Height) / 2
	put(m.mark, 0, top, side.Width, side.Height)
	stroke := theme.Size(theme.Stroke)
	put(r.line, (side.Width-stroke)/2, top+side.Height, stroke, max(0, size.Height-side.Height))
	r.line.Hidden = m.last
	put(m.words, m.indent(), 0, size.Width-m.indent(), layout.Height(m.words, size.Width-m.indent()))
}

func (r *momentRenderer) MinSize() fyne.Size {
	width := r.moment.LeastWidth()
	return fyne.NewSize(width, r.moment.HeightFor(max(width, r.moment.Size().Width)))
}

func (r *momentRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.line, r.moment.mark, r.moment.words}
}

func (r *momentRenderer) Refresh() {
	r.line.FillColor = theme.Color(theme.Line)
	r.moment.mark.Refresh()
	r.moment.words.Refresh()
	r.Layout(r.moment.Size())
	canvas.Refresh(r.moment)
}
