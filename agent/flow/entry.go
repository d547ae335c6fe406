// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"errors"
	"maps"
	"slices"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Entry is a form that is being filled in: something new, changes to what is registered, or a loan demand. Save makes it an
// act, or with very many rows several, on what was seen when the form was opened. Until then Keep keeps it as a draft.
type Entry struct {
	Session *forms.Session
	Village Village
	New     bool
	Resumed bool           // it goes on with a draft
	Name    string         // whose record is changed, or who it is about; "" for a new household or merchant
	Number  receipt.Number // of a demand, from the first Save on; "" for all else

	desk      *Desk
	header    record.Header
	base      record.Base
	plate     string          // code of the plate it was begun with
	given     map[string]bool // purposes consented to before
	posted    ident.Org       // who the consent is for
	of        record.Header   // the household or merchant whose demand it is
	handle    doorplate.Handle
	corrects  []record.Link // refused acts whose place it takes, in order
	tray      Tray
	untouched map[string]string // the answers as they were when the form was opened
	said      map[cell][]string // see Said

	draft draft
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
	return d.newOf(ctx, d.form(kind), kind, scope)
}

func (d *Desk) newOf(ctx context.Context, form *forms.Form, kind record.Kind, scope ident.Scope) (*Entry, error) {
	if scope == "" {
		return nil, fault.New(fault.Invalid, "agent.form.village")
	}
	e, err := d.entry(ctx, form, kind, scope)
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

// entry makes an empty form with what it needs of its village. form may be nil: then there is none for the kind.
func (d *Desk) entry(ctx context.Context, form *forms.Form, kind record.Kind, scope ident.Scope) (*Entry, error) {
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
	e := &Entry{
		Session: forms.New(form, d.Now()), Village: d.Village(ctx, scope), desk: d, base: base,
		posted: posting.Bank, given: map[string]bool{},
	}
	e.Session.Timed(d.Now)
	e.Session.Identified(d.newID)
	return e, nil
}

// Edit opens a household or merchant to change it, by the form with which it is registered, or goes on with what is
// unfinished of that. fault.NotFound if there is none.
func (d *Desk) Edit(ctx context.Context, id ident.Record) (*Entry, error) {
	return d.EditBy(ctx, "", id)
}

// EditBy is Edit by another form of the same kind; "" is the one with which it is registered.
func (d *Desk) EditBy(ctx context.Context, name string, id ident.Record) (*Entry, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	form := d.form(row.Header.Kind)
	if name != "" {
		form = d.Book.Forms[name]
	}
	if form == nil || form.Kind != row.Header.Kind {
		return nil, fault.New(fault.Unsupported, "record.kind").With("kind", string(row.Header.Kind))
	}
	if hidden, err := d.withheld(ctx, row.Header); err != nil || len(hidden) > 0 {
		if err == nil { // what is not shown cannot be corrected either
			err = fault.New(fault.NotAllowed, "agent.consents.withdrawn")
		}
		return nil, err
	}
	if begun, err := d.begunOn(ctx, form.Name, id); err != nil || begun != nil {
		return begun, err
	}
	return d.edit(ctx, form, row)
}

func (d *Desk) edit(ctx context.Context, form *forms.Form, row record.Row) (*Entry, error) {
	e, err := d.entry(ctx, form, row.Header.Kind, row.Header.Scope)
	if err != nil {
		return nil, err
	}
	e.header, e.Name = row.Header, d.surveyTitle(row)
	if err := e.load(ctx, row); err != nil {
		return nil, err
	}
	e.untouched = e.Session.Draft()
	return e, nil
}

// load answers with what is registered.
func (e *Entry) load(ctx context.Context, row record.Row) error {
	d := e.desk
	parts, err := d.partRows(ctx, e.Session.Form(), row.Header)
	if err != nil {
		return err
	}
	if err := e.consented(ctx); err != nil {
		return err
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
				return err
			}
		}
	}
	return nil
}

// partRows reads the records that are the rows of a form: members, plots, animals, debts.
func (d *Desk) partRows(ctx context.Context, form *forms.Form, of record.Header) ([]record.Row, error) {
	var out []record.Row
	kinds := form.RowKinds()
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		rows, err := d.Store.List(ctx, record.Query{
			Kind: kind, Scope: of.Scope, Limit: everything,
			Where: []record.Term{{Field: kinds[kind], Value: record.OfBytes(of.ID.Bytes())}},
		})
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// consented finds the purposes to which the person has consented already.
func (e *Entry) consented(ctx context.Context) error {
	given, err := consent.Read(ctx, e.desk.Store, e.header.Scope, e.header.Subject)
	if err != nil {
		return err
	}
	for _, c := range given.Consents {
		e.given[c.Purpose] = e.given[c.Purpose] || given.Holds(c, e.desk.Now())
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

// giver is who signs: the head of the household, the operator, who asks for a loan, or who answers for an enterprise.
func (e *Entry) giver() string {
	for _, path := range []string{"head_name", "operator_name", "applicant_name", "legal_person", "manager", "keeper"} {
		if _, asks := e.Session.Form().Field(path); asks {
			return e.Session.Value(path).Text()
		}
	}
	return ""
}

// fieldFault returns the fault of an error with a field.
func fieldFault(err error, field string) error { return fault.From(err).WithField(field) }

// Problems returns the findings: those that block, those that warn, and those that are for somebody to review.
func (e *Entry) Problems() []Problem {
	var out []Problem
	for _, f := range e.Session.Findings() {
		message, hint := f.Explain(e.desk.Print)
		p := Problem{Level: f.Level, Text: message, Hint: hint, Reason: f.Reason, finding: f}
		if len(f.Paths) > 0 {
			p.Path = f.Paths[0]
			p.Label = e.label(p.Path)
		}
		out = append(out, p)
	}
	order := []forms.Level{forms.Block, forms.Warn, forms.Flag}
	slices.SortStableFunc(out, func(a, b Problem) int {
		return slices.Index(order, a.Level) - slices.Index(order, b.Level)
	})
	return out
}

// Flags returns in words what of the answers is for somebody to review.
func (e *Entry) Flags() []string {
	var out []string
	for _, p := range e.Problems() {
		if p.Level == forms.Flag && !slices.Contains(out, p.Text) {
			out = append(out, p.Text)
		}
	}
	return out
}

// Explain notes why somebody goes on in spite of a warning; "" takes it back.
func (e *Entry) Explain(p Problem, reason string) { e.Session.GiveReason(p.finding, reason) }

// Problem is something to correct, or to look at again.
type Problem struct {
	Path   string // of the field, "" if it is none
	Label  string
	Text   string
	Hint   string
	Level  forms.Level
	Reason string // why somebody goes on in spite of a warning

	finding forms.Finding
}

// label returns the name of the field at a path; of a row's field with the name of the rows and the number of the row.
func (e *Entry) label(path string) string {
	if field, ok := e.Session.Form().Field(path); ok {
		return field.Label.In(e.desk.Print)
	}
	name, row, inner, ok := cutPath(path)
	if !ok {
		return ""
	}
	rows, known := e.Session.Form().Field(name)
	field, ok := e.Session.Form().Field(name + "." + inner)
	if !ok || !known {
		return ""
	}
	return e.desk.T("agent.form.row", "rows", rows.Label.In(e.desk.Print), "n", n(row+1), "field", field.Label.In(e.desk.Print))
}
