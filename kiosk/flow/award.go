// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"slices"
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
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

// PointItems returns what earns points.
func (f *Flow) PointItems() []points.Item { return f.Book.Points.Items() }

// Boards returns what was given in this month and in the one before.
func (f *Flow) Boards() ([]Board, error) {
	entries, err := f.entries(f.Store, record.Query{})
	if err != nil {
		return nil, err
	}
	this := f.Now()
	before := time.Date(this.Year(), this.Month(), 0, 0, 0, 0, 0, this.Location()) // the last day of the month before
	var out []Board
	for _, day := range []time.Time{this, before} {
		b := Board{Month: points.MonthOf(day.Format(time.DateOnly))}
		b.Lines, b.Sum = f.Book.Points.Board(entries, b.Month)
		out = append(out, b)
	}
	return out, nil
}

// entries reads all entries that a query asks for.
func (f *Flow) entries(from record.Store, q record.Query) (out []points.Entry, err error) {
	q.Kind, q.Limit = points.Kind, 500
	for {
		rows, err := from.List(f.ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list points: %w", err)
		}
		for _, row := range rows {
			out = append(out, points.Of(row))
		}
		if len(rows) < q.Limit {
			return out, nil
		}
		q.After = rows[len(rows)-1].Header.ID
	}
}

// award is the household that a cadre gives points to.
type award struct {
	household ident.Record
	given     points.Entry // the last; zero before
	at        time.Time    // when it was given
}

// OpenAward shows what a household of the list can be given, for staff.
func (f *Flow) OpenAward(household ident.Record) {
	f.office.award = award{household: household}
	f.open(Award)
}

// Awarded returns the name of the household and what it was given so far, newest first, "" and none while nobody of the staff
// is in.
func (f *Flow) Awarded() (name string, have []points.Entry, err error) {
	if f.office.desk == nil {
		return "", nil, nil
	}
	row, err := f.office.desk.Store.Get(f.ctx, f.office.award.household)
	if err != nil {
		return "", nil, err
	}
	have, err = f.entries(f.office.desk.Store, record.Query{
		Newest: true, Where: []record.Term{{Field: "household", Value: record.OfBytes(f.office.award.household.Bytes())}},
	})
	return row.Text("head_name"), f.withGiven(have), err
}

// withGiven adds what was given at this machine: until the next sync it cannot read whose that is.
func (f *Flow) withGiven(have []points.Entry) []points.Entry {
	for _, e := range f.office.given {
		if e.Household == f.office.award.household && !slices.ContainsFunc(have, func(o points.Entry) bool { return o.Header.ID == e.Header.ID }) {
			have = append(have, e)
		}
	}
	return have
}

// LastGiven returns what was given just now; false for nothing.
func (f *Flow) LastGiven() (points.Entry, bool) {
	return f.office.award.given, !f.office.award.given.Header.ID.IsZero()
}

// twice is how long a second touch of the same item is that of a shaking hand.
const twice = 2 * time.Second

// Give gives the household the points of an item, earned today. It is an act of whoever of the staff is in. Faults are those
// of points.Policy.Give, and NotAllowed "station.staff" while nobody is.
func (f *Flow) Give(item string) error {
	if f.office.desk == nil {
		return f.fail(fault.New(fault.NotAllowed, "station.staff"))
	}
	if last := f.office.award; last.given.Item == item && f.Now().Sub(last.at) < twice {
		return nil
	}
	row, err := f.office.desk.Store.Get(f.ctx, f.office.award.household)
	if err != nil {
		return f.fail(err)
	}
	_, have, err := f.Awarded()
	if err != nil {
		return f.fail(err)
	}
	e, err := f.Book.Points.Give(row, item, f.Now(), f.Now(), have)
	if err != nil {
		return f.fail(err)
	}
	return f.enterPoints(e)
}

// TakeBack takes back what was given just now.
func (f *Flow) TakeBack() error {
	last, some := f.LastGiven()
	if !some || f.office.desk == nil {
		return nil
	}
	back, err := points.TakeBack(last, f.office.given)
	if err != nil {
		return f.fail(err)
	}
	return f.enterPoints(back)
}

func (f *Flow) enterPoints(e points.Entry) error {
	d := f.office.desk
	var err error
	if e.Header.ID, err = f.newID(); err != nil {
		return f.fail(err)
	}
	base, err := d.Store.Base(f.ctx, e.Header.Scope)
	if err != nil {
		return f.fail(err)
	}
	_, err = d.Store.Apply(f.ctx, record.Act{
		Name: "points.enter", Scope: e.Header.Scope, Base: base, Source: f.Book.Access.Source(d.Role), Writes: []record.Write{e.Create()},
	})
	if err != nil {
		return f.fail(fmt.Errorf("enter points: %w", err))
	}
	f.office.given = append(f.office.given, e)
	f.office.award.given, f.office.award.at = e, f.Now()
	if !e.Reverses.IsZero() {
		f.office.award.given = points.Entry{}
	}
	f.visit.problem = nil
	f.tell()
	return nil
}
