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

// today is whom to visit: the officer's own list, and below it what the rules suggest.
type today struct {
	home *Home
	body *fyne.Container
	pane *widget.TouchScroll
	most int // suggestions that are shown

	list *flow.Today // nil until it was read

	reading reading
}

func newToday(h *Home) *today {
	return &today{home: h, body: container.NewStack(), most: flow.TodayShown}
}

func (t *today) object() fyne.CanvasObject {
	h := t.home
	t.body.Objects = []fyne.CanvasObject{layout.Middle(widget.NewText(h.app.t("agent.today.reading")).In(theme.Lead, theme.Grey).Align(fyne.TextAlignCenter))}
	t.read()
	end := widget.NewButton(h.app.t("agent.today.end"), widget.Secondary, nil, func() { h.open(newDayEnd(h)) })
	return layout.Page(h.header(widget.NewTitle(h.app.t("agent.today.title")+" · "+h.app.Print.Date(h.app.Now())), end), t.body, nil)
}

// read reads beside the UI goroutine, since every household is looked at, and draws.
func (t *today) read() {
	h := t.home
	var list *flow.Today
	var err error
	t.reading.begin(h, func() { list, err = h.desk.Today(h.app.ctx, h.scope, t.most) }, func() {
		if err != nil {
			t.show(widget.NewFaultBanner(h.app.Print, err), layout.Gap())
			return
		}
		t.list = list
		t.draw()
	})
}

func (t *today) show(left, right fyne.CanvasObject) {
	at := float32(0)
	if t.pane != nil {
		at = t.pane.Offset()
	}
	t.pane = pane(left)
	t.body.Objects = []fyne.CanvasObject{split(t.pane, pane(right))}
	t.body.Refresh()
	t.pane.ScrollTo(at)
}

func (t *today) draw() {
	a := t.home.app
	cards := []fyne.CanvasObject{t.picked(), t.suggested()}
	done := 0
	for _, l := range t.list.Picked {
		if l.State == flow.VisitEnded {
			done++
		}
	}
	words := []fyne.CanvasObject{widget.NewBanner(widget.Quiet, a.t("agent.today.done", "done", strconv.Itoa(done), "left", strconv.Itoa(len(t.list.Picked)-done)), "")}
	var bands []fyne.CanvasObject
	for _, b := range t.home.desk.Book.Outreach.Bands {
		from := a.t("agent.today.band.late", "n", strconv.Itoa(b.FromDays))
		if b.FromDays < 1 {
			from = a.t("agent.today.band.soon", "n", strconv.Itoa(-b.FromDays))
		}
		bands = append(bands, layout.Row(theme.S2, widget.NewTag(a.t("outreach.band."+b.Name), toneOf(flow.BandTone(b.Name))), layout.Grow(widget.NewNote(from))))
	}
	words = append(words, widget.NewCard(a.t("agent.today.bands"), layout.Stack(theme.S2, bands...)),
		widget.NewCard(a.t("agent.today.order"), widget.NewText(a.t("agent.today.order.text"))))
	t.show(layout.Stack(theme.S4, cards...), layout.Stack(theme.S4, words...))
}

// picked is the officer's own list.
func (t *today) picked() fyne.CanvasObject {
	a := t.home.app
	if len(t.list.Picked) == 0 {
		empty := layout.Stack("", widget.NewText(a.t("agent.today.list.none")), widget.NewNote(a.t("agent.today.list.why")))
		return widget.NewCard(a.t("agent.today.list"), empty)
	}
	var rows []fyne.CanvasObject
	for i, l := range t.list.Picked {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		rows = append(rows, layout.Row(theme.S3, widget.NewText(strconv.Itoa(i+1)).In(theme.Title, theme.Grey).Line(), layout.Grow(t.words(l)), t.deeds(i, l)))
	}
	return widget.NewCard(a.t("agent.today.list"), layout.Stack(theme.S3, rows...))
}

