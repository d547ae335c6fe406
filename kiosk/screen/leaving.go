// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// leaving asks what shall become of what was typed.
func (k *Kiosk) leaving() fyne.CanvasObject {
	big := func(b *widget.BigButton) fyne.CanvasObject { return high(theme.Size(theme.Main), b) }
	return k.frame(frame{
		title: k.t("kiosk.leaving.title"),
		body:  stack(theme.S4, k.problem()),
		foot: []fyne.CanvasObject{
			big(widget.NewButton(k.t("kiosk.leaving.clear"), widget.Secondary, nil, k.press(k.Flow.Clear))),
			big(k.button(k.t("kiosk.leaving.keep"), nil, func() { k.Flow.PutAside() })), // a fault is shown by the flow
			k.main(k.t("kiosk.leaving.stay"), k.Flow.Stay),
		},
	})
}

// slipCard shows a slip code.
func (k *Kiosk) slipCard(slip string) fyne.CanvasObject {
	figure := widget.NewText(slip).In(theme.Figure, theme.Jade).Align(fyne.TextAlignCenter).Line()
	return widget.NewPanel(theme.Paper, theme.Jade, theme.Round, layout.Inset(theme.S5, figure))
}

// kept shows the slip code of what was put aside.
func (k *Kiosk) kept() fyne.CanvasObject {
	return k.frame(frame{
		title: k.t("kiosk.kept.title"),
		body: layout.Stack(theme.S4, k.slipCard(k.Flow.Kept()),
			widget.NewText(k.t("kiosk.kept.once")).In(theme.Lead, theme.Ink),
			widget.NewText(k.t("kiosk.kept.help")).In(theme.Text, theme.Grey)),
		foot: []fyne.CanvasObject{k.main(k.t("kiosk.kept.done"), k.Flow.Clear)},
	})
}

// hugeButton is the height of the one button of the countdown, in units.
const hugeButton = 420

// idle asks whether somebody is still there. It covers everything: what was typed is not to be read by who comes next.
func (k *Kiosk) idle() fyne.CanvasObject {
	k.left = widget.NewText(k.countdown()).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter)
	objects := []fyne.CanvasObject{widget.NewTitle(k.t("kiosk.idle.title")).Align(fyne.TextAlignCenter), k.left}
	slip, failed := k.Flow.IdleSlip()
	if slip != "" {
		objects = append(objects, widget.NewText(k.t("kiosk.idle.slip")).Align(fyne.TextAlignCenter), k.slipCard(slip))
	}
	if failed {
		objects = append(objects, widget.NewBanner(widget.Look, k.t("kiosk.idle.full"), ""))
	}
	carry := widget.NewMain(k.t("kiosk.idle.continue"), k.press(k.Flow.Continue))
	clear := widget.NewButton(k.t("kiosk.idle.clear"), widget.Secondary, nil, k.press(k.Flow.Clear))
	return layout.Page(k.head(),
		layout.Insets(theme.S5, theme.S6, layout.Stack(theme.S5, objects...)),
		layout.Insets(theme.S5, theme.S6, layout.Stack(theme.S5, high(hugeButton, carry), clear)))
}

func (k *Kiosk) countdown() string {
	return k.t("kiosk.idle.text", "n", strconv.Itoa(k.Flow.Left()))
}

// staff shows what troubles the machine, and what staff can do.
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
	return k.frame(frame{title: k.t("kiosk.staff.title"), body: body})
}
