// SPDX-License-Identifier: Apache-2.0

// Package layout holds the few ways in which screens are put together, each a small type with a name.
//
// Text that wraps has a height only once its width is known. Fyne asks for the least size without telling a width; the
// layouts here ask Height instead, which follows the width down to the text, so a page is right in one pass.
package layout

import "fyne.io/fyne/v2"

// Flowing is an object or layout whose height depends on its width.
type Flowing interface {
	// HeightFor returns the least height at a width, in units.
	HeightFor(width float32) float32
	// LeastWidth returns the least width, in units.
	LeastWidth() float32
}

// flow is a layout that can tell the height of its objects at a width.
type flow interface {
	fyne.Layout
	heightFor(objects []fyne.CanvasObject, width float32) float32
	leastWidth(objects []fyne.CanvasObject) float32
}

// Height returns the least height an object needs at a width: what it says itself if it is Flowing, what its layout says if
// it is a container of this package, else its least height.
func Height(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case Flowing:
		return o.HeightFor(width)
	case *fyne.Container:
		if l, ok := o.Layout.(flow); ok {
			return l.heightFor(o.Objects, width)
		}
	}
	return o.MinSize().Height
}

// Width returns the least width of an object. It asks for no height: asking for both at every level of nesting would take
// twice as long at each.
func Width(o fyne.CanvasObject) float32 {
	switch o := o.(type) {
	case Flowing:
		return o.LeastWidth()
	case *fyne.Container:
		if l, ok := o.Layout.(flow); ok {
			return l.leastWidth(o.Objects)
		}
	}
	return o.MinSize().Width
}

// seen returns the objects that are not hidden.
func seen(objects []fyne.CanvasObject) []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, len(objects))
	for _, o := range objects {
		if o.Visible() {
			out = append(out, o)
		}
	}
	return out
}

// widest returns the greatest least width.
func widest(objects []fyne.CanvasObject) float32 {
	var w float32
	for _, o := range seen(objects) {
		w = max(w, Width(o))
	}
	return w
}

// place moves and sizes an object.
func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}
