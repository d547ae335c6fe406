// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// registerScoreScenes puts the page of a rating into the gallery.
func registerScoreScenes() {
	for _, name := range []string{"score", "score-ask"} {
		var r *rating // of the drawing that Build made last
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject {
				a, s := staged(p)
				s.Lent()
				r = newRating(a.home, stage.Chen)
				a.home.open(r)
				return a.content
			},
			Over: func(_ *i18n.Printer, on fyne.Canvas) {
				if r.home.app.canvas = on; name == "score-ask" {
					r.onAsk()
				}
			},
		})
	}
}
