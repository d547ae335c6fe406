// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/widget"
)

// printing tells how the print of a receipt goes and what can be done, nil where nothing is printed. again prints once more. aside
// is the text key of what helps whether or not paper comes, "" for nothing.
func (k *Kiosk) printing(again func(), aside string) fyne.CanvasObject {
	p := k.Flow.Printing()
	button := func(key string, icon fyne.Resource, act func()) fyne.CanvasObject {
		return k.button(k.t(key), icon, act)
	}
	once := func() fyne.CanvasObject { return button("kiosk.print.again", fynetheme.DocumentPrintIcon(), again) }
	switch p.Phase {
	case flow.Busy:
		return widget.NewBanner(widget.Quiet, k.t("kiosk.print.busy", "n", strconv.Itoa(p.Percent)), k.t("kiosk.print.busy.hint"),
			button("kiosk.print.cancel", nil, k.Flow.CancelPrint))
	case flow.Printed:
		return widget.NewBanner(widget.Well, k.t("kiosk.print.done"), k.aside(aside))
	case flow.Sent:
		return widget.NewBanner(widget.Well, k.t("kiosk.print.sent"), k.aside(aside), once())
	case flow.Torn:
		return widget.NewBanner(widget.Look, k.why("kiosk.print.torn", p.Fault), k.t("kiosk.print.torn.hint"), once())
	case flow.Unprinted:
		return widget.NewBanner(widget.Look, k.why("kiosk.print.none", p.Fault), k.hint(aside, p.Fault), once())
	}
	return nil
}

// why is what happened, and because of what.
func (k *Kiosk) why(key string, err error) string {
	if err == nil {
		return k.t(key)
	}
	message, _ := k.Flow.Printer().Explain(err)
	return k.t("kiosk.print.because", "what", k.t(key), "why", message)
}

// hint is what to do about a fault, and what helps in any case.
func (k *Kiosk) hint(aside string, err error) string {
	if err == nil {
		return k.aside(aside)
	}
	_, hint := k.Flow.Printer().Explain(err)
	if aside == "" {
		return hint
	}
	return k.t("kiosk.print.because", "what", hint, "why", k.aside(aside))
}

func (k *Kiosk) aside(key string) string {
	if key == "" {
		return ""
	}
	return k.t(key)
}

// reprint asks for the number of a receipt to print again, for staff.
func (k *Kiosk) reprint() fyne.CanvasObject {
	return k.numbered("kiosk.reprint", k.Flow.PrintAgain, func(again func()) fyne.CanvasObject { return k.printing(again, "") })
}
