// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"math"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/agent/flow"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// mapPage is the households of the chosen village on a plane.
type mapPage struct {
	home *Home
	body *fyne.Container
	plan *plan // nil while there is nothing to draw
}

func newMapPage(h *Home) *mapPage { return &mapPage{home: h, body: container.NewStack()} }

func (m *mapPage) object() fyne.CanvasObject {
	m.read()
	h := m.home
	return layout.Page(h.backHeader(h.app.t("agent.map.title", "village", h.village().Name), h.buttons(m.actions())...), layout.Inset(theme.S4, m.body), nil)
}

// actions is what can be done with the map.
func (m *mapPage) actions() []action {
	const step = 80 // units an arrow moves the map by
	on := func(do func(p *plan)) func() {
		return func() {
			if m.plan != nil {
				do(m.plan)
			}
		}
	}
	move := func(dx, dy float32) func() { return on(func(p *plan) { p.show(p.view.Move(dx, dy)) }) }
	return []action{
		{text: "agent.map.closer", keys: key(fyne.KeyPageUp), icon: fynetheme.ZoomInIcon(), do: on(func(p *plan) { p.zoom(2, p.Size().Width/2, p.Size().Height/2) }), place: onPage},
		{text: "agent.map.wider", keys: key(fyne.KeyPageDown), icon: fynetheme.ZoomOutIcon(), do: on(func(p *plan) { p.zoom(0.5, p.Size().Width/2, p.Size().Height/2) }), place: onPage},
		{text: "agent.map.whole", keys: key(fyne.KeyHome), icon: fynetheme.ZoomFitIcon(), do: on((*plan).fit), place: onPage},
		{text: "agent.map.west", keys: key(fyne.KeyLeft), do: move(step, 0)},
		{text: "agent.map.east", keys: key(fyne.KeyRight), do: move(-step, 0)},
		{text: "agent.map.north", keys: key(fyne.KeyUp), do: move(0, step)},
		{text: "agent.map.south", keys: key(fyne.KeyDown), do: move(0, -step)},
	}
}

func (m *mapPage) read() {
	a := m.home.app
	read, err := m.home.desk.Map(a.ctx, m.home.scope)
	switch {
	case err != nil:
		m.plan = nil
		m.body.Objects = []fyne.CanvasObject{widget.NewFaultBanner(a.Print, err)}
	case len(read.Spots) == 0:
		m.plan = nil
		m.body.Objects = []fyne.CanvasObject{widget.NewPanel(theme.Paper, theme.Line, theme.Round,
			widget.NewEmptyState(fynetheme.SearchIcon(), a.t("agent.map.none"), a.t("agent.map.none.why"), nil))}
	default:
		before := m.plan
		m.plan = newPlan(a, read, func(id ident.Record) { m.home.openOver(newPerson(m.home, id)) })
		if before != nil {
			m.plan.view, m.plan.moved = before.view, before.moved // the same middle: who moved the map finds it where it was
		}
		m.body.Objects = []fyne.CanvasObject{layout.Page(nil, widget.NewPanel(theme.Paper, theme.Line, theme.Round, m.plan), m.legend(read))}
	}
	m.body.Refresh()
}

// legend says what the colours are, and how many households are missing.
func (m *mapPage) legend(read *flow.Map) fyne.CanvasObject {
	a := m.home.app
	counts := map[flow.SpotTone]int{}
	for _, s := range read.Spots {
		counts[s.Tone]++
	}
	row := []fyne.CanvasObject{}
	for _, one := range []struct {
		of   flow.SpotTone
		key  string
		tone widget.Tone
	}{{flow.SpotPlain, "agent.map.plain", widget.Well}, {flow.SpotDisputed, "agent.map.disputed", widget.Look}, {flow.SpotOverdue, "agent.map.overdue", widget.Bad}} {
		if n := counts[one.of]; n > 0 {
			row = append(row, widget.NewTag(a.t(one.key, "n", strconv.Itoa(n)), one.tone))
		}
	}
	row = append(row, layout.Gap())
	if read.Without > 0 {
		row = append(row, widget.NewNote(a.t("agent.map.without", "n", strconv.Itoa(read.Without))).Line())
	}
	return layout.Insets("", theme.S2, layout.Row(theme.S3, row...))
}

func (m *mapPage) refresh() { m.read() }

func (m *mapPage) leave(on func()) { on() }

// plan draws a map: wheel and keys zoom, a drag moves, a press opens a household or looks closer at several.
type plan struct {
	fynewidget.BaseWidget
	app    *App
	of     *flow.Map
	view   flow.MapView
	moved  bool // by somebody; before that it shows all in a window of any size
	onOpen func(ident.Record)

	seen []flow.Cluster
}

func newPlan(a *App, of *flow.Map, onOpen func(ident.Record)) *plan {
	p := &plan{app: a, of: of, onOpen: onOpen}
	p.ExtendBaseWidget(p)
	return p
}

// MinSize is called by Fyne.
func (p *plan) MinSize() fyne.Size { return fyne.NewSize(320, 240) }

func (p *plan) fit() {
	p.show(p.of.Fit(p.Size().Width, p.Size().Height))
	p.moved = false
}

func (p *plan) show(v flow.MapView) {
	p.view, p.moved = v, true
	p.Refresh()
}

func (p *plan) zoom(factor float64, x, y float32) {
	p.show(p.view.Zoom(factor, x, y, p.Size().Width, p.Size().Height))
}

// Scrolled is called by Fyne: the wheel zooms at the mouse.
func (p *plan) Scrolled(e *fyne.ScrollEvent) {
	p.app.touch()
	p.zoom(math.Pow(1.01, float64(e.Scrolled.DY)), e.Position.X, e.Position.Y)
}