// deeds are the buttons of a line of the list.
func (t *today) deeds(i int, l flow.TodayLine) fyne.CanvasObject {
	h := t.home
	button := func(key string, kind widget.Kind, on func()) fyne.CanvasObject {
		return widget.NewButton(h.app.t(key), kind, nil, on)
	}
	switch l.State {
	case flow.VisitEnded:
		return button("agent.today.look", widget.Secondary, func() { h.open(newVisit(h, l.Visit)) })
	case flow.VisitBegun:
		return button("agent.today.go_on", widget.Primary, func() { h.open(newVisit(h, l.Visit)) })
	}
	var order []fyne.CanvasObject
	if i > 0 {
		order = append(order, button("agent.today.up", widget.Plain, func() { t.did(t.list.Move(h.app.ctx, i, -1)) }))
	}
	if i < len(t.list.Picked)-1 {
		order = append(order, button("agent.today.down", widget.Plain, func() { t.did(t.list.Move(h.app.ctx, i, 1)) }))
	}
	order = append(order, button("agent.today.drop", widget.Plain, func() { t.did(t.list.Drop(h.app.ctx, l)) }))
	begin := button("agent.today.begin", widget.Secondary, func() { h.openVisitStart(l.Of, l.Title) })
	return layout.Row(theme.S1, append(order, begin)...)
}

// suggested are those whom the rules would visit next.
func (t *today) suggested() fyne.CanvasObject {
	a := t.home.app
	if len(t.list.Suggested) == 0 {
		empty := widget.NewEmptyState(fynetheme.ConfirmIcon(), a.t("agent.today.suggested.none"), a.t("agent.today.suggested.why"), nil)
		return widget.NewCard(a.t("agent.today.suggested"), empty)
	}
	var rows []fyne.CanvasObject
	for i, l := range t.list.Suggested {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		pick := widget.NewButton(a.t("agent.today.pick"), widget.Secondary, fynetheme.ContentAddIcon(), func() { t.did(t.list.Pick(a.ctx, l)) })
		rows = append(rows, layout.Row(theme.S3, layout.Grow(t.words(l)), pick))
	}
	if t.list.More > 0 {
		more := widget.NewButton(a.t("agent.today.more", "n", strconv.Itoa(t.list.More)), widget.Secondary, nil, func() { t.most += flow.TodayShown; t.read() })
		rows = append(rows, widget.NewRule(), more)
	}
	return widget.NewCard(a.t("agent.today.suggested"), layout.Stack(theme.S3, rows...))
}

// words are who it is, how urgent, where, and why.
func (t *today) words(l flow.TodayLine) fyne.CanvasObject {
	a := t.home.app
	head := []fyne.CanvasObject{widget.NewText(l.Title).In(theme.Lead, theme.Ink).Line()}
	if l.Band != "" && l.State != flow.VisitEnded {
		head = append(head, widget.NewTag(l.Band, toneOf(l.Tone)))
	}
	switch l.State {
	case flow.VisitEnded:
		head = append(head, widget.NewTag(a.t(l.State.Key())+" "+l.Begun, widget.Well))
	case flow.VisitBegun:
		head = append(head, widget.NewTag(a.t(l.State.Key())+" "+l.Begun, widget.Look))
	}
	where := l.Where
	if l.Distance != "" {
		where += " · " + l.Distance
	}
	lines := []fyne.CanvasObject{layout.Row(theme.S2, append(head, layout.Gap())...), widget.NewNote(where)}
	if l.State != flow.VisitEnded && len(l.Reasons) > 0 {
		lines = append(lines, widget.NewText(strings.Join(l.Reasons, a.t("agent.today.and"))).In(theme.Small, theme.Ink))
	}
	return layout.Stack("", lines...)
}

// did reads anew after a change of the list, or tells why there was none.
func (t *today) did(err error) {
	if err != nil {
		t.home.app.tell(err)
		return
	}
	t.read()
}

func (t *today) refresh() { t.read() }

func (t *today) leave(on func()) { on() }
