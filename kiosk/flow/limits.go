// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"
	"time"

	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// LimitLine is a household on a public notice of whole-village credit (公示表), and what was said of it. It says no amount.
type LimitLine struct {
	wholevillage.NoticeLine
	Until    string // 2006-01-02: the last day of the notice
	Objected bool   // somebody objects, and nobody has answered yet
	Right    bool   // an objection was right: it does not count
	Kept     bool   // somebody objected, and it was looked into and kept

	posted wholevillage.Posted
}

// Limits returns the households on the notices of whole-village credit that are up today, the newest notice first. They are for
// everybody.
func (f *Flow) Limits() ([]LimitLine, error) {
	said, err := f.saidOfLimits()
	if err != nil {
		return nil, err
	}
	rows, err := record.All(f.ctx, f.Store, record.Query{Kind: wholevillage.KindNotice, Newest: true})
	if err != nil {
		return nil, err
	}
	today := f.Now().Format(time.DateOnly)
	var out []LimitLine
	for _, row := range rows {
		p := wholevillage.PostedOf(row)
		if today < p.From || today > p.Until {
			continue
		}
		for _, line := range p.Lines {
			l := LimitLine{NoticeLine: line, Until: p.Until, posted: p}
			for _, o := range said[line.Limit] {
				l.Objected, l.Right, l.Kept = l.Objected || o.Open(), l.Right || o.Upheld(), l.Kept || !o.Open() && !o.Upheld()
			}
			out = append(out, l)
		}
	}
	return out, nil
}

// saidOfLimits returns the objections that this machine knows of, with their answers, by limit.
func (f *Flow) saidOfLimits() (map[ident.Record][]wholevillage.Objection, error) {
	answers := map[ident.Record][]wholevillage.Answer{}
	for row, err := range record.Each(f.ctx, f.Store, record.Query{Kind: wholevillage.KindAnswer}) {
		if err != nil {
			return nil, err
		}
		a := wholevillage.AnswerOf(row)
		answers[a.Objection] = append(answers[a.Objection], a)
	}
	out := map[ident.Record][]wholevillage.Objection{}
	for row, err := range record.Each(f.ctx, f.Store, record.Query{Kind: wholevillage.KindObjection}) {
		if err != nil {
			return nil, err
		}
		o := wholevillage.ObjectionOf(row)
		o.Answers = answers[o.Header.ID]
		out[o.Limit] = append(out[o.Limit], o)
	}
	return out, nil
}

// OpenLimits shows the notices of whole-village credit.
func (f *Flow) OpenLimits() { f.open(Limits) }

// DoubtLimit asks why somebody objects to a household on a notice.
func (f *Flow) DoubtLimit(line LimitLine) {
	f.visit.limit = line
	f.open(LimitDoubt)
}

// LimitDoubted returns the line that is objected to.
func (f *Flow) LimitDoubted() LimitLine { return f.visit.limit }

// LimitReasons are why somebody may object, as codes of field limit_why.
func (f *Flow) LimitReasons() []string { return slices.Clone(wholevillage.Objections) }

// SayLimitDoubt hands the objection in, under nobody's name: nothing goes on with the household until somebody has looked into it. Faults
// are those of wholevillage.Hand.Object, and Gone "kiosk.doubt.over" where the notice is not up any more.
func (f *Flow) SayLimitDoubt(why string) error {
	line := f.visit.limit
	if line.Until < f.Now().Format(time.DateOnly) {
		return f.fail(fault.New(fault.Gone, "kiosk.doubt.over"))
	}
	h := wholevillage.Hand{Store: f.Store, Policy: f.Book.Whole, Source: f.Book.Access.Source(Role), Now: f.Now, Random: f.Random}
	if _, err := h.Object(f.ctx, line.posted, line.Limit, why, false); err != nil {
		return f.fail(err)
	}
	f.visit.problem, f.visit.limit = nil, LimitLine{}
	f.back(Limits)
	return nil
}
