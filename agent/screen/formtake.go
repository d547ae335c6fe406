// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"yuexin/agent/device"
	"yuexin/shared/credit/forms"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// taker takes the answers of a form that are not typed.
type taker struct{ form *form }

// Can says that a photo, a signature and a code can be taken on every laptop, and a position where there is a receiver.
func (t taker) Can(f *forms.Field) bool {
	return f.Type != forms.GPS || t.form.home.app.Locator != nil
}

// Take lets the person take it.
func (t taker) Take(f *forms.Field, done func(text string, how forms.How)) {
	switch f.Type {
	case forms.GPS:
		t.locate(f, done)
	case forms.Photo:
		t.photo(done)
	case forms.Sign:
		t.sign(f, done)
	default:
		t.scan(f, done)
	}
}

// photo asks for a picture and seals it beside the UI goroutine.
func (t taker) photo(done func(string, forms.How)) {
	d := dialog.NewFileOpen(func(from fyne.URIReadCloser, err error) {
		if err != nil || from == nil {
			return // closed without a file
		}
		t.take(from, forms.Imported, done)
	}, t.form.home.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"}))
	d.Show()
}

// take keeps a file as an answer.
func (t taker) take(from io.ReadCloser, how forms.How, done func(string, forms.How)) {
	a := t.form.home.app
	var answer string
	var err error
	a.Work(func() {
		answer, err = t.form.entry.Take(from)
		_ = from.Close() // it was only read
	}, func() {
		if err != nil {
			a.tell(err)
			return
		}
		done(answer, how)
	})
}

// sign opens a place to sign.
func (t taker) sign(f *forms.Field, done func(string, forms.How)) {
	a := t.form.home.app
	var sheet *widget.Sheet
	pad := widget.NewSignature(a.Print, nil)
	box := widget.NewField(f.Label.In(a.Print), "", "", pad)
	ready := widget.NewButton(a.t("agent.take.signed"), widget.Primary, nil, func() {
		ink, err := pad.Signed()
		var picture []byte
		if err == nil {
			picture, err = ink.PNG()
		}
		if err != nil {
			box.SetRefusal(a.Print.Explain(err))
			sheet.Refresh()
			return
		}
		sheet.Close()
		t.take(io.NopCloser(bytes.NewReader(picture)), forms.Typed, done)
	})
	shut := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { sheet.Close() })
	sheet = widget.NewSheet(layout.Stack(theme.S4, box, layout.Row(theme.S2, shut, layout.Gap(), ready)))
	sheet.Open(a.canvas)
}

// scan waits for a code from a scanner, which types it and ends with Enter.
func (t taker) scan(f *forms.Field, done func(string, forms.How)) {
	a := t.form.home.app
	var sheet *widget.Sheet
	code := widget.NewEntry("")
	code.OnSubmitted = func(text string) {
		if text != "" {
			sheet.Close()
			done(text, forms.Scanned)
		}
	}
	shut := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { sheet.Close() })
	sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewField(f.Label.In(a.Print), "", a.t("agent.take.scan"), code), layout.Row("", layout.Gap(), shut)))
	sheet.Open(a.canvas)
	a.focus(code)
}

// How long a position is waited for, and to how many metres it is good enough where the form wants none.
const (
	locateTime = 60 * time.Second
	locateGood = 10
)

// locate waits for a position, tells how it goes, and can be stopped.
func (t taker) locate(f *forms.Field, done func(string, forms.How)) {
	a := t.form.home.app
	ctx, stop := context.WithTimeout(a.ctx, locateTime)
	var sheet *widget.Sheet
	words := widget.NewText(a.t("agent.take.locate.wait"))
	end := widget.NewButton(a.t("action.cancel"), widget.Secondary, nil, func() { stop(); sheet.Close() })
	sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(f.Label.In(a.Print)), words, layout.Row("", layout.Gap(), end)))
	sheet.Open(a.canvas)
	heard := func(p device.Progress) {
		a.Work(func() {}, func() {
			text := a.t("agent.take.locate.heard", "n", strconv.Itoa(p.Satellites))
			if p.Accuracy > 0 {
				text = a.t("agent.take.locate.found", "n", strconv.Itoa(p.Satellites), "m", strconv.Itoa(p.Accuracy))
			}
			words.SetText(text)
			sheet.Refresh()
		})
	}
	var fix device.Fix
	var err error
	a.Work(func() { fix, err = a.Locator.Locate(ctx, locateGood, heard) }, func() {
		stop()
		if !sheet.Opened() {
			return // the person stopped it
		}
		sheet.Close()
		if err != nil {
			a.tell(err)
			return
		}
		done(fix.Answer().String(), forms.Scanned)
	})
}
