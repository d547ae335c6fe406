// SPDX-License-Identifier: Apache-2.0

// Package points keeps a village's civic points (乡村治理积分, 文明实践积分): what earns them, as versioned data, and entries, of
// which every balance is the sum.
//
// An entry is never changed. One that was wrong is taken back by another that names it and has its points with the opposite
// sign; so a sum never needs to know which came first. Points are only given, never taken as a punishment: an entry below zero
// takes one back, or it is refused.
package points

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Kind is the kind of record; Household that of whom an entry is about.
const (
	Kind      record.Kind = "point"
	Household record.Kind = "household"
)

// Period is a span in which an item counts so many times for one household.
type Period string

// The periods.
const (
	Month Period = "month"
	Year  Period = "year"
)

// Item is something that earns points.
type Item struct {
	ID     string               `json:"id"`
	Name   map[i18n.Lang]string `json:"name"`
	Points int64                `json:"points"`
	Per    Period               `json:"per"`
	Most   int                  `json:"most"`   // times in a period, for one household
	Source string               `json:"source"` // where item and points are from; what is ours says so
}

// In returns the item's name in a language, in Chinese if the language is not there.
func (it Item) In(lang i18n.Lang) string {
	if name, ok := it.Name[lang]; ok {
		return name
	}
	return it.Name[i18n.ZhHans]
}

// Policy is one published edition of what earns points. It is immutable.
type Policy struct {
	version uint32
	back    int
	items   []Item
}

// Parse reads a policy from its JSON form and checks it whole. The error names the item at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version  uint32 `json:"version"`
		About    string `json:"about"`     // for whoever edits the file
		BackDays int    `json:"back_days"` // how long ago what earns points may have been
		Items    []Item `json:"items"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read points policy: %w", err)
	}
	if file.Version == 0 || file.BackDays < 1 || len(file.Items) == 0 {
		return nil, fmt.Errorf("points policy: version, back_days or items are missing")
	}
	p := &Policy{version: file.Version, back: file.BackDays}
	for _, it := range file.Items {
		whole := !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return it.Name[l] == "" })
		if it.ID == "" || !whole || it.Source == "" || it.Points < 1 || it.Points > 100 || it.Most < 1 || it.Per != Month && it.Per != Year {
			return nil, fmt.Errorf("points policy: %q is not whole", it.ID)
		}
		if _, twice := p.Item(it.ID); twice {
			return nil, fmt.Errorf("points policy: %q is defined twice", it.ID)
		}
		p.items = append(p.items, it)
	}
	return p, nil
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Items returns what earns points, in the order of the file.
func (p *Policy) Items() []Item { return slices.Clone(p.items) }

// Item returns one of them.
func (p *Policy) Item(id string) (Item, bool) {
	i := slices.IndexFunc(p.items, func(it Item) bool { return it.ID == id })
	if i < 0 {
		return Item{}, false
	}
	return p.items[i], true
}

// Entry is points that a household was given, or that were taken back.
type Entry struct {
	Header    record.Header // Subject is the household's
	Item      string
	Points    int64
	Day       string       // 2006-01-02: when it was earned
	Household ident.Record // zero where the reader may not see it
	Reverses  ident.Record // the entry that is taken back; zero for points that are given
	Sample    bool
}

// Of reads an entry.
func Of(row record.Row) Entry {
	e := Entry{Header: row.Header, Item: row.Text("point_item"), Points: row.Int("points"), Day: row.Text("day"), Sample: row.Bool("sample")}
	copy(e.Household[:], row.Value("household").Bytes())
	copy(e.Reverses[:], row.Value("reverses").Bytes())
	return e
}

// Create returns the write that makes the entry under e.Header.
func (e Entry) Create() record.Write {
	e.Header.Kind = Kind
	fields := map[record.Field]record.Value{
		"point_item": record.OfText(e.Item), "points": record.OfInt(e.Points), "day": record.OfText(e.Day),
		"household": record.OfBytes(e.Household.Bytes()),
	}
	if !e.Reverses.IsZero() {
		fields["reverses"] = record.OfBytes(e.Reverses.Bytes())
	}
	if e.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: e.Header, Fields: fields}
}

// Give returns the entry that gives a household the points of an item, earned on a day. have are the entries of that household
// that are known here. Faults: NotFound "points.item"; Invalid "points.day" for a day that has not come or is too long ago;
// Conflict "points.most" where the item has counted as often as it may in the period.
func (p *Policy) Give(household record.Row, item string, day, today time.Time, have []Entry) (Entry, error) {
	it, ok := p.Item(item)
	if !ok {
		return Entry{}, fault.New(fault.NotFound, "points.item").WithField("point_item")
	}
	on := day.Format(time.DateOnly)
	if on > today.Format(time.DateOnly) || on < today.AddDate(0, 0, -p.back).Format(time.DateOnly) {
		return Entry{}, fault.New(fault.Invalid, "points.day").With("days", fmt.Sprint(p.back)).WithField("day")
	}
	if counted(have, household.Header.ID, it, on) >= it.Most {
		return Entry{}, fault.New(fault.Conflict, "points.most").With("n", fmt.Sprint(it.Most)).WithField("point_item")
	}
	return Entry{
		Header: record.Header{Scope: household.Header.Scope, Subject: household.Header.Subject},
		Item:   item, Points: it.Points, Day: on, Household: household.Header.ID, Sample: household.Bool("sample"),
	}, nil
}

// counted returns how often an item counts for a household in the period of a day: entries less those taken back.
func counted(have []Entry, household ident.Record, it Item, day string) int {
	n := 0
	for _, e := range have {
		if e.Household != household || e.Item != it.ID || it.Per.of(e.Day) != it.Per.of(day) {
			continue
		}
		if e.Reverses.IsZero() {
			n++
		} else {
			n--
		}
	}
	return n
}

// of returns the period in which a day is: "2026-11", "2026".
func (p Period) of(day string) string {
	if p == Year {
		return day[:min(len(day), len("2006"))]
	}
	return MonthOf(day)
}

// MonthOf returns the month of a day: "2026-11".
func MonthOf(day string) string { return day[:min(len(day), len("2006-01"))] }

// TakeBack returns the entry that takes another back. What takes back itself is not taken back: fault.Conflict "points.back", as
// for one that have says was taken back already.
func TakeBack(e Entry, have []Entry) (Entry, error) {
	if !e.Reverses.IsZero() || slices.ContainsFunc(have, func(o Entry) bool { return o.Reverses == e.Header.ID }) {
		return Entry{}, fault.New(fault.Conflict, "points.back")
	}
	back := e
	back.Points, back.Reverses, back.Header.ID = -e.Points, e.Header.ID, ident.Record{}
	return back, nil
}

// Line is what an item came to in a month, over all households.
type Line struct {
	Item   string
	Times  int
	Points int64
}

// Board adds up what a village was given in a month ("2026-11"), in the order of the policy; items that nobody earned stand with
// zero, and what an older edition gave points for stands behind them.
func (p *Policy) Board(entries []Entry, month string) (lines []Line, sum int64) {
	at := map[string]int{}
	for _, it := range p.items {
		at[it.ID] = len(lines)
		lines = append(lines, Line{Item: it.ID})
	}
	for _, e := range entries {
		if MonthOf(e.Day) != month {
			continue
		}
		i, known := at[e.Item]
		if !known {
			i = len(lines)
			at[e.Item] = i
			lines = append(lines, Line{Item: e.Item})
		}
		lines[i].Points += e.Points
		sum += e.Points
		if lines[i].Times++; !e.Reverses.IsZero() {
			lines[i].Times -= 2
		}
	}
	return lines, sum
}
