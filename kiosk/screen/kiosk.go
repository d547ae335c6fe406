// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynelayout "fyne.io/fyne/v2/layout"

	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
	"yuexin/shared/pinyin"
	"yuexin/shared/scanner"
	"yuexin/shared/typing"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// Settle is how long after a change of screen taps do nothing.
const Settle = 300 * time.Millisecond

// Fact is one line of the staff's screen.
type Fact struct{ Label, Value string }

// Kiosk draws a flow. UI goroutine only.
type Kiosk struct {
	Flow *flow.Flow
	// Facts returns what staff read about the machine; may be nil.
	Facts func() []Fact
	// Bench tests the devices of the machine; nil where there is none to test.
	Bench *device.Bench
	// Settle is how long after a change of screen taps do nothing; see the constant.
	Settle time.Duration

	// Forget drops what the keyboard learned, for staff; may be nil.
	Forget func() error

	kit   *typing.Kit
	local *pinyin.Local
	root  *fyne.Container // holds the host
	host  *keyboard.Host
	page  *fyne.Container // holds what draw returns
	wedge scanner.Wedge

	canvas func() fyne.Canvas // nil until there is a window
	shown  shown
	left   *widget.Text  // the countdown, while it is shown
	first  *widget.Entry // gets the focus once it is on the screen, nil without
	finish func()        // what 完成 on the keyboard does

	drawing bool   // the focus goes to first
	code    []rune // characters typed on a code pad
	list    int    // page of a list
}

// shown is what the screen was drawn for.
type shown struct {
	route flow.Route
	path  string
	large bool
	lang  string
	at    time.Time
}

// New returns the drawing of a flow. The flow must call Show when it changes. local is what the keyboard learns; may be nil.
func New(f *flow.Flow, kit *typing.Kit, local *pinyin.Local) *Kiosk {
	k := &Kiosk{Flow: f, kit: kit, local: local, page: container.New(fynelayout.NewStackLayout()), root: container.New(fynelayout.NewStackLayout())}
	k.newHost()
	f.OnHandOver(func() { k.host.Finish() })
	return k
}

// newHost puts a keyboard in the present language around the page.
func (k *Kiosk) newHost() {
	k.host = keyboard.NewHost(k.page, k.Flow.Printer(), k.kit, k.local)
	k.host.OnClose = func() { k.finish() }
	k.shown.lang = string(k.Flow.Printer().Lang())
	k.root.Objects = []fyne.CanvasObject{k.host}
	k.root.Refresh()
}

// Content returns what fills the window.
func (k *Kiosk) Content() fyne.CanvasObject { return k.root }

// Attach connects the drawing with its window: keys that no entry takes go to the scanner.
func (k *Kiosk) Attach(w fyne.Window, now func() time.Time) {
	k.canvas = w.Canvas
	started := now()
	ms := func() int64 { return now().Sub(started).Milliseconds() }
	w.Canvas().SetOnTypedRune(func(r rune) {
		k.Flow.Touch()
		k.wedge.Rune(r, ms())
	})
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name != fyne.KeyReturn && e.Name != fyne.KeyEnter {
			return
		}
		if text, ok := k.wedge.End(ms()); ok {
			k.Scanned(text)
		}
	})
	k.Show()
}

// Show draws the flow's screen as it is now.
func (k *Kiosk) Show() {
	if k.Flow.Route() == flow.Idle && k.shown.route == flow.Idle && k.left != nil {
		k.left.SetText(k.countdown())
		return
	}
	now := shown{route: k.Flow.Route(), large: k.Flow.Large(), lang: string(k.Flow.Printer().Lang()), at: k.Flow.Now()}
	if now.route == flow.Question {
		now.path = k.Flow.Page().Path
	}
	if now.route != k.shown.route || now.path != k.shown.path {
		clear(k.code) // it may have been a secret
		k.code, k.list = nil, 0
	} else {
		now.at = k.shown.at
	}
	before, lang := k.shown.route, k.shown.lang
	k.shown = now
	k.left, k.first = nil, nil
	if lang != now.lang {
		k.newHost()
	}
	mode := theme.Normal
	if now.large {
		mode = theme.Elder
	}
	theme.SetMode(mode)
	k.host.Attach(nil, "")
	k.unfocus()
	k.page.Objects = []fyne.CanvasObject{k.draw()}
	k.page.Refresh()
	if k.first != nil && k.canvas != nil {
		k.drawing = true // nobody touched anything
		k.canvas().Focus(k.first)
		k.drawing = false
	}
	k.visitBench(before, now.route)
}

