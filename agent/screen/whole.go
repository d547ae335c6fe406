// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// wholePage is the page of a village's whole-village credit: how many households are how far, and each with what can be done.
type wholePage struct {
	home  *Home
	scope ident.Scope
	body  *fyne.Container
	page  *flow.WholePage
}

func newWholePage(h *Home, scope ident.Scope) *wholePage {
	return &wholePage{home: h, scope: scope, body: container.NewStack()}
}

// wholeCard is the way from a village's page to its whole-village credit.
func (h *Home) wholeCard(scope ident.Scope) fyne.CanvasObject {
	a := h.app
	open := widget.NewButton(a.t("agent.whole.open"), widget.Secondary, nil, func() { h.openOver(newWholePage(h, scope)) })
	return widget.NewCard(a.t("agent.whole.title"), layout.Row(theme.S2, layout.Grow(widget.NewNote(a.t("agent.whole.about"))), open))
}

func (p *wholePage) object() fyne.CanvasObject {
	p.draw()
	return p.body
}

func (p *wholePage) draw() {
	h := p.home
	var err error
	if p.page, err = h.desk.Whole(h.app.ctx, p.scope); err != nil {
		p.show(layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil))
		return
	}
	title := h.app.t("agent.whole.of", "village", p.page.Name, "year", fmt.Sprint(p.page.Year))
	if p.page.Year == 0 {
		none := widget.NewBanner(widget.Quiet, h.app.t("wholevillage.year"), h.app.t("wholevillage.year.hint"))
		p.show(layout.Page(h.backHeader(p.page.Name+" · "+h.app.t("agent.whole.title")), layout.Inset(theme.S5, none), nil))
		return
	}
	p.show(layout.Page(h.backHeader(title), split(pane(p.cases()), pane(p.steps())), nil))
}

func (p *wholePage) show(o fyne.CanvasObject) {
	p.body.Objects = []fyne.CanvasObject{o}
	p.body.Refresh()
}

// steps shows how far the village is, and what can be done for all of it.
func (p *wholePage) steps() fyne.CanvasObject {
	a := p.home.app
	cards := []fyne.CanvasObject{widget.NewCard(a.t("agent.whole.steps"), a.facts(p.page.Steps))}
	for _, deed := range p.page.Deeds {
		button := widget.NewButton(a.t("agent.whole."+deed.Deed), widget.Primary, nil, func() { p.ask(nil, deed) })
		cards = append(cards, widget.NewCard("", layout.Stack(theme.S3, widget.NewText(a.t("agent.whole."+deed.Deed+".about")), layout.Row("", layout.Gap(), button))))
	}
	if len(p.page.Papers) > 0 {
		rows := layout.Stack(theme.S2)
		for _, paper := range p.page.Papers {
			rows.Add(widget.NewButton(paper.Name, widget.Secondary, fynetheme.DocumentPrintIcon(), func() { p.print(paper) }))
		}
		cards = append(cards, widget.NewCard(a.t("agent.whole.papers"), rows))
	}
	return layout.Stack(theme.S4, cards...)
}

// print hands a paper to the printer, or to a file where there is none.
func (p *wholePage) print(paper flow.WholePaper) {
	a := p.home.app
	var page bytes.Buffer
	var err error
	printed := false
	a.Work(func() {
		if err = paper.Write(&page); err == nil && a.Printer != nil {
			printed = a.Printer(a.ctx, page.Bytes()) == nil
		}
	}, func() {
		switch {
		case err != nil:
			a.tell(err)
		case printed:
			p.home.toast.Tell(a.t("agent.card.printed"))
		default:
			a.saveAs(p.page.Name+" "+paper.Name+".pdf", page.Bytes(), func() { p.home.toast.Tell(a.t("agent.whole.saved")) })
		}
	})
}

