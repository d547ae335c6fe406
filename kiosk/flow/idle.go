// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"time"

	"yuexin/shared/credit/modes"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/sync/record"
)

// Mode returns what holds in the mode that is on. After its patience without a touch the kiosk asks whether somebody is
// there, and after its countdown more it forgets the visit (a time limit that warns, WCAG 2.2.1).
func (f *Flow) Mode() modes.Mode { return f.Book.Modes.Of(f.manner.Elder) }

// greeting is how the kiosk stands there for the next person: as the machine says, else as the rules do.
func (f *Flow) greeting() modes.Manner {
	if f.Greeting != nil {
		return *f.Greeting
	}
	return f.Book.Modes.Greeting
}

// idle is the question whether somebody is still there.
type idle struct {
	from  Route // screen below
	until time.Time
	slip  string // of the draft that was put aside, "" if nothing was typed
	full  bool   // it could not be put aside
}

// Touch says that somebody is there: a touch, a key, a scan.
func (f *Flow) Touch() { f.touched = f.Now() }

// Tick lets time pass; call it a few times a second.
func (f *Flow) Tick() {
	now := f.Now()
	switch {
	case f.route == Idle && now.Sub(f.idle.until) >= 0:
		f.wipe()
	case f.route == Idle:
		f.changed()
	case f.busy() && now.Sub(f.touched) >= f.Mode().Patience():
		f.ask(now)
	}
}

// AtRest reports whether nobody is at the kiosk: the start screen, and nothing to forget.
func (f *Flow) AtRest() bool { return !f.busy() }

// SetRules lets whoever comes next work by another book, with a store that does so too.
// Call it at rest: a visit goes on under the rules that it began with.
func (f *Flow) SetRules(book *rulebook.Book, store record.Store) {
	f.Book, f.Store = book, store
	f.manner = f.greeting() // which may be another now
}

// busy says whether there is anything to forget.
func (f *Flow) busy() bool {
	return f.guest.here || f.route != Start || f.visit.place != nil || f.manner != f.greeting()
}

// ask covers the screen with the question. What was typed is put aside now, so that its slip code can be shown.
// Staff who went away are not in any more; of what they look at there is nothing to go on with.
func (f *Flow) ask(now time.Time) {
	f.handOver()
	looking := f.Screen().Staff
	f.shut()
	if looking {
		f.wipe()
		return
	}
	f.idle = idle{from: f.route, until: now.Add(f.Mode().Countdown())}
	if f.typed() {
		slip, err := f.putDraft()
		f.idle.slip, f.idle.full = slip, err != nil
	}
	f.route = Idle
	f.changed()
	f.hear()
}

// Continue goes on where the person was.
func (f *Flow) Continue() {
	if f.route != Idle {
		return
	}
	f.route, f.idle = f.idle.from, idle{}
	f.tell()
}

// Left returns the time until the visit is forgotten, in whole seconds, rounded up.
func (f *Flow) Left() int {
	left := f.idle.until.Sub(f.Now())
	return max(0, int((left+time.Second-1)/time.Second))
}

// IdleSlip returns the slip code of what was put aside for the countdown, "" if nothing was typed, and whether keeping it
// failed.
func (f *Flow) IdleSlip() (slip string, failed bool) { return f.idle.slip, f.idle.full }
