// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// wideSize is the screen of a desk in the office.
var wideSize = fyne.NewSize(1920, 1080)

// registerDesk puts the scenes of the desk as a daily tool into the gallery.
func registerDesk() {
	for _, s := range []struct {
		name string
		size fyne.Size
		show func(a *App, s *stage.Stage)
	}{
		{"household-wide", wideSize, showDispute},
		{"household-cards", scene.DeskSize, showCards},
		{"map", scene.DeskSize, showMap},
		{"map-wide", wideSize, showMap},
		{"sync-all", wideSize, func(a *App, _ *stage.Stage) { a.home.onSync(); a.home.page.(*syncPage).onAll(true) }},
		{"households-wide", wideSize, func(*App, *stage.Stage) {}},
		{"households-found", scene.DeskSize, func(a *App, _ *stage.Stage) { a.home.page.(*people).search.SetText("cgf") }},
	} {
		scene.Register(scene.Scene{Name: "agent/" + s.name, Place: theme.Desk, Size: s.size, Build: func(p *i18n.Printer) fyne.CanvasObject {
			a, st := staged(p)
			s.show(a, st)
			return a.content
		}})
	}
	var last *App
	var on *stage.Stage
	for name, over := range map[string]func(a *App, s *stage.Stage){
		"household-history": showHistory,
		"keys":              func(a *App, _ *stage.Stage) { a.home.openKeys() },
		"keys-person":       func(a *App, _ *stage.Stage) { a.home.open(newPerson(a.home, stage.Chen)); a.home.openKeys() },
	} {
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject { last, on = staged(p); return last.content },
			Over:  func(_ *i18n.Printer, c fyne.Canvas) { last.canvas = c; over(last, on) },
		})
	}
}

func showMap(a *App, s *stage.Stage) {
	disagree(a, s)
	a.home.onMap()
}

func showCards(a *App, s *stage.Stage) {
	showDispute(a, s)
	a.home.page.(*person).onCards()
}

// showHistory scrolls to the history of the fields of a household of which two people told different debts.
func showHistory(a *App, s *stage.Stage) {
	showDispute(a, s)
	p := a.home.page.(*person)
	p.onPart(len(p.tops) - 1)
}
