// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Blocked is the error of Save while something has to be corrected first; Session.Findings tells what.
var Blocked error = fault.New(fault.Invalid, "agent.form.blocked")

// Unexplained is the error of Save while somebody goes on in spite of a warning and has not said why.
var Unexplained error = fault.New(fault.Invalid, "agent.form.reason")

// Save makes the form an act and returns the record's id and the act's receipt; then its draft is gone. Rows that do not go
// into that act go into further ones: whoever is cut off between two of them goes on with the rest by saving the draft
// again. It returns Blocked while findings block, Unexplained while a warning has no reason, fault.Invalid
// "agent.form.nothing" if nothing was changed, and the faults of consent.Policy.Give.
func (e *Entry) Save(ctx context.Context) (ident.Record, record.Receipt, error) {
	var first record.Receipt
	switch {
	case e.Session.Ready() != nil:
		return ident.Record{}, first, Blocked
	case len(e.Session.Unexplained()) > 0:
		return ident.Record{}, first, Unexplained
	}
	acts, err := e.acts()
	if err == nil && len(acts) > 1 {
		err = e.Flush(ctx) // with the ids of all rows, so that none can be saved twice
	}
	if err != nil {
		return e.header.ID, first, err
	}
	for i, p := range acts {
		rc, err := e.apply(ctx, p.act)
		if err != nil {
			return e.header.ID, first, err
		}
		if i == 0 {
			first = rc
		}
		e.Session.Saved(p.writes)
		for _, purpose := range e.Session.Consents() {
			e.given[purpose] = true
		}
	}
	return e.header.ID, first, e.done(ctx)
}

// piece is one act, and the writes in it that the answers made.
type piece struct {
	act    record.Act
	writes []record.Write
}

func (e *Entry) acts() ([]piece, error) {
	if e.header.Kind != lending.KindDemand {
		return e.registration()
	}
	act, err := e.demand()
	if err != nil {
		return nil, err
	}
	trail, err := e.Session.Form().TrailWrites(e.header, act.Writes, e.Session.Trail(), e.Flags(), e.desk.newID)
	e.mark(trail)
	act.Writes = append(act.Writes, trail...)
	return []piece{{act: act}}, err
}

// registration is the acts that register something or change it: one, unless there are very many rows. Each holds how the
// answers in it came about.
func (e *Entry) registration() ([]piece, error) {
	writes, err := e.Session.Writes(e.header, e.desk.newID)
	if err != nil {
		return nil, err
	}
	if writes, err = e.saved(writes); err != nil {
		return nil, err
	}
	e.mark(writes)
	more, err := e.consents()
	if err != nil {
		return nil, err
	}
	if len(more)+len(writes) == 0 {
		return nil, fault.New(fault.Invalid, "agent.form.nothing")
	}
	named, err := e.desk.collected(e.header)
	if err != nil {
		return nil, err
	}
	e.mark(named)
	more = append(more, named...)
	traces, flags := e.Session.Trail(), e.Flags()
	var out []piece
	for i, part := range batches(writes) {
		trail, err := e.Session.Form().TrailWrites(e.header, part, traces, flags, e.desk.newID)
		if err != nil {
			return nil, err
		}
		e.mark(trail)
		p := piece{writes: part, act: record.Act{
			Name: e.name(), Scope: e.header.Scope, Base: e.base, Source: e.desk.Book.Access.Source(e.desk.Role),
			Writes: append(append(more, part...), trail...),
		}}
		if i > 0 {
			p.act.Name = string(e.header.Kind) + ".rows"
		}
		out, more = append(out, p), nil
	}
	return out, nil
}

// What goes into one act: below record.MaxWrites and record.MaxActSize, with room for consents and for traces, which take
// about as much again for each field.
const (
	batchWrites = 200
	batchBytes  = 120 << 10
	fieldTrace  = 160
)

// batches divides writes into acts, in their order; at least one.
func batches(writes []record.Write) [][]record.Write {
	out, size := [][]record.Write{nil}, 0
	for _, w := range writes {
		mine := 0
		for f, v := range w.Fields {
			mine += len(f) + v.Size() + fieldTrace
		}
		last := len(out) - 1
		if n := len(out[last]); n > 0 && (n == batchWrites || size+mine > batchBytes) {
			out, size, last = append(out, nil), 0, last+1
		}
		out[last], size = append(out[last], w), size+mine
	}
	return out
}

func (e *Entry) name() string {
	if e.New {
		return string(e.header.Kind) + ".register"
	}
	return string(e.header.Kind) + ".edit"
}

// apply makes an act, in the place of the next refused one if it corrects any.
func (e *Entry) apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if len(e.corrects) == 0 {
		return e.desk.Store.Apply(ctx, act)
	}
	rc, err := e.tray.Resubmit(ctx, e.corrects[0], act)
	if err == nil {
		e.corrects = e.corrects[1:]
	}
	return rc, err
}

// done takes what the form was about out of the tray, and its draft.
func (e *Entry) done(ctx context.Context) error {
	for i := len(e.corrects) - 1; i >= 0; i-- {
		if err := e.tray.Discard(ctx, e.corrects[i]); err != nil {
			return err
		}
	}
	e.corrects = nil
	return e.Drop(ctx)
}
