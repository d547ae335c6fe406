// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// mine asks for a file card, and tells who has none how to get one.
func (k *Kiosk) mine() fyne.CanvasObject {
	show := layout.Stack(theme.S5,
		layout.Centre(widget.NewIcon(fynetheme.AccountIcon(), theme.Jade).Sized(theme.Huge)),
		widget.NewText(k.t("kiosk.mine.help")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter))
	return k.frame(frame{
		title: k.t("kiosk.mine.title"),
		body:  k.problem(),
		fill:  paper(theme.Line, show),
		low: layout.Stack(theme.S3,
			widget.NewBanner(widget.Quiet, k.t("kiosk.mine.without"), k.t("kiosk.mine.without.hint")),
			k.button(k.t("kiosk.mine.type"), nil, func() { k.Flow.Open(flow.MineCode) })),
	})
}

func (k *Kiosk) mineCode() fyne.CanvasObject {
	return k.pad(pad{
		title: k.t("kiosk.minecode.title"), help: k.t("kiosk.minecode.help"), deed: k.t("kiosk.minecode.go"),
		characters: myfile.Alphabet, columns: padColumns, least: myfile.Characters, most: myfile.Characters, enter: k.Flow.ShowCard,
	})
}

// pin asks for the PIN of the card. Nobody who looks on sees it.
func (k *Kiosk) pin() fyne.CanvasObject {
	if k.Flow.Opening() {
		words := layout.Stack(theme.S5,
			layout.Centre(widget.NewIcon(fynetheme.ViewRefreshIcon(), theme.Jade).Sized(theme.Huge)),
			widget.NewText(k.t("kiosk.pin.opening")).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter))
		return k.frame(frame{title: k.t("kiosk.pin.title"), fill: paper(theme.Line, words)})
	}
	least, most := k.Flow.PINSize()
	p := pad{
		title: k.t("kiosk.pin.title"), help: k.t("kiosk.pin.help", "min", fmt.Sprint(least), "max", fmt.Sprint(most)), deed: k.t("kiosk.pin.go"),
		characters: "1234567890", columns: figureColumns, least: least, most: most, hidden: true,
		enter: func(pin string) error { clear(k.code); k.code = nil; k.Flow.EnterPIN(pin); return nil },
	}
	if left, wrong := k.Flow.TriesLeft(); wrong && left > 0 {
		p.below = widget.NewText(k.t("kiosk.pin.left", "n", fmt.Sprint(left))).In(theme.Text, theme.Ink)
	}
	return k.pad(p)
}

// file shows one page of what is recorded.
func (k *Kiosk) file() fyne.CanvasObject {
	p := k.Flow.FilePage()
	f := frame{
		title: k.t("kiosk.file.title", "name", p.Name),
		note:  k.t("kiosk.file.page", "part", p.Title, "n", fmt.Sprint(p.N), "all", fmt.Sprint(p.All)),
		body:  k.problem(),
		fill:  k.lines(p),
	}
	switch {
	case p.Missing:
		f.fill = k.missing(p)
	case len(p.Said) > 0:
		f.fill = k.said(p)
	}
	f.low = widget.NewText(p.AsOf).In(theme.Small, theme.Grey)
	before := k.button(k.t("kiosk.file.before"), nil, func() { k.Flow.TurnFile(-1) })
	if p.N == 1 {
		before.Disable()
	}
	last := k.main(k.t("kiosk.file.next"), func() { k.Flow.TurnFile(1) })
	if p.N == p.All {
		last = k.main(k.t("kiosk.done.finish"), k.Flow.Clear)
	}
	f.foot = []fyne.CanvasObject{layout.Spread(theme.S3, before, last)}
	f.low = layout.Stack(theme.S3, f.low, k.button(k.t("kiosk.wallet.open"), nil, k.Flow.OpenWallet))
	return k.frame(f)
}

