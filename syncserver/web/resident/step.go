// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"fmt"
	"net/http"
	"slices"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

// step is one step of a demand, in words that whoever asked for the loan understands.
type step struct{ State, Words, Time string }

// stepsOf tells all that became of a demand, newest first: what was done, by which bank and officer, and when. Amounts are told
// to nobody but the applicant, once they have proved who they are.
func (q *request) stepsOf(s lending.State, own bool) (out []step, err error) {
	names := map[ident.Record]string{}
	for _, move := range slices.Backward(s.Steps) {
		if !move.Counted {
			continue
		}
		one := step{State: q.T(move.To.Key()), Time: q.moment(timeOf(move))}
		pairs, named, err := q.placesOf(names, move.Move, s)
		if err != nil {
			return nil, err
		}
		key := "resident.step." + string(move.To)
		if again := key + ".again"; move.From == move.To && q.Has(again) {
			key = again
		}
		if named && q.Has(key+".named") {
			key += ".named"
		}
		one.Words = q.T(key, pairs...)
		if own && move.Amount > 0 {
			one.Words += " " + q.T("resident.step.amount", "amount", move.Amount.Text())
		}
		out = append(out, one)
	}
	return out, nil
}

// timeOf is when a step was made, in ms since 1970 UTC.
func timeOf(s lending.Step) int64 {
	if at := s.Stamp.WallMS(); at != 0 {
		return at
	}
	return s.At
}

// placesOf fills the places of a step's words: who is in charge from then on. named says whether anybody is.
func (q *request) placesOf(names map[ident.Record]string, m lending.Move, s lending.State) (pairs []string, named bool, err error) {
	officer, bank := m.Officer, m.Bank
	if officer.IsZero() {
		officer, bank = s.Officer, s.Bank
	}
	for place, id := range map[string]ident.Record{"officer": ident.Record(officer), "bank": ident.Record(bank)} {
		if id.IsZero() {
			return nil, false, nil
		}
		name, known := names[id]
		if !known {
			row, err := q.Desk.Get(q.ctx, id)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, false, fmt.Errorf("read who is in charge: %w", err)
			}
			name = row.Text("name")
			names[id] = name
		}
		if name == "" {
			return nil, false, nil
		}
		pairs = append(pairs, place, name)
	}
	return pairs, true, nil
}

// ownDemand is a demand of whoever has proved who they are.
type ownDemand struct {
	Number, Asked, Purpose, State, Sentence, Time, Permit string
	Steps                                                 []step
}

// mine tells all demands of whoever has proved who they are.
func (q *request) mine() (out []ownDemand, err error) {
	demands, err := q.ownDemands()
	if err != nil {
		return nil, err
	}
	for _, d := range demands {
		s, err := q.stateOf(d)
		if err != nil {
			return nil, err
		}
		key, pairs := q.lending.Sentence(s.Status)
		one := ownDemand{
			Number: d.Receipt.String(), Asked: askedText(d.Asked), State: q.T(s.Status.Key()), Sentence: q.T(key, pairs...), Time: q.moment(s.Since),
		}
		if d.Purpose != "" {
			one.Purpose = q.T("choice.purpose." + d.Purpose)
		}
		if one.Steps, err = q.stepsOf(s, true); err != nil {
			return nil, err
		}
		if q.mayWithdraw(s.Status) && q.person.Phone == d.Phone && !d.Phone.IsZero() {
			one.Permit = q.permit(d.Header.ID)
		}
		out = append(out, one)
	}
	return out, nil
}

func askedText(f money.Fen) string {
	if f <= 0 {
		return ""
	}
	return f.Text()
}

// minePage is what becomes of the demands of whoever has proved who they are.
type minePage struct {
	*frame
	Demands []ownDemand
}

// onMine shows it.
func (q *request) onMine() error {
	all, err := q.mine()
	if err == nil {
		err = q.noteDemands()
	}
	if err != nil {
		return err
	}
	q.titled("resident.mine.title", "MINE")
	q.dress(fileStyle)
	return q.show(http.StatusOK, "mine", minePage{frame: q.frame, Demands: all})
}

// noteDemands notes that whoever has proved who they are reads their demands.
func (q *request) noteDemands() error {
	demands, err := q.ownDemands()
	if err != nil {
		return err
	}
	var touched []audit.Touch
	for _, d := range demands {
		touched = append(touched, q.touch(d.Header, []record.Field{"purpose", "asked"}))
	}
	return q.noteRead("mine", touched...)
}
