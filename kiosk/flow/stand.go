// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// stand is what was found by a receipt number.
type stand struct {
	number receipt.Number
	word   string     // text key of the state found
	row    record.Row // by which the receipt is known, zero for one that has no code
	demand record.Row // zero for a registration
	found  *Reviewed  // once the code was right
}

// AskState looks up where what a receipt number stands for has come to. The number alone shows the word for the state and
// nothing else; text may have the lookup code as well, as the picture code on a receipt does. Faults: those of
// receipt.ParseText, NotFound "kiosk.ask.none", which is said of any number this machine has nothing of, and those of
// EnterProof.
func (f *Flow) AskState(text string) error {
	number, code, err := receipt.ParseText(text)
	if err != nil {
		return f.fail(err)
	}
	st := stand{number: number}
	if err := f.find(&st); err != nil {
		return f.fail(err)
	}
	if st.word == "" {
		return f.fail(fault.New(fault.NotFound, "kiosk.ask.none").WithField("number"))
	}
	if code != "" {
		if err := f.prove(&st, code); err != nil {
			return f.fail(err)
		}
	}
	f.visit.stand = st
	f.open(Stand)
	return nil
}

// find reads what the machine knows of a number.
func (f *Flow) find(st *stand) error {
	receipts, err := f.Store.List(f.ctx, receipt.Query(st.number))
	if err != nil {
		return fmt.Errorf("look for a receipt: %w", err)
	}
	if len(receipts) > 0 {
		st.word, st.row = "kiosk.stand.registered", receipts[0]
	}
	demands, err := f.Store.List(f.ctx, record.Query{
		Kind: lending.KindDemand, Limit: 1,
		Where: []record.Term{{Field: "receipt_no", Value: record.OfText(string(st.number))}},
	})
	if err != nil {
		return fmt.Errorf("look for a receipt number: %w", err)
	}
	if len(demands) == 0 {
		return nil
	}
	st.demand = demands[0]
	moves, err := lending.Moves(f.ctx, f.Store, st.demand.Header)
	if err != nil {
		return err
	}
	st.word = f.Book.Lending.Fold(moves).Status.Key()
	return nil
}

// Stand returns the receipt number that was asked about and the text key of the word for its state.
func (f *Flow) Stand() (receipt.Number, string) { return f.visit.stand.number, f.visit.stand.word }

// AskAgain asks for another number.
func (f *Flow) AskAgain() {
	f.visit.stand, f.trail = stand{}, nil
	f.route = Start // what was shown is not gone back to
	f.open(Ask)
}

// AsksProof says whether the lookup code of the receipt would show more.
func (f *Flow) AsksProof() bool {
	return !f.visit.stand.row.Header.ID.IsZero() && f.visit.stand.found == nil
}

// OpenProof asks for the lookup code of the receipt that was asked about.
func (f *Flow) OpenProof() {
	if f.AsksProof() {
		f.open(Proof)
	}
}

// EnterProof takes the lookup code of the receipt and shows what staff have reviewed of what its holder filled in. Faults:
// Invalid "receipt.code", NotAllowed "kiosk.proof.wrong", RateLimited "kiosk.proof.slow".
func (f *Flow) EnterProof(text string) error {
	code, err := receipt.ParseCode(text)
	if err == nil {
		err = f.prove(&f.visit.stand, code)
	}
	if err != nil {
		return f.fail(err)
	}
	f.Back()
	return nil
}

// prove looks at what was reviewed if the code is right.
func (f *Flow) prove(st *stand, code receipt.Code) error {
	if wait := f.guesses.begin(st.number, f.Now()); wait > 0 {
		return fault.New(fault.RateLimited, "kiosk.proof.slow").With("wait", f.Printer().Duration((wait + time.Second - 1).Truncate(time.Second)))
	}
	held, right := receipt.Hold(st.row, st.number, code)
	if !right {
		return fault.New(fault.NotAllowed, "kiosk.proof.wrong")
	}
	f.guesses.right(st.number)
	all, err := receipt.ReviewedOf(f.ctx, f.Store, f.Book.Catalogue, held)
	if err != nil {
		return err
	}
	st.found = &Reviewed{Entered: held.Len(), Fields: all}
	return nil
}

// Reviewed is what the holder of a receipt learns here: how many fields they filled in, and which of them staff have
// reviewed. What a field became is a value, and those are not on the machine.
type Reviewed struct {
	Entered int
	Fields  []receipt.Reviewed
}

// Reviewed returns what the code has shown; false before that.
func (f *Flow) Reviewed() (Reviewed, bool) {
	if f.visit.stand.found == nil {
		return Reviewed{}, false
	}
	return *f.visit.stand.found, true
}
