// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"yuexin/assets"
	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
	"yuexin/kiosk/screen"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

// TestScreensFitAndCanBePressed walks through every screen and every question as a visitor comes to them, in large type, where
// room is tight. TestScenes looks at the prepared ones in every mode.
func TestScreensFitAndCanBePressed(t *testing.T) {
	for _, lang := range i18n.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			h := open(t)
			h.tour(func(name string) {
				h.dress(true, lang)
				h.audit(name)
			})
			if missing := h.World.Texts.Missing(); len(missing) > 0 {
				t.Errorf("texts are missing: %v", missing)
			}
		})
	}
}

// dress gives the visit its size and language; each new visit begins without.
func (h *hall) dress(large bool, lang i18n.Lang) {
	if h.Flow.Route() == flow.Idle {
		return // whatever was chosen before the countdown
	}
	if h.Flow.Printer().Lang() != lang {
		h.Flow.SwitchLanguage()
	}
	if h.Flow.Large() != large {
		h.Flow.SetLarge(large)
	}
}

func (h *hall) audit(name string) {
	h.t.Helper()
	h.t.Run(name, func(t *testing.T) {
		h.Audit()
		auditPanel(t, h.Window, h.Flow.Printer())
	})
}

// auditPanel holds a screen to what only a kiosk's has to be: every text has words, and the foot is always seen.
func auditPanel(t *testing.T, w *uitest.Window, p *i18n.Printer) {
	t.Helper()
	auditFoot(t, w, p)
	for _, text := range w.Written() {
		if strings.Contains(text, "⟦") || strings.Contains(text, "{") {
			t.Errorf("the screen says %q", text)
		}
	}
}

// auditFoot holds the buttons at the foot, back among them, above the keyboard and on the panel: they are never scrolled to.
func auditFoot(t *testing.T, w *uitest.Window, p *i18n.Printer) {
	t.Helper()
	floor := float32(1920)
	objects := test.LaidOutObjects(w.Content())
	position := func(o fyne.CanvasObject) fyne.Position {
		return fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
	}
	for _, o := range objects {
		if k, ok := o.(*keyboard.Key); ok && position(k).Y > 0 { // others wait for candidates, hidden
			floor = min(floor, position(k).Y)
		}
	}
	for _, o := range objects {
		b, ok := o.(*widget.BigButton)
		if !ok {
			continue
		}
		switch b.Text() {
		case p.T("kiosk.back"), p.T("kiosk.leave"), p.T("kiosk.question.next"), p.T("kiosk.review.send"), p.T("kiosk.ask.go"):
			if foot := position(b).Y + b.Size().Height; foot > floor+0.5 {
				t.Errorf("%q ends at %.0f, below %.0f", b.Text(), foot, floor)
			}
		}
	}
}

