// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"image"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// How large pictures are drawn, in pixels of the picture and in units of the screen.
const (
	thumbPixels = 160
	thumbSide   = 64
	lookPixels  = 1200
	lookWidth   = 720
	lookHeight  = 520
)

// files is the card of a record's attachments: what is there, whether the server has
// it, and what can be done about it.
type files struct {
	home    *Home
	list    flow.FileList
	trouble *fyne.Container // what went wrong last
	changed func()          // draws the record anew
	checks  bool            // the check value of each file is told
}

func newFiles(h *Home, list flow.FileList, changed func()) *files {
	h.files = &files{home: h, list: list, changed: changed, trouble: hidden()}
	return h.files
}

// hidden takes no room until there is something to tell.
func hidden() *fyne.Container {
	c := container.NewStack()
	c.Hide()
	return c
}

// object draws the card; nil for a record that has no place for attachments.
func (f *files) object() fyne.CanvasObject {
	if len(f.list.Lines) == 0 {
		return nil
	}
	rows := []fyne.CanvasObject{f.trouble}
	for _, l := range f.list.Lines {
		rows = append(rows, f.row(l))
	}
	title := f.home.app.t("console.attach.title")
	if f.list.Count != "" {
		title = f.list.Count
	}
	return widget.NewCard(title, layout.Stack(theme.S3, rows...))
}

// beside draws the files that belong to a card: to be looked at, not to be changed.
func (f *files) beside() []fyne.CanvasObject {
	if len(f.list.Lines) == 0 {
		return nil
	}
	rows := []fyne.CanvasObject{widget.NewRule(), widget.NewNote(f.home.app.t("console.attach.title")), f.trouble}
	for _, l := range f.list.Lines {
		rows = append(rows, layout.Lines(theme.S2, f.shown(l)...))
	}
	return rows
}

// row draws one place: a small picture, what it is, how it stands, and the buttons.
func (f *files) row(l flow.FileLine) fyne.CanvasObject {
	a := f.home.app
	add := "agent.attach.add"
	if l.Named {
		add = "agent.attach.replace"
	}
	return layout.Lines(theme.S2, append(f.shown(l), widget.NewButton(a.t(add), widget.Secondary, nil, func() { f.onAdd(l) }))...)
}

// shown is the small picture of a line, the words, and the button that opens or fetches it.
func (f *files) shown(l flow.FileLine) []fyne.CanvasObject {
	a := f.home.app
	words := []fyne.CanvasObject{widget.NewText(l.Label)}
	if l.Stood {
		words[0] = layout.Row(theme.S2, words[0], widget.NewTag(a.t("console.attach.stood"), widget.Quiet))
	}
	if l.By != "" {
		words = append(words, widget.NewNote(l.By))
	}
	if f.checks && l.Named {
		words = append(words, widget.NewNote(a.t("agent.visit.check_value", "value", l.CheckValue())))
	}
	under := f.home.fetches[l.Digest()]
	if under != nil {
		l.State = a.t("agent.attach.fetching", "n", strconv.Itoa(under.percent))
	}
	if l.State != "" {
		color := theme.Grey
		if !l.Arrived || under != nil {
			color = theme.Amber
		}
		words = append(words, widget.NewText(l.State).In(theme.Small, color))
	}
	objects := []fyne.CanvasObject{f.thumb(l), layout.Grow(layout.Stack("", words...))}
	switch {
	case under != nil:
		objects = append(objects, widget.NewButton(a.t("action.cancel"), widget.Secondary, fynetheme.CancelIcon(), under.stop))
	case l.Here && l.Picture:
		objects = append(objects, widget.NewButton(a.t("agent.attach.open"), widget.Secondary, nil, func() { f.onLook(l) }))
	case l.Named && !l.Here && l.Arrived:
		objects = append(objects, widget.NewButton(a.t("agent.attach.fetch"), widget.Secondary, fynetheme.DownloadIcon(), func() { f.onFetch(l) }))
	}
	return objects
}

