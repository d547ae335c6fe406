// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"errors"
	"slices"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Entry is a form that is being filled in: a new household or merchant, changes to one, or a loan demand of one. Save makes
// all of it one act, on what was seen when the form was opened.
type Entry struct {
	Session *forms.Session
	Village Village
	New     bool
	Name    string         // whose record is changed, or who asks for a loan; "" for a new household or merchant
	Number  receipt.Number // of a demand, from the first Save on; "" for all else

	desk      *Desk
	header    record.Header
	base      record.Base
	plate     string          // code of the plate it was begun with
	given     map[string]bool // purposes consented to before
	posted    ident.Org       // who the consent is for
	of        record.Header   // the household or merchant whose demand it is
	handle    doorplate.Handle
	corrects  *record.Link
	tray      Tray
	untouched map[string]string // the answers as they were when the form was opened
	said      map[cell][]string // see Said
}

// cell is a field of a record.
type cell struct {
	id    ident.Record
	field record.Field
}

// NewHousehold begins a new household in a village.
func (d *Desk) NewHousehold(ctx context.Context, scope ident.Scope) (*Entry, error) {
	return d.newEntry(ctx, subject.KindHousehold, scope)
}

// NewMerchant begins a new merchant in a village.
func (d *Desk) NewMerchant(ctx context.Context, scope ident.Scope) (*Entry, error) {
	return d.newEntry(ctx, subject.KindMerchant, scope)
}

func (d *Desk) newEntry(ctx context.Context, kind record.Kind, scope ident.Scope) (*Entry, error) {
	if scope == "" {
		return nil, fault.New(fault.Invalid, "agent.form.village")
	}
	e, err := d.entry(ctx, kind, scope)
	if err != nil {
		return nil, err
	}
	e.New = true
	if e.header, err = d.newHeader(kind, scope); err != nil {
		return nil, err
	}
	if _, asks := e.Session.Form().Field("region_code"); asks {
		if err := e.Session.Set("region_code", e.Village.Code); err != nil {
			return nil, err
		}
	}
	e.untouched = e.Session.Draft()
	return e, nil
}

func (d *Desk) newHeader(kind record.Kind, scope ident.Scope) (record.Header, error) {
	id, err := d.newID()
	if err != nil {
		return record.Header{}, err
	}
	about, err := ident.New[ident.Subject](d.Now().UnixMilli(), d.Random)
	return record.Header{ID: id, Kind: kind, Scope: scope, Subject: about}, err
}

// entry makes an empty form with what it needs of its village.
func (d *Desk) entry(ctx context.Context, kind record.Kind, scope ident.Scope) (*Entry, error) {
	form := d.form(kind)
	if form == nil {
		return nil, fault.New(fault.Unsupported, "record.kind").With("kind", string(kind))
	}
	base, err := d.Store.Base(ctx, scope)
	if err != nil {
		return nil, err
	}
	posting, _, err := d.posting(ctx, scope)
	if err != nil {
		return nil, err
	}
	return &Entry{
		Session: forms.New(form, d.Now()), Village: d.Village(ctx, scope), desk: d, base: base,
		posted: posting.Bank, given: map[string]bool{},
	}, nil
}

// Edit opens a household or merchant to change it. fault.NotFound if there is none.
func (d *Desk) Edit(ctx context.Context, id ident.Record) (*Entry, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	e, err := d.entry(ctx, row.Header.Kind, row.Header.Scope)
	if err != nil {
		return nil, err
	}
	e.header, e.Name = row.Header, d.line(row).Title
	var parts []record.Row
	if row.Header.Kind == subject.KindHousehold {
		if parts, err = d.memberRows(ctx, row.Header); err != nil {
			return nil, err
		}
	}
	if err := e.consented(ctx); err != nil {
		return nil, err
	}
	e.Session.Load(row, parts...)
	e.said = map[cell][]string{}
	for _, r := range append(parts, row) {
		for _, f := range r.Disputed() {
			e.said[cell{r.Header.ID, f}] = d.disputants(ctx, r, f)
		}
	}
	for _, c := range e.Session.Form().Consents {
		if e.given[c.Purpose] {
			if err := e.Session.Set(c.Field, "yes"); err != nil {
				return nil, err
			}
		}
	}
	e.untouched = e.Session.Draft()
	return e, nil
}

// consented finds the purposes to which the person has consented already.
func (e *Entry) consented(ctx context.Context) error {
	q := record.Query{Kind: consent.Kind, Scope: e.header.Scope, Subject: e.header.Subject, Limit: everything}
	rows, err := e.desk.Store.List(ctx, q)
	if err != nil {
		return err
	}
	q.Kind = consent.KindEnd
	ends, err := e.desk.Store.List(ctx, q)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if c := consent.Of(row); c.Holds(e.desk.Now(), ends) {
			e.given[c.Purpose] = true
		}
	}
	return nil
}

// Plate notes the plate that a new household was begun with.
func (e *Entry) Plate(p Plate) {
	e.plate = p.Code
	for field, text := range map[string]string{"group_no": p.Group, "house_no": p.House} {
		if _, asks := e.Session.Form().Field(field); asks && text != "" {
			_ = e.Session.Set(field, text) // what does not fit is left for the person to type
		}
	}
	e.untouched = e.Session.Draft()
}

// Recipient returns the name of who the consent is for, "" if nobody is posted to the village.
func (e *Entry) Recipient(ctx context.Context) string { return e.desk.OrgName(ctx, e.posted) }

// Wording returns the text that the person agrees to for a purpose of this form, "" if there is none.
func (e *Entry) Wording(ctx context.Context, purpose string) string {
	w, ok := e.desk.Book.Consent.Current(purpose, e.desk.Now())
	if !ok {
		return ""
	}
	return w.In(e.desk.Print.Lang(), e.Recipient(ctx))
}

