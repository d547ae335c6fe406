// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// person is one household or merchant: all that is known, in numbered parts on one page, with what is most asked for
// beside them.
type person struct {
	home   *Home
	id     ident.Record
	detail *flow.Detail
	body   *fyne.Container
	left   *widget.TouchScroll
	tops   []fyne.CanvasObject // where the parts begin
}

func newPerson(h *Home, id ident.Record) *person {
	return &person{home: h, id: id, body: container.NewStack()}
}

func (p *person) object() fyne.CanvasObject {
	p.draw()
	return p.body
}

// actions is what can be done with a household or merchant. What opens a way for one of them is a line here.
func (p *person) actions() []action {
	table := []action{
		{text: "agent.today.begin", keys: ctrl(fyne.KeyB), do: p.onVisit, place: onPage},
		{text: "agent.new.demand", keys: ctrl(fyne.KeyD), do: p.onDemand, place: onPage},
		{text: "agent.detail.edit", keys: ctrl(fyne.KeyE), icon: fynetheme.DocumentCreateIcon(), do: p.onEdit, place: asMain},
	}
	if p.detail == nil {
		return table
	}
	if p.detail.Kind == subject.KindHousehold {
		table = append(table, cardAction(p.home, p.id), pointAction(p.home, p.id), plateAction(p.home, p.id))
	}
	if p.detail.Cards > 0 {
		table = append(table, action{text: "agent.person.cards.key", keys: ctrl(fyne.KeyK), do: p.onCards})
	}
	for i, part := range flow.Parts(p.detail.Kind) {
		table = append(table, action{text: part.Key(), keys: alt(fyne.KeyName('0' + rune((i+1)%10))), do: func() { p.onPart(i) }})
	}
	return append(table,
		action{text: "agent.keys.up", keys: key(fyne.KeyPageUp), do: func() { p.turn(-1) }},
		action{text: "agent.keys.down", keys: key(fyne.KeyPageDown), do: func() { p.turn(1) }})
}

func (p *person) draw() {
	h := p.home
	x, err := h.desk.Detail(h.app.ctx, p.id)
	if err != nil {
		p.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil)}
		p.body.Refresh()
		return
	}
	p.detail = x
	header := h.backHeader(x.Title, append(h.app.tags(x.Marks), h.buttons(p.actions())...)...)
	at := float32(0)
	if p.left != nil {
		at = p.left.Offset()
	}
	p.left = pane(p.drawParts())
	right := pane(p.drawRight())
	page := layout.Page(layout.Insets(theme.S5, theme.S2, p.drawBar()), split(p.left, right), nil)
	p.body.Objects = []fyne.CanvasObject{layout.Page(header, page, nil)}
	p.body.Refresh()
	p.left.ScrollTo(at)
}

// drawBar draws a button for each part, with the figure that its key has.
func (p *person) drawBar() fyne.CanvasObject {
	var row []fyne.CanvasObject
	for i, part := range flow.Parts(p.detail.Kind) {
		text := strconv.Itoa((i+1)%10) + " " + p.home.app.t(part.Key())
		row = append(row, widget.NewButton(text, widget.Plain, nil, func() { p.onPart(i) }))
	}
	return layout.Row("", append(row, layout.Gap())...)
}

// drawParts draws all parts below one another; one that is empty says so.
func (p *person) drawParts() fyne.CanvasObject {
	a := p.home.app
	var out []fyne.CanvasObject
	p.tops = nil
	for i, part := range flow.Parts(p.detail.Kind) {
		cards := p.drawPart(part)
		title := strconv.Itoa((i+1)%10) + " " + a.t(part.Key())
		if len(cards) == 0 {
			title += a.t("agent.colon") + a.t("agent.part.none")
		}
		head := widget.NewText(title).In(theme.Text, theme.Grey)
		p.tops = append(p.tops, head)
		out = append(out, append([]fyne.CanvasObject{head}, cards...)...)
	}
	return layout.Stack(theme.S3, out...)
}

// drawPart draws the cards of a part.
func (p *person) drawPart(part flow.Part) (cards []fyne.CanvasObject) {
	a, x := p.home.app, p.detail
	if part == flow.PartFigures && len(x.Totals) > 0 {
		cards = append(cards, widget.NewCard("", amounts(x.Totals)))
	}
	for _, s := range x.Sections {
		if s.Part == part {
			cards = append(cards, widget.NewCard(s.Title, a.facts(s.Facts)))
		}
	}
	switch part {
	case flow.PartMembers:
		if len(x.Members) > 0 {
			cards = append(cards, widget.NewCard("", a.facts(x.Members)))
		}
	case flow.PartDemands:
		for _, d := range x.Demands {
			cards = append(cards, p.drawDemand(d))
		}
	case flow.PartFiles:
		if card := newFiles(p.home, x.Files, p.draw).object(); card != nil {
			cards = append(cards, card)
		}
		cards = append(cards, newSheets(p.home, p.id, x.Kind, x.Title, p.draw).object())
	case flow.PartHistory:
		cards = append(cards, p.drawStories())
		cards = append(cards, a.timeline("agent.trail.title", x.Traces)...)
	}
	return cards
}

