// SPDX-License-Identifier: Apache-2.0

package doorplate

import (
	"time"

	"yuexin/shared/fault"
)

// Day is a calendar day, counted from 2020-01-01, which is Day 0. The last is 2199-06-06.
type Day uint16

// dayZero is Day 0.
var dayZero = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// DayOf returns the calendar day that t shows in its own time zone. A day before 2020 or after 2199-06-06 is
// fault.Invalid: the clock is wrong.
func DayOf(t time.Time) (Day, error) {
	year, month, day := t.Date()
	days := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Sub(dayZero) / (24 * time.Hour)
	if year < 2020 || year > 2199 || days > 1<<16-1 {
		return 0, fault.New(fault.Invalid, "doorplate.day")
	}
	return Day(days), nil
}

// Time returns midnight UTC of the day.
func (d Day) Time() time.Time { return dayZero.AddDate(0, 0, int(d)) }

// String returns the day as 2026-11-22.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }
