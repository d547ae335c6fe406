// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/cardsheet"
	"yuexin/agent/flow"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// fileCard is the page on which somebody gets a file card: who they are is looked at first, then they choose a PIN, then the card
// is there to print until the page is left.
type fileCard struct {
	home *Home
	id   ident.Record
	body *fyne.Container

	card   *flow.FileCard
	issued *flow.Issued // once it is made

	pin, again *widget.Entry
	boxes      map[string]*widget.Field // by the field of a fault
	main       *widget.BigButton
	print      *widget.BigButton
	printed    *fyne.Container // what became of the print
}

func newFileCard(h *Home, id ident.Record) *fileCard {
	return &fileCard{home: h, id: id, body: container.NewStack()}
}

// cardAction is the way from somebody's page to their card; it says how much they object to.
func cardAction(h *Home, id ident.Record) action {
	card := action{text: "agent.card.open", keys: ctrl(fyne.KeyG), do: func() { h.openOver(newFileCard(h, id)) }, place: onPage}
	if n := h.desk.CountObjections(h.app.ctx, id); n > 0 {
		card.name = h.app.t("agent.card.open.said", "n", fmt.Sprint(n))
	}
	return card
}

func (c *fileCard) object() fyne.CanvasObject {
	h := c.home
	var err error
	if c.card, err = h.desk.FileCard(h.app.ctx, c.id); err != nil {
		c.show(layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil))
		return c.body
	}
	c.show(layout.Page(h.backHeader(h.app.t("agent.card.title", "name", c.card.Name)), split(pane(c.form()), pane(c.before())), nil))
	return c.body
}

func (c *fileCard) show(o fyne.CanvasObject) {
	c.body.Objects = []fyne.CanvasObject{o}
	c.body.Refresh()
}

// form asks what has to be known before a card is made.
func (c *fileCard) form() fyne.CanvasObject {
	a := c.home.app
	c.pin, c.again = secretEntry(func() { a.focus(c.again) }), secretEntry(c.onIssue)
	least, most := c.card.PINSize()
	help := a.t("agent.card.pin.help", "min", fmt.Sprint(least), "max", fmt.Sprint(most))
	c.main = widget.NewButton(a.t("agent.card.go"), widget.Primary, nil, c.onIssue)
	pins := layout.Stack(theme.S4)
	c.boxes = map[string]*widget.Field{
		"seen": widget.NewField(a.t("agent.card.seen"), "", "", c.choice(myfile.KindRequest, "identity_seen", &c.card.Seen, func() {})),
		"why": widget.NewField(a.t("agent.card.why"), "", "", c.choice(myfile.KindRequest, "card_why", &c.card.Why, func() {
			pins.Hidden = c.card.Stops()
			c.main.SetText(a.t(map[bool]string{false: "agent.card.go", true: "agent.card.stop"}[c.card.Stops()]))
			c.body.Refresh()
		})),
		"pin":   widget.NewField(a.t("agent.card.pin"), "", help, c.pin),
		"again": widget.NewField(a.t("agent.card.pin.again"), "", "", c.again),
	}
	pins.Add(layout.Spread(theme.S3, c.boxes["pin"], c.boxes["again"]))
	return layout.Stack(theme.S4,
		widget.NewText(a.t("agent.card.help")).In(theme.Text, theme.Grey),
		widget.NewCard("", layout.Stack(theme.S4, c.boxes["seen"], c.boxes["why"], pins, layout.Row("", layout.Gap(), c.main))))
}

// choice is a field with its codes.
func (c *fileCard) choice(kind record.Kind, field record.Field, into *string, changed func()) fyne.CanvasObject {
	codes, words := c.card.Choices(kind, field)
	options := make([]widget.Option, len(codes))
	for i := range codes {
		options[i] = widget.Option{Code: codes[i], Label: words[i]}
	}
	return widget.NewChoice(options, false, func(chosen []string) {
		if *into = ""; len(chosen) > 0 {
			*into = chosen[0]
		}
		changed()
	})
}

// before shows what the holder objects to, and the cards there were.
func (c *fileCard) before() fyne.CanvasObject {
	a := c.home.app
	var out []fyne.CanvasObject
	if len(c.card.Said) > 0 {
		list := layout.Stack(theme.S3)
		for _, o := range c.card.Said {
			tone, due := widget.Quiet, o.When+a.t("agent.comma")+o.Due
			if o.Late {
				tone, due = widget.Bad, due+a.t("agent.comma")+a.t("agent.card.late")
			}
			var answer []fyne.CanvasObject
			if o.Open {
				answer = append(answer, widget.NewButton(a.t("agent.card.answer"), widget.Secondary, nil, func() { c.onAnswer(o) }))
			}
			list.Add(widget.NewBanner(tone, o.Title, o.Text+"\n"+due, answer...))
		}
		out = append(out, widget.NewCard(a.t("agent.card.objections"), list))
	}
	var cards fyne.CanvasObject = widget.NewNote(a.t("agent.card.none"))
	if len(c.card.Cards) > 0 {
		cards = a.facts(c.card.Cards)
	}
	return layout.Stack(theme.S4, append(out, widget.NewCard(a.t("agent.card.before"), cards))...)
}

