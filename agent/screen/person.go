// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// person is one household or merchant.
type person struct {
	home *Home
	id   ident.Record
	body *fyne.Container
	left *widget.TouchScroll
}

func newPerson(h *Home, id ident.Record) *person {
	return &person{home: h, id: id, body: container.NewStack()}
}

func (p *person) object() fyne.CanvasObject {
	p.draw()
	return p.body
}

func (p *person) draw() {
	h := p.home
	x, err := h.desk.Detail(h.app.ctx, p.id)
	if err != nil {
		p.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil)}
		p.body.Refresh()
		return
	}
	edit := widget.NewButton(h.app.t("agent.detail.edit"), widget.Primary, fynetheme.DocumentCreateIcon(), p.onEdit)
	ask := widget.NewButton(h.app.t("agent.new.demand"), widget.Secondary, nil, p.onDemand)
	header := h.backHeader(x.Title, append(h.app.tags(x.Marks), cardAction(h, p.id), ask, edit)...)
	at := float32(0)
	if p.left != nil {
		at = p.left.Offset()
	}
	p.left = pane(p.drawLeft(x))
	right := pane(p.drawRight(x))
	p.body.Objects = []fyne.CanvasObject{layout.Page(header, split(p.left, right), nil)}
	p.body.Refresh()
	p.left.ScrollTo(at)
}

// drawLeft shows what was said differently, then everything that is registered.
func (p *person) drawLeft(x *flow.Detail) fyne.CanvasObject {
	a := p.home.app
	out := said(x.Outcomes)
	if len(x.Totals) > 0 {
		out = append(out, widget.NewCard("", amounts(x.Totals)))
	}
	for _, s := range x.Sections {
		out = append(out, widget.NewCard(s.Title, a.facts(s.Facts)))
	}
	return layout.Stack(theme.S4, out...)
}

// drawRight shows where it lies, the members, the demands and what stood before.
func (p *person) drawRight(x *flow.Detail) fyne.CanvasObject {
	a := p.home.app
	place := []flow.Fact{{Label: a.t("agent.village"), Value: x.Village}}
	if x.Plate != "" {
		place = append(place, flow.Fact{Label: a.t("agent.column.plate"), Value: x.Plate})
	}
	out := []fyne.CanvasObject{widget.NewCard("", a.facts(place))}
	if card := newFiles(p.home, x.Files, p.draw).object(); card != nil {
		out = append(out, card)
	}
	if len(x.Members) > 0 {
		out = append(out, widget.NewCard(a.t("agent.detail.members"), a.facts(x.Members)))
	}
	if len(x.Demands) > 0 {
		var rows []fyne.CanvasObject
		for _, d := range x.Demands {
			open := widget.NewButton(d.Asked+" · "+d.State, widget.Secondary, nil, func() { p.home.open(newDemand(p.home, d.ID)) })
			rows = append(rows, open)
		}
		out = append(out, widget.NewCard(a.t("agent.detail.demands"), layout.Stack(theme.S2, rows...)))
	}
	if len(x.Past) > 0 {
		events := make([]widget.Event, len(x.Past))
		for i, t := range x.Past {
			events[i] = widget.Event{When: t.When, What: t.Title + a.t("agent.colon") + t.Text, Who: t.Who}
		}
		out = append(out, widget.NewCard(a.t("agent.detail.past"), widget.NewTimeline(events...)))
	}
	return layout.Stack(theme.S4, out...)
}

func (p *person) onEdit() {
	e, err := p.home.desk.Edit(p.home.app.ctx, p.id)
	p.home.openForm(e, err)
}

func (p *person) onDemand() {
	e, err := p.home.desk.NewDemand(p.home.app.ctx, p.id)
	p.home.openForm(e, err)
}

func (p *person) refresh() { p.draw() }

func (p *person) leave(on func()) { on() }
