// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// registerWholeScenes puts the page of whole-village credit into the gallery, and what it asks over it.
func registerWholeScenes() {
	page := func(a *App, s *stage.Stage) *wholePage {
		s.Whole()
		p := newWholePage(a.home, stage.Fuxi)
		a.home.open(p)
		return p
	}
	scene.Register(scene.Scene{Name: "agent/whole", Place: theme.Desk, Build: func(print *i18n.Printer) fyne.CanvasObject {
		a, s := staged(print)
		page(a, s)
		return a.content
	}})
	for name, deed := range map[string]string{"whole-review": flow.WholeReview, "whole-sign": flow.WholeSign} {
		var last *wholePage
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(print *i18n.Printer) fyne.CanvasObject {
				a, s := staged(print)
				last = page(a, s)
				return a.content
			},
			Over: func(_ *i18n.Printer, c fyne.Canvas) {
				last.home.app.canvas = c
				for _, one := range last.page.Cases {
					for _, d := range one.Deeds {
						if d.Deed == deed {
							last.ask(&one, d)
							return
						}
					}
				}
			},
		})
	}
}
