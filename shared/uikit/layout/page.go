// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/shared/uikit/theme"
)

// Page puts a header at the top and a footer at the foot, at their own heights over the whole width, and gives the body all
// between. Header and footer may be nil.
func Page(header, body, footer fyne.CanvasObject) *fyne.Container {
	p := &page{header: header, body: body, footer: footer}
	var objects []fyne.CanvasObject
	for _, o := range []fyne.CanvasObject{body, header, footer} {
		if o != nil {
			objects = append(objects, o)
		}
	}
	return container.New(p, objects...)
}

type page struct {
	header, body, footer fyne.CanvasObject
	last                 float32
}

func heightOf(o fyne.CanvasObject, width float32) float32 {
	if o == nil || !o.Visible() {
		return 0
	}
	return Height(o, width)
}

func (p *page) heightFor(_ []fyne.CanvasObject, width float32) float32 {
	return heightOf(p.header, width) + heightOf(p.body, width) + heightOf(p.footer, width)
}

func (p *page) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w, p.heightFor(objects, max(w, p.last)))
}

func (p *page) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

func (p *page) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	p.last = size.Width
	top, foot := heightOf(p.header, size.Width), heightOf(p.footer, size.Width)
	if p.header != nil {
		place(p.header, 0, 0, size.Width, top)
	}
	if p.footer != nil {
		place(p.footer, 0, size.Height-foot, size.Width, foot)
	}
	place(p.body, 0, top, size.Width, max(0, size.Height-top-foot))
}

// Column centres an object in a column at most as wide as the named size, usually theme.Measure.
func Column(widest fyne.ThemeSizeName, o fyne.CanvasObject) *fyne.Container {
	return container.New(&column{widest: widest}, o)
}

type column struct {
	widest fyne.ThemeSizeName
	last   float32
}

func (c *column) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return Height(objects[0], min(width, theme.Size(c.widest)))
}

func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := Width(objects[0])
	return fyne.NewSize(w, c.heightFor(objects, max(w, c.last)))
}

func (c *column) leastWidth(objects []fyne.CanvasObject) float32 { return Width(objects[0]) }

func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	c.last = size.Width
	w := max(Width(objects[0]), min(size.Width, theme.Size(c.widest)))
	place(objects[0], (size.Width-w)/2, 0, w, size.Height)
}

// Inset puts the same named space around an object on all sides.
func Inset(space fyne.ThemeSizeName, o fyne.CanvasObject) *fyne.Container {
	return Insets(space, space, o)
}

// Insets puts a named space to the left and right, and another above and below; "" for none.
func Insets(beside, above fyne.ThemeSizeName, o fyne.CanvasObject) *fyne.Container {
	return container.New(&inset{beside: beside, above: above}, o)
}

type inset struct {
	beside, above fyne.ThemeSizeName
	last          float32
}

func (i *inset) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return Height(objects[0], width-2*gapOf(i.beside)) + 2*gapOf(i.above)
}

func (i *inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := i.leastWidth(objects)
	return fyne.NewSize(w, i.heightFor(objects, max(w, i.last)))
}

func (i *inset) leastWidth(objects []fyne.CanvasObject) float32 {
	return Width(objects[0]) + 2*gapOf(i.beside)
}

func (i *inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	i.last = size.Width
	x, y := gapOf(i.beside), gapOf(i.above)
	place(objects[0], x, y, size.Width-2*x, size.Height-2*y)
}

// Over puts objects on top of one another, all as large as the largest.
func Over(objects ...fyne.CanvasObject) *fyne.Container { return container.New(&over{}, objects...) }

type over struct{ fill }
