// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"image"
	"io"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"yuexin/agent/flow"
	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// pointPage is the page of a household's civic points: what it has, what can be proposed, and beside it what waits for a second
// person.
type pointPage struct {
	home *Home
	id   ident.Record
	body *fyne.Container

	page  *flow.PointPage
	item  string
	photo fyne.URIReadCloser // chosen, not sent yet
	day   *widget.Entry
	note  *widget.Entry
	boxes map[string]*widget.Field // by the field of a fault
}

func newPointPage(h *Home, id ident.Record) *pointPage {
	return &pointPage{home: h, id: id, body: container.NewStack()}
}

// pointAction is the way from a household's page to its points.
func pointAction(h *Home, id ident.Record) action {
	return action{text: "agent.points.open", keys: ctrl(fyne.KeyJ), do: func() { h.openOver(newPointPage(h, id)) }, place: onPage}
}

func (p *pointPage) object() fyne.CanvasObject {
	p.draw()
	return p.body
}

func (p *pointPage) draw() {
	h := p.home
	var err error
	if p.page, err = h.desk.Points(h.app.ctx, p.id); err != nil {
		p.show(layout.Page(h.backHeader(""), layout.Inset(theme.S5, widget.NewFaultBanner(h.app.Print, err)), nil))
		return
	}
	left := layout.Stack(theme.S4, widget.NewCard(h.app.t("agent.points.year"), h.app.facts(p.page.Balances)), p.form(), p.list("agent.points.entries", p.page.Entries))
	p.show(layout.Page(h.backHeader(h.app.t("agent.points.title", "name", p.page.Name)), split(pane(left), pane(p.list("agent.points.waiting", p.page.Waiting))), nil))
}

func (p *pointPage) show(o fyne.CanvasObject) {
	p.body.Objects = []fyne.CanvasObject{o}
	p.body.Refresh()
}

// form asks what is proposed.
func (p *pointPage) form() fyne.CanvasObject {
	a := p.home.app
	options := make([]widget.Option, len(p.page.Items))
	for i, it := range p.page.Items {
		label := it.Label
		if it.Photo {
			label += a.t("agent.comma") + a.t("agent.points.needs_photo")
		}
		options[i] = widget.Option{Code: it.ID, Label: label}
	}
	items := widget.NewChoice(options, false, func(codes []string) { p.item = strings.Join(codes, "") })
	items.Set([]string{p.item})
	p.day, p.note = widget.NewEntry(""), widget.NewEntry("")
	p.day.SetText(p.page.Today())
	name := a.t("agent.points.no_photo")
	if p.photo != nil {
		name = p.photo.URI().Name()
	}
	p.boxes = map[string]*widget.Field{
		"point_item": widget.NewField(a.t("field.point.point_item"), "", "", items),
		"day":        widget.NewField(a.t("field.point.day"), "", "", p.day),
		"note":       widget.NewField(a.t("field.point.note"), a.t("field.optional"), "", p.note),
		"photo": widget.NewField(a.t("field.point.photo"), "", "", layout.Row(theme.S3,
			widget.NewButton(a.t("agent.points.photo"), widget.Secondary, nil, p.onPhoto), layout.Grow(widget.NewNote(name)))),
	}
	propose := widget.NewButton(a.t("agent.points.propose"), widget.Primary, nil, p.onPropose)
	return widget.NewCard(a.t("agent.points.new"), layout.Stack(theme.S3, p.boxes["point_item"],
		layout.Spread(theme.S3, p.boxes["day"], p.boxes["note"]), p.boxes["photo"], layout.Row("", layout.Gap(), propose)))
}

// list draws entries with what can be done about each.
func (p *pointPage) list(title string, entries []flow.PointEntry) fyne.CanvasObject {
	a := p.home.app
	rows := layout.Stack(theme.S3)
	for i, e := range entries {
		if i > 0 {
			rows.Add(widget.NewRule())
		}
		tone := widget.Look
		switch e.Tone {
		case points.Counts:
			tone = widget.Well
		case points.Withdrawn, points.TakenBack, points.Refused, points.Over:
			tone = widget.Quiet
		}
		words := layout.Stack(theme.S1, widget.NewText(e.Title), widget.NewNote(e.About))
		row := layout.Stack(theme.S2, layout.Row(theme.S3, layout.Grow(words), widget.NewTag(e.State, tone)))
		if deeds := p.deeds(e); len(deeds) > 0 {
			row.Add(layout.Row(theme.S3, append(deeds, layout.Gap())...))
		}
		rows.Add(row)
	}
	if len(entries) == 0 {
		rows.Add(widget.NewNote(a.t(title + ".none")))
	}
	return widget.NewCard(a.t(title), rows)
}

func (p *pointPage) deeds(e flow.PointEntry) (out []fyne.CanvasObject) {
	a := p.home.app
	deed := func(key string, kind widget.Kind, do func() error) {
		out = append(out, widget.NewButton(a.t(key), kind, nil, func() { p.did(do()) }))
	}
	if e.Approve {
		deed("kiosk.pointdesk.approve", widget.Primary, func() error { return p.page.Approve(a.ctx, e) })
	}
	if e.Answer {
		deed("choice.point_answer."+points.Kept, widget.Secondary, func() error { return p.page.Answer(a.ctx, e, points.Kept) })
	}
	if e.Doubted {
		deed("choice.point_answer."+points.Right, widget.Secondary, func() error { return p.page.Answer(a.ctx, e, points.Right) })
	}
	if e.Back {
		deed("agent.points.back", widget.Plain, func() error { return p.page.TakeBack(a.ctx, e) })
	}
	if e.Photo {
		out = append(out, widget.NewButton(a.t("agent.points.look"), widget.Plain, nil, func() { p.onLook(e) }))
	}
	return out
}

// did draws the page anew after an act, or tells why nothing changed.
func (p *pointPage) did(err error) {
	if err != nil {
		if box := p.boxes[fault.From(err).Field]; box != nil {
			box.SetRefusal(p.home.app.Print.Explain(err))
			return
		}
		p.home.app.tell(err)
		return
	}
	p.draw()
}

// onPhoto chooses the evidence.
func (p *pointPage) onPhoto() {
	d := dialog.NewFileOpen(func(from fyne.URIReadCloser, err error) {
		if err != nil || from == nil {
			return // closed without a file
		}
		p.photo = from
		p.draw()
	}, p.home.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"}))
	d.Show()
}

// onPropose proposes what the form says; the photo is read and sealed beside the UI goroutine.
func (p *pointPage) onPropose() {
	a, item, day, note, photo := p.home.app, p.item, p.day.Text, strings.TrimSpace(p.note.Text), p.photo
	for _, box := range p.boxes {
		box.SetRefusal("", "")
	}
	var err error
	a.Work(func() {
		var from io.Reader
		if photo != nil {
			from = photo
		}
		err = p.page.Propose(a.ctx, item, day, note, from)
		if photo != nil {
			_ = photo.Close() // it was only read
		}
	}, func() {
		if p.photo = nil; err == nil {
			p.item = ""
		}
		p.did(err)
	})
}

// onLook shows the evidence.
func (p *pointPage) onLook(e flow.PointEntry) {
	a := p.home.app
	var img image.Image
	var err error
	a.Work(func() { img, err = p.page.Photo(a.ctx, e, lookPixels) }, func() {
		if err != nil {
			a.tell(err)
			return
		}
		a.look(e.Title, img)
	})
}

func (p *pointPage) refresh() {}

func (p *pointPage) leave(on func()) { on() }
