// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/parcel"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// exporting is a table on its way out: its columns at the left, why, for whom and where to at the right.
type exporting struct {
	home   *Home
	export *flow.Export
	under  *under
	drives []parcel.Drive
	folder string
	where  *fyne.Container
	seal   *fyne.Container // how it is sealed

	reason, passphrase, again, key *widget.Entry
	boxes                          map[string]*widget.Field // by the field of a fault
	sealed                         string                   // passphrase, key or clear
}

func newExporting(h *Home, e *flow.Export) *exporting {
	a := h.app
	x := &exporting{home: h, export: e, under: newUnder(h), drives: h.drives(), where: container.NewStack(), seal: container.NewStack(), sealed: "passphrase"}
	x.reason, x.key = widget.NewEntry(""), widget.NewEntry("age1…")
	x.passphrase, x.again = secretEntry(func() { a.focus(x.again) }), secretEntry(x.onExport)
	x.boxes = map[string]*widget.Field{
		"for":        widget.NewField(a.t("agent.export.for.label"), a.t("agent.export.needed"), a.t("agent.export.for.help"), x.orgs()),
		"reason":     widget.NewField(a.t("agent.export.why"), a.t("agent.export.needed"), a.t("agent.export.why.help"), x.reason),
		"passphrase": widget.NewField(a.t("agent.export.passphrase"), "", a.t("agent.export.passphrase.help", "min", fmt.Sprint(parcel.MinPassphrase)), x.passphrase),
		"again":      widget.NewField(a.t("agent.export.again"), "", "", x.again),
		"key":        widget.NewField(a.t("agent.export.key"), "", a.t("agent.export.key.help"), x.key),
	}
	if len(x.drives) > 0 {
		x.folder = x.drives[0].Path
	}
	return x
}

func (x *exporting) object() fyne.CanvasObject {
	a := x.home.app
	title := a.t("agent.export.title", "village", x.home.village().Name)
	back := widget.NewButton(a.t("action.back"), widget.Plain, fynetheme.NavigateBackIcon(), func() {
		x.leave(func() { x.home.open(newTables(x.home)) })
	})
	deed := widget.NewButton(a.t("agent.export.deed"), widget.Primary, nil, x.onExport)
	head := x.home.header(layout.Row(theme.S2, back, layout.Grow(widget.NewTitle(title))), deed)
	x.drawSeal()
	x.drawWhere()
	left := layout.Stack(theme.S4, x.under.object(), widget.NewCard(a.t("agent.export.what"), x.columns()), widget.NewCard(a.t("agent.export.format"), x.format()))
	if x.export.Search != "" {
		left.Objects = append(left.Objects, widget.NewNote(a.t("agent.export.search", "text", x.export.Search)))
	}
	right := layout.Stack(theme.S4, widget.NewCard("", layout.Stack(theme.S4, x.boxes["for"], x.boxes["reason"])),
		widget.NewCard(a.t("agent.export.where"), x.where), widget.NewCard(a.t("agent.export.seal"), x.seal))
	return layout.Page(head, split(pane(left), pane(right)), nil)
}

// orgs asks for whom the table is.
func (x *exporting) orgs() fyne.CanvasObject {
	var options []widget.Option
	for _, o := range x.export.Orgs {
		options = append(options, widget.Option{Code: o.ID.String(), Label: o.Name})
	}
	choice := widget.NewChoice(options, false, func(codes []string) {
		x.export.For = ident.Org{}
		for _, o := range x.export.Orgs {
			if slices.Contains(codes, o.ID.String()) {
				x.export.For = o.ID
			}
		}
	})
	if !x.export.For.IsZero() {
		choice.Set([]string{x.export.For.String()})
	}
	return choice
}

// columns lets what the table holds be chosen.
func (x *exporting) columns() fyne.CanvasObject {
	var options []widget.Option
	var chosen []string
	for _, c := range x.export.Columns {
		options = append(options, widget.Option{Code: c.Path, Label: c.Label})
		if c.Chosen {
			chosen = append(chosen, c.Path)
		}
	}
	choice := widget.NewChoice(options, true, func(codes []string) {
		for _, o := range options {
			x.export.Choose(o.Code, slices.Contains(codes, o.Code))
		}
	})
	choice.Set(chosen)
	return choice
}

func (x *exporting) whole() fyne.CanvasObject {
	a := x.home.app
	choice := widget.NewChoice([]widget.Option{{Code: "whole", Label: a.t("agent.export.whole")}}, true, func(codes []string) { x.export.Whole = len(codes) > 0 })
	if x.export.Whole {
		choice.Set([]string{"whole"})
	}
	return choice
}

// format asks for the format, and whether identity numbers are whole.
func (x *exporting) format() fyne.CanvasObject {
	choice := widget.NewChoice([]widget.Option{{Code: "xlsx", Label: "Excel (.xlsx)"}, {Code: "csv", Label: "CSV"}}, false, func(codes []string) {
		if len(codes) == 1 {
			x.export.Format = exchange.Format(codes[0])
		}
	})
	choice.Set([]string{string(x.export.Format)})
	return layout.Stack(theme.S2, choice, x.whole())
}

