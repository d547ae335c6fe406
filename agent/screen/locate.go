// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"yuexin/agent/device"
	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// locate finds where somebody is: with a receiver, for as long as they wait, or as they type it.
type locate struct {
	home  *Home
	sheet *widget.Sheet
	taken func(device.Fix) error // takes what was found, or says what is wrong with it
	then  func()

	line    *widget.Text // how it goes
	state   *fyne.Container
	typed   *widget.Entry
	typeBox *widget.Field
	look    *widget.BigButton // ends the search, or begins anew

	stop context.CancelFunc // ends the search; nil while none is on
}

// onLocate notes where the visit is.
func (v *visit) onLocate() {
	openLocate(v.home, func(fix device.Fix) error { return v.x.Locate(v.home.app.ctx, fix.Answer()) }, v.again)
}

// openLocate opens the sheet and begins to search.
func openLocate(h *Home, taken func(device.Fix) error, then func()) {
	a := h.app
	l := &locate{home: h, taken: taken, then: then, line: widget.NewText(""), state: hidden(), typed: widget.NewEntry(a.t("uikit.form.position"))}
	l.typed.OnSubmitted = func(string) { l.onTyped() }
	l.typeBox = widget.NewField(a.t("agent.visit.locate.typed"), "", a.t("agent.visit.locate.typed.help"), l.typed)
	l.look = widget.NewButton(a.t("agent.visit.locate.again"), widget.Primary, nil, l.onLook)
	shut := widget.NewButton(a.t("action.close"), widget.Secondary, nil, l.close)
	use := widget.NewButton(a.t("agent.visit.locate.use"), widget.Secondary, nil, l.onTyped)
	l.sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(a.t("agent.visit.locate.title")), l.line, l.state,
		l.look, widget.NewRule(), l.typeBox, layout.Spread(theme.S3, shut, use)))
	l.sheet.Open(a.canvas)
	l.search()
}

// locator is what tells where the laptop is.
func (a *App) locator() device.Locator {
	if a.Locator == nil {
		return device.ByHand{}
	}
	return a.Locator
}

// search looks for a position beside the UI goroutine until it is good enough, time is over, or somebody ends it.
func (l *locate) search() {
	h := l.home
	a, rule := h.app, h.desk.Book.Outreach.Position
	wait := time.Duration(rule.Seconds) * time.Second
	ctx, stop := context.WithTimeout(a.ctx, wait)
	l.stop = stop
	l.line.SetText(a.t("agent.visit.locate.looking"))
	l.line.Show()
	l.look.SetText(a.t("agent.visit.locate.stop"))
	l.say(nil)
	var fix device.Fix
	var err error
	a.Work(func() {
		fix, err = a.locator().Locate(ctx, rule.GoodMetres, func(p device.Progress) { a.Work(func() {}, func() { l.heard(p) }) })
	}, func() {
		stop()
		if l.stop == nil || h.app.home != h {
			return // closed meanwhile
		}
		l.stop = nil
		l.look.SetText(a.t("agent.visit.locate.again"))
		l.line.Hide()
		if err == nil {
			l.take(fix)
			return
		}
		l.say(err)
	})
}

// heard shows how the search goes.
func (l *locate) heard(p device.Progress) {
	if l.stop == nil {
		return
	}
	a := l.home.app
	text := a.t("agent.visit.locate.satellites", "n", strconv.Itoa(p.Satellites))
	if p.Found && p.Accuracy > 0 {
		text = a.t("agent.visit.locate.so_far", "n", strconv.Itoa(p.Accuracy))
	}
	l.line.SetText(text)
}

// say tells why there is no position; nothing for nil.
func (l *locate) say(err error) {
	l.state.Hide()
	if err != nil && !fault.Is(err, fault.Canceled) {
		l.state.Objects = []fyne.CanvasObject{widget.NewFaultBanner(l.home.app.Print, err)}
		l.state.Show()
	}
	l.sheet.Refresh()
}

// onLook stops a search, or begins one.
func (l *locate) onLook() {
	if l.stop != nil {
		l.stop()
		return
	}
	l.search()
}

// onTyped takes what was typed.
func (l *locate) onTyped() {
	h := l.home
	fix, err := device.ParseTyped(l.typed.Text, h.app.Now())
	if err != nil {
		l.typeBox.SetRefusal(h.app.Print.Explain(err))
		l.sheet.Refresh()
		return
	}
	l.take(fix)
}

// take hands the position on and closes the sheet.
func (l *locate) take(fix device.Fix) {
	if err := l.taken(fix); err != nil {
		l.say(err)
		return
	}
	l.close()
	l.then()
}

// close ends the search with the sheet.
func (l *locate) close() {
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
	l.sheet.Close()
}
