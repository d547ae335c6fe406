// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Kind is what pressing means.
type Kind int

// The kinds of a button.
const (
	Secondary Kind = iota // one of several things to do
	Primary               // the next step; at most one on a screen
	Danger                // cannot be undone
	Plain                 // without border: leads away, or belongs to a line of text
)

// BigButton is something to press: at least theme.Control high and wide, theme.Main for the main button. It names its
// deed. Its text wraps when it must.
type BigButton struct {
	fynewidget.DisableableWidget
	text *Text
	note *Text // second line, nil without
	icon *Icon // nil without

	kind     Kind
	chosen   bool
	main     bool
	huge     bool // twice as high as the main button
	above    bool // icon above the text, as on a tile
	way      bool // above, with little space: one of a row at the foot
	left     bool // icon and text begin at the left, so that those below one another stand in line
	wraps    bool // the text may be broken to make the button narrower
	onTapped func()

	hovered, focused bool
}

// NewButton returns a button. icon may be nil.
func NewButton(text string, kind Kind, icon fyne.Resource, onTapped func()) *BigButton {
	b := &BigButton{text: NewText(text), kind: kind, onTapped: onTapped}
	b.text.align = fyne.TextAlignCenter
	if icon != nil {
		b.icon = NewIcon(icon, theme.Ink)
	}
	b.ExtendBaseWidget(b)
	b.paint()
	return b
}

// NewMain returns the main button of a screen: primary and theme.Main high.
func NewMain(text string, onTapped func()) *BigButton {
	b := NewButton(text, Primary, nil, onTapped)
	b.main = true
	b.text.size = theme.Lead
	return b
}

// Text returns what is written on the button.
func (b *BigButton) Text() string { return b.text.text }

// SetText changes what is written on the button.
func (b *BigButton) SetText(text string) {
	b.text.SetText(text)
	b.Refresh()
}

// SetIcon changes the picture of a button that was made with one.
func (b *BigButton) SetIcon(icon fyne.Resource) {
	if b.icon == nil {
		return
	}
	b.icon.resource = icon
	b.Refresh()
}

// SetChosen marks the button as the answer that was chosen.
func (b *BigButton) SetChosen(on bool) {
	if b.chosen == on {
		return
	}
	b.chosen = on
	b.Refresh()
}

// Wraps lets the text be broken to make the button narrower, for a long text over the whole width, and returns the button.
func (b *BigButton) Wraps() *BigButton {
	b.wraps = true
	return b
}

// Chosen says whether the button is marked as chosen.
func (b *BigButton) Chosen() bool { return b.chosen }

// Tapped is called by Fyne; a disabled button does nothing.
func (b *BigButton) Tapped(*fyne.PointEvent) {
	notice()
	if !b.Disabled() && b.onTapped != nil {
		b.onTapped()
	}
}

// MouseIn is called by Fyne.
func (b *BigButton) MouseIn(*desktop.MouseEvent) { b.hover(true) }

// MouseMoved is called by Fyne.
func (b *BigButton) MouseMoved(*desktop.MouseEvent) { notice() }

// MouseOut is called by Fyne.
func (b *BigButton) MouseOut() { b.hover(false) }

func (b *BigButton) hover(on bool) {
	b.hovered = on && theme.Current().Place == theme.Desk
	b.Refresh()
}

// FocusGained is called by Fyne.
func (b *BigButton) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost is called by Fyne.
func (b *BigButton) FocusLost() { b.focused = false; b.Refresh() }

// TypedRune is called by Fyne; a space presses the button.
func (b *BigButton) TypedRune(r rune) {
	if r == ' ' {
		b.Tapped(nil)
	}
}

// TypedKey is called by Fyne; Enter presses the button, other keys go to the window.
func (b *BigButton) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	case fyne.KeySpace: // comes as a rune
	default:
		Pass(b, e)
	}
}

// colors returns ground, border and text for the present state.
func (b *BigButton) colors() (ground, border, text fyne.ThemeColorName) {
	switch {
	case b.Disabled():
		return theme.GreyTint, theme.Line, theme.Grey
	case b.kind == Primary && b.hovered:
		return theme.JadeDeep, theme.JadeDeep, theme.OnDeep
	case b.kind == Primary:
		return theme.Jade, theme.Jade, theme.OnJade
	case b.kind == Danger:
		return theme.Alert, theme.Alert, theme.OnAlert
	case b.chosen:
		return theme.JadeTint, theme.Jade, theme.Jade
	case b.kind == Plain && b.hovered:
		return theme.JadeTint, "", theme.Jade
	case b.kind == Plain:
		return "", "", theme.Jade
	case b.hovered:
		return theme.Canvas, theme.Edge, theme.Ink
	}
	return theme.Paper, theme.Edge, theme.Ink
}

// paint gives text and icon their colours.
func (b *BigButton) paint() {
	_, _, color := b.colors()
	b.text.color = color
	if b.icon != nil {
		b.icon.color = color
		if b.above && color == theme.Ink {
			b.icon.color = theme.Jade
		}
	}
	if b.note != nil {
		b.note.color = theme.Grey
		if color != theme.Ink {
			b.note.color = color
		}
	}
}

// least returns the least height of the button.
func (b *BigButton) least() float32 {
	if b.huge {
		return 2 * theme.Size(theme.Main)
	}
	if b.main {
		return theme.Size(theme.Main)
	}
	return theme.Size(theme.Control)
}

// inset returns the space between border and text.
func (b *BigButton) inset() (beside, above float32) {
	switch {
	case b.way:
		return theme.Size(theme.S1), theme.Size(theme.S1)
	case b.above:
		return theme.Size(theme.S3), theme.Size(theme.S4)
	case b.kind == Plain:
		return theme.Size(theme.S2), theme.Size(theme.S1)
	case b.left:
		return theme.Size(theme.S3), theme.Size(theme.S1)
	}
	return theme.Size(theme.S4), theme.Size(theme.S1)
}

