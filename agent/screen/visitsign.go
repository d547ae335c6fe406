// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/agent/flow"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// signing is a page on which somebody reads and signs, while the officer turns the laptop round.
type signing struct {
	visit    *visit
	title    string
	text     fyne.CanvasObject // what is signed
	says     string            // what the signature says
	giver    *widget.Entry     // whose it is; nil where nobody asks
	giverBox *widget.Field
	pad      *widget.Signature
	trouble  *fyne.Container
	do       func(giver string, png []byte) error
}

// newSigning opens the page. giver is whose signature it is, to be corrected; "" where nobody asks.
func newSigning(v *visit, title string, text fyne.CanvasObject, says, giver string, do func(giver string, png []byte) error) *signing {
	a := v.home.app
	s := &signing{visit: v, title: title, text: text, says: says, pad: widget.NewSignature(a.Print, nil), trouble: hidden(), do: do}
	if giver != "" {
		s.giver = widget.NewEntry("")
		s.giver.SetText(giver)
		s.giverBox = widget.NewField(a.t("agent.visit.giver.label"), a.t("field.required"), "", s.giver)
	}
	v.home.open(s)
	return s
}

func (s *signing) object() fyne.CanvasObject {
	a := s.visit.home.app
	right := []fyne.CanvasObject{widget.NewText(s.says).In(theme.Lead, theme.Ink)}
	if s.giver != nil {
		right = append(right, s.giverBox)
	}
	right = append(right, s.pad, s.trouble, widget.NewMain(a.t("agent.visit.sign.save"), s.onSave))
	return layout.Page(s.visit.home.backHeader(s.title), halves(pane(s.text), pane(widget.NewCard("", layout.Stack(theme.S4, right...)))), nil)
}

// halves gives each side half of a page.
func halves(left, right fyne.CanvasObject) fyne.CanvasObject {
	return layout.Insets(theme.S3, "", layout.Spread("", left, right))
}

// onSave takes the signature.
func (s *signing) onSave() {
	ink, err := s.pad.Signed()
	var png []byte
	if err == nil {
		png, err = ink.PNG()
	}
	giver := ""
	if s.giver != nil {
		giver = s.giver.Text
		s.giverBox.SetRefusal("", "")
	}
	if err == nil {
		err = s.do(giver, png)
	}
	if err == nil {
		s.visit.again()
		return
	}
	print := s.visit.home.app.Print
	if f := fault.From(err); f.Field == "giver" && s.giver != nil {
		s.giverBox.SetRefusal(print.Explain(err))
		return
	}
	s.trouble.Objects = []fyne.CanvasObject{widget.NewFaultBanner(print, err)}
	s.trouble.Show()
	s.visit.home.body.Refresh()
}

// refresh leaves the page as it is: somebody is signing.
func (s *signing) refresh() {}

func (s *signing) leave(on func()) { on() }

func (s *signing) back() { s.visit.again() }

// countersign is the page on which who accompanies signs with their own passphrase.
type countersign struct {
	visit  *visit
	secret *widget.Entry
	box    *widget.Field
	main   *widget.BigButton
	busy   bool
}

func newCountersign(v *visit) *countersign {
	a := v.home.app
	c := &countersign{visit: v}
	c.secret = secretEntry(c.onSign)
	c.box = widget.NewField(a.t("agent.visit.second.secret", "name", v.x.With), "", "", c.secret)
	c.main = widget.NewMain(a.t("agent.visit.second.sign"), c.onSign)
	v.home.open(c)
	a.focus(c.secret)
	return c
}

func (c *countersign) object() fyne.CanvasObject {
	a, x := c.visit.home.app, c.visit.x
	var list []flow.Fact
	for _, s := range x.Steps {
		if s.Done && s.Step != outreach.StepSecond {
			list = append(list, flow.Fact{Label: s.Title, Value: s.Text})
		}
	}
	left := layout.Stack(theme.S4, widget.NewCard(a.t("agent.visit.title", "name", x.Title), a.facts(append([]flow.Fact{
		{Label: a.t("agent.visit.start.purpose"), Value: x.Purpose}, {Label: a.t("field.visit.visitor"), Value: x.Leader}, {Label: a.t("agent.visit.begun_at"), Value: x.Begun},
	}, list...))))
	right := widget.NewCard("", layout.Stack(theme.S4,
		widget.NewText(a.t("agent.visit.second.text")), a.facts([]flow.Fact{{Label: a.t("agent.visit.check"), Value: x.Check}}), c.box, c.main))
	return layout.Page(c.visit.home.backHeader(a.t("agent.visit.second.title", "name", x.With)), halves(pane(left), pane(right)), nil)
}

// onSign opens the companion's key and signs. To open it takes about a second, so that guessing takes long.
func (c *countersign) onSign() {
	if c.busy {
		return
	}
	h, passphrase := c.visit.home, c.secret.Text
	c.busy = true
	c.secret.SetText("")
	c.main.SetText(h.app.t("agent.visit.second.working"))
	c.main.Disable()
	var err error
	h.app.Work(func() {
		err = h.app.Session.Beside(h.app.ctx, passphrase, func(theirs *flow.Desk) error { return c.visit.x.Sign(h.app.ctx, theirs) })
	}, func() {
		c.busy = false
		c.main.SetText(h.app.t("agent.visit.second.sign"))
		c.main.Enable()
		switch {
		case h.app.home != h || h.page != page(c):
			// locked, or left meanwhile: what was signed is signed
		case err == nil:
			c.visit.again()
		case fault.From(err).Field == "passphrase":
			c.box.SetRefusal(h.app.Print.Explain(err))
			h.app.focus(c.secret)
		default:
			h.app.tell(err)
		}
	})
}

func (c *countersign) refresh() {}

func (c *countersign) leave(on func()) { on() }

func (c *countersign) back() { c.visit.again() }
