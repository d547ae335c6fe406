// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"fmt"
	"math"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Pack returns the receipts of consecutive numbers of one lane as ranges. A
// receipt with a detail stands alone; the others join while the outcome is
// the same and their versions are consecutive.
func Pack(receipts []record.Receipt) []wire.ReceiptRange {
	var out []wire.ReceiptRange
	for _, r := range receipts {
		detail := detailOf(r)
		if n := len(out); n > 0 && detail == nil && joins(out[n-1], r) {
			out[n-1].To = r.Link.Number
			continue
		}
		out = append(out, wire.ReceiptRange{
			From: r.Link.Number, To: r.Link.Number, Outcome: r.Outcome, Version: r.Version, Detail: detail,
		})
	}
	return out
}

func joins(last wire.ReceiptRange, r record.Receipt) bool {
	if last.Detail != nil || last.Outcome != r.Outcome || last.To+1 != r.Link.Number {
		return false
	}
	if last.Version == 0 {
		return r.Version == 0
	}
	return r.Version == last.Version+record.Version(r.Link.Number-last.From)
}

func detailOf(r record.Receipt) *wire.ReceiptDetail {
	d := wire.ReceiptDetail{
		Reason: r.Reason, Args: r.Args, Record: r.Record.ID, Field: r.Field, Chained: r.Chained, First: r.First, Decided: r.Decided,
	}
	for _, f := range r.Fields {
		d.Fields = append(d.Fields, wire.FieldOutcome{Record: f.Record.ID, Field: f.Field, Outcome: f.Outcome})
	}
	if d.Reason == "" && len(d.Args) == 0 && d.Record == (ident.Record{}) && d.Field == "" &&
		!d.Chained && d.First == 0 && !d.Decided && len(d.Fields) == 0 {
		return nil
	}
	return &d
}

// Unpack returns the receipts that a message carries, one per number. It
// fails when the ranges are not consecutive or claim more than a window of
// change sets can hold: a receipt that cannot be understood is not one.
func Unpack(m *wire.Receipts) ([]record.Receipt, error) {
	const most = 64 * record.MaxFrameSets
	var out []record.Receipt
	for i, g := range m.Ranges {
		if g.To < g.From || g.From == 0 || g.To == math.MaxUint64 || (i > 0 && g.From != m.Ranges[i-1].To+1) {
			return nil, fmt.Errorf("receipts: range %d..%d is out of order", g.From, g.To)
		}
		if g.To-g.From >= most || len(out) > most {
			return nil, fmt.Errorf("receipts: too many in one message")
		}
		if len(g.Versions) > 0 && uint64(len(g.Versions)) != g.To-g.From+1 {
			return nil, fmt.Errorf("receipts: range %d..%d has %d versions", g.From, g.To, len(g.Versions))
		}
		out = appendRange(out, m.Lane, g)
	}
	return out, nil
}

func appendRange(out []record.Receipt, lane record.Lane, g wire.ReceiptRange) []record.Receipt {
	for n := g.From; n <= g.To; n++ {
		r := record.Receipt{Link: record.Link{Lane: lane, Number: n}, Outcome: g.Outcome}
		switch {
		case len(g.Versions) > 0:
			r.Version = g.Versions[n-g.From]
		case g.Version != 0:
			r.Version = g.Version + record.Version(n-g.From)
		}
		if g.Detail != nil {
			fill(&r, g.Detail, lane.Scope)
		}
		out = append(out, r)
	}
	return out
}

func fill(r *record.Receipt, d *wire.ReceiptDetail, scope ident.Scope) {
	r.Reason, r.Args, r.Field = d.Reason, d.Args, d.Field
	r.Chained, r.First, r.Decided = d.Chained, d.First, d.Decided
	if d.Record != (ident.Record{}) {
		r.Record = record.Header{ID: d.Record, Scope: scope}
	}
	for _, f := range d.Fields {
		r.Fields = append(r.Fields, record.FieldOutcome{
			Record: record.Header{ID: f.Record, Scope: scope}, Field: f.Field, Outcome: f.Outcome,
		})
	}
}