// drawSeal asks for whom the file is sealed.
func (x *exporting) drawSeal() {
	a := x.home.app
	choice := widget.NewChoice([]widget.Option{
		{Code: "passphrase", Label: a.t("agent.export.by.passphrase")}, {Code: "key", Label: a.t("agent.export.by.key")}, {Code: "clear", Label: a.t("agent.export.by.clear")},
	}, false, func(codes []string) {
		if len(codes) == 1 {
			x.sealed = codes[0]
		}
		x.export.Clear = x.sealed == "clear"
		x.drawSeal()
		x.home.body.Refresh()
	})
	choice.Set([]string{x.sealed})
	words := []fyne.CanvasObject{choice}
	switch x.sealed {
	case "passphrase":
		words = append(words, x.boxes["passphrase"], x.boxes["again"])
	case "key":
		words = append(words, x.boxes["key"])
	default:
		words = append(words, widget.NewBanner(widget.Bad, a.t("agent.export.clear"), a.t("agent.export.clear.hint")))
	}
	x.seal.Objects = []fyne.CanvasObject{layout.Stack(theme.S3, words...)}
	x.seal.Refresh()
}

// drawWhere asks for a drive or a folder.
func (x *exporting) drawWhere() {
	a := x.home.app
	var rows []fyne.CanvasObject
	if len(x.drives) == 0 {
		rows = append(rows, widget.NewNote(a.t("agent.export.no_drive")))
	}
	for _, d := range x.drives {
		b := widget.NewButton(a.t("agent.export.drive", "name", d.Name, "free", fmt.Sprint(d.Free>>20)), widget.Secondary, fynetheme.StorageIcon(), func() { x.onFolder(d.Path) })
		b.SetChosen(d.Path == x.folder)
		rows = append(rows, b)
	}
	if own := x.folder; own != "" && !slices.ContainsFunc(x.drives, func(d parcel.Drive) bool { return d.Path == own }) {
		b := widget.NewButton(filepath.Base(own), widget.Secondary, fynetheme.FolderIcon(), nil)
		b.SetChosen(true)
		rows = append(rows, b)
	}
	rows = append(rows, layout.Row(theme.S2,
		widget.NewButton(a.t("agent.export.folder"), widget.Secondary, fynetheme.FolderOpenIcon(), x.onPick),
		widget.NewButton(a.t("agent.export.look"), widget.Plain, fynetheme.ViewRefreshIcon(), func() { x.drives = x.home.drives(); x.drawWhere(); x.home.body.Refresh() }), layout.Gap()))
	x.where.Objects = []fyne.CanvasObject{layout.Stack(theme.S2, rows...)}
	x.where.Refresh()
}

func (x *exporting) onFolder(path string) {
	x.folder = path
	x.drawWhere()
	x.home.body.Refresh()
}

func (x *exporting) onPick() {
	dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err == nil && u != nil {
			x.onFolder(u.Path())
		}
	}, x.home.app.Window).Show()
}

func (x *exporting) onExport() {
	a := x.home.app
	for _, box := range x.boxes {
		box.SetRefusal("", "")
	}
	x.export.Reason, x.export.To = x.reason.Text, parcel.To{}
	switch x.sealed {
	case "passphrase":
		x.export.To.Passphrase = x.passphrase.Text
	case "key":
		x.export.To.Key = x.key.Text
		if x.key.Text == "" {
			x.export.To.Key = "-" // none is no passphrase
		}
	}
	err := x.export.Check()
	switch {
	case err != nil:
	case x.sealed == "passphrase" && x.passphrase.Text != x.again.Text:
		err = fault.New(fault.Invalid, "agent.export.differ").WithField("again")
	case x.folder == "":
		err = fault.New(fault.Invalid, "agent.export.nowhere")
	}
	if err != nil {
		x.refuse(err)
		return
	}
	var done flow.Exported
	x.under.run(a.t("agent.export.under"), func(ctx context.Context, tell func(done, of int)) (err error) {
		done, err = x.export.Write(ctx, x.folder, tell)
		return err
	}, func(stopped bool) {
		if !stopped {
			x.home.open(newTables(x.home))
			told := a.t("agent.export.done", "file", done.File, "n", fmt.Sprint(done.Rows))
			if done.Left > 0 {
				told += a.t("agent.export.left", "n", fmt.Sprint(done.Left))
			}
			x.home.toast.Tell(told)
		}
	})
}

// refuse says beside a field what is wrong, or on the page.
func (x *exporting) refuse(err error) {
	if box, known := x.boxes[fault.From(err).Field]; known {
		box.SetRefusal(x.home.app.Print.Explain(err))
		x.home.body.Refresh()
		return
	}
	x.under.tell(err)
}

func (x *exporting) refresh() {}

func (x *exporting) leave(on func()) { x.under.leave(on) }

// drives are those of the machine, or of the stage.
func (h *Home) drives() []parcel.Drive {
	if h.app.Drives == nil {
		return parcel.Drives()
	}
	return h.app.Drives()
}
