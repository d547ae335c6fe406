// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Options says what random plans contain beside work, links and crashes.
type Options struct {
	Steps   int  // about how many lines
	Restore bool // the server is restored from backups
	Clone   bool // laptops are copied
	Hostile bool // the network loses, doubles and re-orders messages
}

// planner draws a plan.
type planner struct {
	Options
	rng  *rand.Rand
	plan Plan

	decisions *rand.Rand

	devices []string
	laptops []string // that may be copied and may resolve
	records []string
	late    string // a device that begins when there is something to begin with; "" for none
	clones  int
}

// Random returns the plan of a seed: devices, work and faults in random order,
// and at its end the healing of everything.
func Random(seed uint64, o Options) Plan {
	p := &planner{Options: o, rng: rand.New(rand.NewPCG(seed, 0x706c616e)), decisions: rand.New(rand.NewPCG(seed, 0x64656369))}
	p.cast()
	for i := range o.Steps {
		p.step()
		p.disaster(i)
		if p.chance(2) {
			p.add("wait %d", p.pause())
		}
	}
	p.add("heal")
	return p.plan
}

func (p *planner) add(format string, args ...any) {
	p.plan = append(p.plan, fmt.Sprintf(format, args...))
}

func (p *planner) chance(n int) bool { return p.rng.IntN(n) == 0 }

func (p *planner) one(of []string) string { return of[p.rng.IntN(len(of))] }

// pause is mostly short, sometimes long enough for a silent link to be noticed.
func (p *planner) pause() int {
	switch p.rng.IntN(12) {
	case 0:
		return 60_000
	case 1, 2:
		return 5_000
	}
	return 1 + p.rng.IntN(600)
}

// cast enrols two or three devices, mostly officers, in one or two villages.
func (p *planner) cast() {
	roles := []string{"officer", "officer", "officer", "cadre", "kiosk"}
	scopes := []string{"here", "here", "here,there"}
	for i := range 2 + p.rng.IntN(2) {
		name, role := string(rune('a'+i)), "officer"
		if i > 0 {
			role = p.one(roles)
		}
		p.devices = append(p.devices, name)
		if role == "officer" {
			p.laptops = append(p.laptops, name)
		}
		p.add("device %s %s %s", name, role, p.one(scopes))
		if !p.chance(3) {
			p.add("online %s", name)
		}
	}
	if p.chance(2) {
		p.late = "n"
		p.add("device n %s here,there", p.one(roles))
	}
	p.add("wait 800")
}

func (p *planner) step() {
	d := p.one(p.devices)
	switch n := p.rng.IntN(100); {
	case n < 14 || len(p.records) == 0:
		p.create(d)
	case n < 57:
		p.work(d)
	case n < 62:
		p.author()
	case n < 82:
		p.link(d)
	case n < 92:
		p.machine(d)
	default:
		p.office(d)
	}
}

// disaster brings what the options ask for at its time in the plan, so that there
// is work before it and after it.
func (p *planner) disaster(step int) {
	third := p.Steps / 3
	switch {
	case p.Restore && step == third:
		p.add("backup")
	case p.Restore && step == 2*third:
		p.add("%s", p.one([]string{"restore", "copyback"}))
	case p.Clone && step == third+p.rng.IntN(third):
		p.clone()
	case p.Hostile && step == 2*third:
		p.add("hostile on")
		p.add("wait %d", p.pause())
	case p.Hostile && step == p.Steps-5:
		p.add("hostile off")
	case step == p.Steps-p.Steps/4:
		p.newcomer()
	}
}

// newcomer lets a device that was away so far begin with what is there, and cuts it
// short in that; without one, somebody comes back.
func (p *planner) newcomer() {
	name := p.late
	if name == "" {
		p.comeback(p.one(p.devices))
		return
	}
	p.devices = append(p.devices, name)
	p.add("online %s", name)
	for range 2 + p.rng.IntN(4) {
		p.add("wait %d", 200+p.rng.IntN(900))
		switch p.rng.IntN(9) {
		case 0, 1, 2:
			p.work(p.devices[0])
			p.add("online %s", p.devices[0])
			p.add("wait %d", 200+p.rng.IntN(200))
			p.add("drop")
			p.add("cut %s", name)
		case 3:
			p.add("power %s", name)
		case 4:
			p.add("kill %s", name)
		case 5:
			p.add("revoke %s here", name)
			p.add("grant %s here", name)
		case 6:
			p.work(name)
		default:
			p.add("cut %s", name)
		}
	}
}

// comeback takes a village from a device and gives it back when others have worked
// there, so that it begins again with work of its own there.
func (p *planner) comeback(d string) {
	p.add("online %s", d)
	p.add("wait 900")
	p.add("revoke %s here", d)
	p.add("wait 900")
	for range 4 {
		p.work(p.one(p.devices))
	}
	p.add("wait 900")
	p.add("grant %s here", d)
	for range 5 {
		p.add("wait %d", 20+p.rng.IntN(150))
		p.work(d)
	}
}

func (p *planner) clone() {
	if p.clones == 2 {
		return
	}
	p.clones++
	name := fmt.Sprintf("x%d", p.clones)
	p.add("clone %s %s", p.one(p.laptops), name)
	p.devices, p.laptops = append(p.devices, name), append(p.laptops, name)
	p.add("online %s", name)
}

