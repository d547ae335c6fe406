// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// gate is the way in: enrolment once, then the passphrase each day.
type gate struct {
	app  *App
	body *fyne.Container // the card of the step

	passphrase, again       *widget.Entry
	ticket, address, code   *widget.Entry
	passphraseBox, againBox *widget.Field
	ticketBox, addressBox   *widget.Field
	main                    *widget.BigButton
	opening                 *widget.Text      // how far the data are open
	stop                    *widget.BigButton // gives up opening them
	giveUp                  context.CancelFunc
	first                   fyne.Focusable
}

func newGate(a *App) *gate {
	g := &gate{app: a, body: container.NewStack()}
	g.draw()
	return g
}

// object draws the brand on the left and the step on the right.
func (g *gate) object() fyne.CanvasObject {
	a := g.app
	brand := layout.Stack(theme.S3,
		widget.NewText(a.t("app.name")).In(theme.Figure, theme.OnDeep),
		widget.NewText(a.t("agent.brand")).In(theme.Text, theme.OnDeep).Line())
	left := widget.NewPanel(theme.JadeDeep, "", "", layout.Centre(brand))
	right := layout.Over(widget.NewPanel(theme.Canvas, "", "", widget.NewStrut("", "")), widget.NewTouchScroll(layout.Centre(g.body)))
	return container.New(&gateLayout{}, left, right)
}

// gateLayout gives the brand a third of the width.
type gateLayout struct{}

func (gateLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(960, 600) }

func (gateLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w := size.Width / 3
	objects[0].Resize(fyne.NewSize(w, size.Height))
	objects[1].Move(fyne.NewPos(w, 0))
	objects[1].Resize(fyne.NewSize(size.Width-w, size.Height))
}

// focus puts the cursor where typing begins.
func (g *gate) focus() {
	if g.first != nil {
		g.app.focus(g.first)
	}
}

// draw draws the step at which the session is.
func (g *gate) draw() {
	var card fyne.CanvasObject
	switch g.app.Session.Step() {
	case flow.StepTicket:
		card = g.drawTicket()
	case flow.StepWords:
		card = g.drawWords()
	case flow.StepSecret:
		card = g.drawSecret()
	default:
		card = g.drawLocked()
	}
	g.card(card)
}

// card puts a step onto the paper.
func (g *gate) card(step fyne.CanvasObject) {
	wide := container.New(&wideLayout{}, widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S6, step)))
	g.body.Objects = []fyne.CanvasObject{wide}
	g.body.Refresh()
}

// wideLayout makes a card 520 wide, and wider where what is on it must be.
type wideLayout struct{}

func (wideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := max(520, layout.Width(objects[0]))
	return fyne.NewSize(w, layout.Height(objects[0], w))
}

func (wideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// step draws the next step and puts the cursor into it.
func (g *gate) step() {
	if g.app.Session.Step() == flow.StepOpen {
		g.app.enter()
		return
	}
	g.draw()
	g.focus()
}

func secretEntry(onEnter func()) *widget.Entry {
	e := widget.NewEntry("")
	e.Password = true
	e.OnSubmitted = func(string) { onEnter() }
	return e
}

func (g *gate) drawLocked() fyne.CanvasObject {
	a, device := g.app, g.app.Session.Device()
	g.passphrase = secretEntry(g.onUnlock)
	g.passphraseBox = widget.NewField(a.t("agent.unlock.passphrase"), "", "", g.passphrase)
	g.main = widget.NewMain(a.t("agent.unlock.go"), g.onUnlock)
	g.opening, g.stop = widget.NewNote("").Line(), widget.NewButton(a.t("action.cancel"), widget.Plain, nil, g.onStop)
	g.stop.Hide()
	g.first = g.passphrase
	forgot := widget.NewButton(a.t("agent.recover.open"), widget.Plain, nil, g.onForgot)
	hello := a.t("agent.unlock.person", "person", device.Person)
	if device.Person == "" {
		hello = a.t("agent.unlock.shared")
	}
	return layout.Stack(theme.S4,
		widget.NewTitle(hello),
		widget.NewNote(a.t("agent.window.device", "device", device.Name, "person", device.Server)),
		g.passphraseBox, g.main, layout.Row("", g.stop, g.opening, layout.Gap(), forgot))
}

// progress says how far the data are open, once that takes longer than a moment.
func (g *gate) progress() {
	done, all := g.app.Session.Opening()
	if g.giveUp == nil || all == 0 {
		return
	}
	g.opening.SetText(g.app.t("agent.unlock.opening", "done", g.app.Print.Number(done), "all", g.app.Print.Number(all)))
	g.stop.Show()
}

func (g *gate) onStop() {
	if g.giveUp != nil {
		g.giveUp()
	}
}

// busy shows that something is under way, and back.
func (g *gate) busy(on bool, text string) {
	g.main.SetText(text)
	if on {
		g.main.Disable()
		return
	}
	g.main.Enable()
}

func (g *gate) onUnlock() {
	if g.main.Disabled() {
		return
	}
	a, text := g.app, g.passphrase.Text
	g.busy(true, a.t("agent.unlock.busy"))
	ctx, giveUp := context.WithCancel(a.ctx)
	g.giveUp = giveUp
	var err error
	a.Work(func() { err = a.Session.Unlock(ctx, text) }, func() {
		giveUp()
		g.giveUp = nil
		g.opening.SetText("")
		g.stop.Hide()
		if err != nil {
			g.busy(false, a.t("agent.unlock.go"))
			g.refuse(g.passphraseBox, g.passphrase, err)
			return
		}
		a.enter()
	})
}

// refuse says beside a field what is wrong, and puts the cursor there.
func (g *gate) refuse(box *widget.Field, entry *widget.Entry, err error) {
	box.SetRefusal(g.app.Print.Explain(err))
	entry.SetRefused(true)
	if entry.Password {
		entry.SetText("")
	}
	g.app.focus(entry)
}

func (g *gate) drawTicket() fyne.CanvasObject {
	a := g.app
	g.ticket = widget.NewMultiLine("", 3)
	g.ticketBox = widget.NewField(a.t("agent.enrol.by_file"), "", a.t("agent.enrol.by_file.help"), g.ticket)
	open := widget.NewButton(a.t("agent.enrol.open"), widget.Secondary, nil, g.onOpen)
	use := widget.NewButton(a.t("agent.enrol.use"), widget.Primary, nil, g.onTicket)
	g.address, g.code = widget.NewEntry("https://"), widget.NewEntry("")
	g.code.OnSubmitted = func(string) { g.onLook() }
	g.addressBox = widget.NewField(a.t("agent.enrol.by_code"), "", "", layout.Row(theme.S2,
		layout.Share(3, g.address), layout.Share(2, g.code)))
	g.address.PlaceHolder, g.code.PlaceHolder = a.t("agent.enrol.address"), a.t("agent.enrol.code")
	g.main = widget.NewButton(a.t("agent.enrol.look"), widget.Secondary, nil, g.onLook)
	g.first = g.ticket
	return layout.Stack(theme.S4,
		widget.NewTitle(a.t("agent.enrol.title")), widget.NewText(a.t("agent.enrol.text")),
		g.ticketBox, layout.Row(theme.S2, open, layout.Gap(), use),
		widget.NewRule(), g.addressBox, layout.Row("", layout.Gap(), g.main))
}

func (g *gate) onTicket() {
	if err := g.app.Session.Ticket(g.ticket.Text); err != nil {
		g.refuse(g.ticketBox, g.ticket, err)
		return
	}
	g.step()
}

func (g *gate) onOpen() {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return // closed without a file
		}
		_ = f.Close() // only its name is needed
		if err := g.app.Session.TicketFile(f.URI().Path()); err != nil {
			g.refuse(g.ticketBox, g.ticket, err)
			return
		}
		g.step()
	}, g.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".enrol", ".txt"}))
	d.Show()
}

