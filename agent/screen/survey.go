// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// surveyCard draws the forms that are filled in about somebody or a village: each with what was filled in of it, and a button
// to fill in another.
func (h *Home) surveyCard(surveys []flow.Survey, begin func(form string), back func()) fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for i, p := range surveys {
		key, glyph := "agent.survey.new", fynetheme.ContentAddIcon()
		if len(p.Lines) > 0 {
			key = "agent.survey.more"
		}
		if p.Own {
			glyph = fynetheme.DocumentCreateIcon()
		}
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		rows = append(rows, layout.Row(theme.S2, layout.Grow(widget.NewText(p.Title)),
			widget.NewButton(h.app.t(key), widget.Secondary, glyph, func() { begin(p.Form) })))
		if p.Sum != "" {
			rows = append(rows, widget.NewText(p.Sum).In(theme.Text, theme.Jade))
		}
		for _, l := range p.Lines {
			line := append([]fyne.CanvasObject{layout.Grow(widget.NewText(l.Title).In(theme.Text, theme.Grey))}, h.app.tags(l.Marks)...)
			line = append(line, widget.NewButton(h.app.t("agent.attach.open"), widget.Plain, nil, func() { h.openSurvey(l.ID, back) }))
			rows = append(rows, layout.Row(theme.S2, line...))
		}
	}
	return widget.NewCard(h.app.t("agent.survey.title"), layout.Stack(theme.S2, rows...))
}

// personSurveys draws the forms about a household or merchant.
func (p *person) personSurveys() fyne.CanvasObject {
	h := p.home
	surveys, err := h.desk.Surveys(h.app.ctx, p.id)
	if err != nil {
		return widget.NewFaultBanner(h.app.Print, err)
	}
	back := func() { h.open(newPerson(h, p.id)) }
	return h.surveyCard(surveys, func(form string) {
		e, err := h.desk.NewSurvey(h.app.ctx, form, p.id)
		var then func(ident.Record)
		if err == nil && e.New {
			then = func(id ident.Record) { h.openSurvey(id, back) }
		}
		h.openFormOf(e, err, back, then)
	}, back)
}

// village is what is registered of a village itself.
type village struct {
	home  *Home
	scope ident.Scope
	body  *fyne.Container
}

// openVillage shows the forms of the chosen village, or asks for one.
func (h *Home) openVillage() {
	if h.scope == "" && len(h.villages) != 2 {
		h.pickVillage(func(v flow.Village) { h.open(&village{home: h, scope: v.Scope, body: container.NewStack()}) })
		return
	}
	scope := h.scope
	if scope == "" {
		scope = h.villages[1].Scope
	}
	h.open(&village{home: h, scope: scope, body: container.NewStack()})
}

func (v *village) object() fyne.CanvasObject {
	v.draw()
	return v.body
}

func (v *village) draw() {
	h := v.home
	name := h.desk.Village(h.app.ctx, v.scope).Name
	surveys, err := h.desk.VillageSurveys(h.app.ctx, v.scope)
	back := func() { h.open(&village{home: h, scope: v.scope, body: container.NewStack()}) }
	card := h.surveyCard(surveys, func(form string) {
		e, err := h.desk.NewVillageSurvey(h.app.ctx, form, v.scope)
		h.openFormOf(e, err, back, func(id ident.Record) { h.openSurvey(id, back) })
	}, back)
	if err != nil {
		card = widget.NewFaultBanner(h.app.Print, err)
	}
	board := append([]fyne.CanvasObject{h.wholeCard(v.scope)}, h.boardCards(v.scope, v.draw)...)
	v.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(name+" · "+h.app.t("agent.survey.village")), split(pane(layout.Stack(theme.S4, board...)), pane(layout.Stack(theme.S4, card))), nil)}
	v.body.Refresh()
}

func (v *village) refresh() { v.draw() }

func (v *village) leave(on func()) { on() }

// survey is what was filled in of a form.
type survey struct {
	home *Home
	id   ident.Record
	back func()
	body *fyne.Container
}

func (h *Home) openSurvey(id ident.Record, back func()) {
	h.open(&survey{home: h, id: id, back: back, body: container.NewStack()})
}

func (p *survey) object() fyne.CanvasObject {
	p.draw()
	return p.body
}

func (p *survey) draw() {
	h, a := p.home, p.home.app
	x, err := h.desk.Survey(a.ctx, p.id)
	if err != nil {
		p.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(a.Print, err)), nil)}
		p.body.Refresh()
		return
	}
	edit := widget.NewButton(a.t("agent.detail.edit"), widget.Primary, fynetheme.DocumentCreateIcon(), p.onEdit)
	back := widget.NewButton(a.t("action.back"), widget.Plain, fynetheme.NavigateBackIcon(), p.back)
	title := layout.Row(theme.S2, back, layout.Grow(widget.NewTitle(x.Form+" · "+x.Title)))
	if x.Entry {
		edit = widget.NewButton(a.t("agent.carbon.back"), widget.Secondary, fynetheme.ContentUndoIcon(), p.onTakeBack)
	}
	header := h.header(title, append(a.tags(x.Marks), edit)...)
	left := said(x.Outcomes)
	for _, s := range x.Sections {
		left = append(left, widget.NewCard(s.Title, a.facts(s.Facts)))
	}
	right := []fyne.CanvasObject{widget.NewCard("", a.facts([]flow.Fact{{Label: a.t("agent.village"), Value: x.Village}}))}
	right = append(right, a.flags(x.Flags)...)
	if card := newFiles(h, x.Files, p.draw).object(); card != nil {
		right = append(right, card)
	}
	right = append(right, a.timeline("agent.detail.past", x.Past)...)
	right = append(right, a.timeline("agent.trail.title", x.Traces)...)
	p.body.Objects = []fyne.CanvasObject{layout.Page(header, split(pane(layout.Stack(theme.S4, left...)), pane(layout.Stack(theme.S4, right...))), nil)}
	p.body.Refresh()
}

