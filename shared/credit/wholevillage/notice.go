// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// NoticeLine is one household on a notice: no more than its neighbours need to know it by, and no amount.
type NoticeLine struct {
	Limit ident.Record `json:"pre_limit"`
	Name  string       `json:"name"` // 陈*英
	Group string       `json:"group,omitempty"`
}

// Posted is a public notice (公示表) of households that are to have a limit. It is made to be hung up.
type Posted struct {
	Step
	From, Until string // first and last day
	Lines       []NoticeLine
}

// PostedOf reads a notice.
func PostedOf(row record.Row) Posted {
	return Posted{stepOf(row), row.Text("from"), row.Text("until"), unpack[[]NoticeLine](row, "lines")}
}

// Create returns the write that makes it.
func (n Posted) Create() record.Write {
	return n.create(KindNotice, map[record.Field]record.Value{"from": text(n.From), "until": text(n.Until), "lines": packed(n.Lines)})
}

// Publish returns the notice of all households of a unit whose limit stood on none yet; its author gives it an id. Fault: Conflict
// "wholevillage.notice.nothing".
func (p *Policy) Publish(v *Village, year Year, households map[ident.Record]record.Row, now time.Time) (Posted, error) {
	n := Posted{
		Step: Step{Header: record.Header{Scope: year.Header.Scope, Subject: year.Header.Subject}, Year: year.Header.ID, AtMS: now.UnixMilli(), Edition: p.version, Sample: year.Sample},
		From: now.Format(time.DateOnly), Until: now.AddDate(0, 0, p.notice.Days-1).Format(time.DateOnly),
	}
	for _, c := range v.Cases {
		row, known := households[c.Household]
		if c.Reached != Offer || c.Posted != nil || c.Stopped != "" || !known {
			continue
		}
		n.Lines = append(n.Lines, NoticeLine{c.Limit.Header.ID, p.notice.Mask(row.Text("head_name")), row.Text("group_no")})
	}
	if len(n.Lines) == 0 {
		return n, fault.New(fault.Conflict, "wholevillage.notice.nothing")
	}
	return n, nil
}

// Mask hides the middle of a name.
func (n NoticeRule) Mask(name string) string {
	r := []rune(name)
	first, last := min(n.First, max(len(r)-1, 0)), n.Last
	if first+last >= len(r) {
		last = 0
	}
	for i := first; i < len(r)-last; i++ {
		r[i] = '*'
	}
	return string(r)
}

// Objection is that somebody doubts a limit; Own says that it is the household itself. It does not say who.
type Objection struct {
	Step
	Limit   ident.Record
	Own     bool
	Why     string // code of field limit_why
	Answers []Answer
}

// Objections are the codes of field limit_why, in the order in which they are offered.
var Objections = []string{"not_eligible", "wrong_facts", "too_high", "too_low", "not_me", "other"}

// ObjectionOf reads an objection.
func ObjectionOf(row record.Row) Objection {
	return Objection{Step: stepOf(row), Limit: ref(row, "pre_limit"), Own: row.Bool("own"), Why: row.Text("limit_why")}
}

// Create returns the write that makes it.
func (o Objection) Create() record.Write {
	return o.create(KindObjection, map[record.Field]record.Value{"pre_limit": refValue(o.Limit), "own": record.OfBool(o.Own), "limit_why": text(o.Why)})
}

// Open reports whether nobody answered it.
func (o Objection) Open() bool { return len(o.Answers) == 0 }

// Upheld reports whether somebody found it right; of two answers that know nothing of each other this one holds.
func (o Objection) Upheld() bool {
	return slices.ContainsFunc(o.Answers, func(a Answer) bool { return a.Right })
}

// Answer is what somebody who looked into an objection found, with their own key.
type Answer struct {
	Step
	Objection ident.Record
	Right     bool // the objection is: the limit does not count
	Words     string
}

// AnswerOf reads an answer.
func AnswerOf(row record.Row) Answer {
	return Answer{stepOf(row), ref(row, "limit_objection"), row.Text("limit_answer") == "right", row.Text("words")}
}

// Create returns the write that makes it.
func (a Answer) Create() record.Write {
	found := "kept"
	if a.Right {
		found = "right"
	}
	return a.create(KindAnswer, map[record.Field]record.Value{"limit_objection": refValue(a.Objection), "limit_answer": text(found), "words": text(a.Words)})
}

// Words fills the places of a paper in a language.
func (p Paper) Words(lang i18n.Lang, places ...string) (title, intro string, signs []string) {
	fill := strings.NewReplacer(places...).Replace
	for _, s := range p.Signs {
		signs = append(signs, fill(s.In(lang)))
	}
	return fill(p.Title.In(lang)), fill(p.Intro.In(lang)), signs
}
