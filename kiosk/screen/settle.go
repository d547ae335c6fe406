// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// refused returns what the server refused, each with a way to settle it.
func (k *Kiosk) refused() (out []fyne.CanvasObject) {
	all, err := k.Flow.Returned()
	if err != nil {
		return []fyne.CanvasObject{widget.NewFaultBanner(k.Flow.Printer(), err)}
	}
	for _, one := range all {
		settle := k.button(k.t("kiosk.settle.open"), nil, func() { k.Flow.OpenSettle(one) })
		out = append(out, widget.NewCard(k.t("kiosk.settle.card", "time", k.Flow.Made(one)), layout.Stack(theme.S3, k.reason(one), settle)))
	}
	return out
}

// reason says what the server said.
func (k *Kiosk) reason(one flow.Refused) fyne.CanvasObject {
	message, hint := k.Flow.Printer().Explain(one.Reason)
	return widget.NewBanner(widget.Look, message, hint)
}

// settle asks why a refusal is settled: a reason is touched, and that is all.
func (k *Kiosk) settle() fyne.CanvasObject {
	reasons := layout.Stack(theme.S3)
	for _, reason := range k.Flow.SettleReasons() {
		reasons.Add(widget.NewHuge(k.t(reason), k.press(func() { k.Flow.Settle(reason) }))) // a fault is shown by the flow
	}
	one := k.Flow.Settling()
	return k.frame(frame{
		title: k.t("kiosk.settle.title"), note: k.t("kiosk.settle.help"),
		body: stack(theme.S4, widget.NewText(k.Flow.Made(one)), k.reason(one), k.problem()),
		low:  reasons,
	})
}
