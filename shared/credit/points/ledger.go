// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"slices"
	"strconv"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// State is where an entry stands.
type State string

// The states. Only what Counts is in a balance.
const (
	Proposed  State = "proposed"  // nobody but its author vouches for it yet
	Counts    State = "counts"    // two persons vouch for it, and nothing stands against it
	Objected  State = "objected"  // somebody objects, and nobody has answered
	Refused   State = "refused"   // an objection was found right
	Withdrawn State = "withdrawn" // its author took it back before anybody approved it
	TakenBack State = "back"      // two persons took it back
	Over      State = "over"      // its item counts so often in the period without it
)

// Standing is an entry and all that was said about it.
type Standing struct {
	Entry      Entry
	State      State
	Approvals  []Approval     // by others than its author, oldest id first
	Objections []Objection    // oldest id first
	Back       []ident.Record // entries that would take it back, oldest first
	Until      string         // last day of the first notice it stood on; "" for none yet
}

// Ledger is what is known of the points of some households. It is immutable.
type Ledger struct {
	standings []Standing // oldest id first
	at        map[ident.Record]int
	lists     []List
}

// Kinds returns the kinds of records that a ledger is made of.
func Kinds() []record.Kind {
	return []record.Kind{Kind, KindApproval, KindObjection, KindAnswer, KindList}
}

// Read returns the ledger of what a login sees: of one household by its subject, of a village by its scope, or with neither of
// all. Everybody who sees the same records reads the same; who sees no names reads no notes and photos.
func Read(ctx context.Context, from record.Lister, scope ident.Scope, of ident.Subject) (*Ledger, error) {
	var rows []record.Row
	for _, kind := range Kinds() {
		q := record.Query{Kind: kind, Scope: scope, Subject: of}
		if kind == KindList {
			q.Subject = ident.Subject{} // a list is the village's
		}
		some, err := record.All(ctx, from, q)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return Sum(rows), nil
}

// Sum makes a ledger of records of Kinds, in any order; others are passed over.
func Sum(rows []record.Row) *Ledger {
	l := &Ledger{at: map[ident.Record]int{}}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b record.Row) int { return slices.Compare(a.Header.ID[:], b.Header.ID[:]) })
	for _, row := range rows {
		if row.Header.Kind == Kind {
			l.at[row.Header.ID] = len(l.standings)
			l.standings = append(l.standings, Standing{Entry: Of(row)})
		}
	}
	l.hear(rows)
	for i := range l.standings {
		s := &l.standings[i]
		s.State = s.alone()
	}
	l.takeBack()
	l.cap()
	return l
}

// hear puts what was said beside the entries it is about.
func (l *Ledger) hear(rows []record.Row) {
	type place struct{ entry, objection int }
	objections := map[ident.Record]place{}
	for _, row := range rows {
		i, known := l.at[recordID(row, "entry")]
		switch row.Header.Kind {
		case KindApproval:
			if a := ApprovalOf(row); known && a.By != l.standings[i].Entry.By && !a.By.IsZero() {
				l.standings[i].Approvals = append(l.standings[i].Approvals, a)
			}
		case KindObjection:
			if known {
				objections[row.Header.ID] = place{i, len(l.standings[i].Objections)}
				l.standings[i].Objections = append(l.standings[i].Objections, ObjectionOf(row))
			}
		case KindList:
			l.lists = append(l.lists, ListOf(row))
		}
	}
	for _, row := range rows {
		if row.Header.Kind != KindAnswer {
			continue
		}
		a := AnswerOf(row)
		at, known := objections[a.Objection]
		if !known || a.Kind == Kept && (a.By.IsZero() || a.By == l.standings[at.entry].Entry.By) || a.Kind != Kept && a.Kind != Right {
			continue
		}
		o := &l.standings[at.entry].Objections[at.objection]
		o.Answers = append(o.Answers, a)
	}
	for _, list := range l.lists {
		for _, line := range list.Lines {
			if i, known := l.at[line.Entry]; known && (l.standings[i].Until == "" || list.Until < l.standings[i].Until) {
				l.standings[i].Until = list.Until
			}
		}
	}
}

// alone returns where an entry stands by what was said about it, whatever other entries say.
func (s Standing) alone() State {
	switch {
	case slices.ContainsFunc(s.Objections, Objection.Upheld):
		return Refused
	case len(s.Approvals) == 0:
		return Proposed
	case slices.ContainsFunc(s.Objections, Objection.Open):
		return Objected
	}
	return Counts
}

// takeBack says of entries that others take back. Of several that would take back the same one only the first is needed.
func (l *Ledger) takeBack() {
	for i := range l.standings {
		back := &l.standings[i]
		target, known := l.at[back.Entry.Reverses]
		if back.Entry.Reverses.IsZero() {
			continue
		}
		s := (*Standing)(nil)
		if known {
			s = &l.standings[target]
		}
		if s == nil || !s.Entry.Reverses.IsZero() || s.Entry.Points != -back.Entry.Points || s.Entry.Header.Subject != back.Entry.Header.Subject {
			back.State = Refused // it takes nothing back
			continue
		}
		s.Back = append(s.Back, back.Entry.Header.ID)
		switch {
		case back.State == Counts && s.State != Refused && s.State != TakenBack && s.State != Withdrawn:
			s.State = TakenBack
		case back.State == Counts:
			back.State = Over
		case back.State == Proposed && s.State == Proposed && back.Entry.By == s.Entry.By:
			s.State, back.State = Withdrawn, Withdrawn
		}
	}
}

