// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"io"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Keeper decides what becomes of single plates. Store must be opened for the desk.
type Keeper struct {
	Store  record.Store
	Keys   *Keys
	By     ident.Actor // who decides; zero for the desk, by the rules
	Now    time.Time
	Random io.Reader
	// One lets one decision be taken after the other; nil where nobody else decides.
	One sync.Locker
}

// Find returns the plate with a short code, in a village or, with the empty scope, in all. One that counts goes before
// one that does not. Faults: NotFound "plates.unknown"; Conflict "plates.several" when villages share the code.
func (k Keeper) Find(ctx context.Context, village ident.Scope, code doorplate.Code) (Plate, error) {
	rows, err := record.All(ctx, k.Store, record.Query{
		Kind: Kind, Scope: village, Where: []record.Term{{Field: "plate_code", Value: record.OfText(string(code))}},
	})
	if err != nil {
		return Plate{}, err
	}
	var all []Plate
	for _, r := range rows {
		all = append(all, Of(r))
	}
	if counting := slices.DeleteFunc(slices.Clone(all), func(p Plate) bool { return !p.Counts() }); len(counting) > 0 {
		all = counting
	}
	switch len(all) {
	case 0:
		return Plate{}, fault.New(fault.NotFound, "plates.unknown").With("code", code.String()).WithField("code")
	case 1:
		return all[0], nil
	}
	return Plate{}, fault.New(fault.Conflict, "plates.several").With("code", code.String()).WithField("village")
}

// Do decides about a plate what is asked for, in one act with the record that says so, and returns that decision and the
// plates that were issued. What was decided about an ask before is returned as it was. Where the plate counts no more its
// tokens are put on the void list; done again that completes what an interruption left undone. Faults: those of
// plate.Ask.Check; NotFound "plates.unknown"; Conflict "plates.void", "plates.replaced", "plates.number.taken",
// "plates.foreign.taken"; NotFound "plates.household" for a household of another village.
func (k Keeper) Do(ctx context.Context, a plate.Ask) (plate.Decided, []Plate, error) {
	if k.One != nil {
		k.One.Lock()
		defer k.One.Unlock()
	}
	if !a.Header.ID.IsZero() {
		row, err := k.Store.Get(ctx, plate.AnswerID(a.Header.ID))
		if err == nil {
			return plate.DecidedOf(row), nil, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return plate.Decided{}, nil, err
		}
	}
	p, err := k.get(ctx, a.Plate)
	if err != nil {
		return plate.Decided{}, nil, err
	}
	if err := check(a); err != nil {
		return plate.Decided{}, nil, err
	}
	change, err := k.plan(ctx, p, a)
	if err != nil {
		return plate.Decided{}, nil, err
	}
	d := plate.Decided{Plate: p.Header.ID, Deed: a.Deed, Outcome: plate.Done, Reason: strings.TrimSpace(a.Reason)}
	for _, next := range change.made {
		d.Made = append(d.Made, next.Header.ID)
	}
	if !change.idle || !a.Header.ID.IsZero() {
		if d, err = k.say(ctx, p, a, d, change.writes...); err != nil {
			return d, nil, err
		}
	}
	for _, gone := range change.gone {
		if err := k.list(ctx, gone); err != nil {
			return d, change.made, err
		}
	}
	return d, change.made, nil
}

// check is plate.Ask.Check for what the desk itself does: whoever writes it in an office has no position and no photo.
func check(a plate.Ask) error {
	err := a.Check()
	if err != nil && a.Header.ID.IsZero() && (fault.From(err).Field == "position" || fault.From(err).Field == "photo") {
		return nil
	}
	return err
}

// Answer decides about an ask: done, or refused with the reason that whoever asked reads. Any error is of the store; then
// nothing was decided.
func (k Keeper) Answer(ctx context.Context, a plate.Ask) (plate.Decided, error) {
	err := a.Check()
	if err == nil {
		var d plate.Decided
		if d, _, err = k.Do(ctx, a); err == nil {
			return d, nil
		}
	}
	var why *fault.Error
	if !errors.As(err, &why) || why.Kind != fault.Invalid && why.Kind != fault.Conflict && why.Kind != fault.NotFound || why.Key == "" {
		return plate.Decided{}, err
	}
	return k.Refuse(ctx, a, why.Key, "")
}

