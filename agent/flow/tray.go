// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Refused is an act that the server refused.
type Refused struct {
	Receipt record.Receipt
	Set     *record.ChangeSet
}

// RefusedGroup is what was refused together: the first act and those that built on it.
type RefusedGroup struct{ Items []Refused }

// Tray holds what the server refused until somebody corrects it or gives it up.
type Tray interface {
	// Refused returns all of it, oldest first.
	Refused(ctx context.Context) ([]RefusedGroup, error)
	// Resubmit applies an act that corrects a refused one.
	Resubmit(ctx context.Context, link record.Link, act record.Act) (record.Receipt, error)
	// Discard gives a refused act up.
	Discard(ctx context.Context, link record.Link) error
	// Broken returns what cannot be read any more and nobody has put aside, oldest first.
	Broken(ctx context.Context) ([]Remains, error)
	// Dismiss puts such an act aside.
	Dismiss(ctx context.Context, link record.Link, reason string) error
}

// Return is a group of the tray as a person reads it.
type Return struct {
	Title  string // whose record, and what was done
	When   string
	Reason string
	Hint   string
	Fields []Fact // what was written
	More   int    // acts that built on it

	Correctable bool         // Correct opens a form
	Demand      ident.Record // the demand it is about, zero if none

	group RefusedGroup
}

// Returns reads the tray.
func (d *Desk) Returns(ctx context.Context, tray Tray) ([]Return, error) {
	groups, err := tray.Refused(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Return, 0, len(groups))
	for _, g := range groups {
		if len(g.Items) > 0 && g.Items[0].Set != nil {
			out = append(out, d.returned(ctx, g))
		}
	}
	return out, nil
}

func (d *Desk) returned(ctx context.Context, g RefusedGroup) Return {
	first := g.Items[0]
	r := Return{group: g, More: len(g.Items) - 1, When: d.when(first.Set.Reading.WallMS), Title: d.T("agent.tray.sealed")}
	if len(first.Set.Writes) == 0 { // of a village that was taken from this device
		r.Reason, r.Hint = d.Print.Explain(fault.New(fault.Invalid, first.Receipt.Reason))
		return r
	}
	w := mainWrite(first.Set)
	r.Title = d.returnTitle(ctx, w)
	err := fault.New(fault.Invalid, first.Receipt.Reason).WithField(string(first.Receipt.Field))
	for name, value := range first.Receipt.Args {
		err = err.With(name, value)
	}
	r.Reason, r.Hint = d.Print.Explain(err)
	if f := first.Receipt.Field; f != "" {
		r.Reason = d.FieldName(first.Receipt.Record.Kind, f) + d.T("agent.colon") + r.Reason
	}
	for _, f := range w.FieldNames() {
		if text := d.Value(w.Header.Kind, f, w.Fields[f]); text != "" && f != "sample" {
			r.Fields = append(r.Fields, Fact{Label: d.FieldName(w.Header.Kind, f), Value: text})
		}
	}
	switch {
	case w.Header.Kind == lending.KindDemand && w.Op == record.Create:
		r.Correctable = !asker(w).IsZero()
	case w.Header.Kind == lending.KindDemand:
		r.Demand = w.Header.ID
	case w.Header.Kind == lending.KindMove:
		r.Demand = refBytes(w.Fields["demand"])
	case d.formOf(ctx, w) != nil:
		r.Correctable = w.Op == record.Create || w.Op == record.Edit
	default:
		_, r.Correctable = d.holder(ctx, w)
	}
	return r
}

// holder returns the record to which a row belongs that was written by itself.
func (d *Desk) holder(ctx context.Context, w record.Write) (record.Row, bool) {
	for _, name := range slices.Sorted(maps.Keys(d.Book.Forms)) {
		link, is := d.Book.Forms[name].RowKinds()[w.Header.Kind]
		if !is {
			continue
		}
		of := refBytes(w.Fields[link])
		if row, err := d.Store.Get(ctx, w.Header.ID); of.IsZero() && err == nil {
			of = refBytes(row.Value(link))
		}
		row, err := d.Store.Get(ctx, of)
		return row, err == nil
	}
	return record.Row{}, false
}

// mainWrite returns the write that a person would say an act was about.
func mainWrite(set *record.ChangeSet) record.Write {
	for _, kind := range []record.Kind{subject.KindHousehold, subject.KindMerchant, lending.KindDemand, lending.KindMove} {
		for _, w := range set.Writes {
			if w.Header.Kind == kind {
				return w
			}
		}
	}
	for _, w := range set.Writes {
		if w.Header.Kind != consent.Kind && w.Header.Kind != forms.KindTrail {
			return w
		}
	}
	return set.Writes[0]
}

