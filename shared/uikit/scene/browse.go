// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/theme"
)

// Browser is a window with the list of scenes and the one that is chosen, with switches for mode, darkness and language.
type Browser struct {
	window fyne.Window
	list   *fynewidget.List
	stage  *fyne.Container

	texts *i18n.Catalogue
	all   []Scene
	shown int
	lang  i18n.Lang
}

// Browse opens a browser over all registered scenes; the caller runs the app.
func Browse(a fyne.App, texts *i18n.Catalogue) *Browser {
	b := &Browser{window: a.NewWindow("Yuexin"), stage: container.NewStack(), texts: texts, all: All(), lang: i18n.ZhHans}
	b.list = fynewidget.NewList(b.count, b.newLine, b.fillLine)
	b.list.OnSelected = b.onScene
	switches := container.NewHBox(
		fynewidget.NewCheck("关怀版", b.onElder), fynewidget.NewCheck("Dark", b.onDark), fynewidget.NewCheck("English", b.onEnglish))
	split := container.NewHSplit(b.list, b.stage)
	split.Offset = 0.2
	b.window.SetContent(container.NewBorder(switches, nil, nil, nil, split))
	b.window.Resize(DeskSize)
	if len(b.all) > 0 {
		b.list.Select(0)
	}
	b.window.Show()
	return b
}

func (b *Browser) count() int { return len(b.all) }

func (b *Browser) newLine() fyne.CanvasObject { return fynewidget.NewLabel("") }

func (b *Browser) fillLine(i fynewidget.ListItemID, o fyne.CanvasObject) {
	o.(*fynewidget.Label).SetText(b.all[i].Name)
}

func (b *Browser) onScene(i fynewidget.ListItemID) {
	b.shown = i
	b.draw()
}

func (b *Browser) onElder(on bool) {
	mode := theme.Normal
	if on {
		mode = theme.Elder
	}
	theme.SetMode(mode)
	b.draw()
}

func (b *Browser) onDark(on bool) {
	theme.SetDark(on)
	b.draw()
}

func (b *Browser) onEnglish(on bool) {
	b.lang = i18n.ZhHans
	if on {
		b.lang = i18n.En
	}
	b.draw()
}

// draw builds the scene that is chosen, in its own place's sizes, in a scroll as large as it is.
func (b *Browser) draw() {
	if b.shown >= len(b.all) {
		return
	}
	s := b.all[b.shown]
	look := theme.Current()
	look.Place = s.Place
	theme.Set(look)
	p := b.texts.Printer(b.lang)
	frame := container.New(&fixed{size: s.Bounds()}, s.Build(p))
	b.stage.Objects = []fyne.CanvasObject{container.NewScroll(frame)}
	b.stage.Refresh()
	if s.Over != nil {
		s.Over(p, b.window.Canvas())
	}
}

// fixed gives its object one size.
type fixed struct{ size fyne.Size }

func (f *fixed) MinSize([]fyne.CanvasObject) fyne.Size { return f.size }

func (f *fixed) Layout(objects []fyne.CanvasObject, _ fyne.Size) { objects[0].Resize(f.size) }
