// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"image/color"
	"time"

	"fyne.io/fyne/v2"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// registerVisitScenes puts the day of an officer into the gallery.
func registerVisitScenes() {
	for _, s := range []struct {
		name string
		show func(a *App, s *stage.Stage)
	}{
		{"today", func(a *App, _ *stage.Stage) { a.home.onToday() }},
		{"today-picked", showPicked},
		{"visit", func(a *App, s *stage.Stage) { a.home.open(newVisit(a.home, beganVisit(a))) }},
		{"visit-ready", func(a *App, s *stage.Stage) { a.home.open(newVisit(a.home, walked(a, s))) }},
		{"visit-ended", showEnded},
		{"visit-letter", func(a *App, _ *stage.Stage) {
			shownVisit(a, beganVisit(a)).onLetter()
			a.home.page.(*signing).pad.Begin(sampleInk)
		}},
		{"visit-second", showSecond},
		{"day-end", showDayEnd},
		{"day-end-left", showDayLeft},
	} {
		scene.Register(scene.Scene{Name: "agent/" + s.name, Place: theme.Desk, Build: func(p *i18n.Printer) fyne.CanvasObject {
			a, st := staged(p)
			s.show(a, st)
			return a.content
		}})
	}
	var last *App
	for name, over := range map[string]func(a *App){
		"visit-start":  func(a *App) { a.home.onToday(); a.home.openVisitStart(stage.Chen, "陈秀英") },
		"visit-locate": func(a *App) { a.Locator = &device.Sim{Gone: true}; shownVisit(a, beganVisit(a)).onLocate() },
	} {
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject { last, _ = staged(p); return last.content },
			Over:  func(_ *i18n.Printer, c fyne.Canvas) { last.canvas = c; over(last) },
		})
	}
}

// sampleInk is a signature of nobody.
var sampleInk = widget.Ink{Strokes: [][]widget.Point{
	{{X: 900, Y: 520}, {X: 1300, Y: 480}, {X: 1250, Y: 560}, {X: 1180, Y: 640}, {X: 1330, Y: 700}, {X: 1200, Y: 830}},
	{{X: 900, Y: 420}, {X: 910, Y: 900}, {X: 905, Y: 1180}}, {{X: 1500, Y: 600}, {X: 2050, Y: 540}},
	{{X: 1780, Y: 420}, {X: 1700, Y: 700}, {X: 2000, Y: 690}}, {{X: 1790, Y: 620}, {X: 1800, Y: 1150}, {X: 1720, Y: 1080}},
}}

// sure panics where the stage does not do what it always does.
func sure(err error) {
	if err != nil {
		panic(err)
	}
}

func showPicked(a *App, s *stage.Stage) {
	h := a.home
	for _, id := range []ident.Record{stage.Li, stage.Chen, stage.Shop} {
		t, err := h.desk.Today(a.ctx, "", flow.TodayShown)
		sure(err)
		for _, l := range t.Suggested {
			if l.Of == id {
				sure(t.Pick(a.ctx, l))
			}
		}
	}
	walked(a, s)
	s.At(stage.Now.Add(35 * time.Minute))
	_, err := h.desk.BeginVisit(a.ctx, stage.Li, flow.VisitStart{Purpose: "file"})
	sure(err)
	h.onToday()
}

// beganVisit is a visit about a demand that has just begun.
func beganVisit(a *App) ident.Record {
	id, err := a.home.desk.BeginVisit(a.ctx, stage.Chen, flow.VisitStart{Purpose: "demand", Second: stage.Other, With: "李金华"})
	sure(err)
	return id
}

func shownVisit(a *App, id ident.Record) *visit {
	v := newVisit(a.home, id)
	a.home.open(v)
	return v
}

// walked is a visit whose every step was done.
func walked(a *App, s *stage.Stage) ident.Record {
	d, id := a.home.desk, visited(a)
	x, err := d.Visit(a.ctx, id)
	sure(err)
	sure(x.Sign(a.ctx, s.Colleague()))
	return id
}

// visited is a visit that lacks only the companion's signature.
func visited(a *App) ident.Record {
	d, id := a.home.desk, beganVisit(a)
	ink, err := sampleInk.PNG()
	sure(err)
	for _, step := range []func(x *flow.Visit) error{
		func(x *flow.Visit) error { return x.Acknowledge(a.ctx, "陈秀英", ink) },
		func(x *flow.Visit) error {
			return x.Locate(a.ctx, device.Fix{Lat: 230469470, Lon: 1124650120, Accuracy: 8, Source: device.FromNMEA, At: a.Now()}.Answer())
		},
		func(x *flow.Visit) error {
			return d.Attach(a.ctx, x.Photos, "photo", bytes.NewReader(stage.Door(color.RGBA{0xC0, 0xC8, 0xB4, 0xFF})))
		},
		func(x *flow.Visit) error {
			e, err := x.Form(a.ctx)
			if err == nil {
				sure(e.Session.Set("visit_result", "done"))
				_, _, err = e.Save(a.ctx)
			}
			return err
		},
		func(x *flow.Visit) error { return x.SignResident(a.ctx, ink) },
	} {
		x, err := d.Visit(a.ctx, id)
		sure(err)
		sure(step(x))
	}
	return id
}

func showEnded(a *App, s *stage.Stage) {
	v := shownVisit(a, walked(a, s))
	s.At(stage.Now.Add(40 * time.Minute))
	v.onEnd()
}

func showSecond(a *App, _ *stage.Stage) {
	v := shownVisit(a, visited(a))
	c := newCountersign(v)
	c.secret.SetText(stage.Passphrase) // that of who leads
	c.onSign()
}

// endedVisit is a visit that was closed after forty minutes.
func endedVisit(a *App, s *stage.Stage) ident.Record {
	id := walked(a, s)
	s.At(stage.Now.Add(40 * time.Minute))
	x, err := a.home.desk.Visit(a.ctx, id)
	sure(err)
	_, err = x.End(a.ctx)
	sure(err)
	return id
}

func showDayEnd(a *App, s *stage.Stage) {
	endedVisit(a, s)
	a.SetReading(flow.Reading{Online: true, Settled: true, Held: true, Since: stage.Now})
	a.home.onDayEnd()
}

// showDayLeft is a day whose line was down since noon.
func showDayLeft(a *App, s *stage.Stage) {
	x, err := a.home.desk.Visit(a.ctx, endedVisit(a, s))
	sure(err)
	_, err = a.home.desk.BeginVisit(a.ctx, stage.Li, flow.VisitStart{Purpose: "file"})
	sure(err)
	s.Sync.Left = []flow.Unsent{{Digest: x.Photos.Lines[0].Digest(), Size: 1_830_000}, {Digest: [32]byte{1}, Size: 8_100}}
	s.Tray.Refuse(refusedPhone(a), "sync.reject.missing", "", nil)
	a.SetReading(flow.Reading{
		Waiting: 14, Oldest: stage.Now.Add(-3 * time.Hour), Held: true, Refused: 1, Fault: fault.New(fault.Unavailable, "sync.no_link"),
		Files: flow.FilesReading{Waiting: 2},
	})
	a.home.onDayEnd()
}
