// SPDX-License-Identifier: Apache-2.0

// Package desk takes the decisions that have one authority, the server: which
// villages there are, who is responsible for them, and to whom a registered
// demand goes. A decision is an act like any other, in the one scope that
// owns what is decided.
package desk

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/village"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// The kinds that the desk keeps besides postings.
const (
	KindUnit  record.Kind = "unit"
	KindOrg   record.Kind = "org"
	KindStaff record.Kind = "staff"
)

// zone is where days begin for postings: all of China has one time.
var zone = time.FixedZone("CST", 8*60*60)

// Desk writes as the role desk.
type Desk struct {
	Store   record.Store // as the desk's login sees it
	Regions *region.Tree
	Lending func() *lending.Policy // the one in force
	Now     func() time.Time
	Random  io.Reader
	Sample  bool // everything it makes is marked 示例
}

// AddVillage makes the grid unit of a place and returns its scope; one that is
// there already is returned as it is. The scope is opaque: merged or renamed
// villages move nothing.
func (d Desk) AddVillage(ctx context.Context, place region.Unit) (scope ident.Scope, made bool, err error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: KindUnit, Limit: 1, Where: []record.Term{
		{Field: "region_code", Value: record.OfText(string(place.Code))},
	}})
	if err != nil {
		return "", false, err
	}
	if len(rows) > 0 {
		return rows[0].Header.Scope, false, nil
	}
	unit, err := ident.New[ident.Unit](d.Now().UnixMilli(), d.Random)
	if err != nil {
		return "", false, err
	}
	scope = ident.UnitScope(unit)
	h := record.Header{ID: ident.Record(unit), Kind: KindUnit, Scope: scope, Subject: ident.Subject(unit)}
	return scope, true, d.create(ctx, "unit.add", h, map[record.Field]record.Value{
		"name": record.OfText(place.Short), "region_code": record.OfText(string(place.Code)),
	})
}

// Org is an organisation that takes part.
type Org struct {
	ID    ident.Org
	Name  string
	Short string
	Kind  string // a code of the catalogue: bank, government, village, guarantor
}

// AddOrg makes an organisation and returns its id.
func (d Desk) AddOrg(ctx context.Context, o Org) (ident.Org, error) {
	id, err := ident.New[ident.Org](d.Now().UnixMilli(), d.Random)
	if err != nil {
		return id, err
	}
	h := record.Header{ID: ident.Record(id), Kind: KindOrg, Scope: ident.Ref, Subject: ident.Subject(id)}
	return id, d.create(ctx, "org.add", h, map[record.Field]record.Value{
		"name": record.OfText(o.Name), "short_name": record.OfText(o.Short), "org_kind": record.OfText(o.Kind),
	})
}

// Orgs returns all organisations, oldest first.
func (d Desk) Orgs(ctx context.Context) ([]Org, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: KindOrg, Scope: ident.Ref, Limit: 1000})
	if err != nil {
		return nil, err
	}
	out := make([]Org, len(rows))
	for i, r := range rows {
		out[i] = Org{ident.Org(r.Header.ID), r.Text("name"), r.Text("short_name"), r.Text("org_kind")}
	}
	return out, nil
}

// AddStaff makes the directory entry of a person who works with the system,
// so that others read a name where they acted. One that is there already is
// left alone.
func (d Desk) AddStaff(ctx context.Context, actor ident.Actor, name, title string, org ident.Org) error {
	fields := map[record.Field]record.Value{"active": record.OfBool(true)}
	if title != "" {
		fields["title"] = record.OfText(title)
	}
	if !org.IsZero() {
		fields["org"] = record.OfBytes(org[:])
	}
	return d.enter(ctx, actor, name, fields)
}

// AddMachine makes the directory entry of a kiosk: what it registered has a
// name as well, but nobody can put it in charge of anything.
func (d Desk) AddMachine(ctx context.Context, actor ident.Actor, name string) error {
	return d.enter(ctx, actor, name, map[record.Field]record.Value{"active": record.OfBool(false)})
}

// enter writes an entry of the directory, unless there is one.
func (d Desk) enter(ctx context.Context, actor ident.Actor, name string, fields map[record.Field]record.Value) error {
	if _, err := d.Store.Get(ctx, ident.Record(actor)); !fault.Is(err, fault.NotFound) {
		return err
	}
	fields["actor"], fields["name"] = record.OfBytes(actor[:]), record.OfText(name)
	h := record.Header{ID: ident.Record(actor), Kind: KindStaff, Scope: ident.Ref, Subject: ident.Subject(actor)}
	return d.create(ctx, "staff.add", h, fields)
}

