// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	credit "yuexin/shared/credit/points"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// points shows what earns civic points and what the village was given, this month and the month before. It names nobody.
func (k *Kiosk) points() fyne.CanvasObject {
	f := frame{title: k.t("kiosk.points.title"), note: k.t("kiosk.points.help")}
	boards, err := k.Flow.Boards()
	if err != nil {
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
		return k.frame(f)
	}
	list := layout.Stack(theme.S2, k.boardHead(boards))
	for i, it := range k.Flow.PointItems() {
		list.Add(widget.NewRule())
		list.Add(k.boardLine(it, boards, i))
	}
	f.body = layout.Stack(theme.S4,
		widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Insets(theme.S4, theme.S3, list)),
		widget.NewBanner(widget.Quiet, k.t("kiosk.points.ask"), k.t("kiosk.points.ask.hint")))
	return k.frame(f)
}

// boardHead says which months the figures are of, and their sums.
func (k *Kiosk) boardHead(boards []flow.Board) fyne.CanvasObject {
	cells := []fyne.CanvasObject{layout.Grow(widget.NewText(k.t("kiosk.points.sum")).In(theme.Text, theme.Ink))}
	for i, b := range boards {
		words := layout.Stack("",
			widget.NewText(k.t("kiosk.points.month."+strconv.Itoa(i))).In(theme.Small, theme.Grey).Align(fyne.TextAlignTrailing).Line(),
			widget.NewText(strconv.FormatInt(b.Sum, 10)).In(theme.Title, theme.Jade).Align(fyne.TextAlignTrailing).Line())
		cells = append(cells, words)
	}
	return layout.Row(theme.S5, cells...)
}

// boardLine is an item with its rule, and how often the village was given it.
func (k *Kiosk) boardLine(it credit.Item, boards []flow.Board, i int) fyne.CanvasObject {
	rule := k.t("kiosk.points.rule."+string(it.Per), "points", strconv.FormatInt(it.Points, 10), "n", strconv.Itoa(it.Most))
	cells := []fyne.CanvasObject{layout.Grow(layout.Stack("",
		widget.NewText(it.In(k.Flow.Printer().Lang())).In(theme.Text, theme.Ink), widget.NewText(rule).In(theme.Small, theme.Grey)))}
	for _, b := range boards {
		ink := theme.Ink
		if b.Lines[i].Times == 0 {
			ink = theme.Grey
		}
		times := k.t("kiosk.points.times", "n", strconv.Itoa(b.Lines[i].Times))
		cells = append(cells, widget.NewText(times).In(theme.Text, ink).Align(fyne.TextAlignTrailing).Line())
	}
	return layout.Row(theme.S5, cells...)
}

// award gives a household points: a touch enters them, and what was entered last is taken back with another.
func (k *Kiosk) award() fyne.CanvasObject {
	name, have, err := k.Flow.Awarded()
	f := frame{title: k.t("kiosk.award.title"), note: k.t("kiosk.award.help", "name", name, "n", strconv.FormatInt(total(have), 10))}
	if err != nil {
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
		return k.frame(f)
	}
	lang := k.Flow.Printer().Lang()
	tiles := layout.FillTiles(2, 0, highestDeed, theme.S3)
	for _, it := range k.Flow.PointItems() {
		about := k.t("kiosk.points.rule."+string(it.Per), "points", strconv.FormatInt(it.Points, 10), "n", strconv.Itoa(it.Most))
		tiles.Add(widget.NewTile(it.In(lang), about, nil, k.press(func() { k.Flow.Give(it.ID) }))) // a fault is shown by the flow
	}
	var said fyne.CanvasObject
	if last, some := k.Flow.LastGiven(); some && k.Flow.Problem() == nil {
		it, _ := k.Flow.Book.Points.Item(last.Item)
		undo := k.button(k.t("kiosk.award.back"), nil, func() { k.Flow.TakeBack() })
		said = widget.NewBanner(widget.Well, k.t("kiosk.award.given", "item", it.In(lang), "points", strconv.FormatInt(last.Points, 10)), "", undo)
	}
	f.body, f.fill = stack(theme.S3, k.problem(), said), tiles
	return k.frame(f)
}

func total(have []credit.Entry) (sum int64) {
	for _, e := range have {
		sum += e.Points
	}
	return sum
}