// formOf returns the form by which a write was made, nil if it was made by none: the one that it names, or that the record
// named before, or the one for its kind.
func (d *Desk) formOf(ctx context.Context, w record.Write) *forms.Form {
	edition := w.Fields["form"].Text()
	if edition == "" && w.Op == record.Edit {
		if row, err := d.Store.Get(ctx, w.Header.ID); err == nil {
			edition = row.Text("form")
		}
	}
	if name, version, ok := forms.ParseEdition(edition); ok {
		if form := d.Book.Form(name, version); form != nil && form.Kind == w.Header.Kind {
			return form
		}
	}
	if form := d.form(w.Header.Kind); form != nil && form.Kind == w.Header.Kind {
		return form
	}
	return nil
}

func (d *Desk) returnTitle(ctx context.Context, w record.Write) string {
	what := d.T("agent.tray.edit", "kind", d.T("kind."+string(w.Header.Kind)))
	if w.Op == record.Create {
		what = d.T("agent.tray.create", "kind", d.T("kind."+string(w.Header.Kind)))
	}
	for _, f := range []record.Field{"head_name", "name", "applicant_name"} {
		if name := w.Fields[f].Text(); name != "" {
			return joined(name, what)
		}
	}
	about := w.Header.ID
	if w.Header.Kind == lending.KindMove {
		about = refBytes(w.Fields["demand"])
	}
	row, err := d.Store.Get(ctx, about)
	if err != nil {
		return what
	}
	if row.Header.Kind == lending.KindDemand {
		return joined(row.Text("applicant_name"), what)
	}
	return joined(d.line(row).Title, what)
}

// Correct opens the form of the first act of a group with what was refused in it, and in the acts that hold the rest of
// its rows; saving it takes them out of the tray.
func (d *Desk) Correct(ctx context.Context, tray Tray, r Return) (*Entry, error) {
	w := mainWrite(r.group.Items[0].Set)
	var e *Entry
	var err error
	form := d.formOf(ctx, w)
	if row, is := d.holder(ctx, w); is {
		w = record.Write{Op: record.Edit, Header: row.Header}
		form = d.formOf(ctx, w)
	}
	switch {
	case w.Header.Kind == lending.KindDemand:
		e, err = d.againDemand(ctx, w)
	case w.Op == record.Create:
		e, err = d.newOf(ctx, form, w.Header.Kind, w.Header.Scope)
	default:
		var row record.Row
		if row, err = d.Store.Get(ctx, w.Header.ID); err == nil {
			e, err = d.edit(ctx, form, row)
		}
	}
	if err != nil {
		return nil, err
	}
	if w.Op == record.Create {
		e.header = w.Header // the same record: others may refer to it
	}
	for i, it := range r.group.Items {
		if i == 0 || it.Set != nil && e.holdsRows(it.Set) {
			e.refill(it.Set)
			e.corrects = append(e.corrects, it.Receipt.Link)
		}
	}
	if code := w.Fields["plate_code"].Text(); code != "" {
		e.plate = code
	}
	e.tray = tray
	return e, nil
}

// holdsRows says whether an act holds nothing but rows of the record.
func (e *Entry) holdsRows(set *record.ChangeSet) bool {
	links := e.Session.Form().RowKinds()
	rows := 0
	for _, w := range set.Writes {
		link, is := links[w.Header.Kind]
		switch {
		case is && w.Op == record.Create && refBytes(w.Fields[link]) != e.header.ID:
			return false
		case is:
			rows++
		case w.Header.Kind != forms.KindTrail:
			return false
		}
	}
	return rows > 0
}

// refill types what was refused into the form.
func (e *Entry) refill(set *record.ChangeSet) {
	form := e.Session.Form()
	top := forms.Part{}
	var parts []forms.Part
	for _, w := range set.Writes {
		switch part, ok := form.PartOf(w, e.desk.Now()); {
		case !ok:
		case w.Op == record.Delete && part.Rows != "":
			top.Removed = append(top.Removed, w.Header.ID)
		case part.Rows == "" && w.Header.ID == e.header.ID:
			top.Answers = part.Answers
		case part.Rows != "":
			part.Number = int64(len(parts) + 1 + e.Session.Rows(part.Rows))
			parts = append(parts, part)
		}
	}
	e.Session.Resume(append(parts, top))
	for _, c := range form.Consents {
		if givesConsent(set, c.Purpose) {
			_ = e.Session.Set(c.Field, "yes") // a yes_no field takes it
		}
	}
}

func givesConsent(set *record.ChangeSet, purpose string) bool {
	for _, w := range set.Writes {
		if w.Fields["consent_purpose"].Text() == purpose {
			return true
		}
	}
	return false
}

// GiveUp discards a group: what built on the first act goes first.
func (r Return) GiveUp(ctx context.Context, tray Tray) error {
	var errs []error
	for i := len(r.group.Items) - 1; i >= 0; i-- {
		errs = append(errs, tray.Discard(ctx, r.group.Items[i].Receipt.Link))
	}
	return errors.Join(errs...)
}

// cutPath cuts "members.0.relation" into its parts.
func cutPath(path string) (rows string, row int, name string, ok bool) {
	parts := strings.Split(path, ".")
	if len(parts) != 3 {
		return "", 0, "", false
	}
	row, err := strconv.Atoi(parts[1])
	return parts[0], row, parts[2], err == nil
}
