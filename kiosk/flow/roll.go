// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// rollPage is how many lines of a village list a screen holds; in large type fewer.
const (
	rollPage      = 6
	rollPageLarge = 4
	rollMost      = 500 // newest lines of a list; more are looked up on a laptop
)

// Roll is which village list is shown, and where in it.
type Roll struct {
	Kind record.Kind // lending.KindDemand or "household"
	page int
}

// Line is one line of a village list. It is what staff need to call at a door, and no more.
type Line struct {
	ID     ident.Record // of the record
	Name   string
	About  []string // what stands below it
	Status string   // text key of where a demand stands, "" for a household
}

// OpenRoll shows a list of the village, newest first.
func (f *Flow) OpenRoll(kind record.Kind) {
	f.office.roll = Roll{Kind: kind}
	f.open(RollCall)
}

// RollKind returns whose list is shown.
func (f *Flow) RollKind() record.Kind { return f.office.roll.Kind }

// TurnRoll turns pages of the list.
func (f *Flow) TurnRoll(by int) {
	f.office.roll.page = max(0, f.office.roll.page+by)
	f.tell()
}

// Roll returns the lines of the page shown, which page it is, counted from 1, and of how many. Who reads it is in the audit
// log before it is returned.
func (f *Flow) Roll() (lines []Line, page, pages int, err error) {
	if f.office.desk == nil {
		return nil, 1, 1, nil
	}
	rows, err := f.office.desk.Store.List(f.ctx, record.Query{Kind: f.office.roll.Kind, Newest: true, Limit: rollMost})
	if err != nil {
		return nil, 1, 1, fmt.Errorf("list the village: %w", err)
	}
	size := rollPage
	if f.manner.Elder {
		size = rollPageLarge
	}
	pages = max(1, (len(rows)+size-1)/size)
	at := min(f.office.roll.page, pages-1)
	f.office.roll.page = at
	for _, row := range rows[at*size : min(len(rows), (at+1)*size)] {
		line, err := f.line(row)
		if err != nil {
			return nil, at + 1, pages, err
		}
		lines = append(lines, line)
	}
	return lines, at + 1, pages, nil
}

func (f *Flow) line(row record.Row) (Line, error) {
	if row.Header.Kind != lending.KindDemand {
		l := Line{ID: row.Header.ID, Name: row.Text("head_name")}
		l.add(f.doorOf(row))
		l.add(row.Text("phone"))
		return l, nil
	}
	moves, err := lending.Moves(f.ctx, f.office.desk.Store, row.Header)
	if err != nil {
		return Line{}, err
	}
	l := Line{ID: row.Header.ID, Name: row.Text("applicant_name"), Status: f.Book.Lending.Fold(moves).Status.Key()}
	l.add(money.Fen(row.Int("asked")).Text())
	l.add(row.Text("phone"))
	l.add(f.Printer().Date(time.UnixMilli(row.Fields["receipt_no"].Winner.Stamp.WallMS()).In(f.Now().Location())))
	return l, nil
}

func (l *Line) add(text string) {
	if text != "" {
		l.About = append(l.About, text)
	}
}

// doorOf returns where a household lives, as the plate says it.
func (f *Flow) doorOf(row record.Row) string { return row.Text("group_no") + row.Text("house_no") }
