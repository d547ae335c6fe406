// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// done is the last screen: what the person takes home.
func (k *Kiosk) done() fyne.CanvasObject {
	r := k.Flow.Receipt()
	notes := []string{
		k.t("kiosk.done.bank", "bank", k.Flow.Recipient()),
		k.t("kiosk.done.time", "time", k.Flow.Printer().DateTime(r.Time().In(k.Flow.Now().Location()))),
	}
	f := frame{title: k.t("kiosk.done.title"), body: k.printing(k.Flow.Print, "kiosk.print.aside")}
	if r.Number == "" {
		f.fill = k.registered(r, notes)
		f.foot = append(f.foot, k.button(k.t("kiosk.done.demand"), nil, func() { k.Flow.Again(flow.Demand) }))
	} else {
		if f.body == nil { // what is printed says it, and what is not says so
			f.note = k.t("kiosk.done.keep")
		}
		f.fill = k.receipt(r, notes)
	}
	f.foot = append(f.foot, k.main(k.t("kiosk.done.finish"), k.Flow.Clear))
	return k.frame(f)
}

func (k *Kiosk) receipt(r flow.Receipt, notes []string) fyne.CanvasObject {
	card, err := widget.NewReceiptCard(widget.Receipt{
		Label: k.t("kiosk.done.number"), Number: r.Number.String(), Link: r.Signed,
		Next: k.t(r.Next, r.Pairs...), Notes: append([]string{k.t("kiosk.done.qr")}, notes...),
	})
	if err != nil { // the number is what counts, and it fits any code
		return widget.NewFaultBanner(k.Flow.Printer(), err)
	}
	return layout.Page(nil, card, k.sentLater())
}

// registered tells that a household or shop is on the list; nobody asks about it by a number.
func (k *Kiosk) registered(r flow.Receipt, notes []string) fyne.CanvasObject {
	words := layout.Stack(theme.S4,
		layout.Centre(widget.NewIcon(fynetheme.ConfirmIcon(), theme.Jade).Sized(theme.Huge)),
		widget.NewText(k.Flow.SpotName()).In(theme.Title, theme.Ink).Align(fyne.TextAlignCenter),
		widget.NewText(k.t(r.Next, r.Pairs...)).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter))
	for _, note := range notes {
		words.Add(widget.NewNote(note).Align(fyne.TextAlignCenter))
	}
	return layout.Page(nil, paper(theme.Line, words), k.sentLater())
}

// sentLater says below a card that no link is needed now; nil while there is one.
func (k *Kiosk) sentLater() fyne.CanvasObject {
	if !slices.Contains(k.Flow.Troubles(), flow.NoLink) {
		return nil
	}
	return layout.Stack(theme.S4, layout.Gap(), widget.NewBanner(widget.Well, k.t("kiosk.done.offline"), ""))
}

// ask asks for a receipt number.
func (k *Kiosk) ask() fyne.CanvasObject {
	text := ""
	ask := func() { k.Flow.AskState(text) } // a fault is shown by the flow
	e := widget.NewEntry("")
	e.OnChanged = func(now string) { text = now; k.Flow.Touch() }
	e.OnSubmitted = func(string) { ask() } // a scanner ends with Enter
	k.typing(e, keyboard.Phone, ask)
	return k.frame(frame{
		title: k.t("kiosk.ask.title"), note: k.t("kiosk.ask.help"), keys: true,
		body: stack(theme.S4, e, k.problem()),
		foot: []fyne.CanvasObject{k.main(k.t("kiosk.ask.go"), ask)},
	})
}

// stand shows the word for a state, and nothing else.
func (k *Kiosk) stand() fyne.CanvasObject {
	number, key := k.Flow.Stand()
	words := layout.Stack(theme.S5,
		widget.NewText(number.String()).In(theme.Title, theme.Grey).Align(fyne.TextAlignCenter),
		widget.NewText(k.t(key)).In(theme.Huge, theme.Jade).Align(fyne.TextAlignCenter),
		widget.NewText(k.t("kiosk.stand.about")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter))
	return k.frame(frame{
		title: k.t("kiosk.stand.title"),
		fill:  paper(theme.Line, words),
		foot: []fyne.CanvasObject{
			k.button(k.t("kiosk.stand.again"), nil, k.Flow.Back),
			k.main(k.t("kiosk.done.finish"), k.Flow.Clear),
		},
	})
}
