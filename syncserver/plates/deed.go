// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"context"
	"slices"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// change is what a deed changes in the village.
type change struct {
	writes []record.Write
	made   []Plate
	gone   []Plate // count no more: their tokens go to the void list
	idle   bool    // nothing is left to decide
}

// plan works out what a deed changes.
func (k Keeper) plan(ctx context.Context, p Plate, a plate.Ask) (c change, err error) {
	switch {
	case p.State == Replaced:
		return c, fault.New(fault.Conflict, "plates.replaced").With("code", p.Code.String())
	case p.State == Void && a.Deed == plate.Void:
		return change{gone: []Plate{p}, idle: true}, nil
	case p.State == Void:
		return c, fault.New(fault.Conflict, "plates.void").With("code", p.Code.String())
	}
	switch a.Deed {
	case plate.PutUp:
		c.edit(p, map[record.Field]record.Value{
			"plate_state": record.OfText(Bound), "hung_at": record.OfInt(a.AtMS), "position": record.OfText(a.Fix),
		})
		return c, nil
	case plate.Bind:
		return k.bind(ctx, p, a.Households)
	case plate.Foreign:
		return k.stand(ctx, p, a.Foreign)
	case plate.Covered:
		return c, nil // what it says is for the alarms
	case plate.Void:
		fields := map[record.Field]record.Value{"plate_state": record.OfText(Void)}
		if p.Foreign != "" {
			fields["foreign"] = record.Value{} // it may come to stand for another plate
		}
		c.edit(p, fields)
		c.gone = []Plate{p}
		return c, nil
	}
	v, err := survey(ctx, k.Store, p.Header.Scope)
	if err != nil {
		return c, err
	}
	switch a.Deed {
	case plate.Merge:
		return k.merge(ctx, v, p, a.Into)
	case plate.Split:
		return k.split(v, p, a.Numbers)
	}
	next, err := k.next(v, p, p.HouseNo)
	if err != nil {
		return c, err
	}
	next.Foreign, next.Household = p.Foreign, p.Household
	c.replace(p, next)
	for _, h := range v.behind(p) {
		c.move(v, h, next)
	}
	return c, nil
}

func (c *change) edit(p Plate, fields map[record.Field]record.Value) {
	c.writes = append(c.writes, record.Write{Op: record.Edit, Header: p.Header, Fields: fields})
}

// replace makes the plates that hang instead of an old one; whoever scans it is led to the first.
func (c *change) replace(old Plate, next ...Plate) {
	for _, n := range next {
		c.made, c.writes = append(c.made, n), append(c.writes, n.Create())
	}
	c.gone = append(c.gone, old)
	c.edit(old, map[record.Field]record.Value{
		"plate_state": record.OfText(Replaced), "replaced_by": record.OfBytes(next[0].Header.ID.Bytes()),
	})
}

// move notes a household with a plate's code.
func (c *change) move(v *villageState, h subject.Household, to Plate) {
	h.PlateCode = string(to.Code)
	if edit, any := h.Changes(v.rows[h.Header.ID]); any {
		c.writes = append(c.writes, edit)
	}
}

// behind returns the households of a plate: those that name its code, and those of its door that name none that counts.
func (v *villageState) behind(p Plate) (out []subject.Household) {
	counts := map[string]bool{}
	for _, one := range v.plates {
		counts[string(one.Code)] = one.Header.ID != p.Header.ID
	}
	for d, households := range v.households {
		for _, h := range households {
			if h.PlateCode == string(p.Code) || d == (door{p.Group, p.HouseNo}) && !counts[h.PlateCode] {
				out = append(out, h)
			}
		}
	}
	slices.SortFunc(out, func(a, b subject.Household) int { return slices.Compare(a.Header.ID[:], b.Header.ID[:]) })
	return out
}

// next makes the plate after p for a house number; that of its own number is its next issue.
func (k Keeper) next(v *villageState, p Plate, number string) (Plate, error) {
	next, err := Issuer{Store: k.Store, Now: k.Now, Random: k.Random}.plate(v.codes, p.Header.Scope, p.Region, door{p.Group, number})
	if err != nil {
		return Plate{}, err
	}
	next.Replaces, next.Sample = p.Header.ID, p.Sample
	if number == p.HouseNo {
		next.Header.Subject, next.Issue = p.Header.Subject, p.Issue+1
	}
	return next, nil
}

