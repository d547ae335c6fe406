// SPDX-License-Identifier: Apache-2.0

package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/assets/fonts"
)

// Place is where the window stands.
type Place int

// The places.
const (
	Desk  Place = iota // a laptop: units of about 0.25 mm, mouse and keyboard
	Kiosk              // an upright panel 1080 units wide: touch only
)

// Mode is how large things are.
type Mode int

// The modes.
const (
	Normal Mode = iota
	Elder       // 关怀版: larger, 7:1; see DESIGN.md
)

// Look is everything a colour or size depends on. The zero Look is a light desk in normal size.
type Look struct {
	Place Place
	Mode  Mode
	Dark  bool
}

// current is the look of this process. It belongs to the UI goroutine, as all of Fyne does.
var current Look

// Current returns the look of this process. UI goroutine only.
func Current() Look { return current }

// instance is the only theme there is; see the package comment.
var instance fyne.Theme = &face{font: fyne.NewStaticResource("yuexin.ttf", fonts.TTF())}

type face struct{ font fyne.Resource }

func (f *face) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return current.Color(name)
}

func (f *face) Size(name fyne.ThemeSizeName) float32 { return current.Size(name) }

// Font returns the one face for every style: it has one weight, and a second one would cost its size again in memory.
func (f *face) Font(style fyne.TextStyle) fyne.Resource {
	if style.Symbol {
		return fynetheme.DefaultTheme().Font(style)
	}
	return f.font
}

func (f *face) Icon(name fyne.ThemeIconName) fyne.Resource {
	return fynetheme.DefaultTheme().Icon(name)
}

// Apply gives an app this theme, for windows at place, in normal size and light. Call it once per app, before its first
// window; calling it again for the same app only changes the place.
func Apply(app fyne.App, place Place) {
	current = Look{Place: place}
	if app.Settings().Theme() != instance {
		app.Settings().SetTheme(instance)
		return
	}
	redraw(app)
}

// SetMode changes the size of everything and draws all windows again. What has the focus keeps it.
func SetMode(mode Mode) { Set(Look{Place: current.Place, Mode: mode, Dark: current.Dark}) }

// SetDark changes between light and dark and draws all windows again.
func SetDark(on bool) { Set(Look{Place: current.Place, Mode: current.Mode, Dark: on}) }

// Set changes the whole look and draws all windows again; nothing happens if it is the current one. UI goroutine only.
func Set(look Look) {
	if look == current {
		return
	}
	current = look
	if app := fyne.CurrentApp(); app != nil {
		redraw(app)
	}
}

// redraw measures and draws every window without SetTheme, which would parse the face again and keep the old one.
func redraw(app fyne.App) {
	for _, w := range app.Driver().AllWindows() {
		content := w.Content()
		if content == nil {
			continue
		}
		focused := w.Canvas().Focused()
		content.Refresh()
		w.SetContent(content)
		if focused != nil {
			w.Canvas().Focus(focused)
		}
		for _, over := range w.Canvas().Overlays().List() {
			over.Refresh()
		}
	}
}
