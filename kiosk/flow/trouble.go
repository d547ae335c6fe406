// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"

	"yuexin/shared/fault"
)

// Trouble is something that is wrong with the machine, in the order of weight: the first is the one a villager reads.
type Trouble int

// The troubles.
const (
	DiskFull   Trouble = iota + 1 // nothing can be kept: nothing new is begun
	WrongClock                    // what is handed in would carry a wrong date
	NoLink                        // everything works; it is sent later
	NoPaper                       // the receipt is on the screen only
)

// names are what text keys are made of.
var names = map[Trouble]string{DiskFull: "disk", WrongClock: "clock", NoLink: "link", NoPaper: "paper"}

// Troubles returns all troubles in the order of weight.
func Troubles() []Trouble { return []Trouble{DiskFull, WrongClock, NoLink, NoPaper} }

// Key returns the text key of the sentence for villagers; ".staff" behind it is that for staff.
func (t Trouble) Key() string { return "kiosk.trouble." + names[t] }

// Blocks says whether nothing new may be begun.
func (t Trouble) Blocks() bool { return t == DiskFull }

// SetTroubles says what is wrong with the machine now. Somebody in the middle of something is not disturbed: the screens
// that tell of troubles are drawn anew, others tell with the next one.
func (f *Flow) SetTroubles(troubles []Trouble) {
	troubles = slices.Sorted(slices.Values(troubles))
	if slices.Equal(troubles, f.troubles) {
		return
	}
	f.troubles = troubles
	if f.route == Start || f.route == Staff || f.route == Done {
		f.changed()
	}
}

// Troubles returns what is wrong with the machine, the worst first.
func (f *Flow) Troubles() []Trouble { return f.troubles }

func (f *Flow) blocked() bool { return slices.ContainsFunc(f.troubles, Trouble.Blocks) }

// diskFull says whether something was not kept because the disk is full, as the store tells it: whoever stands before the
// screen needs to know that nothing of theirs is lost, and whom to ask.
func diskFull(err error) bool {
	return fault.Is(err, fault.Exhausted) && fault.From(err).Key == "store.full"
}

// Full says whether the screen tells that the disk is full, because something could not be kept.
func (f *Flow) Full() bool { return f.visit.problem != nil && f.visit.problem.Key == "kiosk.full" }
