// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// boardCards draw how far a village is: the five elements, whether it is a green one, who is posted there, and what is collected
// together. again draws them anew.
func (h *Home) boardCards(scope ident.Scope, again func()) []fyne.CanvasObject {
	a := h.app
	b, err := h.desk.Board(a.ctx, scope)
	if err != nil {
		return []fyne.CanvasObject{widget.NewFaultBanner(a.Print, err)}
	}
	held := a.t("agent.board.title") + " " + a.t("agent.board.held", "n", fmt.Sprint(b.Held), "of", fmt.Sprint(b.Of))
	cards := []fyne.CanvasObject{
		widget.NewCard(held, boardLines(b.Elements, widget.Look)),
		widget.NewCard(b.Green.Title, h.greenBoard(b)),
		h.taskCard(scope, b.Tasks, again),
	}
	if len(b.Posts) > 0 {
		cards = append(cards, widget.NewCard(a.t("agent.board.posts"), h.postBoard(b.Posts)))
	}
	if b.Carbon != "" {
		cards = append(cards, widget.NewCard(a.t("agent.board.carbon"), widget.NewText(b.Carbon)))
	}
	return cards
}

// boardLines draws each line with its state as a tag, and what shows it below.
func boardLines(lines []flow.BoardLine, lacking widget.Tone) fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for _, l := range lines {
		tone := lacking
		if l.Held {
			tone = widget.Well
		}
		rows = append(rows, layout.Row(theme.S2, layout.Grow(widget.NewText(l.Title)), widget.NewTag(l.State, tone)))
		if l.Note != "" {
			rows = append(rows, widget.NewNote(l.Note))
		}
	}
	return layout.Stack(theme.S2, rows...)
}

func (h *Home) greenBoard(b flow.VillageBoard) fyne.CanvasObject {
	tone := widget.Look
	switch {
	case b.Green.Held:
		tone = widget.Well
	case len(b.Checks) == 0:
		tone = widget.Quiet
	}
	rows := []fyne.CanvasObject{layout.Row("", widget.NewTag(b.Green.State, tone), layout.Gap())}
	if b.Green.Note != "" {
		rows = append(rows, widget.NewNote(b.Green.Note))
	}
	if len(b.Checks) > 0 {
		rows = append(rows, widget.NewRule(), boardLines(b.Checks, widget.Look))
	}
	return layout.Stack(theme.S2, rows...)
}

func (h *Home) postBoard(posts []flow.BoardLine) fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for _, p := range posts {
		line := []fyne.CanvasObject{layout.Grow(widget.NewText(p.Title))}
		if !p.Held {
			line = append(line, widget.NewTag(h.app.t("agent.board.past"), widget.Quiet))
		}
		rows = append(rows, layout.Row(theme.S2, line...), widget.NewNote(p.Note))
	}
	return layout.Stack(theme.S2, rows...)
}

// taskCard lists the tasks of a village; whoever works here takes part in one of those that go on.
func (h *Home) taskCard(scope ident.Scope, tasks []flow.TaskLine, again func()) fyne.CanvasObject {
	a := h.app
	if len(tasks) == 0 {
		return widget.NewCard(a.t("agent.task.title"), widget.NewNote(a.t("agent.task.none")))
	}
	var rows []fyne.CanvasObject
	for i, t := range tasks {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		tone := widget.Quiet
		if t.Open {
			tone = widget.Well
		}
		rows = append(rows, layout.Row(theme.S2, layout.Grow(widget.NewText(t.Title)), widget.NewTag(t.State, tone)))
		if t.Note != "" {
			rows = append(rows, widget.NewNote(t.Note))
		}
		switch {
		case t.Mine:
			rows = append(rows, layout.Row(theme.S2, layout.Grow(widget.NewText(a.t("agent.task.mine")).In(theme.Text, theme.Jade)),
				widget.NewButton(a.t("agent.task.leave"), widget.Secondary, nil, func() { h.desk.LeaveTask(scope); again() })))
		case t.Open:
			rows = append(rows, layout.Row("", layout.Gap(), widget.NewButton(a.t("agent.task.join"), widget.Secondary, fynetheme.AccountIcon(), func() { h.askTeam(scope, t, again) })))
		}
	}
	return widget.NewCard(a.t("agent.task.title"), layout.Stack(theme.S2, rows...))
}

// askTeam asks for which team somebody collects, and with whom.
func (h *Home) askTeam(scope ident.Scope, t flow.TaskLine, again func()) {
	a := h.app
	var options []widget.Option
	for _, c := range t.Teams {
		options = append(options, widget.Option{Code: c.Code, Label: c.Title})
	}
	var boxes map[string]*widget.Field
	team := widget.NewChoice(options, false, func([]string) { boxes["team"].SetRefusal("", "") })
	with := widget.NewEntry("")
	boxes = map[string]*widget.Field{
		"team":       widget.NewField(a.t("agent.task.team"), a.t("field.required"), "", team),
		"collectors": widget.NewField(a.t("agent.task.with"), "", a.t("agent.task.with.hint"), with),
	}
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { sheet.Close() })
	join := widget.NewButton(a.t("agent.task.join"), widget.Primary, nil, func() {
		code := ""
		if chosen := team.Chosen(); len(chosen) == 1 {
			code = chosen[0]
		}
		if err := h.desk.JoinTask(a.ctx, scope, t.ID, code, with.Text); err != nil {
			if box := boxes[fault.From(err).Field]; box != nil {
				box.SetRefusal(a.Print.Explain(err))
				sheet.Refresh()
				return
			}
			a.tell(err)
			return
		}
		sheet.Close()
		again()
	})
	sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(a.t("agent.task.join.title", "title", t.Title)),
		boxes["team"], boxes["collectors"], layout.Spread(theme.S3, shut, join)))
	sheet.Open(a.canvas)
}
