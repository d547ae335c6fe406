// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Group is a part of the demands that lists count and filter by.
type Group int

// The groups. A demand that nobody is in charge of or that is overdue belongs to the first two; both at once to both.
const (
	AllDemands Group = iota
	Unassigned
	Overdue
	UnderWay
	Finished
)

// Groups returns the groups in the order in which they are shown.
func Groups() []Group { return []Group{AllDemands, Unassigned, Overdue, UnderWay, Finished} }

// Key returns the text key of a group.
func (g Group) Key() string {
	return [...]string{"agent.demand.all", "agent.demand.unassigned", "agent.demand.overdue", "agent.demand.under_way", "agent.demand.finished"}[g]
}

// DemandLine is one demand in a list.
type DemandLine struct {
	ID        ident.Record
	Scope     ident.Scope
	Applicant string
	Receipt   string // in groups of four
	Village   string
	Asked     string
	Purpose   string
	State     string // its name
	Who       string // who is in charge
	Due       string // "已超期 3 天", "还剩 2 天", ""
	Late      bool   // overdue
	Done      bool
	Marks     []Mark

	row     record.Row
	demand  lending.Demand
	state   lending.State
	urgency lending.Urgency
}

// In says whether the demand belongs to a group.
func (l DemandLine) In(g Group) bool {
	switch g {
	case Unassigned:
		return l.urgency.Unassigned && !l.Done
	case Overdue:
		return l.Late
	case UnderWay:
		return !l.Done
	case Finished:
		return l.Done
	}
	return true
}

// DemandList is the demands of a village or of all, what is unassigned or overdue first.
type DemandList struct {
	desk *Desk

	Scope  ident.Scope // "" for all
	Group  Group
	Search string // applicant, pinyin, initials, or receipt number

	all []DemandLine
}

// Demands returns an unread list.
func (d *Desk) Demands() *DemandList { return &DemandList{desk: d} }

// Read reads the list.
func (l *DemandList) Read(ctx context.Context) (err error) {
	l.all, err = l.desk.search(ctx, l.Scope, strings.TrimSpace(l.Search))
	return err
}

// Count returns how many of what was read belong to a group.
func (l *DemandList) Count(g Group) int {
	count := 0
	for _, line := range l.all {
		if line.In(g) {
			count++
		}
	}
	return count
}

// Lines returns what was read of the chosen group.
func (l *DemandList) Lines() []DemandLine {
	out := make([]DemandLine, 0, len(l.all))
	for _, line := range l.all {
		if line.In(l.Group) {
			out = append(out, line)
		}
	}
	return out
}

// search reads the demands whose applicant or receipt number answers.
func (d *Desk) search(ctx context.Context, scope ident.Scope, text string) ([]DemandLine, error) {
	all, err := d.demands(ctx, scope)
	if err != nil || text == "" {
		return all, err
	}
	rows, err := d.Store.List(ctx, record.Query{Kind: lending.KindDemand, Scope: scope, Search: text, Limit: everything})
	if err != nil {
		return nil, err
	}
	found := map[ident.Record]bool{}
	for _, row := range rows {
		found[row.Header.ID] = true
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	return slices.DeleteFunc(all, func(l DemandLine) bool {
		byNumber := len(digits) >= 4 && strings.Contains(string(l.demand.Receipt), digits)
		return !found[l.ID] && !byNumber
	}), nil
}

// demands reads all demands of a scope, "" for all, the most urgent first.
func (d *Desk) demands(ctx context.Context, scope ident.Scope) ([]DemandLine, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: lending.KindDemand, Scope: scope, Limit: everything})
	if err != nil {
		return nil, fmt.Errorf("read demands: %w", err)
	}
	moves, err := d.Store.List(ctx, record.Query{Kind: lending.KindMove, Scope: scope, Limit: everything})
	if err != nil {
		return nil, fmt.Errorf("read the moves of demands: %w", err)
	}
	byDemand, places := lending.Group(moves), map[ident.Scope]string{}
	out := make([]DemandLine, 0, len(rows))
	for _, row := range rows {
		place, known := places[row.Header.Scope]
		if !known {
			place = d.Village(ctx, row.Header.Scope).Name
			places[row.Header.Scope] = place
		}
		line := d.demandLine(ctx, row, d.Book.Lending.Fold(byDemand[row.Header.ID]))
		line.Village = place
		out = append(out, line)
	}
	slices.SortStableFunc(out, func(a, b DemandLine) int { return a.urgency.Compare(b.urgency) })
	return out, nil
}

func (d *Desk) demandLine(ctx context.Context, row record.Row, state lending.State) DemandLine {
	dm := lending.DemandOf(row)
	l := DemandLine{
		ID: row.Header.ID, Scope: row.Header.Scope, Applicant: dm.Applicant, Receipt: dm.Receipt.String(),
		Purpose: d.Value(lending.KindDemand, "purpose", row.Value("purpose")),
		State:   d.T(state.Status.Key()), Marks: marksOf(row),
		row: row, demand: dm, state: state, urgency: d.Book.Lending.Urgency(state, d.Now().UnixMilli()),
	}
	if l.Applicant == "" {
		l.Applicant = d.T("subject.unnamed")
	}
	if dm.Asked > 0 {
		l.Asked = d.Print.Money(dm.Asked)
	}
	if state.Pending && !slices.Contains(l.Marks, MarkPending) {
		l.Marks = append([]Mark{MarkPending}, l.Marks...)
	}
	l.Done, l.Late = l.urgency.Done, l.urgency.OverdueDays > 0
	switch {
	case l.Late:
		l.Due = d.T("demand.overdue", "days", n(int(l.urgency.OverdueDays)))
	case l.urgency.LeftDays > 0:
		l.Due = d.T("demand.due", "days", n(int(l.urgency.LeftDays)))
	}
	if state.Officer.IsZero() {
		l.Who = d.T("demand.unassigned")
	} else {
		l.Who = d.Who(ctx, state.Officer, record.Officer)
	}
	return l
}
