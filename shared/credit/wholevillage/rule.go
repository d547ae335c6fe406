// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"context"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Reader reads records inside the transaction that would apply a change set.
type Reader interface {
	Get(ctx context.Context, id ident.Record) (record.Row, error)
}

// leads is the state that what somebody writes belongs to; who may write it is who leads a household there.
var leads = map[record.Kind]State{
	KindSheet: Rounds, KindMeeting: Review, KindNotice: Notice, KindInterview: Interview, KindContract: Contract, KindDrawing: Use, KindRenewal: Renewal,
}

// Rule judges what a change set adds to the process, inside the committing transaction. A sheet lies in its author's own scope, is
// about a household of a round in which they review, and says nothing where they are left out; one that comes after the round was
// closed passes, and does not count. Who signs second is not who signed first. nil, nil for nothing against it.
func (p *Policy) Rule(ctx context.Context, read Reader, role record.Role, cs *record.ChangeSet) (*fault.Error, *record.Header, error) {
	for i := range cs.Writes {
		w := &cs.Writes[i]
		if w.Op != record.Create {
			continue
		}
		if s, known := leads[w.Header.Kind]; known && !slices.Contains(p.State(s).Who, role) {
			return fault.New(fault.NotAllowed, "wholevillage.who"), &w.Header, nil
		}
		row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
		for f, v := range w.Fields {
			row.Fields[f] = record.FieldState{Value: v, Winner: record.Head{Value: v, Actor: cs.Actor}}
		}
		f, err := (*fault.Error)(nil), error(nil)
		switch w.Header.Kind {
		case KindSheet:
			f, err = p.ruleSheet(ctx, read, SheetOf(row))
		case KindInterview:
			f, err = ruleSigning(ctx, read, SigningOf(row))
		}
		if f != nil || err != nil {
			return f, &w.Header, err
		}
	}
	return nil, nil, nil
}

// about reads the record that another is about. None of that kind is nil.
func about(ctx context.Context, read Reader, id ident.Record, kind record.Kind) (*record.Row, error) {
	row, err := read.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != kind {
		return nil, nil
	}
	return &row, err
}

func (p *Policy) ruleSheet(ctx context.Context, read Reader, s Sheet) (*fault.Error, error) {
	if s.Header.Scope != ident.UserScope(s.By) {
		return fault.New(fault.NotAllowed, "wholevillage.sheet.scope"), nil
	}
	row, err := about(ctx, read, s.Round, KindRound)
	if row == nil || err != nil {
		return fault.New(fault.NotFound, "wholevillage.sheet.household"), err
	}
	_, err = p.Fill(RoundOf(*row), false, s.By, s.Household, s, s.AtMS)
	if err != nil {
		return fault.From(err), nil
	}
	return nil, nil
}

func ruleSigning(ctx context.Context, read Reader, s Signing) (*fault.Error, error) {
	row, err := about(ctx, read, s.Limit, KindLimit)
	if row == nil || err != nil {
		return fault.New(fault.NotFound, "wholevillage.limit"), err
	}
	if l := LimitOf(*row); s.Amount <= 0 || s.Amount > l.Limit || s.Household != l.Household {
		return fault.New(fault.Invalid, "wholevillage.sign.amount").WithField("amount"), nil
	}
	if s.With.IsZero() {
		return nil, nil
	}
	if row, err = about(ctx, read, s.With, KindInterview); row == nil || err != nil {
		return fault.New(fault.NotFound, "wholevillage.sign.first"), err
	}
	if first := SigningOf(*row); first.By == s.By {
		return fault.New(fault.NotAllowed, "wholevillage.sign.own"), nil
	}
	return nil, nil
}
