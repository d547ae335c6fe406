// SPDX-License-Identifier: Apache-2.0

package formview

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// Mode is how much is shown at once.
type Mode int

// The modes.
const (
	Full      Mode = iota // everything in one scroll
	Sections              // a section per page
	Questions             // a question per page; rows are one question
)

// The kinds of a keyboard.
const (
	KeyNumber = "number" // digits and point: numbers, areas, dates, region codes
	KeyMoney  = "money"  // digits, point and 万: amounts
	KeyID     = "id"     // digits and X
	KeyPhone  = "phone"  // digits
	KeyText   = "text"   // pinyin and letters
)

// Keyboard is an on-screen keyboard.
type Keyboard interface {
	// Attach is called when an entry gets the focus, with what it takes; with nil and "" when a page without an entry is
	// shown. Losing the focus alone is not told: pressing a key of the keyboard does that.
	Attach(focused fyne.Focusable, kind string)
}

// Regions lets a person choose a place instead of typing its code.
type Regions interface {
	// Name returns what a region code is called, "" for an unknown one.
	Name(code string) string
	// Pick lets the person choose, starting at the current code ("" for none), and calls done on the UI goroutine with
	// what was chosen; never if nothing was.
	Pick(current string, done func(code string))
}

// Capture takes with a device what cannot be typed, or not well: a position, a photo, a signature, a code.
type Capture interface {
	// Can reports whether there is a device for the field.
	Can(f *forms.Field) bool
	// Take lets the person take it and calls done on the UI goroutine with the answer as text; never if there is none.
	Take(f *forms.Field, done func(text string, how forms.How))
}

// Options are the choices and collaborators of a View; all may be left out.
type Options struct {
	Mode     Mode
	Keyboard Keyboard
	Regions  Regions
	Capture  Capture
	// Canvas is what the view is drawn on, for a screen that calls Begin before the view was drawn for the first time: until
	// then nobody else can tell.
	Canvas fyne.Canvas
	// Said returns who said what of a field that is in dispute, and when, in sentences. Without it, as on a kiosk, which may
	// not show what others said, a word says that there is a dispute.
	Said func(id ident.Record, field record.Field) []string

	OnChange func(path string) // after an answer changed, or a row came or went (the path of the rows)
	OnPage   func(at, of int)  // another page is shown, from 0; or there are more or fewer pages
	OnSubmit func()            // Enter in the last entry of a page
}

// View is a drawn form. UI goroutine only.
type View struct {
	fynewidget.BaseWidget
	scroll    *widget.TouchScroll
	body      *fyne.Container
	questions map[string]*question // all that were drawn so far, by path
	removes   map[string][]*widget.BigButton
	adds      map[string]*widget.BigButton
	first     map[string]int // row from which rows are drawn, by rows field

	session *forms.Session
	printer *i18n.Printer
	options Options

	page    string    // key of the page shown
	drawn   string    // what is on it, to redraw only when that changes
	told    [2]int    // page and pages, as last told
	active  *question // the entry with the focus, or that had it last
	checked bool      // everything is judged, answered or not
	moved   bool      // something else is said beside a field than before
}

// New draws a session. The view owns it from now on: answers set from outside are seen after Reload.
func New(p *i18n.Printer, s *forms.Session, o Options) *View {
	v := &View{session: s, printer: p, options: o, questions: make(map[string]*question), removes: make(map[string][]*widget.BigButton), adds: make(map[string]*widget.BigButton), first: make(map[string]int), body: layout.Stack(theme.S5)}
	v.scroll = widget.NewTouchScroll(layout.Insets(theme.S1, theme.S4, v.body))
	v.ExtendBaseWidget(v)
	v.arrange()
	return v
}

// Session returns the answers.
func (v *View) Session() *forms.Session { return v.session }

// Inside returns what fills the view.
func (v *View) Inside() fyne.CanvasObject { return v.scroll }

// CreateRenderer is called by Fyne.
func (v *View) CreateRenderer() fyne.WidgetRenderer {
	v.ExtendBaseWidget(v)
	return fynewidget.NewSimpleRenderer(container.NewStack(v.scroll))
}

// Refresh draws everything anew.
func (v *View) Refresh() {
	v.scroll.Refresh()
	v.BaseWidget.Refresh()
}

// Reload shows the answers as they are in the session now.
func (v *View) Reload() {
	v.questions = make(map[string]*question)
	v.active, v.drawn = nil, ""
	v.arrange()
}

