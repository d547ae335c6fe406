// SPDX-License-Identifier: Apache-2.0

package uikit

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/go-gl/glfw/v3.4/glfw"

	"yuexin/shared/fault"
	"yuexin/shared/uikit/theme"
)

// OnUI runs f on the UI goroutine, soon. It is the only way in which other goroutines reach a widget.
func OnUI(f func()) { fyne.Do(f) }

// Start checks that windows can be opened and returns the app with our theme, for windows at the desk. Call it once, from the
// main goroutine. Faults are fault.Unavailable with the keys uikit.no_display and uikit.no_gl, whose hint names what to
// install; nothing was opened then.
func Start(id string) (fyne.App, error) {
	if _, err := preflight(); err != nil {
		return nil, err
	}
	return begin(id, theme.Desk), nil
}

// panelGCPercent is how much the heap of a kiosk may grow before it is collected, in percent of what lives: its process takes
// 220 MB instead of 240, for some 10 ms at the start (make bench BENCH=Window).
const panelGCPercent = 30

// StartPanel is Start for the kiosk's window, which OpenPanel opens with the same standing.
func StartPanel(id string, s Standing) (fyne.App, error) {
	screen, err := preflight()
	if err != nil {
		return nil, err
	}
	scale := s.PanelScale(screen.width, screen.height)
	_ = os.Setenv("FYNE_SCALE", strconv.FormatFloat(float64(scale), 'f', 4, 32)) // cannot fail: no NUL, no "="
	_ = os.Setenv("FYNE_DISABLE_DPI_DETECTION", "true")
	debug.SetGCPercent(panelGCPercent)
	return begin(id, theme.Kiosk), nil
}

func begin(id string, place theme.Place) fyne.App {
	a := app.NewWithID(id)
	theme.Apply(a, place)
	return a
}

// display is the size of the first monitor in pixels.
type display struct{ width, height int }

// preflight opens and closes a hidden window in the way Fyne does, so that a missing display or driver is told in words.
func preflight() (display, error) {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return display{}, noDisplay(nil)
	}
	if err := glfw.Init(); err != nil {
		return display{}, noDisplay(err)
	}
	inputMethodFirst()
	screen, err := probe()
	if err != nil {
		glfw.Terminate()
	}
	return screen, err
}

// probe opens and closes the window. On success glfw stays initialised, which Fyne then finds done: an X server whose only
// client went away would start anew, as a kiosk's does, and Fyne might not reach it then.
func probe() (display, error) {
	screen, err := monitor()
	if err != nil {
		return display{}, err
	}
	glfw.WindowHint(glfw.Visible, glfw.False)
	glfw.WindowHint(glfw.ContextVersionMajor, 2)
	glfw.WindowHint(glfw.ContextVersionMinor, 1)
	w, err := glfw.CreateWindow(16, 16, "", nil, nil)
	if err != nil {
		return display{}, fault.New(fault.Unavailable, "uikit.no_gl").WithCause(err)
	}
	w.Destroy()
	return screen, nil
}

// measureDisplay returns the size of the first monitor while Fyne runs, or before.
func measureDisplay() (display, error) {
	if err := glfw.Init(); err != nil { // at once if Fyne has done it
		return display{}, noDisplay(err)
	}
	return monitor()
}

func monitor() (display, error) {
	first := glfw.GetPrimaryMonitor()
	if first == nil || first.GetVideoMode() == nil {
		return display{}, noDisplay(nil)
	}
	mode := first.GetVideoMode()
	return display{width: mode.Width, height: mode.Height}, nil
}

func noDisplay(cause error) error {
	f := fault.New(fault.Unavailable, "uikit.no_display")
	if cause != nil {
		f = f.WithCause(cause)
	}
	return f
}
