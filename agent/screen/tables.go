// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"fmt"
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/credit/subject"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// tables is the page of tables: in, out, and what was imported.
type tables struct {
	home   *Home
	search string // of the list that was shown before
	past   *fyne.Container
	under  *under
}

func newTables(h *Home) *tables {
	t := &tables{home: h, past: container.NewStack()}
	t.under = newUnder(h)
	if p, shown := h.page.(*people); shown {
		t.search = p.list.Search
	}
	return t
}

func (h *Home) onTables() { h.page.leave(func() { h.open(newTables(h)) }) }

func (t *tables) object() fyne.CanvasObject {
	a := t.home.app
	t.draw()
	pair := func(key string, icon fyne.Resource, on func(record.Kind)) fyne.CanvasObject {
		return layout.Row(theme.S2,
			widget.NewButton(a.t(key+".households"), widget.Secondary, icon, func() { on(subject.KindHousehold) }),
			widget.NewButton(a.t(key+".merchants"), widget.Secondary, icon, func() { on(subject.KindMerchant) }), layout.Gap())
	}
	where := t.home.village().Name
	in := widget.NewCard(a.t("agent.tables.in"), layout.Stack(theme.S3,
		widget.NewText(a.t("agent.tables.in.text", "village", where)), pair("agent.tables.in", fynetheme.FolderOpenIcon(), t.onImport)))
	out := widget.NewCard(a.t("agent.tables.out"), layout.Stack(theme.S3,
		widget.NewText(a.t("agent.tables.out.text", "village", where)), pair("agent.tables.out", fynetheme.UploadIcon(), t.onExport)))
	names := widget.NewCard(a.t("agent.tables.names"), layout.Stack(theme.S3,
		widget.NewText(a.t("agent.tables.names.text")), layout.Row(theme.S2,
			widget.NewButton(a.t("agent.tables.names.share"), widget.Secondary, nil, t.onShare),
			widget.NewButton(a.t("agent.tables.names.take"), widget.Secondary, nil, t.onTake), layout.Gap())))
	left := pane(layout.Stack(theme.S4, t.under.object(), in, out, names))
	return layout.Page(t.home.backHeader(a.t("agent.tables.title")), split(left, pane(t.past)), nil)
}

// draw shows what was imported.
func (t *tables) draw() {
	a := t.home.app
	all, err := t.home.desk.Imports(a.ctx)
	var rows []fyne.CanvasObject
	switch {
	case err != nil:
		rows = append(rows, widget.NewFaultBanner(a.Print, err))
	case len(all) == 0:
		rows = append(rows, widget.NewNote(a.t("agent.tables.past.none")))
	}
	for i, one := range all {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		rows = append(rows, t.pastRow(one))
	}
	t.past.Objects = []fyne.CanvasObject{layout.Stack("", widget.NewCard(a.t("agent.tables.past"), layout.Stack(theme.S3, rows...)))}
	t.past.Refresh()
}

func (t *tables) pastRow(one flow.PastImport) fyne.CanvasObject {
	a := t.home.app
	tone := map[exchange.ImportState]widget.Tone{exchange.Finished: widget.Well, exchange.Undone: widget.Quiet, exchange.Unfinished: widget.Look}[one.State]
	head := layout.Row(theme.S2, layout.Grow(widget.NewText(one.Title)), widget.NewTag(a.t("agent.tables.state."+string(one.State)), tone))
	words := []fyne.CanvasObject{head, widget.NewNote(a.t("agent.tables.past.line", "village", one.Village, "who", one.Who, "when", one.When, "n", fmt.Sprint(one.Rows)))}
	switch one.State {
	case exchange.Undone:
		if one.Kept > 0 {
			words = append(words, widget.NewNote(a.t("agent.tables.past.kept", "n", fmt.Sprint(one.Kept))))
		}
		return layout.Stack(theme.S1, words...)
	case exchange.Unfinished:
		words = append(words, widget.NewText(a.t("agent.tables.past.unfinished")).In(theme.Small, theme.Amber))
	}
	if one.Above {
		return layout.Stack(theme.S1, words...)
	}
	undo := widget.NewButton(a.t("agent.tables.undo"), widget.Secondary, fynetheme.ContentUndoIcon(), func() { t.onUndo(one) })
	return layout.Stack(theme.S1, append(words, layout.Row("", undo, layout.Gap()))...)
}

// onUndo says what taking an import back would do, and asks.
func (t *tables) onUndo(one flow.PastImport) {
	a := t.home.app
	var would flow.Undone
	t.under.run(a.t("agent.tables.undo.look"), func(ctx context.Context, tell func(done, of int)) (err error) {
		would, err = t.home.desk.UndoImport(ctx, one.ID, true, tell)
		return err
	}, func(stopped bool) {
		if !stopped {
			t.askUndo(one, would)
		}
	})
}