// Shown reports whether a field is asked for on the page that is shown.
func (v *View) Shown(path string) bool {
	for _, q := range v.current().questions() {
		if q == path {
			return true
		}
	}
	return false
}

// Focus shows the page of a field, scrolls to it and gives it the focus. It reports whether the field is asked for.
func (v *View) Focus(path string) bool {
	v.turnTo(path)
	for _, page := range v.listPages() {
		for _, p := range page.questions() {
			if p == path {
				v.open(page.key)
				v.focus(path)
				return true
			}
		}
	}
	return false
}

func (v *View) focus(path string) {
	q := v.questions[path]
	if q == nil {
		return
	}
	c := v.options.Canvas
	if c == nil {
		c = fyne.CurrentApp().Driver().CanvasForObject(v)
	}
	if c != nil {
		v.scroll.Reveal(q.frame)
		if target := q.target(); target != nil {
			c.Focus(target)
		}
	}
}

// Page returns the number of the page that is shown, from 0, and how many there are now.
func (v *View) Page() (at, of int) {
	pages := v.listPages()
	return v.index(pages), len(pages)
}

// Next judges the page; if nothing on it blocks it shows the next one. It reports whether the person may go on: true on the
// last page means that the pages are done (Check judges the whole form).
func (v *View) Next() bool {
	v.leave(v.active)
	if !v.judgePage() {
		return false
	}
	pages := v.listPages()
	if at := v.index(pages); at+1 < len(pages) {
		v.open(pages[at+1].key)
		v.focusFirst()
	}
	return true
}

// Back shows the page before, without judging. It reports false on the first page.
func (v *View) Back() bool {
	v.leave(v.active)
	pages := v.listPages()
	at := v.index(pages)
	if at == 0 {
		return false
	}
	v.open(pages[at-1].key)
	v.focusFirst()
	return true
}

// Begin gives the focus to the first entry of the page, and the keyboard with it. Call it once the view is in a window.
func (v *View) Begin() { v.focusFirst() }

// focusFirst gives the focus to the first entry of the page; without one the keyboard goes.
func (v *View) focusFirst() {
	for _, path := range v.current().questions() {
		if q := v.questions[path]; q != nil && q.entry != nil {
			v.focus(path)
			return
		}
	}
	v.active = nil
	if v.options.Keyboard != nil {
		v.options.Keyboard.Attach(nil, "")
	}
}

// open shows a page.
func (v *View) open(key string) {
	if v.page == key {
		return
	}
	v.page = key
	v.arrange()
	v.scroll.ScrollTo(0)
}

// arrange draws the page if what is on it changed, and tells what is wrong there.
func (v *View) arrange() {
	pages := v.listPages()
	at := v.index(pages)
	if at < len(pages) {
		v.page = pages[at].key
		v.draw(pages[at])
	}
	v.judge()
	if now := [2]int{at, len(pages)}; now != v.told {
		v.told = now
		if v.options.OnPage != nil {
			v.options.OnPage(at, len(pages))
		}
	}
}

func (v *View) draw(p page) {
	v.refreshAnswers(p)
	now := p.key + "\n" + strings.Join(p.questions(), "\n")
	if now == v.drawn {
		return
	}
	v.drawn = now
	v.body.Objects = v.drawPage(p)
	v.Refresh()
}

// leave is called when the person is done with a question.
func (v *View) leave(q *question) {
	if q == nil || q.touched {
		v.tidy(q)
		return
	}
	q.touched = q.entry != nil && q.entry.Text != "" || q.touched
	v.tidy(q)
	v.judge()
}

// tidy prints an answer that was understood as it is kept: 3万5 becomes 35000.
func (v *View) tidy(q *question) {
	if q != nil && q.entry != nil && v.session.Fault(q.path) == nil && v.session.Visible(q.path) {
		q.show(v.session)
	}
}

// set answers a question.
func (v *View) set(q *question, text string) {
	v.setFrom(q, text, forms.Typed)
}

func (v *View) setFrom(q *question, text string, how forms.How) {
	_ = v.session.SetFrom(q.path, text, how) // kept by the session; judge tells it
	v.changed(q.path)
}

func (v *View) changed(path string) {
	v.arrange()
	if v.options.OnChange != nil {
		v.options.OnChange(path)
	}
}