// gap returns the space between an icon and the text below it.
func (b *BigButton) gap() float32 {
	if b.way {
		return theme.Size(theme.S1)
	}
	return theme.Size(theme.S2)
}

// HeightFor returns the least height at a width.
func (b *BigButton) HeightFor(width float32) float32 {
	_, _, total := b.arrange(width)
	return total
}

// arrange returns the width of the text, its height and the height of the button.
func (b *BigButton) arrange(width float32) (w, h, total float32) {
	beside, above := b.inset()
	w = width - 2*beside
	if b.icon != nil && !b.above {
		w -= b.icon.MinSize().Width + theme.Size(theme.S2)
	}
	h = b.text.HeightFor(max(w, 1))
	total = h + 2*above
	if b.above {
		if b.icon != nil {
			total += b.icon.MinSize().Height + b.gap()
		}
		if b.note != nil {
			total += b.note.HeightFor(max(w, 1)) + theme.Size(theme.S1)
		}
	}
	return w, h, max(total, b.least())
}

// MinSize is called by Fyne: wide enough for the text on one line, but for tiles and options whose text wraps.
func (b *BigButton) MinSize() fyne.Size {
	b.ExtendBaseWidget(b)
	w := b.LeastWidth()
	return fyne.NewSize(w, b.HeightFor(max(w, b.Size().Width)))
}

// LeastWidth returns the least width; see MinSize.
func (b *BigButton) LeastWidth() float32 {
	beside, _ := b.inset()
	w := widestOf(b.text.lines(0), b.text.points())
	if b.above || b.wraps {
		w = b.text.LeastWidth()
	}
	w += 2 * beside
	if b.icon != nil && !b.above {
		w += b.icon.MinSize().Width + theme.Size(theme.S2)
	}
	return max(w, LeastTarget())
}

// CreateRenderer is called by Fyne.
func (b *BigButton) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	r := &buttonRenderer{button: b, ground: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	r.objects = []fyne.CanvasObject{r.ground, r.ring, b.text}
	if b.icon != nil {
		r.objects = append(r.objects, b.icon)
	}
	if b.note != nil {
		r.objects = append(r.objects, b.note)
	}
	r.paint()
	return r
}

type buttonRenderer struct {
	button       *BigButton
	ground, ring *canvas.Rectangle
	objects      []fyne.CanvasObject
}

func (r *buttonRenderer) paint() {
	b := r.button
	ground, border, _ := b.colors()
	b.paint()
	corner := theme.Size(theme.Corner)
	if theme.Current().Place == theme.Kiosk {
		corner = theme.Size(theme.Round)
	}
	r.ground.FillColor, r.ground.StrokeColor = theme.Color(theme.Clear), theme.Color(theme.Clear)
	if ground != "" {
		r.ground.FillColor = theme.Color(ground)
	}
	if border != "" {
		r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(border), theme.Size(theme.Stroke)
	}
	if b.chosen {
		r.ground.StrokeWidth *= 2
	}
	r.ground.CornerRadius, r.ring.CornerRadius = corner, corner
	r.ring.FillColor, r.ring.StrokeColor, r.ring.StrokeWidth = theme.Color(theme.Clear), theme.Color(theme.Ink), 2*theme.Size(theme.Stroke)
	r.ring.Hidden = !b.focused
}

func (r *buttonRenderer) Destroy() {}

func (r *buttonRenderer) Layout(size fyne.Size) {
	b := r.button
	r.ground.Resize(size)
	r.ring.Resize(size)
	beside, above := b.inset()
	w, h, _ := b.arrange(size.Width)
	if !b.above {
		b.beside(size, w, h)
		return
	}
	y := max(above, (size.Height-r.tileHeight(w, h))/2)
	if b.icon != nil {
		side := b.icon.MinSize()
		put(b.icon, (size.Width-side.Width)/2, y, side.Width, side.Height)
		y += side.Height + b.gap()
	}
	put(b.text, beside, y, w, h)
	if b.note != nil {
		put(b.note, beside, y+h+theme.Size(theme.S1), w, b.note.HeightFor(w))
	}
}

// tileHeight returns the height of everything on a tile.
func (r *buttonRenderer) tileHeight(w, h float32) float32 {
	b := r.button
	if b.icon != nil {
		h += b.icon.MinSize().Height + b.gap()
	}
	if b.note != nil {
		h += b.note.HeightFor(w) + theme.Size(theme.S1)
	}
	return h
}

// beside puts icon and text next to one another in the middle.
func (b *BigButton) beside(size fyne.Size, w, h float32) {
	used := w
	if !b.left {
		used = min(w, widestOf(b.text.lines(w), b.text.points())+1)
	}
	x := (size.Width - used) / 2
	if b.icon != nil {
		side := b.icon.MinSize()
		x = (size.Width - used - side.Width - theme.Size(theme.S2)) / 2
		if b.left {
			x, _ = b.inset()
		}
		put(b.icon, x, (size.Height-side.Height)/2, side.Width, side.Height)
		x += side.Width + theme.Size(theme.S2)
	}
	put(b.text, x, (size.Height-h)/2, used, h)
}

func put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

func (r *buttonRenderer) MinSize() fyne.Size           { return r.button.MinSize() }
func (r *buttonRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *buttonRenderer) Refresh() {
	r.paint()
	for _, o := range r.objects {
		o.Refresh()
	}
	r.Layout(r.button.Size())
}

var _ layout.Flowing = (*BigButton)(nil)
