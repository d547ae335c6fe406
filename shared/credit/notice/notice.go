// SPDX-License-Identifier: Apache-2.0

// Package notice is what a village or everybody is told: a policy explained, a meeting, a closing day. A notice is a record
// of class C1 and travels like any other; a kiosk shows it without a network until its last day, by its own clock.
package notice

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// Kind is the kind of record. In the scope of a village it is for the village, in ref for everybody.
const Kind record.Kind = "notice"

// The sorts of notices, codes of the catalogue.
const (
	Policy = "policy" // what is granted to whom
	News   = "news"   // what happens in the village
)

// Limits, in characters: a title is read from two steps away, and a text is read out in some minutes.
const (
	MaxTitle = 40
	MaxText  = 2000
)

// Notice is what is told.
type Notice struct {
	Header    record.Header
	Sort      string // Policy or News
	Title     string
	Text      string
	Publisher string // who says so: 富溪村村委会
	Until     string // 2006-01-02: the last day on which it is shown
	Script    string // what is read out, by its id among the clips of the machine; "" for none
	Ended     bool   // it is shown no more, whatever its last day
	At        int64  // ms since 1970 UTC: when it was published
	Sample    bool
}

// Of reads a notice.
func Of(row record.Row) Notice {
	return Notice{
		Header: row.Header, Sort: row.Text("notice_sort"), Title: row.Text("title"), Text: row.Text("text"),
		Publisher: row.Text("publisher"), Until: row.Text("until"), Script: row.Text("script"), Ended: row.Bool("ended"),
		At: row.Int("at"), Sample: row.Bool("sample"),
	}
}

// Check returns nil or the faults of a notice that is published on a day, joined; each is fault.Invalid and names its field.
func (n Notice) Check(on time.Time) error {
	var errs []error
	wrong := func(bad bool, key, field string) {
		if bad {
			errs = append(errs, fault.New(fault.Invalid, key).WithField(field))
		}
	}
	title, text := utf8.RuneCountInString(strings.TrimSpace(n.Title)), utf8.RuneCountInString(strings.TrimSpace(n.Text))
	wrong(n.Sort != Policy && n.Sort != News, "notice.sort", "notice_sort")
	wrong(title == 0 || title > MaxTitle, "notice.title", "title")
	wrong(text == 0 || text > MaxText, "notice.text", "text")
	wrong(strings.TrimSpace(n.Publisher) == "" || utf8.RuneCountInString(n.Publisher) > MaxTitle, "notice.publisher", "publisher")
	_, err := time.Parse(time.DateOnly, n.Until)
	wrong(err != nil || n.Until < on.Format(time.DateOnly), "notice.until", "until")
	return errors.Join(errs...)
}

// Create returns the write that publishes it under n.Header.
func (n Notice) Create() record.Write {
	n.Header.Kind = Kind
	fields := map[record.Field]record.Value{
		"notice_sort": record.OfText(n.Sort), "title": record.OfText(strings.TrimSpace(n.Title)), "text": record.OfText(strings.TrimSpace(n.Text)),
		"publisher": record.OfText(strings.TrimSpace(n.Publisher)), "until": record.OfText(n.Until), "at": record.OfInt(n.At),
	}
	if n.Script != "" {
		fields["script"] = record.OfText(n.Script)
	}
	if n.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: n.Header, Fields: fields}
}

// End returns the write that takes it off every screen.
func (n Notice) End() record.Write {
	return record.Write{Op: record.Edit, Header: n.Header, Fields: map[record.Field]record.Value{"ended": record.OfBool(true)}}
}

// Shown says whether it is shown on a day.
func (n Notice) Shown(on time.Time) bool { return !n.Ended && n.Until >= on.Format(time.DateOnly) }
