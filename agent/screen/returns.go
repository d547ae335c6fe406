// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// returns is the tray: what the server did not accept.
type returns struct {
	home *Home
	body *fyne.Container

	typing bool // a reason is being typed
}

func newReturns(h *Home) *returns { return &returns{home: h, body: container.NewStack()} }

func (r *returns) object() fyne.CanvasObject {
	h := r.home
	r.draw()
	tools := layout.Row(theme.S4, h.tabBar(), layout.Gap())
	page := layout.Page(layout.Insets(theme.S5, theme.S3, tools), layout.Insets(theme.S3, "", r.body), nil)
	return layout.Page(h.header(widget.NewTitle(h.village().Name)), page, nil)
}

func (r *returns) draw() {
	a := r.home.app
	list, err := r.home.desk.Returns(a.ctx, a.Tray)
	var damaged []flow.Broken
	if err == nil {
		damaged, err = r.home.desk.Broken(a.ctx, a.Tray)
	}
	switch {
	case err != nil:
		r.body.Objects = []fyne.CanvasObject{pane(widget.NewFaultBanner(a.Print, err))}
	case len(list)+len(damaged) == 0:
		empty := widget.NewEmptyState(fynetheme.ConfirmIcon(), a.t("agent.empty.returns"), a.t("agent.empty.returns.why"), nil)
		r.body.Objects = []fyne.CanvasObject{layout.Insets(theme.S3, theme.S4, widget.NewPanel(theme.Paper, theme.Line, theme.Round, empty))}
	default:
		var cards []fyne.CanvasObject
		for _, one := range damaged {
			cards = append(cards, r.broken(one))
		}
		for _, one := range list {
			cards = append(cards, r.card(one))
		}
		r.body.Objects = []fyne.CanvasObject{pane(layout.Stack(theme.S4, cards...))}
	}
	r.body.Refresh()
}

// card shows one group: what it was about, why it came back, and what may be done.
func (r *returns) card(one flow.Return) fyne.CanvasObject {
	a := r.home.app
	rows := []fyne.CanvasObject{widget.NewBanner(widget.Bad, one.Reason, one.Hint)}
	if one.More > 0 {
		rows = append(rows, widget.NewText(a.t("agent.tray.more", "n", fmt.Sprint(one.More))).In(theme.Text, theme.Amber))
	}
	if len(one.Fields) > 0 {
		rows = append(rows, widget.NewNote(a.t("agent.tray.wrote")), a.facts(one.Fields))
	}
	deeds := []fyne.CanvasObject{widget.NewNote(one.When), layout.Gap()}
	deeds = append(deeds, widget.NewButton(a.t("agent.tray.give_up"), widget.Secondary, nil, func() { r.onGiveUp(one) }))
	if one.Correctable {
		deeds = append(deeds, widget.NewButton(a.t("agent.tray.correct"), widget.Primary, nil, func() { r.onCorrect(one) }))
	}
	if !one.Demand.IsZero() {
		deeds = append(deeds, widget.NewButton(a.t("agent.demand.open"), widget.Primary, nil, func() { r.home.open(newDemand(r.home, one.Demand)) }))
	}
	rows = append(rows, layout.Row(theme.S2, deeds...))
	return widget.NewCard(one.Title, layout.Stack(theme.S3, rows...))
}

func (r *returns) onCorrect(one flow.Return) {
	e, err := r.home.desk.Correct(r.home.app.ctx, r.home.app.Tray, one)
	r.home.openForm(e, err)
}

func (r *returns) onGiveUp(one flow.Return) {
	a := r.home.app
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.tray.ask.title"), Text: a.t("agent.tray.ask.text", "title", one.Title), Keeps: a.t("agent.tray.ask.keeps"),
		Deed: a.t("agent.tray.ask.deed"), Final: true,
	}, func() {
		if err := one.GiveUp(a.ctx, a.Tray); err != nil {
			a.tell(err)
			return
		}
		r.home.again()
		r.home.toast.Tell(a.t("agent.tray.gone"))
	}).Open(a.canvas)
}

func (r *returns) refresh() {
	if !r.typing {
		r.draw()
	}
}

func (r *returns) leave(on func()) { on() }
