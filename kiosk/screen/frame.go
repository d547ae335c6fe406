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
	low         fyne.CanvasObject // pressed: stands low, where an arm reaches; nil for nothing
	foot        []fyne.CanvasObject
	keys        bool // there is a keyboard below: nothing is scrolled, and large type leaves the head out
}

// frame draws a screen in the frame that all have.
func (k *Kiosk) frame(f frame) fyne.CanvasObject {
	var note fyne.CanvasObject
	if f.note != "" && (k.Flow.Problem() == nil || !k.Flow.Large()) { // what is wrong says more
		note = widget.NewText(f.note).In(theme.Text, theme.Grey)
	}
	above := stack(theme.S3, f.over, widget.NewTitle(f.title), note)
	body, gap, head := fyne.CanvasObject(widget.NewTouchScroll(newApart(f.body, f.low))), theme.S4, k.head()
	if f.keys && k.Flow.Problem() == nil {
		body = newApart(f.body, nil)
	}
	if f.keys && k.Flow.Large() {
		gap, head = theme.S3, nil
	}
	middle := layout.Page(
		layout.Insets(theme.S5, gap, above),
		layout.Insets(theme.S5, "", body),
		layout.Insets(theme.S5, theme.S3, layout.Stack(theme.S3, append(f.foot, k.ways())...)),
	)
	return layout.Page(head, middle, nil)
}

// newApart puts one object at the top and another at the foot of the space there is; either may be nil. What does not fit
// follows one after the other and is scrolled.
func newApart(top, foot fyne.CanvasObject) fyne.CanvasObject {
	read := stack(theme.S4, top)
	if foot == nil {
		return read
	}
	return layout.Page(layout.Stack(theme.S4, read, layout.Gap()), layout.Gap(), foot)
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
	first, last := k.firstWay(), k.lastWay()
	return layout.Spread(theme.S3, first, size, last)
}

// firstWay leads back, or to the other language where there is no way back.
func (k *Kiosk) firstWay() fyne.CanvasObject {
	if k.Flow.Screen().Back {
		return k.button(k.t("kiosk.back"), fynetheme.NavigateBackIcon(), k.Flow.Back)
	}
	return k.button(k.t("kiosk.language"), nil, k.Flow.SwitchLanguage)
}

// lastWay leads to the start.
func (k *Kiosk) lastWay() fyne.CanvasObject {
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
