// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"cmp"
	"slices"
	"time"

	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Place is one recorded value.
type Place struct {
	Record ident.Record
	Field  record.Field
}

// SaidOf returns the objections among records of one subject, newest first, each with its last answer.
func SaidOf(rows []record.Row) (out []Said) {
	answers := map[ident.Record]Answer{}
	for _, row := range rows {
		if row.Header.Kind != KindAnswer {
			continue
		}
		a := AnswerOf(row)
		if before, there := answers[a.Objection]; !there || before.AtMS <= a.AtMS {
			answers[a.Objection] = a
		}
	}
	for _, row := range rows {
		if row.Header.Kind != KindObjection {
			continue
		}
		o, a := ObjectionOf(row), answers[row.Header.ID]
		out = append(out, Said{
			ID: row.Header.ID, Record: o.Of, Kind: o.OfKind, Field: o.Field, What: o.Kind, Stood: o.Stood, Wanted: o.Wanted, Receipt: o.Receipt, AtMS: o.AtMS,
			Answer: a.Kind, Words: a.Text, AnsweredMS: a.AtMS,
		})
	}
	slices.SortStableFunc(out, func(a, b Said) int { return cmp.Compare(b.AtMS, a.AtMS) })
	return out
}

// Stands reports whether an objection goes with its value wherever that is shown: nobody has answered it, or the value was kept
// (征信业管理条例 art. 25: whoever objects may have their statement noted beside what they object to).
func (s Said) Stands() bool { return s.Answer == "" || s.Answer == Kept }

// Notes returns, of objections as SaidOf puts them, what stands beside each value: the newest that stands.
func Notes(said []Said) map[Place]Said {
	out := map[Place]Said{}
	for _, s := range slices.Backward(said) {
		at := Place{s.Record, s.Field}
		if s.Stands() {
			out[at] = s
		}
	}
	return out
}

// Due returns the last day on which an objection is answered in time: AnswerDays after the day on which it was signed, by the
// clock of where that was done and in zone, however long it travelled.
func (p *Policy) Due(atMS int64, zone *time.Location) time.Time {
	return time.UnixMilli(atMS).In(zone).AddDate(0, 0, p.AnswerDays)
}

// Late reports whether an objection is unanswered after its last day.
func (p *Policy) Late(s Said, now time.Time) bool {
	last := p.Due(s.AtMS, now.Location())
	end := time.Date(last.Year(), last.Month(), last.Day()+1, 0, 0, 0, 0, now.Location())
	return s.Answer == "" && !now.Before(end)
}

// Note puts into words what stands beside a value: the same on the kiosk, the laptop, in the console and in a table.
func (p *Policy) Note(print *i18n.Printer, s Said, now time.Time) string {
	zone := now.Location()
	what := print.T("choice.objection_kind." + s.What)
	if s.Wanted != "" {
		what = print.T("myfile.note.wanted", "wanted", s.Wanted)
	}
	date := print.Date(time.UnixMilli(s.AtMS).In(zone))
	switch {
	case s.Answer != "":
		return print.T("myfile.note.kept", "date", date, "what", what, "answer", s.Words)
	case p.Late(s, now):
		return print.T("myfile.note.late", "date", date, "what", what, "due", print.Date(p.Due(s.AtMS, zone)))
	}
	return print.T("myfile.note.open", "date", date, "what", what, "due", print.Date(p.Due(s.AtMS, zone)))
}
