// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"errors"
	"strconv"
	"strings"

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
	switch w.Header.Kind {
	case subject.KindHousehold, subject.KindMerchant:
		r.Correctable = w.Op == record.Create || w.Op == record.Edit
	case lending.KindDemand:
		if w.Op == record.Create {
			r.Correctable = !asker(w).IsZero()
			break
		}
		r.Demand = w.Header.ID
	case lending.KindMove:
		r.Demand = refBytes(w.Fields["demand"])
	}
	return r
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
	return set.Writes[0]
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

// Correct opens the form of the first act of a group with what was refused in it; saving it takes the act out of the tray.
func (d *Desk) Correct(ctx context.Context, tray Tray, r Return) (*Entry, error) {
	set := r.group.Items[0].Set
	w := mainWrite(set)
	var e *Entry
	var err error
	switch {
	case w.Header.Kind == lending.KindDemand:
		e, err = d.againDemand(ctx, w)
	case w.Op == record.Create:
		e, err = d.newEntry(ctx, w.Header.Kind, w.Header.Scope)
	default:
		e, err = d.Edit(ctx, w.Header.ID)
	}
	if err != nil {
		return nil, err
	}
	if w.Op == record.Create {
		e.header = w.Header // the same record: others may refer to it
	}
	e.refill(set, w)
	link := r.group.Items[0].Receipt.Link
	e.corrects, e.tray = &link, tray
	return e, nil
}

// refill types what was refused into the form.
func (e *Entry) refill(set *record.ChangeSet, w record.Write) {
	e.Session.Restore(e.answersOf(set, w))
	for f, v := range w.Fields {
		if !v.IsNone() {
			continue
		}
		for _, path := range e.Session.Paths() {
			if field, ok := e.Session.Form().Field(path); ok && field.Record == f {
				_ = e.Session.Set(path, "") // taking an answer back cannot fail
			}
		}
	}
	for _, c := range e.Session.Form().Consents {
		if givesConsent(set, c.Purpose) {
			_ = e.Session.Set(c.Field, "yes") // a yes_no field takes it
		}
	}
	if code := w.Fields["plate_code"].Text(); code != "" {
		e.plate = code
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

// answersOf returns the answers that an act holds, as text by path.
func (e *Entry) answersOf(set *record.ChangeSet, w record.Write) map[string]string {
	s := forms.New(e.Session.Form(), e.desk.Now())
	var parts []record.Row
	for _, part := range set.Writes {
		if part.Header.Kind == subject.KindMember && part.Op == record.Create {
			parts = append(parts, rowOf(part))
		}
	}
	s.Load(rowOf(w), parts...)
	return s.Draft()
}

func rowOf(w record.Write) record.Row {
	row := record.Row{Header: w.Header, Fields: make(map[record.Field]record.FieldState, len(w.Fields))}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v}
	}
	return row
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
