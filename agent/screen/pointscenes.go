// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// registerPointScenes puts the page of civic points into the gallery.
func registerPointScenes() {
	for name, show := range map[string]func(p *pointPage){
		"points":       func(*pointPage) {},
		"points-photo": func(p *pointPage) { p.item = "solar"; p.onPropose() },
	} {
		scene.Register(scene.Scene{Name: "agent/" + name, Place: theme.Desk, Build: func(print *i18n.Printer) fyne.CanvasObject {
			a, s := staged(print)
			s.Points()
			p := newPointPage(a.home, stage.Chen)
			a.home.open(p)
			show(p)
			return a.content
		}})
	}
}
