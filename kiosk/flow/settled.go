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

// settledOf returns when somebody last settled what was entered about whom a record is about; the zero time for never. The
// machine knows that, and neither the value, which is not on it, nor whether a second person has agreed since or somebody
// disagreed: so it says that staff have reviewed it, which is true of all of these.
func (f *Flow) settledOf(of record.Header) (time.Time, error) {
	rows, err := f.Store.List(f.ctx, record.Query{Kind: review.Kind, Scope: of.Scope, Subject: of.Subject, Newest: true, Limit: 1})
	if err != nil || len(rows) == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(review.SettledOf(rows[0]).AtMS).In(f.Now().Location()), nil
}

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
