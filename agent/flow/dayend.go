// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"context"
	"slices"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
)

// Unsent is a file that the server does not have yet.
type Unsent struct {
	Digest blob.Digest
	Size   int64 // of the sealed bytes, as they are sent
}

// DayEnd is what is left of a day, and whether the laptop may be switched off.
type DayEnd struct {
	Date   string
	Visits []DayVisit
	Open   int // visits that have begun and not ended

	Acts   int        // change sets that the server has not confirmed
	Oldest string     // of them, how long ago; "" for none
	Files  []FileLeft // that the server does not have yet, the largest first
	Bytes  string     // of all of them together, "" for none

	Stuck []Stuck // what does not go by itself

	// Clean says that nothing is left: the server has confirmed everything and has every file.
	Clean bool
	// Verdict says in a few words whether the laptop may be switched off, Advice what that means.
	Verdict, Advice string
	Tone            Tone
}

// DayVisit is a visit of the day.
type DayVisit struct {
	ID      ident.Record
	Title   string
	Place   string
	When    string // from and to
	State   VisitState
	Pending bool // the server does not have all of it
}

// FileLeft is a file that waits to be sent.
type FileLeft struct{ Title, Size string }

// Stuck is something that waits for a person.
type Stuck struct {
	What, Why, Hint string
	Returns         bool // it lies in the list of what was returned
}

// DayEnd reads what is left of the day. unsent is what Sync.Unsent says, r how sync stands.
func (d *Desk) DayEnd(ctx context.Context, tray Tray, r Reading, unsent []Unsent) (*DayEnd, error) {
	return noted(ctx, "agent.day_end", func(ctx context.Context) (*DayEnd, error) { return d.dayEnd(ctx, tray, r, unsent) })
}

func (d *Desk) dayEnd(ctx context.Context, tray Tray, r Reading, unsent []Unsent) (*DayEnd, error) {
	e := &DayEnd{Date: d.Print.Date(d.Now()), Acts: r.Waiting}
	if r.Waiting > 0 && !r.Oldest.IsZero() {
		e.Oldest = d.Print.Ago(r.Oldest, d.Now())
	}
	visits, err := d.visits(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, v := range visits.today {
		if v.Begun != 0 {
			e.Visits = append(e.Visits, d.dayVisit(ctx, visits, v))
		}
		if visits.state(v) == VisitBegun {
			e.Open++
		}
	}
	if e.Files, e.Bytes, err = d.filesLeft(ctx, unsent); err != nil {
		return nil, err
	}
	if e.Stuck, err = d.stuck(ctx, tray, r); err != nil {
		return nil, err
	}
	d.judge(e, r)
	return e, nil
}

func (d *Desk) dayVisit(ctx context.Context, visits visitBook, v outreach.Visit) DayVisit {
	out := DayVisit{ID: v.Header.ID, Title: d.T("subject.unnamed"), State: visits.state(v), When: d.clock(v.Begun)}
	if row, err := d.Store.Get(ctx, v.Of); err == nil {
		line := d.line(row)
		out.Title, out.Place = line.Title, joined(d.villageName(ctx, row.Header.Scope), line.Place)
	}
	row, err := d.Store.Get(ctx, v.Header.ID)
	out.Pending = err == nil && row.Pending()
	ends, err := d.Store.List(ctx, record.Query{
		Kind: outreach.KindEnd, Scope: v.Header.Scope, Limit: 1, Where: []record.Term{{Field: "visit", Value: record.OfBytes(v.Header.ID.Bytes())}},
	})
	if err == nil && len(ends) > 0 {
		out.When += "–" + d.clock(ends[0].Int("at"))
		out.Pending = out.Pending || ends[0].Pending()
	}
	return out
}

// clock prints the time of day.
func (d *Desk) clock(ms int64) string {
	return time.UnixMilli(ms).In(d.Now().Location()).Format("15:04")
}

// fileKinds are the kinds whose files are named, those that come first in a day's work first.
var fileKinds = []record.Kind{outreach.Kind, outreach.KindLetter, consent.Kind, subject.KindHousehold, subject.KindMerchant, lending.KindDemand}

// filesLeft names the files that wait. What belongs to no record that is seen here is "一个文件".
func (d *Desk) filesLeft(ctx context.Context, unsent []Unsent) (left []FileLeft, all string, err error) {
	if len(unsent) == 0 {
		return nil, "", nil
	}
	names, err := d.fileNames(ctx, unsent)
	if err != nil {
		return nil, "", err
	}
	unsent = slices.Clone(unsent)
	slices.SortStableFunc(unsent, func(a, b Unsent) int { return cmp.Compare(b.Size, a.Size) })
	sum := int64(0)
	for _, u := range unsent {
		sum += u.Size
		left = append(left, FileLeft{Title: cmp.Or(names[u.Digest], d.T("blob.value")), Size: d.Print.Size(u.Size)})
	}
	return left, d.Print.Size(sum), nil
}

// fileNames finds whose the files are and what they show; it looks no further once all are found.
func (d *Desk) fileNames(ctx context.Context, unsent []Unsent) (map[blob.Digest]string, error) {
	wanted, names := map[blob.Digest]bool{}, map[blob.Digest]string{}
	for _, u := range unsent {
		wanted[u.Digest] = true
	}
	people := map[ident.Subject]string{}
	for _, kind := range fileKinds {
		def, known := d.Book.Catalogue.Kind(kind)
		if !known || len(wanted) == 0 {
			continue
		}
		rows, err := d.Store.List(ctx, record.Query{Kind: kind, Limit: everything})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			for _, f := range def.Fields {
				a, err := record.ParseAttachment(row.Value(f.Name))
				if f.Format != record.FormatBlob || err != nil || !wanted[a.Digest] {
					continue
				}
				name, known := people[row.Header.Subject]
				if !known {
					if name, err = d.whose(ctx, row.Header); err != nil {
						return nil, err
					}
					people[row.Header.Subject] = name
				}
				names[a.Digest] = joined(name, d.FieldName(kind, f.Name))
				delete(wanted, a.Digest)
			}
		}
	}
	return names, nil
}

