// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"embed"
	"image"
	"image/color"

	"yuexin/assets"
	"yuexin/kiosk/device"
	"yuexin/kiosk/device/escpos/virtual"
	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/fault"
)

// deviceScenes are a machine with a printer and other devices.
func deviceScenes() []Prepared {
	torn := flow.Printing{Phase: flow.Torn, Fault: fault.New(fault.Unavailable, "printer.paper")}
	none := flow.Printing{Phase: flow.Unprinted, Fault: fault.New(fault.Unavailable, "printer.paper")}
	return []Prepared{
		{Name: "done-printing", Lead: printed(flow.Printing{Phase: flow.Busy, Percent: 40})},
		{Name: "done-printed", Lead: printed(flow.Printing{Phase: flow.Printed})},
		{Name: "done-no-paper", Lead: printed(none)},
		{Name: "done-no-paper-large", Lead: printed(none), Large: true},
		{Name: "done-torn", Lead: printed(torn)},
		{Name: "reprint", Lead: func(s *flowtest.Stage) { s.Connect(); must(s.Enter()); s.Flow.Open(flow.Reprint) }},
		{Name: "reprint-printed", Lead: reprinted},
		{Name: "devices", Lead: devices, Then: bench(wellDevices(), nil, true)},
		{Name: "devices-large", Lead: devices, Then: bench(wellDevices(), nil, true), Large: true},
		{Name: "devices-silent", Lead: devices, Then: bench(wellDevices(), fault.New(fault.NotFound, "voice.synth"), false)},
		{Name: "devices-trouble", Lead: devices, Then: bench(troubledDevices(), nil, false)},
		{Name: "devices-trouble-large", Lead: devices, Then: bench(troubledDevices(), nil, false), Large: true},
	}
}

// printed hands a demand in on a machine with a printer, and its print goes like this.
func printed(p flow.Printing) func(*flowtest.Stage) {
	return func(s *flowtest.Stage) {
		press := s.Connect()
		done(s)
		press.Report(p)
	}
}

// reprinted prints a receipt again.
func reprinted(s *flowtest.Stage) {
	press := s.Connect()
	done(s)
	press.Report(flow.Printing{Phase: flow.Printed})
	number := string(s.Flow.Receipt().Number)
	s.Flow.Clear()
	must(s.Enter())
	s.Flow.Open(flow.Reprint)
	must(s.Flow.PrintAgain(number))
	press.Report(flow.Printing{Phase: flow.Printed})
}

func devices(s *flowtest.Stage) { s.Flow.Open(flow.Devices) }

// wellDevices are all there, and nothing is wrong.
func wellDevices() device.Set {
	return device.Set{
		Printer: simPrinter(), Scanner: device.KeyScanner{}, Camera: &device.SimCamera{Picture: view()}, Speaker: &device.SimSpeaker{},
	}
}

// troubledDevices have what an installer meets.
func troubledDevices() device.Set {
	p := simPrinter()
	p.Set(func(s *virtual.State) { s.Dots = 0 })
	return device.Set{
		Printer: p, Scanner: &device.SimScanner{Fault: fault.New(fault.NotAllowed, "scanner.rights").With("port", "/dev/ttyACM0")},
		Camera:  &device.SimCamera{Fault: fault.New(fault.Unavailable, "camera.missing").With("device", "/dev/video0")},
		Speaker: &device.SimSpeaker{Fault: fault.New(fault.NotFound, "speaker.player").With("player", "paplay, aplay")},
	}
}

func simPrinter() *device.SimPrinter {
	p, err := device.PrinterProfile(assets.Folder("devices"), "80mm")
	must(err)
	return device.NewSimPrinter(p)
}

// view is what a camera may see.
func view() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 320, 180))
	for i := range 320 * 180 {
		x, y := i%320, i/320
		img.Set(x, y, color.RGBA{R: byte(60 + x/3), G: byte(110 + y/3), B: byte(180 - x/4), A: 255})
	}
	return img
}

// bench tests devices; tried also prints a page, takes a picture, plays a tone and reads. unread is why no text can be read.
func bench(set device.Set, unread error, tried bool) func(*Kiosk) {
	return func(k *Kiosk) {
		found := make(chan func(), 64)
		spoken := &device.Voice{
			Speaker: set.Speaker, Synth: &device.SimSynth{Fault: unread}, Clips: embed.FS{}, Book: k.Flow.World.Scripts, Log: k.Flow.Log,
		}
		spoken.Open(context.Background())
		b := &device.Bench{Set: set, Voice: spoken, OnUI: func(f func()) { found <- f }}
		b.Open(context.Background())
		hear := func() {
			b.Close()
			for len(found) > 0 {
				(<-found)()
			}
		}
		b.Check()
		hear()
		k.Bench = b
		if tried {
			k.tryVoice()
			hear() // one sound after the other
			b.Print(k.testPage())
			b.Shoot()
			b.Sound()
			hear()
			b.Scanned("HTTPS://CREDIT.EXAMPLE.CN/D/4K7M2QXA")
		}
		k.Show()
	}
}
