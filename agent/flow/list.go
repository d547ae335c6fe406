// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/finder"
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
	Found  string // what of it a search found, where the line does not show it anyway
}

// PageSize is how many lines a list reads at once.
const PageSize = 200

// FoundShown is how many records of a kind a search shows, the closest first. Who wants others types more.
const FoundShown = 50

// List is a list of records of one kind that can be searched: households or merchants.
type List struct {
	desk *Desk
	kind record.Kind

	Scope  ident.Scope // "" for all
	Search string      // name, pinyin, initials, code of a plate, end of a telephone or identity number

	lines []Line
	last  ident.Record
	more  bool
	full  bool
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
	l.lines, l.last, l.more, l.full = nil, ident.Record{}, false, false
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

// Next reads the next page. What a search finds is one page.
func (l *List) Next(ctx context.Context) error {
	if text := strings.TrimSpace(l.Search); text != "" {
		return l.find(ctx, text)
	}
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

// query asks for the page behind what was read, of all that a search finds.
func (l *List) query() record.Query {
	return record.Query{Kind: l.kind, Scope: l.Scope, Newest: true, Search: strings.TrimSpace(l.Search), After: l.last, Limit: PageSize}
}

// Full says that a search found more than it shows.
func (l *List) Full() bool { return l.full }

// find reads what a search finds, the closest first, and after them the households of members that it finds. What looks
// like the code of a plate and is found nowhere is looked for once more as people mistype codes: O for 0, I for 1.
func (l *List) find(ctx context.Context, text string) error {
	rows, err := l.best(ctx, l.kind, text)
	if code, wrong := doorplate.ParseCode(text); err == nil && len(rows) == 0 && wrong == nil {
		rows, err = l.best(ctx, l.kind, string(code))
	}
	if err != nil {
		return err
	}
	shown := map[ident.Record]bool{}
	for _, row := range rows {
		line := l.desk.line(row)
		line.Found = l.desk.foundBy(row, text)
		l.lines = append(l.lines, line)
		shown[line.ID] = true
	}
	l.full = len(rows) == FoundShown
	if l.kind != subject.KindHousehold {
		return nil
	}
	members, err := l.best(ctx, subject.KindMember, text)
	if err != nil {
		return err
	}
	for _, m := range members {
		of := refBytes(m.Value("household"))
		row, err := l.desk.Store.Get(ctx, of)
		if err != nil || shown[of] || row.Deleted() {
			continue // the household is not here, or is there already
		}
		shown[of] = true
		line := l.desk.line(row)
		line.Found = joined(l.desk.Value(subject.KindMember, "relation", m.Value("relation")), m.Text("name"), l.desk.foundBy(m, text))
		l.lines = append(l.lines, line)
	}
	return nil
}

func (l *List) best(ctx context.Context, kind record.Kind, text string) ([]record.Row, error) {
	return l.desk.Store.List(ctx, record.Query{Kind: kind, Scope: l.Scope, Search: text, Best: true, Limit: FoundShown})
}

// foundBy names the number of a record that ends with what was searched, masked; "" if none does.
func (d *Desk) foundBy(row record.Row, text string) string {
	tail := strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, text))
	if len(tail) < finder.MinTail {
		return ""
	}
	for _, f := range row.FieldNames() {
		def, _ := d.Book.Catalogue.Field(row.Header.Kind, f)
		number := row.Text(f)
		switch def.Format {
		case record.FormatMobile, record.FormatResidentID, record.FormatUSCC:
			if strings.HasSuffix(number, tail) {
				return d.T("agent.found.tail", "field", d.FieldName(row.Header.Kind, f), "tail", number[len(number)-finder.MinTail:])
			}
		}
	}
	return ""
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
