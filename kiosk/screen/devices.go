// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// Scanned takes what a scanner read, wherever it is connected.
func (k *Kiosk) Scanned(text string) {
	k.Flow.Touch()
	switch k.Flow.Route() {
	case flow.Devices:
		if k.Bench != nil {
			k.Bench.Scanned(text)
		}
	case flow.Ask:
		k.Flow.AskState(text) // a fault is shown by the flow, here and below
	case flow.Reprint:
		k.Flow.PrintAgain(text)
	default:
		k.Flow.Scan(text)
	}
}

// visitBench begins to test the devices when their page is opened, and drops what was seen and scanned when it is left.
func (k *Kiosk) visitBench(before, now flow.Route) {
	switch {
	case k.Bench == nil || before == now:
	case now == flow.Devices:
		k.Bench.OnChange(func() {
			if k.Flow.Route() == flow.Devices {
				k.again()
			}
		})
		k.Bench.Check()
	case before == flow.Devices:
		k.Bench.Forget()
	}
}

// devices is the page on which whoever installs the machine tests each device.
func (k *Kiosk) devices() fyne.CanvasObject {
	body := layout.Stack(theme.S3)
	f := frame{title: k.t("kiosk.devices.title"), note: k.t("kiosk.devices.note"), body: body}
	if k.Bench == nil {
		return k.frame(f)
	}
	if err := k.Bench.ConfigFault(); err != nil {
		body.Add(widget.NewFaultBanner(k.Flow.Printer(), err))
	}
	for _, found := range k.Bench.Findings() {
		body.Add(k.finding(found))
	}
	if img := k.Bench.Picture(); img != nil {
		picture := canvas.NewImageFromImage(img)
		picture.FillMode = canvas.ImageFillContain
		f.fill = high(seenHeight, picture)
	}
	f.foot = []fyne.CanvasObject{k.main(k.t("kiosk.devices.check"), k.Bench.Check)}
	return k.frame(f)
}

// seenHeight is the least height of what the camera saw, in units.
const seenHeight = 320

// finding is what was found of one device: its state, what to do, and its test.
func (k *Kiosk) finding(d device.Finding) fyne.CanvasObject {
	key := "kiosk.devices." + string(d.Kind)
	tone, state, hint := widget.Quiet, k.t("kiosk.devices.unknown"), ""
	switch {
	case d.Busy:
		state = k.t("kiosk.devices.busy")
	case d.State == device.Absent:
		state, hint = k.t("kiosk.devices.absent"), k.t(key+".absent")
	case d.State == device.Trouble:
		tone = widget.Bad
		state, hint = k.Flow.Printer().Explain(d.Fault)
	case d.State == device.Keyboard:
		state, hint = k.t("kiosk.devices.keyboard"), k.t("kiosk.devices.scanner.try")
	case d.State == device.Found && d.Fault != nil:
		tone = widget.Look
		state, hint = k.Flow.Printer().Explain(d.Fault)
	case d.State == device.Found:
		tone, state, hint = widget.Well, k.t("kiosk.devices.found"), k.t(key+".try")
		if d.Done {
			hint = k.t(key + ".done")
		}
	}
	if d.Kind == device.KindScanner && k.Bench.LastScan() != "" {
		hint = k.t("kiosk.devices.scanner.read", "text", shortened(k.Bench.LastScan()))
	}
	banner := []fyne.CanvasObject{}
	if test := k.deviceTest(d); test != nil {
		banner = append(banner, test)
	}
	return widget.NewBanner(tone, k.t("kiosk.devices.is", "name", k.t(key), "state", state), hint, banner...)
}

// deviceTest is the button that tries a device, nil for one that cannot be tried by a button.
func (k *Kiosk) deviceTest(d device.Finding) fyne.CanvasObject {
	acts := map[device.Kind]struct {
		icon fyne.Resource
		act  func()
	}{
		device.KindPrinter: {fynetheme.DocumentPrintIcon(), func() { k.Bench.Print(k.testPage()) }},
		device.KindCamera:  {fynetheme.MediaPhotoIcon(), k.Bench.Shoot},
		device.KindSpeaker: {fynetheme.VolumeUpIcon(), k.Bench.Sound},
		device.KindVoice:   {fynetheme.AccountIcon(), k.tryVoice},
	}
	act, ok := acts[d.Kind]
	if !ok || d.Busy || d.State == device.Absent || d.State == device.Unknown {
		return nil
	}
	return k.button(k.t("kiosk.devices."+string(d.Kind)+".test"), act.icon, act.act)
}

// testPage is printed to see whether letters, characters, rare characters and codes come out.
func (k *Kiosk) testPage() device.TestPage {
	return device.TestPage{
		Title: k.t("kiosk.devices.title"),
		Lines: []string{
			k.Flow.Printer().DateTime(k.Flow.Now()),
			"ABCDEFGHIJKLM abcdefghijklm 0123456789",
			k.t("kiosk.devices.page.common"),
			k.t("kiosk.devices.page.rare"),
			k.t("kiosk.devices.page.code"),
		},
		Code: "YUEXIN TEST",
	}
}

// longestShown is how many characters of a scan are shown.
const longestShown = 24

func shortened(text string) string {
	if runes := []rune(text); len(runes) > longestShown {
		return string(runes[:longestShown]) + "…"
	}
	return text
}
