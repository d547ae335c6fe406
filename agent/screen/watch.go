// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/agent/flow"
	"yuexin/shared/credit/idle"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// watched lies below everything and notices a mouse that moves where nothing else wants to know of it.
type watched struct {
	fynewidget.BaseWidget
	moved func()
}

func newWatched(moved func()) *watched {
	u := &watched{moved: moved}
	u.ExtendBaseWidget(u)
	return u
}

// CreateRenderer is called by Fyne.
func (u *watched) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(widget.NewStrut("", ""))
}

// MouseIn is called by Fyne.
func (u *watched) MouseIn(*desktop.MouseEvent) { u.moved() }

// MouseMoved is called by Fyne.
func (u *watched) MouseMoved(*desktop.MouseEvent) { u.moved() }

// MouseOut is called by Fyne.
func (u *watched) MouseOut() {}

// touch notes that somebody is there.
func (a *App) touch() {
	a.watch.Touch(a.Now())
	if a.warning != nil && a.warning.Opened() {
		a.warning.Close()
	}
}

// Tick is called every second or so: it warns, and locks a desk that nobody has touched for as long as the rules say.
func (a *App) Tick() {
	if a.home == nil {
		if a.gate != nil {
			a.gate.progress()
		}
		return
	}
	a.home.mark.SetText(a.home.markText())
	switch state, left := a.watch.At(a.Now(), a.home.desk.Book.Idle); state {
	case idle.Lock:
		a.lock()
	case idle.Warn:
		a.warn(left)
	}
}

// warn says that the desk will lock, and how soon.
func (a *App) warn(left time.Duration) {
	seconds := a.t("uikit.idle.left", "n", strconv.Itoa(int((left+time.Second-1)/time.Second)))
	if a.warning != nil && a.warning.Opened() {
		a.left.SetText(seconds)
		return
	}
	a.left = widget.NewText(seconds).In(theme.Figure, theme.Amber).Align(fyne.TextAlignCenter)
	stay := widget.NewButton(a.t("agent.idle.stay"), widget.Primary, nil, a.touch)
	lock := widget.NewButton(a.t("agent.idle.lock"), widget.Secondary, nil, a.lock)
	a.warning = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(a.t("agent.idle.title")).Align(fyne.TextAlignCenter), a.left,
		widget.NewText(a.t("agent.idle.text")).Align(fyne.TextAlignCenter), layout.Spread(theme.S3, lock, stay)))
	a.warning.Open(a.canvas)
	a.focus(stay)
}

// lock closes the desk as it is. What was being written is kept for whoever wrote it.
func (a *App) lock() {
	for _, over := range a.canvas.Overlays().List() {
		a.canvas.Overlays().Remove(over)
	}
	a.warning = nil
	if k, ok := a.home.page.(keeper); ok && k.unfinished() {
		if a.kept == nil {
			a.kept = map[string]keeper{}
		}
		a.kept[a.home.desk.Actor.String()] = k
	}
	a.onLock()
}

// keeper is a page in which something is being written that is not saved.
type keeper interface {
	page
	unfinished() bool
	// moveTo goes on in another home, of the same person.
	moveTo(h *Home)
}

// goOn shows whoever opened the desk what they were writing when it was locked.
func (a *App) goOn() {
	who := a.home.desk.Actor.String()
	k := a.kept[who]
	if k == nil {
		return
	}
	delete(a.kept, who)
	k.moveTo(a.home)
	a.home.open(k)
	a.home.toast.Tell(a.t("agent.idle.kept"))
}

// likes draws the window as whoever opened the desk likes it.
func (a *App) likes() {
	if a.Looks == nil {
		return
	}
	look := a.Looks.Liked()
	theme.SetDark(look.Dark)
	if look.Lang != "" && look.Lang != a.Print.Lang() {
		a.speak(look.Lang)
	}
}

// onDark changes between dark and light.
func (a *App) onDark() {
	theme.SetDark(!theme.Current().Dark)
	a.keepLook()
}

// onLang changes between Chinese and English, in lists and details. A form goes on in the language it was opened in.
func (a *App) onLang() {
	if a.Looks == nil {
		return
	}
	to := i18n.En
	if a.Print.Lang() == i18n.En {
		to = i18n.ZhHans
	}
	a.home.page.leave(func() {
		a.speak(to)
		a.keepLook()
		before := a.home
		a.home = newHome(a)
		a.home.scope, a.home.tab, a.home.fetches = before.scope, before.tab, before.fetches
		a.show(a.home.object())
		a.home.again()
	})
}

// speak changes the language of what is drawn from here on.
func (a *App) speak(lang i18n.Lang) {
	a.Print = a.Looks.Printer(lang)
	a.Session.Renew(a.Session.Desk().In(a.Print))
}

func (a *App) keepLook() {
	if a.Looks != nil {
		a.Looks.Like(flow.Look{Dark: theme.Current().Dark, Lang: a.Print.Lang()})
	}
}
