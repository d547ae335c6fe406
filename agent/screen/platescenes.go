// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/stage"
	"yuexin/shared/credit/plate"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// registerPlateScenes puts the page of a plate into the gallery.
func registerPlateScenes() {
	for name, show := range map[string]func(p *platePage){
		"plate-up": func(p *platePage) { p.choose(plate.PutUp); p.onAsk() },
		"plate-split": func(p *platePage) {
			p.choose(plate.Renew)
			p.x.Reason = "雨淋破损，扫不出来"
			p.onAsk()
			p.choose(plate.Split)
		},
	} {
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject {
				a, _ := staged(p)
				page := newPlatePageAt(a.home, stage.Chen)
				a.home.open(page)
				show(page)
				return a.content
			},
		})
	}
}

// choose presses the button of a deed.
func (p *platePage) choose(deed plate.Deed) {
	p.deeds.Set([]string{string(deed)})
	p.onDeed([]string{string(deed)})
}
