// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"net/url"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/region"
)

// Matter is what the shell of a 粤智助 machine opens the kiosk for, as one of its own matters.
type Matter struct {
	Village region.Code // the machine's village, "" if the shell does not say
	Task    Task        // Nothing for the start screen
}

// matterScheme is the scheme of the links by which a shell opens the kiosk; the desktop entry registers it.
const matterScheme = "yuexin"

// ParseMatter reads a link of the form yuexin:demand?village=441284103201, both parts as the shell likes: yuexin: alone is the
// start screen. "" is the same as yuexin:. Tasks are demand, household and merchant. Faults are fault.Invalid with the key
// kiosk.link.
func ParseMatter(link string) (Matter, error) {
	if link == "" {
		return Matter{}, nil
	}
	bad := fault.New(fault.Invalid, "kiosk.link").With("link", link)
	u, err := url.Parse(link)
	if err != nil || u.Scheme != matterScheme {
		return Matter{}, bad
	}
	// yuexin:demand is opaque, yuexin://demand and yuexin:/demand, which some shells make of it, are not.
	path := u.Opaque
	if path == "" {
		path = u.Host + u.Path
	}
	for len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
	for len(path) > 0 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
	}
	m := Matter{Task: Task(path)}
	if !slices.Contains([]Task{Nothing, Demand, Household, Merchant}, m.Task) {
		return Matter{}, bad
	}
	if village := u.Query().Get("village"); village != "" {
		if m.Village, err = region.ParseCode(village); err != nil {
			return Matter{}, bad
		}
	}
	return m, nil
}

// guest is the kiosk as a matter of a machine that has its own shell. Its zero value is a kiosk that owns the machine.
type guest struct {
	here bool
	task Task            // it was opened for, Nothing for all of them
	home []VillageChoice // where the shell says the machine stands, empty if it does not say
	over bool
}

// Enter makes the kiosk a guest on the machine for one matter: when whoever came for it is done, gives up or goes away, it is
// Over. A village that the kiosk serves is not asked for again; one that it does not serve is not held against anybody, since a
// shell may name the town: they choose.
func (f *Flow) Enter(m Matter) error {
	villages, err := f.Villages()
	if err != nil {
		return err
	}
	f.guest = guest{here: true, task: m.Task}
	f.guest.home = slices.DeleteFunc(villages, func(v VillageChoice) bool { return v.Region != m.Village })
	if m.Task != Nothing {
		f.Choose(m.Task)
	}
	return nil
}

// Guest says whether the kiosk is a guest on the machine.
func (f *Flow) Guest() bool { return f.guest.here }

// Over says that the matter is over for which the kiosk was opened: the machine goes back to its shell.
func (f *Flow) Over() bool { return f.guest.over }

// endMatter notes that a visit ends on a screen. Whoever goes back to the choice of all matters from within one goes on there.
func (f *Flow) endMatter(at Route) {
	ends := f.guest.task != Nothing || slices.Contains([]Route{Start, Done, Kept, Idle}, at)
	f.guest.over = f.guest.here && ends
}