// cases lists the households, those with something to do first.
func (p *wholePage) cases() fyne.CanvasObject {
	a := p.home.app
	rows := layout.Stack(theme.S3)
	for i, c := range p.page.Cases {
		if i > 0 {
			rows.Add(widget.NewRule())
		}
		tone := widget.Look
		switch {
		case c.Stops:
			tone = widget.Quiet
		case c.Done:
			tone = widget.Well
		}
		words := []fyne.CanvasObject{layout.Row(theme.S2, layout.Grow(widget.NewText(c.Name)), widget.NewTag(c.State, tone))}
		for _, note := range []string{c.About, c.Note} {
			if note != "" {
				words = append(words, widget.NewNote(note))
			}
		}
		rows.Add(layout.Stack(theme.S1, words...))
		if len(c.Deeds) == 0 && c.Paper == nil {
			continue
		}
		buttons := []fyne.CanvasObject{}
		for _, deed := range c.Deeds {
			name, kind := a.t("agent.whole."+deed.Deed), widget.Secondary
			if deed.Deed == flow.WholeReview && p.page.Reviewed(c) {
				name, kind = a.t("agent.whole.review.again"), widget.Plain
			}
			buttons = append(buttons, widget.NewButton(name, kind, nil, func() { p.ask(&c, deed) }))
		}
		if c.Paper != nil {
			buttons = append(buttons, widget.NewButton(c.Paper.Name, widget.Plain, fynetheme.DocumentPrintIcon(), func() { p.print(*c.Paper) }))
		}
		rows.Add(layout.Row(theme.S3, append(buttons, layout.Gap())...))
	}
	if len(p.page.Cases) == 0 {
		rows.Add(widget.NewNote(a.t("agent.whole.none")))
	}
	return widget.NewCard(a.t("agent.whole.cases"), rows)
}

// ask asks what a deed needs, over the page, and does it.
func (p *wholePage) ask(c *flow.WholeCase, deed flow.WholeDeed) {
	a := p.home.app
	title := a.t("agent.whole." + deed.Deed)
	if c != nil {
		title = c.Name + " · " + title
	}
	values, boxes, rows := map[record.Field]string{}, map[record.Field]*widget.Field{}, []fyne.CanvasObject{widget.NewTitle(title)}
	if deed.Deed == flow.WholeReview {
		rows = append(rows, widget.NewNote(a.t("agent.whole.review.about")))
	}
	for _, f := range deed.Fields {
		boxes[f.Field] = p.field(f, values, func() { boxes[f.Field].SetRefusal("", "") })
		rows = append(rows, boxes[f.Field])
	}
	if len(deed.Fields) == 0 {
		rows = append(rows, widget.NewText(a.t("agent.whole."+deed.Deed+".about")))
	}
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { sheet.Close() })
	done := widget.NewButton(a.t("agent.whole.do"), widget.Primary, nil, func() {
		err := p.page.Do(a.ctx, c, deed, values)
		if box := boxes[record.Field(fault.From(err).Field)]; err != nil && box != nil {
			box.SetRefusal(a.Print.Explain(err))
			sheet.Refresh()
			return
		}
		sheet.Close()
		if err != nil {
			a.tell(err)
			return
		}
		p.draw()
	})
	rows = append(rows, layout.Spread(theme.S3, shut, done))
	sheet = widget.NewSheet(layout.Stack(theme.S4, rows...))
	if len(deed.Fields) > 3 {
		sheet = sheet.Wide()
	}
	sheet.Open(a.canvas)
}

// field draws a question; values takes the answer.
func (p *wholePage) field(f flow.WholeField, values map[record.Field]string, changed func()) *widget.Field {
	a := p.home.app
	values[f.Field] = f.Value
	need := a.t("field.optional")
	switch {
	case f.Need:
		need = a.t("field.required")
	case f.Unless:
		need = a.t("agent.whole.unless")
	}
	if len(f.Codes) == 0 {
		hint := ""
		if f.Amount {
			hint = a.t("agent.whole.amount")
		}
		entry := widget.NewEntry(hint)
		entry.SetText(f.Value)
		entry.OnChanged = func(text string) { values[f.Field] = text; changed() }
		return widget.NewField(f.Label, need, "", entry)
	}
	options := make([]widget.Option, len(f.Codes))
	for i, code := range f.Codes {
		options[i] = widget.Option{Code: code, Label: f.Words[i]}
	}
	choice := widget.NewChoice(options, f.Several, func(codes []string) { values[f.Field] = strings.Join(codes, " "); changed() })
	choice.Set(strings.Fields(f.Value))
	return widget.NewField(f.Label, need, "", choice)
}

func (p *wholePage) refresh() { p.draw() }

func (p *wholePage) leave(on func()) { on() }
