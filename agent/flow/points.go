// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"strconv"
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// PointPage is the civic points of a household, and what waits for a second person in all villages of the laptop.
type PointPage struct {
	Name     string // of the household
	Balances []Fact // of this year, a line for each scheme
	Entries  []PointEntry
	Waiting  []PointEntry // oldest first: proposals, and what somebody objects to
	Items    []PointItem  // what can be proposed here

	desk      *Desk
	household ident.Record
}

// PointItem is something that earns points.
type PointItem struct {
	ID    string
	Label string // what, how many and how often
	Photo bool   // it is proposed with a photo only
}

// PointEntry is an entry in words.
type PointEntry struct {
	Title   string // what for, and how many; of what waits with the household before it
	About   string // when, and who proposed it
	State   string
	Tone    points.State
	Approve bool // whoever works here may approve it
	Answer  bool // somebody objects, and whoever works here may say that it is right
	Doubted bool // somebody objects
	Back    bool // it can be taken back
	Photo   bool // there is evidence to look at

	id    ident.Record
	photo record.NamedBlob
}

// Points opens the points of a household. fault.NotFound if there is none.
func (d *Desk) Points(ctx context.Context, household ident.Record) (*PointPage, error) {
	return noted(ctx, "agent.points", func(ctx context.Context) (*PointPage, error) { return d.points(ctx, household) })
}

func (d *Desk) points(ctx context.Context, household ident.Record) (*PointPage, error) {
	row, err := d.Store.Get(ctx, household)
	if err != nil {
		return nil, err
	}
	all, err := points.Read(ctx, d.Store, "", ident.Subject{})
	if err != nil {
		return nil, err
	}
	households, err := points.Households(ctx, d.Store, "")
	if err != nil {
		return nil, err
	}
	names := map[ident.Subject]string{}
	for _, h := range households {
		names[h.Header.Subject] = h.Text("head_name")
	}
	_, _, place, err := points.Village(ctx, d.Store, row.Header.Scope)
	if err != nil {
		return nil, err
	}
	p := &PointPage{Name: row.Text("head_name"), desk: d, household: household}
	lang, now := d.Print.Lang(), d.Now()
	for _, s := range d.Book.Points.Schemes() {
		b := all.Balance(row.Header.Subject, s.ID, now.Year(), now)
		p.Balances = append(p.Balances, Fact{Label: s.Name.In(lang), Value: d.T("agent.points.balance", "n", n64(b.Points), "waiting", n64(b.Waiting), "doubted", n64(b.Doubted))})
		for _, it := range d.Book.Points.Items(place, s.ID) {
			label := it.Name.In(lang) + d.T("agent.colon") + d.T("kiosk.points.rule."+string(it.Per), "points", n64(it.Points), "n", n(it.Most))
			p.Items = append(p.Items, PointItem{ID: it.ID, Label: label, Photo: it.Photo})
		}
	}
	for _, s := range all.All(row.Header.Subject) {
		p.Entries = append(p.Entries, d.pointEntry(ctx, s, place, ""))
	}
	proposals, objected := all.Waiting()
	for _, s := range append(objected, proposals...) {
		p.Waiting = append(p.Waiting, d.pointEntry(ctx, s, place, names[s.Entry.Header.Subject]))
	}
	return p, nil
}

func n64(v int64) string { return strconv.FormatInt(v, 10) }

func (d *Desk) pointEntry(ctx context.Context, s points.Standing, place region.Code, name string) PointEntry {
	e := s.Entry
	line := PointEntry{
		Title: d.T("kiosk.pointdesk.head", "name", name, "item", d.Book.Points.Named(place, e.Item, d.Print.Lang()), "points", fmt.Sprintf("%+d", e.Points)),
		About: d.T("kiosk.pointdesk.by", "name", d.Who(ctx, e.By, record.Cadre), "day", e.Day),
		State: d.T("points.state." + string(s.State)), Tone: s.State, id: e.Header.ID,
		Approve: s.State == points.Proposed && e.By != d.Actor, Doubted: s.State == points.Objected, Answer: s.State == points.Objected && e.By != d.Actor,
		Back: e.Reverses.IsZero() && len(s.Back) == 0 && (s.State == points.Counts || s.State == points.Proposed && e.By == d.Actor),
	}
	if e.Note != "" {
		line.About += d.T("agent.comma") + e.Note
	}
	for _, o := range s.Objections {
		if o.Open() {
			line.About += d.T("agent.comma") + d.T("kiosk.pointdesk.doubted", "why", d.T("choice.point_why."+o.Why))
		}
	}
	if e.Photo != nil {
		line.Photo, line.photo = true, record.NamedBlob{Header: e.Header, Field: points.FieldPhoto, Attachment: *e.Photo}
	}
	return line
}

// Photo returns the evidence of an entry, at most so many pixels wide or high; it is brought to this laptop first where it is
// not here.
func (p *PointPage) Photo(ctx context.Context, e PointEntry, most int) (image.Image, error) {
	d := p.desk
	if !d.Files.Has(e.photo.Attachment) {
		if err := d.Files.Fetch(ctx, e.photo.Header, e.photo.Attachment, func(int64) {}); err != nil {
			return nil, err
		}
	}
	return d.Picture(ctx, FileLine{Field: e.photo.Field, blob: e.photo}, most)
}

func (p *PointPage) hand() points.Hand {
	d := p.desk
	return points.Hand{Store: d.Store, Policy: d.Book.Points, Actor: d.Actor, Source: d.Book.Access.Source(d.Role), Now: d.Now, Random: d.Random}
}

// Propose proposes the points of an item; photo may be nil. Faults are those of points.Hand.Propose, and of Files.Attach.
func (p *PointPage) Propose(ctx context.Context, item, day, note string, photo io.Reader) error {
	a := points.Ask{Household: p.household, Item: item, Day: day, Note: note}
	if photo != nil {
		var plain bytes.Buffer
		if _, err := plain.ReadFrom(io.LimitReader(photo, p.desk.Book.Attachments.MaxBytes+1)); err != nil {
			return fault.New(fault.Invalid, "blob.type").WithCause(err)
		}
		sealed, err := p.desk.Files.Attach(plain.Bytes())
		if err != nil {
			return err
		}
		a.Photo = &sealed
	}
	_, err := p.hand().Propose(ctx, a)
	return err
}

// Approve vouches for what somebody else proposed. Faults are those of points.Ledger.Approve.
func (p *PointPage) Approve(ctx context.Context, e PointEntry) error {
	return p.hand().Approve(ctx, e.id)
}

// Answer says what was found about an entry that somebody objects to. Faults are those of points.Ledger.Answer.
func (p *PointPage) Answer(ctx context.Context, e PointEntry, kind string) error {
	return p.hand().Answer(ctx, e.id, kind, "")
}

// TakeBack proposes to take an entry back, or withdraws what nobody approved. Faults are those of points.Ledger.TakeBack.
func (p *PointPage) TakeBack(ctx context.Context, e PointEntry) error {
	_, err := p.hand().TakeBack(ctx, e.id, "")
	return err
}

// Today is the day that stands in the form at first.
func (p *PointPage) Today() string { return p.desk.Now().Format(time.DateOnly) }
