// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// wallet shows whom the holder of a file gave what, each with the way to take it back, and who looked.
func (k *Kiosk) wallet() fyne.CanvasObject {
	permits, uses := k.Flow.Wallet()
	out := layout.Stack(theme.S3)
	if len(permits) == 0 {
		out.Add(widget.NewText(k.t("kiosk.wallet.none")).In(theme.Lead, theme.Ink))
	}
	for _, p := range permits {
		out.Add(k.permit(p, true))
	}
	out.Add(layout.Gap())
	out.Add(widget.NewTitle(k.t("kiosk.wallet.uses")))
	if len(uses) == 0 {
		out.Add(widget.NewText(k.t("kiosk.wallet.uses.none")).In(theme.Text, theme.Grey))
	}
	for _, u := range uses {
		words := stack(theme.S1,
			widget.NewText(u.Who).In(theme.Lead, theme.Ink), widget.NewText(u.What).In(theme.Text, theme.Ink), widget.NewText(u.When).In(theme.Small, theme.Grey))
		switch {
		case u.After:
			words.Add(widget.NewBanner(widget.Look, k.t("kiosk.wallet.after"), ""))
		case u.Refused:
			words.Add(widget.NewBanner(widget.Well, k.t("kiosk.wallet.refused"), ""))
		}
		out.Add(widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S4, words)))
	}
	return k.frame(frame{title: k.t("kiosk.wallet.title"), note: k.t("kiosk.wallet.help"), body: k.problem(), fill: out})
}

// permit draws one consent, with the way to take it back if that is asked for.
func (k *Kiosk) permit(p flow.Permit, ask bool) fyne.CanvasObject {
	words := stack(theme.S1,
		widget.NewText(p.Who).In(theme.Lead, theme.Ink),
		widget.NewText(k.t("kiosk.wallet.what", "what", p.What)).In(theme.Text, theme.Ink),
		widget.NewText(k.t("kiosk.wallet.for", "what", p.For)).In(theme.Text, theme.Ink),
		widget.NewText(p.Given).In(theme.Small, theme.Grey))
	if p.Holds {
		words.Add(widget.NewText(p.State).In(theme.Text, theme.Jade))
	} else {
		words.Add(widget.NewText(p.State).In(theme.Text, theme.Grey))
	}
	if p.Sends {
		words.Add(widget.NewBanner(widget.Quiet, k.t("kiosk.wallet.sends"), ""))
	}
	row := layout.Row(theme.S3, layout.Grow(words))
	if p.Holds && ask {
		row = layout.Row(theme.S3, layout.Grow(words), widget.NewButton(k.t("kiosk.wallet.takeback"), widget.Secondary, nil, k.press(func() { k.Flow.AskTakeBack(p) })))
	}
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S4, row))
}

// takeBack asks once more before a consent is taken back.
func (k *Kiosk) takeBack() fyne.CanvasObject {
	p := k.Flow.TakingBack()
	return k.frame(frame{
		title: k.t("kiosk.takeback.title"), body: stack(theme.S4, k.permit(p, false), widget.NewBanner(widget.Quiet, k.t("kiosk.takeback.means", "org", p.Who), ""), k.problem()),
		low: layout.Stack(theme.S3,
			widget.NewHuge(k.t("kiosk.takeback.yes"), k.press(func() { k.Flow.HandInWithdrawal() })), // a fault is shown by the flow
			widget.NewHuge(k.t("kiosk.takeback.no"), k.press(k.Flow.Back))),
	})
}
