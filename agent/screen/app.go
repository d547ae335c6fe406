// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/shared/credit/idle"
	"yuexin/shared/i18n"
	"yuexin/shared/parcel"
	"yuexin/shared/scanner"
	"yuexin/shared/uikit/widget"
)

// App is the agent's one window. Set the fields, then call Open.
type App struct {
	Window  fyne.Window
	Session *flow.Session
	Tray    flow.Tray
	Sync    flow.Sync
	Print   *i18n.Printer
	Looks   flow.Looks // nil: nothing is kept, and there is one language
	Now     func() time.Time
	Locator device.Locator // nil where positions are typed

	// Work runs something that takes long beside the UI goroutine, and then done on it.
	Work func(work func(), done func())
	// Printer hands a PDF page to the laptop's printer; nil without one. The page may hold a secret and is not kept.
	Printer func(ctx context.Context, pdf []byte) error
	// OnOpen is called when the desk was opened, OnLock when it was closed; both may be nil.
	OnOpen, OnLock func()
	// Renew is called where a list is shown and no form is open: it returns the desk to go on with where newer rules
	// came into force, nil to go on with the present one. It may be nil.
	Renew func() *flow.Desk

	// Drives lists what is plugged in to write to; nil asks the machine.
	Drives func() []parcel.Drive

	ctx     context.Context
	canvas  fyne.Canvas // of the window, or what a scene is drawn on
	content *fyne.Container
	home    *Home
	gate    *gate // that is shown, or was last
	wedge   scanner.Wedge
	reading flow.Reading

	watch   idle.Watch
	warning *widget.Sheet     // nil before the first
	left    *widget.Text      // in it
	kept    map[string]keeper // by actor
}

// Open fills the window and shows the way in. Whatever the screens do ends with ctx.
func (a *App) Open(ctx context.Context) {
	a.ctx, a.content, a.canvas = ctx, container.NewStack(), a.Window.Canvas()
	a.Window.SetPadded(false)
	a.Window.SetContent(container.NewStack(newWatched(a.touch), a.content))
	widget.Noticed = a.touch
	a.canvas.SetOnTypedRune(a.onRune)
	a.canvas.SetOnTypedKey(a.onKey)
	a.Window.SetOnDropped(a.onDropped)
	a.bind()
	a.enter()
}

// focus puts the cursor somewhere; nothing happens in a scene that is only drawn.
func (a *App) focus(o fyne.Focusable) {
	if a.canvas != nil {
		a.canvas.Focus(o)
	}
}

// enter shows the way in, or the desk once it is open.
func (a *App) enter() {
	if a.Session.Step() != flow.StepOpen {
		a.home = nil
		g := newGate(a)
		a.gate = g
		a.show(g.object())
		g.focus()
		return
	}
	a.likes()
	a.home = newHome(a)
	a.show(a.home.object())
	a.touch()
	a.goOn()
	a.home.refresh() // the counts follow, so that the list is there at once
	if a.OnOpen != nil {
		a.OnOpen()
	}
}

// Rest lets newer rules come into force, if a list is shown. Whoever is in a form or before a sheet is not disturbed.
func (a *App) Rest() {
	if a.home != nil && a.home.resting() && a.canvas.Overlays().Top() == nil {
		a.renew()
	}
}

// renew shows the lists anew, by newer rules, if there are any. It reports whether there are.
func (a *App) renew() bool {
	if a.Renew == nil {
		return false
	}
	desk := a.Renew()
	if desk == nil {
		return false
	}
	a.Session.Renew(desk)
	before := a.home
	a.home = newHome(a)
	a.home.scope, a.home.tab, a.home.fetches = before.scope, before.tab, before.fetches
	a.show(a.home.object())
	a.home.again()
	switch before.page.(type) {
	case *today:
		a.home.onToday()
	case *dayEnd:
		a.home.onDayEnd()
	}
	return true
}

func (a *App) show(o fyne.CanvasObject) {
	a.content.Objects = []fyne.CanvasObject{o}
	a.content.Refresh()
}

// onLock closes the desk.
func (a *App) onLock() {
	for _, under := range a.home.fetches {
		under.stop()
	}
	if a.OnLock != nil {
		a.OnLock()
	}
	a.Session.Lock()
	a.enter()
}

// Changed draws anew what is shown, because records changed. A form stays as it is.
func (a *App) Changed() {
	if a.home != nil {
		a.home.refresh()
	}
}

// SetReading shows how sync stands.
func (a *App) SetReading(r flow.Reading) {
	a.reading = r
	if a.home != nil {
		a.home.showSync()
		if p, ok := a.home.page.(*dayEnd); ok {
			p.follow()
		}
	}
}

// onRune gets what is typed while nothing has the focus: a scanner's burst.
func (a *App) onRune(r rune) {
	a.touch()
	a.wedge.Rune(r, a.Now().UnixMilli())
}

func (a *App) onKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyTab:
		if code, ok := a.wedge.End(a.Now().UnixMilli()); ok && a.home != nil {
			a.home.onScanned(code)
			return
		}
	}
	a.Press(0, e.Name)
}

// t is the text of a key.
func (a *App) t(key string, pairs ...string) string { return a.Print.T(key, pairs...) }