// drawDemand draws a demand with its state, and opens it.
func (p *person) drawDemand(d flow.DemandLine) fyne.CanvasObject {
	a := p.home.app
	tone := widget.Well
	switch {
	case d.Late:
		tone = widget.Bad
	case d.Done:
		tone = widget.Quiet
	}
	row := []fyne.CanvasObject{
		layout.Grow(layout.Stack("", widget.NewText(d.Asked+" · "+d.Purpose), widget.NewNote(d.Receipt+" · "+d.Who))), widget.NewTag(d.State, tone),
	}
	if d.Due != "" {
		row = append(row, widget.NewTag(d.Due, tone))
	}
	open := widget.NewButton(a.t("agent.demand.open"), widget.Secondary, nil, func() { p.home.openOver(newDemand(p.home, d.ID)) })
	return widget.NewCard("", layout.Row(theme.S2, append(row, open)...))
}

// drawStories draws field by field what stands there, who entered it, when and how, and what stood before.
func (p *person) drawStories() fyne.CanvasObject {
	a := p.home.app
	rows := []fyne.CanvasObject{widget.NewNote(a.t("agent.story.why"))}
	for _, s := range p.detail.Stories {
		var said []fyne.CanvasObject
		for i, l := range s.Lines {
			color := theme.Ink
			if i >= s.Before {
				color = theme.Grey
			}
			line := []fyne.CanvasObject{layout.Grow(widget.NewText(l.Value).In(theme.Text, color))}
			if l.Note != "" {
				tone := widget.Quiet
				if s.Disputed && i < s.Before {
					tone = widget.Look
				}
				line = append(line, widget.NewTag(l.Note, tone))
			}
			said = append(said, layout.Row(theme.S2, line...), widget.NewNote(l.Who+" · "+l.When+" · "+l.Source))
		}
		rows = append(rows, widget.NewRule(), layout.Columns(theme.S3,
			layout.Share(1, widget.NewText(s.Label).In(theme.Text, theme.Grey)), layout.Share(3, layout.Stack("", said...))))
	}
	return widget.NewCard("", layout.Stack(theme.S2, rows...))
}

// drawRight shows what is asked for most: where it lies, how to call, what is owed and asked, what is in dispute.
func (p *person) drawRight() fyne.CanvasObject {
	a, x := p.home.app, p.detail
	place := []flow.Fact{{Label: a.t("agent.village"), Value: x.Village}, {Label: a.t("agent.column.place"), Value: x.Place}}
	if x.Plate != "" {
		place = append(place, flow.Fact{Label: a.t("agent.column.plate"), Value: x.Plate})
	}
	if x.Phone != "" {
		place = append(place, flow.Fact{Label: a.t("field.household.phone"), Value: x.Phone})
	}
	out := []fyne.CanvasObject{widget.NewCard("", a.facts(place))}
	out = append(out, said(x.Outcomes)...)
	out = append(append(out, a.flags(x.Flags)...), p.personSurveys())
	if n := x.Cards; n > 0 {
		out = append(out, widget.NewButton(a.t("agent.person.cards", "n", strconv.Itoa(n)), widget.Secondary, nil, p.onCards))
	}
	for _, d := range x.Demands {
		if !d.Done {
			out = append(out, widget.NewButton(d.Asked+" · "+d.State, widget.Secondary, nil, func() { p.home.openOver(newDemand(p.home, d.ID)) }))
		}
	}
	return layout.Stack(theme.S4, out...)
}

// onPart scrolls to where a part begins.
func (p *person) onPart(i int) {
	parts := p.left.Inside().(*fyne.Container).Objects[0] // inside the space around it
	p.left.ScrollTo(parts.Position().Y + p.tops[i].Position().Y - theme.Size(theme.S2))
}

// turn scrolls by most of what is seen.
func (p *person) turn(step float32) {
	p.left.ScrollTo(p.left.Offset() + step*0.9*p.left.Size().Height)
}

func (p *person) onCards() { p.home.openOver(newReviewsOf(p.home, p.id, p.detail.Title)) }

func (p *person) onVisit() {
	if p.detail != nil {
		p.home.openVisitStart(p.id, p.detail.Title)
	}
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
