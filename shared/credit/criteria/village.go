// SPDX-License-Identifier: Apache-2.0

package criteria

import (
	"fmt"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// basis is the whole of a rate in basis points.
const basis = 10_000

// Village says when a village passes, such as 绿色信用村. A limit of 0 is not asked for.
type Village struct {
	Kind    record.Kind `json:"kind"`    // of the sheets it goes by
	Average int64       `json:"average"` // points that the households have on average, at least
	Good    int64       `json:"good"`    // points from which a household is a good one
	Share   int64       `json:"share"`   // of all households in the village that are good ones, at least; basis points
	Each    int64       `json:"each"`    // of its points that every indicator has on average, at least; basis points
	Own     int64       `json:"own"`     // points of the sheet about the village itself, at least
	Few     int         `json:"few"`     // of fewer households nothing is told to those who may not see the sheets
	Source  string      `json:"source"`
}

func (v Village) check(p *Policy) error {
	s, known := p.Sheet(v.Kind)
	most := s.Most()
	switch {
	case !known:
		return fmt.Errorf("no sheet is of kind %q", v.Kind)
	case v.Average < 1 || v.Average > most || v.Good < 1 || v.Good > most || v.Own < 0 || v.Own > most:
		return fmt.Errorf("average, good or own is not within %d points", most)
	case v.Share < 1 || v.Share > basis || v.Each < 0 || v.Each > basis || v.Few < 0 || v.Source == "":
		return fmt.Errorf("share, each, few or source is missing or out of bounds")
	}
	return nil
}

// Test is one thing that a village has to reach. Its text has the key "criteria.test." and it.
type Test string

// The tests.
const (
	Average   Test = "average"   // points of the households, on average; in hundredths
	Share     Test = "share"     // households that are good ones; basis points
	Indicator Test = "indicator" // an indicator, on average; in hundredths of a point
	Own       Test = "own"       // the village's own sheet; in hundredths of a point
)

// Check is what a test came to.
type Check struct {
	Test  Test
	Field record.Field // of an indicator; of a test that failed the indicator that lacks most
	Got   int64
	Want  int64
	Pass  bool
}

// Verdict is what a village came to. The zero value is one in which nothing was judged.
type Verdict struct {
	Edition    uint32
	Households int // in the village
	Judged     int // of them
	Good       int
	Unproven   int // indicators that were given points without a photo, over all households
	Pass       bool
	Checks     []Check // average, share, own if it is asked for, and every indicator in the order of the sheet
	Withheld   bool    // there are checks, but too few households for whoever asks
}

// Failing returns the indicators because of which the village does not pass, the one that lacks most first. A village whose
// indicators are all good enough but which fails another test has the one that lacks most.
func (v Verdict) Failing() []record.Field {
	type lack struct {
		field record.Field
		most  int64
	}
	var lacks []lack
	for _, c := range v.Checks {
		if !c.Pass && c.Test == Indicator {
			lacks = append(lacks, lack{c.Field, c.Want - c.Got})
		}
	}
	slices.SortStableFunc(lacks, func(a, b lack) int { return int(b.most - a.most) })
	var out []record.Field
	for _, l := range lacks {
		out = append(out, l.field)
	}
	for _, c := range v.Checks {
		if !c.Pass && c.Field != "" && !slices.Contains(out, c.Field) {
			out = append(out, c.Field)
		}
	}
	return out
}

// Told returns the verdict as those hear it who may not see the sheets: of few households only whether any was judged.
func (p *Policy) Told(v Verdict) Verdict {
	if v.Judged >= p.village.Few || len(v.Checks) == 0 {
		return v
	}
	return Verdict{Edition: v.Edition, Households: v.Households, Judged: v.Judged, Withheld: true}
}

// Rule returns when a village passes.
func (p *Policy) Rule() Village { return p.village }

// Village judges a village on a day by all its sheets. unit is the village itself, households how many it has; of fewer than were
// judged there are as many. A household without a sheet that counts is not a good one.
func (p *Policy) Village(unit ident.Subject, households int, rows []record.Row, on time.Time) Verdict {
	s, _ := p.Sheet(p.village.Kind)
	v := Verdict{Edition: p.version, Households: households}
	var own *Result
	var all []Result
	for _, row := range p.Newest(s.Kind, rows, on) {
		r, _ := p.Judge(row)
		if row.Header.Subject == unit {
			own = &r
			continue
		}
		all = append(all, r)
	}
	v.Judged = len(all)
	v.Households = max(v.Households, v.Judged)
	if v.Judged == 0 && own == nil {
		return v
	}
	p.count(&v, s, all)
	if p.village.Own > 0 {
		got, worst := int64(0), s.Criteria[0].Field
		if own != nil {
			got, worst = own.Points*100, lacking(*own)
		}
		v.Checks = slices.Insert(v.Checks, 2, p.village.checked(Own, worst, got, p.village.Own*100))
	}
	v.Pass = !slices.ContainsFunc(v.Checks, func(c Check) bool { return !c.Pass })
	return v
}

// count adds up what the households came to.
func (p *Policy) count(v *Verdict, s Sheet, all []Result) {
	sums, total := make([]int64, len(s.Criteria)), int64(0)
	for _, r := range all {
		total += r.Points
		if r.Points >= p.village.Good && len(r.Vetoes()) == 0 {
			v.Good++
		}
		for i, f := range r.Findings {
			sums[i] += f.Points
			if f.Reason == NoPhoto {
				v.Unproven++
			}
		}
	}
	n := int64(max(len(all), 1))
	worst, most := record.Field(""), int64(-1)
	var each []Check
	for i, c := range s.Criteria {
		got, full := sums[i]*100/n, c.most()*100
		each = append(each, p.village.checked(Indicator, c.Field, got, (full*p.village.Each+basis-1)/basis))
		if full-got > most {
			worst, most = c.Field, full-got
		}
	}
	v.Checks = append([]Check{
		p.village.checked(Average, worst, total*100/n, p.village.Average*100),
		p.village.checked(Share, worst, int64(v.Good)*basis/int64(max(v.Households, 1)), p.village.Share),
	}, each...)
}

// checked is a test; one that passes has nothing that lacks, an indicator is always named.
func (Village) checked(t Test, f record.Field, got, want int64) Check {
	c := Check{Test: t, Field: f, Got: got, Want: want, Pass: got >= want}
	if c.Pass && t != Indicator {
		c.Field = ""
	}
	return c
}

// lacking returns the criterion of a result that lacks most.
func lacking(r Result) (f record.Field) {
	most := int64(-1)
	for _, found := range r.Findings {
		if l := found.Most - found.Points; l > most {
			f, most = found.Field, l
		}
	}
	return f
}
