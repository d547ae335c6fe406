// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// importing is a table on its way in: first its columns, then what would become of its rows, then what did.
type importing struct {
	home  *Home
	im    *flow.Import
	body  *fyne.Container
	bar   *fyne.Container // buttons of the header
	under *under

	pile  string
	shown int // lines of the pile
}

// pageOfLines is how many lines of a pile are drawn at once.
const pageOfLines = 60

func newImporting(h *Home, im *flow.Import) *importing {
	p := &importing{home: h, im: im, body: container.NewStack(), bar: container.NewStack(), under: newUnder(h)}
	p.under.edge = true
	return p
}

func (p *importing) object() fyne.CanvasObject {
	h := p.home
	title := h.app.t("agent.import.title", "file", p.im.File())
	back := widget.NewButton(h.app.t("action.back"), widget.Plain, fynetheme.NavigateBackIcon(), p.onBack)
	p.draw()
	head := h.header(layout.Row(theme.S2, back, layout.Grow(widget.NewTitle(title))), p.bar)
	return layout.Page(head, layout.Page(p.under.object(), p.body, nil), nil)
}

// draw shows the columns, or the results once there are some.
func (p *importing) draw() {
	if p.im.Piles() == nil {
		p.drawColumns()
	} else {
		p.drawResults()
	}
	p.bar.Refresh()
	p.body.Refresh()
}

// onBack leads from the results to the columns, and from there to the tables.
func (p *importing) onBack() {
	p.leave(func() {
		if p.im.Piles() != nil && !p.im.Wrote() {
			p.forget()
			return
		}
		p.home.open(newTables(p.home))
	})
}

// forget goes back to the columns.
func (p *importing) forget() {
	p.im.Forget()
	p.draw()
}

func (p *importing) drawColumns() {
	a := p.home.app
	check := widget.NewButton(a.t("agent.import.check"), widget.Primary, nil, p.onCheck)
	p.bar.Objects = []fyne.CanvasObject{check}
	columns, err := p.im.Columns()
	if err != nil {
		p.body.Objects = []fyne.CanvasObject{pane(widget.NewFaultBanner(a.Print, err))}
		return
	}
	var rows []fyne.CanvasObject
	if !p.im.Found() {
		rows = append(rows, widget.NewBanner(widget.Look, a.t("agent.import.unfound"), a.t("agent.import.unfound.hint")))
	}
	taken := 0
	var lines []fyne.CanvasObject
	for i, c := range columns {
		if c.Path != "" {
			taken++
		}
		lines = append(lines, p.columnRow(i, c))
	}
	head := layout.Row(theme.S2, layout.Share(3, widget.NewNote(a.t("agent.import.column.title"))), layout.Share(4, widget.NewNote(a.t("agent.import.column.sample"))),
		layout.Share(4, widget.NewNote(a.t("agent.import.column.path"))))
	card := widget.NewCard(a.t("agent.import.columns", "n", fmt.Sprint(len(columns)), "taken", fmt.Sprint(taken)),
		layout.Stack(theme.S1, append([]fyne.CanvasObject{head, widget.NewRule()}, lines...)...))
	p.body.Objects = []fyne.CanvasObject{split(pane(layout.Stack(theme.S4, append(rows, card)...)), pane(p.drawSheet()))}
}

func (p *importing) columnRow(i int, c flow.ImportColumn) fyne.CanvasObject {
	a := p.home.app
	label, kind := c.Label, widget.Secondary
	if c.Path == "" {
		label, kind = a.t("agent.import.column.none"), widget.Plain
	}
	if unit := "（" + c.Unit + "）"; c.Unit != "" && !strings.HasSuffix(label, unit) {
		label += unit
	}
	sample := []rune(c.Sample)
	if len(sample) > 40 {
		sample = append(sample[:40], '…')
	}
	pick := widget.NewButton(label, kind, fynetheme.MenuDropDownIcon(), func() { p.onColumn(i, c) })
	return layout.Row(theme.S2, layout.Share(3, widget.NewText(c.Title)), layout.Share(4, widget.NewNote(string(sample))), layout.Share(4, pick))
}