func (t *tables) askUndo(one flow.PastImport, would flow.Undone) {
	a := t.home.app
	text := a.t("agent.tables.undo.text", "file", one.Title, "n", fmt.Sprint(would.Rows))
	keeps := a.t("agent.tables.undo.all")
	if len(would.Left) > 0 {
		keeps = a.t("agent.tables.undo.left", "n", fmt.Sprint(len(would.Left)))
		for _, line := range would.Left[:min(len(would.Left), 6)] {
			keeps += "\n" + line
		}
	}
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.tables.undo.title"), Text: text, Keeps: keeps, Deed: a.t("agent.tables.undo.deed"), Final: true,
	}, func() {
		var did flow.Undone
		t.under.run(a.t("agent.tables.undo.under"), func(ctx context.Context, tell func(done, of int)) (err error) {
			did, err = t.home.desk.UndoImport(ctx, one.ID, false, tell)
			return err
		}, func(bool) {
			t.draw()
			t.home.refresh()
			t.home.toast.Tell(a.t("agent.tables.undone", "n", fmt.Sprint(did.Rows), "kept", fmt.Sprint(len(did.Left))))
		})
	}).Open(a.canvas)
}

func (t *tables) onImport(kind record.Kind) {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return // closed without a file
		}
		name := f.URI().Name()
		data, err := io.ReadAll(io.LimitReader(f, flow.MaxTable+1))
		_ = f.Close() // it was only read
		if err != nil {
			t.home.app.tell(fault.New(fault.NotFound, "agent.tables.unread").WithCause(err))
			return
		}
		t.take(kind, name, data)
	}, t.home.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".xlsx", ".csv", ".txt", ".age", ".xls", ".XLSX", ".CSV"}))
	d.Show()
}

// onDropped takes a table that was dragged onto the page of tables: of households, as most are.
func (a *App) onDropped(_ fyne.Position, files []fyne.URI) {
	if a.home == nil || len(files) == 0 {
		return
	}
	if _, shown := a.home.page.(*tables); !shown {
		return
	}
	f, err := storage.Reader(files[0])
	if err != nil {
		a.tell(fault.New(fault.NotFound, "agent.tables.unread").WithCause(err))
		return
	}
	data, err := io.ReadAll(io.LimitReader(f, flow.MaxTable+1))
	_ = f.Close() // it was only read
	if err != nil {
		a.tell(fault.New(fault.NotFound, "agent.tables.unread").WithCause(err))
		return
	}
	a.ImportTable(subject.KindHousehold, files[0].Name(), data)
}

// ImportTable begins to import a table into the chosen village, if the desk is open.
func (a *App) ImportTable(kind record.Kind, name string, data []byte) {
	if a.home == nil {
		return
	}
	a.home.page.leave(func() {
		t := newTables(a.home)
		a.home.open(t)
		t.take(kind, name, data)
	})
}

// take opens a file, with its passphrase if it needs one.
func (t *tables) take(kind record.Kind, name string, data []byte) {
	t.read(kind, name, data, "", func(im *flow.Import, err error) {
		switch {
		case err == flow.Locked:
			t.askPassphrase(kind, name, data)
		case err != nil:
			t.home.app.tell(err)
		default:
			t.home.open(newImporting(t.home, im))
		}
	})
}

// read opens a file beside the UI goroutine.
func (t *tables) read(kind record.Kind, name string, data []byte, passphrase string, done func(*flow.Import, error)) {
	h := t.home
	var im *flow.Import
	var err error
	h.app.Work(func() { im, err = h.desk.NewImport(h.app.ctx, kind, h.scope, name, data, passphrase) }, func() {
		if h.app.home == h { // not locked meanwhile
			done(im, err)
		}
	})
}

func (t *tables) askPassphrase(kind record.Kind, name string, data []byte) {
	a := t.home.app
	var sheet *widget.Sheet
	var box *widget.Field
	var entry *widget.Entry
	var deed *widget.BigButton
	open := func() {
		if deed.Disabled() {
			return
		}
		deed.Disable()
		t.read(kind, name, data, entry.Text, func(im *flow.Import, err error) {
			deed.Enable()
			if err != nil {
				box.SetRefusal(a.Print.Explain(err))
				sheet.Refresh()
				return
			}
			sheet.Close()
			t.home.open(newImporting(t.home, im))
		})
	}
	deed = widget.NewButton(a.t("agent.tables.open"), widget.Primary, nil, open)
	entry = secretEntry(open)
	box = widget.NewField(a.t("agent.tables.passphrase"), "", a.t("agent.import.locked.hint"), entry)
	shut := widget.NewButton(a.t("action.cancel"), widget.Plain, nil, func() { sheet.Close() })
	sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(a.t("agent.import.locked")), widget.NewText(name), box,
		layout.Row(theme.S2, shut, layout.Gap(), deed)))
	sheet.Open(a.canvas)
	a.focus(entry)
}

