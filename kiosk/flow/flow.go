// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"io"
	"log/slog"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/modes"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/voice"
)

// Role is what a kiosk acts as.
const Role record.Role = "kiosk"

// Drafts keeps what was typed and not handed in under a slip code; replica.Replica does.
type Drafts interface {
	PutDraft(ctx context.Context, content []byte, nowMS int64) (slip string, err error)
	GetDraft(ctx context.Context, slip string, nowMS int64) ([]byte, error)
	DeleteDraft(ctx context.Context, slip string, nowMS int64) error
}

// World is what a Flow works with. All are needed but Tray, Cadres, Log and those that say so.
type World struct {
	Store   record.Store // of a login with Role
	Drafts  Drafts
	Numbers func() (receipt.Number, error)       // a fresh number, its serial durable before it is returned
	Sign    func(message []byte) ([]byte, error) // with the device's key, for receipt.Purpose
	Tray    Tray
	Cadres  Cadres // nil: nobody of the staff can come in
	Book    *rulebook.Book
	Texts   *i18n.Catalogue
	Regions *region.Tree
	Now     func() time.Time // in the time zone of the machine
	Random  io.Reader
	Log     *slog.Logger
	Press   Press // nil for a machine without a printer

	Voice    Voice                   // nil for a machine that is silent
	Scripts  *voice.Book             // needed where there is a Voice
	Greeting *modes.Manner           // how this machine greets the next person; nil to go by the rules
	Cards    Cards                   // nil for a machine that opens no file cards
	Heard    func() time.Time        // when a session with the server last ended well since the program was started; zero or nil: never
	Work     func(work, done func()) // runs something that takes long beside the goroutine of the flow, then done on it; nil: at once
}

// Flow is the state of a kiosk.
type Flow struct {
	World
	ctx context.Context

	route   Route
	trail   []Route // the way back
	visit   visit
	covered Route // by the page of the voice
	manner  modes.Manner
	told    told
	scripts scripts
	touched time.Time
	idle    idle
	office  office

	guest guest // see Enter

	guesses  guesses // of lookup codes, by whoever stands there
	troubles []Trouble
	changed  func()
	handOver func() // what is still being composed
	gone     func() // see OnGone
}

// visit is everything that is remembered of one person. Its zero value is nobody.
type visit struct {
	task    Task
	place   *Spot
	picking Spot // while choosing village, group, house
	refused *fault.Error

	session *forms.Session
	given   map[string]bool   // answered by the place, not asked
	at      string            // page of the form
	signed  map[string]string // names typed under sensitive consents, by purpose
	back    bool              // the page was opened from the review
	problem *fault.Error      // of the page shown

	terms  terms
	drafts []string // slips of drafts this visit has on the disk
	slip   string   // shown

	registered registered
	receipt    Receipt
	stand      stand
	settling   *Refused
	shop       shop
	reading    ident.Record // the notice shown
	scheme     string       // of points, "" for the first
	doubt      PutUpLine    // the entry of a notice that is objected to
	limit      LimitLine    // the household on a notice that is objected to
	collecting bool         // somebody of the staff fills in; see Collect
	print      *job         // the last of this visit, nil before
	mine       *mine        // the file card that was shown, nil before
}

// New returns a kiosk at its start screen. ctx ends what the flow asks of store and drafts. changed is called after
// everything that alters what is shown; it may be nil.
func New(ctx context.Context, w World, changed func()) *Flow {
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	if changed == nil {
		changed = func() {}
	}
	f := &Flow{World: w, ctx: ctx, route: Start, touched: w.Now(), changed: changed, handOver: func() {}, gone: func() {}}
	f.manner = f.greeting()
	f.told = told{route: Start, manner: f.manner}
	return f
}

// OnHandOver sets what hands over, by Type, what somebody is composing and has not chosen characters for. It is called before
// a form is put aside, so that nobody's letters get lost.
func (f *Flow) OnHandOver(handOver func()) { f.handOver = handOver }

// OnGone sets what is called whenever a visit was forgotten: the person is gone.
func (f *Flow) OnGone(gone func()) { f.gone = gone }

// Route returns the screen to show.
func (f *Flow) Route() Route { return f.route }

// Screen returns the row of the table for the screen to show.
func (f *Flow) Screen() Screen { return screens[f.route] }

// Printer returns the printer of the language that was chosen.
func (f *Flow) Printer() *i18n.Printer { return f.Texts.Printer(f.lang()) }

