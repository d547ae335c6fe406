// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/points"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// cadre asks for the passphrase of somebody of the staff. It is shown as dots, and kept nowhere.
func (k *Kiosk) cadre() fyne.CanvasObject {
	f := frame{title: k.t("kiosk.cadre.title"), note: k.t("kiosk.cadre.help"), keys: true}
	switch {
	case !k.Flow.HasCadres():
		f.note, f.keys = "", false
		f.fill = notice(widget.Look, fynetheme.WarningIcon(), k.t("kiosk.cadre.none"), k.t("kiosk.cadre.none.hint"))
	case k.Flow.Entering():
		f.note, f.keys = "", false
		f.fill = paper(theme.Line, widget.NewTitle(k.t("kiosk.cadre.trying")).Align(fyne.TextAlignCenter))
	default:
		text := ""
		enter := func() { k.Flow.LogIn(text) } // a fault is shown by the flow
		e := widget.NewEntry("")
		e.Password = true
		e.OnChanged = func(now string) { text = now; k.Flow.Touch() }
		e.OnSubmitted = func(string) { enter() }
		k.typing(e, keyboard.Latin, enter)
		f.body = stack(theme.S4, e, k.problem())
		f.foot = []fyne.CanvasObject{k.main(k.t("kiosk.cadre.go"), enter)}
	}
	return k.frame(f)
}

// highestDeed is how high a tile of the staff's part grows, in units.
const highestDeed = 280

// office is what staff can do.
func (k *Kiosk) office() fyne.CanvasObject {
	tile := func(key string, icon fyne.Resource, act func(), pairs ...string) fyne.CanvasObject {
		return widget.NewTile(k.t(key, pairs...), "", icon, k.press(act))
	}
	back, err := k.Flow.Returned()
	var problem fyne.CanvasObject
	if err != nil {
		problem = widget.NewFaultBanner(k.Flow.Printer(), err)
	}
	tiles := layout.FillTiles(2, 0, highestDeed, theme.S3,
		tile("kiosk.office.demands", fynetheme.ListIcon(), func() { k.Flow.OpenRoll(lending.KindDemand) }),
		tile("kiosk.office.households", fynetheme.AccountIcon(), func() { k.Flow.OpenRoll(points.Household) }),
		tile("kiosk.office.demand", fynetheme.DocumentCreateIcon(), func() { k.Flow.Collect(flow.Demand) }),
		tile("kiosk.office.household", fynetheme.HomeIcon(), func() { k.Flow.Collect(flow.Household) }),
		tile("kiosk.office.merchant", fynetheme.StorageIcon(), func() { k.Flow.Collect(flow.Merchant) }),
		tile("kiosk.office.returned", fynetheme.MailReplyIcon(), func() { k.Flow.Open(flow.Returned) }, "n", strconv.Itoa(len(back))),
		tile("kiosk.office.points", fynetheme.GridIcon(), k.Flow.OpenPointWork),
		tile("kiosk.office.reprint", fynetheme.DocumentPrintIcon(), func() { k.Flow.Open(flow.Reprint) }),
	)
	name := ""
	if d := k.Flow.Desk(); d != nil {
		name = d.Name
	}
	return k.frame(frame{
		title: k.t("kiosk.office.title"), note: k.t("kiosk.office.help", "name", name), body: problem, fill: tiles,
		foot: []fyne.CanvasObject{k.main(k.t("kiosk.office.lock"), k.Flow.Leave)},
	})
}

// roll shows a list of the village, a page at a time.
func (k *Kiosk) roll() fyne.CanvasObject {
	lines, page, pages, err := k.Flow.Roll()
	f := frame{title: k.t("kiosk.roll.title." + string(k.Flow.RollKind())), note: k.t("kiosk.roll.help")}
	switch {
	case err != nil:
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
	case len(lines) == 0:
		f.fill = notice(widget.Look, fynetheme.ListIcon(), k.t("kiosk.roll.empty"), k.t("kiosk.roll.empty.hint"))
	default:
		list := layout.Stack(theme.S3)
		for _, one := range lines {
			list.Add(k.rollLine(one))
		}
		f.body = list
	}
	if pages > 1 {
		where := k.t("kiosk.pick.page", "n", strconv.Itoa(page), "of", strconv.Itoa(pages))
		f.low = widget.NewText(where).In(theme.Small, theme.Grey).Align(fyne.TextAlignCenter)
		before := k.button(k.t("kiosk.pick.before"), nil, func() { k.Flow.TurnRoll(-1) })
		next := k.button(k.t("kiosk.pick.next"), nil, func() { k.Flow.TurnRoll(1) })
		if page == 1 {
			before.Disable()
		}
		if page == pages {
			next.Disable()
		}
		f.foot = append(f.foot, layout.Spread(theme.S3, before, next))
	}
	return k.frame(f)
}

func (k *Kiosk) rollLine(one flow.Line) fyne.CanvasObject {
	name := widget.NewText(one.Name).In(theme.Lead, theme.Ink)
	head := layout.Row(theme.S3, layout.Grow(name))
	if one.Status != "" {
		head = layout.Row(theme.S3, layout.Grow(name), widget.NewText(k.t(one.Status)).In(theme.Text, theme.Jade).Line())
	}
	about := widget.NewText(strings.Join(one.About, "　")).In(theme.Text, theme.Grey)
	words := layout.Stack(theme.S1, head, about)
	if k.Flow.RollKind() == points.Household {
		give := k.button(k.t("kiosk.award.open"), nil, func() { k.Flow.OpenAward(one.ID) })
		words = layout.Row(theme.S3, layout.Grow(words), give)
	}
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Insets(theme.S4, theme.S3, words))
}

// returned shows staff what the server refused.
func (k *Kiosk) returned() fyne.CanvasObject {
	cards := k.refused()
	f := frame{title: k.t("kiosk.returned.title")}
	if len(cards) == 0 {
		f.fill = notice(widget.Well, fynetheme.ConfirmIcon(), k.t("kiosk.returned.none"), k.t("kiosk.returned.none.hint"))
	} else {
		f.body = stack(theme.S4, cards...)
	}
	return k.frame(f)
}
