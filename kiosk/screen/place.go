// SPDX-License-Identifier: Apache-2.0

package screen

import (
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
	scan := widget.NewPanel(theme.JadeTint, theme.Jade, theme.Round, layout.Inset(theme.S5, layout.Middle(layout.Stack(theme.S4,
		layout.Centre(widget.NewIcon(fynetheme.ViewFullScreenIcon(), theme.Jade).Sized(theme.Huge)),
		widget.NewTitle(k.t("kiosk.where.scan")).Align(fyne.TextAlignCenter),
		widget.NewText(k.t("kiosk.where.scan.about")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter),
	))))
	return k.frame(frame{
		title: k.t("kiosk.where.title"),
		note:  k.t("kiosk.where.private"),
		body:  k.problem(),
		fill:  scan,
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

// How many choices a page of a list has, how few stand below one another, and how high they grow, in units.
const (
	listColumns   = 3
	listRows      = 7
	fewChoices    = 5
	highestChoice = 200
)

// choose draws a list in pages: turning a page is surer than scrolling, for hands that shake.
func (k *Kiosk) choose(title, note string, choices []choice, err error, extra fyne.CanvasObject) fyne.CanvasObject {
	f := frame{title: k.t(title), note: note}
	switch {
	case err != nil:
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
	case len(choices) == 0:
		f.fill = notice(widget.Look, fynetheme.WarningIcon(), k.t("kiosk.pick.empty"), k.t("kiosk.pick.empty.hint"))
	default:
		f.fill, f.foot = k.paged(choices)
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
	columns := listColumns
	if len(choices) <= fewChoices {
		columns = 1
	}
	tiles := layout.FillTiles(columns, 0, highestChoice, theme.S3)
	for _, c := range choices[k.list*size : min(len(choices), (k.list+1)*size)] {
		tiles.Add(high(theme.Size(theme.Main), widget.NewTile(c.label, "", nil, k.press(c.act))))
	}
	return tiles, k.turning(pages)
}

// place asks whether the place is right.
func (k *Kiosk) place() fyne.CanvasObject {
	card := paper(theme.Jade, layout.Stack(theme.S4,
		layout.Centre(widget.NewIcon(fynetheme.HomeIcon(), theme.Jade).Sized(theme.Huge)),
		widget.NewText(k.Flow.SpotPath()).In(theme.Lead, theme.Grey).Align(fyne.TextAlignCenter),
		widget.NewText(strings.Replace(k.Flow.SpotName(), " ", "\n", 1)).In(theme.Figure, theme.Ink).Align(fyne.TextAlignCenter),
	))
	var renewed fyne.CanvasObject
	if k.Flow.Spot().Renewed {
		renewed = widget.NewBanner(widget.Look, k.t("kiosk.place.renewed"), "")
	}
	return k.frame(frame{
		title: k.t("kiosk.place.title"),
		note:  k.t("kiosk.where.private"),
		body:  renewed,
		fill:  card,
		foot: []fyne.CanvasObject{
			k.button(k.t("kiosk.place.no"), nil, k.Flow.RejectPlace),
			k.main(k.t("kiosk.place.yes"), k.Flow.AcceptPlace),
		},
	})
}

// plate explains why a plate does not count.
func (k *Kiosk) plate() fyne.CanvasObject {
	message, hint := k.Flow.Printer().Explain(k.Flow.Refused())
	return k.frame(frame{
		title: k.t("kiosk.plate.title"),
		fill:  notice(widget.Bad, fynetheme.ErrorIcon(), message, hint),
		foot:  []fyne.CanvasObject{k.main(k.t("kiosk.plate.other"), k.Flow.RejectPlace)},
	})
}
