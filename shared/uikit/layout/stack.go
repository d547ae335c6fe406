// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/shared/uikit/theme"
)

// Stack puts objects below one another, each as wide as the stack, with a gap of a named size ("" for none) between them.
func Stack(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&stack{gap: gap}, objects...)
}

type stack struct {
	gap  fyne.ThemeSizeName
	last float32 // width at the last layout
}

func gapOf(name fyne.ThemeSizeName) float32 {
	if name == "" {
		return 0
	}
	return theme.Size(name)
}

func (s *stack) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	shown := seen(objects)
	for _, o := range shown {
		h += Height(o, width)
	}
	return h + gapOf(s.gap)*float32(max(0, len(shown)-1))
}

// MinSize uses the width of the last layout, since Fyne does not tell the next one.
func (s *stack) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w, s.heightFor(objects, max(w, s.last)))
}

func (s *stack) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

func (s *stack) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	s.last = size.Width
	var y float32
	for _, o := range seen(objects) {
		h := Height(o, size.Width)
		place(o, 0, y, size.Width, h)
		y += h + gapOf(s.gap)
	}
}

// Row puts objects beside one another, centred on the line, each as wide as it must be; those made with Grow share what is
// left.
func Row(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&row{gap: gap}, objects...)
}

// Grow marks an object that takes the width that is left in a Row.
func Grow(o fyne.CanvasObject) *fyne.Container { return Share(1, o) }

// Share is Grow with a weight: of what is left, an object gets its share.
func Share(weight float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&fill{weight: weight}, o)
}

// Gap is an empty object that takes the width that is left in a Row: it pushes what follows to the end.
func Gap() *fyne.Container { return container.New(&fill{weight: 1}) }

type fill struct{ weight, last float32 }

func (f *fill) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for _, o := range seen(objects) {
		h = max(h, Height(o, width))
	}
	return h
}

func (f *fill) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w, f.heightFor(objects, max(w, f.last)))
}

func (f *fill) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

func (f *fill) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.last = size.Width
	for _, o := range objects {
		place(o, 0, 0, size.Width, size.Height)
	}
}

// Columns is a Row whose objects begin at the top.
func Columns(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&row{gap: gap, how: topped}, objects...)
}

// upright is where the objects of a row stand.
type upright int

const (
	centred upright = iota
	topped
	stretched // all as high as the row
)

type row struct {
	gap  fyne.ThemeSizeName
	how  upright
	last float32
}

// share returns the weight of a growing object, 0 for others.
func share(o fyne.CanvasObject) float32 {
	c, ok := o.(*fyne.Container)
	if !ok {
		return 0
	}
	f, ok := c.Layout.(*fill)
	if !ok {
		return 0
	}
	return f.weight
}

// widths returns the width of each object: the growing ones share what is left by weight, above their least widths.
func (r *row) widths(shown []fyne.CanvasObject, width float32) []float32 {
	out := make([]float32, len(shown))
	left := width - gapOf(r.gap)*float32(max(0, len(shown)-1))
	var weights float32
	for i, o := range shown {
		if w := share(o); w > 0 {
			weights += w
			continue
		}
		out[i] = Width(o)
		left -= out[i]
	}
	return r.grow(shown, out, left, weights)
}

// grow gives those that need more than their share what they need, and divides the rest.
func (r *row) grow(shown []fyne.CanvasObject, out []float32, left, weights float32) []float32 {
	for again := true; again; {
		again = false
		for i, o := range shown {
			w := share(o)
			if least := Width(o); w > 0 && out[i] == 0 && least > left*w/weights {
				out[i], again = least, true
				left, weights = left-least, weights-w
			}
		}
	}
	for i, o := range shown {
		if w := share(o); w > 0 && out[i] == 0 {
			out[i] = left * w / weights
		}
	}
	return out
}

func (r *row) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	shown := seen(objects)
	var h float32
	for i, w := range r.widths(shown, width) {
		h = max(h, Height(shown[i], w))
	}
	return h
}

func (r *row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := r.leastWidth(objects)
	return fyne.NewSize(w, r.heightFor(objects, max(w, r.last)))
}

func (r *row) leastWidth(objects []fyne.CanvasObject) float32 {
	shown := seen(objects)
	w := gapOf(r.gap) * float32(max(0, len(shown)-1))
	for _, o := range shown {
		w += Width(o)
	}
	return w
}

func (r *row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	r.last = size.Width
	shown := seen(objects)
	var x float32
	for i, w := range r.widths(shown, size.Width) {
		h, y := Height(shown[i], w), float32(0)
		switch r.how {
		case centred:
			y = (size.Height - h) / 2
		case stretched:
			h = size.Height
		}
		place(shown[i], x, y, w, h)
		x += w + gapOf(r.gap)
	}
}
