// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Panel is a ground with a border around an object: what cards, banners and states are made of. Change its look and call
// Refresh.
type Panel struct {
	fynewidget.BaseWidget
	content fyne.CanvasObject

	Ground fyne.ThemeColorName // "" for none
	Border fyne.ThemeColorName // "" for none
	Bold   bool                // border twice as wide
	Corner fyne.ThemeSizeName  // "" for square; Pill for half the height
}

// Pill is the Corner of a Panel that is round at its ends.
const Pill fyne.ThemeSizeName = "yuexin.pill"

// NewPanel puts content on a ground. It has no space of its own: use layout.Inset.
func NewPanel(ground, border fyne.ThemeColorName, corner fyne.ThemeSizeName, content fyne.CanvasObject) *Panel {
	p := &Panel{content: content, Ground: ground, Border: border, Corner: corner}
	p.ExtendBaseWidget(p)
	return p
}

// NewCard puts content on paper with a border and a title above; "" for none.
func NewCard(title string, content fyne.CanvasObject) *Panel {
	body := layout.Inset(theme.S4, content)
	if title == "" {
		return NewPanel(theme.Paper, theme.Line, theme.Round, body)
	}
	head := layout.Insets(theme.S4, theme.S3, NewText(title).In(theme.Lead, theme.Ink))
	return NewPanel(theme.Paper, theme.Line, theme.Round, layout.Stack("", head, NewRule(), body))
}

// Inside returns the content.
func (p *Panel) Inside() fyne.CanvasObject { return p.content }

// HeightFor returns the least height at a width.
func (p *Panel) HeightFor(width float32) float32 { return layout.Height(p.content, width) }

// LeastWidth returns the least width.
func (p *Panel) LeastWidth() float32 { return layout.Width(p.content) }

// CreateRenderer is called by Fyne.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, ground: canvas.NewRectangle(theme.Color(theme.Clear))}
	r.paint()
	return r
}

type panelRenderer struct {
	panel  *Panel
	ground *canvas.Rectangle
}

func (r *panelRenderer) paint() {
	p := r.panel
	r.ground.FillColor, r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(theme.Clear), nil, 0
	if p.Ground != "" {
		r.ground.FillColor = theme.Color(p.Ground)
	}
	if p.Border != "" {
		r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(p.Border), theme.Size(theme.Stroke)
	}
	if p.Bold {
		r.ground.StrokeWidth *= 2
	}
	switch p.Corner {
	case "":
		r.ground.CornerRadius = 0
	case Pill:
		r.ground.CornerRadius = p.Size().Height / 2
	default:
		r.ground.CornerRadius = theme.Size(p.Corner)
	}
}

func (r *panelRenderer) Destroy() {}

func (r *panelRenderer) Layout(size fyne.Size) {
	r.paint()
	r.ground.Resize(size)
	r.panel.content.Resize(size)
}

func (r *panelRenderer) MinSize() fyne.Size { return r.panel.content.MinSize() }

func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.panel.content}
}

func (r *panelRenderer) Refresh() {
	r.paint()
	r.ground.Refresh()
	r.panel.content.Refresh()
	r.panel.content.Resize(r.panel.Size())
}

// NewRule returns a line between things.
func NewRule() *Panel {
	return NewPanel(theme.Line, "", "", &strut{height: theme.Stroke})
}

// NewStrut returns an empty object with a least width and height of named sizes, "" for none.
func NewStrut(width, height fyne.ThemeSizeName) fyne.CanvasObject {
	return &strut{width: width, height: height}
}

type strut struct {
	canvas.Rectangle
	width, height fyne.ThemeSizeName
}

// MinSize follows the theme.
func (s *strut) MinSize() fyne.Size {
	var size fyne.Size
	if s.width != "" {
		size.Width = theme.Size(s.width)
	}
	if s.height != "" {
		size.Height = theme.Size(s.height)
	}
	return size
}
