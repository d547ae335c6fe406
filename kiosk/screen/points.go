// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

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
	for i, it := range k.Flow.PointItems(k.Flow.PointScheme()) {
		list.Add(widget.NewRule())
		list.Add(k.boardLine(it, boards, i))
	}
	f.body = layout.Stack(theme.S4, k.schemes(),
		widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Insets(theme.S4, theme.S3, list)),
		widget.NewBanner(widget.Quiet, k.t("kiosk.points.ask"), k.t("kiosk.points.ask.hint")))
	up, err := k.Flow.PutUp()
	if err == nil && len(up) > 0 {
		f.foot = []fyne.CanvasObject{k.main(k.t("kiosk.putup.open", "n", strconv.Itoa(len(up))), k.Flow.OpenPutUp)}
	}
	return k.frame(f)
}

// schemes chooses which scheme is shown.
func (k *Kiosk) schemes() fyne.CanvasObject {
	var options []widget.Option
	for _, s := range k.Flow.PointSchemes() {
		options = append(options, widget.Option{Code: s.ID, Label: s.Name.In(k.Flow.Printer().Lang())})
	}
	choice := widget.NewChoice(options, false, func(codes []string) {
		if id := strings.Join(codes, ""); id != "" && id != k.Flow.PointScheme() {
			k.Flow.Touch()
			k.Flow.ChooseScheme(id)
		}
	}).InRow()
	choice.Set([]string{k.Flow.PointScheme()})
	return choice
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
	cells := []fyne.CanvasObject{layout.Grow(layout.Stack("",
		widget.NewText(it.Name.In(k.Flow.Printer().Lang())).In(theme.Text, theme.Ink), widget.NewText(k.rule(it)).In(theme.Small, theme.Grey)))}
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

// rule says how many points an item gives and how often.
func (k *Kiosk) rule(it credit.Item) string {
	return k.t("kiosk.points.rule."+string(it.Per), "points", strconv.FormatInt(it.Points, 10), "n", strconv.Itoa(it.Most))
}

// putUpPage is how many lines of the public notices a screen holds; in large type fewer.
const (
	putUpPage      = 7
	putUpPageLarge = 4
)

// putUp shows the public notices.
func (k *Kiosk) putUp() fyne.CanvasObject {
	all, err := k.Flow.PutUp()
	return noticed(k, frame{title: k.t("kiosk.putup.title"), note: k.t("kiosk.putup.help")}, k.t("kiosk.putup.none"), all, err, k.putUpLine)
}

// noticed shows the lines of public notices in a frame, a page at a time; whoever disagrees with a line says so there.
func noticed[Line any](k *Kiosk, f frame, none string, all []Line, err error, draw func(Line) fyne.CanvasObject) fyne.CanvasObject {
	switch {
	case err != nil:
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
	case len(all) == 0:
		f.note, f.fill = "", nothing(fynetheme.ListIcon(), none, k.t("kiosk.putup.none.hint"))
	default:
		size := putUpPage
		if k.Flow.Large() {
			size = putUpPageLarge
		}
		pages := (len(all) + size - 1) / size
		k.list = min(k.list, pages-1)
		list := layout.Stack(theme.S3)
		for _, line := range all[k.list*size : min(len(all), (k.list+1)*size)] {
			list.Add(draw(line))
		}
		f.body, f.foot = list, k.turning(pages)
	}
	return k.frame(f)
}

func (k *Kiosk) putUpLine(line flow.PutUpLine) fyne.CanvasObject {
	words := layout.Stack("",
		widget.NewText(k.entryHead(line)).In(theme.Lead, theme.Ink),
		widget.NewText(k.t("kiosk.putup.line", "day", k.day(line.Day), "until", k.day(line.Until))).In(theme.Small, theme.Grey))
	var end fyne.CanvasObject
	switch {
	case line.State == credit.Objected:
		end = widget.NewTag(k.t("points.state.objected"), widget.Look)
	case line.Kept:
		end = widget.NewTag(k.t("kiosk.putup.kept"), widget.Well)
	case line.State == credit.Counts, line.State == credit.Over:
		end = k.button(k.t("kiosk.putup.doubt"), nil, func() { k.Flow.Doubt(line) })
	default:
		end = widget.NewTag(k.t("points.state."+string(line.State)), widget.Look)
	}
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Insets(theme.S4, theme.S3, layout.Row(theme.S3, layout.Grow(words), layout.Middle(end))))
}

// entryHead is whose points a line is about, as far as a notice says, and for what.
func (k *Kiosk) entryHead(line flow.PutUpLine) string {
	return k.t("kiosk.putup.head", "group", line.Group, "name", line.Name, "item", k.Flow.PointItem(line.Item), "points", strconv.FormatInt(line.Points, 10))
}

// day writes a day as people say it.
func (k *Kiosk) day(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, k.Flow.Now().Location())
	if err != nil {
		return day
	}
	return k.Flow.Printer().Date(t)
}

// doubt asks why somebody objects: a reason is touched, and that is all. Nobody is asked who they are.
func (k *Kiosk) doubt() fyne.CanvasObject {
	reasons := layout.Stack(theme.S3)
	for _, why := range credit.Objections {
		reasons.Add(widget.NewHuge(k.t("choice.point_why."+why), k.press(func() { k.Flow.SayDoubt(why) }))) // a fault is shown by the flow
	}
	return k.frame(frame{
		title: k.t("kiosk.doubt.title"), note: k.t("kiosk.doubt.help"),
		body: stack(theme.S4, widget.NewBanner(widget.Quiet, k.entryHead(k.Flow.Doubted()), ""), k.problem()),
		low:  reasons,
	})
}
