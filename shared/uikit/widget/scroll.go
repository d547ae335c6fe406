// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// TouchScroll scrolls what is higher than itself, by wheel, bar, keys or a dragged finger. Fyne takes a tap that moved by
// more than two units for a drag and drops it; here a short one is forgiven and still presses what it began on.
// Content that is thrown runs on and slows down; a touch stops it, and presses nothing.
type TouchScroll struct {
	fynewidget.BaseWidget
	scroll  *container.Scroll
	content fyne.CanvasObject

	now   func() time.Time
	drag  *drag
	glide *fyne.Animation // nil while nothing runs on
	cover *cover          // lies over content that runs on

	caught time.Time // when a touch stopped it
}

// drag is one finger on its way.
type drag struct {
	start  fyne.Position // in the scroll
	at     time.Time
	moved  float32 // in all
	caught bool    // it stopped content that ran on: that is no tap
	finger finger
}

// What still counts as a tap (FYNE.md 1.2); the way is in units of a desk and grows with the controls.
const (
	slop    = 12
	tapTime = 400 * time.Millisecond
)

// Content that runs on loses speed by friction: after a third of a second it has 1/e of it, so that it goes a third of a
// second's way in all, and no further than pages pages of it, so that an eager finger does not lose its place. slowest is
// where it stops, as a share of a control's height a second.
const (
	friction  = 325 * time.Millisecond
	glideTime = 4 * friction
	pages     = 2
	slowest   = 4
)

// NewTouchScroll returns a scroll around content.
func NewTouchScroll(content fyne.CanvasObject) *TouchScroll {
	s := &TouchScroll{content: content, now: time.Now}
	s.scroll = container.NewVScroll(container.New(&viewport{scroll: s}, content))
	s.cover = newCover(s)
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
		s.drag = &drag{start: e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY), at: now, caught: s.halt() || now.Sub(s.caught) <= tapTime}
	}
	d := s.drag
	d.moved += abs(e.Dragged.DX) + abs(e.Dragged.DY)
	d.finger.add(now, e.Dragged.DY)
	s.ScrollTo(s.Offset() - e.Dragged.DY)
}

// DragEnd is called by Fyne when the finger leaves.
func (s *TouchScroll) DragEnd() {
	d := s.drag
	s.drag = nil
	if d == nil {
		return
	}
	if !d.caught && d.moved <= slop*theme.Size(theme.Control)/36 && s.now().Sub(d.at) <= tapTime {
		s.forgive(d.start)
		return
	}
	s.run(-d.finger.speed(s.now()))
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

// run lets the content run on after a quick move, at a speed in units a second.
func (s *TouchScroll) run(speed float32) {
	if abs(speed) < theme.Size(theme.Control)*slowest {
		return
	}
	from, way := s.Offset(), glideWay(speed, s.Size().Height)
	s.glide = fyne.NewAnimation(glideTime, func(part float32) {
		s.ScrollTo(from + way*glidePart(part))
		if part == 1 {
			s.halt()
		}
	})
	s.glide.Curve = fyne.AnimationLinear // glidePart is the curve
	s.cover.Show()
	s.glide.Start()
}

// glideWay returns how far content runs on, of a view that is so high.
func glideWay(speed, view float32) float32 {
	way := speed * float32(friction.Seconds())
	return min(max(way, -pages*view), pages*view)
}

// glidePart returns which part of its way content has gone after a part of glideTime: that of a speed that falls by friction.
func glidePart(part float32) float32 {
	lost := func(t float64) float64 { return 1 - math.Exp(-t*glideTime.Seconds()/friction.Seconds()) }
	return float32(lost(float64(part)) / lost(1))
}

// halt stops content that runs on, and says whether any did.
func (s *TouchScroll) halt() bool {
	if s.glide == nil {
		return false
	}
	s.glide.Stop()
	s.glide = nil
	s.cover.Hide()
	return true
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
	r.scroll.cover.Resize(size)
}

func (r *scrollRenderer) MinSize() fyne.Size { return r.scroll.MinSize() }

func (r *scrollRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.scroll.scroll, r.scroll.cover}
}

func (r *scrollRenderer) Refresh() { r.scroll.scroll.Refresh() }
