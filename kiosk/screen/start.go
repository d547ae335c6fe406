// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// The least height of a large choice, in units, and how high those of the start grow; in large type its text makes it high
// enough.
const (
	tileHeight      = 280
	tileHeightLarge = 270
	highestTile     = 520
)

func (k *Kiosk) tile(key string, icon fyne.Resource, act func()) fyne.CanvasObject {
	height := float32(tileHeight)
	if k.Flow.Large() {
		height = tileHeightLarge
	}
	return high(height, widget.NewTile(k.t(key), k.t(key+".about"), icon, k.press(act)))
}

// How many tiles of the start stand in a row: all are seen at once; in large type two, and the last are scrolled to.
const (
	matterColumns      = 3
	matterColumnsLarge = 2
)

// matter is a tile of the start.
func (k *Kiosk) matter(key string, icon fyne.Resource, act func()) fyne.CanvasObject {
	return widget.NewTile(k.t(key), k.t(key+".about"), icon, k.press(act))
}

// start asks what somebody would like to do.
func (k *Kiosk) start() fyne.CanvasObject {
	columns := matterColumns
	if k.Flow.Large() {
		columns = matterColumnsLarge
	}
	tiles := layout.FillTiles(columns, 0, highestTile, theme.S3,
		k.matter("kiosk.start.demand", fynetheme.DocumentCreateIcon(), func() { k.Flow.Choose(flow.Demand) }),
		k.matter("kiosk.start.state", fynetheme.SearchIcon(), func() { k.Flow.Open(flow.Ask) }),
		k.matter("kiosk.start.household", fynetheme.HomeIcon(), func() { k.Flow.Choose(flow.Household) }),
		k.matter("kiosk.start.merchant", fynetheme.StorageIcon(), func() { k.Flow.Choose(flow.Merchant) }),
		k.matter("kiosk.start.products", fynetheme.InfoIcon(), k.Flow.OpenProducts),
		k.matter("kiosk.start.notices", fynetheme.MailComposeIcon(), k.Flow.OpenTold),
		k.matter("kiosk.start.points", fynetheme.GridIcon(), k.Flow.OpenPoints),
		k.matter("kiosk.start.mine", fynetheme.AccountIcon(), func() { k.Flow.Open(flow.Mine) }),
		k.matter("kiosk.start.resume", fynetheme.MediaReplayIcon(), func() { k.Flow.Open(flow.Slip) }),
	)
	var low []fyne.CanvasObject
	if k.Flow.Guest() {
		low = append(low, k.button(k.t("kiosk.start.return"), fynetheme.NavigateBackIcon(), k.Flow.Clear))
	}
	return k.frame(frame{
		title: k.t("kiosk.start.title"),
		body:  k.known(),
		fill:  tiles,
		low:   layout.Stack(theme.S3, append(low, k.fraud())...),
	})
}

// known tells which house was recognised, or that a card can be scanned.
func (k *Kiosk) known() fyne.CanvasObject {
	if k.Flow.Spot() == nil {
		return widget.NewBanner(widget.Quiet, k.t("kiosk.start.scan"), "")
	}
	other := widget.NewButton(k.t("kiosk.start.other"), widget.Plain, nil, k.press(k.Flow.NotHere))
	return widget.NewBanner(widget.Well, k.t("kiosk.start.place", "place", k.Flow.SpotName()), "", other)
}

func (k *Kiosk) fraud() fyne.CanvasObject {
	return widget.NewText(k.t("kiosk.fraud")).In(theme.Small, theme.Grey).Align(fyne.TextAlignCenter)
}