func (p *planner) create(d string) {
	if p.chance(6) {
		p.add("pair %s here", d)
		return
	}
	name := fmt.Sprintf("r%d", len(p.records)+1)
	p.records = append(p.records, name)
	p.add("create %s %s %s %s", d, name, p.one([]string{"here", "here", "there"}), p.fields())
}

// author lets the server itself write.
func (p *planner) author() {
	if p.chance(4) {
		name := fmt.Sprintf("r%d", len(p.records)+1)
		p.records = append(p.records, name)
		p.add("author %s here %s", name, p.fields())
		return
	}
	p.add("author %s here %s", p.one(p.records), p.fields())
}

var fieldNames = []string{"phone", "name", "plate", "people", "dogs", "income", "income", "debt", "debt", "acreage", "crops", "state", "state", "illness"}

func (p *planner) fields() string {
	var out []string
	for range 1 + p.rng.IntN(3) {
		f := p.one(fieldNames[:len(fieldNames)-1])
		if !strings.Contains(strings.Join(out, ","), f) {
			out = append(out, f)
		}
	}
	return strings.Join(out, ",")
}

func (p *planner) work(d string) {
	r := p.one(p.records)
	switch n := p.rng.IntN(48); {
	case n < 26:
		p.add("edit %s %s %s", d, r, p.fields())
	case n < 31:
		p.add("open %s %s", d, r)
	case n < 34:
		p.add("refuse %s %s %s", d, r, p.fields())
		if p.chance(2) {
			p.add("edit %s %s %s", d, r, p.fields())
		}
	case n < 37:
		p.add("delete %s %s", d, r)
	case n < 39:
		p.add("undelete %s %s", d, r)
	case n < 44:
		p.add("resolve %s %s", p.one(p.laptops), r)
		if p.chance(2) {
			p.quarrel(r)
		}
	case n < 46:
		p.add("discard %s", d)
	default:
		p.add("correct %s %s", d, r)
	}
}

// quarrel has laptops say different things of a debt, and settle it one after the
// other; whether by one person or by two is left to chance.
func (p *planner) quarrel(r string) {
	a, b := p.one(p.laptops), p.one(p.devices)
	p.add("offline %s", a)
	p.add("edit %s %s debt", a, r)
	p.add("edit %s %s debt", b, r)
	for _, d := range append(p.laptops, b) {
		p.add("online %s", d)
	}
	p.add("wait 5000")
	for range 2 + p.rng.IntN(2) {
		p.add("resolve %s %s debt", p.one(p.laptops), r)
		p.add("wait %d", p.pause())
	}
}

func (p *planner) link(d string) {
	switch n := p.rng.IntN(10); {
	case n < 4:
		p.add("online %s", d)
	case n < 7:
		p.add("offline %s", d)
	case n < 9:
		p.add("cut %s", d)
	default:
		p.add("black %s", d)
	}
}

func (p *planner) machine(d string) {
	switch p.rng.IntN(7) {
	case 0, 1:
		p.add("kill %s", d)
	case 2:
		p.add("power %s", d)
	case 3:
		p.disk(d)
	case 4, 5:
		p.add("clock %s %d", d, p.skew())
	case 6:
		p.add("reboot %s", d)
	}
}

// disk makes a disk full, or bad, for a while.
func (p *planner) disk(of string) {
	how := p.one([]string{"full", "io"})
	p.add("%s %s on", how, of)
	p.add("wait %d", p.pause())
	p.add("%s %s off", how, of)
}

// skew is a day either way, or a dead battery: 1970.
func (p *planner) skew() int64 {
	const day = 86_400_000
	switch p.rng.IntN(5) {
	case 0:
		return 0
	case 1:
		return -56 * 365 * day
	}
	return p.rng.Int64N(2*day) - day
}

func (p *planner) office(d string) {
	switch n := p.rng.IntN(18); {
	case n >= 16:
		p.add("drop")
	case n < 3:
		p.add("kill server")
	case n < 4:
		p.add("stop")
		p.add("wait %d", p.pause())
		p.add("start")
	case n < 5:
		p.disk("server")
	case n < 7:
		p.add("revoke %s here", d)
	case n < 10:
		p.add("grant %s here", d)
		p.decide(d)
	case n < 12:
		p.add("switch %s off", d)
		p.add("wait %d", p.pause())
		p.add("switch %s on", d)
		p.decide(d)
	case n < 13:
		p.add("switch %s %s", d, p.one([]string{"off", "on"}))
	case n < 15 && p.Restore:
		p.add("%s", p.one([]string{"backup", "restore", "copyback"}))
	default:
		p.add("pair %s here", d)
	}
}

// decide settles what is in quarantine, mostly in the order in which it was made. It
// draws for itself: what else is in a plan does not hang on it.
func (p *planner) decide(d string) {
	for range 1 + p.decisions.IntN(3) {
		how := "pass"
		if p.decisions.IntN(3) == 0 {
			how = "refuse"
		}
		p.add("decide %s %s", d, how)
	}
}