// drawSheet shows which sheet and heading are read, whose list it is, and keeps the mapping.
func (p *importing) drawSheet() fyne.CanvasObject {
	a := p.home.app
	var cards []fyne.CanvasObject
	if sheets := p.im.Sheets(); len(sheets) > 1 {
		options := make([]widget.Option, len(sheets))
		for i, s := range sheets {
			options[i] = widget.Option{Code: s, Label: s}
		}
		choice := widget.NewChoice(options, false, func(codes []string) {
			if len(codes) == 1 {
				p.did(p.im.SetSheet(codes[0]))
			} else {
				p.draw()
			}
		})
		choice.Set([]string{p.im.Sheet()})
		words := []fyne.CanvasObject{choice}
		if further := p.im.Further(); len(further) > 0 {
			words = append(words, widget.NewNote(a.t("agent.import.further", "sheets", strings.Join(further, a.t("agent.comma")))))
		}
		cards = append(cards, widget.NewCard(a.t("agent.import.sheet"), layout.Stack(theme.S2, words...)))
	}
	row := widget.NewEntry("")
	row.SetText(strconv.Itoa(p.im.Heading()))
	box := widget.NewField(a.t("agent.import.heading"), "", a.t("agent.import.heading.help"), row)
	set := func() {
		n, err := strconv.Atoi(strings.TrimSpace(row.Text))
		if err != nil {
			n = 0
		}
		if err := p.im.SetHeading(n); err != nil {
			box.SetRefusal(a.Print.Explain(err))
			return
		}
		p.draw()
	}
	row.OnSubmitted = func(string) { set() }
	cards = append(cards, widget.NewCard("", layout.Stack(theme.S2, box, layout.Row("", widget.NewButton(a.t("agent.import.heading.set"), widget.Secondary, nil, set), layout.Gap()))))
	_, county := p.im.County()
	keep := widget.NewButton(a.t("agent.import.keep", "county", county), widget.Secondary, fynetheme.DocumentSaveIcon(), p.onKeep)
	cards = append(cards, widget.NewCard(a.t("agent.import.keep.title"), layout.Stack(theme.S2, widget.NewNote(a.t("agent.import.keep.text")), layout.Row("", keep, layout.Gap()))))
	return layout.Stack(theme.S4, cards...)
}

func (p *importing) did(err error) {
	if err != nil {
		p.under.tell(err)
	}
	p.draw()
}

func (p *importing) onKeep() {
	a := p.home.app
	if err := p.im.Keep(); err != nil {
		p.under.tell(err)
		return
	}
	_, county := p.im.County()
	p.home.toast.Tell(a.t("agent.import.kept", "county", county))
}

// onColumn asks what a column is.
func (p *importing) onColumn(i int, c flow.ImportColumn) {
	a := p.home.app
	var sheet *widget.Sheet
	list := container.NewStack()
	draw := func(search string) {
		rows := []fyne.CanvasObject{widget.NewButton(a.t("agent.import.column.none"), widget.Secondary, nil, func() {
			sheet.Close()
			p.im.SetColumn(i, "")
			p.draw()
		})}
		for _, path := range p.im.Paths() {
			if !strings.Contains(path.Label, search) {
				continue
			}
			b := widget.NewButton(path.Label, widget.Secondary, nil, func() {
				sheet.Close()
				p.im.SetColumn(i, path.Path)
				p.draw()
			})
			b.SetChosen(path.Path == c.Path)
			rows = append(rows, b)
		}
		list.Objects = []fyne.CanvasObject{widget.NewTouchScroll(layout.Insets(theme.S3, theme.S1, layout.Stack(theme.S2, rows...)))}
		list.Refresh()
	}
	search := widget.NewSearchEntry(a.t("agent.import.column.search"), a.t("action.clear"), draw)
	draw("")
	shut := widget.NewButton(a.t("action.cancel"), widget.Plain, nil, func() { sheet.Close() })
	sheet = widget.NewSheet(layout.Stack(theme.S3, widget.NewTitle(a.t("agent.import.column.ask", "title", c.Title)), widget.NewNote(c.Sample), search,
		container.NewGridWrap(fyne.NewSize(520, 360), list), shut))
	sheet.Open(a.canvas)
	a.focus(search.Entry())
}

func (p *importing) onCheck() {
	a := p.home.app
	p.under.run(a.t("agent.import.checking"), func(ctx context.Context, tell func(done, of int)) error {
		return p.im.Check(ctx, tell)
	}, func(bool) {
		p.pile, p.shown = "", pageOfLines
		p.draw()
	})
}

func (p *importing) drawResults() {
	a := p.home.app
	piles := p.im.Piles()
	if p.pile == "" {
		p.pile = flow.PileNew
		for _, key := range []string{flow.PileWrong, flow.PileChanged, flow.PileNew} {
			if i := slices.IndexFunc(piles, func(one flow.Pile) bool { return one.Key == key }); piles[i].N > 0 {
				p.pile = key
				break
			}
		}
	}
	var buttons []fyne.CanvasObject
	n := 0
	for _, one := range piles {
		b := widget.NewButton(fmt.Sprintf("%s  %d", one.Label, one.N), widget.Secondary, nil, func() { p.onPile(one.Key) })
		if b.SetChosen(one.Key == p.pile); one.Key == p.pile {
			n = one.N
		}
		buttons = append(buttons, b)
	}
	lines := p.im.Lines(p.pile, 0, p.shown)
	var rows []fyne.CanvasObject
	for i, l := range lines {
		if i > 0 {
			rows = append(rows, widget.NewRule())
		}
		rows = append(rows, p.lineRow(l))
	}
	if n == 0 {
		rows = append(rows, widget.NewNote(a.t("agent.import.none")))
	}
	if len(lines) < n {
		rows = append(rows, layout.Centre(widget.NewButton(a.t("agent.list.more"), widget.Secondary, nil, func() {
			p.shown += pageOfLines
			p.draw()
		})))
	}
	left := layout.Page(layout.Insets(theme.S3, theme.S3, layout.Tiles(3, 200, theme.S2, buttons...)), pane(layout.Stack("", widget.NewCard("", layout.Stack(theme.S2, rows...)))), nil)
	p.body.Objects = []fyne.CanvasObject{split(left, pane(p.drawSide()))}
	p.drawDeeds()
}

