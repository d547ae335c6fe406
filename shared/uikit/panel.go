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

// PanelScale returns how many pixels a unit is, so that the whole panel is seen on a display of width × height pixels: 1 on
// the kiosk's own display, less where the display is lower. A few pixels are left for the frame of the window there.
func PanelScale(width, height int) float32 {
	if height >= PanelHeight && width >= PanelWidth {
		return min(float32(width)/PanelWidth, float32(height)/PanelHeight)
	}
	const frame = 80 // title bar and task bar
	return max(0.1, min(float32(width)/PanelWidth, float32(height-frame)/PanelHeight))
}

// Upright says whether a display is a kiosk's, which the window then fills.
func Upright(width, height int) bool { return height > width && height >= PanelHeight }

// OpenPanel returns the kiosk's window. An upright display is a kiosk's: the window fills it, shows no pointer, and no
// request to close it (Alt-F4, a window manager) does anything; the program ends by a signal, and by nothing that can be
// reached from the screen. On another display it is an ordinary window of the panel's proportions, for those who show it.
func OpenPanel(a fyne.App, title string, content fyne.CanvasObject) fyne.Window {
	w := a.NewWindow(title)
	screen, err := measureDisplay()
	furnish(w, content, err == nil && Upright(screen.width, screen.height))
	a.Driver().SetDisableScreenBlanking(true)
	return w
}

// furnish puts the content into the window, for good if the display is a kiosk's.
func furnish(w fyne.Window, content fyne.CanvasObject, kiosk bool) {
	w.SetPadded(false)
	if kiosk {
		content = container.NewStack(content, newVeil())
		w.SetCloseIntercept(func() {})
	}
	w.SetContent(content)
	w.Resize(fyne.NewSize(PanelWidth, PanelHeight))
	w.SetFullScreen(kiosk)
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
