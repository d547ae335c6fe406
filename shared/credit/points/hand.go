// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"fmt"
	"io"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Hand is whoever works on points, at a kiosk, a laptop or the console: what the rules of this package allow becomes an act of
// theirs. Their store signs with their own key where the catalogue asks for it.
type Hand struct {
	Store  record.Store
	Policy *Policy
	Actor  ident.Actor
	Source record.Source
	Now    func() time.Time // in the zone of the village
	Random io.Reader
	Sample bool // what is made is marked 示例
}

// kindUnit is the kind of a village; its record has the id of the unit.
const kindUnit record.Kind = "unit"

// Village returns the record of a village's own by its scope, with its name and region code.
func Village(ctx context.Context, store record.Store, scope ident.Scope) (row record.Row, name string, place region.Code, err error) {
	unit, ok := scope.Unit()
	if !ok {
		return row, "", "", fault.New(fault.NotFound, "record.missing")
	}
	row, err = store.Get(ctx, ident.Record(unit))
	if err == nil && row.Header.Kind != kindUnit {
		err = fault.New(fault.NotFound, "record.missing")
	}
	return row, row.Text("name"), region.Code(row.Text("region_code")), err
}

// Ask is what Propose proposes; Day is 2006-01-02, "" for today.
type Ask struct {
	Household ident.Record
	Item      string
	Day       string
	Note      string
	Photo     *record.Attachment
}

// Propose proposes points for a household. Faults are those of Policy.Propose, NotFound "record.missing" for no household, and
// Invalid "points.day.form".
func (h Hand) Propose(ctx context.Context, a Ask) (Entry, error) {
	row, err := h.Store.Get(ctx, a.Household)
	if err == nil && row.Header.Kind != Household {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return Entry{}, err
	}
	now := h.Now()
	day := now
	if a.Day != "" {
		if day, err = time.ParseInLocation(time.DateOnly, a.Day, now.Location()); err != nil {
			return Entry{}, fault.New(fault.Invalid, "points.day.form").WithField("day")
		}
	}
	_, _, place, err := Village(ctx, h.Store, row.Header.Scope)
	if err != nil {
		return Entry{}, err
	}
	have, err := Read(ctx, h.Store, row.Header.Scope, row.Header.Subject)
	if err != nil {
		return Entry{}, err
	}
	e, err := h.Policy.Propose(Proposal{Household: row, Place: place, Item: a.Item, Day: day, Note: a.Note, Photo: a.Photo}, now, have)
	if err != nil {
		return e, err
	}
	return h.enter(ctx, "points.propose", e)
}

func (h Hand) enter(ctx context.Context, act string, e Entry) (Entry, error) {
	var err error
	if e.Header.ID, err = h.newID(); err != nil {
		return e, err
	}
	e.By, e.Sample = h.Actor, e.Sample || h.Sample
	return e, h.apply(ctx, act, e.Create())
}

func (h Hand) newID() (ident.Record, error) {
	return ident.New[ident.Record](h.Now().UnixMilli(), h.Random)
}

// ledger reads all that is known of the household of an entry.
func (h Hand) ledger(ctx context.Context, entry ident.Record) (*Ledger, error) {
	row, err := h.Store.Get(ctx, entry)
	if err == nil && row.Header.Kind != Kind {
		err = fault.New(fault.NotFound, "points.entry")
	}
	if err != nil {
		return nil, err
	}
	return Read(ctx, h.Store, row.Header.Scope, row.Header.Subject)
}

// Approve vouches for an entry that somebody else proposed. Faults are those of Ledger.Approve.
func (h Hand) Approve(ctx context.Context, entry ident.Record) error {
	l, err := h.ledger(ctx, entry)
	if err != nil {
		return err
	}
	a, err := l.Approve(entry, h.Actor, h.Now().UnixMilli())
	if err != nil {
		return err
	}
	if a.Header.ID, err = h.newID(); err != nil {
		return err
	}
	a.Sample = a.Sample || h.Sample
	return h.apply(ctx, "points.approve", a.Create())
}

// TakeBack proposes to take an entry back. Faults are those of Ledger.TakeBack.
func (h Hand) TakeBack(ctx context.Context, entry ident.Record, note string) (Entry, error) {
	l, err := h.ledger(ctx, entry)
	if err != nil {
		return Entry{}, err
	}
	e, err := l.TakeBack(entry, note, h.Now())
	if err != nil {
		return e, err
	}
	return h.enter(ctx, "points.back", e)
}

// Object objects to an entry. Faults are those of Ledger.Object.
func (h Hand) Object(ctx context.Context, entry ident.Record, why string) error {
	l, err := h.ledger(ctx, entry)
	if err != nil {
		return err
	}
	o, err := l.Object(entry, why, h.Now().UnixMilli())
	if err != nil {
		return err
	}
	if o.Header.ID, err = h.newID(); err != nil {
		return err
	}
	o.Sample = o.Sample || h.Sample
	return h.apply(ctx, "points.object", o.Create())
}

// Answer answers the objection to an entry. Faults are those of Ledger.Answer.
func (h Hand) Answer(ctx context.Context, entry ident.Record, kind, words string) error {
	l, err := h.ledger(ctx, entry)
	if err != nil {
		return err
	}
	a, err := l.Answer(entry, h.Actor, kind, words, h.Now().UnixMilli())
	if err != nil {
		return err
	}
	if a.Header.ID, err = h.newID(); err != nil {
		return err
	}
	a.Sample = a.Sample || h.Sample
	return h.apply(ctx, "points.answer", a.Create())
}

// Publish puts up what counts in a village under a scheme and stood on no notice yet. Faults are those of Policy.Publish.
func (h Hand) Publish(ctx context.Context, village ident.Scope, scheme string) (List, error) {
	unit, _, _, err := Village(ctx, h.Store, village)
	if err != nil {
		return List{}, err
	}
	l, err := Read(ctx, h.Store, village, ident.Subject{})
	if err != nil {
		return List{}, err
	}
	households, err := Households(ctx, h.Store, village)
	if err != nil {
		return List{}, err
	}
	n, err := h.Policy.Publish(l, unit.Header, scheme, households, h.Now())
	if err != nil {
		return n, err
	}
	if n.Header.ID, err = h.newID(); err != nil {
		return n, err
	}
	n.By, n.Sample = h.Actor, n.Sample || h.Sample
	w, err := n.Create()
	if err != nil {
		return n, err
	}
	return n, h.apply(ctx, "points.publish", w)
}

// Households returns the records of the households of a village, or of all in the scope "".
func Households(ctx context.Context, from record.Lister, village ident.Scope) ([]record.Row, error) {
	return record.All(ctx, from, record.Query{Kind: Household, Scope: village})
}

// apply makes an act of one write.
func (h Hand) apply(ctx context.Context, name string, w record.Write) error {
	base, err := h.Store.Base(ctx, w.Header.Scope)
	if err != nil {
		return err
	}
	receipt, err := h.Store.Apply(ctx, record.Act{Name: name, Scope: w.Header.Scope, Base: base, Source: h.Source, Writes: []record.Write{w}})
	if err != nil {
		return err
	}
	if receipt.Outcome >= record.Rejected {
		return fmt.Errorf("%s: %w", name, fault.New(fault.Invalid, receipt.Reason).WithField(string(receipt.Field)))
	}
	return nil
}
