// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// TouchScroll scrolls what is higher than itself, by wheel, bar, keys or a dragged finger. Fyne takes a tap that moved by
// more than two units for a drag and drops it; here a short one is forgiven and still presses what it began on.
type TouchScroll struct {
	fynewidget.BaseWidget
	scroll  *container.Scroll
	content fyne.CanvasObject

	now   func() time.Time
	drag  *drag
	glide *fyne.Animation
}

// drag is one finger on its way.
type drag struct {
	start fyne.Position // in the scroll
	at    time.Time
	moved float32 // in all
	speed float32 // units per second, of the last move
	last  time.Time
}

// What still counts as a tap (FYNE.md 1.2); the way is in units of a desk and grows with the controls.
const (
	slop    = 12
	tapTime = 400 * time.Millisecond
)

// glideTime is how long the content runs on, glideShare which part of a second's way.
const (
	glideTime  = 500 * time.Millisecond
	glideShare = 0.25
)

// NewTouchScroll returns a scroll around content.
func NewTouchScroll(content fyne.CanvasObject) *TouchScroll {
	s := &TouchScroll{content: content, now: time.Now}
	s.scroll = container.NewVScroll(container.New(&viewport{scroll: s}, content))
	s.ExtendBaseWidget(s)
	return s
}

// viewport makes the content as wide as the scroll, and as high as it must be at that width.
type viewport struct{ scroll *TouchScroll }

func (v *viewport) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := layout.Width(objects[0])
	return fyne.NewSize(least, layout.Height(objects[0], max(least, v.scroll.Size().Width)))
}

func (v *viewport) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// Inside returns the content.
func (s *TouchScroll) Inside() fyne.CanvasObject { return s.content }

// Offset returns how far the content is scrolled, in units.
func (s *TouchScroll) Offset() float32 { return s.scroll.Offset.Y }

// ScrollTo scrolls to a height of the content, as far as there is content.
func (s *TouchScroll) ScrollTo(y float32) {
	end := max(0, s.scroll.Content.Size().Height-s.scroll.Size().Height)
	s.scroll.ScrollToOffset(fyne.NewPos(0, min(max(0, y), end)))
	s.scroll.Content.Move(fyne.NewPos(0, -s.scroll.Offset.Y))
}

// Reveal scrolls as little as is needed to see an object of the content whole.
func (s *TouchScroll) Reveal(o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(s.content).Y
	margin := theme.Size(theme.S5)
	switch height := s.scroll.Size().Height; {
	case top-margin < s.Offset():
		s.ScrollTo(top - margin)
	case top+o.Size().Height+margin > s.Offset()+height:
		s.ScrollTo(top + o.Size().Height + margin - height)
	}
}

// Dragged is called by Fyne while a finger moves.
func (s *TouchScroll) Dragged(e *fyne.DragEvent) {
	now := s.now()
	if s.drag == nil {
		s.halt()
		s.drag = &drag{start: e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY), at: now, last: now}
	}
	d := s.drag
	d.moved += abs(e.Dragged.DX) + abs(e.Dragged.DY)
	if gone := now.Sub(d.last).Seconds(); gone > 0 {
		d.speed = -e.Dragged.DY / float32(gone)
	}
	d.last = now
	s.ScrollTo(s.Offset() - e.Dragged.DY)
}

// DragEnd is called by Fyne when the finger leaves.
func (s *TouchScroll) DragEnd() {
	d := s.drag
	s.drag = nil
	if d == nil {
		return
	}
	if d.moved <= slop*theme.Size(theme.Control)/36 && s.now().Sub(d.at) <= tapTime {
		s.forgive(d.start)
		return
	}
	s.run(d.speed)
}

// forgive presses what lies under a point of the scroll.
func (s *TouchScroll) forgive(at fyne.Position) {
	o, in := find(s.content, at.AddXY(0, s.Offset()))
	if o == nil {
		return
	}
	if focusable, ok := o.(fyne.Focusable); ok {
		if c := fyne.CurrentApp().Driver().CanvasForObject(o.(fyne.CanvasObject)); c != nil {
			c.Focus(focusable)
		}
	}
	o.Tapped(&fyne.PointEvent{Position: in})
}

// find returns the innermost tappable object at a point of o, and the point within it. It follows containers and Holders.
func find(o fyne.CanvasObject, at fyne.Position) (fyne.Tappable, fyne.Position) {
	size := o.Size()
	if !o.Visible() || at.X < 0 || at.Y < 0 || at.X >= size.Width || at.Y >= size.Height {
		return nil, at
	}
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inside = o.Objects
	case *TouchScroll:
		inside, at = []fyne.CanvasObject{o.content}, at.AddXY(0, o.Offset())
	case Holder:
		inside = []fyne.CanvasObject{o.Inside()}
	}
	for i := len(inside) - 1; i >= 0; i-- {
		if found, in := find(inside[i], at.Subtract(inside[i].Position())); found != nil {
			return found, in
		}
	}
	tappable, _ := o.(fyne.Tappable)
	return tappable, at
}

// run lets the content run on after a quick move.
func (s *TouchScroll) run(speed float32) {
	if abs(speed) < theme.Size(theme.Control)*4 {
		return
	}
	from, way := s.Offset(), speed*glideShare
	s.glide = fyne.NewAnimation(glideTime, func(part float32) { s.ScrollTo(from + way*part) })
	s.glide.Curve = fyne.AnimationEaseOut
	s.glide.Start()
}

func (s *TouchScroll) halt() {
	if s.glide != nil {
		s.glide.Stop()
		s.glide = nil
	}
}

func abs(x float32) float32 { return max(x, -x) }

// MinSize is called by Fyne: as wide as the content must be, and high enough for two controls.
func (s *TouchScroll) MinSize() fyne.Size {
	s.ExtendBaseWidget(s)
	return fyne.NewSize(layout.Width(s.content), 2*theme.Size(theme.Control))
}

// CreateRenderer is called by Fyne.
func (s *TouchScroll) CreateRenderer() fyne.WidgetRenderer {
	s.ExtendBaseWidget(s)
	return &scrollRenderer{scroll: s}
}

type scrollRenderer struct{ scroll *TouchScroll }

func (r *scrollRenderer) Destroy() {}

func (r *scrollRenderer) Layout(size fyne.Size) {
	r.scroll.scroll.Resize(size)
	r.scroll.scroll.Refresh()
}

func (r *scrollRenderer) MinSize() fyne.Size { return r.scroll.MinSize() }

func (r *scrollRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.scroll.scroll}
}

func (r *scrollRenderer) Refresh() { r.scroll.scroll.Refresh() }
