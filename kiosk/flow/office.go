// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Desk is the staff's part of the machine while somebody of the village works there.
type Desk struct {
	Name  string // of who it is
	Actor ident.Actor
	Role  record.Role
	Store record.Store // of their login
}

// Cadres lets those in who have a passphrase of their own on this machine.
type Cadres interface {
	// Any reports whether there is anybody.
	Any(ctx context.Context) (bool, error)
	// Enter tries a passphrase and returns at once. report hears once, on the goroutine of the flow, who came in or why
	// nobody did: fault.Unauthenticated for a passphrase that is nobody's.
	Enter(passphrase string, report func(*Desk, error))
	// Close shuts what Enter opened, before it returns.
	Close()
}

// knockFree is how many wrong passphrases in a row are free; after them each takes longer, whoever types it.
const knockFree receipt.Patience = 3

// knock is one try to come in, so that its answer is told from that of another. It has a size: two of none may lie at one
// address.
type knock struct{ begun time.Time }

// office is the staff's part of a flow.
type office struct {
	desk  *Desk         // nil while nobody of the staff is in
	knock *knock        // under way
	wrong receipt.Trial // of the machine
	roll  Roll          // the list that is shown
	award award         // the household that points are proposed for
}

// OpenOffice shows the staff's part, or asks for a passphrase first.
func (f *Flow) OpenOffice() { f.open(Office) }

// Desk returns the staff's part, nil while nobody of the staff is in.
func (f *Flow) Desk() *Desk { return f.office.desk }

// HasCadres reports whether anybody can come in; where that cannot be read it says so, since a try will tell.
func (f *Flow) HasCadres() bool {
	if f.Cadres == nil {
		return false
	}
	has, err := f.Cadres.Any(f.ctx)
	return has || err != nil
}

// LogIn tries a passphrase. What comes of it is shown when it is known; Entering says so meanwhile. Faults that are known at
// once: Invalid "kiosk.cadre.empty", RateLimited "kiosk.proof.slow" after too many wrong ones, Conflict while one is tried.
func (f *Flow) LogIn(passphrase string) error {
	now := f.Now()
	switch wait := f.office.wrong.Remaining(knockFree, now); {
	case f.Cadres == nil:
		return f.fail(fault.New(fault.NotAllowed, "kiosk.cadre.none"))
	case f.office.knock != nil:
		return nil
	case passphrase == "":
		return f.fail(fault.New(fault.Invalid, "kiosk.cadre.empty"))
	case wait > 0:
		return f.fail(fault.New(fault.RateLimited, "kiosk.proof.slow").With("wait", f.Printer().Duration((wait + time.Second - 1).Truncate(time.Second))))
	}
	f.office.wrong.Begin(now)
	k := &knock{now}
	f.office.knock = k
	f.visit.problem = nil
	f.tell()
	f.Cadres.Enter(passphrase, func(d *Desk, err error) { f.entered(k, d, err) })
	return nil
}

// entered hears what came of a try. Whoever went away meanwhile is not in.
func (f *Flow) entered(k *knock, d *Desk, err error) {
	if f.office.knock != k {
		if err == nil {
			f.Cadres.Close()
		}
		return
	}
	f.office.knock = nil
	if err != nil {
		if !fault.Is(err, fault.Unauthenticated) { // nothing was guessed
			f.office.wrong.TakeBack()
		}
		f.fail(err)
		return
	}
	f.office.wrong.Forget()
	f.office.desk = d
	f.trail = nil
	f.replace(Office)
}

// Entering says whether a passphrase is being tried.
func (f *Flow) Entering() bool { return f.office.knock != nil }

// shut ends the work of the staff: what their passphrase opened is shut.
func (f *Flow) shut() {
	f.office.knock, f.office.roll, f.office.award = nil, Roll{}, award{}
	f.visit.collecting = false
	if f.office.desk == nil {
		return
	}
	f.office.desk = nil
	f.Cadres.Close()
}

// guard returns the screen to show where one was asked for: what only staff may see is shown while they are in, and any
// other screen ends their work unless they fill in a form for somebody.
func (f *Flow) guard(r Route) Route {
	switch {
	case screens[r].Staff && f.office.desk == nil:
		return Cadre
	case !screens[r].Staff && r != Cadre && !f.visit.collecting:
		f.shut()
	}
	return r
}

// Collect begins a form that somebody of the staff fills in for a household, a merchant or an applicant who stands there. It
// is handed in under their own login.
func (f *Flow) Collect(t Task) {
	if f.office.desk == nil {
		f.OpenOffice()
		return
	}
	f.visit = visit{collecting: true}
	f.Choose(t)
}

// Collector returns the name of whoever of the staff fills the form in, "" for the person themselves.
func (f *Flow) Collector() string {
	if f.visit.collecting && f.office.desk != nil {
		return f.office.desk.Name
	}
	return ""
}

// author returns who hands in: whoever of the staff collects, else the machine.
func (f *Flow) author() (record.Store, record.Role) {
	if f.Collector() != "" {
		return f.office.desk.Store, f.office.desk.Role
	}
	return f.Store, Role
}

// backToOffice forgets the visit and goes on in the staff's part.
func (f *Flow) backToOffice() {
	f.visit, f.trail = visit{}, nil
	f.gone()
	f.replace(Office)
}