// drawDeeds puts what may be done next into the header.
func (p *importing) drawDeeds() {
	a := p.home.app
	deeds := []fyne.CanvasObject{widget.NewButton(a.t("agent.import.save_copy"), widget.Secondary, fynetheme.DocumentSaveIcon(), p.onCopy)}
	if p.im.Wrote() {
		deeds = append(deeds, widget.NewButton(a.t("agent.import.done"), widget.Primary, nil, func() { p.home.open(newTables(p.home)) }))
	} else if n := p.im.Ready(); n > 0 {
		deeds = append(deeds, widget.NewButton(a.t("agent.import.write", "n", fmt.Sprint(n)), widget.Primary, nil, p.onWrite))
	}
	p.bar.Objects = []fyne.CanvasObject{layout.Row(theme.S2, deeds...)}
}

// lineRow draws one row of the file: which, whose, what is wrong, what would change.
func (p *importing) lineRow(l flow.ImportLine) fyne.CanvasObject {
	a := p.home.app
	words := []fyne.CanvasObject{layout.Row(theme.S2, widget.NewNote(l.Place).Line(), layout.Grow(widget.NewText(l.Name)))}
	if l.Text != "" {
		words = append(words, widget.NewText(l.Text).In(theme.Small, theme.Ink))
	}
	for _, d := range l.Diffs {
		text := a.t("agent.import.diff", "field", d.Label, "old", d.Old, "new", d.New)
		if d.Proposed {
			words = append(words, widget.NewText(text+a.t("agent.import.proposed")).In(theme.Small, theme.Amber))
			continue
		}
		words = append(words, widget.NewText(text).In(theme.Small, theme.Ink))
	}
	return layout.Stack("", words...)
}

// drawSide asks how the rows are written, or says what can be done now.
func (p *importing) drawSide() fyne.CanvasObject {
	a := p.home.app
	if p.im.Wrote() {
		return layout.Stack("", widget.NewCard(a.t("agent.import.after"),
			layout.Stack(theme.S2, widget.NewText(a.t("agent.import.after.copy")), widget.NewText(a.t("agent.import.after.undo")))))
	}
	whose := widget.NewChoice([]widget.Option{{Code: "village", Label: a.t("agent.import.whose.village")}, {Code: "own", Label: a.t("agent.import.whose.own")}}, false, func(codes []string) {
		p.im.Own = slices.Contains(codes, "own")
		p.onCheck()
	})
	whose.Set([]string{map[bool]string{false: "village", true: "own"}[p.im.Own]})
	how := widget.NewChoice([]widget.Option{
		{Code: "update", Label: a.t("agent.import.how.update")}, {Code: "unsure", Label: a.t("agent.import.how.unsure")}, {Code: "hidden", Label: a.t("agent.import.how.hidden")},
	}, true, func(codes []string) {
		p.im.Update, p.im.Unsure, p.im.Hidden = slices.Contains(codes, "update"), slices.Contains(codes, "unsure"), slices.Contains(codes, "hidden")
		p.onCheck()
	})
	var on []string
	for code, set := range map[string]bool{"update": p.im.Update, "unsure": p.im.Unsure, "hidden": p.im.Hidden} {
		if set {
			on = append(on, code)
		}
	}
	how.Set(on)
	return layout.Stack(theme.S4,
		widget.NewCard(a.t("agent.import.whose"), layout.Stack(theme.S2, whose, widget.NewNote(a.t("agent.import.whose.text")))),
		widget.NewCard(a.t("agent.import.how"), how),
		widget.NewNote(a.t("agent.import.consent")))
}

func (p *importing) onPile(key string) {
	p.pile, p.shown = key, pageOfLines
	p.draw()
}

func (p *importing) onWrite() {
	a := p.home.app
	widget.NewConfirmSheet(a.Print, widget.Question{
		Title: a.t("agent.import.ask.title"), Text: a.t("agent.import.ask.text", "n", fmt.Sprint(p.im.Ready())), Keeps: a.t("agent.import.ask.keeps"),
		Deed: a.t("agent.import.ask.deed"),
	}, func() {
		p.under.run(a.t("agent.import.writing"), func(ctx context.Context, tell func(done, of int)) error {
			return p.im.Write(ctx, tell)
		}, func(bool) { // what was written before somebody stopped it is shown
			p.pile, p.shown = "", pageOfLines
			p.draw()
			p.home.refresh()
		})
	}).Open(a.canvas)
}

// onCopy saves the file with the result beside each row.
func (p *importing) onCopy() {
	a := p.home.app
	var name string
	var data []byte
	p.under.run(a.t("agent.import.copying"), func(context.Context, func(done, of int)) (err error) {
		name, data, err = p.im.Copy()
		return err
	}, func(stopped bool) {
		if !stopped {
			a.saveAs(name, data, func() { p.home.toast.Tell(a.t("agent.import.saved")) })
		}
	})
}

func (p *importing) refresh() {}

func (p *importing) leave(on func()) { p.under.leave(on) }