// Post makes an officer and their bank responsible for a village from a day
// on (2006-01-02, "" for today). Older postings stay.
func (d Desk) Post(ctx context.Context, village ident.Scope, officer ident.Actor, bank ident.Org, from string) error {
	return d.PostAs(ctx, village, lending.Posting{Officer: officer, Bank: bank, From: from})
}

// PostAs posts somebody to a village: whoever is responsible for it, or with
// p.Post a specialist, an assistant or an adviser, from a day on ("" for
// today) to the last one ("" for no end).
func (d Desk) PostAs(ctx context.Context, village ident.Scope, p lending.Posting) error {
	if p.From == "" {
		p.From = d.Now().In(zone).Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, p.From); err != nil {
		return fault.New(fault.Invalid, "desk.post.from").WithField("from")
	}
	if _, err := time.Parse(time.DateOnly, p.Until); p.Until != "" && (err != nil || p.Until < p.From) {
		return fault.New(fault.Invalid, "desk.post.until").WithField("until")
	}
	if p.Post != "" && !slices.Contains([]string{lending.Specialist, lending.Assistant, lending.Adviser}, p.Post) {
		return fault.New(fault.Invalid, "desk.post.post").WithField("post")
	}
	unit, ok := village.Unit()
	if !ok {
		return fault.New(fault.Invalid, "desk.post.village").WithField("village")
	}
	for id, key := range map[ident.Record]string{ident.Record(p.Officer): "desk.post.officer", ident.Record(p.Bank): "desk.post.bank"} {
		if _, err := d.Store.Get(ctx, id); fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, key)
		} else if err != nil {
			return err
		}
	}
	id, err := ident.New[ident.Record](d.Now().UnixMilli(), d.Random)
	if err != nil {
		return err
	}
	p.Header, p.Sample = record.Header{ID: id, Scope: village, Subject: ident.Subject(unit)}, d.Sample
	return d.apply(ctx, "posting.add", village, p.Create())
}

// Collective enters what the 三资 platform says of a village's funds and assets, in fen, and resources, in hundredths of a mu, on
// a day. It is a reference: newer figures stand beside older ones and nobody changes either.
func (d Desk) Collective(ctx context.Context, place ident.Scope, f village.Figures) error {
	unit, ok := place.Unit()
	day, err := time.Parse(time.DateOnly, f.AsOf)
	switch {
	case !ok:
		return fault.New(fault.Invalid, "desk.post.village").WithField("village")
	case err != nil || day.After(d.Now()):
		return fault.New(fault.Invalid, "desk.collective.day").WithField("as_of")
	case f.Platform == "" || f.Funds < 0 || f.Assets < 0 || f.Resources < 0:
		return fault.New(fault.Invalid, "desk.collective.figures").WithField("funds")
	}
	id, err := ident.New[ident.Record](d.Now().UnixMilli(), d.Random)
	if err != nil {
		return err
	}
	h := record.Header{ID: id, Kind: village.KindCollective, Scope: place, Subject: ident.Subject(unit)}
	return d.create(ctx, "collective.add", h, map[record.Field]record.Value{
		"as_of": record.OfText(f.AsOf), "platform": record.OfText(f.Platform), "funds": record.OfInt(f.Funds), "assets": record.OfInt(f.Assets),
		"resources": record.OfInt(f.Resources),
	})
}

func (d Desk) create(ctx context.Context, act string, h record.Header, fields map[record.Field]record.Value) error {
	if d.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return d.apply(ctx, act, h.Scope, record.Write{Op: record.Create, Header: h, Fields: fields})
}

// apply applies one act; a receipt that refuses it becomes an error.
func (d Desk) apply(ctx context.Context, name string, scope ident.Scope, writes ...record.Write) error {
	base, err := d.Store.Base(ctx, scope)
	if err != nil {
		return err
	}
	act := record.Act{Name: name, Scope: scope, Base: base, Source: record.Authoritative, Writes: writes}
	return d.applyAct(ctx, act)
}

func (d Desk) applyAct(ctx context.Context, act record.Act) error {
	receipt, err := d.Store.Apply(ctx, act)
	if err != nil {
		return err
	}
	if !receipt.Outcome.Applied() {
		return fmt.Errorf("%s: %w", act.Name, fault.New(fault.Invalid, receipt.Reason).WithField(string(receipt.Field)))
	}
	return nil
}