// cap leaves out what counts more often than its item may: of a period the earliest days count, and of one day the oldest ids.
func (l *Ledger) cap() {
	order := make([]int, 0, len(l.standings))
	for i, s := range l.standings {
		if s.State == Counts && s.Entry.Reverses.IsZero() {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := l.standings[a].Entry.Day, l.standings[b].Entry.Day
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	times := map[string]int{}
	for _, i := range order {
		e := l.standings[i].Entry
		key := e.period()
		if times[key] >= e.Most {
			l.standings[i].State = Over
			continue
		}
		times[key]++
	}
}

// period names the household, item and period in which an entry is one of so many.
func (e Entry) period() string {
	return e.Header.Subject.String() + " " + e.Scheme + " " + e.Item + " " + e.Per.of(e.Day)
}

// times returns how many entries of the household, item and period of e stand in one of the states. A nil ledger knows none.
func (l *Ledger) times(e Entry, states ...State) (n int) {
	if l == nil {
		return 0
	}
	for _, s := range l.standings {
		if s.Entry.Reverses.IsZero() && s.Entry.Header.ID != e.Header.ID && s.Entry.period() == e.period() && slices.Contains(states, s.State) {
			n++
		}
	}
	return n
}

// Counted tells whoever adds points up which entries count: those that two persons vouch for and nothing stands against. It is a
// scoring.Ledger.
type Counted struct{}

// Kinds returns the kinds that Counting must see.
func (Counted) Kinds() []record.Kind {
	return []record.Kind{Kind, KindApproval, KindObjection, KindAnswer}
}

// Counting leaves out the entries that do not count, and those that only take another one back, since that does not count then.
func (Counted) Counting(rows []record.Row) []record.Row {
	if !slices.ContainsFunc(rows, func(r record.Row) bool { return r.Header.Kind == Kind }) {
		return rows
	}
	l := Sum(rows)
	var out []record.Row
	for _, row := range rows {
		s, entry := l.Standing(row.Header.ID)
		if !entry || s.State == Counts && s.Entry.Reverses.IsZero() {
			out = append(out, row)
		}
	}
	return out
}

// Standing returns how an entry stands.
func (l *Ledger) Standing(id ident.Record) (Standing, bool) {
	i, known := l.at[id]
	if !known {
		return Standing{}, false
	}
	return l.standings[i], true
}

// All returns every entry that gives points or takes some back, newest first; of one household, or with a zero subject of all.
func (l *Ledger) All(of ident.Subject) []Standing {
	var out []Standing
	for _, s := range slices.Backward(l.standings) {
		if of.IsZero() || s.Entry.Header.Subject == of {
			out = append(out, s)
		}
	}
	return out
}

// Waiting returns what waits for a person, oldest first: proposals for a second one, and objections for an answer. What nobody
// needs to approve any more, because its target is gone, is left out.
func (l *Ledger) Waiting() (proposals, objected []Standing) {
	for _, s := range l.standings {
		switch s.State {
		case Proposed:
			if t, known := l.Standing(s.Entry.Reverses); known && (t.State == TakenBack || t.State == Refused) {
				continue
			}
			proposals = append(proposals, s)
		case Objected:
			objected = append(objected, s)
		}
	}
	return proposals, objected
}

// Balance is what a household has under a scheme in a year.
type Balance struct {
	Points  int64 // that count: the sum of the entries, never below zero
	Noticed int64 // of them, what stood on a notice whose days are over and may raise a limit
	Waiting int64 // that were proposed and nobody has approved yet
	Doubted int64 // that somebody objects to
}

// Balance returns the balance of a household, by the subject of its record, under a scheme ("" for all) in a year. today is a
// day in the zone of the village: until a notice is over its points do not raise a limit.
func (l *Ledger) Balance(of ident.Subject, scheme string, year int, today time.Time) (b Balance) {
	on, in := today.Format(time.DateOnly), strconv.Itoa(year)
	for _, s := range l.standings {
		e := s.Entry
		if e.Header.Subject != of || scheme != "" && e.Scheme != scheme || YearOf(e.Day) != in || !e.Reverses.IsZero() {
			continue
		}
		switch s.State {
		case Counts:
			b.Points += e.Points
			if s.Until != "" && s.Until < on {
				b.Noticed += e.Points
			}
		case Proposed:
			b.Waiting += e.Points
		case Objected:
			b.Doubted += e.Points
		}
	}
	return b
}

// Line is what an item came to in a month, over all households.
type Line struct {
	Item   string
	Scheme string
	Times  int
	Points int64
}

// Board adds up what counts of the households of the ledger in a month ("2026-11") under a scheme ("" for all), in the order of
// a catalogue; items that nobody earned stand with zero, and what other editions gave points for stands behind them.
func (l *Ledger) Board(items []Item, scheme, month string) (lines []Line, sum int64) {
	at := map[string]int{}
	for _, it := range items {
		if scheme == "" || it.Scheme == scheme {
			at[it.Scheme+" "+it.ID] = len(lines)
			lines = append(lines, Line{Item: it.ID, Scheme: it.Scheme})
		}
	}
	for _, s := range l.standings {
		e := s.Entry
		if s.State != Counts || !e.Reverses.IsZero() || MonthOf(e.Day) != month || scheme != "" && e.Scheme != scheme {
			continue
		}
		i, known := at[e.Scheme+" "+e.Item]
		if !known {
			i = len(lines)
			at[e.Scheme+" "+e.Item] = i
			lines = append(lines, Line{Item: e.Item, Scheme: e.Scheme})
		}
		lines[i].Times++
		lines[i].Points += e.Points
		sum += e.Points
	}
	return lines, sum
}

func itoa(n int) string { return strconv.Itoa(n) }
