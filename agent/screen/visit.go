// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// visit is a visit under way: its steps in any order, what is known of it, and its end.
type visit struct {
	home *Home
	id   ident.Record
	body *fyne.Container
	left *widget.TouchScroll
	x    *flow.Visit // nil if it could not be read
}

func newVisit(h *Home, id ident.Record) *visit {
	return &visit{home: h, id: id, body: container.NewStack()}
}

func (v *visit) object() fyne.CanvasObject {
	v.draw()
	return v.body
}

func (v *visit) draw() {
	h := v.home
	var err error
	if v.x, err = h.desk.Visit(h.app.ctx, v.id); err != nil {
		v.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil)}
		v.body.Refresh()
		return
	}
	x, at := v.x, float32(0)
	if v.left != nil {
		at = v.left.Offset()
	}
	file := widget.NewButton(h.app.t("agent.visit.file"), widget.Secondary, fynetheme.DocumentCreateIcon(), v.onFile)
	v.left = pane(v.steps())
	v.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(h.app.t("agent.visit.title", "name", x.Title), file), split(v.left, pane(v.facts())), nil)}
	v.body.Refresh()
	v.left.ScrollTo(at)
}

// steps are the checklist, and below it the end.
func (v *visit) steps() fyne.CanvasObject {
	a := v.home.app
	var rows []fyne.CanvasObject
	for i, s := range v.x.Steps {
		if s.Step == outreach.StepSecond && !s.Needed && !s.Done {
			continue // nobody accompanies
		}
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		rows = append(rows, v.step(s))
	}
	return layout.Stack(theme.S4, v.end(), widget.NewCard(a.t("agent.visit.steps"), layout.Stack(theme.S2, rows...)))
}

// step is a line of the checklist.
func (v *visit) step(s flow.VisitStep) fyne.CanvasObject {
	a := v.home.app
	state, tone := a.t("agent.visit.step.optional"), widget.Quiet
	switch {
	case s.Done:
		state, tone = a.t("agent.visit.step.ok"), widget.Well
	case s.Needed:
		state, tone = a.t("agent.visit.step.lacks"), widget.Look
	}
	text := widget.NewNote(s.Text)
	if s.Stale && !s.Done {
		text.In(theme.Small, theme.Amber)
	}
	row := []fyne.CanvasObject{widget.NewTag(state, tone), layout.Grow(layout.Stack("", widget.NewText(s.Title), text))}
	if deed := v.deed(s); deed != nil {
		row = append(row, deed)
	}
	return layout.Row(theme.S3, row...)
}

// deed is the button of a step; nil once the visit has ended, and for what is done beside.
func (v *visit) deed(s flow.VisitStep) fyne.CanvasObject {
	if v.x.Ended != "" {
		return nil
	}
	on := map[outreach.Step]func(){
		outreach.StepLetter: v.onLetter, outreach.StepPosition: v.onLocate, outreach.StepForm: v.onForm, outreach.StepConsent: v.onConsent,
		outreach.StepDemand: v.onDemand, outreach.StepResident: v.onResident, outreach.StepSecond: v.onSecond,
	}[s.Step]
	if on == nil {
		return nil // photos are chosen in their card
	}
	if s.Done && (s.Step == outreach.StepLetter || s.Step == outreach.StepSecond) {
		return nil // what was signed for stays signed for
	}
	key, kind := "agent.visit.do."+string(s.Step), widget.Secondary
	switch {
	case s.Step == outreach.StepConsent && v.agreed():
		key, kind = "agent.visit.do.look", widget.Plain
	case s.Done && s.Step != outreach.StepDemand && s.Step != outreach.StepConsent:
		key, kind = "agent.visit.do.again", widget.Plain
	}
	return widget.NewButton(v.home.app.t(key), kind, nil, on)
}

