// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"
	"time"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
)

// settledDays is how far back staff are told of what was settled.
const settledDays = 30

// settledMost is how many notes are counted; more are "100".
const settledMost = 100

// Settled returns how much was settled lately in the villages of the machine, and when last: for staff, who look up what
// became of it where values are. It is safe for concurrent use.
func (f *Flow) Settled(ctx context.Context) (n int, last time.Time, err error) {
	rows, err := f.Store.List(ctx, record.Query{Kind: review.Kind, Newest: true, Limit: settledMost})
	if err != nil {
		return 0, last, fmt.Errorf("look for what was settled: %w", err)
	}
	since := f.Now().AddDate(0, 0, -settledDays)
	for _, row := range rows {
		at := time.UnixMilli(review.SettledOf(row).AtMS).In(f.Now().Location())
		if at.Before(since) {
			continue
		}
		if n++; at.After(last) {
			last = at
		}
	}
	return n, last, nil
}

// SettledWord says for staff what Settled found.
func (f *Flow) SettledWord(n int, last time.Time) string {
	if n == 0 {
		return f.Printer().T("kiosk.staff.settled.none")
	}
	return f.Printer().T("kiosk.staff.settled.count", "n", fmt.Sprint(n), "date", f.Printer().Date(last))
}