func (t *tables) onExport(kind record.Kind) {
	h := t.home
	list := h.desk.Households()
	if kind == subject.KindMerchant {
		list = h.desk.Merchants()
	}
	list.Scope = h.scope
	if kind == subject.KindHousehold {
		list.Search = t.search
	}
	e, err := h.desk.NewExport(h.app.ctx, list)
	if err != nil {
		h.app.tell(err)
		return
	}
	h.open(newExporting(h, e))
}

// onShare writes what is known of columns into a file for colleagues.
func (t *tables) onShare() {
	a := t.home.app
	data, err := t.home.desk.ShareMappings()
	if err != nil {
		a.tell(err)
		return
	}
	a.saveAs(a.t("agent.tables.names.file"), data, nil)
}

func (t *tables) onTake() {
	a := t.home.app
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return // closed without a file
		}
		data, err := io.ReadAll(io.LimitReader(f, 2<<20))
		_ = f.Close() // it was only read
		if err == nil {
			err = t.home.desk.TakeMappings(data)
		}
		if err != nil {
			a.tell(err)
			return
		}
		t.home.toast.Tell(a.t("agent.tables.names.taken"))
	}, a.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".json"}))
	d.Show()
}

// saveAs asks where a file is to be written and writes it.
func (a *App) saveAs(name string, data []byte, done func()) {
	d := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		if err != nil || w == nil {
			return // closed without a file
		}
		_, err = w.Write(data)
		if closed := w.Close(); err == nil {
			err = closed
		}
		if err != nil {
			a.tell(fault.New(fault.NotAllowed, "parcel.denied").WithCause(err))
			return
		}
		if done != nil {
			done()
		}
	}, a.Window)
	d.SetFileName(name)
	d.Show()
}

func (t *tables) refresh() {
	if !t.under.busy() {
		t.draw()
	}
}

func (t *tables) leave(on func()) { t.under.leave(on) }

// under is something long under way on a page: how far it is, and a button that stops it.
type under struct {
	home *Home
	box  *fyne.Container
	stop context.CancelFunc // nil while nothing runs
	edge bool               // it stands at the edge of the page, with space around
}

func newUnder(h *Home) *under { return &under{home: h, box: hidden()} }

func (u *under) object() fyne.CanvasObject { return u.box }

func (u *under) busy() bool { return u.stop != nil }

// run works beside the UI goroutine and then calls done, which hears whether somebody stopped it, unless it failed, which is
// told.
func (u *under) run(text string, work func(ctx context.Context, tell func(done, of int)) error, done func(stopped bool)) {
	if u.busy() {
		return
	}
	a := u.home.app
	ctx, stop := context.WithCancel(a.ctx)
	u.stop = stop
	u.show(text, 0, 0)
	last := -1
	tell := func(n, of int) {
		if percent := n * 100 / max(of, 1); percent != last {
			last = percent
			a.Work(func() {}, func() {
				if u.busy() {
					u.show(text, n, of)
				}
			})
		}
	}
	var err error
	a.Work(func() { err = work(ctx, tell) }, func() {
		stopped := ctx.Err() != nil
		stop()
		u.stop = nil
		u.box.Objects = nil // what is hidden would keep its height
		u.box.Hide()
		u.home.body.Refresh()
		if a.home != u.home {
			return // locked meanwhile
		}
		if err != nil && !stopped {
			u.tell(err)
			return
		}
		done(stopped)
	})
}

func (u *under) show(text string, n, of int) {
	a := u.home.app
	said := text
	if of > 0 {
		said = a.t("agent.tables.progress", "what", text, "done", a.Print.Number(int64(n)), "of", a.Print.Number(int64(of)))
	}
	cancel := widget.NewButton(a.t("action.cancel"), widget.Secondary, fynetheme.CancelIcon(), func() {
		if u.stop != nil {
			u.stop()
		}
	})
	u.put(widget.NewBanner(widget.Quiet, said, "", cancel))
}

func (u *under) put(o fyne.CanvasObject) {
	if u.edge {
		o = layout.Insets(theme.S5, theme.S3, o)
	}
	u.box.Objects = []fyne.CanvasObject{o}
	u.box.Show()
	u.box.Refresh()
	u.home.body.Refresh()
}

// tell says on the page what went wrong.
func (u *under) tell(err error) {
	u.put(widget.NewFaultBanner(u.home.app.Print, err))
}

// leave stops what runs before another page comes, after a question.
func (u *under) leave(on func()) {
	if !u.busy() {
		on()
		return
	}
	a := u.home.app
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.tables.stop.title"), Text: a.t("agent.tables.stop.text"), Deed: a.t("agent.tables.stop.deed"),
	}, func() {
		if u.stop != nil {
			u.stop()
		}
		on()
	}).Open(a.canvas)
}
