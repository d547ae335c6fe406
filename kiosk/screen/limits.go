// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// limitsOpen is the way from what the village is told to the notices of whole-village credit; none while none is up.
func (k *Kiosk) limitsOpen() []fyne.CanvasObject {
	up, err := k.Flow.Limits()
	if err != nil || len(up) == 0 {
		return nil
	}
	return []fyne.CanvasObject{k.main(k.t("kiosk.limits.open", "n", strconv.Itoa(len(up))), k.Flow.OpenLimits)}
}

// limits shows who is to have a limit.
func (k *Kiosk) limits() fyne.CanvasObject {
	all, err := k.Flow.Limits()
	return noticed(k, frame{title: k.t("kiosk.limits.title"), note: k.t("kiosk.limits.help")}, k.t("kiosk.limits.none"), all, err, k.limitLine)
}

func (k *Kiosk) limitLine(line flow.LimitLine) fyne.CanvasObject {
	words := layout.Stack("",
		widget.NewText(k.limitHead(line)).In(theme.Lead, theme.Ink),
		widget.NewText(k.t("kiosk.limits.until", "day", k.day(line.Until))).In(theme.Small, theme.Grey))
	var end fyne.CanvasObject
	switch {
	case line.Right:
		end = widget.NewTag(k.t("kiosk.limits.right"), widget.Quiet)
	case line.Objected:
		end = widget.NewTag(k.t("points.state.objected"), widget.Look)
	case line.Kept:
		end = widget.NewTag(k.t("kiosk.putup.kept"), widget.Well)
	default:
		end = k.button(k.t("kiosk.putup.doubt"), nil, func() { k.Flow.DoubtLimit(line) })
	}
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Insets(theme.S4, theme.S3, layout.Row(theme.S3, layout.Grow(words), layout.Middle(end))))
}

// limitHead is which household a line is about, as far as a notice says.
func (k *Kiosk) limitHead(line flow.LimitLine) string {
	return k.t("kiosk.limits.head", "group", line.Group, "name", line.Name)
}

// limitDoubt asks why somebody objects: a reason is touched, and that is all. Nobody is asked who they are.
func (k *Kiosk) limitDoubt() fyne.CanvasObject {
	reasons := layout.FillTiles(2, 0, highestChoice, theme.S3)
	for _, why := range k.Flow.LimitReasons() {
		reasons.Add(widget.NewTile(k.t("choice.limit_why."+why), "", nil, k.press(func() { k.Flow.SayLimitDoubt(why) }))) // a fault is shown by the flow
	}
	return k.frame(frame{
		title: k.t("kiosk.limitdoubt.title"), note: k.t("kiosk.limitdoubt.help"),
		body: stack(theme.S4, widget.NewBanner(widget.Quiet, k.limitHead(k.Flow.LimitDoubted()), ""), k.problem()),
		fill: reasons,
	})
}
