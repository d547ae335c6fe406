// SPDX-License-Identifier: Apache-2.0

package points

import (
	"fmt"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// The kinds of records. Household is that of whom they are about: the Subject of each is the household's.
const (
	Kind          record.Kind = "point"
	KindApproval  record.Kind = "point_approval"
	KindObjection record.Kind = "point_objection"
	KindAnswer    record.Kind = "point_answer"
	KindList      record.Kind = "point_list"
	Household     record.Kind = "household"
)

// FieldPhoto holds the evidence of an entry.
const FieldPhoto record.Field = "photo"

// Entry is points that somebody proposed to give to a household, or to take back. It says itself how often its item counts, so
// that a sum needs no policy.
type Entry struct {
	Header   record.Header // Subject is the household's
	By       ident.Actor   // who proposed it
	Scheme   string
	Item     string
	Points   int64
	Day      string // 2006-01-02: when it was earned
	Per      Period
	Most     int
	Reverses ident.Record       // the entry that is taken back; zero for points that are given
	Note     string             // what was seen, or why it is taken back; "" where the reader may not see it
	Photo    *record.Attachment // the evidence; nil without, or where the reader may not see it
	AtMS     int64              // when it was proposed; ms since 1970 UTC
	Edition  uint32             // of the policy
	Sample   bool
}

// Of reads an entry. Who proposed it is whose act it was.
func Of(row record.Row) Entry {
	e := Entry{
		Header: row.Header, By: by(row, "point_item"), Scheme: row.Text("scheme"), Item: row.Text("point_item"), Points: row.Int("points"),
		Day: row.Text("day"), Per: Period(row.Text("per")), Most: int(row.Int("most")), Reverses: recordID(row, "reverses"), Note: row.Text("note"),
		AtMS: row.Int("at"), Edition: uint32(row.Int("policy")), Sample: row.Bool("sample"),
	}
	if a, err := record.ParseAttachment(row.Value(FieldPhoto)); err == nil { // a store takes nothing else
		e.Photo = &a
	}
	return e
}

// by returns who wrote a record that never changes.
func by(row record.Row, field record.Field) ident.Actor { return row.Fields[field].Winner.Actor }

func recordID(row record.Row, field record.Field) (id ident.Record) {
	copy(id[:], row.Value(field).Bytes())
	return id
}

// Create returns the write that makes the entry under e.Header.
func (e Entry) Create() record.Write {
	e.Header.Kind = Kind
	fields := map[record.Field]record.Value{
		"scheme": record.OfText(e.Scheme), "point_item": record.OfText(e.Item), "points": record.OfInt(e.Points), "day": record.OfText(e.Day),
		"per": record.OfText(string(e.Per)), "most": record.OfInt(int64(e.Most)), "at": record.OfInt(e.AtMS), "policy": record.OfInt(int64(e.Edition)),
	}
	if !e.Reverses.IsZero() {
		fields["reverses"] = record.OfBytes(e.Reverses.Bytes())
	}
	if e.Note != "" {
		fields["note"] = record.OfText(e.Note)
	}
	if e.Photo != nil {
		fields[FieldPhoto] = e.Photo.Value()
	}
	return create(e.Header, fields, e.Sample)
}

func create(h record.Header, fields map[record.Field]record.Value, sample bool) record.Write {
	if sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: h, Fields: fields}
}

// Proposal is what somebody proposes to give points for.
type Proposal struct {
	Household record.Row
	Place     region.Code // where its village is
	Item      string
	Day       time.Time // when it was earned
	Note      string
	Photo     *record.Attachment
}

// maxNote is how long words may be, in characters.
const maxNote = 200

// Propose returns the entry that proposes the points of an item for a household; its author gives it an id. have is what is
// known here of the household. Faults: NotFound "points.item"; Invalid "points.day" for a day that has not come or is too long
// ago, "points.photo" where a photo is asked for and there is none, "points.note" for too many words; Conflict "points.most"
// where the item was proposed as often as it may count in the period.
func (p *Policy) Propose(q Proposal, now time.Time, have *Ledger) (Entry, error) {
	it, ok := p.Item(q.Place, q.Item)
	if !ok {
		return Entry{}, fault.New(fault.NotFound, "points.item").WithField("point_item")
	}
	on := q.Day.Format(time.DateOnly)
	if on > now.Format(time.DateOnly) || on < now.AddDate(0, 0, -p.back).Format(time.DateOnly) {
		return Entry{}, fault.New(fault.Invalid, "points.day").With("days", fmt.Sprint(p.back)).WithField("day")
	}
	if it.Photo && q.Photo == nil {
		return Entry{}, fault.New(fault.Invalid, "points.photo").WithField(string(FieldPhoto))
	}
	if err := checkNote(q.Note); err != nil {
		return Entry{}, err
	}
	e := Entry{
		Header: record.Header{Kind: Kind, Scope: q.Household.Header.Scope, Subject: q.Household.Header.Subject},
		Scheme: it.Scheme, Item: it.ID, Points: it.Points, Day: on, Per: it.Per, Most: it.Most, Note: q.Note, Photo: q.Photo,
		AtMS: now.UnixMilli(), Edition: p.version, Sample: q.Household.Bool("sample"),
	}
	if have.times(e, Proposed, Objected, Counts) >= it.Most {
		return Entry{}, fault.New(fault.Conflict, "points.most").With("n", fmt.Sprint(it.Most)).WithField("point_item")
	}
	return e, nil
}

func checkNote(note string) error {
	if len([]rune(note)) > maxNote {
		return fault.New(fault.Invalid, "points.note").With("n", fmt.Sprint(maxNote)).WithField("note")
	}
	return nil
}

// TakeBack returns the entry that proposes to take another back. One that was not approved yet is withdrawn by it at once, where
// its own author makes it; any other one counts until a second person approves this. Faults: Conflict "points.back" for what
// takes back itself, or is taken back already or about to be; Invalid "points.note".
func (l *Ledger) TakeBack(id ident.Record, note string, now time.Time) (Entry, error) {
	s, known := l.Standing(id)
	if !known {
		return Entry{}, fault.New(fault.NotFound, "points.entry")
	}
	if !s.Entry.Reverses.IsZero() || slices.ContainsFunc(l.standings, func(o Standing) bool { return o.Entry.Reverses == id && o.State != Refused }) {
		return Entry{}, fault.New(fault.Conflict, "points.back")
	}
	if err := checkNote(note); err != nil {
		return Entry{}, err
	}
	back := s.Entry
	back.Points, back.Reverses, back.Header.ID, back.Note, back.Photo = -s.Entry.Points, id, ident.Record{}, note, nil
	back.By, back.AtMS = ident.Actor{}, now.UnixMilli()
	return back, nil
}
