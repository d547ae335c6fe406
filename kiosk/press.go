// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"yuexin/assets"
	"yuexin/kiosk/device"
	"yuexin/kiosk/screen"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/replica"
	"yuexin/shared/uikit"
)

// connect opens what is connected to the machine. What cannot be read keeps nobody from registering: it is in the log and on
// the page on which staff test the devices.
func (a *App) connect(ctx context.Context) {
	var err error
	if a.devices, err = device.OpenSet(a.station.Dir); err != nil {
		a.station.Log.Error("devices", fault.Attr(err))
	}
	a.bench = &device.Bench{Set: a.devices, Config: err, OnUI: uikit.OnUI}
	if a.devices.Speaker != nil {
		a.voice = &device.Voice{Speaker: a.devices.Speaker, Synth: device.Espeak{}, Clips: assets.Folder("voice"), Book: a.scripts, Log: a.station.Log}
		a.voice.Open(ctx)
		a.bench.Voice = a.voice
	}
	a.bench.Open(ctx)
	if a.devices.Printer == nil {
		return
	}
	copies, err := device.OpenCopies(a.station.Dir)
	if err != nil {
		a.station.Log.Error("prints", fault.Attr(err))
	}
	a.press = &device.Press{
		Printer: a.devices.Printer, Copies: copies, OnUI: uikit.OnUI, Log: a.station.Log,
		Note: func(e audit.Entry) error { return a.station.Replica.Note(ctx, a.who(), e) },
	}
	a.press.Open(ctx)
	a.bench.Press = a.press
	a.health.Paper = a.press
}

// who is whoever of the staff is at work, else the machine.
func (a *App) who() replica.Session {
	if who, err := a.station.AtWork(); err == nil {
		return who
	}
	return a.station.Session()
}

// disconnect waits, once the context of connect has ended, until nothing is printed or tested any more.
func (a *App) disconnect() {
	a.bench.Close()
	if a.voice != nil {
		a.voice.Close()
	}
	if a.press != nil {
		a.press.Close()
	}
}

// scans hands what a scanner at a serial port reads to the screen.
func (a *App) scans(ctx context.Context, k *screen.Kiosk) {
	err := a.devices.Scanner.Run(ctx, func(text string) {
		uikit.OnUI(func() { k.Scanned(text) })
	})
	if ctx.Err() == nil && err != nil {
		a.station.Log.Error("scanner", fault.Attr(err))
	}
}

// paperWord says for staff how the printer is.
func (a *App) paperWord(p *i18n.Printer) string {
	if a.press == nil {
		return p.T("kiosk.staff.paper.none")
	}
	if why := a.press.Fault(); why != nil {
		message, _ := p.Explain(why)
		return message
	}
	return p.T("kiosk.staff.paper.well")
}