// thumb is the small picture of a line, or an icon; it is read beside the UI goroutine.
func (f *files) thumb(l flow.FileLine) fyne.CanvasObject {
	icon := fynetheme.FileImageIcon()
	if l.Named && !l.Picture {
		icon = fynetheme.DocumentIcon()
	}
	box := container.NewGridWrap(fyne.NewSize(thumbSide, thumbSide), canvas.NewImageFromResource(fynetheme.NewDisabledResource(icon)))
	if !l.Here || !l.Picture {
		return box
	}
	f.picture(l, thumbPixels, func(img image.Image, err error) {
		if err != nil {
			return // the button says why when it is pressed
		}
		box.Objects = []fyne.CanvasObject{fit(img)}
		box.Refresh()
	})
	return box
}

func fit(img image.Image) *canvas.Image {
	c := canvas.NewImageFromImage(img)
	c.FillMode = canvas.ImageFillContain
	return c
}

// picture reads a picture beside the UI goroutine and hands it over on it.
func (f *files) picture(l flow.FileLine, most int, done func(image.Image, error)) {
	h := f.home
	var img image.Image
	var err error
	h.app.Work(func() { img, err = h.desk.Picture(h.app.ctx, l, most) }, func() { done(img, err) })
}

// onLook shows the picture large.
func (f *files) onLook(l flow.FileLine) {
	a := f.home.app
	f.picture(l, lookPixels, func(img image.Image, err error) {
		if err != nil {
			f.tell(err)
			return
		}
		a.look(l.Label, img)
	})
}

// look shows a picture large, over the page.
func (a *App) look(title string, img image.Image) {
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.close"), widget.Primary, nil, func() { sheet.Close() })
	box := container.NewGridWrap(fyne.NewSize(lookWidth, lookHeight), fit(img))
	sheet = widget.NewSheet(layout.Stack(theme.S3, widget.NewTitle(title), box, shut))
	sheet.Open(a.canvas)
	a.focus(shut)
}

// onFetch downloads a file, until somebody cancels that or locks the desk.
func (f *files) onFetch(l flow.FileLine) {
	h := f.home
	ctx, stop := context.WithCancel(h.app.ctx)
	under := &fetch{stop: stop}
	h.fetches[l.Digest()] = under
	tell := func(percent int) {
		h.app.Work(func() {}, func() {
			under.percent = max(under.percent, percent)
			if h.fetches[l.Digest()] == under && h.app.home == h && h.files.list.Record() == f.list.Record() {
				h.files.changed()
			}
		})
	}
	var err error
	h.app.Work(func() { err = h.desk.Fetch(ctx, f.list, l, tell) }, func() {
		delete(h.fetches, l.Digest())
		if ctx.Err() != nil {
			err = nil // as somebody wished
		}
		stop()
		if h.app.home == h && h.files.list.Record() == f.list.Record() {
			h.files.done(err) // it may have been drawn anew meanwhile
		}
	})
	if h.fetches[l.Digest()] == under {
		f.changed()
	}
}

// fetch is a download under way.
type fetch struct {
	stop    context.CancelFunc
	percent int // of its bytes, that are here
}

// onAdd asks for a file and attaches it.
func (f *files) onAdd(l flow.FileLine) {
	h := f.home
	d := dialog.NewFileOpen(func(from fyne.URIReadCloser, err error) {
		if err != nil || from == nil {
			return // closed without a file
		}
		f.attach(l, from)
	}, h.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".png", ".jpg", ".jpeg", ".pdf", ".PNG", ".JPG", ".JPEG", ".PDF"}))
	d.Show()
}

// attach reads and seals a file beside the UI goroutine.
func (f *files) attach(l flow.FileLine, from fyne.URIReadCloser) {
	h := f.home
	var err error
	h.app.Work(func() {
		err = h.desk.Attach(h.app.ctx, f.list, l.Field, from)
		_ = from.Close() // it was only read
	}, func() { f.done(err) })
}

// done draws the record anew, or tells why nothing changed.
func (f *files) done(err error) {
	if err != nil {
		f.tell(err)
		return
	}
	f.changed()
}

func (f *files) tell(err error) {
	f.trouble.Objects = []fyne.CanvasObject{widget.NewFaultBanner(f.home.app.Print, err)}
	f.trouble.Show()
	f.trouble.Refresh()
	f.home.body.Refresh()
}
