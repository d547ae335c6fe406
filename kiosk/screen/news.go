// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	news "yuexin/shared/credit/notice"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// newsPage is how many notices a page of the list has; in large type fewer.
const (
	newsPage      = 6
	newsPageLarge = 4
)

// notices lists what the village is told, newest first.
func (k *Kiosk) notices() fyne.CanvasObject {
	all, err := k.Flow.Told()
	f := frame{title: k.t("kiosk.notices.title")}
	switch {
	case err != nil:
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
	case len(all) == 0:
		f.fill = nothing(fynetheme.MailComposeIcon(), k.t("kiosk.notices.none"), k.t("kiosk.notices.none.hint"))
	default:
		size := newsPage
		if k.Flow.Large() {
			size = newsPageLarge
		}
		pages := (len(all) + size - 1) / size
		k.list = min(k.list, pages-1)
		tiles := layout.FillTiles(1, 0, highestChoice, theme.S3)
		for _, n := range all[k.list*size : min(len(all), (k.list+1)*size)] {
			about := k.t("choice.notice_sort."+n.Sort) + "　" + k.told(n)
			tiles.Add(widget.NewTile(n.Title, about, nil, k.press(func() { k.Flow.OpenNotice(n.Header.ID) })))
		}
		f.fill, f.foot = tiles, k.turning(pages)
	}
	f.foot = append(f.foot, k.limitsOpen()...)
	return k.frame(f)
}

// turning is the row that turns pages of a list, with where somebody is between the buttons; nothing for one page.
func (k *Kiosk) turning(pages int) []fyne.CanvasObject {
	if pages < 2 {
		return nil
	}
	turn := func(by int) func() { return func() { k.list += by; k.again() } }
	before, next := k.button(k.t("kiosk.pick.before"), nil, turn(-1)), k.button(k.t("kiosk.pick.next"), nil, turn(1))
	if k.list == 0 {
		before.Disable()
	}
	if k.list == pages-1 {
		next.Disable()
	}
	where := k.t("kiosk.pick.page", "n", strconv.Itoa(k.list+1), "of", strconv.Itoa(pages))
	return []fyne.CanvasObject{
		widget.NewText(where).In(theme.Small, theme.Grey).Align(fyne.TextAlignCenter), layout.Spread(theme.S3, before, next),
	}
}

// nothing is what stands where nothing is.
func nothing(icon fyne.Resource, message, hint string) fyne.CanvasObject {
	return paper(theme.Line, layout.Stack(theme.S5,
		layout.Centre(widget.NewIcon(icon, theme.Jade).Sized(theme.Huge)),
		widget.NewTitle(message).Align(fyne.TextAlignCenter),
		widget.NewText(hint).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter)))
}

// reading shows a notice whole, in letters that are read from two steps away.
func (k *Kiosk) reading() fyne.CanvasObject {
	n, ok := k.Flow.Notice()
	if !ok {
		return k.frame(frame{
			title: k.t("kiosk.notices.title"),
			fill:  nothing(fynetheme.MailComposeIcon(), k.t("kiosk.notices.gone"), k.t("kiosk.notices.none.hint")),
		})
	}
	text := widget.NewText(n.Text).In(theme.Title, theme.Ink)
	return k.frame(frame{
		title: n.Title, note: k.told(n),
		body: widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S5, text)),
		low:  widget.NewText(k.t("kiosk.notices.until", "day", n.Until)).In(theme.Small, theme.Grey),
	})
}

// told says who says so, and when.
func (k *Kiosk) told(n news.Notice) string {
	return n.Publisher + "　" + k.Flow.Printer().Date(time.UnixMilli(n.At).In(k.Flow.Now().Location()))
}
