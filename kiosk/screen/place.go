// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// where asks how somebody would like to say where they live.
func (k *Kiosk) where() fyne.CanvasObject {
	scan := widget.NewPanel(theme.JadeTint, theme.Jade, theme.Round, layout.Inset(theme.S5, layout.Stack(theme.S3,
		layout.Centre(widget.NewIcon(fynetheme.ViewFullScreenIcon(), theme.Jade).Sized(theme.S7)),
		widget.NewText(k.t("kiosk.where.scan")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter),
		widget.NewText(k.t("kiosk.where.scan.about")).In(theme.Text, theme.Grey).Align(fyne.TextAlignCenter),
	)))
	return k.frame(frame{
		title: k.t("kiosk.where.title"),
		note:  k.t("kiosk.where.private"),
		body:  stack(theme.S4, scan, k.problem()),
		low: layout.Stack(theme.S4,
			widget.NewText(k.t("kiosk.where.or")),
			layout.Tiles(2, 0, theme.S4,
				k.tile("kiosk.where.code", fynetheme.ContentCopyIcon(), func() { k.Flow.Open(flow.Code) }),
				k.tile("kiosk.where.pick", fynetheme.ListIcon(), k.Flow.Pick),
			),
		),
	})
}

func (k *Kiosk) village() fyne.CanvasObject {
	villages, err := k.Flow.Villages()
	var choices []choice
	for _, v := range villages {
		choices = append(choices, choice{v.Name, func() { k.Flow.PickVillage(v) }})
	}
	return k.choose("kiosk.village.title", "", choices, err, nil)
}

func (k *Kiosk) group() fyne.CanvasObject {
	groups, err := k.Flow.Groups()
	var choices []choice
	for _, g := range groups {
		choices = append(choices, choice{g, func() { k.Flow.PickGroup(g) }})
	}
	return k.choose("kiosk.group.title", k.Flow.PickedName(), choices, err, nil)
}

func (k *Kiosk) house() fyne.CanvasObject {
	houses, err := k.Flow.Houses()
	var choices []choice
	for _, h := range houses {
		choices = append(choices, choice{h.House, func() { k.Flow.PickHouse(h) }})
	}
	none := k.button(k.t("kiosk.house.none"), nil, k.Flow.PickNone)
	return k.choose("kiosk.house.title", k.Flow.PickedName(), choices, err, none)
}

// choice is one of many things to pick.
type choice struct {
	label string
	act   func()
}

// How many choices a page of a list has.
const (
	listColumns = 3
	listRows    = 7
)

// choose draws a list in pages: turning a page is surer than scrolling, for hands that shake.
func (k *Kiosk) choose(title, note string, choices []choice, err error, extra fyne.CanvasObject) fyne.CanvasObject {
	f := frame{title: k.t(title), note: note}
	switch {
	case err != nil:
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
	case len(choices) == 0:
		f.body = widget.NewBanner(widget.Look, k.t("kiosk.pick.empty"), k.t("kiosk.pick.empty.hint"))
	default:
		f.low, f.foot = k.paged(choices)
	}
	if extra != nil {
		f.foot = append(f.foot, extra)
	}
	return k.frame(f)
}

func (k *Kiosk) paged(choices []choice) (list fyne.CanvasObject, foot []fyne.CanvasObject) {
	size := listColumns * listRows
	if k.Flow.Large() {
		size = listColumns * (listRows - 2)
	}
	pages := (len(choices) + size - 1) / size
	k.list = min(k.list, pages-1)
	tiles := layout.Tiles(listColumns, 0, theme.S3)
	for _, c := range choices[k.list*size : min(len(choices), (k.list+1)*size)] {
		tiles.Add(high(theme.Size(theme.Main), k.button(c.label, nil, c.act)))
	}
	if pages == 1 {
		return tiles, nil
	}
	turn := func(by int) func() { return func() { k.list += by; k.again() } }
	before := k.button(k.t("kiosk.pick.before"), nil, turn(-1))
	next := k.button(k.t("kiosk.pick.next"), nil, turn(1))
	if k.list == 0 {
		before.Disable()
	}
	if k.list == pages-1 {
		next.Disable()
	}
	where := k.t("kiosk.pick.page", "n", strconv.Itoa(k.list+1), "of", strconv.Itoa(pages))
	return layout.Stack(theme.S4, tiles, widget.NewText(where).In(theme.Small, theme.Grey).Align(fyne.TextAlignCenter)),
		[]fyne.CanvasObject{layout.Spread(theme.S3, before, next)}
}

// place asks whether the place is right.
func (k *Kiosk) place() fyne.CanvasObject {
	card := widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S6, layout.Stack(theme.S4,
		widget.NewText(k.Flow.SpotPath()).In(theme.Text, theme.Grey).Align(fyne.TextAlignCenter),
		widget.NewText(strings.Replace(k.Flow.SpotName(), " ", "\n", 1)).In(theme.Figure, theme.Ink).Align(fyne.TextAlignCenter),
	)))
	body := layout.Stack(theme.S4, card)
	if k.Flow.Spot().Renewed {
		body.Add(widget.NewBanner(widget.Look, k.t("kiosk.place.renewed"), ""))
	}
	return k.frame(frame{
		title: k.t("kiosk.place.title"),
		note:  k.t("kiosk.where.private"),
		body:  body,
		foot: []fyne.CanvasObject{
			k.button(k.t("kiosk.place.no"), nil, k.Flow.RejectPlace),
			k.main(k.t("kiosk.place.yes"), k.Flow.AcceptPlace),
		},
	})
}

// plate explains why a plate does not count.
func (k *Kiosk) plate() fyne.CanvasObject {
	return k.frame(frame{
		title: k.t("kiosk.plate.title"),
		body:  widget.NewFaultBanner(k.Flow.Printer(), k.Flow.Refused()),
		foot:  []fyne.CanvasObject{k.main(k.t("kiosk.plate.other"), k.Flow.RejectPlace)},
	})
}
