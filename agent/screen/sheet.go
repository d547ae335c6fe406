// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"errors"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// paper is the card by which a record goes onto paper and the signed paper comes back.
type sheets struct {
	home    *Home
	id      ident.Record
	name    string // of the record, as people speak of it
	forms   []flow.SheetForm
	changed func() // draws the record anew
	sheet   *widget.Sheet
}

func newSheets(h *Home, id ident.Record, kind record.Kind, name string, changed func()) *sheets {
	return &sheets{home: h, id: id, name: name, forms: h.desk.SheetForms(kind), changed: changed}
}

// object draws the card.
func (p *sheets) object() fyne.CanvasObject {
	a := p.home.app
	return widget.NewCard(a.t("agent.paper.title"), layout.Stack(theme.S3,
		widget.NewText(a.t("agent.paper.about")).In(theme.Text, theme.Grey),
		layout.Spread(theme.S2,
			widget.NewButton(a.t("agent.paper.print"), widget.Secondary, fynetheme.DocumentPrintIcon(), p.onPrint),
			widget.NewButton(a.t("agent.sheet.add"), widget.Secondary, fynetheme.ContentAddIcon(), p.onSigned))))
}

// show replaces what the card asks for.
func (p *sheets) show(objects ...fyne.CanvasObject) {
	p.close()
	p.sheet = widget.NewSheet(layout.Stack(theme.S4, objects...))
	p.sheet.Open(p.home.app.canvas)
}

func (p *sheets) close() {
	if p.sheet != nil {
		p.sheet.Close()
	}
}

func (p *sheets) cancel() fyne.CanvasObject {
	return widget.NewButton(p.home.app.t("action.cancel"), widget.Secondary, nil, p.close)
}

// onPrint says what the file will hold, and asks for the form where there are several.
func (p *sheets) onPrint() {
	a := p.home.app
	objects := []fyne.CanvasObject{
		widget.NewTitle(a.t("agent.paper.print")),
		widget.NewBanner(widget.Look, a.t("agent.paper.clear"), a.t("agent.paper.clear.hint")),
	}
	if len(p.forms) == 1 {
		save := widget.NewButton(a.t("agent.paper.save"), widget.Primary, nil, func() { p.onSave(p.forms[0].Name) })
		p.show(append(objects, layout.Row(theme.S2, p.cancel(), layout.Gap(), save))...)
		a.focus(save)
		return
	}
	objects = append(objects, widget.NewText(a.t("agent.paper.which")))
	for _, form := range p.forms {
		objects = append(objects, widget.NewButton(form.Title, widget.Secondary, fynetheme.DocumentIcon(), func() { p.onSave(form.Name) }))
	}
	p.show(append(objects, layout.Row(theme.S2, p.cancel()))...)
}

// onSave asks where the file goes, and draws it beside the UI goroutine.
func (p *sheets) onSave(form string) {
	p.close()
	a := p.home.app
	d := dialog.NewFileSave(func(to fyne.URIWriteCloser, err error) {
		if err != nil || to == nil {
			return // closed without a place
		}
		p.save(form, to)
	}, a.Window)
	d.SetFileName(form + "-" + p.home.desk.Now().Format("20060102-1504") + ".pdf")
	d.SetFilter(storage.NewExtensionFileFilter([]string{".pdf", ".PDF"}))
	d.Show()
}

func (p *sheets) save(form string, to fyne.URIWriteCloser) {
	a := p.home.app
	var made flow.Sheet
	var err error
	a.Work(func() {
		if made, err = p.home.desk.Sheet(a.ctx, p.id, form); err != nil {
			err = errors.Join(err, to.Close())
			return
		}
		_, failed := to.Write(made.PDF)
		if failed = errors.Join(failed, to.Close()); failed != nil {
			err = fault.New(fault.Unavailable, "agent.paper.unsaved").WithCause(failed)
		}
	}, func() {
		switch pages := strconv.Itoa(made.Pages); {
		case err != nil:
			a.tell(err)
		case made.Lacking != "":
			p.home.toast.Tell(a.t("agent.paper.lacking", "n", pages, "chars", made.Lacking))
		default:
			p.home.toast.Tell(a.t("agent.paper.written", "n", pages))
		}
	})
}

// onSigned asks for the picture of a signed page.
func (p *sheets) onSigned() {
	p.close()
	d := dialog.NewFileOpen(func(from fyne.URIReadCloser, err error) {
		if err != nil || from == nil {
			return // closed without a file
		}
		p.read(from)
	}, p.home.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".png", ".jpg", ".jpeg", ".pdf", ".PNG", ".JPG", ".JPEG", ".PDF"}))
	d.Show()
}

// read looks for the code beside the UI goroutine; in a large photo that takes seconds.
func (p *sheets) read(from fyne.URIReadCloser) {
	a := p.home.app
	stopped := false
	stop := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { stopped = true; p.close() })
	p.show(widget.NewTitle(a.t("agent.sheet.add")), widget.NewText(a.t("agent.sheet.reading")), layout.Row(theme.S2, stop))
	var signed flow.Signed
	var err error
	a.Work(func() {
		signed, err = p.home.desk.ReadSheet(a.ctx, from)
		_ = from.Close() // it was only read
	}, func() {
		if stopped {
			return // nothing was attached
		}
		p.close()
		switch {
		case err != nil:
			a.tell(err)
		case signed.Of == p.id:
			p.attach(signed, p.id)
		case signed.Of.IsZero():
			p.byHand(signed)
		default:
			p.elsewhere(signed)
		}
	})
}

// attach puts the page to a record and says which page it is there.
func (p *sheets) attach(signed flow.Signed, to ident.Record) {
	p.close()
	a := p.home.app
	var page int
	var err error
	a.Work(func() { page, err = p.home.desk.AttachSheet(a.ctx, signed, to) }, func() {
		if err != nil {
			a.tell(err)
			return
		}
		p.changed()
		p.home.toast.Tell(a.t("agent.sheet.done", "n", strconv.Itoa(page)))
	})
}

// elsewhere offers to put a page to the record that its code names.
func (p *sheets) elsewhere(signed flow.Signed) {
	a := p.home.app
	there := widget.NewButton(a.t("agent.sheet.there", "name", signed.Name), widget.Primary, nil, func() { p.attach(signed, signed.Of) })
	p.show(
		widget.NewTitle(a.t("agent.sheet.add")),
		widget.NewBanner(widget.Look, a.t("agent.sheet.elsewhere", "here", p.name),
			a.t("agent.sheet.elsewhere.hint", "name", signed.Name, "place", signed.Place, "form", signed.Form, "n", strconv.Itoa(signed.Page))),
		layout.Row(theme.S2, p.cancel(), layout.Gap(), there))
}

// byHand leaves it to the person whose page it is.
func (p *sheets) byHand(signed flow.Signed) {
	a := p.home.app
	why, hint := a.t("agent.sheet.blank"), ""
	if signed.Why != nil {
		why = a.t("agent.sheet.unread")
		hint, _ = a.Print.Explain(signed.Why)
	}
	here := widget.NewButton(a.t("agent.sheet.here", "name", p.name), widget.Secondary, nil, func() { p.attach(signed, p.id) })
	again := widget.NewButton(a.t("agent.sheet.again"), widget.Primary, nil, p.onSigned)
	p.show(
		widget.NewTitle(a.t("agent.sheet.add")), widget.NewBanner(widget.Look, why, hint),
		widget.NewText(a.t("agent.sheet.byhand", "name", p.name)),
		layout.Row(theme.S2, p.cancel(), layout.Gap(), here, again))
	a.focus(again)
}
