// SPDX-License-Identifier: Apache-2.0

// Package scene is the list of screens that can be seen without the system: each with prepared data, drawn by name in the
// gallery and painted to files.
//
// The registry is here, and not in the program gallery, so that agent/screen and kiosk/screen can add theirs without
// anybody importing them: shared code may not import a program. shared/uikit/gallery therefore shows the widgets only, and
// each program has a hidden subcommand "gallery" that calls Browse or Shoot over its own screens.
package scene

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/theme"
)

// Scene is one screen, or a piece of one, with prepared data.
type Scene struct {
	// Name is unique and a path of lower-case words, such as "agent/household-list".
	Name string
	// Place is where it stands.
	Place theme.Place
	// Size is how large it is drawn; the usual size of the place if it is zero.
	Size fyne.Size
	// Build makes it, in the language of p. It is called anew for each drawing, on the UI goroutine.
	Build func(p *i18n.Printer) fyne.CanvasObject
	// Over opens what lies above it, a sheet for example; nil for nothing.
	Over func(p *i18n.Printer, c fyne.Canvas)
	// Main says that its pictures are compared point by point, in every mode: for the few that say how all look.
	Main bool
}

// The usual sizes of a place.
var (
	DeskSize  = fyne.NewSize(1366, 768)
	PanelSize = fyne.NewSize(1080, 1920)
)

// Bounds returns the size in which the scene is drawn.
func (s Scene) Bounds() fyne.Size {
	switch {
	case !s.Size.IsZero():
		return s.Size
	case s.Place == theme.Kiosk:
		return PanelSize
	}
	return DeskSize
}

var registry []Scene

// Register adds scenes, from init functions or main. It panics on a name that is not valid or there already: that is a
// mistake in the program.
func Register(scenes ...Scene) {
	for _, s := range scenes {
		if s.Build == nil || !validName(s.Name) {
			panic(fmt.Sprintf("scene: bad scene %q", s.Name))
		}
		if _, there := Find(s.Name); there {
			panic(fmt.Sprintf("scene: %q is there twice", s.Name))
		}
		registry = append(registry, s)
	}
}

func validName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-/") == ""
}

// All returns the scenes, sorted by name.
func All() []Scene {
	all := slices.Clone(registry)
	slices.SortFunc(all, func(a, b Scene) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Find returns a scene by name.
func Find(name string) (Scene, bool) {
	for _, s := range registry {
		if s.Name == name {
			return s, true
		}
	}
	return Scene{}, false
}
