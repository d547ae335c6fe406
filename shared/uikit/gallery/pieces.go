// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

func pieces() []scene.Scene {
	return []scene.Scene{
		{Name: "desk/demand", Build: demand, Main: true},
		{Name: "desk/empty", Build: empty, Size: fyne.NewSize(800, 500)},
		{Name: "desk/confirm", Build: demand, Over: confirm},
		{Name: "desk/signature", Build: signature, Size: fyne.NewSize(800, 500)},
		{Name: "kiosk/start", Place: theme.Kiosk, Build: start, Main: true},
		{Name: "kiosk/receipt", Place: theme.Kiosk, Build: receipt},
		{Name: "kiosk/idle", Place: theme.Kiosk, Build: start, Over: idle},
	}
}

// sampleNow is the moment of all prepared data.
var sampleNow = time.Date(2026, 11, 22, 20, 30, 0, 0, time.FixedZone("CST", 8*3600))

// demand is the second reference screen of DESIGN.md, on a laptop.
func demand(p *i18n.Printer) fyne.CanvasObject {
	badge := widget.NewSyncBadge(p, nil)
	badge.Tell(widget.SyncState{Waiting: 3, Oldest: sampleNow.Add(-2 * time.Hour)}, sampleNow)
	head := layout.Row(theme.S3, layout.Grow(widget.NewTitle("示例 陈秀英 · 3.5万元")), widget.NewTag("已走访", widget.Well), badge)
	steps := widget.NewSteps([]string{"待核实", "已登记", "已分派", "已联系", "已走访", "意向", "授信", "放款"}, 4)
	facts := widget.NewCard("情况", widget.NewFacts(p,
		widget.Fact{Label: "用途", Value: "买柑苗、肥料"},
		widget.Fact{Label: "电话", Value: "138****0001", Standing: widget.Disputed, Note: "现在以村委 11月20日 填的为准；服务官填的是另一个号码"},
		widget.Fact{Label: "耕地", Value: "2.3亩", Standing: widget.Pending},
		widget.Fact{Label: "期限", Value: ""}))
	trail := widget.NewCard("经过", widget.NewTimeline(
		widget.Event{When: "2 小时前 · 11月22日 18:30", Who: "李服务官", What: "已走访", Note: "服务官已经来看过，三天内告诉您结果。", Tone: widget.Well},
		widget.Event{When: "11月20日 09:12", Who: "系统", What: "已分派，超期 1 天", Tone: widget.Look},
		widget.Event{When: "11月18日 10:05", Who: "大沙村自助机", What: "已登记", Tone: widget.Quiet}))
	next := widget.NewCard("下一步", layout.Stack(theme.S2,
		widget.NewMain("登记意向", func() {}),
		widget.NewButton("再联系一次", widget.Secondary, fynetheme.MailSendIcon(), func() {}),
		widget.NewButton("改派", widget.Secondary, nil, func() {}),
		widget.NewButton("不通过", widget.Danger, nil, func() {})))
	left := layout.Stack(theme.S4,
		widget.NewBanner(widget.Look, p.T("banner.offline"), ""),
		widget.NewFaultBanner(p, errors.New("disk")), steps, facts, trail)
	body := layout.Columns(theme.S5, layout.Share(2, left), layout.Share(1, next))
	return ground(layout.Page(layout.Insets(theme.S6, theme.S4, head), widget.NewTouchScroll(layout.Insets(theme.S6, theme.S2, body)), nil))
}

// ground puts the canvas colour behind a screen.
func ground(o fyne.CanvasObject) fyne.CanvasObject {
	return widget.NewPanel(theme.Canvas, "", "", o)
}

func empty(p *i18n.Printer) fyne.CanvasObject {
	search := widget.NewSearchEntry(p.T("region.search.hint"), p.T("action.clear"), nil)
	search.SetText("dasha")
	state := widget.NewEmptyState(fynetheme.SearchIcon(), p.T("list.none_found"), p.T("region.search.hint"),
		widget.NewButton(p.T("action.clear"), widget.Secondary, nil, func() {}))
	return ground(layout.Inset(theme.S5, layout.Stack(theme.S4, search, widget.NewCard("", state))))
}

