// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/plates"
)

// plateOffice does for the console what the office does about plates and alarms.
type plateOffice struct{ *App }

// Issue implements console.PlateOffice.
func (o plateOffice) Issue(ctx context.Context, village ident.Scope) (int, error) {
	o.plating.Lock()
	defer o.plating.Unlock()
	issued, err := plates.Issuer{Store: o.desk(), Now: o.Now(), Random: o.Random, Sample: o.Sample}.Issue(ctx, village)
	return len(issued.New), err
}

// Do implements console.PlateOffice.
func (o plateOffice) Do(ctx context.Context, a plate.Ask, by ident.Actor) error {
	k, err := o.keeper(by)
	if err != nil {
		return err
	}
	_, _, err = k.Do(ctx, a)
	return err
}

// Refuse implements console.PlateOffice.
func (o plateOffice) Refuse(ctx context.Context, a plate.Ask, by ident.Actor, reason string) error {
	k, err := o.keeper(by)
	if err != nil {
		return err
	}
	_, err = k.Refuse(ctx, a, "plates.office.no", reason)
	return err
}

// Print implements console.PlateOffice: with the server's own address, that of its villages' names.
func (o plateOffice) Print(ctx context.Context, w io.Writer, village ident.Scope, form plates.Form, codes []doorplate.Code, reason string, by ident.Actor) (int, error) {
	public, err := o.publicURL(ctx, "", false)
	if err == nil && public == "" {
		err = fault.New(fault.Invalid, "server.public.none")
	}
	if err != nil {
		return 0, err
	}
	name, err := o.villageName(ctx, village)
	if err != nil {
		return 0, err
	}
	return o.printPlates(ctx, w, plates.Order{
		Village: village, Name: name, Form: form, Codes: codes, PublicURL: public, Reason: reason, By: by, Now: o.Now(),
	})
}

// villageName is the name of a village as its plates show it.
func (o plateOffice) villageName(ctx context.Context, village ident.Scope) (string, error) {
	rows, err := o.desk().List(ctx, record.Query{Kind: desk.KindUnit, Scope: village, Limit: 1})
	if err == nil && len(rows) == 0 {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return "", err
	}
	if known, found := o.Regions.Unit(region.Code(rows[0].Text("region_code"))); found {
		return known.Short, nil
	}
	return rows[0].Text("name"), nil
}

// Prints implements console.PlateOffice.
func (o plateOffice) Prints() ([]plates.Entry, error) {
	journal, err := o.journal()
	if err != nil {
		return nil, err
	}
	return journal.Entries(), nil
}

// CloseAlarm implements console.PlateOffice.
func (o plateOffice) CloseAlarm(ctx context.Context, id ident.Record, by ident.Actor, why string) error {
	return o.office().CloseAlarm(ctx, id, by, why)
}
