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

// ways is the row at the foot, the same on every screen: back, sound, type, language, leave. What there is not leaves its
// place empty, so that the others stay where they are.
func (k *Kiosk) ways() fyne.CanvasObject {
	large, icon := "kiosk.large", fynetheme.ZoomInIcon()
	if k.Flow.Large() {
		large, icon = "kiosk.large.off", fynetheme.ZoomOutIcon()
	}
	return layout.Spread(theme.S2, k.backWay(), k.soundWay(),
		k.way(large, icon, func() { k.Flow.SetLarge(!k.Flow.Large()) }),
		k.way("kiosk.language", languageIcon, k.Flow.SwitchLanguage), k.leaveWay())
}

// way is a button of the row at the foot. What is being composed is taken first, as by other buttons.
func (k *Kiosk) way(key string, icon fyne.Resource, act func()) fyne.CanvasObject {
	return widget.NewWay(k.t(key), icon, k.press(func() {
		k.host.Finish()
		act()
	}))
}

func (k *Kiosk) backWay() fyne.CanvasObject {
	if !k.Flow.Screen().Back {
		return layout.Gap()
	}
	return k.way("kiosk.back", fynetheme.NavigateBackIcon(), k.Flow.Back)
}

func (k *Kiosk) soundWay() fyne.CanvasObject {
	if k.Flow.Route() == flow.Sound {
		return layout.Gap()
	}
	icon := fynetheme.VolumeUpIcon()
	if k.Flow.Manner().Volume == 0 {
		icon = fynetheme.VolumeMuteIcon()
	}
	return k.way("kiosk.sound", icon, k.Flow.OpenSound)
}

// leaveWay leads to the start. The screen that asks whether to leave has none.
func (k *Kiosk) leaveWay() fyne.CanvasObject {
	if k.Flow.Route() == flow.Leaving {
		return layout.Gap()
	}
	if k.Flow.Route() == flow.Start && k.Flow.Spot() == nil {
		return k.way("kiosk.staff.open", fynetheme.AccountIcon(), func() { k.Flow.Open(flow.Staff) })
	}
	return k.way("kiosk.leave", fynetheme.LogoutIcon(), k.Flow.Leave)
}

// languageIcon is a globe, which Fyne has not.
var languageIcon = fynetheme.NewThemedResource(fyne.NewStaticResource("language.svg", []byte(
	`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path fill="#000" d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm6.9 6h-2.9a15 15 0 0 0-1.4-3.6A8 8 0 0 1 18.9 8zM12 4a14 14 0 0 1 1.9 4h-3.800A14 14 0 0 1 12 4zM4.3 14a8 8 0 0 1 0-4h3.400a16 16 0 0 0 0 4zm.8 2h2.900a15 15 0 0 0 1.4 3.600A8 8 0 0 1 5.1 16zm2.9-8H5.100a8 8 0 0 1 4.3-3.600A15 15 0 0 0 8 8zm4 12a14 14 0 0 1-1.9-4h3.800A14 14 0 0 1 12 20zm2.3-6H9.700a15 15 0 0 1 0-4h4.600a15 15 0 0 1 0 4zm.3 5.600A15 15 0 0 0 16 16h2.900a8 8 0 0 1-4.3 3.600zM16.3 14a16 16 0 0 0 0-4h3.400a8 8 0 0 1 0 4z"/></svg>`)))

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
