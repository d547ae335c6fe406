// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// reviews is the inbox: what two people said differently, until somebody settles it.
type reviews struct {
	home *Home
	body *fyne.Container
	pane *widget.TouchScroll

	of     ident.Record // only its cards; zero: those of the village
	title  string
	most   int  // records of each kind that are shown
	typing bool // a value is being typed: what changes elsewhere is drawn later
}

func newReviews(h *Home) *reviews {
	return &reviews{home: h, body: container.NewStack(), most: flow.ReviewsShown}
}

// newReviewsOf shows the cards of one household or merchant.
func newReviewsOf(h *Home, id ident.Record, title string) *reviews {
	r := newReviews(h)
	r.of, r.title = id, title
	return r
}

func (r *reviews) object() fyne.CanvasObject {
	h := r.home
	r.draw()
	if !r.of.IsZero() {
		return layout.Page(h.backHeader(r.title), layout.Insets(theme.S3, "", r.body), nil)
	}
	tools := layout.Row(theme.S4, h.tabBar(), layout.Gap())
	page := layout.Page(layout.Insets(theme.S5, theme.S3, tools), layout.Insets(theme.S3, "", r.body), nil)
	return layout.Page(h.header(widget.NewTitle(h.village().Name)), page, nil)
}

func (r *reviews) draw() {
	r.typing = false
	a, desk, scope := r.home.app, r.home.desk, r.home.scope
	if !r.of.IsZero() {
		r.drawOf()
		return
	}
	open, more, err := desk.Reviews(a.ctx, scope, r.most)
	proposals, moreProposals, err2 := desk.Proposals(a.ctx, scope, r.most)
	settled, err3 := desk.Settled(a.ctx, scope)
	flagged, err4 := r.flagged()
	for _, e := range []error{err, err2, err3, err4} {
		if e != nil {
			r.set(widget.NewFaultBanner(a.Print, e))
			return
		}
	}
	var cards []fyne.CanvasObject
	if len(open) == 0 {
		empty := widget.NewEmptyState(fynetheme.ConfirmIcon(), a.t("agent.empty.reviews"), a.t("agent.empty.reviews.why"), nil)
		cards = append(cards, widget.NewPanel(theme.Paper, theme.Line, theme.Round, empty))
	}
	for _, one := range open {
		cards = append(cards, r.card(one))
	}
	cards = append(cards, r.more(more)...)
	if len(settled) > 0 {
		cards = append(cards, r.settled(settled))
	}
	if len(proposals) > 0 {
		cards = append(cards, widget.NewTitle(a.t("agent.review.proposals")))
		for _, one := range proposals {
			cards = append(cards, r.card(one))
		}
	}
	cards = append(append(cards, r.more(moreProposals)...), flagged...)
	r.set(layout.Stack(theme.S4, cards...))
}

// drawOf draws the cards of one household or merchant.
func (r *reviews) drawOf() {
	a := r.home.app
	list, err := r.home.desk.ReviewsOf(a.ctx, r.of)
	if err != nil {
		r.set(widget.NewFaultBanner(a.Print, err))
		return
	}
	var cards []fyne.CanvasObject
	for _, one := range list {
		cards = append(cards, r.card(one))
	}
	if len(cards) == 0 {
		cards = append(cards, widget.NewPanel(theme.Paper, theme.Line, theme.Round,
			widget.NewEmptyState(fynetheme.ConfirmIcon(), a.t("agent.empty.reviews"), a.t("agent.empty.reviews.why"), nil)))
	}
	r.set(layout.Stack(theme.S4, cards...))
}

// more says that not everything is shown, with a button that shows more of it; nothing if all is.
func (r *reviews) more(there bool) []fyne.CanvasObject {
	if !there {
		return nil
	}
	t := r.home.app.t
	button := widget.NewButton(t("agent.list.more"), widget.Secondary, nil, func() { r.most += flow.ReviewsShown; r.draw() })
	return []fyne.CanvasObject{layout.Row(theme.S3, layout.Gap(), widget.NewText(t("agent.review.more")).In(theme.Text, theme.Grey).Line(), button, layout.Gap())}
}

func (r *reviews) set(o fyne.CanvasObject) {
	at := float32(0)
	if r.pane != nil {
		at = r.pane.Offset()
	}
	r.pane = pane(o)
	r.body.Objects = []fyne.CanvasObject{r.pane}
	r.body.Refresh()
	r.pane.ScrollTo(at)
}

