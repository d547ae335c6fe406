// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/product"
	"yuexin/shared/money"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// products shows what is offered.
func (k *Kiosk) products() fyne.CanvasObject {
	all := k.Flow.Products()
	f := frame{title: k.t("kiosk.products.title"), note: k.t("kiosk.products.help")}
	if len(all) == 0 {
		f.fill = notice(widget.Look, fynetheme.InfoIcon(), k.t("kiosk.products.none"), k.t("kiosk.products.none.hint"))
		return k.frame(f)
	}
	lang := k.Flow.Printer().Lang()
	tiles := layout.FillTiles(1, 0, highestChoice+60, theme.S3)
	for _, p := range all {
		about := p.About.In(lang) + "\n" + k.t("kiosk.products.line", "lender", p.Lender.In(lang), "rate", p.Rate.String(), "standing", k.standing(p))
		tiles.Add(widget.NewTile(p.Name.In(lang), about, nil, k.press(func() { k.Flow.OpenProduct(p.ID) })))
	}
	f.fill = tiles
	return k.frame(f)
}

// compare lays a product beside a typical online loan.
func (k *Kiosk) compare() fyne.CanvasObject {
	c, ok := k.Flow.Comparison()
	if !ok {
		return k.products()
	}
	lang := k.Flow.Printer().Lang()
	body := layout.Stack(theme.S4, k.asked(c), k.costs(c), k.bars(c), k.small(c))
	return k.frame(frame{
		title: c.Product.Name.In(lang), note: c.Product.Lender.In(lang) + "　" + k.standing(c.Product), body: body,
		foot: []fyne.CanvasObject{k.main(k.t("kiosk.start.demand"), func() { k.Flow.Choose(flow.Demand) })},
	})
}

// asked asks for amount and term: a touch compares at once.
func (k *Kiosk) asked(c flow.Comparison) fyne.CanvasObject {
	amounts, months := make([]widget.Option, len(c.Amounts)), make([]widget.Option, len(c.Months))
	for i, a := range c.Amounts {
		amounts[i] = widget.Option{Code: strconv.Itoa(i), Label: a.Text()}
	}
	for i, n := range c.Months {
		months[i] = widget.Option{Code: strconv.Itoa(i), Label: k.t("kiosk.compare.months", "n", strconv.Itoa(n))}
	}
	row := func(label string, options []widget.Option, chosen int, act func(i int)) fyne.CanvasObject {
		choice := widget.NewChoice(options, false, func(codes []string) {
			if i, err := strconv.Atoi(strings.Join(codes, "")); err == nil && i != chosen {
				act(i)
			}
		}).InRow()
		choice.Set([]string{strconv.Itoa(chosen)})
		return layout.Stack(theme.S1, widget.NewText(k.t(label)).In(theme.Text, theme.Grey), choice)
	}
	return layout.Stack(theme.S3,
		row("kiosk.compare.amount", amounts, index(c.Amounts, c.Offer.Amount), func(i int) { k.Flow.AskAmount(c.Amounts[i]) }),
		row("kiosk.compare.term", months, index(c.Months, c.Offer.Months), func(i int) { k.Flow.AskMonths(c.Months[i]) }))
}

func index[T comparable](all []T, one T) int {
	for i, a := range all {
		if a == one {
			return i
		}
	}
	return 0
}

// costs shows the true annual cost of both in figures, and what is paid besides the amount.
func (k *Kiosk) costs(c flow.Comparison) fyne.CanvasObject {
	card := func(name string, o product.Offer, ink fyne.ThemeColorName) fyne.CanvasObject {
		return widget.NewPanel(theme.Paper, ink, theme.Round, layout.Inset(theme.S3, layout.Stack(theme.S1,
			widget.NewText(name).In(theme.Text, theme.Ink).Align(fyne.TextAlignCenter),
			widget.NewText(o.Cost.String()).In(theme.Figure, ink).Align(fyne.TextAlignCenter).Line(),
			widget.NewText(k.t("kiosk.compare.cost")).In(theme.Small, theme.Grey).Align(fyne.TextAlignCenter),
			widget.NewText(k.t("kiosk.compare.more", "amount", k.yuan(o.Interest+o.Fees))).In(theme.Text, ink).Align(fyne.TextAlignCenter))))
	}
	lang := k.Flow.Printer().Lang()
	mine := card(c.Product.Name.In(lang), c.Offer, theme.Jade)
	if !c.Beside {
		return mine
	}
	return layout.Spread(theme.S3, mine, card(c.Other.Name.In(lang), c.OtherOffer, theme.Alert))
}

