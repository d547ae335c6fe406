// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// demands is the list that is worked off.
type demands struct {
	home    *Home
	list    *flow.DemandList
	search  *widget.SearchEntry
	figures *fyne.Container
	body    *fyne.Container
	table   *table // what is shown, nil while there is nothing
}

func newDemands(h *Home) *demands {
	d := &demands{home: h, list: h.desk.Demands(), figures: container.NewStack(), body: container.NewStack()}
	d.list.Scope = h.scope
	d.search = widget.NewSearchEntry(h.app.t("agent.search.demands"), h.app.t("action.clear"), d.onSearch)
	return d
}

func (d *demands) object() fyne.CanvasObject {
	h := d.home
	tools := layout.Row(theme.S4, h.tabBar(), layout.Grow(d.search))
	d.read()
	top := layout.Insets(theme.S5, theme.S3, layout.Stack(theme.S3, tools, d.figures))
	page := layout.Page(top, layout.Insets(theme.S5, "", d.body), widget.NewStrut("", theme.S4))
	return layout.Page(h.header(widget.NewTitle(h.village().Name)), page, nil)
}

func (d *demands) read() {
	if err := d.list.Read(d.home.app.ctx); err != nil {
		d.body.Objects = []fyne.CanvasObject{widget.NewFaultBanner(d.home.app.Print, err)}
		d.body.Refresh()
		return
	}
	d.draw()
}

// drawFigures draws the counts that are filters as well.
func (d *demands) drawFigures() {
	a := d.home.app
	var figures []fyne.CanvasObject
	for _, g := range flow.Groups() {
		b := widget.NewButton(a.t(g.Key())+"  "+strconv.Itoa(d.list.Count(g)), widget.Secondary, nil, func() { d.onGroup(g) })
		b.SetChosen(g == d.list.Group)
		figures = append(figures, b)
	}
	d.figures.Objects = []fyne.CanvasObject{layout.Spread(theme.S2, figures...)}
	d.figures.Refresh()
}

func (d *demands) draw() {
	d.drawFigures()
	d.body.Objects = []fyne.CanvasObject{d.drawTable()}
	if len(d.list.Lines()) == 0 {
		d.body.Objects = []fyne.CanvasObject{widget.NewPanel(theme.Paper, theme.Line, theme.Round, d.empty())}
		d.table = nil
	}
	d.body.Refresh()
}

func (d *demands) empty() fyne.CanvasObject {
	a := d.home.app
	if d.list.Search != "" {
		return widget.NewEmptyState(fynetheme.SearchIcon(), a.t("agent.empty.search", "text", d.list.Search), a.t("agent.empty.search.why"), nil)
	}
	return widget.NewEmptyState(fynetheme.DocumentIcon(), a.t("agent.empty.demands"), a.t("agent.empty.demands.why"), nil)
}

func (d *demands) drawTable() fyne.CanvasObject {
	t := func(key string) string { return d.home.app.t(key) }
	d.table = &table{
		columns: []column{
			{title: t("agent.column.applicant"), share: 3}, {title: t("agent.village"), share: 2}, {title: t("agent.column.asked"), share: 2, right: true},
			{title: t("field.demand.purpose"), share: 3}, {title: t("agent.column.state"), share: 2, tag: true},
			{title: t("agent.demand.in_charge"), share: 3}, {title: t("agent.column.due"), share: 3},
		},
		rows: func() int { return len(d.list.Lines()) }, row: d.row, onOpen: d.onOpen,
	}
	return d.table.object()
}

func (d *demands) row(i int) []cell {
	l := d.list.Lines()[i]
	tone := widget.Well
	switch {
	case l.Late:
		tone = widget.Bad
	case l.In(flow.Unassigned):
		tone = widget.Look
	case l.Done:
		tone = widget.Quiet
	}
	return []cell{
		{text: l.Applicant}, {text: l.Village, faint: true}, {text: l.Asked}, {text: l.Purpose, faint: true},
		{text: l.State, tone: tone}, {text: l.Who, faint: !l.In(flow.Unassigned)}, {text: l.Due, faint: !l.Late, alert: l.Late},
	}
}

func (d *demands) onSearch(text string) {
	d.list.Search = text
	d.read()
}

func (d *demands) onGroup(g flow.Group) {
	d.list.Group = g
	d.draw()
}

func (d *demands) onOpen(i int) { d.home.open(newDemand(d.home, d.list.Lines()[i].ID)) }

// refresh keeps the place in the list.
func (d *demands) refresh() {
	if d.table == nil {
		d.read()
		return
	}
	if err := d.list.Read(d.home.app.ctx); err == nil && len(d.list.Lines()) > 0 {
		d.drawFigures()
		d.table.list.Refresh()
		return
	}
	d.draw()
}

// actions is what can be done with the list of demands.
func (d *demands) actions() []action {
	return []action{{text: "agent.keys.list", keys: key(fyne.KeyDown), do: d.onDown}}
}

// seek returns where a search is typed.
func (d *demands) seek() fyne.Focusable { return d.search.Entry() }

// onDown goes from the search into the list.
func (d *demands) onDown() {
	if d.table != nil {
		d.home.app.focus(d.table.list)
	}
}

func (d *demands) leave(on func()) { on() }
