// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/theme"
)

// leastKey is the least height and width of a key, in units (适老化 4.10: 60 dp).
const leastKey = 60

// tone is how much a key stands out.
type tone int

const (
	plain   tone = iota // types what is on it
	side                // does something else
	primary             // ends typing
	likely              // the candidate that is taken without choosing
)

// Key is one key. It acts when it is released, and shows that it is held.
type Key struct {
	fynewidget.BaseWidget
	label string
	size  fyne.ThemeSizeName
	tone  tone
	act   func()
	off   bool
	held  bool
	// candidate says that the key stands in the rows of candidates.
	candidate bool
}

func newKey(label string, size fyne.ThemeSizeName, t tone, act func()) *Key {
	k := &Key{label: label, size: size, tone: t, act: act}
	k.ExtendBaseWidget(k)
	return k
}

// Label returns what is written on the key.
func (k *Key) Label() string { return k.label }

// Off says whether the key does nothing now.
func (k *Key) Off() bool { return k.off }

// Candidate reports whether the key offers what letters or strokes may mean.
func (k *Key) Candidate() bool { return k.candidate }

// Tapped is called by Fyne.
func (k *Key) Tapped(*fyne.PointEvent) {
	k.hold(false)
	if !k.off {
		k.act()
	}
}

// MouseDown is called by Fyne when a finger or button goes down.
func (k *Key) MouseDown(*desktop.MouseEvent) { k.hold(!k.off) }

// MouseUp is called by Fyne when it goes up, over the key.
func (k *Key) MouseUp(*desktop.MouseEvent) { k.hold(false) }

// MouseIn is called by Fyne.
func (k *Key) MouseIn(*desktop.MouseEvent) {}

// MouseMoved is called by Fyne.
func (k *Key) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is called by Fyne when a finger slides off the key.
func (k *Key) MouseOut() { k.hold(false) }

func (k *Key) hold(on bool) {
	if k.held != on {
		k.held = on
		k.Refresh()
	}
}

func (k *Key) set(label string, on bool) {
	if k.label != label || k.off == on {
		k.label, k.off = label, !on
		k.Refresh()
	}
}

// MinSize is called by Fyne: the grid makes keys larger.
func (k *Key) MinSize() fyne.Size {
	return fyne.NewSquareSize(leastKey)
}

// colors returns ground, border and text for the present state.
func (k *Key) colors() (ground, border, text fyne.ThemeColorName) {
	switch {
	case k.off:
		return theme.GreyTint, theme.Line, theme.Edge
	case k.tone == primary && k.held:
		return theme.JadeDeep, theme.JadeDeep, theme.OnDeep
	case k.tone == primary:
		return theme.Jade, theme.Jade, theme.OnJade
	case k.held:
		return theme.Jade, theme.Jade, theme.OnJade
	case k.tone == likely:
		return theme.JadeTint, theme.Jade, theme.Jade
	case k.tone == side:
		return theme.Line, theme.Edge, theme.Ink
	default:
		return theme.Paper, theme.Edge, theme.Ink
	}
}

// CreateRenderer is called by Fyne.
func (k *Key) CreateRenderer() fyne.WidgetRenderer {
	r := &keyRenderer{key: k, ground: canvas.NewRectangle(nil), text: canvas.NewText("", nil)}
	r.text.Alignment = fyne.TextAlignCenter
	r.paint()
	return r
}

type keyRenderer struct {
	key    *Key
	ground *canvas.Rectangle
	text   *canvas.Text
}

func (r *keyRenderer) paint() {
	ground, border, text := r.key.colors()
	r.ground.FillColor, r.ground.StrokeColor = theme.Color(ground), theme.Color(border)
	r.ground.StrokeWidth, r.ground.CornerRadius = theme.Size(theme.Stroke), theme.Size(theme.Round)
	r.text.Text, r.text.Color, r.text.TextSize = r.key.label, theme.Color(text), theme.Size(r.key.size)
}

// Layout makes text smaller that is wider than its key.
func (r *keyRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	room := size.Width - theme.Size(theme.S2)
	r.text.TextSize = theme.Size(r.key.size)
	if width := r.text.MinSize().Width; width > room && room > 0 {
		r.text.TextSize *= room / width
	}
	height := r.text.MinSize().Height
	r.text.Move(fyne.NewPos(0, (size.Height-height)/2))
	r.text.Resize(fyne.NewSize(size.Width, height))
}

func (r *keyRenderer) Refresh() {
	r.paint()
	r.Layout(r.key.Size())
	r.ground.Refresh()
	r.text.Refresh()
}

func (r *keyRenderer) MinSize() fyne.Size           { return r.key.MinSize() }
func (r *keyRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.ground, r.text} }
func (r *keyRenderer) Destroy()                     {}
