// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/agent/flow"
	"yuexin/shared/credit/forms"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/uikit/formview"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// form is something being filled in.
type form struct {
	home  *Home
	entry *flow.Entry
	view  *formview.View
	side  *fyne.Container
	saved bool

	drawn   bool                     // the side shows told
	told    string                   // to draw the side anew only when that changes
	reasons map[string]*widget.Entry // why a warning is passed over, by what it says; in the side
	keeping bool                     // a part of the draft is on its way to the disk
	more    bool                     // something changed since
	lost    bool                     // the last piece could not be kept, and that was told

	origin func()                // leads back; nil for the list
	then   func(id ident.Record) // shows what was saved
}

// openForm shows a form, or why there is none.
func (h *Home) openForm(e *flow.Entry, err error) { h.openFormOf(e, err, nil, nil) }

// openFormThen shows a form that leads back to where it was opened, saved or not.
func (h *Home) openFormThen(e *flow.Entry, err error, back func()) {
	h.openFormOf(e, err, back, func(ident.Record) { back() })
}

// openFormOf is openForm with the way back, and what to show after saving; nil for the list, and for the person.
func (h *Home) openFormOf(e *flow.Entry, err error, back func(), then func(id ident.Record)) {
	if err != nil {
		h.app.tell(err)
		return
	}
	f := &form{home: h, entry: e, side: container.NewStack(), reasons: map[string]*widget.Entry{}, origin: back, then: then}
	if then == nil {
		f.then = func(id ident.Record) { h.open(newPerson(h, id)) }
	}
	f.view = formview.New(h.app.Print, e.Session, formview.Options{
		Regions: held{f}, Capture: taker{f}, Canvas: h.app.canvas, Said: e.Said, OnChange: func(string) { f.changed() }, OnSubmit: f.onSave,
	})
	h.open(f)
	f.view.Begin()
	if e.Resumed {
		h.toast.Tell(h.app.t("agent.form.resumed"))
	}
}

// changed keeps the draft and draws the side anew.
func (f *form) changed() {
	f.keep()
	f.drawSide()
}

// keep hands what changed to the disk, beside the UI goroutine, one piece after the other: no key waits for it.
func (f *form) keep() {
	if f.keeping {
		f.more = true
		return
	}
	work := f.entry.Keep()
	if work == nil {
		return
	}
	f.keeping = true
	var err error
	f.home.app.Work(func() { err = work(f.home.app.ctx) }, func() {
		f.keeping = false
		if err != nil && !f.lost {
			f.home.app.tell(err) // once is enough: it may fail for every key
		}
		f.lost = err != nil
		if f.more {
			f.more = false
			f.keep()
		}
	})
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
	deeds := []fyne.CanvasObject{widget.NewButton(h.app.t("agent.form.save"), widget.Primary, nil, f.onSave)}
	if f.entry.Resumed {
		deeds = append([]fyne.CanvasObject{widget.NewButton(h.app.t("agent.form.discard"), widget.Secondary, nil, f.onDiscard)}, deeds...)
	}
	f.drawSide()
	questions := layout.Insets(theme.S2, "", f.view) // with the space inside the view as wide as that of a pane
	return layout.Page(h.backHeader(f.title(), deeds...), split(questions, pane(f.side)), nil)
}

// problemsShown is how many of what has to be corrected are listed; with many rows there may be thousands.
const problemsShown = 12

// drawSide shows what is still wrong, what wants a reason, what will be reviewed, and the text that the person agrees to.
func (f *form) drawSide() {
	a := f.home.app
	problems := f.entry.Problems()
	var told strings.Builder
	for _, p := range problems {
		told.WriteString(string(p.Level) + p.Path + p.Text)
	}
	if f.drawn && told.String() == f.told {
		return
	}
	f.drawn, f.told = true, told.String()
	clear(f.reasons)
	var blocks, looks, flags []fyne.CanvasObject
	for _, p := range problems {
		switch p.Level {
		case forms.Block:
			jump := widget.NewButton(a.t("agent.form.jump"), widget.Plain, nil, func() { f.view.Focus(p.Path) })
			if len(blocks) < problemsShown {
				blocks = append(blocks, layout.Row(theme.S2, layout.Grow(widget.NewText(problemText(a, p))), jump))
			}
		case forms.Warn:
			looks = append(looks, f.look(p))
		default:
			flags = append(flags, widget.NewText(p.Text))
		}
	}
	n := len(problems) - len(looks) - len(flags)
	if rest := n - len(blocks); rest > 0 {
		blocks = append(blocks, widget.NewNote(a.t("agent.form.more", "n", a.Print.Number(int64(rest)))))
	}
	out := []fyne.CanvasObject{}
	switch {
	case n == 0 && len(looks) == 0:
		out = append(out, widget.NewBanner(widget.Well, a.t("agent.form.fine"), ""))
	case n == 0:
		out = append(out, widget.NewBanner(widget.Look, a.t("agent.form.explain"), ""))
	default:
		out = append(out, widget.NewCard(a.t("agent.form.problems", "n", a.Print.Number(int64(n))), layout.Stack("", blocks...)))
	}
	if len(looks) > 0 {
		out = append(out, widget.NewCard(a.t("agent.form.look"), layout.Stack(theme.S4, looks...)))
	}
	if len(flags) > 0 {
		out = append(out, widget.NewCard(a.t("agent.form.flags"), layout.Stack(theme.S2, flags...)))
	}
	if wording := f.wording(); len(wording) > 0 {
		out = append(out, widget.NewCard(a.t("agent.form.wording"), layout.Stack(theme.S3, wording...)))
	}
	f.side.Objects = []fyne.CanvasObject{layout.Stack(theme.S4, out...)}
	f.side.Refresh()
}

