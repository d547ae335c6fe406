// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/agent/flow"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/uikit/formview"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// form is a household or merchant being filled in.
type form struct {
	home  *Home
	entry *flow.Entry
	view  *formview.View
	side  *fyne.Container
	saved bool
	then  func() // where it leads after it was saved or left; nil for whom it is about
}

// openForm shows a form, or why there is none.
func (h *Home) openForm(e *flow.Entry, err error) { h.openFormThen(e, err, nil) }

// openFormThen shows a form that leads somewhere of its own.
func (h *Home) openFormThen(e *flow.Entry, err error, then func()) {
	if err != nil {
		h.app.tell(err)
		return
	}
	f := &form{home: h, entry: e, side: container.NewStack(), then: then}
	f.view = formview.New(h.app.Print, e.Session, formview.Options{
		Regions: held{f}, Said: e.Said, OnChange: func(string) { f.drawSide() }, OnSubmit: f.onSave,
	})
	h.open(f)
	f.view.Begin()
}

func (f *form) title() string {
	e := f.entry
	if e.New && e.Name != "" {
		return f.home.app.t("agent.form.title.new", "form", e.Session.Form().Title.In(f.home.app.Print), "village", e.Name)
	}
	if e.New {
		return f.home.app.t("agent.form.title.new", "form", e.Session.Form().Title.In(f.home.app.Print), "village", e.Village.Name)
	}
	return f.home.app.t("agent.form.title.edit", "name", e.Name)
}

func (f *form) object() fyne.CanvasObject {
	h := f.home
	save := widget.NewButton(h.app.t("agent.form.save"), widget.Primary, nil, f.onSave)
	f.drawSide()
	questions := layout.Insets(theme.S2, "", f.view) // with the space inside the view as wide as that of a pane
	return layout.Page(h.backHeader(f.title(), save), split(questions, pane(f.side)), nil)
}

// drawSide shows what is still wrong, and the text that the person agrees to.
func (f *form) drawSide() {
	a := f.home.app
	var blocks, looks []fyne.CanvasObject
	for _, p := range f.entry.Problems() {
		jump := widget.NewButton(a.t("agent.form.jump"), widget.Plain, nil, func() { f.view.Focus(p.Path) })
		if p.Blocks {
			blocks = append(blocks, layout.Row(theme.S2, layout.Grow(widget.NewText(problemText(a, p))), jump))
		} else {
			looks = append(looks, widget.NewText(p.Text).In(theme.Text, theme.Amber))
		}
	}
	out := []fyne.CanvasObject{}
	if len(blocks) == 0 {
		out = append(out, widget.NewBanner(widget.Well, a.t("agent.form.fine"), ""))
	} else {
		out = append(out, widget.NewCard(a.t("agent.form.problems", "n", a.Print.Number(int64(len(blocks)))), layout.Stack("", blocks...)))
	}
	if len(looks) > 0 {
		out = append(out, widget.NewCard(a.t("agent.form.look"), layout.Stack(theme.S2, looks...)))
	}
	var wording []fyne.CanvasObject
	for _, c := range f.entry.Session.Form().Consents {
		if text := f.entry.Wording(a.ctx, c.Purpose); text != "" {
			wording = append(wording, widget.NewText(text).In(theme.Small, theme.Ink))
		}
	}
	if len(wording) > 0 {
		wording = append(wording, widget.NewNote(a.t("agent.form.wording.paper")))
		out = append(out, widget.NewCard(a.t("agent.form.wording"), layout.Stack(theme.S3, wording...)))
	}
	f.side.Objects = []fyne.CanvasObject{layout.Stack(theme.S4, out...)}
	f.side.Refresh()
}

// problemText names the field only: what is wrong stands beside it.
func problemText(a *App, p flow.Problem) string {
	if p.Label == "" {
		return p.Text
	}
	return p.Label
}

func (f *form) onSave() {
	h := f.home
	if !f.view.Check() {
		f.drawSide()
		return
	}
	id, receipt, err := f.entry.Save(h.app.ctx)
	if errors.Is(err, flow.Blocked) {
		f.drawSide()
		return
	}
	if err != nil {
		h.app.tell(err)
		return
	}
	f.saved = true
	if f.entry.Number != "" {
		f.registered(id)
		return
	}
	told, err := h.desk.OfReceipt(h.app.ctx, receipt)
	f.show(newPerson(h, id))
	h.refresh()
	h.toast.Tell(f.done())
	if err == nil && len(told) > 0 {
		h.toast.Tell(told[0].Sentence)
	}
}

// registered shows a demand that was just registered, and above it the number that the person takes home.
func (f *form) registered(id ident.Record) {
	h, a := f.home, f.home.app
	f.show(newDemand(h, id))
	h.refresh()
	card, err := widget.NewReceiptCard(widget.Receipt{
		Label: a.t("agent.receipt.number"), Number: f.entry.Number.String(), Next: f.entry.Next(), Notes: []string{a.t("agent.receipt.keep")},
	})
	if err != nil {
		a.tell(err)
		return
	}
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("agent.receipt.told"), widget.Primary, nil, func() { sheet.Close() })
	sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(a.t("agent.receipt.title")), card, layout.Row("", layout.Gap(), shut)))
	sheet.Open(a.canvas)
	a.focus(shut)
}

func (f *form) done() string {
	name := f.entry.Session.Value("head_name").Text()
	if name == "" {
		name = f.entry.Session.Value("name").Text()
	}
	if name == "" {
		name = f.entry.Name // of whom it is about
	}
	if f.entry.New {
		return f.home.app.t("agent.form.saved.new", "name", name)
	}
	return f.home.app.t("agent.form.saved.edit", "name", name)
}

// show leads on after it was saved.
func (f *form) show(p page) {
	if f.then != nil {
		f.then()
		return
	}
	f.home.open(p)
}

// back leads to where the form came from.
func (f *form) back() {
	if f.then != nil {
		f.then()
		return
	}
	f.home.again()
}

// refresh leaves the form as it is: what was seen when it was opened is what it is compared with.
func (f *form) refresh() {}

// leave asks before what was typed is lost.
func (f *form) leave(on func()) {
	if f.saved || !f.entry.Changed() {
		on()
		return
	}
	a := f.home.app
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.form.leave.title"), Text: a.t("agent.form.leave.text"), Keeps: a.t("agent.form.leave.keeps"),
		Deed: a.t("agent.form.leave.deed"), Final: true,
	}, on).Open(a.canvas)
}

// held lets a form name its village; a record stays in its village, so another one cannot be chosen.
type held struct{ form *form }

// Name returns the place of a code.
func (h held) Name(code string) string { return h.form.home.desk.Regions.PathName(region.Code(code)) }

// Pick tells why the village stays.
func (h held) Pick(string, func(string)) {
	h.form.home.toast.Tell(h.form.home.app.t("agent.region.held"))
}
