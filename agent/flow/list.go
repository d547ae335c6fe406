// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Line is one row of a list of households or merchants.
type Line struct {
	ID     ident.Record
	Title  string // whose it is
	Place  string // group and house number, or market and stall
	Trade  string
	Plate  string // short code of the plate, "" without
	People string // 4 人
	Marks  []Mark
}

// PageSize is how many lines a list reads at once.
const PageSize = 200

// List is a list of records of one kind that can be searched: households or merchants.
type List struct {
	desk *Desk
	kind record.Kind

	Scope  ident.Scope // "" for all
	Search string      // name, pinyin, initials, or the code of a plate

	lines []Line
	last  ident.Record
	more  bool
}

// Households returns an unread list of households.
func (d *Desk) Households() *List { return &List{desk: d, kind: subject.KindHousehold} }

// Merchants returns an unread list of merchants.
func (d *Desk) Merchants() *List { return &List{desk: d, kind: subject.KindMerchant} }

// Lines returns what was read so far.
func (l *List) Lines() []Line { return l.lines }

// More says whether there is more to read.
func (l *List) More() bool { return l.more }

// Read reads the list from its beginning, newest first.
func (l *List) Read(ctx context.Context) error {
	l.lines, l.last, l.more = nil, ident.Record{}, false
	return l.Next(ctx)
}

// Again reads as much as was read before, so that a place in the list stays where it was.
func (l *List) Again(ctx context.Context) error {
	want := len(l.lines)
	if err := l.Read(ctx); err != nil {
		return err
	}
	for l.more && len(l.lines) < want {
		if err := l.Next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Next reads the next page.
func (l *List) Next(ctx context.Context) error {
	rows, err := l.desk.Store.List(ctx, l.query())
	if err != nil {
		return err
	}
	l.more = len(rows) == PageSize
	for _, row := range rows {
		l.lines = append(l.lines, l.desk.line(row))
		l.last = row.Header.ID
	}
	return nil
}

func (l *List) query() record.Query {
	q := record.Query{Kind: l.kind, Scope: l.Scope, Newest: true, After: l.last, Limit: PageSize}
	text := strings.TrimSpace(l.Search)
	if code, err := doorplate.ParseCode(text); err == nil {
		q.Where = []record.Term{{Field: "plate_code", Value: record.OfText(string(code))}}
		return q
	}
	q.Search = text
	return q
}

// line makes the line of a household or merchant.
func (d *Desk) line(row record.Row) Line {
	l := Line{ID: row.Header.ID, Marks: marksOf(row)}
	if code := row.Text("plate_code"); code != "" {
		l.Plate = doorplate.Code(code).String()
	}
	if row.Header.Kind == subject.KindMerchant {
		m := subject.MerchantOf(row)
		l.Title, l.Place = m.Name(), joined(m.Market, m.Stall)
		l.Trade = d.Value(subject.KindMerchant, "industry", row.Value("industry"))
		l.People = m.OperatorName
	} else {
		h := subject.HouseholdOf(row)
		l.Title, l.Place = h.Name(), joined(h.Group, h.HouseNo)
		l.Trade = d.Value(subject.KindHousehold, "main_trade", row.Value("main_trade"))
		if h.Population.Set {
			l.People = d.T("agent.people", "n", n(int(h.Population.Value)))
		}
	}
	if l.Title == "" {
		l.Title = d.T("subject.unnamed")
	}
	return l
}

func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}
