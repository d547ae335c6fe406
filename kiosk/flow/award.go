// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// award is the household that a cadre proposes points for.
type award struct {
	household ident.Record
	given     points.Entry // the last; zero before
	at        time.Time    // when it was proposed
}

// OpenAward shows what can be proposed for a household of the list, for staff.
func (f *Flow) OpenAward(household ident.Record) {
	f.office.award = award{household: household}
	f.open(Award)
}

// Awarded returns the name of the household and what it has this year under each scheme, "" and none while nobody of the staff
// is in.
func (f *Flow) Awarded() (name string, have map[string]points.Balance, err error) {
	d := f.office.desk
	if d == nil {
		return "", nil, nil
	}
	row, err := d.Store.Get(f.ctx, f.office.award.household)
	if err != nil {
		return "", nil, err
	}
	l, err := points.Read(f.ctx, d.Store, row.Header.Scope, row.Header.Subject)
	if err != nil {
		return "", nil, err
	}
	have = map[string]points.Balance{}
	for _, s := range f.PointSchemes() {
		have[s.ID] = l.Balance(row.Header.Subject, s.ID, f.Now().Year(), f.Now())
	}
	return row.Text("head_name"), have, nil
}

// LastGiven returns what was proposed just now; false for nothing.
func (f *Flow) LastGiven() (points.Entry, bool) {
	return f.office.award.given, !f.office.award.given.Header.ID.IsZero()
}

// twice is how long a second touch of the same item is that of a shaking hand.
const twice = 2 * time.Second

// nobody is the fault while nobody of the staff is in.
func nobody() error { return fault.New(fault.NotAllowed, "station.staff") }

// Give proposes the points of an item for the household, earned today. It is an act of whoever of the staff is in; it counts
// once another one of them approved it. Faults are those of points.Policy.Propose, and NotAllowed "station.staff" while nobody
// is in.
func (f *Flow) Give(item string) error {
	d := f.office.desk
	if d == nil {
		return f.fail(nobody())
	}
	if last := f.office.award; last.given.Item == item && f.Now().Sub(last.at) < twice {
		return nil
	}
	e, err := f.hand(d.Store, d.Role, d.Actor).Propose(f.ctx, points.Ask{Household: f.office.award.household, Item: item})
	if err != nil {
		return f.fail(err)
	}
	f.office.award.given, f.office.award.at = e, f.Now()
	return f.done()
}

// TakeBack withdraws what was proposed just now.
func (f *Flow) TakeBack() error {
	last, some := f.LastGiven()
	if !some || f.office.desk == nil {
		return nil
	}
	if err := f.takeBack(last.Header.ID); err != nil {
		return err
	}
	f.office.award.given, f.office.award.at = points.Entry{}, f.Now()
	return nil
}

// done draws the screen anew after an act.
func (f *Flow) done() error {
	f.visit.problem = nil
	f.tell()
	return nil
}

// PointLine is an entry for staff: what waits for them, or what a household has.
type PointLine struct {
	points.Standing
	Name string // of the household's head
	By   string // who proposed it
	Mine bool   // whoever is in proposed it
}

// PointWork is what there is to do for staff.
type PointWork struct {
	Proposals []PointLine // to be approved, oldest first
	Doubted   []PointLine // to be answered
	Unlisted  int         // entries that count and stood on no notice yet
}

// OpenPointWork shows what there is to do about points, for staff.
func (f *Flow) OpenPointWork() { f.open(PointDesk) }

// PointWork returns what there is to do about points; nothing while nobody of the staff is in.
func (f *Flow) PointWork() (w PointWork, err error) {
	d := f.office.desk
	if d == nil {
		return w, nil
	}
	l, err := points.Read(f.ctx, d.Store, "", ident.Subject{})
	if err != nil {
		return w, err
	}
	proposals, doubted := l.Waiting()
	for _, s := range l.All(ident.Subject{}) {
		if s.State == points.Counts && s.Until == "" && s.Entry.Reverses.IsZero() {
			w.Unlisted++
		}
	}
	if len(proposals)+len(doubted) == 0 {
		return w, nil
	}
	households, err := points.Households(f.ctx, d.Store, "")
	if err != nil {
		return w, err
	}
	names := map[ident.Subject]string{}
	for _, h := range households {
		names[h.Header.Subject] = h.Text("head_name")
	}
	line := func(s points.Standing) PointLine {
		return PointLine{Standing: s, Name: names[s.Entry.Header.Subject], By: f.staffName(s.Entry.By), Mine: s.Entry.By == d.Actor}
	}
	for _, s := range proposals {
		w.Proposals = append(w.Proposals, line(s))
	}
	for _, s := range doubted {
		w.Doubted = append(w.Doubted, line(s))
	}
	return w, nil
}

// staffName returns the name of somebody who works with the system, "" for nobody known here.
func (f *Flow) staffName(actor ident.Actor) string {
	row, err := f.Store.Get(f.ctx, ident.Record(actor))
	if err != nil || row.Header.Kind != kindStaff {
		return ""
	}
	return row.Text("name")
}

const kindStaff record.Kind = "staff"

// Approve vouches for what somebody else proposed. Faults are those of points.Ledger.Approve.
func (f *Flow) Approve(entry ident.Record) error {
	return f.asStaff(func(h points.Hand) error { return h.Approve(f.ctx, entry) })
}

// Withdraw takes back what whoever is in proposed.
func (f *Flow) Withdraw(entry ident.Record) error { return f.takeBack(entry) }

func (f *Flow) takeBack(entry ident.Record) error {
	return f.asStaff(func(h points.Hand) error {
		_, err := h.TakeBack(f.ctx, entry, "")
		return err
	})
}

// AnswerDoubt says what was found about an entry that somebody objected to: points.Kept or points.Right. Faults are those of
// points.Ledger.Answer.
func (f *Flow) AnswerDoubt(entry ident.Record, kind string) error {
	return f.asStaff(func(h points.Hand) error { return h.Answer(f.ctx, entry, kind, "") })
}

// PublishPoints puts up what counts and stood on no notice yet, a notice for each village and scheme. Faults are those of
// points.Policy.Publish.
func (f *Flow) PublishPoints() error {
	return f.asStaff(func(h points.Hand) error {
		villages, err := f.Villages()
		if err != nil {
			return err
		}
		some := false
		for _, v := range villages {
			for _, s := range f.PointSchemes() {
				_, err := h.Publish(f.ctx, v.Scope, s.ID)
				if err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
				some = some || err == nil
			}
		}
		if !some {
			return fault.New(fault.NotFound, "points.list.none")
		}
		return nil
	})
}

func (f *Flow) asStaff(do func(points.Hand) error) error {
	d := f.office.desk
	if d == nil {
		return f.fail(nobody())
	}
	if err := do(f.hand(d.Store, d.Role, d.Actor)); err != nil {
		return f.fail(err)
	}
	return f.done()
}
