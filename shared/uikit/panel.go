// SPDX-License-Identifier: Apache-2.0

package uikit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"
)

// The panel of a kiosk, in units.
const (
	PanelWidth  = 1080
	PanelHeight = 1920
)

// Standing is how the kiosk's window stands on a machine.
type Standing uint8

// The standings. The owner of a machine fills its display, shows no pointer, keeps the display lit, and no request to close it
// (Alt-F4, a window manager) does anything; the program ends by a signal, and by nothing that can be reached from the screen.
// A guest has an ordinary window of the panel's proportions, which anybody may move, cover and close.
const (
	ByDisplay Standing = iota // the owner of an upright display, which is a kiosk's, a guest on others
	Guest
	Owner
)

// owns says what a standing comes to on a display of width × height pixels.
func (s Standing) owns(width, height int) bool {
	return s == Owner || s == ByDisplay && height > width && height >= PanelHeight
}

// PanelScale returns how many pixels a unit is, so that the whole panel is seen on a display of width × height pixels: 1 for
// the owner of a kiosk's own display, less where the display is lower. A guest leaves a few pixels for the frame of its window.
func (s Standing) PanelScale(width, height int) float32 {
	if !s.owns(width, height) {
		height -= 80 // title bar and task bar
	}
	return max(0.1, min(float32(width)/PanelWidth, float32(height)/PanelHeight))
}

// OpenPanel returns the kiosk's window.
func OpenPanel(a fyne.App, title string, content fyne.CanvasObject, s Standing) fyne.Window {
	w := a.NewWindow(title)
	screen, err := measureDisplay()
	owner := err == nil && s.owns(screen.width, screen.height)
	furnish(w, content, owner)
	a.Driver().SetDisableScreenBlanking(s != Guest)
	return w
}

// furnish puts the content into the window, for good if it owns the machine.
func furnish(w fyne.Window, content fyne.CanvasObject, owner bool) {
	w.SetPadded(false)
	if owner {
		content = container.NewStack(content, newVeil())
		w.SetCloseIntercept(func() {})
	}
	w.SetContent(content)
	w.Resize(fyne.NewSize(PanelWidth, PanelHeight))
	w.SetFullScreen(owner)
}

// veil lies over everything, is seen by nobody and takes no touch. It hides the pointer: Fyne asks the topmost object that
// has a wish, and a finger needs none.
type veil struct{ fynewidget.BaseWidget }

func newVeil() *veil {
	v := &veil{}
	v.ExtendBaseWidget(v)
	return v
}

// Cursor is called by Fyne.
func (v *veil) Cursor() desktop.Cursor { return desktop.HiddenCursor }

// CreateRenderer is called by Fyne.
func (v *veil) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(canvas.NewRectangle(nil))
}

var _ desktop.Cursorable = (*veil)(nil)
