// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strings"

	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/forms"
	"yuexin/shared/money"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// review shows all answers before they are handed in. What was left empty is not shown, unless it must be answered.
func (k *Kiosk) review() fyne.CanvasObject {
	list := layout.Stack("", k.line(k.t("kiosk.review.place"), k.Flow.SpotName(), nil))
	for _, a := range k.Flow.Answers() {
		value := k.value(a.Page)
		if value == "" && a.Fault == nil {
			continue
		}
		list.Add(widget.NewRule())
		list.Add(k.line(k.label(a.Page), value, func() { k.Flow.Edit(a.Path) }))
		if a.Fault != nil {
			list.Add(widget.NewFaultBanner(k.Flow.Printer(), a.Fault))
		}
	}
	var found []fyne.CanvasObject
	for _, finding := range k.Flow.Findings() {
		tone := widget.Look
		if finding.Level == forms.Block {
			tone = widget.Bad
		}
		message, hint := finding.Explain(k.Flow.Printer())
		found = append(found, widget.NewBanner(tone, message, hint))
	}
	card := widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Insets(theme.S4, theme.S2, list))
	note := ""
	if who := k.Flow.Collector(); who != "" {
		note = k.t("kiosk.review.collected", "name", who)
	}
	return k.frame(frame{
		title: k.t("kiosk.review.title"), note: note,
		body: stack(theme.S3, append(append([]fyne.CanvasObject{k.problem()}, found...), card)...),
		foot: []fyne.CanvasObject{
			k.button(k.t("kiosk.keep"), nil, func() { k.Flow.PutAside() }),
			k.main(k.t("kiosk.review.send"), func() { k.Flow.HandIn() }), // a fault is shown by the flow
		},
	})
}

// line is a question with its answer, and a button to change it.
func (k *Kiosk) line(label, value string, change func()) fyne.CanvasObject {
	if value == "" {
		value = k.t("kiosk.review.empty")
	}
	words := layout.Stack(theme.S1, widget.NewText(label).In(theme.Small, theme.Grey), widget.NewText(value))
	if change == nil {
		return layout.Insets("", theme.S2, words)
	}
	return layout.Insets("", theme.S2, layout.Row(theme.S3, layout.Grow(words), k.button(k.t("kiosk.review.change"), nil, change)))
}

// value returns an answer as people say it, "" for none.
func (k *Kiosk) value(page flow.Page) string {
	switch {
	case page.Field == nil || page.Text == "":
		return page.Text
	case page.Wording != "":
		return k.t(map[string]string{"yes": "kiosk.agree", "no": "kiosk.disagree"}[canonical(page)])
	}
	switch page.Field.Type {
	case forms.Rows:
		return ""
	case forms.YesNo:
		return k.t(map[string]string{"yes": "kiosk.yes", "no": "kiosk.no"}[canonical(page)])
	case forms.Money:
		if fen, err := money.Parse(page.Text); err == nil {
			return fen.Text()
		}
	case forms.Area:
		if area, err := money.ParseArea(page.Text); err == nil {
			return area.Text()
		}
	case forms.Choice, forms.Choices:
		return k.optionNames(page)
	case forms.Number:
		if key := "kiosk.review.unit." + page.Field.Name; k.Flow.Printer().Has(key) {
			return k.t(key, "n", page.Text)
		}
	}
	return page.Text
}

func (k *Kiosk) optionNames(page flow.Page) string {
	var names []string
	for code := range strings.SplitSeq(page.Text, ",") {
		for _, o := range page.Field.Options {
			if o.Code == code {
				names = append(names, o.Label.In(k.Flow.Printer()))
			}
		}
	}
	return strings.Join(names, "、")
}
