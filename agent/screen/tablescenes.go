// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/parcel"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// sceneList is a list that a village clerk sent.
const sceneList = "富溪村农户情况表,,,,,,,,,\n序号,户主姓名,身份证号,组,门牌号,家庭人口（人）,联系电话,耕地面积（亩）,年收入（万元）,村医签约\n" +
	"1,陈秀英,441284196803120021,第三组,12号,5,13800138001,5.2,7.5,是\n2,李志强,,第一组,3号,5,13800138002,6.5,12,否\n" +
	"3,周小梅,441284197805060004,第二组,7号,3,13900139000,两亩三分,6.8,是\n4,梁少珍,4.41284E+17,第三组,1号,2,13800138006,2.6,3,是\n" +
	"5,何木根,441284198201010000,第二组,9号,四个,13900139001,1.8,45000,否\n6,冯树生,,第三组,30号,5,13800138007,6.5,8.8,否\n合计,,,,,24,,,,\n"

const sceneOdd = "当家人,证号,几口,小队\n周小梅,441284197805060004,3,第二组\n何木根,441284198201010000,4,第二组\n"

// registerTableScenes puts the pages of tables into the gallery.
func registerTableScenes() {
	for name, show := range map[string]func(a *App, s *stage.Stage){
		"tables":           func(a *App, s *stage.Stage) { imported(a, s); a.home.onTables() },
		"tables-none":      func(a *App, _ *stage.Stage) { a.home.onTables() },
		"import-columns":   func(a *App, _ *stage.Stage) { beginImport(a, sceneList) },
		"import-unfound":   func(a *App, _ *stage.Stage) { beginImport(a, sceneOdd) },
		"import-check":     func(a *App, _ *stage.Stage) { beginImport(a, sceneList).onCheck() },
		"import-changed":   showChanged,
		"import-written":   showWritten,
		"import-under-way": showUnderWay,
		"export":           func(a *App, _ *stage.Stage) { beginExport(a) },
		"export-refused":   showExportRefused,
		"export-clear":     showExportClear,
	} {
		scene.Register(scene.Scene{Name: "agent/" + name, Place: theme.Desk, Build: func(p *i18n.Printer) fyne.CanvasObject {
			a, st := tableStage(p)
			show(a, st)
			return a.content
		}})
	}
	var last *App
	var st *stage.Stage
	for name, over := range map[string]func(a *App, s *stage.Stage){
		"import-column": func(a *App, _ *stage.Stage) {
			p := beginImport(a, sceneOdd)
			columns, err := p.im.Columns()
			if err == nil {
				p.onColumn(0, columns[0])
			}
		},
		"import-passphrase": func(a *App, _ *stage.Stage) {
			a.home.onTables()
			a.home.page.(*tables).askPassphrase("household", "富溪村-农户-20261122-0930.xlsx.age", nil)
		},
		"tables-undo": func(a *App, s *stage.Stage) {
			imported(a, s)
			a.home.onTables()
			if past, err := a.home.desk.Imports(a.ctx); err == nil && len(past) > 0 {
				a.home.page.(*tables).onUndo(past[0])
			}
		},
	} {
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject { last, st = tableStage(p); return last.content },
			Over:  func(_ *i18n.Printer, c fyne.Canvas) { last.canvas = c; over(last, st) },
		})
	}
}

// tableStage is a desk with a stick plugged in, at 富溪村.
func tableStage(p *i18n.Printer) (*App, *stage.Stage) {
	a, s := staged(p)
	a.Drives = func() []parcel.Drive {
		return []parcel.Drive{{Path: "/media/chen/U盘", Name: "U盘", Free: 14_500 << 20}}
	}
	a.home.onVillage(stage.Fuxi)
	return a, s
}

func sceneImport(a *App, text string) *flow.Import {
	im, err := a.home.desk.NewImport(a.ctx, "household", stage.Fuxi, "富溪村农户表.csv", []byte(text), "")
	if err != nil {
		panic(err) // it is a table
	}
	return im
}

func beginImport(a *App, text string) *importing {
	p := newImporting(a.home, sceneImport(a, text))
	a.home.open(p)
	return p
}

// imported imports a list, of which a colleague then changes one value.
func imported(a *App, s *stage.Stage) {
	im := sceneImport(a, sceneList)
	im.Own = true
	if err := im.Write(a.ctx, nil); err != nil {
		panic(err) // the stage takes it
	}
	other := s.Colleague()
	if e, err := other.Edit(a.ctx, stage.Chen); err == nil {
		_ = e.Session.Set("population", "6") // it is a number
		_, _, _ = e.Save(a.ctx)              // on the stage nothing is refused
	}
}

func showChanged(a *App, _ *stage.Stage) {
	p := beginImport(a, sceneList)
	p.onCheck()
	p.onPile(flow.PileChanged)
}

func showWritten(a *App, _ *stage.Stage) {
	p := beginImport(a, sceneList)
	p.onCheck()
	if err := p.im.Write(a.ctx, nil); err == nil {
		p.onPile(flow.PileNew)
	}
}

func showUnderWay(a *App, _ *stage.Stage) {
	p := beginImport(a, sceneList)
	p.onCheck()
	p.under.show(a.t("agent.import.writing"), 12_400, 50_000)
}

func beginExport(a *App) *exporting {
	list := a.home.desk.Households()
	list.Scope = stage.Fuxi
	e, err := a.home.desk.NewExport(a.ctx, list)
	if err != nil {
		panic(err) // the stage has households
	}
	x := newExporting(a.home, e)
	a.home.open(x)
	return x
}

func showExportRefused(a *App, _ *stage.Stage) {
	x := beginExport(a)
	x.reason.SetText("镇里核对名单")
	x.passphrase.SetText("太短")
	x.onExport()
}

func showExportClear(a *App, _ *stage.Stage) {
	x := beginExport(a)
	x.sealed, x.export.Clear, x.export.Whole = "clear", true, true
	a.home.open(x)
}
