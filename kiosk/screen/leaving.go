// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// leaving asks what shall become of what was typed, and says what each answer does.
func (k *Kiosk) leaving() fyne.CanvasObject {
	tile := func(make func(title, note string, icon fyne.Resource, act func()) *widget.BigButton, key string, icon fyne.Resource, act func()) fyne.CanvasObject {
		return make(k.t(key), k.t(key+".about"), icon, k.press(act))
	}
	return k.frame(frame{
		title: k.t("kiosk.leaving.title"),
		body:  k.problem(),
		fill: layout.FillTiles(1, 0, highestAnswer, theme.S4,
			tile(widget.NewTile, "kiosk.leaving.clear", fynetheme.DeleteIcon(), k.Flow.Clear),
			tile(widget.NewTile, "kiosk.leaving.keep", fynetheme.DownloadIcon(), func() { k.Flow.PutAside() }), // a fault is shown by the flow
			tile(widget.NewMainTile, "kiosk.leaving.stay", fynetheme.DocumentCreateIcon(), k.Flow.Stay),
		),
	})
}

// highestAnswer is how high one of three answers to a whole screen grows, in units.
const highestAnswer = 480

// slipCard shows a slip code.
func (k *Kiosk) slipCard(slip string) fyne.CanvasObject {
	figure := widget.NewText(slip).In(theme.Figure, theme.Jade).Align(fyne.TextAlignCenter).Line()
	return widget.NewPanel(theme.Paper, theme.Jade, theme.Round, layout.Inset(theme.S5, figure))
}

// kept shows the slip code of what was put aside.
func (k *Kiosk) kept() fyne.CanvasObject {
	return k.frame(frame{
		title: k.t("kiosk.kept.title"),
		fill: paper(theme.Jade, layout.Stack(theme.S5,
			widget.NewText(k.Flow.Kept()).In(theme.Figure, theme.Jade).Align(fyne.TextAlignCenter).Line(),
			widget.NewText(k.t("kiosk.kept.once")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter),
			widget.NewText(k.t("kiosk.kept.help")).In(theme.Lead, theme.Grey).Align(fyne.TextAlignCenter))),
		foot: []fyne.CanvasObject{k.main(k.t("kiosk.kept.done"), k.Flow.Clear)},
	})
}

// The height of the one button of the countdown, in units; large type needs the room.
const (
	hugeButton      = 460
	hugeButtonLarge = 400
)

// idle asks whether somebody is still there. It covers everything: what was typed is not to be read by who comes next.
func (k *Kiosk) idle() fyne.CanvasObject {
	k.left = widget.NewText(k.countdown()).In(theme.Huge, theme.Amber).Align(fyne.TextAlignCenter).Line()
	objects := []fyne.CanvasObject{
		widget.NewText(k.t("kiosk.idle.title")).In(theme.Figure, theme.Ink).Align(fyne.TextAlignCenter),
		k.left, widget.NewText(k.t("kiosk.idle.about")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter),
	}
	slip, failed := k.Flow.IdleSlip()
	if slip != "" {
		objects = append(objects, widget.NewText(k.t("kiosk.idle.slip")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter), k.slipCard(slip))
	}
	if failed {
		objects = append(objects, widget.NewBanner(widget.Look, k.t("kiosk.idle.full"), ""))
	}
	height := float32(hugeButton)
	if k.Flow.Large() {
		height = hugeButtonLarge
	}
	carry := widget.NewHuge(k.t("kiosk.idle.continue"), k.press(k.Flow.Continue))
	clear := widget.NewButton(k.t("kiosk.idle.clear"), widget.Secondary, nil, k.press(k.Flow.Clear))
	return layout.Page(k.head(),
		layout.Insets(theme.S5, theme.S4, layout.Middle(layout.Stack(theme.S4, objects...))),
		layout.Insets(theme.S5, theme.S5, layout.Stack(theme.S4, high(height, carry), clear)))
}

func (k *Kiosk) countdown() string {
	return k.t("kiosk.idle.text", "n", strconv.Itoa(k.Flow.Left()))
}

// forget drops what the keyboard learned. What could not be removed is still counted on the button.
func (k *Kiosk) forget() {
	if err := k.Forget(); err != nil {
		k.Flow.Log.Error("forget what the keyboard learned", fault.Attr(err))
	}
	k.again()
}

// staff shows what troubles the machine, and leads to what only the staff of the village can do.
func (k *Kiosk) staff() fyne.CanvasObject {
	body := layout.Stack(theme.S4)
	for _, trouble := range k.Flow.Troubles() {
		tone := widget.Look
		if trouble.Blocks() {
			tone = widget.Bad
		}
		body.Add(widget.NewBanner(tone, k.t(trouble.Key()), k.t(trouble.Key()+".staff")))
	}
	if len(body.Objects) == 0 {
		body.Add(widget.NewBanner(widget.Well, k.t("kiosk.staff.none"), ""))
	}
	if k.Facts != nil {
		var facts []widget.Fact
		for _, f := range k.Facts() {
			facts = append(facts, widget.Fact{Label: f.Label, Value: f.Value})
		}
		body.Add(widget.NewCard("", widget.NewFacts(k.Flow.Printer(), facts...)))
	}
	if k.Forget != nil && k.local != nil && k.local.Learned() > 0 {
		n := strconv.Itoa(k.local.Learned())
		body.Add(high(theme.Size(theme.Control), k.button(k.t("kiosk.staff.forget", "n", n), fynetheme.DeleteIcon(), k.forget).Wraps()))
	}
	return k.frame(frame{
		title: k.t("kiosk.staff.title"), body: body,
		foot: []fyne.CanvasObject{layout.Spread(theme.S3,
			k.button(k.t("kiosk.staff.office"), fynetheme.LoginIcon(), k.Flow.OpenOffice),
			k.button(k.t("kiosk.staff.devices"), fynetheme.SettingsIcon(), func() { k.Flow.Open(flow.Devices) }))},
	})
}