// Dragged is called by Fyne.
func (p *plan) Dragged(e *fyne.DragEvent) {
	p.app.touch()
	p.show(p.view.Move(e.Dragged.DX, e.Dragged.DY))
}

// DragEnd is called by Fyne.
func (p *plan) DragEnd() {}

// near is how far beside a spot a press still counts, in units.
const near = 20

// Tapped is called by Fyne.
func (p *plan) Tapped(e *fyne.PointEvent) {
	p.app.touch()
	for _, c := range p.seen {
		if math.Hypot(float64(c.X-e.Position.X), float64(c.Y-e.Position.Y)) > near {
			continue
		}
		switch v, apart := p.of.Into(c, p.Size().Width, p.Size().Height); {
		case len(c.Spots) == 1:
			p.onOpen(p.of.Spots[c.Spots[0]].ID)
		case apart:
			p.show(v)
		default:
			p.choose(c)
		}
		return
	}
}

// choose asks which of several households in one place is meant.
func (p *plan) choose(c flow.Cluster) {
	var sheet *widget.Sheet
	rows := []fyne.CanvasObject{widget.NewTitle(p.app.t("agent.map.choose"))}
	for _, i := range c.Spots {
		rows = append(rows, widget.NewButton(p.of.Spots[i].Title, widget.Secondary, nil, func() {
			sheet.Close()
			p.onOpen(p.of.Spots[i].ID)
		}))
	}
	rows = append(rows, widget.NewButton(p.app.t("action.cancel"), widget.Plain, nil, func() { sheet.Close() }))
	sheet = widget.NewSheet(layout.Stack(theme.S2, rows...))
	sheet.Open(p.app.canvas)
	p.app.focus(rows[1].(*widget.BigButton))
}

// CreateRenderer is called by Fyne.
func (p *plan) CreateRenderer() fyne.WidgetRenderer { return &planRenderer{plan: p} }

type planRenderer struct {
	plan    *plan
	objects []fyne.CanvasObject
}

func (r *planRenderer) Destroy()                     {}
func (r *planRenderer) MinSize() fyne.Size           { return r.plan.MinSize() }
func (r *planRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *planRenderer) Layout(size fyne.Size) {
	if !r.plan.moved {
		r.plan.view = r.plan.of.Fit(size.Width, size.Height)
	}
	r.draw(size)
}

func (r *planRenderer) Refresh() {
	r.draw(r.plan.Size())
	canvas.Refresh(r.plan)
}

// namesUpTo is how many spots have their names beside them: more would cover one another.
const namesUpTo = 60

func (r *planRenderer) draw(size fyne.Size) {
	p := r.plan
	p.seen = p.of.Clusters(p.view, size.Width, size.Height)
	r.objects = r.objects[:0]
	for _, c := range p.seen {
		color := map[flow.SpotTone]fyne.ThemeColorName{flow.SpotPlain: theme.Jade, flow.SpotDisputed: theme.Amber, flow.SpotOverdue: theme.Alert}[c.Tone]
		radius := float32(7)
		if len(c.Spots) > 1 {
			radius = 13
		}
		dot := canvas.NewCircle(theme.Color(color))
		dot.StrokeColor, dot.StrokeWidth = theme.Color(theme.Paper), 2
		dot.Move(fyne.NewPos(c.X-radius, c.Y-radius))
		dot.Resize(fyne.NewSquareSize(2 * radius))
		r.objects = append(r.objects, dot)
		switch {
		case len(c.Spots) > 1:
			text := label(strconv.Itoa(len(c.Spots)), theme.OnJade)
			text.Move(fyne.NewPos(c.X-text.MinSize().Width/2, c.Y-text.MinSize().Height/2))
			r.objects = append(r.objects, text)
		case len(p.seen) <= namesUpTo:
			text := label(p.of.Spots[c.Spots[0]].Title, theme.Ink)
			text.Move(fyne.NewPos(min(c.X+radius+3, size.Width-text.MinSize().Width), c.Y-text.MinSize().Height/2))
			r.objects = append(r.objects, text)
		}
	}
	r.north(size)
	r.bar(size)
}

func label(text string, color fyne.ThemeColorName) *canvas.Text {
	t := canvas.NewText(text, theme.Color(color))
	t.TextSize = theme.Size(theme.Small)
	t.Resize(t.MinSize())
	return t
}

func (r *planRenderer) line(x1, y1, x2, y2 float32) {
	l := canvas.NewLine(theme.Color(theme.Ink))
	l.StrokeWidth = 2
	l.Position1, l.Position2 = fyne.NewPos(x1, y1), fyne.NewPos(x2, y2)
	r.objects = append(r.objects, l)
}

// north draws an arrow that points to it: always up.
func (r *planRenderer) north(size fyne.Size) {
	x := size.Width - 30
	r.line(x, 22, x, 58)
	r.line(x, 22, x-7, 34)
	r.line(x, 22, x+7, 34)
	text := label(r.plan.app.t("agent.map.n"), theme.Ink)
	text.Move(fyne.NewPos(x-text.MinSize().Width/2, 60))
	r.objects = append(r.objects, text)
}

// bar draws a length and what it is.
func (r *planRenderer) bar(size fyne.Size) {
	metres, units := r.plan.view.Bar(160)
	x, y := float32(20), size.Height-20
	r.line(x, y, x+units, y)
	r.line(x, y-6, x, y+1)
	r.line(x+units, y-6, x+units, y+1)
	words := strconv.FormatFloat(metres, 'g', -1, 64) + " m"
	if metres >= 1000 {
		words = strconv.FormatFloat(metres/1000, 'g', -1, 64) + " km"
	}
	text := label(words, theme.Ink)
	text.Move(fyne.NewPos(x+4, y-8-text.MinSize().Height))
	r.objects = append(r.objects, text)
}