func (c *fileCard) onIssue() {
	if c.main.Disabled() {
		return
	}
	a, pin, again := c.home.app, c.pin.Text, c.again.Text
	for _, box := range c.boxes {
		box.SetRefusal("", "")
	}
	c.main.Disable()
	c.main.SetText(a.t("agent.card.busy"))
	var made *flow.Issued
	var err error
	a.Work(func() { made, err = c.card.Issue(a.ctx, pin, again) }, func() {
		c.main.Enable()
		c.main.SetText(a.t(map[bool]string{false: "agent.card.go", true: "agent.card.stop"}[c.card.Stops()]))
		if err != nil {
			c.refuse(err)
			return
		}
		c.pin.SetText("")
		c.again.SetText("")
		a.Sync.Kick()
		if made.Card.IsZero() {
			c.home.toast.Tell(a.t("agent.card.stopped"))
			c.object()
			return
		}
		c.issued = made
		c.drawIssued()
	})
}

// onAnswer asks what became of an objection.
func (c *fileCard) onAnswer(o flow.Objection) *widget.Sheet {
	a, kind := c.home.app, ""
	text := widget.NewMultiLine("", 3)
	boxes := map[string]*widget.Field{
		"kind": widget.NewField(a.t("agent.card.answer.kind"), "", "", c.choice(myfile.KindAnswer, "answer_kind", &kind, func() {})),
		"text": widget.NewField(a.t("agent.card.answer.text"), "", a.t("agent.card.answer.help"), text),
	}
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.close"), widget.Plain, nil, func() { sheet.Close() })
	goes := widget.NewButton(a.t("agent.card.answer.go"), widget.Primary, nil, func() {
		for _, box := range boxes {
			box.SetRefusal("", "")
		}
		err := c.card.Answer(a.ctx, o, kind, text.Text)
		if err == nil {
			sheet.Close()
			a.Sync.Kick()
			c.object()
			return
		}
		box, known := boxes[fault.From(err).Field]
		if !known {
			box = boxes["text"]
		}
		box.SetRefusal(a.Print.Explain(err))
		sheet.Refresh()
	})
	sheet = widget.NewSheet(layout.Stack(theme.S4,
		widget.NewTitle(a.t("agent.card.answer.title")), widget.NewText(o.Title+"\n"+o.Text).In(theme.Text, theme.Grey),
		boxes["kind"], boxes["text"], layout.Row(theme.S2, shut, layout.Gap(), goes)))
	sheet.Open(a.canvas)
	return sheet
}

// refuse says beside a field what is wrong.
func (c *fileCard) refuse(err error) {
	box, known := c.boxes[fault.From(err).Field]
	if !known {
		c.home.app.tell(err)
		return
	}
	box.SetRefusal(c.home.app.Print.Explain(err))
	c.body.Refresh()
}

// drawIssued shows the card that was made, until the page is left.
func (c *fileCard) drawIssued() {
	a := c.home.app
	c.printed = layout.Stack(theme.S2)
	c.print = widget.NewButton(a.t("agent.card.print"), widget.Primary, fynetheme.DocumentPrintIcon(), c.onPrint)
	done := widget.NewButton(a.t("agent.card.done"), widget.Secondary, nil, c.home.onBack)
	words := layout.Stack(theme.S4,
		widget.NewText(a.t("agent.card.made.help")).In(theme.Text, theme.Ink),
		widget.NewText(c.issued.Card.Code()).In(theme.Title, theme.Ink),
		c.printed, layout.Row(theme.S2, c.print, done, layout.Gap()))
	var picture fyne.CanvasObject
	if code, err := widget.NewQR(c.issued.Card.QR()); err == nil { // the code in letters is enough
		picture = code
	}
	card := widget.NewCard(a.t("agent.card.made"), layout.Row(theme.S5, picture, layout.Grow(words)))
	c.show(layout.Page(c.home.backHeader(a.t("agent.card.title", "name", c.card.Name)), layout.Inset(theme.S5, card), nil))
}

// onPrint hands the card to the printer. It is nowhere on the laptop's disk.
func (c *fileCard) onPrint() {
	a, issued := c.home.app, c.issued
	if issued == nil || c.print.Disabled() {
		return
	}
	c.print.Disable()
	var err error
	a.Work(func() { err = c.paper(issued) }, func() {
		c.print.Enable()
		c.printed.Objects = []fyne.CanvasObject{widget.NewBanner(widget.Well, a.t("agent.card.printed"), "")}
		if err != nil {
			c.printed.Objects = []fyne.CanvasObject{widget.NewFaultBanner(a.Print, err)}
		}
		c.body.Refresh()
	})
}

// paper draws the card and prints it.
func (c *fileCard) paper(issued *flow.Issued) error {
	a := c.home.app
	if a.Printer == nil {
		return fault.New(fault.Unavailable, "agent.card.noprinter")
	}
	card := cardsheet.Card{
		Code: issued.Card.Code(), QR: issued.Card.QR(), Title: a.t("agent.card.paper.title"), Issued: issued.Day,
		Lines: []string{a.t("agent.card.paper.use"), a.t("agent.card.paper.pin"), a.t("agent.card.paper.lost")},
	}
	if issued.Sample {
		card.Sample = a.t("kiosk.sample")
	}
	var page bytes.Buffer
	if err := card.Write(&page); err != nil {
		return err
	}
	defer clear(page.Bytes())
	return a.Printer(a.ctx, page.Bytes())
}

func (c *fileCard) refresh() {}

// leave drops the card: what was not printed is made anew.
func (c *fileCard) leave(on func()) { c.issued = nil; on() }
