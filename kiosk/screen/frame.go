// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynelayout "fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// frame is one screen: title, note below it, what is read, what is pressed, and the buttons at the foot, the main one last.
type frame struct {
	title, note string
	over        fyne.CanvasObject // between head and title, nil for nothing
	body        fyne.CanvasObject
	fill        fyne.CanvasObject // takes the height that is left: what the screen is about; nil for nothing
	low         fyne.CanvasObject // pressed: stands low, where an arm reaches; nil for nothing
	foot        []fyne.CanvasObject
	keys        bool // there is a keyboard below: nothing but fill is scrolled, and large type leaves the head out
}

// frame draws a screen in the frame that all have.
func (k *Kiosk) frame(f frame) fyne.CanvasObject {
	var note fyne.CanvasObject
	if f.note != "" && (k.Flow.Problem() == nil || !k.Flow.Large()) { // what is wrong says more
		note = widget.NewText(f.note).In(theme.Text, theme.Grey)
	}
	above := stack(theme.S3, f.over, widget.NewTitle(f.title), note)
	gap, head := theme.S4, k.head()
	if f.keys && k.Flow.Large() {
		gap, head = theme.S3, nil
	}
	middle := layout.Page(
		layout.Insets(theme.S5, gap, above),
		layout.Insets(theme.S5, "", k.middle(f)),
		layout.Insets(theme.S5, theme.S3, layout.Stack(theme.S3, append(f.foot, k.ways())...)),
	)
	return layout.Page(head, middle, nil)
}

// middle is what stands between the title and the buttons. It is scrolled where it may not fit: above a keyboard only what
// fills, or in large type all of it.
func (k *Kiosk) middle(f frame) fyne.CanvasObject {
	switch tight := k.Flow.Problem() != nil; {
	case f.keys && f.fill == nil && !tight:
		return newApart(f.body, nil, nil)
	case f.keys && !k.Flow.Large() && !tight:
		return newApart(f.body, widget.NewTouchScroll(f.fill), nil)
	}
	return widget.NewTouchScroll(layout.Inset(theme.Stroke, newApart(f.body, f.fill, f.low))) // half a border is outside
}

// newApart puts one object at the top and another at the foot of the space there is, and gives the third all between; each
// may be nil. What does not fit follows one after the other and is scrolled.
func newApart(top, fill, foot fyne.CanvasObject) fyne.CanvasObject {
	if fill == nil && foot == nil {
		return stack(theme.S4, top)
	}
	if fill == nil {
		fill = layout.Gap()
	}
	if foot != nil {
		foot = layout.Stack(theme.S4, layout.Gap(), foot)
	}
	if top != nil {
		top = layout.Stack(theme.S4, top, layout.Gap())
	}
	return layout.Page(top, fill, foot)
}

// paper is a card that takes the height there is, with what it says in the middle.
func paper(border fyne.ThemeColorName, words fyne.CanvasObject) fyne.CanvasObject {
	return widget.NewPanel(theme.Paper, border, theme.Round, layout.Inset(theme.S6, layout.Middle(words)))
}

// notice is what a screen tells when that is all it has to say: a picture, what happened, and what to do.
func notice(tone widget.Tone, icon fyne.Resource, message, hint string) fyne.CanvasObject {
	ground, ink := theme.AmberTint, theme.Amber
	if tone == widget.Bad {
		ground, ink = theme.AlertTint, theme.Alert
	}
	return widget.NewPanel(ground, "", theme.Round, layout.Inset(theme.S6, layout.Middle(layout.Stack(theme.S5,
		layout.Centre(widget.NewIcon(icon, ink).Sized(theme.Huge)),
		widget.NewTitle(message).Align(fyne.TextAlignCenter),
		widget.NewText(hint).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter)))))
}

// head is the band at the top: whose machine this is, and what troubles it.
func (k *Kiosk) head() fyne.CanvasObject {
	brand := widget.NewText(k.t("kiosk.brand")).In(theme.Text, theme.OnDeep).Line()
	objects := []fyne.CanvasObject{brand, layout.Gap()}
	if k.sample() {
		mark := widget.NewText(k.t("kiosk.sample")).In(theme.Small, theme.OnAlert).Line()
		objects = append(objects, widget.NewPanel(theme.Alert, "", theme.Corner, layout.Insets(theme.S2, theme.S1, mark)))
	}
	band := widget.NewPanel(theme.JadeDeep, "", "", layout.Insets(theme.S5, theme.S3, layout.Row(theme.S3, objects...)))
	return stack("", band, k.trouble())
}

// sample says whether what is shown is sample data: that of the place, or of the machine's villages.
func (k *Kiosk) sample() bool {
	if k.Flow.Sample() {
		return true
	}
	villages, err := k.Flow.Villages()
	return err == nil && len(villages) > 0 && villages[0].Sample
}

// trouble is the one banner about the machine, nil where there is nothing to tell. A villager in the middle of something
// is told only what keeps them from it.
func (k *Kiosk) trouble() fyne.CanvasObject {
	troubles := k.Flow.Troubles()
	route := k.Flow.Route()
	if len(troubles) == 0 || route == flow.Idle || route == flow.Staff || k.Flow.Full() { // one banner, and that says more
		return nil
	}
	worst := troubles[0]
	if route != flow.Start && !worst.Blocks() {
		return nil
	}
	tone := widget.Look
	if worst.Blocks() {
		tone = widget.Bad
	}
	return layout.Insets(theme.S5, theme.S3, widget.NewBanner(tone, k.t(worst.Key()), k.t(worst.Key()+".hint")))
}

// ways is the row at the foot: back, large type, language, leave.
func (k *Kiosk) ways() fyne.CanvasObject {
	large := k.t("kiosk.large")
	if k.Flow.Large() {
		large = k.t("kiosk.large.off")
	}
	size := k.button(large, nil, func() { k.Flow.SetLarge(!k.Flow.Large()) })
	return layout.Spread(theme.S3, k.firstWay(), size, k.lastWay())
}

// firstWay leads back, or to the other language where there is no way back.
func (k *Kiosk) firstWay() fyne.CanvasObject {
	if k.Flow.Screen().Back {
		return k.button(k.t("kiosk.back"), fynetheme.NavigateBackIcon(), k.Flow.Back)
	}
	return k.button(k.t("kiosk.language"), nil, k.Flow.SwitchLanguage)
}

// lastWay leads to the start. The screen that asks whether to leave has none.
func (k *Kiosk) lastWay() fyne.CanvasObject {
	if k.Flow.Route() == flow.Leaving {
		return layout.Gap()
	}
	if k.Flow.Route() == flow.Start && k.Flow.Spot() == nil {
		return k.button(k.t("kiosk.staff.open"), nil, func() { k.Flow.Open(flow.Staff) })
	}
	return k.button(k.t("kiosk.leave"), nil, k.Flow.Leave)
}

// high gives an object a least height, in units.
func high(height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&tall{height: height}, o)
}

type tall struct{ height float32 }

func (l *tall) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	fynelayout.NewStackLayout().Layout(objects, size)
}

func (l *tall) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := objects[0].MinSize()
	size.Height = max(size.Height, l.height)
	return size
}
