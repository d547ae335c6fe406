// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sheetpdf"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// consents is the page of what somebody consented to: each consent at the left, with its letter to print and the way to take it
// back; at the right what is done on paper.
type consents struct {
	home *Home
	id   ident.Record
	body *fyne.Container

	x       *flow.Consents
	purpose string

	giver, helper *widget.Entry
	told          *fyne.Container // what became of the last deed
}

func newConsents(h *Home, id ident.Record) *consents {
	return &consents{home: h, id: id, body: container.NewStack(), told: layout.Stack(theme.S2)}
}

// consentsAction is the way from somebody's page to what they consented to.
func consentsAction(h *Home, id ident.Record) action {
	return action{text: "agent.consents.open", keys: ctrl(fyne.KeyR), do: func() { h.openOver(newConsents(h, id)) }, place: onPage}
}

func (c *consents) object() fyne.CanvasObject {
	c.draw()
	return c.body
}

func (c *consents) draw() {
	h := c.home
	var err error
	if c.x, err = h.desk.Consents(h.app.ctx, c.id); err != nil {
		c.body.Objects = []fyne.CanvasObject{layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil)}
		c.body.Refresh()
		return
	}
	title := h.backHeader(h.app.t("agent.consents.title", "name", c.x.Name))
	c.body.Objects = []fyne.CanvasObject{layout.Page(title, split(pane(c.lines()), pane(c.paper())), nil)}
	c.body.Refresh()
}

// lines draws the consents.
func (c *consents) lines() fyne.CanvasObject {
	a := c.home.app
	out := layout.Stack(theme.S3, c.told)
	if len(c.x.Lines) == 0 {
		out.Add(widget.NewNote(a.t("agent.consents.none")))
	}
	for _, l := range c.x.Lines {
		deeds := []fyne.CanvasObject{layout.Gap(), widget.NewButton(a.t("agent.consents.print"), widget.Plain, fynetheme.DocumentPrintIcon(), func() {
			c.print(c.x.Letter(a.ctx, l))
		})}
		state := theme.Grey
		if l.Holds {
			state = theme.Jade
			deeds = append(deeds, widget.NewButton(a.t("agent.consents.withdraw"), widget.Secondary, nil, func() { c.onWithdraw(l) }))
		}
		out.Add(widget.NewCard(l.For, layout.Stack(theme.S2,
			widget.NewText(l.Who).In(theme.Text, theme.Ink), widget.NewText(l.What).In(theme.Text, theme.Ink),
			widget.NewNote(l.Given), widget.NewText(l.State).In(theme.Text, state), layout.Row(theme.S2, deeds...))))
	}
	return out
}

// paper draws what is done for who cannot sign on the screen.
func (c *consents) paper() fyne.CanvasObject {
	a := c.home.app
	options := make([]widget.Option, len(c.x.Purposes))
	for i, p := range c.x.Purposes {
		options[i] = widget.Option{Code: p.Code, Label: p.Title}
	}
	choice := widget.NewChoice(options, false, func(chosen []string) {
		if c.purpose = ""; len(chosen) > 0 {
			c.purpose = chosen[0]
		}
	})
	if c.purpose != "" {
		choice.Set([]string{c.purpose})
	}
	c.giver, c.helper = widget.NewEntry(""), widget.NewEntry("")
	c.giver.SetText(c.x.Giver())
	return widget.NewCard(a.t("agent.consents.paper"), layout.Stack(theme.S4,
		widget.NewText(a.t("agent.consents.paper.help")).In(theme.Text, theme.Grey),
		widget.NewField(a.t("agent.consents.purpose"), "", "", choice),
		layout.Row("", widget.NewButton(a.t("agent.consents.blank"), widget.Secondary, fynetheme.DocumentPrintIcon(), func() {
			if c.chosen() {
				c.print(c.x.Blank(c.purpose))
			}
		}), layout.Gap()),
		widget.NewField(a.t("agent.consents.giver"), "", "", c.giver), widget.NewField(a.t("agent.consents.helper"), "", "", c.helper),
		layout.Row("", layout.Gap(), widget.NewButton(a.t("agent.consents.thumb"), widget.Primary, nil, c.onThumb))))
}

func (c *consents) chosen() bool {
	if c.purpose == "" {
		c.tell("", fault.New(fault.Invalid, "agent.consents.choose"))
	}
	return c.purpose != ""
}

// tell says what became of a deed.
func (c *consents) tell(key string, err error) {
	a := c.home.app
	c.told.Objects = []fyne.CanvasObject{widget.NewBanner(widget.Well, a.t(key), "")}
	if err != nil {
		c.told.Objects = []fyne.CanvasObject{widget.NewFaultBanner(a.Print, err)}
	}
	c.body.Refresh()
}

// onWithdraw asks once more, then takes the consent back.
func (c *consents) onWithdraw(l flow.ConsentLine) *widget.Sheet {
	a := c.home.app
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.close"), widget.Plain, nil, func() { sheet.Close() })
	goes := widget.NewButton(a.t("agent.consents.withdraw.yes"), widget.Primary, nil, func() {
		sheet.Close()
		c.withdraw(l)
	})
	sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(l.For), widget.NewText(a.t("agent.consents.withdraw.ask")).In(theme.Text, theme.Ink),
		layout.Row(theme.S2, shut, layout.Gap(), goes)))
	sheet.Open(a.canvas)
	return sheet
}

func (c *consents) withdraw(l flow.ConsentLine) {
	a := c.home.app
	err := c.x.Withdraw(a.ctx, l)
	if err == nil {
		a.Sync.Kick()
		c.draw()
	}
	c.tell("agent.consents.withdrawn.done", err)
}

// onThumb asks for the photograph of a sheet with a thumb on it.
func (c *consents) onThumb() {
	if !c.chosen() {
		return
	}
	d := dialog.NewFileOpen(func(from fyne.URIReadCloser, err error) {
		if from == nil || err != nil {
			return
		}
		defer from.Close()
		a := c.home.app
		if err = c.x.Thumb(a.ctx, c.purpose, c.giver.Text, c.helper.Text, from); err == nil {
			a.Sync.Kick()
			c.draw()
		}
		c.tell("agent.consents.thumb.done", err)
	}, c.home.app.Window)
	d.Show()
}

// print draws a letter and hands it to the printer; it is nowhere on the laptop's disk.
func (c *consents) print(o sheetpdf.Letter) {
	a := c.home.app
	var err error
	a.Work(func() {
		if a.Printer == nil {
			err = fault.New(fault.Unavailable, "agent.card.noprinter")
			return
		}
		var page bytes.Buffer
		if _, err = o.Write(&page); err == nil {
			err = a.Printer(a.ctx, page.Bytes())
		}
		clear(page.Bytes())
	}, func() { c.tell("agent.card.printed", err) })
}

func (c *consents) refresh() {}

func (c *consents) leave(on func()) { on() }