func (g *gate) onLook() {
	if g.main.Disabled() {
		return
	}
	a, address, code := g.app, g.address.Text, g.code.Text
	g.busy(true, a.t("sync.connecting"))
	var err error
	a.Work(func() { err = a.Session.Address(a.ctx, address, code) }, func() {
		g.busy(false, a.t("agent.enrol.look"))
		if err != nil {
			g.refuse(g.addressBox, g.address, err)
			return
		}
		g.step()
	})
}

func (g *gate) drawWords() fyne.CanvasObject {
	a := g.app
	answer := func(same bool) func() {
		return func() {
			err := a.Session.Same(same)
			g.step()
			if err != nil {
				g.refuse(g.addressBox, g.address, err)
			}
		}
	}
	same := widget.NewButton(a.t("agent.enrol.same"), widget.Primary, nil, answer(true))
	differ := widget.NewButton(a.t("agent.enrol.different"), widget.Danger, nil, answer(false))
	g.first = differ
	return layout.Stack(theme.S4,
		widget.NewTitle(a.t("agent.enrol.words")),
		widget.NewText(a.Session.Words()).In(theme.Figure, theme.Jade).Align(fyne.TextAlignCenter),
		widget.NewText(a.t("agent.enrol.words.help")), layout.Spread(theme.S3, differ, same))
}

func (g *gate) drawSecret() fyne.CanvasObject {
	a := g.app
	g.passphrase, g.again = secretEntry(g.toAgain), secretEntry(g.onEnrol)
	g.passphraseBox = widget.NewField(a.t("agent.enrol.secret"), "", a.t("agent.enrol.secret.help"), g.passphrase)
	g.againBox = widget.NewField(a.t("agent.enrol.secret.again"), "", "", g.again)
	g.main = widget.NewMain(a.t("agent.enrol.go"), g.onEnrol)
	back := widget.NewButton(a.t("action.back"), widget.Plain, nil, func() { a.Session.Back(); g.step() })
	g.first = g.passphrase
	return layout.Stack(theme.S4, widget.NewTitle(a.t("agent.enrol.title")), g.passphraseBox, g.againBox, g.main, back)
}

func (g *gate) toAgain() { g.app.focus(g.again) }

func (g *gate) onEnrol() {
	if g.main.Disabled() {
		return
	}
	a, one, two := g.app, g.passphrase.Text, g.again.Text
	g.busy(true, a.t("agent.unlock.busy"))
	var err error
	a.Work(func() { err = a.Session.Enrol(a.ctx, one, two) }, func() {
		g.busy(false, a.t("agent.enrol.go"))
		switch {
		case err == nil:
			a.enter()
		case fault.From(err).Field == "again":
			g.refuse(g.againBox, g.again, err)
		default:
			g.refuse(g.passphraseBox, g.passphrase, err)
		}
	})
}
