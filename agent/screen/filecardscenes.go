// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"time"

	"fyne.io/fyne/v2"

	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// registerCardScenes puts the pages of the file card into the gallery.
func registerCardScenes() {
	for name, show := range map[string]func(c *fileCard){
		"card":        func(*fileCard) {},
		"card-weak":   func(c *fileCard) { fillCard(c, "123456"); c.onIssue() },
		"card-answer": func(*fileCard) {},
		"card-issued": func(c *fileCard) { fillCard(c, "830517"); c.onIssue(); c.onPrint() },
	} {
		var c *fileCard // of the drawing that Build made last
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject {
				a, s := staged(p)
				s.Object(901, "phone", "13800000000", "19900009999", 48*time.Hour)
				s.Object(902, "population", "4", "5", 30*24*time.Hour)
				c = newFileCard(a.home, stage.Chen)
				a.home.open(c)
				show(c)
				return a.content
			},
			Over: func(_ *i18n.Printer, on fyne.Canvas) {
				if c.home.app.canvas = on; name == "card-answer" {
					c.onAnswer(c.card.Said[0])
				}
			},
		})
	}
}

// fillCard answers what is asked before a card is made.
func fillCard(c *fileCard, pin string) {
	c.card.Seen, c.card.Why = "id_card", "first"
	c.pin.SetText(pin)
	c.again.SetText(pin)
}
