// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Names of the acts of a keeper, and of its entries in the journal.
const (
	ActVoid    = "plate.void"
	ActReplace = "plate.replace"
	ActMap     = "plate.map"
)

// Keeper changes what became of single plates: stolen, broken, or hanging beside somebody else's. Store must be opened
// for the desk.
type Keeper struct {
	Store   record.Store
	Keys    *Keys
	Journal *Journal
	By      ident.Actor
	Now     time.Time
	Random  io.Reader
}

// Find returns the plate with a short code, in a village or, with the empty scope, in all. One that counts goes before
// one that does not. Faults: NotFound "plates.unknown"; Conflict "plates.several" when villages share the code.
func (k Keeper) Find(ctx context.Context, village ident.Scope, code doorplate.Code) (Plate, error) {
	rows, err := k.Store.List(ctx, record.Query{
		Kind: Kind, Scope: village, Limit: page, Where: []record.Term{{Field: "plate_code", Value: record.OfText(string(code))}},
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

// Void makes a plate void, for good: its QR code, its card and its short code are refused everywhere, without network
// as soon as a device has synced. Done again it completes what an interruption left undone. Faults: Invalid
// "plates.reason" without a reason, Conflict "plates.replaced" for one that another has replaced.
func (k Keeper) Void(ctx context.Context, p Plate, reason string) error {
	if p.State == Replaced {
		return fault.New(fault.Conflict, "plates.replaced").With("code", p.Code.String())
	}
	if err := k.note(ActVoid, p, reason); err != nil {
		return err
	}
	if p.State != Void {
		w := p.edit(map[record.Field]record.Value{"plate_state": record.OfText(Void)})
		if p.Foreign != "" {
			w.Fields["foreign"] = record.Value{} // it may come to stand for another plate
		}
		if err := k.apply(ctx, ActVoid, p.Header.Scope, w); err != nil {
			return err
		}
	}
	return k.list(ctx, p)
}

// Replace issues another plate for the door of p, which counts no more, and returns it. Households keep their door: they
// are noted with the new code. Whoever scans the old plate is led to the new one, and told so. Faults: those of Void;
// Conflict "plates.void" for a plate that is void: issue its door a new one.
func (k Keeper) Replace(ctx context.Context, p Plate, reason string) (Plate, error) {
	switch p.State {
	case Replaced:
		return Plate{}, fault.New(fault.Conflict, "plates.replaced").With("code", p.Code.String())
	case Void:
		return Plate{}, fault.New(fault.Conflict, "plates.void").With("code", p.Code.String())
	}
	v, err := survey(ctx, k.Store, p.Header.Scope)
	if err != nil {
		return Plate{}, err
	}
	next, err := Issuer{Store: k.Store, Now: k.Now, Random: k.Random}.plate(v.codes, p.Header.Scope, p.Region, door{p.Group, p.HouseNo})
	if err != nil {
		return Plate{}, err
	}
	next.Header.Subject, next.Issue = p.Header.Subject, p.Issue+1
	next.Foreign, next.Household, next.Sample = p.Foreign, p.Household, p.Sample
	if err := k.note(ActReplace, p, reason); err != nil {
		return Plate{}, err
	}
	if err := k.apply(ctx, ActReplace, p.Header.Scope, replacement(v, p, next)...); err != nil {
		return Plate{}, err
	}
	return next, k.list(ctx, p)
}

// replacement is all that changes in the village.
func replacement(v *villageState, old, next Plate) []record.Write {
	writes := []record.Write{next.Create(), old.edit(map[record.Field]record.Value{
		"plate_state": record.OfText(Replaced), "replaced_by": record.OfBytes(next.Header.ID.Bytes()),
	})}
	for _, h := range v.households[door{old.Group, old.HouseNo}] {
		h.PlateCode = string(next.Code)
		if change, any := h.Changes(v.rows[h.Header.ID]); any {
			writes = append(writes, change)
		}
	}
	return writes
}

// Map lets the code on somebody else's plate, such as the police's, stand for p from now on. Faults: those of
// doorplate.Foreign; Invalid "plates.foreign.own" for a code that is ours; Conflict "plates.foreign.taken" when it
// stands for another plate, "plates.void" when p does not count.
func (k Keeper) Map(ctx context.Context, p Plate, foreign string) error {
	if _, err := doorplate.Parse(foreign); err == nil {
		return fault.New(fault.Invalid, "plates.foreign.own").WithField("foreign")
	}
	key, err := doorplate.Foreign(foreign)
	if err != nil {
		return err
	}
	if !p.Counts() {
		return fault.New(fault.Conflict, "plates.void").With("code", p.Code.String())
	}
	rows, err := k.Store.List(ctx, record.Query{
		Kind: Kind, Limit: page, Where: []record.Term{{Field: "foreign", Value: record.OfText(string(key))}},
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if other := Of(r); other.Counts() && other.Header.ID != p.Header.ID {
			return fault.New(fault.Conflict, "plates.foreign.taken").With("code", other.Code.String()).WithField("foreign")
		}
	}
	if p.Foreign == key {
		return nil
	}
	return k.apply(ctx, ActMap, p.Header.Scope, p.edit(map[record.Field]record.Value{"foreign": record.OfText(string(key))}))
}

// edit returns the write that changes some fields of the plate's record.
func (p Plate) edit(fields map[record.Field]record.Value) record.Write {
	return record.Write{Op: record.Edit, Header: p.Header, Fields: fields}
}

// note writes into the journal what happens to a plate and why.
func (k Keeper) note(deed string, p Plate, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return fault.New(fault.Invalid, "plates.reason").WithField("reason")
	}
	return k.Journal.Add(Entry{
		At: k.Now, By: k.By, Village: p.Header.Scope, Form: Form(deed), Reason: reason, Codes: []doorplate.Code{p.Code},
	})
}

// list puts a plate on the void list, under every key that may have signed it.
func (k Keeper) list(ctx context.Context, p Plate) error {
	day, err := p.Day()
	if err != nil {
		return err
	}
	var writes []record.Write
	for _, public := range k.Keys.Public() {
		said := doorplate.Plate{Version: doorplate.Version, Kid: doorplate.KidOf(public), Handle: p.Handle, IssueDay: day}
		err := doorplate.Voided(ctx, k.Store, said)
		if fault.Is(err, fault.Gone) {
			continue
		}
		if err != nil {
			return err
		}
		w, err := k.voidRecord(said.RID())
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	if len(writes) == 0 {
		return nil
	}
	return k.apply(ctx, ActVoid, ident.Ref, writes...)
}

// voidRecord creates a plate's record in the void list. Its id comes from the day and the RID: it tells nothing more.
func (k Keeper) voidRecord(rid doorplate.RID) (record.Write, error) {
	day := k.Now.UTC().Truncate(24 * time.Hour)
	id, err := ident.New[ident.Record](day.UnixMilli(), bytes.NewReader(slices.Concat(rid[:], rid[:])))
	if err != nil {
		return record.Write{}, err
	}
	return record.Write{
		Op:     record.Create,
		Header: record.Header{ID: id, Kind: doorplate.KindVoid, Scope: ident.Ref, Subject: ident.Subject(id)},
		Fields: doorplate.VoidFields(rid, day.Format(time.DateOnly)),
	}, nil
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