// look asks why a warning is passed over.
func (f *form) look(p flow.Problem) fyne.CanvasObject {
	a := f.home.app
	reason := widget.NewEntry("")
	reason.SetText(p.Reason)
	field := widget.NewField(a.t("agent.form.reason.ask"), a.t("field.required"), "", reason)
	reason.OnChanged = func(text string) {
		f.entry.Explain(p, text)
		field.SetRefusal("", "")
		f.keep()
	}
	f.reasons[p.Path+p.Text] = reason
	words := layout.Row(theme.S2, layout.Grow(widget.NewText(p.Text).In(theme.Text, theme.Amber)),
		widget.NewButton(a.t("agent.form.jump"), widget.Plain, nil, func() { f.view.Focus(p.Path) }))
	return layout.Stack(theme.S1, words, field)
}

// wording is the texts of the consents that the form asks for.
func (f *form) wording() []fyne.CanvasObject {
	a := f.home.app
	var out []fyne.CanvasObject
	for _, c := range f.entry.Session.Form().Consents {
		if text := f.entry.Wording(a.ctx, c.Purpose); text != "" {
			out = append(out, widget.NewText(text).In(theme.Small, theme.Ink))
		}
	}
	if len(out) > 0 {
		out = append(out, widget.NewNote(a.t("agent.form.wording.paper")))
	}
	return out
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
	switch {
	case errors.Is(err, flow.Blocked):
		f.drawSide()
		return
	case errors.Is(err, flow.Unexplained):
		f.askReason(err)
		return
	case err != nil:
		h.app.tell(err)
		return
	}
	f.saved = true
	if f.entry.Number != "" {
		f.registered(id)
		return
	}
	told, err := h.desk.OfReceipt(h.app.ctx, receipt)
	f.then(id)
	h.refresh()
	h.toast.Tell(f.done())
	if err == nil && len(told) > 0 {
		h.toast.Tell(told[0].Sentence)
	}
}

// askReason puts the cursor where a reason is missing.
func (f *form) askReason(err error) {
	a := f.home.app
	f.drawn = false
	f.drawSide()
	for _, p := range f.entry.Problems() {
		if reason := f.reasons[p.Path+p.Text]; reason != nil && p.Reason == "" {
			a.focus(reason)
			break
		}
	}
	message, hint := a.Print.Explain(err)
	f.home.toast.Tell(message + hint)
}

// onDiscard begins anew with what is registered.
func (f *form) onDiscard() {
	a := f.home.app
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.form.discard.title"), Text: a.t("agent.form.discard.text"), Keeps: a.t("agent.form.leave.keeps"),
		Deed: a.t("agent.form.discard"), Final: true,
	}, func() {
		e, err := f.entry.Anew(a.ctx)
		f.saved = err == nil
		f.home.openFormOf(e, err, f.origin, f.then)
	}).Open(a.canvas)
}

// registered shows a demand that was just registered, and above it the number that the person takes home.
func (f *form) registered(id ident.Record) {
	h, a := f.home, f.home.app
	if f.origin != nil {
		f.then(id)
	} else {
		h.open(newDemand(h, id))
	}
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
	a, session := f.home.app, f.entry.Session
	for _, path := range []string{"head_name", "name", "pond_name"} {
		name := session.Value(path).Text()
		switch {
		case name != "" && f.entry.New:
			return a.t("agent.form.saved.new", "name", name)
		case name != "":
			return a.t("agent.form.saved.edit", "name", name)
		}
	}
	if name := f.entry.Name; name != "" && !f.entry.New { // of whom it is about
		return a.t("agent.form.saved.edit", "name", name)
	}
	return a.t("agent.survey.saved", "name", session.Form().Title.In(a.Print))
}

// back leads to where the form came from.
func (f *form) back() {
	if f.origin != nil {
		f.origin()
		return
	}
	f.home.again()
}

// refresh leaves the form as it is: what was seen when it was opened is what it is compared with.
func (f *form) refresh() {}

// leave keeps what was typed: it is found again under what is unfinished.
func (f *form) leave(on func()) {
	if f.saved {
		on()
		return
	}
	a := f.home.app
	if !f.entry.Changed() {
		_ = f.entry.Drop(a.ctx) // nothing that anybody typed would be lost with it
		on()
		return
	}
	if err := f.entry.Leave(a.ctx); err != nil {
		widget.NewConfirmSheet(a.Print, widget.Question{
			Title: a.t("agent.form.leave.title"), Text: a.t("agent.form.leave.text"), Keeps: a.t("agent.form.leave.keeps"),
			Deed: a.t("agent.form.leave.deed"), Final: true,
		}, on).Open(a.canvas)
		return
	}
	on()
	if a.home == f.home {
		f.home.toast.Tell(a.t("agent.form.kept"))
		f.home.refresh() // the menu counts it
	}
}

// actions is what can be done with a form.
func (f *form) actions() []action {
	return []action{{text: "agent.form.save", keys: ctrl(fyne.KeyS), do: f.onSave}}
}

// unfinished says whether something was typed that is not saved.
func (f *form) unfinished() bool { return !f.saved && f.entry.Changed() }

// moveTo goes on in another home.
func (f *form) moveTo(h *Home) { f.home = h }

// held lets a form name its village; a record stays in its village, so another one cannot be chosen.
type held struct{ form *form }

// Name returns the place of a code.
func (h held) Name(code string) string { return h.form.home.desk.Regions.PathName(region.Code(code)) }

// Pick tells why the village stays.
func (h held) Pick(string, func(string)) {
	h.form.home.toast.Tell(h.form.home.app.t("agent.region.held"))
}
