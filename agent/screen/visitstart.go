// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// visitStart asks what a visit is for, and with whom.
type visitStart struct {
	home  *Home
	of    ident.Record
	under *visit // whose companion changes; nil for one to begin
	sheet *widget.Sheet

	purpose, second *widget.Choice
	name            *widget.Entry // of a companion without an account
	boxes           map[string]*widget.Field
	more            *fyne.Container           // asks for the name, where it has to be asked for
	companions      map[string]flow.Companion // by the code of the choice
}

// Choices that are nobody of the staff.
const (
	alone     = "alone"
	otherwise = "other"
)

// openVisitStart asks before a visit begins, or goes on with one that has.
func (h *Home) openVisitStart(of ident.Record, title string) {
	h.askVisit(of, nil, h.app.t("agent.visit.start.title", "name", title))
}

// askVisit asks what a visit is for and with whom; of one under way only with whom.
func (h *Home) askVisit(of ident.Record, under *visit, title string) {
	a := h.app
	staff, err := h.desk.Companions(a.ctx)
	if err != nil {
		a.tell(err)
		return
	}
	s := &visitStart{home: h, of: of, under: under, name: widget.NewEntry(""), more: hidden(), companions: map[string]flow.Companion{}}
	def, _ := h.desk.Book.Catalogue.Field("visit", "visit_purpose")
	var purposes, seconds []widget.Option
	for _, code := range def.Choices {
		purposes = append(purposes, widget.Option{Code: code, Label: a.t("choice.visit_purpose." + code)})
	}
	for _, c := range staff {
		s.companions[c.Actor.String()] = c
		label := c.Name
		if c.Here {
			label = a.t("agent.visit.start.here", "name", c.Name)
		}
		seconds = append(seconds, widget.Option{Code: c.Actor.String(), Label: label})
	}
	seconds = append(seconds, widget.Option{Code: alone, Label: a.t("agent.visit.start.alone")}, widget.Option{Code: otherwise, Label: a.t("agent.visit.start.other")})
	s.purpose = widget.NewChoice(purposes, false, func([]string) { s.boxes["purpose"].SetRefusal("", "") })
	s.second = widget.NewChoice(seconds, false, s.onSecond)
	s.boxes = map[string]*widget.Field{
		"purpose": widget.NewField(a.t("agent.visit.start.purpose"), a.t("field.required"), "", s.purpose),
		"second":  widget.NewField(a.t("agent.visit.start.second"), "", a.t("agent.visit.start.second.help"), s.second),
		"name":    widget.NewField(a.t("agent.visit.start.other.name"), "", "", s.name),
	}
	shut := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { s.sheet.Close() })
	begin := widget.NewButton(a.t("agent.visit.start.go"), widget.Primary, nil, s.onGo)
	asked := []fyne.CanvasObject{s.boxes["second"], s.more}
	if under == nil {
		asked = append([]fyne.CanvasObject{s.boxes["purpose"]}, asked...)
	} else {
		begin.SetText(a.t("agent.visit.start.change"))
	}
	questions := widget.NewTouchScroll(layout.Insets(theme.S1, "", layout.Stack(theme.S4, asked...)))
	s.sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(title),
		container.NewGridWrap(visitStartSize, questions), layout.Spread(theme.S3, shut, begin)))
	s.sheet.Open(a.canvas)
}

// visitStartSize is how much of the questions is seen at once, in units: a laptop's window is 768 high.
var visitStartSize = fyne.NewSize(620, 430)

func (s *visitStart) onSecond(codes []string) {
	s.boxes["second"].SetRefusal("", "")
	other := len(codes) == 1 && codes[0] == otherwise
	s.more.Objects, s.more.Hidden = nil, !other
	if other {
		s.more.Objects = []fyne.CanvasObject{s.boxes["name"]}
	}
	s.sheet.Refresh()
	if other {
		s.home.app.focus(s.name)
	}
}

// onGo begins the visit, or changes who accompanies, and shows it.
func (s *visitStart) onGo() {
	h := s.home
	var id ident.Record
	var err error
	var start flow.VisitStart
	if p := s.purpose.Chosen(); len(p) == 1 {
		start.Purpose = p[0]
	}
	if c := s.second.Chosen(); len(c) == 1 {
		who := s.companions[c[0]]
		start.Second, start.With = who.Actor, who.Name
		if c[0] == otherwise {
			start.With = s.name.Text
		}
	}
	if s.under != nil {
		id, err = s.under.id, s.under.x.Accompany(h.app.ctx, start.Second, start.With)
	} else {
		id, err = h.desk.BeginVisit(h.app.ctx, s.of, start)
	}
	if f := fault.From(err); err != nil && s.boxes[f.Field] != nil {
		s.boxes[f.Field].SetRefusal(h.app.Print.Explain(err))
		s.sheet.Refresh()
		return
	}
	s.sheet.Close()
	if err != nil {
		h.app.tell(err)
		return
	}
	h.page.leave(func() { h.open(newVisit(h, id)) })
}