// end says how much is left, and ends the visit.
func (v *visit) end() fyne.CanvasObject {
	a, x := v.home.app, v.x
	if x.Ended != "" {
		return widget.NewBanner(widget.Well, a.t("agent.visit.end.sealed"), a.t("agent.visit.ended_at")+" "+x.Ended)
	}
	lacks := 0
	for _, s := range x.Steps {
		if s.Needed && !s.Done {
			lacks++
		}
	}
	if !x.Mine {
		return widget.NewBanner(widget.Quiet, a.t("agent.visit.end.leader", "name", x.Leader), "")
	}
	end := widget.NewButton(a.t("agent.visit.end"), widget.Primary, nil, v.onEnd)
	if lacks > 0 {
		end.Disable()
		return widget.NewBanner(widget.Look, a.t("agent.visit.end.lacks", "n", strconv.Itoa(lacks)), a.t("agent.visit.end.text"), end)
	}
	return widget.NewBanner(widget.Well, a.t("agent.visit.end.ready"), a.t("agent.visit.end.text"), end)
}

// facts are what is known of the visit, and its photos.
func (v *visit) facts() fyne.CanvasObject {
	a, x := v.home.app, v.x
	list := []flow.Fact{
		{Label: a.t("agent.village"), Value: x.Place}, {Label: a.t("agent.visit.start.purpose"), Value: x.Purpose},
		{Label: a.t("field.visit.visitor"), Value: x.Leader}, {Label: a.t("agent.visit.start.second"), Value: x.With},
		{Label: a.t("agent.visit.begun_at"), Value: x.Begun},
	}
	if x.Position != "" {
		list = append(list, flow.Fact{Label: a.t("agent.visit.step.position"), Value: x.Position})
	}
	list = append(list, flow.Fact{Label: a.t("agent.visit.check"), Value: x.Check})
	card := []fyne.CanvasObject{a.facts(list), widget.NewNote(a.t("agent.visit.check.help"))}
	if x.Ended == "" && x.Mine {
		deeds := []fyne.CanvasObject{widget.NewButton(a.t("agent.visit.companion"), widget.Plain, nil, v.onCompanion), layout.Gap()}
		if x.Untouched() {
			deeds = append(deeds, widget.NewButton(a.t("agent.visit.take_back"), widget.Plain, nil, v.onTakeBack))
		}
		card = append(card, layout.Row(theme.S2, deeds...))
	}
	out := []fyne.CanvasObject{widget.NewCard(a.t("agent.visit.facts"), layout.Stack(theme.S2, card...))}
	photos := newFiles(v.home, x.Photos, v.draw)
	photos.checks = true
	if x.Ended != "" {
		out = append(out, widget.NewCard(a.t("agent.visit.photo.title"), layout.Stack(theme.S3, photos.beside()[2:]...)))
	} else if card := photos.object(); card != nil {
		out = append(out, card)
	}
	return layout.Stack(theme.S4, out...)
}

// again shows the visit as it stands.
func (v *visit) again() { v.home.open(newVisit(v.home, v.id)) }

// done shows the visit after a step, or why there was none.
func (v *visit) done(err error) {
	if err != nil {
		v.home.app.tell(err)
		return
	}
	v.again()
}

func (v *visit) onCompanion() {
	v.home.askVisit(v.x.Of, v, v.home.app.t("agent.visit.companion"))
}

// onTakeBack deletes a visit that was begun by mistake.
func (v *visit) onTakeBack() {
	if err := v.x.TakeBack(v.home.app.ctx); err != nil {
		v.done(err)
		return
	}
	v.back()
}

func (v *visit) onFile() {
	e, err := v.x.EditFile(v.home.app.ctx)
	v.home.openFormThen(e, err, v.again)
}

func (v *visit) onForm() {
	e, err := v.x.Form(v.home.app.ctx)
	v.home.openFormThen(e, err, v.again)
}

func (v *visit) onDemand() {
	e, err := v.home.desk.NewDemand(v.home.app.ctx, v.x.Of)
	v.home.openFormThen(e, err, v.again)
}

