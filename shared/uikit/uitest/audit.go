// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// What every screen is held to (适老化, WCAG 2.2; DESIGN.md has the sources).
const (
	leastContrast      = 4.5
	leastContrastElder = 7
	leastTouch         = 60 // units, of what a finger presses
	leastTextElder     = 18 // units, at a desk in 关怀版; a panel's are a third of its own
	leastTextPanel     = 34
)

// Audit fails the test for what nobody could read or press on what is shown now: text that is cut off by its own size, by what
// it stands in or by the window (what can be scrolled to counts as seen); text without contrast to what is painted below it, or
// smaller than the mode promises; what is pressed and smaller than a finger; and on a touch screen what waits for a second tap.
func (w *Window) Audit() {
	w.t.Helper()
	for _, fault := range w.Faults() {
		w.t.Error(fault)
	}
}

// Faults returns what Audit fails for.
func (w *Window) Faults() []string {
	a := &auditor{look: theme.Current()}
	root := w.Content()
	if over := w.Canvas().Overlays().Top(); over != nil {
		root = over
	}
	window := box{0, 0, w.Canvas().Size().Width, w.Canvas().Size().Height}
	a.painted = []paint{{window, theme.Color(theme.Canvas)}}
	a.walk(root, fyne.NewPos(0, 0), around{clip: window})
	if least := w.Content().MinSize(); least.Width > window.right+1 || least.Height > window.bottom+1 {
		a.fail("the screen needs %v, the window has %v", least, w.Canvas().Size())
	}
	return a.faults
}

// box is a rectangle on the screen.
type box struct{ left, top, right, bottom float32 }

func boxOf(at fyne.Position, size fyne.Size) box {
	return box{at.X, at.Y, at.X + size.Width, at.Y + size.Height}
}

func (b box) within(c box) box {
	return box{max(b.left, c.left), max(b.top, c.top), min(b.right, c.right), min(b.bottom, c.bottom)}
}

func (b box) holds(x, y float32) bool {
	return x >= b.left && x <= b.right && y >= b.top && y <= b.bottom
}

// beyond says how far b reaches out of c.
func (b box) beyond(c box) float32 {
	return max(c.left-b.left, c.top-b.top, b.right-c.right, b.bottom-c.bottom)
}

// paint is a ground in the order of painting.
type paint struct {
	box   box
	color color.Color
}

// around is what an object stands in.
type around struct {
	clip box  // nothing is seen outside
	off  bool // in something that cannot be used now: contrast does not matter there (WCAG 1.4.3)
	held bool // in something that is pressed: what is inside is no target of its own
}

type auditor struct {
	look    theme.Look
	painted []paint
	faults  []string
}

func (a *auditor) fail(format string, args ...any) {
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

// children returns what an object is drawn of, in the order of painting.
func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case *container.Scroll:
		return []fyne.CanvasObject{o.Content} // its bars are no only way: content is dragged, or turned by a wheel
	case fyne.Widget:
		return test.WidgetRenderer(o).Objects()
	}
	return nil
}

func (a *auditor) walk(o fyne.CanvasObject, at fyne.Position, in around) {
	if _, mark := o.(*widget.Watermark); mark || !o.Visible() {
		return // a watermark is not there to be read; package theme tries what it does to the texts below it
	}
	at = at.Add(o.Position())
	b := boxOf(at, o.Size())
	switch o := o.(type) {
	case *canvas.Text:
		a.text(o, b, in)
	case *canvas.Rectangle:
		a.ground(b.within(in.clip), o.FillColor)
	case *canvas.Circle:
		a.ground(b.within(in.clip), o.FillColor)
	case *widget.Text:
		if !o.Whole() {
			a.fail("%q is cut off: has %v, needs %v", o.Text(), o.Size(), o.MinSize())
		}
	case *container.Scroll:
		in.clip = scrolled(o, b, in.clip)
	}
	in = a.target(o, b, in)
	for _, child := range children(o) {
		a.walk(child, at, in)
	}
}

// scrolled is what can be seen of the inside of a scroll, now or later.
func scrolled(s *container.Scroll, b, clip box) box {
	far := float32(math.MaxFloat32)
	clip = b.within(clip)
	if s.Direction == container.ScrollVerticalOnly || s.Direction == container.ScrollBoth {
		clip.top, clip.bottom = -far, far
	}
	if s.Direction == container.ScrollHorizontalOnly || s.Direction == container.ScrollBoth {
		clip.left, clip.right = -far, far
	}
	return clip
}

func (a *auditor) ground(b box, c color.Color) {
	if c == nil {
		return
	}
	if _, _, _, alpha := c.RGBA(); alpha == 0xffff {
		a.painted = append(a.painted, paint{b, c})
	}
}

// target looks at something that is pressed, and returns what its inside stands in.
func (a *auditor) target(o fyne.CanvasObject, b box, in around) around {
	if _, twice := o.(fyne.DoubleTappable); twice && a.look.Place == theme.Kiosk {
		if _, ours := o.(*widget.Entry); !ours && !in.held { // ours takes two taps as two
			a.fail("%T waits for a second tap", o)
		}
	}
	if _, pressed := o.(fyne.Tappable); !pressed || in.held {
		return in
	}
	if d, ok := o.(fyne.Disableable); ok && d.Disabled() {
		in.off = true
	}
	if d, ok := o.(interface{ Off() bool }); ok && d.Off() {
		in.off = true
	}
	in.held, in.clip = true, b.within(in.clip)
	least := float32(leastTouch)
	if a.look.Place == theme.Desk && a.look.Mode == theme.Normal {
		least = theme.Size(theme.Control) // for a mouse
	}
	if size := o.Size(); size.Width < least-0.5 || size.Height < least-0.5 {
		label, _ := labelOf(o)
		a.fail("%T %q is %v, less than %v", o, label, size, least)
	}
	return in
}

// text looks at a line of text.
func (a *auditor) text(o *canvas.Text, b box, in around) {
	words := strings.TrimSpace(o.Text)
	if words == "" {
		return
	}
	size := fyne.MeasureText(o.Text, o.TextSize, o.TextStyle)
	written := b
	switch o.Alignment {
	case fyne.TextAlignCenter:
		written.left += (o.Size().Width - size.Width) / 2
	case fyne.TextAlignTrailing:
		written.left += o.Size().Width - size.Width
	}
	written.top += (o.Size().Height - size.Height) / 2
	written.right, written.bottom = written.left+size.Width, written.top+size.Height
	if out := written.beyond(in.clip); out > 1.5 {
		a.fail("%q is cut off: %.0f units of it are outside", words, out)
	}
	if a.look.Mode == theme.Elder {
		least := float32(leastTextElder)
		if a.look.Place == theme.Kiosk {
			least = leastTextPanel
		}
		if o.TextSize < least {
			a.fail("%q is %v units high, less than %v", words, o.TextSize, least)
		}
	}
	a.contrast(words, o.Color, written, in)
}

// contrast compares a text with what was painted last below its middle.
func (a *auditor) contrast(words string, c color.Color, b box, in around) {
	least := leastContrast
	if a.look.Mode == theme.Elder {
		least = leastContrastElder
	}
	x, y := (b.left+b.right)/2, (b.top+b.bottom)/2
	for i := len(a.painted) - 1; i >= 0; i-- {
		if !a.painted[i].box.holds(x, y) {
			continue
		}
		if got := Contrast(c, a.painted[i].color); got < least && !in.off {
			a.fail("%q has %.1f:1 to its ground, less than %.1f:1", words, got, least)
		}
		return
	}
}

// Contrast is that of WCAG 2.2 between two colours: relative luminances, 1 to 21.
func Contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
