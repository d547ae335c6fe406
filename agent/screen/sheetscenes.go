// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// registerSheetScenes puts what a household's paper asks for into the gallery.
func registerSheetScenes() {
	var last *App
	for name, over := range map[string]func(p *sheets){
		"paper-print": (*sheets).onPrint,
		"paper-elsewhere": func(p *sheets) {
			p.elsewhere(flow.Signed{Of: stage.Li, Name: "李国强 农户", Place: "富溪村", Form: p.forms[0].Title, Page: 2})
		},
		"paper-byhand": func(p *sheets) { p.byHand(flow.Signed{Why: fault.New(fault.Invalid, "sheet.token.damaged")}) },
	} {
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject {
				last, _ = staged(p)
				last.home.open(newPerson(last.home, stage.Chen))
				return last.content
			},
			Over: func(_ *i18n.Printer, c fyne.Canvas) {
				last.canvas = c
				over(newSheets(last.home, stage.Chen, "household", "陈秀英", func() {}))
			},
		})
	}
}
