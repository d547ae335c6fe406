// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// ActImport is the name of the acts that an import writes.
const ActImport = "household.import"

// batch is how many households one act holds.
const batch = 100

// Mode says what happens to a file with wrong rows.
type Mode uint8

// The modes.
const (
	// AllOrNothing writes nothing unless every row is good.
	AllOrNothing Mode = iota
	// GoodRows writes the good rows and leaves the others to be mended and imported again.
	GoodRows
)

// Plan says how the good rows of a report are written.
type Plan struct {
	Mode Mode
	// Update writes what the file says differently about households that are there; otherwise they are left alone.
	Update bool
	// Source is the rank of the values; zero stands for record.Cadre: a list that the village keeps itself.
	Source record.Source
	// Now and Random make the ids of new records.
	Now    time.Time
	Random io.Reader
	// Plates issues plates for the households of a village once they are written, and returns the short code of each;
	// nil issues none.
	Plates func(ctx context.Context, village ident.Scope) (map[ident.Record]string, error)
	// Map lets the code on somebody else's plate stand for the plate at a household's door; nil maps none.
	Map func(ctx context.Context, household ident.Record, foreign string) error
	// Progress is told how many rows are done, of how many; it may be nil.
	Progress func(done, of int)
}

// Apply writes the rows that Check found good, a hundred in one act, and updates their lines. A store that refuses an
// act is asked again row by row under GoodRows, so that one row cannot hold up others; under AllOrNothing the import
// stops there. An interrupted import is continued by Check and Apply of the same file: what is in the store is known.
//
// Under AllOrNothing a report with wrong rows is fault.Invalid and nothing was written.
func Apply(ctx context.Context, store record.Store, r *Report, p Plan) error {
	if p.Mode == AllOrNothing && !r.Clean() {
		return fault.New(fault.Invalid, "ledger.wrong")
	}
	p.Source = cmp.Or(p.Source, record.Cadre)
	w := writer{store: store, plan: p}
	byScope := w.pending(r)
	for _, scope := range slices.Sorted(maps.Keys(byScope)) {
		base, err := store.Base(ctx, scope)
		if err != nil {
			return err
		}
		w.base = base
		for lines := range slices.Chunk(byScope[scope], batch) {
			if err := w.write(ctx, scope, lines); err != nil {
				return err
			}
			w.tell(len(lines))
		}
	}
	if err := p.plates(ctx, r); err != nil {
		return err
	}
	return p.foreign(ctx, r)
}

type writer struct {
	store    record.Store
	plan     Plan
	base     record.Base
	done, of int
}

// pending returns the lines to write by village.
func (w *writer) pending(r *Report) map[ident.Scope][]*Line {
	byScope := make(map[ident.Scope][]*Line)
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.State == Ready || l.State == Changed && w.plan.Update {
			byScope[l.Scope] = append(byScope[l.Scope], l)
			w.of++
		}
	}
	return byScope
}

func (w *writer) tell(n int) {
	w.done += n
	if w.plan.Progress != nil {
		w.plan.Progress(w.done, w.of)
	}
}

// write writes lines of one village in one act, or in halves when that is refused.
func (w *writer) write(ctx context.Context, scope ident.Scope, lines []*Line) error {
	act := record.Act{Name: ActImport, Scope: scope, Base: w.base, Source: w.plan.Source}
	for _, l := range lines {
		change, err := w.change(l)
		if err != nil {
			return err
		}
		act.Writes = append(act.Writes, change)
	}
	receipt, err := w.store.Apply(ctx, act)
	if err == nil {
		err = refusal(receipt)
	}
	switch {
	case err == nil:
		for _, l := range lines {
			l.written()
		}
		return nil
	case w.plan.Mode == AllOrNothing || !aboutContent(err):
		return err
	case len(lines) == 1:
		lines[0].State = Wrong
		lines[0].note("", err)
		return nil
	}
	middle := len(lines) / 2
	return errors.Join(w.write(ctx, scope, lines[:middle]), w.write(ctx, scope, lines[middle:]))
}

// change makes the write of one line. A new household gets its ids here.
func (w *writer) change(l *Line) (record.Write, error) {
	if l.State == Changed {
		after := subject.HouseholdOf(l.before)
		overlay(&after, l.household)
		change, _ := after.Changes(l.before)
		return change, nil
	}
	if l.Record.IsZero() {
		ms := w.plan.Now.UnixMilli()
		id, err := ident.New[ident.Record](ms, w.plan.Random)
		if err != nil {
			return record.Write{}, err
		}
		who, err := ident.New[ident.Subject](ms, w.plan.Random)
		if err != nil {
			return record.Write{}, err
		}
		l.Record = id
		l.household.Header = record.Header{ID: id, Kind: subject.KindHousehold, Scope: l.Scope, Subject: who}
	}
	return l.household.Create(), nil
}

// overlay puts what the file knows over what the store has.
func overlay(onto *subject.Household, from subject.Household) {
	row := record.Row{Header: onto.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range onto.Fields() {
		row.Fields[f] = record.FieldState{Value: v}
	}
	for f, v := range from.Fields() {
		row.Fields[f] = record.FieldState{Value: v}
	}
	*onto = subject.HouseholdOf(row)
}

func (l *Line) written() {
	if l.State == Changed {
		l.State = Updated
		return
	}
	l.State = Added
}

// refusal is the fault of a receipt that says the act was not applied.
func refusal(r record.Receipt) error {
	if r.Outcome != record.Rejected && r.Outcome != record.Quarantined {
		return nil
	}
	e := fault.New(fault.Conflict, r.Reason).WithField(string(r.Field))
	for name, value := range r.Args {
		e = e.With(name, value)
	}
	return e
}

// aboutContent reports whether an error is about what was written rather than about the store.
func aboutContent(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.NotAllowed, fault.NotFound, fault.TooLarge, fault.Stale, fault.Unsupported:
		return true
	}
	return false
}

// plates issues plates for every village that the report names and notes their codes.
func (p Plan) plates(ctx context.Context, r *Report) error {
	if p.Plates == nil {
		return nil
	}
	codes := make(map[ident.Scope]map[ident.Record]string)
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.Record.IsZero() || l.State == Wrong {
			continue
		}
		if codes[l.Scope] == nil {
			issued, err := p.Plates(ctx, l.Scope)
			if err != nil {
				return err
			}
			codes[l.Scope] = issued
		}
		l.Plate = codes[l.Scope][l.Record]
	}
	return nil
}

// foreign maps what the report says of other plates. A code that cannot be mapped is noted with its line; the household
// stays.
func (p Plan) foreign(ctx context.Context, r *Report) error {
	if p.Map == nil {
		return nil
	}
	title := titleOf(r.File.Columns, fieldForeign)
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.foreign == "" || l.Record.IsZero() || l.State == Wrong {
			continue
		}
		err := p.Map(ctx, l.Record, l.foreign)
		if err != nil && !aboutContent(err) {
			return err
		}
		l.note(title, err)
	}
	return nil
}
