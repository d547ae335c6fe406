// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/agent/flow"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// rating is the page that says why a household is rated as it is, what would raise it, and what banks lend it.
type rating struct {
	home *Home
	id   ident.Record
	body *fyne.Container
	it   *flow.Rating
}

func newRating(h *Home, id ident.Record) *rating {
	return &rating{home: h, id: id, body: container.NewStack()}
}

// ratingAction is the way from somebody's page to their rating.
func ratingAction(h *Home, id ident.Record) action {
	return action{text: "agent.score.open", keys: ctrl(fyne.KeyT), do: func() { h.openOver(newRating(h, id)) }, place: onPage}
}

func (r *rating) object() fyne.CanvasObject {
	h := r.home
	var err error
	if r.it, err = h.desk.Rating(h.app.ctx, r.id); err != nil {
		r.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil)}
		r.body.Refresh()
		return r.body
	}
	ask := widget.NewButton(h.app.t("agent.score.ask"), widget.Primary, nil, func() { r.onAsk() })
	page := split(pane(r.why()), pane(r.so()))
	r.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(h.app.t("agent.score.title", "name", r.it.Name), ask), page, nil)}
	r.body.Refresh()
	return r.body
}

func (r *rating) refresh() { r.object() }

func (r *rating) leave(on func()) { on() }

// why draws every point with its reason.
func (r *rating) why() fyne.CanvasObject {
	said := r.it.Said
	head := layout.Stack(theme.S2, widget.NewTitle(said.Head))
	if said.Next != "" {
		head.Add(widget.NewText(said.Next).In(theme.Text, theme.Jade))
	}
	head.Add(widget.NewNote(said.Basis))
	out := layout.Stack(theme.S4, widget.NewCard("", head))
	for _, g := range said.Groups {
		lines := layout.Stack(theme.S3)
		for _, l := range g.Lines {
			lines.Add(layout.Stack(theme.S1, widget.NewText(l.Reason).In(theme.Text, theme.Ink), bar(l.Points, l.Most)))
		}
		out.Add(widget.NewCard(g.Label+"  "+g.Points.String()+" / "+g.Most.String(), lines))
	}
	return out
}

// so draws what follows from it.
func (r *rating) so() fyne.CanvasObject {
	a, said := r.home.app, r.it.Said
	out := layout.Stack(theme.S4)
	for _, stop := range said.Stops {
		out.Add(widget.NewBanner(widget.Bad, stop, ""))
	}
	if len(said.Raise) > 0 {
		list := layout.Stack(theme.S2)
		for _, s := range said.Raise {
			list.Add(widget.NewText(s).In(theme.Text, theme.Ink))
		}
		out.Add(widget.NewCard(a.t("agent.score.raise"), list))
	}
	limit := layout.Stack(theme.S2, widget.NewText(said.Total).In(theme.Lead, theme.Ink))
	for _, l := range said.Limit {
		limit.Add(widget.NewText(l.Label+a.t("agent.colon")+l.Amount).In(theme.Text, theme.Ink))
		if l.Note != "" {
			limit.Add(widget.NewNote(l.Note))
		}
	}
	out.Add(widget.NewCard(a.t("agent.score.limit"), limit))
	out.Add(widget.NewCard(a.t("agent.score.grants"), r.grants()))
	out.Add(widget.NewCard(a.t("agent.score.doubts"), widget.NewText(strings.Join(said.Doubts, "\n")).In(theme.Text, theme.Grey)))
	return out
}

// grants draws what was asked for and what became of it.
func (r *rating) grants() fyne.CanvasObject {
	a := r.home.app
	list := layout.Stack(theme.S3, widget.NewText(r.it.Free).In(theme.Text, theme.Ink))
	for _, g := range r.it.Grants {
		tone := widget.Look
		switch {
		case g.Open:
			tone = widget.Quiet
		case g.Good:
			tone = widget.Well
		}
		text := g.Text + "\n" + g.When
		if g.Told {
			text = g.Text + "\n" + a.t("exposure.said.other") + "\n" + g.When
		}
		list.Add(widget.NewBanner(tone, g.Title, text))
	}
	return list
}

// onAsk asks how much.
func (r *rating) onAsk() *widget.Sheet {
	a := r.home.app
	amount, reason := widget.NewEntry(""), widget.NewMultiLine("", 2)
	boxes := map[string]*widget.Field{
		"amount": widget.NewField(a.t("agent.score.ask.amount"), "", a.t("agent.score.ask.help"), amount),
		"reason": widget.NewField(a.t("agent.score.ask.reason"), "", "", reason),
	}
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.close"), widget.Plain, nil, func() { sheet.Close() })
	goes := widget.NewButton(a.t("agent.score.ask.go"), widget.Primary, nil, func() {
		for _, box := range boxes {
			box.SetRefusal("", "")
		}
		err := r.it.Ask(a.ctx, amount.Text, strings.TrimSpace(reason.Text))
		if err == nil {
			sheet.Close()
			a.Sync.Kick()
			r.object()
			return
		}
		box, known := boxes[fault.From(err).Field]
		if !known {
			box = boxes["amount"]
		}
		box.SetRefusal(a.Print.Explain(err))
		sheet.Refresh()
	})
	fields := layout.Stack(theme.S4, widget.NewTitle(a.t("agent.score.ask")), widget.NewText(r.it.Free).In(theme.Text, theme.Grey), boxes["amount"])
	if r.it.Dispute {
		fields.Add(boxes["reason"])
	}
	fields.Add(layout.Row(theme.S2, shut, layout.Gap(), goes))
	sheet = widget.NewSheet(fields)
	sheet.Open(a.canvas)
	return sheet
}

// bar draws how much of the most there is.
func bar(have, most scoring.Points) fyne.CanvasObject {
	part := float32(0)
	if most > 0 {
		part = float32(have) / float32(most)
	}
	nothing := widget.NewStrut(theme.S2, theme.S2)
	return container.New(barLayout{part}, widget.NewPanel(theme.Line, theme.Line, theme.Round, nothing), widget.NewPanel(theme.Jade, theme.Jade, theme.Round, nothing))
}

// barLayout lays the second object over a part of the first.
type barLayout struct{ part float32 }

// Layout is called by Fyne.
func (b barLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
	}
	objects[0].Resize(size)
	objects[1].Resize(fyne.NewSize(size.Width*b.part, size.Height))
	if b.part == 0 {
		objects[1].Hide()
	}
}

// MinSize is called by Fyne.
func (b barLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
