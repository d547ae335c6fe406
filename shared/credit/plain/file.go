// SPDX-License-Identifier: Apache-2.0

package plain

import (
	"strconv"
	"strings"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/sync/record"
)

// Line is one recorded value of a file.
type Line struct {
	Label, Value string
	From         string // who said so, and when
	Disputed     string // what others say, where nobody has settled it; "" where all agree
}

// Line says a value that is recorded in a record of a kind.
func (w Words) Line(kind record.Kind, it myfile.Item) Line {
	p := w.Print
	line := Line{Label: w.Field(kind, it.Field), Value: w.orNone(kind, it.Field, it.Value)}
	rank := int(it.Source) / 10 * 10 // one between two known ones reads as the lower
	line.From = p.T("kiosk.file.source." + strconv.Itoa(min(max(rank, 0), int(record.Authoritative))))
	if it.AtMS > 0 {
		line.From = p.T("kiosk.file.item", "source", line.From, "date", p.Date(time.UnixMilli(it.AtMS).In(w.Zone)))
	}
	if it.Disputed {
		var others []string
		for _, v := range it.Others {
			others = append(others, w.orNone(kind, it.Field, v))
		}
		line.Disputed = p.T("kiosk.file.disputed", "others", strings.Join(others, p.T("agent.comma")))
	}
	return line
}

// orNone says a value, and of none that there is none.
func (w Words) orNone(kind record.Kind, field record.Field, v myfile.Value) string {
	if text := w.Value(kind, field, v.Value); text != "" {
		return text
	}
	return w.Print.T("kiosk.file.none")
}

// Part names a part of a file: the section of a form, or the kind of a record and its number.
func (w Words) Part(all map[string]*forms.Form, part myfile.Part) string {
	p := w.Print
	if part.Number > 0 {
		return p.T("kiosk.file.row", "kind", p.T("kind."+string(part.Kind)), "n", strconv.Itoa(part.Number))
	}
	if form := all[part.Form]; form != nil {
		for _, s := range form.Sections {
			if s.Name == part.Section {
				return s.Title.In(p)
			}
		}
	}
	return p.T("myfile.part.other")
}

// Said is an objection, and what became of it.
type Said struct {
	Label, What, State string
	Open, Late         bool // nobody has answered it; and the day for it is over
}

// Said says an objection to whoever made it.
func (w Words) Said(policy *myfile.Policy, o myfile.Said, now time.Time) Said {
	p := w.Print
	what := p.T("choice.objection_kind." + o.What)
	if o.Wanted != "" {
		what = p.T("kiosk.file.said.wanted", "wanted", o.Wanted)
	}
	one := Said{
		Label: w.Field(o.Kind, o.Field), Open: o.Answer == "",
		What: p.T("kiosk.file.said.line", "date", p.Date(time.UnixMilli(o.AtMS).In(w.Zone)), "what", what),
	}
	due := p.Date(policy.Due(o.AtMS, w.Zone))
	switch {
	case !one.Open:
		words := p.T("choice.answer_kind." + o.Answer)
		if o.Words != "" {
			words += p.T("agent.colon") + o.Words
		}
		one.State = p.T("kiosk.file.said.answer", "date", p.Date(time.UnixMilli(o.AnsweredMS).In(w.Zone)), "answer", words)
	case policy.Late(o, now):
		one.Late, one.State = true, p.T("kiosk.file.said.late", "date", due)
	default:
		one.State = p.T("kiosk.file.said.open", "date", due)
	}
	return one
}