// split makes a plate for each of several doors. A household goes to the door of its own number, or else to the first.
func (k Keeper) split(v *villageState, p Plate, numbers []string) (c change, err error) {
	byNumber := map[string]Plate{}
	var all []Plate
	for _, number := range numbers {
		if other, taken := v.plates[door{p.Group, number}]; taken && other.Header.ID != p.Header.ID {
			return c, fault.New(fault.Conflict, "plates.number.taken").With("number", p.Group+number).WithField("numbers")
		}
		next, err := k.next(v, p, number)
		if err != nil {
			return c, err
		}
		byNumber[number], all = next, append(all, next)
	}
	all[0].Foreign = p.Foreign
	households := v.behind(p)
	goes := func(h subject.Household) int {
		return max(0, slices.IndexFunc(all, func(one Plate) bool { return one.HouseNo == h.HouseNo }))
	}
	for _, h := range households {
		if one := &all[goes(h)]; one.Household.IsZero() {
			one.Household = h.Header.ID
		}
	}
	c.replace(p, all...)
	for _, h := range households {
		c.move(v, h, all[goes(h)])
	}
	return c, nil
}

// merge leads a plate to another that stays; whoever lives behind it is noted there.
func (k Keeper) merge(ctx context.Context, v *villageState, p Plate, into ident.Record) (c change, err error) {
	stays, err := k.get(ctx, into)
	if err == nil && stays.Header.Scope != p.Header.Scope {
		err = fault.New(fault.NotFound, "plates.unknown").With("code", stays.Code.String())
	}
	if err == nil && !stays.Counts() {
		err = fault.New(fault.Conflict, "plates.void").With("code", stays.Code.String())
	}
	if err != nil {
		return c, err
	}
	c.gone = []Plate{p}
	fields := map[record.Field]record.Value{
		"plate_state": record.OfText(Replaced), "replaced_by": record.OfBytes(stays.Header.ID.Bytes()),
	}
	kept := map[record.Field]record.Value{}
	if p.Foreign != "" {
		fields["foreign"] = record.Value{}
		if stays.Foreign == "" {
			kept["foreign"] = record.OfText(string(p.Foreign))
		}
	}
	if stays.Household.IsZero() && !p.Household.IsZero() {
		kept["household"] = record.OfBytes(p.Household.Bytes())
	}
	c.edit(p, fields)
	if len(kept) > 0 {
		c.edit(stays, kept)
	}
	for _, h := range v.behind(p) {
		c.move(v, h, stays)
	}
	return c, nil
}

// bind notes households of the village with a plate; the first is the one that a scan opens.
func (k Keeper) bind(ctx context.Context, p Plate, households []ident.Record) (c change, err error) {
	v := &villageState{rows: map[ident.Record]record.Row{}}
	for _, id := range households {
		row, err := k.Store.Get(ctx, id)
		if fault.Is(err, fault.NotFound) ||
			err == nil && (row.Header.Kind != subject.KindHousehold || row.Header.Scope != p.Header.Scope || row.Deleted()) {
			return c, fault.New(fault.NotFound, "plates.household").WithField("households")
		}
		if err != nil {
			return c, err
		}
		v.rows[id] = row
		c.move(v, subject.HouseholdOf(row), p)
	}
	if p.Household != households[0] {
		c.edit(p, map[record.Field]record.Value{"household": record.OfBytes(households[0].Bytes())})
	}
	return c, nil
}

// stand lets a foreign code stand for p.
func (k Keeper) stand(ctx context.Context, p Plate, key doorplate.ForeignKey) (c change, err error) {
	rows, err := record.All(ctx, k.Store, record.Query{
		Kind: Kind, Where: []record.Term{{Field: "foreign", Value: record.OfText(string(key))}},
	})
	if err != nil {
		return c, err
	}
	for _, r := range rows {
		if other := Of(r); other.Counts() && other.Header.ID != p.Header.ID {
			return c, fault.New(fault.Conflict, "plates.foreign.taken").With("code", other.Code.String()).WithField("foreign")
		}
	}
	if c.idle = p.Foreign == key; !c.idle {
		c.edit(p, map[record.Field]record.Value{"foreign": record.OfText(string(key))})
	}
	return c, nil
}
