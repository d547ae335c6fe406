// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// ActIssue is the name of the acts that issue plates.
const ActIssue = "plate.issue"

// writesPerAct keeps acts small enough for a slow device to take at once.
const writesPerAct = 100

// Issuer issues plates. Store must be opened for the desk.
type Issuer struct {
	Store  record.Store
	Now    time.Time
	Random io.Reader // fit for keys; handles are drawn from it
	Sample bool      // the store holds samples only, and so do its plates
}

// Issuance is what Issue did in a village.
type Issuance struct {
	New     []Plate
	Kept    int // house numbers that had a plate
	Without int // households without a house number, which get none
	// Codes holds the short code for every household that has a plate now, as people read it.
	Codes map[ident.Record]string
}

// Issue gives every house number of a village a plate that has none, whatever households live there, and notes the short
// code with them. Done twice it changes nothing the second time.
func (i Issuer) Issue(ctx context.Context, village ident.Scope) (Issuance, error) {
	result := Issuance{Codes: make(map[ident.Record]string)}
	base, err := i.Store.Base(ctx, village)
	if err != nil {
		return result, err
	}
	v, err := survey(ctx, i.Store, village)
	if err != nil {
		return result, err
	}
	result.Without = v.without
	var writes []record.Write
	for _, d := range v.order {
		w, err := i.door(v, d, village)
		if err != nil {
			return result, err
		}
		if w.isNew {
			result.New = append(result.New, w.plate)
		} else {
			result.Kept++
		}
		for _, h := range v.households[d] {
			result.Codes[h.Header.ID] = w.plate.Code.String()
		}
		writes = append(writes, w.writes...)
	}
	for chunk := range slices.Chunk(writes, writesPerAct) {
		act := record.Act{Name: ActIssue, Scope: village, Base: base, Source: record.Authoritative, Writes: chunk}
		if err := apply(ctx, i.Store, act); err != nil {
			return result, err
		}
	}
	return result, nil
}

// work is what one door needs.
type work struct {
	plate  Plate
	isNew  bool
	writes []record.Write
}

// villageState is what stands in a village before plates are issued.
type villageState struct {
	plates     map[door]Plate
	codes      map[doorplate.Code]bool
	households map[door][]subject.Household
	rows       map[ident.Record]record.Row
	order      []door
	without    int
}

func survey(ctx context.Context, store record.Store, scope ident.Scope) (*villageState, error) {
	v := &villageState{
		plates: map[door]Plate{}, codes: map[doorplate.Code]bool{},
		households: map[door][]subject.Household{}, rows: map[ident.Record]record.Row{},
	}
	err := each(ctx, store, Kind, scope, func(r record.Row) {
		p := Of(r)
		v.codes[p.Code] = true // a void plate's code is not given to another door
		if p.Counts() && !p.Handle.IsZero() {
			v.plates[door{p.Group, p.HouseNo}] = p
		}
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, store, subject.KindHousehold, scope, func(r record.Row) {
		h := subject.HouseholdOf(r)
		d := door{h.Group, h.HouseNo}
		if d.house == "" {
			v.without++
			return
		}
		if v.households[d] == nil {
			v.order = append(v.order, d)
		}
		v.households[d] = append(v.households[d], h)
		v.rows[h.Header.ID] = r
	})
	return v, err
}

// door plans what one door needs: a plate if it has none, and its code noted with the households.
func (i Issuer) door(v *villageState, d door, scope ident.Scope) (work, error) {
	w := work{plate: v.plates[d]}
	if w.plate.Handle.IsZero() {
		first := v.households[d][0]
		p, err := i.plate(v.codes, scope, first.Region, d)
		if err != nil {
			return w, err
		}
		p.Household, p.Sample = first.Header.ID, first.Sample || i.Sample
		w.plate, w.isNew = p, true
		w.writes = append(w.writes, p.Create())
	}
	for _, h := range v.households[d] {
		h.PlateCode = string(w.plate.Code)
		if change, any := h.Changes(v.rows[h.Header.ID]); any {
			w.writes = append(w.writes, change)
		}
	}
	return w, nil
}

// draws bounds how often a handle is drawn again because its code is taken; two in a row are one in 10¹⁴.
const draws = 8

// plate makes a new plate whose code no other of the village has.
func (i Issuer) plate(taken map[doorplate.Code]bool, scope ident.Scope, code region.Code, d door) (Plate, error) {
	for range draws {
		handle, err := doorplate.NewHandle(i.Random)
		if err != nil {
			return Plate{}, err
		}
		p, err := New(handle, scope, code, d.group, d.house, i.Now, i.Random)
		if err != nil || !taken[p.Code] {
			taken[p.Code] = true
			return p, err
		}
	}
	return Plate{}, fault.New(fault.Internal, "doorplate.handle.random")
}

// New makes the first plate of a house number, with ids of its own.
func New(handle doorplate.Handle, village ident.Scope, code region.Code, group, houseNo string, now time.Time, random io.Reader) (Plate, error) {
	id, err := ident.New[ident.Record](now.UnixMilli(), random)
	if err != nil {
		return Plate{}, err
	}
	place, err := ident.New[ident.Subject](now.UnixMilli(), random)
	if err != nil {
		return Plate{}, err
	}
	return Plate{
		Header: record.Header{ID: id, Kind: Kind, Scope: village, Subject: place},
		Handle: handle, Code: doorplate.CodeOf(handle), Region: code, Group: group, HouseNo: houseNo,
		State: Issued, Issue: 1, IssueDay: now.Format(time.DateOnly),
	}, nil
}

// apply applies an act and turns a refusal into an error.
func apply(ctx context.Context, store record.Store, act record.Act) error {
	receipt, err := store.Apply(ctx, act)
	if err != nil {
		return fmt.Errorf("apply %s: %w", act.Name, err)
	}
	if receipt.Outcome == record.Rejected || receipt.Outcome == record.Quarantined {
		return fmt.Errorf("apply %s: %w", act.Name, fault.New(fault.Conflict, receipt.Reason).WithField(string(receipt.Field)))
	}
	return nil
}
