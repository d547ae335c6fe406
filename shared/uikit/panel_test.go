// SPDX-License-Identifier: Apache-2.0

package uikit_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"yuexin/shared/uikit"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

func TestMain(m *testing.M) { uitest.Main(m, theme.Kiosk) }

// window keeps what answers a request to close it.
type window struct {
	fyne.Window
	intercept func()
}

func (w *window) SetCloseIntercept(f func()) { w.intercept = f }

// requestClose does what Fyne's driver does for Alt-F4 and for a window manager.
func (w *window) requestClose() {
	if w.intercept != nil {
		w.intercept()
		return
	}
	w.Close()
}

// pointer returns what Fyne's driver shows at the middle: the wish of the object that was found last.
func pointer(w fyne.Window) desktop.Cursor {
	var cursor desktop.Cursor = desktop.DefaultCursor
	for _, o := range test.LaidOutObjects(w.Content()) {
		if c, ok := o.(desktop.Cursorable); ok && o.Visible() && o.Size() == w.Content().Size() {
			cursor = c.Cursor()
		}
	}
	return cursor
}

func TestFurnish(t *testing.T) {
	for _, kiosk := range []bool{true, false} {
		taps, closed := 0, false
		w := &window{Window: test.NewWindow(nil)}
		w.SetOnClosed(func() { closed = true })
		uikit.Furnish(w, widget.NewMain("继续", func() { taps++ }), kiosk)
		w.Resize(fyne.NewSize(uikit.PanelWidth, uikit.PanelHeight))

		if got := w.FullScreen(); got != kiosk {
			t.Errorf("kiosk %v: full-screen is %v", kiosk, got)
		}
		if got := pointer(w) == desktop.HiddenCursor; got != kiosk {
			t.Errorf("kiosk %v: the pointer is hidden: %v", kiosk, got)
		}
		test.TapCanvas(w.Canvas(), fyne.NewPos(uikit.PanelWidth/2, uikit.PanelHeight/2))
		if taps != 1 {
			t.Errorf("kiosk %v: the button took %d taps, want 1", kiosk, taps)
		}
		w.requestClose()
		if closed == kiosk {
			t.Errorf("kiosk %v: a request to close it closed it: %v", kiosk, closed)
		}
		if !closed {
			w.Close()
		}
	}
}