// Refuse says no to an ask: why is the key of a text, reason what somebody in the office writes.
func (k Keeper) Refuse(ctx context.Context, a plate.Ask, why, reason string) (plate.Decided, error) {
	p := Plate{Header: record.Header{ID: a.Plate, Scope: a.Header.Scope, Subject: a.Header.Subject}, Sample: a.Sample}
	return k.say(ctx, p, a, plate.Decided{Plate: a.Plate, Deed: a.Deed, Outcome: plate.Refused, Why: why, Reason: strings.TrimSpace(reason)})
}

// say applies a decision with all that it changes, as one act.
func (k Keeper) say(ctx context.Context, p Plate, a plate.Ask, d plate.Decided, writes ...record.Write) (plate.Decided, error) {
	id := plate.AnswerID(a.Header.ID)
	if a.Header.ID.IsZero() {
		var err error
		if id, err = ident.New[ident.Record](k.Now.UnixMilli(), k.Random); err != nil {
			return d, err
		}
	}
	d.Header = record.Header{ID: id, Kind: plate.KindDecided, Scope: p.Header.Scope, Subject: p.Header.Subject}
	d.Ask, d.By, d.AtMS, d.Sample = a.Header.ID, k.By, k.Now.UnixMilli(), p.Sample
	return d, k.apply(ctx, "plate."+string(a.Deed), p.Header.Scope, append(writes, d.Create())...)
}

func (k Keeper) get(ctx context.Context, id ident.Record) (Plate, error) {
	row, err := k.Store.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && (row.Header.Kind != Kind || row.Deleted()) {
		return Plate{}, fault.New(fault.NotFound, "plates.unknown").With("code", "")
	}
	if err != nil {
		return Plate{}, err
	}
	return Of(row), nil
}

// Void makes a plate void, for good: its QR code, its card and its short code are refused everywhere, without network
// as soon as a device has synced. Faults are those of Do.
func (k Keeper) Void(ctx context.Context, p Plate, reason string) error {
	_, _, err := k.Do(ctx, plate.Ask{Plate: p.Header.ID, Deed: plate.Void, Reason: reason})
	return err
}

// Replace issues another plate for the door of p, which counts no more, and returns it. Households keep their door: they
// are noted with the new code. Whoever scans the old plate is led to the new one, and told so. Faults are those of Do.
func (k Keeper) Replace(ctx context.Context, p Plate, reason string) (Plate, error) {
	_, made, err := k.Do(ctx, plate.Ask{Plate: p.Header.ID, Deed: plate.Renew, Reason: reason})
	if err != nil {
		return Plate{}, err
	}
	return made[0], nil
}

// Map lets the code on somebody else's plate, such as the police's, stand for p from now on. Faults: those of Do and of
// ForeignKey.
func (k Keeper) Map(ctx context.Context, p Plate, foreign string) error {
	key, err := plate.ForeignKey(foreign)
	if err != nil {
		return err
	}
	_, _, err = k.Do(ctx, plate.Ask{Plate: p.Header.ID, Deed: plate.Foreign, Foreign: key})
	return err
}

func (k Keeper) apply(ctx context.Context, name string, scope ident.Scope, writes ...record.Write) error {
	base, err := k.Store.Base(ctx, scope)
	if err != nil {
		return err
	}
	return apply(ctx, k.Store, record.Act{Name: name, Scope: scope, Base: base, Source: record.Authoritative, Writes: writes})
}

// AtDoor returns the plate that counts at a household's door. Faults: NotFound "plates.none" where there is none.
func (k Keeper) AtDoor(ctx context.Context, h subject.Household) (Plate, error) {
	code, err := doorplate.ParseCode(h.PlateCode)
	if err != nil {
		return Plate{}, fault.New(fault.NotFound, "plates.none")
	}
	return k.Find(ctx, h.Header.Scope, code)
}