func (p *survey) onEdit() {
	h := p.home
	e, err := h.desk.EditSurvey(h.app.ctx, p.id)
	again := func(id ident.Record) { h.openSurvey(id, p.back) }
	h.openFormOf(e, err, func() { again(p.id) }, again)
}

// onTakeBack takes an entry of a carbon account back, once asked again.
func (p *survey) onTakeBack() {
	h, a := p.home, p.home.app
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.carbon.back.ask"), Text: a.t("agent.carbon.back.text"), Keeps: a.t("agent.carbon.back.keeps"), Deed: a.t("agent.carbon.back"), Final: true,
	}, func() {
		if err := h.desk.TakeBack(a.ctx, p.id); err != nil {
			a.tell(err)
			return
		}
		h.refresh()
		p.back()
	}).Open(a.canvas)
}

func (p *survey) refresh() { p.draw() }

func (p *survey) leave(on func()) { on() }

// flags lists what is to be reviewed.
func (a *App) flags(flags []string) []fyne.CanvasObject {
	if len(flags) == 0 {
		return nil
	}
	var rows []fyne.CanvasObject
	for _, text := range flags {
		rows = append(rows, widget.NewText(text).In(theme.Text, theme.Amber))
	}
	return []fyne.CanvasObject{widget.NewCard(a.t("agent.survey.flags"), layout.Stack(theme.S2, rows...))}
}

// timeline is a card of what happened; none without any.
func (a *App) timeline(title string, trail []flow.Trail) []fyne.CanvasObject {
	if len(trail) == 0 {
		return nil
	}
	events := make([]widget.Event, len(trail))
	for i, t := range trail {
		events[i] = widget.Event{When: t.When, What: t.Title + a.t("agent.colon") + t.Text, Who: t.Who}
	}
	return []fyne.CanvasObject{widget.NewCard(a.t(title), widget.NewTimeline(events...))}
}

// begun lists the forms that were begun and not saved.
type begun struct {
	home *Home
	body *fyne.Container
}

func (h *Home) onBegun() {
	h.page.leave(func() { h.open(&begun{home: h, body: container.NewStack()}) })
}

func (b *begun) object() fyne.CanvasObject {
	b.draw()
	return b.body
}

func (b *begun) draw() {
	h, a := b.home, b.home.app
	list, err := h.desk.Begun(a.ctx)
	var cards []fyne.CanvasObject
	if err != nil {
		cards = append(cards, widget.NewFaultBanner(a.Print, err))
	} else if len(list) == 0 {
		cards = append(cards, widget.NewText(a.t("agent.begun.none")).In(theme.Text, theme.Grey))
	}
	for _, one := range list {
		drop := widget.NewButton(a.t("agent.begun.drop"), widget.Secondary, nil, func() { b.onDrop(one) })
		on := widget.NewButton(a.t("agent.begun.go"), widget.Primary, nil, func() { b.onResume(one) })
		cards = append(cards, widget.NewCard(one.Title, layout.Row(theme.S2, layout.Grow(widget.NewNote(one.When)), drop, on)))
	}
	b.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(a.t("agent.begun.title")), layout.Insets(theme.S3, "", pane(layout.Stack(theme.S4, cards...))), nil)}
	b.body.Refresh()
}

func (b *begun) onResume(one flow.Begun) {
	h := b.home
	e, err := h.desk.Resume(h.app.ctx, h.app.Tray, one)
	back := func() { h.open(&begun{home: h, body: container.NewStack()}) }
	var then func(ident.Record)
	if !one.OfPerson() {
		then = func(id ident.Record) { h.openSurvey(id, h.list) }
	}
	h.openFormOf(e, err, back, then)
}

func (b *begun) onDrop(one flow.Begun) {
	h, a := b.home, b.home.app
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.begun.ask"), Text: one.Title + a.t("agent.colon") + a.t("agent.begun.ask.text"), Keeps: a.t("agent.form.leave.keeps"),
		Deed: a.t("agent.begun.drop"), Final: true,
	}, func() {
		if err := h.desk.GiveUp(a.ctx, one); err != nil {
			a.tell(err)
			return
		}
		h.refresh()
		b.draw()
	}).Open(a.canvas)
}

func (b *begun) refresh() { b.draw() }

func (b *begun) leave(on func()) { on() }

// begunItem is the line of the menu that leads to what is unfinished; none without any.
func (h *Home) begunItem() []fyne.CanvasObject {
	if h.begun == 0 {
		return nil
	}
	return []fyne.CanvasObject{newMenuItem(h.app.t("agent.begun.title"), "", fmt.Sprint(h.begun), false, h.onBegun)}
}

// flagged lists what forms left for review.
func (r *reviews) flagged() ([]fyne.CanvasObject, error) {
	h := r.home
	list, err := h.desk.Flagged(h.app.ctx, h.scope)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	cards := []fyne.CanvasObject{widget.NewTitle(h.app.t("agent.review.flagged"))}
	for _, one := range list {
		var rows []fyne.CanvasObject
		for _, text := range one.Flags {
			rows = append(rows, widget.NewText(text).In(theme.Text, theme.Amber))
		}
		look := widget.NewButton(h.app.t("agent.review.open"), widget.Secondary, nil, func() {
			if one.OfPerson {
				h.open(newPerson(h, one.ID))
				return
			}
			h.openSurvey(one.ID, h.list)
		})
		cards = append(cards, widget.NewCard(one.Title, layout.Stack(theme.S2, append(rows, layout.Row("", layout.Gap(), look))...)))
	}
	return cards, nil
}