// lines draws recorded values, each with the way to say that it is wrong.
func (k *Kiosk) lines(p flow.FilePage) fyne.CanvasObject {
	out := layout.Stack(theme.S3)
	for _, line := range p.Lines {
		words := stack(theme.S1,
			widget.NewText(line.Label).In(theme.Text, theme.Grey),
			widget.NewText(line.Value).In(theme.Lead, theme.Ink),
			widget.NewText(line.From).In(theme.Small, theme.Grey))
		if line.Disputed != "" {
			words.Add(widget.NewBanner(widget.Look, line.Disputed, ""))
		}
		if line.Note != "" {
			words.Add(widget.NewBanner(widget.Quiet, line.Note, ""))
		}
		wrong := widget.NewButton(k.t("kiosk.file.wrong"), widget.Secondary, nil, k.press(func() { k.Flow.ObjectTo(line) }))
		out.Add(widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S4, layout.Row(theme.S3, layout.Grow(words), wrong))))
	}
	return out
}

// said shows what became of what they objected to.
func (k *Kiosk) said(p flow.FilePage) fyne.CanvasObject {
	out := layout.Stack(theme.S3)
	for _, o := range p.Said {
		tone := widget.Well
		switch {
		case o.Late:
			tone = widget.Look
		case o.Open:
			tone = widget.Quiet
		}
		out.Add(widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S4, layout.Stack(theme.S2,
			widget.NewText(o.Label).In(theme.Lead, theme.Ink), widget.NewText(o.What).In(theme.Text, theme.Ink), widget.NewBanner(tone, o.State, "")))))
	}
	return out
}

// missing says what would make the file complete.
func (k *Kiosk) missing(p flow.FilePage) fyne.CanvasObject {
	words := layout.Stack(theme.S3)
	if p.Limit != "" {
		words.Add(widget.NewBanner(widget.Well, p.Limit, k.t("kiosk.file.limit.about")))
	}
	if p.Level != "" {
		words.Add(widget.NewText(p.Level).In(theme.Lead, theme.Ink))
		if p.Next != "" {
			words.Add(widget.NewText(p.Next).In(theme.Lead, theme.Jade))
		}
		for _, stop := range p.Stops {
			words.Add(widget.NewBanner(widget.Look, stop, ""))
		}
		for _, raise := range p.Raise[:min(len(p.Raise), 3)] {
			words.Add(widget.NewText(raise).In(theme.Text, theme.Ink))
		}
		words.Add(widget.NewRule())
	}
	if len(p.Must) == 0 {
		words.Add(widget.NewText(k.t("kiosk.file.missing.nothing")).In(theme.Lead, theme.Jade))
	}
	for _, what := range p.Must {
		words.Add(layout.Row(theme.S3, layout.Grow(widget.NewText(what).In(theme.Lead, theme.Ink)), widget.NewTag(k.t("kiosk.file.missing.must"), widget.Look)))
	}
	if len(p.May) > 0 {
		words.Add(widget.NewText(k.t("kiosk.file.missing.more", "what", strings.Join(p.May, k.t("agent.comma")))).In(theme.Text, theme.Ink))
	}
	if len(p.Must)+len(p.May) > 0 {
		words.Add(widget.NewText(k.t("kiosk.file.missing.about")).In(theme.Text, theme.Grey))
	}
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S5, words))
}

// objected shows what is objected to.
func (k *Kiosk) objected() fyne.CanvasObject {
	line := k.Flow.Objecting()
	return widget.NewBanner(widget.Quiet, k.t("kiosk.object.is", "field", line.Label, "value", line.Value), line.From)
}

// object asks what is wrong with a value.
func (k *Kiosk) object() fyne.CanvasObject {
	ways := layout.Stack(theme.S3)
	for _, kind := range myfile.Objections {
		ways.Add(widget.NewHuge(k.t("choice.objection_kind."+kind), k.press(func() { k.Flow.Object(kind) }))) // a fault is shown by the flow
	}
	return k.frame(frame{title: k.t("kiosk.object.title"), body: stack(theme.S4, k.objected(), k.problem()), low: ways})
}

// right asks what is right, in the resident's own words.
func (k *Kiosk) right() fyne.CanvasObject {
	text := ""
	handIn := func() { k.Flow.HandInObjection(text) } // a fault is shown by the flow
	e := widget.NewEntry("")
	e.OnChanged = func(now string) { text = now; k.Flow.Touch() }
	k.typing(e, keyboard.Text, handIn)
	return k.frame(frame{
		title: k.t("kiosk.right.title"), note: k.t("kiosk.right.help"), keys: true,
		body: stack(theme.S4, k.objected(), e, k.problem()),
		foot: []fyne.CanvasObject{k.main(k.t("kiosk.right.go"), func() { k.host.Finish(); handIn() })},
	})
}