// bars shows what both cost in all, and a month, as lengths.
func (k *Kiosk) bars(c flow.Comparison) fyne.CanvasObject {
	lang := k.Flow.Printer().Lang()
	pair := func(label string, mine, other money.Fen) fyne.CanvasObject {
		most := max(mine, other, 1)
		group := layout.Stack(theme.S2, widget.NewText(k.t(label)).In(theme.Text, theme.Ink), k.bar(c.Product.Name.In(lang), mine, most, theme.Jade))
		if c.Beside {
			group.Add(k.bar(c.Other.Name.In(lang), other, most, theme.Alert))
		}
		return group
	}
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S4, layout.Stack(theme.S4,
		pair("kiosk.compare.total", c.Offer.Total, c.OtherOffer.Total),
		pair("kiosk.compare.most", c.Offer.Most, c.OtherOffer.Most))))
}

// leastBar is the least part of the width that a bar has, so that it is seen.
const leastBar = 0.01

// bar draws an amount as a length, with name and figure above it.
func (k *Kiosk) bar(name string, amount, most money.Fen, color fyne.ThemeColorName) fyne.CanvasObject {
	part := max(leastBar, float32(amount)/float32(most))
	objects := []fyne.CanvasObject{layout.Share(part, widget.NewPanel(color, "", theme.Corner, widget.NewStrut("", theme.S3)))}
	if part < 1 {
		objects = append(objects, layout.Share(1-part, layout.Gap()))
	}
	head := layout.Row(theme.S3, layout.Grow(widget.NewText(name).In(theme.Small, theme.Grey)),
		widget.NewText(k.yuan(amount)).In(theme.Text, color).Line())
	return layout.Stack(theme.S1, head, layout.Row("", objects...))
}

// yuan writes an amount with its unit, fen only where there are some.
func (k *Kiosk) yuan(f money.Fen) string {
	return k.t("kiosk.compare.yuan", "n", strings.TrimSuffix(f.Grouped(), ".00"))
}

// small says how it is paid back, who may, and how true the figures are.
func (k *Kiosk) small(c flow.Comparison) fyne.CanvasObject {
	p, lang := c.Product, k.Flow.Printer().Lang()
	lines := []string{k.t("kiosk.compare.repay."+string(p.Repay), "n", fmt.Sprint(p.Every), "first", k.yuan(c.Offer.First), "months", fmt.Sprint(c.Offer.Months))}
	if len(p.Conditions) > 0 {
		conditions := make([]string, len(p.Conditions))
		for i, one := range p.Conditions {
			conditions[i] = one.In(lang)
		}
		lines = append(lines, k.t("kiosk.compare.conditions", "list", strings.Join(conditions, k.t("kiosk.compare.and"))))
	}
	if c.Beside {
		lines = append(lines, k.t("kiosk.compare.other", "about", c.Other.About.In(lang)))
	}
	out := layout.Stack(theme.S2)
	for _, line := range lines {
		out.Add(widget.NewText(line).In(theme.Text, theme.Ink))
	}
	out.Add(widget.NewText(k.t("kiosk.compare.method")).In(theme.Small, theme.Grey))
	return out
}

// standing says how true the figures of a product are.
func (k *Kiosk) standing(p product.Product) string {
	return k.t("kiosk.compare.standing."+string(p.Standing), "day", p.AsOf)
}
