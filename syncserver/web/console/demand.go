// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// unknownDemand is the answer for a demand that is not there and for one that
// is not the visitor's business: the two must not be told apart.
var unknownDemand = fault.New(fault.NotFound, "console.demand.unknown")

type demandPage struct {
	*frame
	Demand  lending.Demand
	State   lending.State
	Urgency lending.Urgency
	Masked  bool
	Created time.Time
	Tone    string

	Village, Around    string
	Code, Group, House string // of the plate
	Household          string
	HouseholdWithheld  string // why its name is not shown, "" if it is
	Merchant           string
	Officer, Bank      string
	Consent            *consentView
	Attachments        attachments // its own, and of the household
	Way                []wayStep
	Trail              []trailStep
	Moves              []moveForm
	Disputed, Torn     bool   // Torn: one person deleted it, another changed it
	Papers             []link // sheets as which it can be printed
	Withheld           []withheldView
	Record             string // address of the demand as a record, "" for who does not settle disputes
}

type consentView struct {
	consent.Consent
	To    string
	Given time.Time
	Ended time.Time // zero: it stands
}

// wayStep is a state on the way of a demand.
type wayStep struct {
	Status             lending.Status
	Done, Now, Stopped bool
}

// trailStep is a move as the history shows it.
type trailStep struct {
	lending.Step
	Person, OfficerName, BankName string
	When                          time.Time
	Told                          string // the sentence the resident read
}

// file is a demand with its state, once the visitor was found to be allowed to
// know of it.
type file struct {
	row    record.Row
	demand lending.Demand
	state  lending.State
	from   record.Store
}

// file reads the demand that the address names.
func (c *Console) file(r *http.Request, v *visit) (*file, error) {
	id, err := parseID[ident.Record](r.PathValue("id"), unknownDemand.Key)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	f := &file{from: c.Store.As(v.user.Login)}
	f.row, err = f.from.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && (f.row.Header.Kind != lending.KindDemand || f.row.Deleted()) {
		return nil, unknownDemand
	}
	if err != nil {
		return nil, err
	}
	var moves []record.Row
	q := record.Query{
		Kind: lending.KindMove, Scope: f.row.Header.Scope,
		Where: []record.Term{{Field: "demand", Value: record.OfBytes(id.Bytes())}},
	}
	if err := eachRow(ctx, f.from, q, func(row record.Row) { moves = append(moves, row) }); err != nil {
		return nil, err
	}
	f.demand, f.state = lending.DemandOf(f.row), c.Lending.Fold(moves)
	if !mayKnow(v, f.row.Header.Scope, f.state.Bank, f.demand.Recipient) {
		return nil, unknownDemand
	}
	return f, c.refusedTo(v, f.row.Header, "applicant_name")
}

func (c *Console) onDemand(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.file(r, v)
	if err != nil {
		return err
	}
	return c.showDemand(w, r, v, http.StatusOK, f, "", nil)
}

// showDemand writes the page of a demand; tried is the form that was refused,
// if one was.
func (c *Console) showDemand(w http.ResponseWriter, r *http.Request, v *visit, status int, f *file, to lending.Status, tried *form) error {
	ctx := r.Context()
	page := demandPage{
		frame: c.frame(v, r, string(PageDemands)), Demand: f.demand, State: f.state,
		Urgency: c.Lending.Urgency(f.state, c.Now().UnixMilli()), Masked: !c.readsC2(v, lending.KindDemand),
		Created: time.UnixMilli(f.state.Began()), Tone: toneOf(f.state.Status),
		Way: c.way(f.state), Disputed: len(f.row.Disputed()) > 0, Torn: f.row.DeletionDisputed(),
	}
	page.Path = c.Base + "/demands/" + f.row.Header.ID.String()
	if May(c.Access, v.user.Login.Role, PageConflicts) {
		page.Record = c.Base + "/records/" + f.row.Header.ID.String()
	}
	page.Papers = c.papers(v, f.row.Header.Kind, page.Path)
	page.Withheld = c.withheldOf(v, f.row.Header)
	if err := c.fillDemand(ctx, v, f, &page); err != nil {
		return err
	}
	var err error
	if page.Moves, err = c.moveForms(ctx, v, f, to, tried); err != nil {
		return err
	}
	return c.show(w, status, "demand", page)
}