// Said returns who said what of a field in dispute, and when, in sentences, as it stood when the form was opened.
func (e *Entry) Said(id ident.Record, field record.Field) []string { return e.said[cell{id, field}] }

// Changed says whether anything was typed that is not saved yet.
func (e *Entry) Changed() bool {
	now := e.Session.Draft()
	if len(now) != len(e.untouched) {
		return true
	}
	for path, text := range now {
		if e.untouched[path] != text {
			return true
		}
	}
	return false
}

// Blocked is the error of Save while something has to be corrected first; Session.Findings tells what.
var Blocked error = fault.New(fault.Invalid, "agent.form.blocked")

// Save makes the form one act and returns the record's id. It returns Blocked while findings block, fault.Invalid
// "agent.form.nothing" if nothing was changed, and the faults of consent.Policy.Give.
func (e *Entry) Save(ctx context.Context) (ident.Record, record.Receipt, error) {
	if e.Session.Ready() != nil {
		return ident.Record{}, record.Receipt{}, Blocked
	}
	act := e.registration
	if e.header.Kind == lending.KindDemand {
		act = e.demand
	}
	made, err := act()
	if err != nil {
		return e.header.ID, record.Receipt{}, err
	}
	rc, err := e.apply(ctx, made)
	return e.header.ID, rc, err
}

// registration is the act that registers or changes a household or merchant.
func (e *Entry) registration() (record.Act, error) {
	writes, err := e.Session.Writes(e.header, e.desk.newID)
	if err != nil {
		return record.Act{}, err
	}
	e.mark(writes)
	consents, err := e.consents()
	if err != nil {
		return record.Act{}, err
	}
	if writes = append(consents, writes...); len(writes) == 0 {
		return record.Act{}, fault.New(fault.Invalid, "agent.form.nothing")
	}
	return record.Act{
		Name: e.name(), Scope: e.header.Scope, Base: e.base, Source: e.desk.Book.Access.Source(e.desk.Role), Writes: writes,
	}, nil
}

func (e *Entry) name() string {
	if e.New {
		return string(e.header.Kind) + ".register"
	}
	return string(e.header.Kind) + ".edit"
}

func (e *Entry) apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if e.corrects != nil {
		return e.tray.Resubmit(ctx, *e.corrects, act)
	}
	return e.desk.Store.Apply(ctx, act)
}

// mark adds to new records what no question asks: the plate, and that they are an example.
func (e *Entry) mark(writes []record.Write) {
	for _, w := range writes {
		if w.Op != record.Create {
			continue
		}
		if e.Village.Sample {
			w.Fields["sample"] = record.OfBool(true)
		}
		if w.Header.ID == e.header.ID && e.plate != "" {
			w.Fields["plate_code"] = record.OfText(e.plate)
		}
	}
}

// consents returns the consents that were given with this form and not before.
func (e *Entry) consents() ([]record.Write, error) {
	var out []record.Write
	var errs []error
	for _, purpose := range e.Session.Consents() {
		if e.given[purpose] {
			continue
		}
		c, err := e.consent(purpose)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		id, err := e.desk.newID()
		if err != nil {
			return nil, err
		}
		c.Header = record.Header{ID: id, Kind: consent.Kind, Scope: e.header.Scope, Subject: e.header.Subject}
		out = append(out, c.Create())
	}
	return out, errors.Join(errs...)
}

// consent returns the consent to a purpose as it is given to an officer: on paper, which the officer keeps.
func (e *Entry) consent(purpose string) (consent.Consent, error) {
	c := consent.Consent{
		Recipient: e.posted, Purpose: purpose, Given: consent.Paper, Giver: e.giver(), Sample: e.Village.Sample,
		Assisted: e.Session.Value("assisted").Bool(),
	}
	if c.Assisted {
		c.Assistant = e.desk.Name
	}
	return e.desk.Book.Consent.Give(c, e.desk.Now())
}

// giver is who signs: the head of the household, the operator, or who asks for a loan.
func (e *Entry) giver() string {
	for _, path := range []string{"head_name", "operator_name", "applicant_name"} {
		if _, asks := e.Session.Form().Field(path); asks {
			return e.Session.Value(path).Text()
		}
	}
	return ""
}

// fieldFault returns the fault of an error with a field.
func fieldFault(err error, field string) error { return fault.From(err).WithField(field) }

// Problems returns the findings that block, then those that warn, as the person reads them.
func (e *Entry) Problems() []Problem {
	var out []Problem
	for _, f := range e.Session.Findings() {
		message, hint := f.Explain(e.desk.Print)
		p := Problem{Blocks: f.Level == forms.Block, Text: message, Hint: hint}
		if len(f.Paths) > 0 {
			p.Path = f.Paths[0]
			p.Label = e.label(p.Path)
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Problem) int {
		if a.Blocks == b.Blocks {
			return 0
		}
		if a.Blocks {
			return -1
		}
		return 1
	})
	return out
}

// Problem is something to correct, or to look at again.
type Problem struct {
	Path   string // of the field, "" if it is none
	Label  string
	Text   string
	Hint   string
	Blocks bool
}

// label returns the name of the field at a path; of a row's field with the number of the row.
func (e *Entry) label(path string) string {
	if field, ok := e.Session.Form().Field(path); ok {
		return field.Label.In(e.desk.Print)
	}
	rows, row, name, ok := cutPath(path)
	if !ok {
		return ""
	}
	field, ok := e.Session.Form().Field(rows + "." + name)
	if !ok {
		return ""
	}
	return e.desk.T("agent.form.row", "n", n(row+1), "field", field.Label.In(e.desk.Print))
}
