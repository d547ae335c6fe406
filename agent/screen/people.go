// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// people is the list of households or merchants.
type people struct {
	home   *Home
	tab    tab
	list   *flow.List
	search *widget.SearchEntry
	body   *fyne.Container
	foot   *widget.Text // in what order
	table  *table       // what is shown, nil while there is nothing
}

func newPeople(h *Home, t tab) *people {
	p := &people{home: h, tab: t, body: container.NewStack(), foot: widget.NewNote("")}
	p.list = h.desk.Households()
	if t == tabMerchants {
		p.list = h.desk.Merchants()
	}
	p.list.Scope = h.scope
	p.search = widget.NewSearchEntry(h.app.t("agent.search."+p.noun()), h.app.t("action.clear"), p.onSearch)
	p.search.Entry().OnSubmitted = p.onEnter
	return p
}

func (p *people) noun() string {
	if p.tab == tabMerchants {
		return "merchants"
	}
	return "households"
}

func (p *people) object() fyne.CanvasObject {
	h := p.home
	v := h.village()
	words := []fyne.CanvasObject{widget.NewTitle(v.Name)}
	if v.Path != "" {
		words = append(words, widget.NewNote(v.Path))
	}
	tools := layout.Row(theme.S4, h.tabBar(), layout.Grow(p.search))
	p.read()
	page := layout.Page(layout.Insets(theme.S5, theme.S3, tools), layout.Insets(theme.S5, "", p.body), layout.Insets(theme.S5, theme.S2, p.foot))
	return layout.Page(h.header(layout.Stack("", words...), h.buttons(p.actions())...), page, nil)
}

// actions is what can be done with a list of people. What opens a way for all of them is a line here.
func (p *people) actions() []action {
	return []action{
		{text: "agent.new." + strings.TrimSuffix(p.noun(), "s"), keys: ctrl(fyne.KeyN), icon: fynetheme.ContentAddIcon(), do: p.onNew, place: asMain},
		{text: "agent.survey.village", keys: ctrl(fyne.KeyR), do: p.home.openVillage, place: onPage},
		{text: "agent.keys.list", keys: key(fyne.KeyDown), do: p.onDown},
	}
}

// seek returns where a search is typed.
func (p *people) seek() fyne.Focusable { return p.search.Entry() }

// onDown goes from the search into the list.
func (p *people) onDown() {
	if p.table != nil {
		p.home.app.focus(p.table.list)
	}
}

// read reads the list and draws it, or says why it is empty.
func (p *people) read() {
	if err := p.list.Read(p.home.app.ctx); err != nil {
		p.body.Objects = []fyne.CanvasObject{widget.NewFaultBanner(p.home.app.Print, err)}
		p.body.Refresh()
		return
	}
	p.draw()
}

func (p *people) draw() {
	a := p.home.app
	switch {
	case p.list.Full():
		p.foot.SetText(a.t("agent.found.full", "n", strconv.Itoa(flow.FoundShown)))
	case strings.TrimSpace(p.list.Search) != "":
		p.foot.SetText(a.t("agent.found.order"))
	default:
		p.foot.SetText(a.t("agent.list.order"))
	}
	p.body.Objects = []fyne.CanvasObject{p.drawTable()}
	if len(p.list.Lines()) == 0 {
		p.body.Objects = []fyne.CanvasObject{widget.NewPanel(theme.Paper, theme.Line, theme.Round, p.empty())}
		p.table = nil
	}
	p.body.Refresh()
}

func (p *people) empty() fyne.CanvasObject {
	a := p.home.app
	if p.list.Search != "" {
		return widget.NewEmptyState(fynetheme.SearchIcon(), a.t("agent.empty.search", "text", p.list.Search), a.t("agent.empty.search.why"), nil)
	}
	return widget.NewEmptyState(fynetheme.HomeIcon(), a.t("agent.empty."+p.noun()), a.t("agent.empty."+p.noun()+".why"), nil)
}

