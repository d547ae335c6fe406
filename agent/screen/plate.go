// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// platePage is the page of one plate: what is asked of the desk about it, and what became of that.
type platePage struct {
	home *Home
	id   ident.Record // of the plate, or of the household that has it
	of   func() (*flow.PlateFile, error)
	body *fyne.Container

	x     *flow.PlateFile
	boxes map[string]*widget.Field // by the field of a fault
	needs map[plate.Deed][]fyne.CanvasObject
	found *fyne.Container // households to choose from
	state map[string]*widget.Text
	deeds *widget.Choice
	main  *widget.BigButton
}

func newPlatePage(h *Home, id ident.Record) *platePage {
	return &platePage{home: h, body: container.NewStack(), of: func() (*flow.PlateFile, error) { return h.desk.PlateFile(h.app.ctx, id) }}
}

// plateAction is the way from a household to its plate.
func plateAction(h *Home, household ident.Record) action {
	return action{text: "agent.plate.open", keys: ctrl(fyne.KeyM), place: onPage, do: func() { h.openOver(newPlatePageAt(h, household)) }}
}

// newPlatePageAt is the page of a household's plate.
func newPlatePageAt(h *Home, household ident.Record) *platePage {
	return &platePage{home: h, body: container.NewStack(), of: func() (*flow.PlateFile, error) { return h.desk.PlateOf(h.app.ctx, household) }}
}

func (p *platePage) object() fyne.CanvasObject {
	h := p.home
	var err error
	if p.x, err = p.of(); err != nil {
		p.show(layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil))
		return p.body
	}
	p.show(layout.Page(h.backHeader(h.app.t("agent.plate.title", "place", p.x.Plate.Text())), split(pane(p.form()), pane(p.facts())), nil))
	return p.body
}

func (p *platePage) show(o fyne.CanvasObject) {
	p.body.Objects = []fyne.CanvasObject{o}
	p.body.Refresh()
}

// form asks for something. What a deed does not need is hidden.
func (p *platePage) form() fyne.CanvasObject {
	a := p.home.app
	codes, words := p.x.Deeds()
	options := make([]widget.Option, len(codes))
	for i := range codes {
		options[i] = widget.Option{Code: codes[i], Label: words[i]}
	}
	entry := func(into *string, hint string) *widget.Entry {
		e := widget.NewEntry(hint)
		e.OnChanged = func(text string) { *into = text }
		return e
	}
	reason := widget.NewMultiLine("", 2)
	reason.OnChanged = func(text string) { p.x.Reason = text }
	p.deeds = widget.NewChoice(options, false, p.onDeed)
	p.state = map[string]*widget.Text{"position": widget.NewNote(""), "photo": widget.NewNote("")}
	locate := widget.NewButton(a.t("agent.plate.locate"), widget.Secondary, nil, p.onLocate)
	photo := widget.NewButton(a.t("agent.plate.photo"), widget.Secondary, nil, p.onPhoto)
	p.boxes = map[string]*widget.Field{
		"deed":       widget.NewField(a.t("field.plate_ask.deed"), "", "", p.deeds),
		"position":   widget.NewField(a.t("field.plate_ask.position"), "", "", layout.Row(theme.S3, locate, layout.Grow(p.state["position"]))),
		"photo":      widget.NewField(a.t("field.plate_ask.photo"), "", a.t("agent.plate.photo.help"), layout.Row(theme.S3, photo, layout.Grow(p.state["photo"]))),
		"households": widget.NewField(a.t("field.plate_ask.households"), "", a.t("agent.plate.households.help"), p.homes()),
		"numbers":    widget.NewField(a.t("field.plate_ask.numbers"), "", a.t("agent.plate.numbers.help"), entry(&p.x.Numbers, "12号 12-1号")),
		"into":       widget.NewField(a.t("field.plate_ask.into"), "", a.t("agent.plate.into.help"), entry(&p.x.Into, "4K7M-2QXA")),
		"foreign":    widget.NewField(a.t("field.plate_ask.foreign"), "", a.t("agent.plate.foreign.help"), entry(&p.x.Foreign, "")),
		"reason":     widget.NewField(a.t("field.plate_ask.deed_reason"), "", "", reason),
	}
	p.needs = map[plate.Deed][]fyne.CanvasObject{
		plate.PutUp: p.fields("position", "photo"), plate.Bind: p.fields("households"), plate.Renew: p.fields("reason"),
		plate.Split: p.fields("numbers", "reason"), plate.Merge: p.fields("into", "reason"), plate.Void: p.fields("reason"),
		plate.Foreign: p.fields("foreign"), plate.Covered: p.fields("position", "photo", "reason"),
	}
	p.main = widget.NewButton(a.t("agent.plate.ask"), widget.Primary, nil, p.onAsk)
	stack := append(p.fields("deed", "position", "photo", "households", "numbers", "into", "foreign", "reason"), layout.Row("", layout.Gap(), p.main))
	p.onDeed(nil)
	return layout.Stack(theme.S4, widget.NewText(a.t("agent.plate.help")).In(theme.Text, theme.Grey), widget.NewCard("", layout.Stack(theme.S4, stack...)))
}