// whose is the name of whom a record is about.
func (d *Desk) whose(ctx context.Context, h record.Header) (string, error) {
	for _, kind := range []record.Kind{subject.KindHousehold, subject.KindMerchant} {
		rows, err := d.Store.List(ctx, record.Query{Kind: kind, Scope: h.Scope, Subject: h.Subject, Limit: 1})
		if err != nil || len(rows) > 0 {
			if err != nil {
				return "", err
			}
			return d.line(rows[0]).Title, nil
		}
	}
	return "", nil
}

// stuck lists what does not go by itself: why the line does not come, what was returned, what cannot be read, what the
// server keeps for an administrator.
func (d *Desk) stuck(ctx context.Context, tray Tray, r Reading) ([]Stuck, error) {
	var out []Stuck
	add := func(what string, err error, returns bool) {
		why, hint := d.Print.Explain(err)
		out = append(out, Stuck{What: what, Why: why, Hint: hint, Returns: returns})
	}
	if r.Fault != nil && !r.Online && !fault.Is(r.Fault, fault.Canceled) {
		add(d.T("agent.day.stuck.line"), r.Fault, false)
	}
	if f := r.Files.Fault; f != nil && r.Files.Waiting > 0 && !fault.Is(f, fault.Canceled) {
		add(d.T("agent.day.stuck.files"), f, false)
	}
	if r.Files.Paused && r.Files.Waiting > 0 {
		out = append(out, Stuck{What: d.T("agent.day.stuck.files"), Why: d.T("blob.paused", "n", n(r.Files.Waiting)), Hint: d.T("agent.day.stuck.resume")})
	}
	returns, err := d.Returns(ctx, tray)
	if err != nil {
		return nil, err
	}
	for _, one := range returns {
		out = append(out, Stuck{What: one.Title, Why: one.Reason, Hint: one.Hint, Returns: true})
	}
	broken, err := d.Broken(ctx, tray)
	if err != nil {
		return nil, err
	}
	if len(broken) > 0 {
		out = append(out, Stuck{What: d.T("sync.broken", "n", n(len(broken))), Hint: d.T("agent.day.stuck.broken"), Returns: true})
	}
	if r.Quarantined > 0 {
		out = append(out, Stuck{What: d.T("agent.sync.kept", "n", n(r.Quarantined)), Hint: d.T("agent.day.stuck.kept")})
	}
	return out, nil
}

// judge says whether the laptop may be switched off. It always may: whatever is left lies sealed on its disk. But only a
// clean one is told so without more.
func (d *Desk) judge(e *DayEnd, r Reading) {
	e.Clean = e.Acts == 0 && len(e.Files) == 0 && r.Files.Waiting == 0 && len(e.Stuck) == 0 && e.Open == 0
	switch {
	case e.Clean:
		e.Verdict, e.Advice, e.Tone = d.T("agent.day.off"), d.T("agent.day.off.text"), Calm
	case (r.Sending || r.Files.Sending) && r.Online:
		e.Verdict, e.Advice, e.Tone = d.T("agent.day.wait"), d.T("agent.day.wait.text"), Notice
	default:
		e.Verdict, e.Advice, e.Tone = d.T("agent.day.left", "acts", n(e.Acts), "files", n(max(len(e.Files), r.Files.Waiting))), d.T("agent.day.left.text"), Notice
		if e.Acts == 0 && len(e.Files) == 0 && r.Files.Waiting == 0 {
			e.Verdict = d.T("agent.day.todo")
		}
	}
}