func confirm(p *i18n.Printer, c fyne.Canvas) {
	widget.NewConfirmSheet(p, widget.Question{
		Title: "停用这台设备？", Text: "它马上不能再上传和接收。", Keeps: "设备上还没有上传的内容会保留，由管理员处理。",
		Deed: "停用设备", Final: true,
	}, nil).Open(c)
}

func start(p *i18n.Printer) fyne.CanvasObject {
	badge := widget.NewSyncBadge(p, nil)
	badge.Tell(widget.SyncState{Online: true}, sampleNow)
	head := layout.Row(theme.S4, layout.Grow(widget.NewTitle("粤信 · 大沙村")), badge)
	tiles := layout.Tiles(2, 0, theme.S4,
		widget.NewTile("登记农户", "家里的情况，十分钟", fynetheme.HomeIcon(), func() {}),
		widget.NewTile("登记商户", "店铺、作坊、合作社", fynetheme.StorageIcon(), func() {}),
		widget.NewTile("我要贷款", "留下需要，有人联系您", fynetheme.DocumentCreateIcon(), func() {}),
		widget.NewTile("查办理情况", "用回执上的编号", fynetheme.SearchIcon(), func() {}))
	body := layout.Stack(theme.S5, widget.NewBanner(widget.Look, p.T("banner.no_paper"), ""),
		widget.NewText("您好，请选要办的事").In(theme.Title, theme.Ink), tiles)
	foot := layout.Spread(theme.S4, widget.NewButton(p.T("page.language"), widget.Secondary, nil, func() {}),
		widget.NewButton("关怀版", widget.Secondary, nil, func() {}))
	return ground(layout.Page(layout.Inset(theme.S5, head), layout.Insets(theme.S6, theme.S5, body), layout.Inset(theme.S5, foot)))
}

func receipt(p *i18n.Printer) fyne.CanvasObject {
	card, err := widget.NewReceiptCard(widget.Receipt{
		Label: "回执编号", Number: "0042 7719 3065", Link: "HTTPS://YUEXIN.EXAMPLE.CN/R/004277193065",
		Next: "村里的服务官会在三天内打电话给您。", Notes: []string{"用这个编号和手机尾号可以查办理情况。"},
	})
	if err != nil {
		return widget.NewFaultBanner(p, err)
	}
	return ground(layout.Page(nil, layout.Inset(theme.S6, layout.Stack(theme.S5, widget.NewTitle("已经登记好了"), card)),
		layout.Inset(theme.S5, widget.NewMain(p.T("action.home"), func() {}))))
}

func idle(p *i18n.Printer, c fyne.Canvas) {
	sheet := widget.NewCountdownSheet(p, nil, nil)
	sheet.Left(18)
	sheet.Open(c)
}

// signature is a sheet that asks for one, half signed.
func signature(p *i18n.Printer) fyne.CanvasObject {
	pad := widget.NewSignature(p, nil)
	pad.Begin(widget.Ink{Strokes: [][]widget.Point{
		{{X: 900, Y: 520}, {X: 1300, Y: 480}, {X: 1250, Y: 560}, {X: 1180, Y: 640}, {X: 1330, Y: 700}, {X: 1200, Y: 830}},
		{{X: 900, Y: 420}, {X: 910, Y: 900}, {X: 905, Y: 1180}},
		{{X: 1500, Y: 600}, {X: 2050, Y: 540}}, {{X: 1780, Y: 420}, {X: 1700, Y: 700}, {X: 2000, Y: 690}},
		{{X: 1790, Y: 620}, {X: 1800, Y: 1150}, {X: 1720, Y: 1080}}, {{X: 1640, Y: 880}, {X: 1560, Y: 1010}}, {{X: 1930, Y: 880}, {X: 2040, Y: 1000}},
	}})
	return ground(layout.Inset(theme.S5, widget.NewCard("示例 请农户本人签名", pad)))
}