func (v *visit) onLetter() {
	a, x := v.home.app, v.x
	var words []fyne.CanvasObject
	for _, paragraph := range x.Text {
		words = append(words, widget.NewText(paragraph).In(theme.Lead, theme.Ink)) // somebody reads it who may be old
	}
	newSigning(v, x.Letter, widget.NewCard("", layout.Stack(theme.S3, words...)), a.t("agent.visit.letter.sign"), x.Giver, func(giver string, png []byte) error {
		return x.Acknowledge(a.ctx, giver, png)
	})
}

func (v *visit) onResident() {
	a, x := v.home.app, v.x
	list := []flow.Fact{{Label: a.t("agent.visit.start.purpose"), Value: x.Purpose}, {Label: a.t("field.visit.visitor"), Value: x.Leader}, {Label: a.t("agent.visit.start.second"), Value: x.With}, {Label: a.t("agent.visit.begun_at"), Value: x.Begun}}
	for _, s := range x.Steps {
		if s.Done && s.Step != outreach.StepResident && s.Step != outreach.StepSecond {
			list = append(list, flow.Fact{Label: s.Title, Value: s.Text})
		}
	}
	newSigning(v, a.t("agent.visit.step.resident"), widget.NewCard(a.t("agent.visit.facts"), a.facts(list)), a.t("agent.visit.resident.text"), "", func(_ string, png []byte) error {
		return x.SignResident(a.ctx, png)
	})
}

// agreed reports whether there is nothing left to agree to.
func (v *visit) agreed() bool {
	return !slices.ContainsFunc(v.x.Consents, func(c flow.VisitConsent) bool { return c.Until == "" })
}

// onConsent shows the consents that are asked for; one of them is signed at a time. Where all are given it says which, and
// until when.
func (v *visit) onConsent() {
	a, x := v.home.app, v.x
	for _, c := range x.Consents {
		if c.Until == "" && c.Needed {
			v.agree(c)
			return
		}
	}
	var sheet *widget.Sheet
	title := "agent.visit.consent.choose"
	if v.agreed() {
		title = "agent.visit.consent.all"
	}
	words := []fyne.CanvasObject{widget.NewTitle(a.t(title))}
	for _, c := range x.Consents {
		if c.Until != "" {
			words = append(words, layout.Stack("", widget.NewText(c.Title), widget.NewNote(a.t("agent.visit.consent.until", "until", c.Until))))
			continue
		}
		words = append(words, widget.NewButton(c.Title, widget.Secondary, nil, func() { sheet.Close(); v.agree(c) }))
	}
	shut := widget.NewButton(a.t("action.close"), widget.Primary, nil, func() { sheet.Close() })
	sheet = widget.NewSheet(layout.Stack(theme.S4, append(words, shut)...))
	sheet.Open(a.canvas)
	a.focus(shut)
}

// agree shows the wording of a consent and has it signed.
func (v *visit) agree(c flow.VisitConsent) {
	x, ctx := v.x, v.home.app.ctx
	newSigning(v, c.Title, widget.NewCard("", widget.NewText(c.Wording).In(theme.Lead, theme.Ink)), v.home.app.t("agent.visit.consent.sign"), x.Giver, func(giver string, png []byte) error {
		return x.Agree(ctx, c.Purpose, giver, png)
	})
}

func (v *visit) onSecond() { newCountersign(v) }

// onEnd ends the visit; a signature takes no time that is noticed.
func (v *visit) onEnd() {
	h := v.home
	_, err := v.x.End(h.app.ctx)
	if fault.Is(err, fault.Invalid) {
		v.draw() // something has changed since it was drawn
	}
	v.done(err)
	if err == nil {
		h.refresh()
		h.toast.Tell(h.app.t("agent.visit.end.done"))
	}
}

// refresh draws anew, because records changed.
func (v *visit) refresh() { v.draw() }

func (v *visit) leave(on func()) { on() }

// back leads to the list of the day.
func (v *visit) back() { v.home.open(newToday(v.home)) }
