// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"time"

	"yuexin/shared/credit/carbon"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// saved makes the answers of the form an entry of the carbon account, worth what the rules say; the writes of another form stay
// as they are. Faults are those of carbon.Policy.Save.
func (e *Entry) saved(writes []record.Write) ([]record.Write, error) {
	if e.header.Kind != carbon.Kind {
		return writes, nil
	}
	d := e.desk
	for i, w := range writes {
		said := carbon.Of(rowOfWrite(w))
		day, err := time.ParseInLocation(time.DateOnly, said.Day, d.Now().Location())
		if err != nil {
			return nil, fault.New(fault.Invalid, "carbon.day").WithField("day").WithCause(err)
		}
		worth, err := d.Book.Carbon.Save(record.Row{Header: w.Header}, said.Item, said.Quantity, day, d.Now(), said.Proof)
		if err != nil {
			return nil, err
		}
		writes[i].Fields["grams"], writes[i].Fields["policy"] = record.OfInt(worth.Grams), record.OfInt(int64(worth.Edition))
	}
	return writes, nil
}

// rowOfWrite is the record that a write would make.
func rowOfWrite(w record.Write) record.Row {
	row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v}
	}
	return row
}

// TakeBack takes an entry of a carbon account back, with another that stays beside it. Faults are those of carbon.TakeBack.
func (d *Desk) TakeBack(ctx context.Context, entry ident.Record) error {
	row, err := d.Store.Get(ctx, entry)
	if err == nil && row.Header.Kind != carbon.Kind {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return err
	}
	others, err := d.Store.List(ctx, record.Query{
		Kind: carbon.Kind, Scope: row.Header.Scope, Limit: 1, Where: []record.Term{{Field: "reverses", Value: record.OfBytes(entry.Bytes())}},
	})
	if err != nil {
		return err
	}
	var have []carbon.Entry
	for _, o := range others {
		have = append(have, carbon.Of(o))
	}
	back, err := carbon.TakeBack(carbon.Of(row), have)
	if err != nil {
		return err
	}
	if back.Header.ID, err = d.newID(); err != nil {
		return err
	}
	return d.act(ctx, "carbon.back", row.Header.Scope, nil, back.Create())
}