// card shows one field: every value with who, when and what they had seen, and what may be done.
func (r *reviews) card(one flow.Review) fyne.CanvasObject {
	a := r.home.app
	var rows []fyne.CanvasObject
	if one.Reopened != "" {
		rows = append(rows, widget.NewBanner(widget.Look, one.Reopened, ""))
	}
	if one.Two {
		rows = append(rows, widget.NewBanner(widget.Quiet, a.t("agent.review.two"), ""))
	}
	for i, said := range one.Said {
		rows = append(rows, widget.NewRule(), r.said(one, i, said))
	}
	rows = append(rows, newFiles(r.home, one.Files, r.draw).beside()...)
	deeds := []fyne.CanvasObject{layout.Gap(), widget.NewButton(a.t("agent.review.open"), widget.Secondary, nil, func() { r.onOpen(one) })}
	if one.May {
		deeds = append(deeds, widget.NewButton(a.t("agent.review.other"), widget.Secondary, nil, func() { r.onOther(one) }))
	} else if len(one.Said) > 0 && one.Said[0].Note == a.t("agent.review.now") {
		rows = append(rows, widget.NewNote(a.t("agent.review.may_not")))
	}
	rows = append(rows, widget.NewRule(), layout.Row(theme.S2, deeds...))
	return widget.NewCard(one.Title+" · "+one.Label+" · "+one.Village, layout.Stack(theme.S2, rows...))
}

// said is the line of one value.
func (r *reviews) said(one flow.Review, i int, said flow.Said) fyne.CanvasObject {
	a := r.home.app
	head := []fyne.CanvasObject{widget.NewText(said.Value).In(theme.Title, theme.Ink)}
	if said.Note != "" {
		head = append(head, widget.NewTag(said.Note, widget.Look))
	}
	words := layout.Stack("", layout.Row(theme.S2, head...), widget.NewNote(said.Who+" · "+said.Source+" · "+said.When+" · "+said.Sight))
	line := []fyne.CanvasObject{layout.Grow(words)}
	if one.May {
		key := "agent.review.use"
		if said.Agree {
			key = "agent.review.agree"
		}
		line = append(line, widget.NewButton(a.t(key), widget.Primary, nil, func() { r.onChoose(one, i) }))
	}
	return layout.Row(theme.S3, line...)
}

// settled lists what was settled last, and tells the reader what became of what they had entered.
func (r *reviews) settled(list []flow.Settled) fyne.CanvasObject {
	a := r.home.app
	var rows []fyne.CanvasObject
	for i, s := range list {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		tone := widget.Well
		if s.Open {
			tone = widget.Look
		}
		words := []fyne.CanvasObject{
			widget.NewText(s.Title + " · " + s.Label),
			widget.NewNote(a.t("agent.review.line", "who", s.Who, "when", s.When, "value", s.Value)),
		}
		if s.Reason != "" {
			words = append(words, widget.NewNote(a.t("agent.review.reason")+a.t("agent.colon")+s.Reason))
		}
		if s.Yours != "" {
			words = append(words, widget.NewText(a.t("agent.review.yours", "other", s.Yours)).In(theme.Text, theme.Amber))
		}
		rows = append(rows, layout.Row(theme.S3, layout.Grow(layout.Stack("", words...)), widget.NewTag(s.State, tone)))
	}
	return widget.NewCard(a.t("agent.review.settled"), layout.Stack(theme.S2, rows...))
}

func (r *reviews) onOpen(one flow.Review) {
	if one.Kind == "demand" {
		r.home.open(newDemand(r.home, one.ID))
		return
	}
	r.home.open(newPerson(r.home, one.ID))
}

// onChoose settles a card with one of its values.
func (r *reviews) onChoose(one flow.Review, i int) {
	if err := r.home.desk.Choose(r.home.app.ctx, one, i, ""); err != nil {
		r.home.app.tell(err)
		return
	}
	r.done(one)
}

func (r *reviews) done(one flow.Review) {
	key := "agent.review.done"
	if r.home.desk.Waits(r.home.app.ctx, one) {
		key = "agent.review.counted"
	}
	r.draw()
	r.home.refresh()
	r.home.toast.Tell(r.home.app.t(key))
}

// onOther asks for a value that nobody had entered, and what it rests on.
func (r *reviews) onOther(one flow.Review) {
	a := r.home.app
	r.typing = true
	value, reason := widget.NewEntry(""), widget.NewMultiLine("", 3)
	valueBox := widget.NewField(a.t("agent.review.value"), a.t("field.required"), "", value)
	reasonBox := widget.NewField(a.t("agent.review.reason"), a.t("field.required"), a.t("agent.review.reason.help"), reason)
	deed := a.t("agent.review.do")
	if one.Two {
		deed = a.t("agent.review.sign")
	}
	do := func() {
		valueBox.SetRefusal("", "")
		reasonBox.SetRefusal("", "")
		err := r.home.desk.ChooseOther(a.ctx, one, value.Text, reason.Text)
		switch f := fault.From(err); {
		case err == nil:
			r.done(one)
		case f.Field == "other":
			valueBox.SetRefusal(a.Print.Explain(err))
		case f.Field == "reason":
			reasonBox.SetRefusal(a.Print.Explain(err))
		default:
			a.tell(err)
		}
	}
	cancel := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, r.draw)
	rows := []fyne.CanvasObject{valueBox, reasonBox, layout.Spread(theme.S3, cancel, widget.NewButton(deed, widget.Primary, nil, do))}
	r.set(widget.NewCard(one.Title+" · "+one.Label, layout.Stack(theme.S4, rows...)))
	a.focus(value)
}

func (r *reviews) refresh() {
	if !r.typing {
		r.draw()
	}
}

func (r *reviews) leave(on func()) { on() }
