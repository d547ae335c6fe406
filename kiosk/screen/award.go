// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	credit "yuexin/shared/credit/points"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// award proposes points for a household: a touch enters them, and what was entered last is withdrawn with another. What asks
// for a photo is proposed on a laptop.
func (k *Kiosk) award() fyne.CanvasObject {
	name, have, err := k.Flow.Awarded()
	b := have[k.Flow.PointScheme()]
	f := frame{title: k.t("kiosk.award.title"), note: k.t("kiosk.award.help", "name", name, "n", strconv.FormatInt(b.Points, 10), "waiting", strconv.FormatInt(b.Waiting, 10))}
	if err != nil {
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
		return k.frame(f)
	}
	lang, photos := k.Flow.Printer().Lang(), ""
	tiles := layout.FillTiles(2, 0, highestDeed, theme.S3)
	for _, it := range k.Flow.PointItems(k.Flow.PointScheme()) {
		if it.Photo {
			photos += "　" + it.Name.In(lang)
			continue
		}
		tiles.Add(widget.NewTile(it.Name.In(lang), k.rule(it), nil, k.press(func() { k.Flow.Give(it.ID) }))) // a fault is shown by the flow
	}
	var said fyne.CanvasObject
	if last, some := k.Flow.LastGiven(); some && k.Flow.Problem() == nil {
		undo := k.button(k.t("kiosk.award.back"), nil, func() { k.Flow.TakeBack() })
		said = widget.NewBanner(widget.Well, k.t("kiosk.award.given", "item", k.Flow.PointItem(last.Item), "points", strconv.FormatInt(last.Points, 10)),
			k.t("kiosk.award.given.hint"), undo)
	}
	if photos != "" {
		f.low = widget.NewText(k.t("kiosk.award.photo", "items", photos)).In(theme.Small, theme.Grey)
	}
	f.body, f.fill = stack(theme.S3, k.schemes(), k.problem(), said), tiles
	return k.frame(f)
}

// pointDeskPage is how many lines there is to do about points a screen holds; in large type fewer.
const (
	pointDeskPage      = 5
	pointDeskPageLarge = 3
)

// pointDesk shows staff what there is to do about points: what others proposed, what somebody objects to, and what is to be put
// up.
func (k *Kiosk) pointDesk() fyne.CanvasObject {
	work, err := k.Flow.PointWork()
	f := frame{title: k.t("kiosk.pointdesk.title"), note: k.t("kiosk.pointdesk.help")}
	if err != nil {
		f.body = widget.NewFaultBanner(k.Flow.Printer(), err)
		return k.frame(f)
	}
	var lines []fyne.CanvasObject
	for _, l := range work.Doubted {
		lines = append(lines, k.doubtedLine(l))
	}
	for _, l := range work.Proposals {
		lines = append(lines, k.proposalLine(l))
	}
	size := pointDeskPage
	if k.Flow.Large() {
		size = pointDeskPageLarge
	}
	pages := (len(lines) + size - 1) / size
	k.list = max(0, min(k.list, pages-1))
	if len(lines) == 0 {
		f.fill, f.body = nothing(fynetheme.ConfirmIcon(), k.t("kiosk.pointdesk.none"), k.t("kiosk.pointdesk.none.hint")), k.problem()
	} else {
		f.body = stack(theme.S3, append([]fyne.CanvasObject{k.problem()}, lines[k.list*size:min(len(lines), (k.list+1)*size)]...)...)
	}
	f.foot = k.turning(pages)
	if work.Unlisted > 0 {
		f.foot = append(f.foot, k.main(k.t("kiosk.pointdesk.publish", "n", strconv.Itoa(work.Unlisted)), func() { k.Flow.PublishPoints() }))
	}
	return k.frame(f)
}

// workLine is an entry with what can be done about it.
func (k *Kiosk) workLine(l flow.PointLine, about string, deeds ...fyne.CanvasObject) fyne.CanvasObject {
	head := k.t("kiosk.pointdesk.head", "name", l.Name, "item", k.Flow.PointItem(l.Entry.Item), "points", strconv.FormatInt(l.Entry.Points, 10))
	words := layout.Stack("", widget.NewText(head).In(theme.Lead, theme.Ink), widget.NewText(about).In(theme.Small, theme.Grey))
	content := layout.Stack(theme.S3, words, layout.Spread(theme.S3, deeds...))
	if len(deeds) == 1 {
		content = layout.Row(theme.S3, layout.Grow(words), layout.Middle(deeds[0]))
	}
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Insets(theme.S4, theme.S3, content))
}

// proposalLine is what somebody proposed: others approve it, and its author withdraws it.
func (k *Kiosk) proposalLine(l flow.PointLine) fyne.CanvasObject {
	about := k.t("kiosk.pointdesk.by", "name", l.By, "day", k.day(l.Entry.Day))
	if !l.Entry.Reverses.IsZero() {
		about = k.t("kiosk.pointdesk.back") + "　" + about
	}
	id := l.Entry.Header.ID
	switch {
	case !l.Mine:
		return k.workLine(l, about, k.button(k.t("kiosk.pointdesk.approve"), nil, func() { k.Flow.Approve(id) }))
	case l.Entry.Reverses.IsZero():
		return k.workLine(l, about, k.button(k.t("kiosk.award.back"), nil, func() { k.Flow.Withdraw(id) }))
	}
	return k.workLine(l, about, widget.NewTag(k.t("kiosk.pointdesk.mine"), widget.Look))
}

// doubtedLine is what somebody objects to: whoever did not propose it says that it is right, anybody that the objection is.
func (k *Kiosk) doubtedLine(l flow.PointLine) fyne.CanvasObject {
	why := ""
	for _, o := range l.Objections {
		if o.Open() {
			why = k.t("choice.point_why." + o.Why)
		}
	}
	id := l.Entry.Header.ID
	var deeds []fyne.CanvasObject
	if !l.Mine {
		deeds = append(deeds, k.button(k.t("choice.point_answer."+credit.Kept), nil, func() { k.Flow.AnswerDoubt(id, credit.Kept) }))
	}
	deeds = append(deeds, k.button(k.t("choice.point_answer."+credit.Right), nil, func() { k.Flow.AnswerDoubt(id, credit.Right) }))
	return k.workLine(l, k.t("kiosk.pointdesk.doubted", "why", why), deeds...)
}
