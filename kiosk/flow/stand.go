// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// AskState looks up where the demand with a receipt number stands. The number alone shows the word for the state and
// nothing else. Faults: those of receipt.Parse, after a scan too, and NotFound "kiosk.ask.none", which is said of any number this machine
// has no demand of.
func (f *Flow) AskState(text string) error {
	number, err := receipt.NumberIn(text)
	if err != nil {
		return f.fail(err)
	}
	rows, err := f.Store.List(f.ctx, record.Query{
		Kind: lending.KindDemand, Limit: 1,
		Where: []record.Term{{Field: "receipt_no", Value: record.OfText(string(number))}},
	})
	if err != nil {
		return f.fail(fmt.Errorf("look for a receipt number: %w", err))
	}
	if len(rows) == 0 {
		return f.fail(fault.New(fault.NotFound, "kiosk.ask.none").WithField("number"))
	}
	moves, err := lending.Moves(f.ctx, f.Store, rows[0].Header)
	if err != nil {
		return f.fail(err)
	}
	f.visit.stand = f.Book.Lending.Fold(moves).Status.Key()
	f.visit.receipt = Receipt{Number: number}
	f.open(Stand)
	return nil
}

// Stand returns the receipt number that was asked about and the text key of the word for its state.
func (f *Flow) Stand() (receipt.Number, string) { return f.visit.receipt.Number, f.visit.stand }