// tour shows every screen once and calls look on each.
func (h *hall) tour(look func(name string)) {
	h.t.Helper()
	look("start")
	h.Flow.SetTroubles([]flow.Trouble{flow.NoLink})
	look("start-trouble")
	h.Flow.Open(flow.Staff)
	look("staff")
	h.tourDevices(look)
	h.Flow.Back()
	h.Flow.SetTroubles(nil)
	h.Flow.Choose(flow.Demand)
	look("where")
	h.Flow.Open(flow.Code)
	look("code")
	h.Flow.EnterCode("4K7M")
	look("code-wrong")
	h.Flow.Back()
	h.Flow.Pick()
	look("village")
	villages, err := h.Flow.Villages()
	if err != nil {
		h.t.Fatal(err)
	}
	h.Flow.PickVillage(villages[0])
	look("group")
	h.Flow.PickGroup("三组")
	look("house")
	h.Flow.Scan("https://police.example.cn/1")
	look("plate")
	h.Flow.RejectPlace()
	h.give(door)
	look("place")
	h.Flow.AcceptPlace()
	for h.Flow.Route() == flow.Question {
		page := h.Flow.Page()
		look("question-" + page.Path)
		h.Flow.Type(map[string]string{
			"asked": "5万", "purpose": "planting", "term_months": "12", "applicant_name": "陈秀英", "contact": "helper",
			"helper_name": "李国强", "phone": "13800138000", "agree": "yes",
		}[page.Path])
		if err := h.Flow.Next(); err != nil {
			h.t.Fatal(err)
		}
	}
	look("review")
	h.Flow.Leave()
	look("leaving")
	h.Flow.PutAside()
	look("kept")
	slip := h.Flow.Kept()
	h.Flow.Clear()
	h.Flow.Open(flow.Slip)
	h.Flow.Resume("ZZZZZZZZ")
	look("slip-wrong")
	if err := h.Flow.Resume(slip); err != nil {
		h.t.Fatal(err)
	}
	h.Pass(h.Flow.Mode().Patience())
	look("idle")
	h.Flow.Continue()
	for h.Flow.Route() == flow.Question {
		if err := h.Flow.Next(); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := h.Flow.HandIn(); err != nil {
		h.t.Fatal(err)
	}
	look("done")
	press := h.Connect()
	h.Flow.Print()
	look("done-printing")
	for name, phase := range map[string]flow.Phase{"torn": flow.Torn, "unprinted": flow.Unprinted} {
		press.Report(flow.Printing{Phase: phase, Fault: fault.New(fault.Unavailable, "printer.error")})
		look("done-" + name)
	}
	press.Report(flow.Printing{Phase: flow.Sent})
	look("done-sent")
	number := string(h.Flow.Receipt().Number)
	h.Flow.Clear()
	h.Flow.Open(flow.Ask)
	look("ask")
	h.Flow.AskState(number)
	look("stand")
	h.Flow.Clear()
	h.Flow.OpenOffice()
	look("cadre")
	if err := h.Enter(); err != nil {
		h.t.Fatal(err)
	}
	look("office")
	h.Flow.OpenRoll("demand")
	look("roll")
	h.Flow.Open(flow.Reprint)
	look("reprint")
	h.Flow.PrintAgain("1")
	look("reprint-wrong")
	h.Flow.PrintAgain(number)
	look("reprint-printing")
	h.Flow.Clear()
	h.tourHousehold(look)
}

// tourDevices shows the page on which staff test the devices, where all of them have the longest of troubles, and where a page
// is printed and a code scanned.
func (h *hall) tourDevices(look func(name string)) {
	h.t.Helper()
	profile, err := device.PrinterProfile(assets.Folder("devices"), "58mm")
	if err != nil {
		h.t.Fatal(err)
	}
	printer := device.NewSimPrinter(profile)
	printer.Missing = true
	heard := make(chan func(), 64)
	b := &device.Bench{Config: fault.New(fault.Corrupt, "device.config").With("why", "json: unknown field \"toaster\""), Set: device.Set{
		Printer: printer, Scanner: &device.SimScanner{Fault: fault.New(fault.NotAllowed, "scanner.rights").With("port", "/dev/ttyACM0")},
		Camera:  &device.SimCamera{Fault: fault.New(fault.NotAllowed, "camera.rights").With("device", "/dev/video0")},
		Speaker: &device.SimSpeaker{Fault: fault.New(fault.NotFound, "speaker.player").With("player", "paplay, pw-play, aplay")},
	}, OnUI: func(f func()) { heard <- f }}
	b.Open(h.t.Context())
	settle := func() {
		b.Close()
		for len(heard) > 0 {
			(<-heard)()
		}
	}
	h.screen.Bench = b
	h.Flow.Open(flow.Devices) // which checks them
	settle()
	look("devices-trouble")
	printer.Missing = false
	h.Pass(screen.Settle)
	h.Tap(h.Flow.Printer().T("kiosk.devices.printer.test"))
	settle()
	h.screen.Scanned("HTTPS://CREDIT.EXAMPLE.CN/D/4K7M2QXA4K7M2QXA4K7M2QXA")
	look("devices-tried")
	if text := printer.Tear().Text(); !strings.Contains(text, "YUEXIN TEST") {
		h.t.Errorf("the test page says %q", text)
	}
	if b.LastScan() == "" {
		h.t.Error("what was scanned is not shown")
	}
	h.Flow.Back()
	if b.LastScan() != "" || h.Flow.Route() != flow.Staff {
		h.t.Errorf("after the page, at %s, the scan is still there", h.Flow.Route())
	}
}

// tourHousehold shows the questions that the demand does not have.
func (h *hall) tourHousehold(look func(name string)) {
	h.t.Helper()
	h.Flow.Choose(flow.Household)
	h.give(door)
	h.Flow.AcceptPlace()
	added := false
	for h.Flow.Route() == flow.Question {
		page := h.Flow.Page()
		look("household-" + page.Path)
		if page.Path == "members" && !added {
			added = true
			if err := h.Flow.AddRow(); err != nil {
				h.t.Fatal(err)
			}
			continue
		}
		text, ok := map[string]string{
			"head_name": "陈秀英", "population": "4", "main_trade": "planting", "agree": "yes", "agree_finance": "yes",
			"~sign.finance": "陈秀英", "members.0.member_name": "李国强", "members.0.relation": "spouse", "figures_year": "2025",
		}[page.Path]
		if ok {
			h.Flow.Type(text)
		}
		if err := h.Flow.Next(); err != nil {
			h.t.Fatalf("%s: %v", page.Path, err)
		}
	}
	look("household-review")
	if err := h.Flow.HandIn(); err != nil {
		h.t.Fatal(err)
	}
	look("household-done")
}
