// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// done is the last screen: what the person takes home.
func (k *Kiosk) done() fyne.CanvasObject {
	r := k.Flow.Receipt()
	var notes []string
	if k.Flow.Recipient() != "" {
		notes = append(notes, k.t("kiosk.done.bank", "bank", k.Flow.Recipient()))
	}
	notes = append(notes, k.t("kiosk.done.time", "time", k.Flow.Printer().DateTime(r.Time().In(k.Flow.Now().Location()))))
	if r.Helped != "" {
		notes = append(notes, k.t("kiosk.done.helped", "who", r.Helped))
	}
	f := frame{title: k.t("kiosk.done.title"), body: k.printing(k.Flow.Print, "kiosk.print.aside"), fill: k.receipt(r, notes)}
	if f.body == nil { // what is printed says it, and what is not says so
		f.note = k.t("kiosk.done.keep")
	}
	switch r.Task {
	case flow.Demand:
	case flow.Objection, flow.Withdrawal:
		f.foot = append(f.foot, k.button(k.t("kiosk.object.back"), nil, k.Flow.BackToFile))
	default:
		f.foot = append(f.foot, k.button(k.t("kiosk.done.demand"), nil, func() { k.Flow.Again(flow.Demand) }))
	}
	f.foot = append(f.foot, k.main(k.t("kiosk.done.finish"), k.Flow.Clear))
	return k.frame(f)
}

// receipt shows number and code, in figures and as a picture code with both.
func (k *Kiosk) receipt(r flow.Receipt, notes []string) fyne.CanvasObject {
	code := k.t("kiosk.done.code", "code", r.Code.String())
	card, err := widget.NewReceiptCard(widget.Receipt{
		Label: k.t("kiosk.done.number"), Number: r.Number.String(), Link: r.Signed,
		Next: code + "\n\n" + k.t(r.Next, r.Pairs...), Notes: append([]string{k.t("kiosk.done.qr")}, notes...),
	})
	if err != nil { // the number is what counts, and it fits any code
		return widget.NewFaultBanner(k.Flow.Printer(), err)
	}
	return layout.Page(nil, card, k.sentLater())
}

// sentLater says below a card that no link is needed now; nil while there is one.
func (k *Kiosk) sentLater() fyne.CanvasObject {
	if !slices.Contains(k.Flow.Troubles(), flow.NoLink) {
		return nil
	}
	return layout.Stack(theme.S4, layout.Gap(), widget.NewBanner(widget.Well, k.t("kiosk.done.offline"), ""))
}

// ask asks for a receipt number.
func (k *Kiosk) ask() fyne.CanvasObject { return k.numbered("kiosk.ask", k.Flow.AskState, nil) }

// numbered asks for a receipt number, typed or scanned, and does something with it, a fault of which is shown by the flow. The
// texts are below a key. below draws what became of it, with the way to do it once more; nil for nothing.
func (k *Kiosk) numbered(key string, do func(text string) error, below func(again func()) fyne.CanvasObject) fyne.CanvasObject {
	text := ""
	again := func() { do(text) }
	e := widget.NewEntry("")
	e.OnChanged = func(now string) { text = now; k.Flow.Touch() }
	e.OnSubmitted = func(string) { again() } // a scanner ends with Enter
	k.typing(e, keyboard.Phone, again)
	var more fyne.CanvasObject
	if below != nil {
		more = below(again)
	}
	return k.frame(frame{
		title: k.t(key + ".title"), note: k.t(key + ".help"), keys: true,
		body: stack(theme.S4, e, k.problem(), more),
		foot: []fyne.CanvasObject{k.main(k.t(key+".go"), again)},
	})
}

// stand shows the word for a state, and nothing else; what was reviewed of it once the code was right.
func (k *Kiosk) stand() fyne.CanvasObject {
	number, key := k.Flow.Stand()
	words := layout.Stack(theme.S5,
		widget.NewText(number.String()).In(theme.Title, theme.Grey).Align(fyne.TextAlignCenter),
		widget.NewText(k.t(key)).In(theme.Huge, theme.Jade).Align(fyne.TextAlignCenter))
	f := frame{
		title: k.t("kiosk.stand.title"),
		foot: []fyne.CanvasObject{
			k.button(k.t("kiosk.stand.again"), nil, k.Flow.AskAgain),
			k.main(k.t("kiosk.done.finish"), k.Flow.Clear),
		},
	}
	switch reviewed, shown := k.Flow.Reviewed(); {
	case shown:
		words.Add(k.reviewed(reviewed))
	case k.Flow.AsksProof():
		words.Add(widget.NewText(k.t("kiosk.stand.code")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter))
		f.low = k.button(k.t("kiosk.stand.proof"), nil, k.Flow.OpenProof)
	default:
		words.Add(widget.NewText(k.t("kiosk.stand.about")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter))
	}
	f.fill = paper(theme.Line, words)
	return k.frame(f)
}

// reviewed tells which of the holder's answers staff have reviewed, and where to learn the result.
func (k *Kiosk) reviewed(r flow.Reviewed) fyne.CanvasObject {
	n := fmt.Sprint(r.Entered)
	if len(r.Fields) == 0 {
		return widget.NewText(k.t("kiosk.stand.reviewed.none", "n", n)).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter)
	}
	said := layout.Stack(theme.S3, widget.NewText(k.t("kiosk.stand.reviewed", "n", n, "some", fmt.Sprint(len(r.Fields)))).In(theme.Lead, theme.Ink))
	for _, field := range r.Fields {
		label := k.t("field." + string(field.Kind) + "." + string(field.Field))
		day := k.Flow.Printer().Date(time.UnixMilli(field.AtMS).In(k.Flow.Now().Location()))
		said.Add(widget.NewText(k.t("kiosk.stand.reviewed.field", "field", label, "date", day)).In(theme.Lead, theme.Jade))
	}
	said.Add(widget.NewText(k.t("kiosk.stand.reviewed.about")).In(theme.Lead, theme.Ink))
	return said
}
