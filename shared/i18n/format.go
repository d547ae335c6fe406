// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"strconv"
	"time"

	"yuexin/shared/money"
)

// layouts of dates and times by language.
var layouts = map[Lang]struct{ date, dateTime string }{
	ZhHans: {"2006年1月2日", "2006年1月2日 15:04"},
	En:     {"2 Jan 2006", "2 Jan 2006, 15:04"},
}

// Date returns the day of t in t's own time zone: "2026年11月22日", "22 Nov 2026".
func (p *Printer) Date(t time.Time) string { return t.Format(layouts[p.lang].date) }

// DateTime returns day and minute of t in t's own time zone: "2026年11月22日 20:30", "22 Nov 2026, 20:30".
func (p *Printer) DateTime(t time.Time) string { return t.Format(layouts[p.lang].dateTime) }

// Money returns an amount exactly: "1亿元", "100,000,000 yuan".
func (p *Printer) Money(f money.Fen) string {
	if p.lang == En {
		return f.English()
	}
	return f.Text()
}

// Area returns an area of land exactly: "5.2亩", "5.2 mu".
func (p *Printer) Area(a money.Area) string {
	if p.lang == En {
		return a.English()
	}
	return a.Text()
}

// agoDays is how long a moment is told as days ago before it is told as a date.
const agoDays = 30

// Ago returns how long then is before now: "刚刚" below a minute, "2 小时前", and the date after 30 days. A moment more
// than a minute in the future, which means that a clock is wrong, is told by date and time.
func (p *Printer) Ago(then, now time.Time) string {
	d := now.Sub(then)
	switch {
	case d <= -time.Minute:
		return p.DateTime(then)
	case d < time.Minute:
		return p.T("time.now")
	case d >= agoDays*24*time.Hour:
		return p.Date(then)
	}
	unit, n := largestUnit(d)
	return p.T("time.ago."+unit, countArg, p.Number(n))
}

// Waiting says how many entries wait to be sent and how old the oldest is: "3 条待上传，最早 2 小时前", "1 条待上传，刚刚保存".
func (p *Printer) Waiting(n int, oldest, now time.Time) string {
	if d := now.Sub(oldest); d > -time.Minute && d < time.Minute {
		return p.T("sync.waiting_now", countArg, p.Number(int64(n)))
	}
	return p.T("sync.waiting", countArg, p.Number(int64(n)), "ago", p.Ago(oldest, now))
}

// First says how much of a first download is here, in bytes: "首次接收，已到 1.2 MB，共 3.4 MB".
func (p *Printer) First(got, total int64) string {
	return p.T("sync.first", "got", p.Size(got), "total", p.Size(total))
}

// Size returns a number of bytes in the unit that suits it, the same in both languages: "820 B", "34 kB", "1.2 MB".
func (p *Printer) Size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 999_500:
		return strconv.FormatInt((n+500)/1000, 10) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

// Duration returns the length in its largest unit, rounded down: "2 小时", "45 秒". The sign is dropped.
func (p *Printer) Duration(d time.Duration) string {
	unit, n := largestUnit(d.Abs())
	return p.T("time.span."+unit, countArg, p.Number(n))
}

func largestUnit(d time.Duration) (unit string, n int64) {
	switch {
	case d >= 24*time.Hour:
		return "days", int64(d / (24 * time.Hour))
	case d >= time.Hour:
		return "hours", int64(d / time.Hour)
	case d >= time.Minute:
		return "minutes", int64(d / time.Minute)
	default:
		return "seconds", int64(d / time.Second)
	}
}

// Number returns n with a comma between groups of three digits, the same in both languages: "28,745".
func (p *Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