// Task returns what the person came for.
func (f *Flow) Task() Task { return f.visit.task }

// Sample says whether what is shown belongs to sample data.
func (f *Flow) Sample() bool {
	return f.visit.place != nil && f.visit.place.Sample || f.visit.mine != nil && f.visit.mine.sheet.Sample
}

// Problem returns what is wrong with the answer of the screen shown, nil if nothing is.
func (f *Flow) Problem() *fault.Error { return f.visit.problem }

// tell has the screen drawn again, and the voice follow it.
func (f *Flow) tell() { f.touched = f.Now(); f.changed(); f.hear() }

// fail shows a fault on the screen and returns it. What nobody planned for goes to the log.
func (f *Flow) fail(err error) error {
	if err == nil {
		f.visit.problem = nil
		return nil
	}
	f.visit.problem = fault.From(err)
	if diskFull(err) {
		f.visit.problem = fault.New(fault.Exhausted, "kiosk.full").WithCause(err)
	}
	if fault.KindOf(err) == fault.Internal {
		f.Log.Error("kiosk", fault.Attr(err))
	}
	f.tell()
	return err
}

// open shows a screen; the present one is the way back.
func (f *Flow) open(r Route) {
	r = f.guard(r)
	if f.route != r {
		f.trail = append(f.trail, f.route)
	}
	f.replace(r)
}

// replace shows a screen instead of the present one.
func (f *Flow) replace(r Route) {
	f.route = f.guard(r)
	f.visit.problem = nil
	f.tell()
}

// Back goes to the screen, or the question, before.
func (f *Flow) Back() {
	if f.route == Sound {
		f.CloseSound()
		return
	}
	if f.route == Question && f.backQuestion() {
		return
	}
	before := Start
	if n := len(f.trail); n > 0 {
		before, f.trail = f.trail[n-1], f.trail[:n-1]
	}
	switch before {
	case Start:
		f.Leave()
		return
	case Office:
		if f.visit.collecting {
			f.Leave()
			return
		}
	case Where, Code, Village, Group, House:
		f.forgetPlace()
	}
	f.replace(before)
}

// forgetPlace lets the person say anew where they live. A form that was begun keeps its place until there is another.
func (f *Flow) forgetPlace() {
	if f.visit.session == nil {
		f.visit.place = nil
	}
}

// Leave goes to the start. Where something was typed the person first says what shall become of it.
func (f *Flow) Leave() {
	if f.route == Sound {
		f.route = f.covered
	}
	if !f.typed() {
		f.Clear()
		return
	}
	f.open(Leaving)
}

// Stay goes back from the question of Leave to the form.
func (f *Flow) Stay() {
	back := Question
	if n := len(f.trail); n > 0 && f.trail[n-1] == Review {
		back = Review
	}
	f.trail = nil
	f.replace(back)
}

// Clear forgets the visit, drafts included, and goes to the start: the person is done, or wants nothing kept. Staff who filled
// in for somebody are back in their part.
func (f *Flow) Clear() {
	f.dropDrafts()
	if f.Collector() != "" {
		f.backToOffice()
		return
	}
	f.wipe()
}

// NotHere forgets the house that was recognised at the start.
func (f *Flow) NotHere() {
	f.visit = visit{}
	f.tell()
}

// wipe forgets the visit and goes to the start. Drafts stay.
func (f *Flow) wipe() {
	f.shut()
	f.endMatter(f.route)
	f.visit.mine.forget()
	f.visit, f.trail, f.idle = visit{}, nil, idle{}
	f.manner = f.greeting()
	f.route, f.covered = Start, ""
	f.gone()
	f.tell()
}

// Choose begins a task. Without a place the person is asked where they live first.
func (f *Flow) Choose(t Task) {
	if f.blocked() {
		f.open(Staff)
		return
	}
	f.visit.task = t
	if f.visit.place == nil {
		f.open(Where)
		return
	}
	f.begin()
}

// Open shows a screen that needs nothing before it: Code, Ask, Slip, Staff, Devices, Mine, MineCode; and those of the staff,
// Reprint and Returned.
func (f *Flow) Open(r Route) {
	if r == Mine || r == MineCode || r == Code || r == Ask || r == Slip || r == Staff || r == Reprint || r == Returned || r == Devices {
		f.open(r)
	}
}

func (f *Flow) newID() (ident.Record, error) {
	return ident.New[ident.Record](f.Now().UnixMilli(), f.Random)
}