func (p *people) drawTable() fyne.CanvasObject {
	t := func(key string) string { return p.home.app.t(key) }
	columns := []column{
		{title: t("agent.column.head"), share: 3}, {title: t("agent.column.place"), share: 3}, {title: t("agent.column.trade"), share: 3},
		{title: t("agent.column.people"), share: 2}, {title: t("agent.column.plate"), share: 3}, {title: t("agent.column.state"), share: 3, tag: true},
	}
	if p.tab == tabMerchants {
		columns = []column{
			{title: t("agent.column.merchant"), share: 4}, {title: t("agent.column.operator"), share: 3}, {title: t("agent.column.market"), share: 4},
			{title: t("agent.column.industry"), share: 3}, {title: t("agent.column.state"), share: 3, tag: true},
		}
	}
	p.table = &table{columns: columns, rows: func() int { return len(p.list.Lines()) }, row: p.row, onOpen: p.onOpen}
	if !p.list.More() {
		return p.table.object()
	}
	more := widget.NewButton(t("agent.list.more"), widget.Secondary, nil, p.onMore)
	return layout.Page(nil, p.table.object(), layout.Insets("", theme.S2, layout.Centre(more)))
}

func (p *people) row(i int) []cell {
	l := p.list.Lines()[i]
	if l.Found != "" {
		l.Title += " · " + l.Found
	}
	mark := p.home.app.markCell(l.Marks)
	if p.tab == tabMerchants {
		return []cell{{text: l.Title}, {text: l.People}, {text: l.Place, faint: true}, {text: l.Trade, faint: true}, mark}
	}
	return []cell{{text: l.Title}, {text: l.Place}, {text: l.Trade, faint: true}, {text: l.People, faint: true}, {text: l.Plate, faint: true}, mark}
}

func (p *people) onSearch(text string) {
	p.list.Search = text
	p.read()
}

// onEnter opens the only line found, or takes what a scanner typed into the search.
func (p *people) onEnter(text string) {
	switch lines := p.list.Lines(); {
	case len(lines) == 1:
		p.onOpen(0)
	case len([]rune(text)) > maxName:
		p.search.SetText("")
		p.home.onScanned(text)
	}
}

// maxName is longer than any name or short code and shorter than any code on a plate, in characters.
const maxName = 40

func (p *people) onMore() {
	if err := p.list.Next(p.home.app.ctx); err != nil {
		p.home.app.tell(err)
		return
	}
	p.draw()
}

func (p *people) onOpen(i int) { p.home.open(newPerson(p.home, p.list.Lines()[i].ID)) }

func (p *people) onNew() {
	h := p.home
	begin := h.desk.NewHousehold
	if p.tab == tabMerchants {
		begin = h.desk.NewMerchant
	}
	if h.scope != "" || len(h.villages) == 2 {
		scope := h.scope
		if scope == "" {
			scope = h.villages[1].Scope
		}
		e, err := begin(h.app.ctx, scope)
		h.openForm(e, err)
		return
	}
	h.pickVillage(func(v flow.Village) {
		e, err := begin(h.app.ctx, v.Scope)
		h.openForm(e, err)
	})
}

// pickVillage asks in which village something is to be registered.
func (h *Home) pickVillage(picked func(flow.Village)) {
	var sheet *widget.Sheet
	rows := []fyne.CanvasObject{widget.NewTitle(h.app.t("agent.form.village.ask"))}
	for _, v := range h.villages[1:] {
		rows = append(rows, widget.NewButton(v.Name, widget.Secondary, nil, func() {
			sheet.Close()
			picked(v)
		}))
	}
	rows = append(rows, widget.NewButton(h.app.t("action.cancel"), widget.Plain, nil, func() { sheet.Close() }))
	sheet = widget.NewSheet(layout.Stack(theme.S2, rows...))
	sheet.Open(h.app.canvas)
}

// refresh reads as much as was read, and keeps the place in the list.
func (p *people) refresh() {
	if p.table == nil {
		p.read()
		return
	}
	more := p.list.More()
	if err := p.list.Again(p.home.app.ctx); err == nil && len(p.list.Lines()) > 0 && p.list.More() == more {
		p.table.list.Refresh()
		return
	}
	p.draw()
}

func (p *people) leave(on func()) { on() }
