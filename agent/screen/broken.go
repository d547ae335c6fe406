// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// broken shows one act that cannot be read any more: what is known of it, and what may be done.
func (r *returns) broken(one flow.Broken) fyne.CanvasObject {
	a := r.home.app
	return widget.NewCard(one.Title, layout.Stack(theme.S3,
		widget.NewBanner(widget.Bad, a.t("agent.tray.broken.why"), a.t("agent.tray.broken.hint")),
		layout.Row(theme.S2, widget.NewNote(one.When+" · "+one.Size), layout.Gap(),
			widget.NewButton(a.t("agent.tray.export"), widget.Secondary, nil, func() { r.onExport(one) }),
			widget.NewButton(a.t("agent.tray.aside"), widget.Primary, nil, func() { r.onAside(one) })),
	))
}

// onExport saves what is left to a file.
func (r *returns) onExport(one flow.Broken) {
	a := r.home.app
	d := dialog.NewFileSave(func(to fyne.URIWriteCloser, err error) {
		if err != nil || to == nil {
			return // closed without a file
		}
		if err := save(one, to); err != nil {
			a.tell(fault.New(fault.Unavailable, "agent.tray.unsaved").WithCause(err))
			return
		}
		r.home.toast.Tell(a.t("agent.tray.exported"))
	}, a.Window)
	d.SetFileName(one.FileName())
	d.Show()
}

func save(one flow.Broken, to fyne.URIWriteCloser) error {
	data, err := one.Export()
	if err == nil {
		_, err = to.Write(data)
	}
	return errors.Join(err, to.Close())
}

// onAside asks why, and puts the act aside.
func (r *returns) onAside(one flow.Broken) {
	a := r.home.app
	r.typing = true
	reason := widget.NewMultiLine("", 3)
	box := widget.NewField(a.t("agent.tray.aside.reason"), a.t("field.required"), a.t("agent.tray.aside.help"), reason)
	do := func() {
		box.SetRefusal("", "")
		switch err := one.PutAside(a.ctx, a.Tray, reason.Text); {
		case err == nil:
			r.typing = false
			r.home.again()
			r.home.toast.Tell(a.t("agent.tray.aside.done"))
		case fault.From(err).Field == "reason":
			box.SetRefusal(a.Print.Explain(err))
		default:
			a.tell(err)
		}
	}
	cancel := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { r.typing = false; r.draw() })
	rows := layout.Stack(theme.S4, widget.NewText(a.t("agent.tray.aside.text")), box,
		layout.Spread(theme.S3, cancel, widget.NewButton(a.t("agent.tray.aside"), widget.Primary, nil, do)))
	r.body.Objects = []fyne.CanvasObject{pane(widget.NewCard(one.Title, rows))}
	r.body.Refresh()
	a.focus(reason)
}
