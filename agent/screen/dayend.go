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

// dayEnd says what is left of the day and whether the laptop may be switched off. It follows sync as it goes.
type dayEnd struct {
	home *Home
	body *fyne.Container

	reading reading
}

func newDayEnd(h *Home) *dayEnd { return &dayEnd{home: h, body: container.NewStack()} }

func (d *dayEnd) object() fyne.CanvasObject {
	h := d.home
	d.read()
	now := widget.NewButton(h.app.t("agent.day.now"), widget.Primary, fynetheme.ViewRefreshIcon(), func() { h.app.Sync.Kick(); d.read() })
	return layout.Page(h.header(widget.NewTitle(h.app.t("agent.day.title")+" · "+h.app.Print.Date(h.app.Now())), now), d.body, nil)
}

// read reads beside the UI goroutine and draws.
func (d *dayEnd) read() {
	h := d.home
	synced := h.app.reading
	var e *flow.DayEnd
	var err error
	d.reading.begin(h, func() {
		var unsent []flow.Unsent
		if unsent, err = h.app.Sync.Unsent(h.app.ctx); err == nil {
			e, err = h.desk.DayEnd(h.app.ctx, h.app.Tray, synced, unsent)
		}
	}, func() {
		if err != nil {
			d.body.Objects = []fyne.CanvasObject{layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err))}
			d.body.Refresh()
			return
		}
		d.draw(e)
	})
}

func (d *dayEnd) draw(e *flow.DayEnd) {
	left := layout.Stack(theme.S4, d.verdict(e), d.visits(e))
	right := layout.Stack(theme.S4, d.acts(e), d.files(e), d.stuck(e))
	d.body.Objects = []fyne.CanvasObject{halves(pane(left), pane(right))}
	d.body.Refresh()
}

// verdict is the answer to what an officer asks at night.
func (d *dayEnd) verdict(e *flow.DayEnd) fyne.CanvasObject {
	color, ground, icon := theme.Amber, theme.AmberTint, fynetheme.WarningIcon()
	if e.Clean {
		color, ground, icon = theme.Jade, theme.JadeTint, fynetheme.ConfirmIcon()
	}
	words := layout.Stack(theme.S2, widget.NewText(e.Verdict).In(theme.Title, color), widget.NewText(e.Advice))
	return widget.NewPanel(ground, color, theme.Round, layout.Inset(theme.S5, layout.Row(theme.S4, widget.NewIcon(icon, color).Sized(theme.S7), layout.Grow(words))))
}

func (d *dayEnd) visits(e *flow.DayEnd) fyne.CanvasObject {
	h, a := d.home, d.home.app
	var rows []fyne.CanvasObject
	if e.Open > 0 {
		rows = append(rows, widget.NewBanner(widget.Look, a.t("agent.day.open", "n", strconv.Itoa(e.Open)), ""))
	}
	if len(e.Visits) == 0 {
		rows = append(rows, widget.NewText(a.t("agent.day.visits.none")).In(theme.Text, theme.Grey))
	}
	for i, v := range e.Visits {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		state, tone := a.t(v.State.Key()), widget.Well
		switch {
		case v.State == flow.VisitBegun:
			tone = widget.Look
		case v.Pending:
			state, tone = a.t(flow.MarkPending.Key()), widget.Quiet
		}
		open := widget.NewButton(a.t("agent.today.look"), widget.Plain, nil, func() { h.open(newVisit(h, v.ID)) })
		rows = append(rows, layout.Row(theme.S3, layout.Grow(layout.Stack("", widget.NewText(v.Title), widget.NewNote(v.When+" · "+v.Place))), widget.NewTag(state, tone), open))
	}
	return widget.NewCard(a.t("agent.day.visits")+" "+strconv.Itoa(len(e.Visits)), layout.Stack(theme.S2, rows...))
}

// acts says how many change sets the server has not confirmed, and while it sends, that it does.
func (d *dayEnd) acts(e *flow.DayEnd) fyne.CanvasObject {
	a := d.home.app
	rows := []fyne.CanvasObject{}
	if e.Acts == 0 {
		rows = append(rows, widget.NewText(a.t("agent.day.acts.none")).In(theme.Text, theme.Jade))
	} else {
		rows = append(rows, widget.NewText(a.t("agent.day.acts.n", "n", strconv.Itoa(e.Acts))).In(theme.Title, theme.Ink))
		if e.Oldest != "" {
			rows = append(rows, widget.NewNote(a.t("agent.day.oldest", "ago", e.Oldest)))
		}
	}
	if r := a.reading; r.Online && r.Sending {
		rows = append(rows, widget.NewText(a.t("agent.day.syncing")).In(theme.Text, theme.Amber))
	}
	return widget.NewCard(a.t("agent.day.acts"), layout.Stack(theme.S1, rows...))
}

// filesShown is how many files are named.
const filesShown = 8

func (d *dayEnd) files(e *flow.DayEnd) fyne.CanvasObject {
	a := d.home.app
	if len(e.Files) == 0 {
		return widget.NewCard(a.t("agent.day.files"), widget.NewText(a.t("agent.day.files.none")).In(theme.Text, theme.Jade))
	}
	rows := []fyne.CanvasObject{widget.NewText(a.t("agent.day.files.n", "n", strconv.Itoa(len(e.Files)), "size", e.Bytes)).In(theme.Title, theme.Ink)}
	if f := a.reading.Files; f.Sending {
		rows = append(rows, widget.NewText(a.t("blob.sending", "done", strconv.Itoa(f.Done), "all", strconv.Itoa(f.All))).In(theme.Text, theme.Amber))
	}
	for i, f := range e.Files {
		if i == filesShown {
			rows = append(rows, widget.NewNote(a.t("agent.day.files.more", "n", strconv.Itoa(len(e.Files)-filesShown))))
			break
		}
		rows = append(rows, layout.Row(theme.S3, layout.Grow(widget.NewText(f.Title)), widget.NewText(f.Size).In(theme.Small, theme.Grey).Line()))
	}
	return widget.NewCard(a.t("agent.day.files"), layout.Stack(theme.S1, rows...))
}

func (d *dayEnd) stuck(e *flow.DayEnd) fyne.CanvasObject {
	h, a := d.home, d.home.app
	if len(e.Stuck) == 0 {
		return widget.NewCard(a.t("agent.day.stuck"), widget.NewText(a.t("agent.day.stuck.none")).In(theme.Text, theme.Jade))
	}
	var rows []fyne.CanvasObject
	for i, s := range e.Stuck {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		words := []fyne.CanvasObject{widget.NewText(s.What)}
		for _, text := range []string{s.Why, s.Hint} {
			if text != "" {
				words = append(words, widget.NewNote(text))
			}
		}
		row := []fyne.CanvasObject{layout.Grow(layout.Stack("", words...))}
		if s.Returns {
			row = append(row, widget.NewButton(a.t("agent.day.stuck.open"), widget.Secondary, nil, func() { h.onTab(tabReturns) }))
		}
		rows = append(rows, layout.Row(theme.S3, row...))
	}
	return widget.NewCard(a.t("agent.day.stuck"), layout.Stack(theme.S2, rows...))
}

// follow reads anew because sync has come further.
func (d *dayEnd) follow() { d.read() }

func (d *dayEnd) refresh() { d.read() }

func (d *dayEnd) leave(on func()) { on() }
