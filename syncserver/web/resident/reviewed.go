// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"fmt"
	"strconv"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// reviewed is what the holder of a receipt learns of what they filled in: a
// sentence, and one for each field that staff have reviewed. It names no value.
type reviewed struct {
	Sentence string
	Fields   []string
}

// hold returns the receipt of a number if the code is right for it. It takes as
// long where there is none; one code is tried at a time, for each takes 64 MB.
func (q *request) hold(number receipt.Number, code receipt.Code) (receipt.Held, bool, error) {
	rows, err := q.Desk.List(q.ctx, receipt.Query(number))
	if err != nil {
		return receipt.Held{}, false, fmt.Errorf("look for a receipt: %w", err)
	}
	var row record.Row
	if len(rows) > 0 {
		row = rows[0]
	}
	q.trying.Lock()
	defer q.trying.Unlock()
	held, right := receipt.Hold(row, number, code)
	return held, right, nil
}

// reviewed tells what became of what the holder filled in.
func (q *request) reviewed(held receipt.Held) (*reviewed, error) {
	all, err := receipt.ReviewedOf(q.ctx, q.Desk, q.Catalogue(), held)
	if err != nil {
		return nil, err
	}
	n := strconv.Itoa(held.Len())
	if len(all) == 0 {
		return &reviewed{Sentence: q.T("resident.reviewed.none", "n", n)}, nil
	}
	out := &reviewed{Sentence: q.T("resident.reviewed.some", "n", n, "some", strconv.Itoa(len(all)))}
	for _, r := range all {
		became, err := q.became(r)
		if err != nil {
			return nil, err
		}
		label := q.T("field." + string(r.Kind) + "." + string(r.Field))
		out.Fields = append(out.Fields, q.T(becameKeys[became], "field", label))
	}
	return out, nil
}

var becameKeys = map[receipt.Became]string{
	receipt.Open: "resident.reviewed.open", receipt.Kept: "resident.reviewed.kept", receipt.Other: "resident.reviewed.other",
}

// became reads the record that a field stands in. One that was deleted is open:
// nothing counts there, and the office knows why.
func (q *request) became(r receipt.Reviewed) (receipt.Became, error) {
	row, err := q.Desk.Get(q.ctx, r.Record)
	if fault.Is(err, fault.NotFound) {
		return receipt.Open, nil
	}
	if err != nil {
		return receipt.Open, fmt.Errorf("read what was reviewed: %w", err)
	}
	past, err := q.Desk.History(q.ctx, r.Record)
	if err != nil {
		return receipt.Open, fmt.Errorf("read the past of what was reviewed: %w", err)
	}
	return receipt.BecameOf(row, past, r.Field), nil
}
