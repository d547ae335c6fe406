// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Board is what the villages of the machine were given in a month. It names nobody: the machine itself cannot tell whose
// points they are.
type Board struct {
	Month string // 2026-11
	Lines []points.Line
	Sum   int64
}

// OpenPoints shows what earns points and what the village was given.
func (f *Flow) OpenPoints() { f.open(Points) }

// PointSchemes returns the ways in which points are given; PointScheme the one that is shown.
func (f *Flow) PointSchemes() []points.Scheme { return f.Book.Points.Schemes() }

// PointScheme returns the id of the scheme that is shown.
func (f *Flow) PointScheme() string {
	if f.visit.scheme == "" {
		return f.Book.Points.Schemes()[0].ID
	}
	return f.visit.scheme
}

// ChooseScheme shows another scheme.
func (f *Flow) ChooseScheme(id string) {
	f.visit.scheme = id
	f.tell()
}

// here is where the machine stands, for what earns points: its first village.
func (f *Flow) here() region.Code {
	villages, err := f.Villages()
	if err != nil || len(villages) == 0 {
		return ""
	}
	return villages[0].Region
}

// PointItems returns what earns points here under a scheme, "" for all.
func (f *Flow) PointItems(scheme string) []points.Item { return f.Book.Points.Items(f.here(), scheme) }

// PointItem names what an entry was given for.
func (f *Flow) PointItem(id string) string {
	return f.Book.Points.Named(f.here(), id, f.Printer().Lang())
}

// Boards returns what was given under the scheme that is shown, in this month and in the one before.
func (f *Flow) Boards() ([]Board, error) {
	l, err := points.Read(f.ctx, f.Store, "", ident.Subject{})
	if err != nil {
		return nil, err
	}
	this := f.Now()
	before := time.Date(this.Year(), this.Month(), 0, 0, 0, 0, 0, this.Location()) // the last day of the month before
	var out []Board
	for _, day := range []time.Time{this, before} {
		b := Board{Month: points.MonthOf(day.Format(time.DateOnly))}
		b.Lines, b.Sum = l.Board(f.PointItems(f.PointScheme()), f.PointScheme(), b.Month)
		out = append(out, b)
	}
	return out, nil
}

// PutUpLine is a line of a public notice and how its entry stands now.
type PutUpLine struct {
	points.ListLine
	Scheme string
	Until  string // 2006-01-02: the last day on which somebody may object
	State  points.State
	Kept   bool // somebody objected, and it was found right
}

// PutUp returns the lines of the public notices that are up today, newest notice first. They are for everybody.
func (f *Flow) PutUp() ([]PutUpLine, error) {
	l, err := points.Read(f.ctx, f.Store, "", ident.Subject{})
	if err != nil {
		return nil, err
	}
	today := f.Now().Format(time.DateOnly)
	var out []PutUpLine
	for _, n := range l.Lists() {
		if !n.On(today) {
			continue
		}
		for _, line := range n.Lines {
			s, known := l.Standing(line.Entry)
			if !known {
				continue
			}
			out = append(out, PutUpLine{ListLine: line, Scheme: n.Scheme, Until: n.Until, State: s.State, Kept: len(s.Objections) > 0 && s.State == points.Counts})
		}
	}
	return out, nil
}

// OpenPutUp shows the public notices.
func (f *Flow) OpenPutUp() { f.open(PutUp) }

// Doubt asks why somebody objects to an entry of a notice.
func (f *Flow) Doubt(line PutUpLine) {
	f.visit.doubt = line
	f.open(Doubt)
}

// Doubted returns the line that is objected to.
func (f *Flow) Doubted() PutUpLine { return f.visit.doubt }

// SayDoubt hands the objection in, under nobody's name. Until somebody has answered the entry does not count. Faults are those
// of points.Ledger.Object, and Gone "kiosk.doubt.over" where the notice is not up any more.
func (f *Flow) SayDoubt(why string) error {
	if f.visit.doubt.Until < f.Now().Format(time.DateOnly) {
		return f.fail(fault.New(fault.Gone, "kiosk.doubt.over"))
	}
	if err := f.hand(f.Store, Role, ident.Actor{}).Object(f.ctx, f.visit.doubt.Entry, why); err != nil {
		return f.fail(err)
	}
	f.visit.problem, f.visit.doubt = nil, PutUpLine{}
	f.back(PutUp)
	return nil
}

// back returns to a screen that was open before.
func (f *Flow) back(to Route) {
	if i := slices.Index(f.trail, to); i >= 0 {
		f.trail = f.trail[:i]
	}
	f.replace(to)
}

// hand works on points under a login of this machine.
func (f *Flow) hand(store record.Store, role record.Role, actor ident.Actor) points.Hand {
	return points.Hand{Store: store, Policy: f.Book.Points, Actor: actor, Source: f.Book.Access.Source(role), Now: f.Now, Random: f.Random}
}