// again draws the same screen anew, after something that only the drawing knows.
func (k *Kiosk) again() {
	k.Flow.Touch()
	k.Show()
}

func (k *Kiosk) unfocus() {
	if k.canvas != nil {
		k.canvas().Unfocus()
	}
}

// draw returns the screen of the route.
func (k *Kiosk) draw() fyne.CanvasObject {
	switch k.Flow.Route() {
	case flow.Start:
		return k.start()
	case flow.Where:
		return k.where()
	case flow.Code:
		return k.plateCode()
	case flow.Village:
		return k.village()
	case flow.Group:
		return k.group()
	case flow.House:
		return k.house()
	case flow.Place:
		return k.place()
	case flow.Plate:
		return k.plate()
	case flow.Question:
		return k.question()
	case flow.Review:
		return k.review()
	case flow.Leaving:
		return k.leaving()
	case flow.Done:
		return k.done()
	case flow.Ask:
		return k.ask()
	case flow.Stand:
		return k.stand()
	case flow.Proof:
		return k.proof()
	case flow.Slip:
		return k.slip()
	case flow.Kept:
		return k.kept()
	case flow.Settle:
		return k.settle()
	case flow.Sound:
		return k.sound()
	case flow.Staff:
		return k.staff()
	case flow.Points:
		return k.points()
	case flow.PutUp:
		return k.putUp()
	case flow.Doubt:
		return k.doubt()
	case flow.Limits:
		return k.limits()
	case flow.LimitDoubt:
		return k.limitDoubt()
	case flow.PointDesk:
		return k.pointDesk()
	case flow.Award:
		return k.award()
	case flow.Notices:
		return k.notices()
	case flow.Notice:
		return k.reading()
	case flow.Products:
		return k.products()
	case flow.Compare:
		return k.compare()
	case flow.Cadre:
		return k.cadre()
	case flow.Office:
		return k.office()
	case flow.RollCall:
		return k.roll()
	case flow.Returned:
		return k.returned()
	case flow.Reprint:
		return k.reprint()
	case flow.Devices:
		return k.devices()
	case flow.Mine:
		return k.mine()
	case flow.MineCode:
		return k.mineCode()
	case flow.PIN:
		return k.pin()
	case flow.File:
		return k.file()
	case flow.Object:
		return k.object()
	case flow.Right:
		return k.right()
	case flow.Wallet:
		return k.wallet()
	case flow.TakeBack:
		return k.takeBack()
	default:
		return k.idle()
	}
}

// press returns what a button does: nothing right after the screen changed.
func (k *Kiosk) press(act func()) func() {
	return func() {
		if k.Flow.Now().Sub(k.shown.at) < k.Settle {
			return
		}
		k.Flow.Touch()
		act()
	}
}

func (k *Kiosk) t(key string, pairs ...string) string { return k.Flow.Printer().T(key, pairs...) }

// button returns a button that is not the main one. What is being composed is taken first: whoever changes the size of the
// type, or leaves, has typed it.
func (k *Kiosk) button(text string, icon fyne.Resource, act func()) *widget.BigButton {
	return widget.NewButton(text, widget.Secondary, icon, k.press(func() {
		k.host.Finish()
		act()
	}))
}

// main returns the main button.
func (k *Kiosk) main(text string, act func()) *widget.BigButton {
	return widget.NewMain(text, k.press(act))
}

// problem returns what is wrong on this screen, nil if nothing is.
func (k *Kiosk) problem() fyne.CanvasObject {
	if k.Flow.Problem() == nil {
		return nil
	}
	return widget.NewFaultBanner(k.Flow.Printer(), k.Flow.Problem())
}

// stack puts those of the objects that are there below one another.
func stack(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	var there []fyne.CanvasObject
	for _, o := range objects {
		if o != nil {
			there = append(there, o)
		}
	}
	return layout.Stack(gap, there...)
}