func (p *platePage) fields(names ...string) (out []fyne.CanvasObject) {
	for _, name := range names {
		out = append(out, p.boxes[name])
	}
	return out
}

// onDeed shows what the chosen deed needs.
func (p *platePage) onDeed(chosen []string) {
	p.x.Deed = ""
	if len(chosen) > 0 {
		p.x.Deed = plate.Deed(chosen[0])
	}
	for name, box := range p.boxes {
		if name != "deed" {
			box.Hide()
		}
		box.SetRefusal("", "")
	}
	for _, box := range p.needs[p.x.Deed] {
		box.Show()
	}
	p.body.Refresh()
}

// homes finds households and chooses among them.
func (p *platePage) homes() fyne.CanvasObject {
	p.found = layout.Stack("")
	search := widget.NewEntry(p.home.app.t("agent.plate.search"))
	search.OnSubmitted = p.find
	p.find("")
	return layout.Stack(theme.S2, search, p.found)
}

func (p *platePage) find(search string) {
	a := p.home.app
	list, err := p.x.Find(a.ctx, search)
	if err != nil {
		p.found.Objects = []fyne.CanvasObject{widget.NewFaultBanner(a.Print, err)}
		p.found.Refresh()
		return
	}
	options, byCode, chosen := make([]widget.Option, len(list)), map[string]ident.Record{}, []string(nil)
	for i, home := range list {
		options[i] = widget.Option{Code: home.ID.String(), Label: home.Name}
		byCode[home.ID.String()] = home.ID
	}
	for _, id := range p.x.Chosen {
		chosen = append(chosen, id.String())
	}
	choice := widget.NewChoice(options, true, func(codes []string) {
		p.x.Chosen = nil
		for _, code := range codes {
			p.x.Chosen = append(p.x.Chosen, byCode[code])
		}
	})
	choice.Set(chosen)
	p.found.Objects = []fyne.CanvasObject{choice}
	p.found.Refresh()
}

func (p *platePage) onLocate() {
	openLocate(p.home, func(fix device.Fix) error {
		answer := fix.Answer()
		p.x.Fix = &answer
		return nil
	}, func() {
		p.state["position"].SetText(p.x.Fix.String())
		p.boxes["position"].SetRefusal("", "")
		p.body.Refresh()
	})
}

func (p *platePage) onPhoto() {
	d := dialog.NewFileOpen(func(from fyne.URIReadCloser, err error) {
		if err == nil && from != nil {
			p.photo(from)
		}
	}, p.home.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"}))
	d.Show()
}

// photo keeps a picture beside the UI goroutine.
func (p *platePage) photo(from io.ReadCloser) {
	a := p.home.app
	var err error
	a.Work(func() {
		err = p.x.Take(from)
		_ = from.Close() // it was only read
	}, func() {
		if err != nil {
			p.boxes["photo"].SetRefusal(a.Print.Explain(err))
		} else {
			p.boxes["photo"].SetRefusal("", "")
			p.state["photo"].SetText(a.t("agent.plate.photo.taken"))
		}
		p.body.Refresh()
	})
}

// onAsk writes down what is asked for, and shows the plate anew.
func (p *platePage) onAsk() {
	a := p.home.app
	for _, box := range p.boxes {
		box.SetRefusal("", "")
	}
	if err := p.x.Ask(a.ctx); err != nil {
		box, known := p.boxes[fault.From(err).Field]
		if !known {
			a.tell(err)
			return
		}
		box.SetRefusal(a.Print.Explain(err))
		p.body.Refresh()
		return
	}
	a.Sync.Kick()
	p.home.toast.Tell(a.t("agent.plate.asked"))
	p.object()
}

// facts are what is known of the plate, and what was asked before.
func (p *platePage) facts() fyne.CanvasObject {
	a := p.home.app
	homes := layout.Stack("")
	for _, home := range p.x.Homes {
		homes.Add(widget.NewText(home.Name))
	}
	if len(p.x.Homes) == 0 {
		homes.Add(widget.NewNote(a.t("agent.plate.nobody")))
	}
	said := layout.Stack(theme.S3)
	for _, one := range p.x.Said {
		tone := widget.Quiet
		if one.No {
			tone = widget.Bad
		}
		text := one.When
		if one.Text != "" {
			text = one.Text + "\n" + text
		}
		said.Add(widget.NewBanner(tone, one.Title, text))
	}
	if len(p.x.Said) == 0 {
		said.Add(widget.NewNote(a.t("agent.plate.said.none")))
	}
	return layout.Stack(theme.S4, widget.NewCard("", a.facts(p.x.Facts)),
		widget.NewCard(a.t("agent.plate.homes"), homes), widget.NewCard(a.t("agent.plate.said"), said))
}

func (p *platePage) refresh() {}

func (p *platePage) leave(on func()) { on() }
