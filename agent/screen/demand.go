// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/agent/flow"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// demand is one loan demand with its next steps.
type demand struct {
	home   *Home
	id     ident.Record
	detail *flow.DemandDetail
	body   *fyne.Container
	steps  *fyne.Container // the right side
	typing bool            // a step is opened
	left   *widget.TouchScroll
}

func newDemand(h *Home, id ident.Record) *demand {
	return &demand{home: h, id: id, body: container.NewStack(), steps: container.NewStack()}
}

func (d *demand) object() fyne.CanvasObject {
	d.draw()
	return d.body
}

func (d *demand) draw() {
	h := d.home
	x, err := h.desk.Demand(h.app.ctx, d.id)
	if err != nil {
		d.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil)}
		d.body.Refresh()
		return
	}
	d.detail, d.typing = x, false
	tone := widget.Well
	if x.Late {
		tone = widget.Bad
	}
	extra := h.app.tags(x.Marks)
	if x.Due != "" {
		extra = append(extra, widget.NewTag(x.Due, tone))
	}
	header := h.backHeader(x.Applicant+"  "+x.Receipt, extra...)
	d.drawMoves()
	at := float32(0)
	if d.left != nil {
		at = d.left.Offset()
	}
	d.left = pane(d.drawLeft())
	right := pane(d.steps)
	d.body.Objects = []fyne.CanvasObject{layout.Page(header, split(d.left, right), nil)}
	d.body.Refresh()
	d.left.ScrollTo(at)
}

func (d *demand) drawLeft() fyne.CanvasObject {
	a, x := d.home.app, d.detail
	names, at := make([]string, len(x.Steps)), 0
	for i, s := range x.Steps {
		names[i] = s.Name
		if s.Reached {
			at = i
		}
	}
	if last := len(names) - 1; at == last && x.Steps[last].Reached {
		at = len(names)
	}
	out := append(said(x.Said),
		widget.NewCard("", layout.Stack(theme.S4, widget.NewSteps(names, at), amounts(x.Amounts))),
		widget.NewCard(a.t("agent.demand.facts"), a.facts(x.Facts)),
		newSheets(d.home, d.id, lending.KindDemand, x.Applicant, d.draw).object())
	if card := newFiles(d.home, x.Files, d.draw).object(); card != nil {
		out = append(out, card)
	}
	return layout.Stack(theme.S4, append(out, widget.NewCard(a.t("agent.demand.trail"), d.trail()))...)
}

func (d *demand) trail() fyne.CanvasObject {
	a := d.home.app
	events := make([]widget.Event, len(d.detail.Trail))
	for i, t := range d.detail.Trail {
		e := widget.Event{When: t.When + " · " + t.At, What: t.Title, Who: t.Who, Note: t.Told, Tone: widget.Well}
		if t.Text != "" {
			e.What += a.t("agent.colon") + t.Text
		}
		if t.Pending {
			e.What += " · " + a.t(flow.MarkPending.Key())
		}
		if !t.Counted {
			e.Tone = widget.Quiet
		}
		events[i] = e
	}
	return widget.NewTimeline(events...)
}

// drawMoves shows what this person may do next, one line each.
func (d *demand) drawMoves() {
	a, x := d.home.app, d.detail
	d.typing = false
	out := []fyne.CanvasObject{}
	if len(x.Moves) == 0 {
		out = append(out, widget.NewText(a.t("agent.demand.next.none")).In(theme.Text, theme.Grey))
	}
	for i, m := range x.Moves {
		kind := widget.Secondary
		if i == 0 && !m.Ends {
			kind = widget.Primary
		}
		out = append(out, widget.NewButton(m.Title, kind, nil, func() { d.onMove(m) }))
	}
	if !x.Of.IsZero() {
		out = append(out, widget.NewButton(a.t("agent.demand.of"), widget.Plain, nil, func() { d.home.open(newPerson(d.home, x.Of)) }))
	}
	told := widget.NewCard(a.t("agent.demand.told"), widget.NewText(x.Told))
	d.setSteps(layout.Stack(theme.S4, widget.NewCard(a.t("agent.demand.next"), layout.Stack(theme.S2, out...)), told))
}

// actions is what can be done with a demand: its next steps, by figure.
func (d *demand) actions() []action {
	if d.detail == nil {
		return nil
	}
	var table []action
	for i, m := range d.detail.Moves {
		table = append(table, action{name: m.Title, keys: alt(fyne.KeyName('1' + rune(i))), do: func() { d.onMove(m) }})
	}
	if !d.detail.Of.IsZero() {
		table = append(table, action{text: "agent.demand.of", keys: ctrl(fyne.KeyH), do: func() { d.home.openOver(newPerson(d.home, d.detail.Of)) }})
	}
	return table
}

func (d *demand) setSteps(o fyne.CanvasObject) {
	d.steps.Objects = []fyne.CanvasObject{o}
	d.steps.Refresh()
}

// onMove opens a step: the fields it needs, and the sentence that the applicant will read.
func (d *demand) onMove(m flow.Move) {
	a := d.home.app
	d.typing = true
	reason, amount := widget.NewMultiLine("", 3), widget.NewEntry("")
	reasonBox := widget.NewField(a.t("agent.move.note"), a.t("field.optional"), "", reason)
	if m.NeedReason {
		reasonBox = widget.NewField(a.t("agent.move.reason"), a.t("field.required"), a.t("agent.move.reason.help"), reason)
	}
	amountBox := widget.NewField(a.t("agent.move.amount"), a.t("field.required"), a.t("agent.move.amount.help"), amount)
	rows := []fyne.CanvasObject{}
	if m.NeedAmount {
		rows = append(rows, amountBox)
	}
	rows = append(rows, reasonBox, widget.NewBanner(widget.Quiet, a.t("agent.demand.will_read", "sentence", m.Told), ""))
	kind := widget.Primary
	if m.Ends {
		kind = widget.Danger
		rows = append(rows, widget.NewText(a.t("agent.move.final")).In(theme.Text, theme.Alert))
	}
	do := func() { d.onGo(m, reasonBox, amountBox, reason, amount) }
	amount.OnSubmitted = func(string) { do() }
	cancel := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, d.drawMoves)
	deed := widget.NewButton(m.Title, kind, nil, do)
	rows = append(rows, layout.Spread(theme.S3, cancel, deed))
	d.setSteps(layout.Stack(theme.S4, widget.NewCard(m.Title, layout.Stack(theme.S4, rows...))))
	if m.NeedAmount {
		a.focus(amount)
	} else {
		a.focus(reason)
	}
}

func (d *demand) onGo(m flow.Move, reasonBox, amountBox *widget.Field, reason, amount *widget.Entry) {
	h := d.home
	reasonBox.SetRefusal("", "")
	amountBox.SetRefusal("", "")
	_, err := d.detail.Go(h.app.ctx, m.To, reason.Text, amount.Text)
	if err == nil {
		d.draw()
		h.refresh()
		h.toast.Tell(h.app.t("agent.demand.saved", "state", d.detail.State))
		return
	}
	message, hint := h.app.Print.Explain(err)
	switch fault.From(err).Field {
	case "amount":
		amountBox.SetRefusal(message, hint)
		h.app.focus(amount)
	case "reason":
		reasonBox.SetRefusal(message, hint)
		h.app.focus(reason)
	default:
		h.app.tell(err)
	}
}

// refresh leaves an opened step alone: it is checked against what counts when it is made.
func (d *demand) refresh() {
	if !d.typing {
		d.draw()
	}
}

func (d *demand) leave(on func()) { on() }
