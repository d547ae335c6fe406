// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// maxTicket bounds what is read as a ticket.
const maxTicket = 1 << 20

// addUser asks for what one more person needs to work on the laptop: a ticket for it and them, and a passphrase of their own.
type addUser struct {
	home  *Home
	sheet *widget.Sheet

	ticket, passphrase, again *widget.Entry
	boxes                     map[string]*widget.Field // by the field of a fault
	main                      *widget.BigButton
}

func openAddUser(h *Home) *addUser {
	a := h.app
	u := &addUser{home: h, ticket: widget.NewMultiLine("", 3)}
	u.passphrase, u.again = secretEntry(func() { a.focus(u.again) }), secretEntry(u.onAdd)
	u.boxes = map[string]*widget.Field{
		"ticket":     widget.NewField(a.t("agent.user.ticket"), "", a.t("agent.user.ticket.help"), u.ticket),
		"passphrase": widget.NewField(a.t("agent.user.secret"), "", a.t("agent.enrol.secret.help"), u.passphrase),
		"again":      widget.NewField(a.t("agent.enrol.secret.again"), "", "", u.again),
	}
	file := widget.NewButton(a.t("agent.enrol.open"), widget.Secondary, nil, u.onFile)
	shut := widget.NewButton(a.t("action.close"), widget.Plain, nil, func() { u.sheet.Close() })
	u.main = widget.NewButton(a.t("agent.user.add"), widget.Primary, nil, u.onAdd)
	u.sheet = widget.NewSheet(layout.Stack(theme.S4,
		widget.NewTitle(a.t("agent.user.title")), widget.NewText(a.t("agent.user.text")).In(theme.Text, theme.Grey),
		u.boxes["ticket"], layout.Row("", file, layout.Gap()), u.boxes["passphrase"], u.boxes["again"],
		layout.Row(theme.S2, shut, layout.Gap(), u.main)))
	u.sheet.Open(a.canvas)
	a.focus(u.ticket)
	return u
}

// onFile reads the ticket from a file.
func (u *addUser) onFile() {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return // closed without a file
		}
		text, err := io.ReadAll(io.LimitReader(f, maxTicket))
		_ = f.Close() // it was only read
		if err != nil {
			u.refuse(fault.New(fault.NotFound, "agent.enrol.file").WithCause(err).WithField("ticket"))
			return
		}
		u.ticket.SetText(string(text))
	}, u.home.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".enrol", ".txt"}))
	d.Show()
}

func (u *addUser) onAdd() {
	if u.main.Disabled() {
		return
	}
	a, ticket, passphrase, again := u.home.app, u.ticket.Text, u.passphrase.Text, u.again.Text
	for _, box := range u.boxes {
		box.SetRefusal("", "")
	}
	u.main.Disable()
	var name string
	var err error
	a.Work(func() { name, err = a.Session.AddUser(a.ctx, ticket, passphrase, again) }, func() {
		u.main.Enable()
		if err != nil {
			u.refuse(err)
			return
		}
		u.sheet.Close()
		u.home.toast.Tell(a.t("agent.user.added", "person", name))
		a.Sync.Kick()
	})
}

// refuse says beside a field what is wrong.
func (u *addUser) refuse(err error) {
	box, known := u.boxes[fault.From(err).Field]
	if !known {
		box = u.boxes["ticket"]
	}
	box.SetRefusal(u.home.app.Print.Explain(err))
	u.sheet.Refresh()
}