// fillDemand looks up what the demand refers to.
func (c *Console) fillDemand(ctx context.Context, v *visit, f *file, page *demandPage) error {
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	orgs, err := c.orgs(ctx, v)
	if err != nil {
		return err
	}
	names := c.people()
	page.Village, page.Around = places.name(f.row.Header.Scope), places.byID[f.row.Header.Scope].Around
	page.Bank = orgName(orgs, f.state.Bank)
	if page.Officer, err = names.of(ctx, f.state.Officer); err != nil {
		return err
	}
	if err := page.plate(ctx, f); err != nil {
		return err
	}
	if page.Household, err = nameOf(ctx, f.from, f.demand.Household, "head_name"); err != nil {
		return err
	}
	page.HouseholdWithheld = c.whyNot(v, record.Header{ID: f.demand.Household}, "head_name")
	if page.Merchant, err = nameOf(ctx, f.from, f.demand.Merchant, "name"); err != nil {
		return err
	}
	if page.Consent, err = c.consentOf(ctx, f, orgs); err != nil {
		return err
	}
	if page.Attachments, err = c.attachmentsOf(ctx, f); err != nil {
		return err
	}
	page.Trail, err = c.trail(ctx, v, f.state, orgs, names)
	return err
}

// plate finds the door that the demand came from.
func (p *demandPage) plate(ctx context.Context, f *file) error {
	if f.demand.Plate.IsZero() {
		return nil
	}
	p.Code = doorplate.CodeOf(f.demand.Plate).String()
	rows, err := f.from.List(ctx, record.Query{
		Kind: "plate", Scope: f.row.Header.Scope, Limit: 1,
		Where: []record.Term{{Field: "handle", Value: record.OfBytes(f.demand.Plate[:])}},
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	p.Group, p.House = rows[0].Text("group_no"), rows[0].Text("house_no")
	return nil
}

// nameOf returns the name on another record, "" if there is none or it is not
// for this reader.
func nameOf(ctx context.Context, from record.Store, id ident.Record, field record.Field) (string, error) {
	if id.IsZero() {
		return "", nil
	}
	row, err := from.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return row.Text(field), err
}

func (c *Console) consentOf(ctx context.Context, f *file, orgs []org) (*consentView, error) {
	if f.demand.Consent.IsZero() {
		return nil, nil
	}
	row, err := f.from.Get(ctx, f.demand.Consent)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	given := consent.Of(row)
	view := &consentView{Consent: given, To: orgName(orgs, given.Recipient), Given: time.UnixMilli(given.At)}
	ends, err := f.from.List(ctx, record.Query{
		Kind: consent.KindEnd, Scope: f.row.Header.Scope, Limit: 1,
		Where: []record.Term{{Field: "consent", Value: record.OfBytes(f.demand.Consent.Bytes())}},
	})
	if err != nil {
		return nil, err
	}
	if len(ends) > 0 {
		view.Ended = time.UnixMilli(ends[0].Int("at"))
	}
	return view, nil
}

// way returns the states from the first to the best end, and an ending off the
// way where it was taken.
func (c *Console) way(s lending.State) []wayStep {
	var way []wayStep
	reached := lending.Status("")
	for _, step := range s.Steps {
		if step.Counted && !offTheWay(step.To) {
			reached = step.To
		}
	}
	passed := true
	for _, def := range c.Lending.States() {
		if offTheWay(def.Name) {
			continue
		}
		now := def.Name == s.Status
		way = append(way, wayStep{Status: def.Name, Done: passed && !now && s.Status != "", Now: now})
		if def.Name == reached {
			passed = false
		}
	}
	if offTheWay(s.Status) {
		way = append(way, wayStep{Status: s.Status, Stopped: true})
	}
	return way
}

func offTheWay(s lending.Status) bool { return s == lending.Declined || s == lending.Withdrawn }

// trail returns the moves, newest first.
func (c *Console) trail(ctx context.Context, v *visit, s lending.State, orgs []org, names people) ([]trailStep, error) {
	var trail []trailStep
	for _, step := range slices.Backward(s.Steps) {
		person, err := names.of(ctx, step.By)
		if err != nil {
			return nil, err
		}
		officer, err := names.of(ctx, step.Officer)
		if err != nil {
			return nil, err
		}
		trail = append(trail, trailStep{
			Step: step, Person: person, OfficerName: officer, BankName: orgName(orgs, step.Bank),
			When: time.UnixMilli(cmp.Or(step.Stamp.WallMS(), step.At)), Told: c.told(v, step.To, step.Sentence),
		})
	}
	return trail, nil
}

// told returns the sentence a resident reads in a state. A key without a text
// reads as the sentence of today.
func (c *Console) told(v *visit, s lending.Status, key string) string {
	today, pairs := c.Lending.Sentence(s)
	if !v.print.Has(key) {
		key = today
	}
	return v.print.T(key, pairs...)
}
