// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"context"
	"math"
	"slices"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
	"yuexin/shared/sync/record/typed"
)

// reviewKinds are the kinds whose disputes people settle, in the order of the inbox.
var reviewKinds = []record.Kind{subject.KindHousehold, subject.KindMember, subject.KindMerchant, lending.KindDemand}

// ReviewsShown is by how many records of each kind the inbox grows.
const ReviewsShown = 100

// Review is a card of the inbox: one field in which something waits for a person.
type Review struct {
	ID       ident.Record
	Kind     record.Kind
	Field    record.Field
	Title    string // whose record
	Village  string
	Label    string // of the field
	Said     []Said
	Two      bool     // two persons have to settle it
	Reopened string   // says when it was settled before; "" if never
	May      bool     // whoever works here may settle it
	Files    FileList // photos and scans that belong to the values

	card review.Card
	base record.Base
}

// Said is one value of a card.
type Said struct {
	Value  string
	Who    string
	When   string
	Sight  string // what its author had seen
	Note   string // that it counts meanwhile, or that one person proposes it
	Agree  bool   // another person proposes it: to choose it is to agree
	Source string

	value record.Value
}

// Reviews returns the inbox of a village, or of all with "": disputes in the order of their records, oldest first, of at
// most so many records of each kind, and whether there are more.
func (d *Desk) Reviews(ctx context.Context, scope ident.Scope, most int) (list []Review, more bool, err error) {
	return d.reviews(ctx, scope, record.WaitsDispute, most)
}

// Proposals returns in the same way what sources of lower rank propose beside what counts.
func (d *Desk) Proposals(ctx context.Context, scope ident.Scope, most int) (list []Review, more bool, err error) {
	return d.reviews(ctx, scope, record.WaitsProposal, most)
}

// ReviewsOf returns the cards of one household or merchant and its members, disputes and what is proposed, in that order.
func (d *Desk) ReviewsOf(ctx context.Context, id ident.Record) ([]Review, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	rows := []record.Row{row}
	if row.Header.Kind == subject.KindHousehold {
		members, err := d.memberRows(ctx, row.Header)
		if err != nil {
			return nil, err
		}
		rows = append(rows, members...)
	}
	var list []Review
	for _, what := range []record.Waiting{record.WaitsDispute, record.WaitsProposal} {
		for _, row := range rows {
			cards, err := d.cards(ctx, row, what)
			if err != nil {
				return nil, err
			}
			list = append(list, cards...)
		}
	}
	return list, nil
}

func (d *Desk) reviews(ctx context.Context, scope ident.Scope, what record.Waiting, most int) (list []Review, more bool, err error) {
	for _, kind := range reviewKinds {
		rows, err := d.waiting(ctx, record.Query{Kind: kind, Scope: scope, Waiting: what}, most+1)
		if err != nil {
			return nil, false, err
		}
		if len(rows) > most {
			rows, more = rows[:most], true
		}
		for _, row := range rows {
			cards, err := d.cards(ctx, row, what)
			if err != nil {
				return nil, false, err
			}
			list = append(list, cards...)
		}
	}
	return list, more, nil
}

// waiting reads page by page what a query finds, until it has enough.
func (d *Desk) waiting(ctx context.Context, q record.Query, enough int) (rows []record.Row, err error) {
	q.Limit = ReviewsShown
	for len(rows) < enough {
		page, err := d.Store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		rows = append(rows, page...)
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].Header.ID
	}
	return rows, nil
}

// ReviewCounts returns how many fields wait in the inbox of each village, and under "" in all.
func (d *Desk) ReviewCounts(ctx context.Context) (map[ident.Scope]int, error) {
	counts := map[ident.Scope]int{}
	for _, kind := range reviewKinds {
		rows, err := d.waiting(ctx, record.Query{Kind: kind, Waiting: record.WaitsDispute}, math.MaxInt)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			counts[row.Header.Scope] += len(row.Disputed())
			counts[""] += len(row.Disputed())
		}
	}
	return counts, nil
}

func (d *Desk) cards(ctx context.Context, row record.Row, what record.Waiting) ([]Review, error) {
	base, err := d.Store.Base(ctx, row.Header.Scope)
	if err != nil {
		return nil, err
	}
	notes, err := d.notes(ctx, record.Query{Scope: row.Header.Scope, Where: []record.Term{{Field: "record", Value: record.OfBytes(row.Header.ID.Bytes())}}})
	if err != nil {
		return nil, err
	}
	holder, files, err := d.filesBehind(ctx, row)
	if err != nil {
		return nil, err
	}
	var out []Review
	for _, card := range review.Cards(d.Book.Catalogue, row, what) {
		r := Review{
			ID: row.Header.ID, Kind: row.Header.Kind, Field: card.Field, Title: d.titleOf(row), Village: d.Village(ctx, row.Header.Scope).Name,
			Label: d.FieldName(row.Header.Kind, card.Field), Two: card.TwoPersons(), card: card, base: base,
			May: what == record.WaitsDispute && d.Book.Access.Allows(d.Role, row.Header.Kind, card.Def.Class, record.CanResolve),
		}
		for _, s := range card.Said {
			r.Said = append(r.Said, d.saidOf(ctx, card, s))
		}
		if i := slices.IndexFunc(notes, func(n review.Settled) bool { return n.Field == card.Field }); i >= 0 && len(card.Proposed()) == 0 {
			r.Reopened = d.T("review.reopened", "time", d.when(notes[i].AtMS))
		}
		if r.Files, err = d.fileLines(ctx, holder, card.Attached(files)); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (d *Desk) saidOf(ctx context.Context, card review.Card, s review.Said) Said {
	out := Said{
		Value: d.inFull(card.Header.Kind, card.Field, s.Value), Who: d.Who(ctx, s.Actor, s.Source), When: d.moment(s.Head), value: s.Value,
		Source: d.T("agent.source." + n(int(s.Source))),
		Sight:  d.T([...]string{review.First: "review.sight.first", review.Unseen: "review.sight.unseen", review.Aware: "review.sight.aware"}[s.Sight]),
	}
	switch {
	case s.Proposal && s.Actor == d.Actor:
		out.Note = d.T("review.proposal.mine")
	case s.Proposal:
		out.Note, out.Agree = d.T("review.proposal"), true
	case s.Shown && card.Waiting == record.WaitsDispute:
		out.Note = d.T("agent.review.now")
	case s.Shown:
		out.Note = d.T("agent.review.counts")
	}
	if s.Version == 0 {
		out.Note = joined(out.Note, d.T(MarkPending.Key()))
	}
	return out
}

// inFull prints a value for whoever has to compare it: identity numbers are not masked.
func (d *Desk) inFull(kind record.Kind, f record.Field, v record.Value) string {
	def, _ := d.Book.Catalogue.Field(kind, f)
	switch {
	case f == record.Deleted && v.Bool():
		return d.T("agent.review.deleted")
	case f == record.Deleted:
		return d.T("agent.review.kept")
	case def.Format == record.FormatResidentID && !v.IsNone():
		return v.Text()
	}
	return d.said(kind, f, v)
}

// Waits reports whether a card is still in the inbox, after somebody here settled it or did their part.
func (d *Desk) Waits(ctx context.Context, r Review) bool {
	row, err := d.Store.Get(ctx, r.ID)
	return err == nil && row.Fields[r.Field].Disputed
}

// titleOf is the name by which people speak of a record.
func (d *Desk) titleOf(row record.Row) string {
	name := cmp.Or(row.Text("head_name"), row.Text("applicant_name"), row.Text("name"), row.Text("operator_name"), d.T("subject.unnamed"))
	return joined(name, d.T("kind."+string(row.Header.Kind)))
}

// Choose settles a card with one of its values, by its place in Said. Where two persons have to settle it, this is one
// person's part.
func (d *Desk) Choose(ctx context.Context, r Review, said int, reason string) error {
	return d.settle(ctx, r, review.Choice{Value: r.Said[said].value, Reason: reason})
}

// ChooseOther settles a card with a value that nobody had entered. Faults name "other" or "reason".
func (d *Desk) ChooseOther(ctx context.Context, r Review, text, reason string) error {
	v, err := typed.Parse(r.card.Def, text)
	if err == nil && v.IsNone() {
		err = fault.New(fault.Invalid, "agent.review.empty")
	}
	if err != nil {
		return fault.From(err).WithField("other")
	}
	return d.settle(ctx, r, review.Choice{Value: v, Reason: reason})
}

func (d *Desk) settle(ctx context.Context, r Review, choice review.Choice) error {
	act, err := r.card.Settle(review.Author{
		Actor: d.Actor, Source: d.Book.Access.Source(d.Role), Base: r.base, NowMS: d.Now().UnixMilli(), Random: d.Random,
	}, choice)
	if err != nil {
		return err
	}
	_, err = d.Store.Apply(ctx, act)
	return err
}

// Settled is what somebody settled, and what became of it.
type Settled struct {
	ID      ident.Record
	Title   string
	Label   string
	Value   string // what counts now
	Who     string
	When    string
	Reason  string
	State   string // in words
	Open    bool   // it waits for a second person, or is disputed again
	Yours   string // what the reader had entered and does not count, "" if nothing
	Village string
}

// Settled returns what was settled last, newest first, on this device or elsewhere.
func (d *Desk) Settled(ctx context.Context, scope ident.Scope) ([]Settled, error) {
	notes, err := d.notes(ctx, record.Query{Scope: scope, Limit: pastShown})
	if err != nil {
		return nil, err
	}
	var out []Settled
	for _, n := range notes {
		row, err := d.Store.Get(ctx, n.Record)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s := Settled{
			ID: n.Record, Title: d.titleOf(row), Label: d.FieldName(row.Header.Kind, n.Field), Value: d.said(row.Header.Kind, n.Field, row.Value(n.Field)),
			Who: d.Who(ctx, n.Actor, n.Source), When: d.when(n.AtMS), Reason: n.Reason, Village: d.Village(ctx, n.Scope).Name,
		}
		s.State, s.Open = d.stateOf(row, n)
		if s.Yours, err = d.yours(ctx, row, n.Field); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// stateOf says how a field stands that somebody settled.
func (d *Desk) stateOf(row record.Row, n review.Settled) (state string, open bool) {
	for _, card := range review.Cards(d.Book.Catalogue, row, record.WaitsDispute) {
		switch {
		case card.Field != n.Field:
		case len(card.Proposed()) > 0:
			return d.T("review.state.waits"), true
		default:
			return d.T("review.state.reopened"), true
		}
	}
	if n.Waits {
		return joined(d.T("review.state.settled"), d.T(MarkPending.Key())), false
	}
	return d.T("review.state.settled"), false
}

// yours returns what the reader last entered in a field, if something else counts now.
func (d *Desk) yours(ctx context.Context, row record.Row, f record.Field) (string, error) {
	past, err := d.Store.History(ctx, row.Header.ID)
	if err != nil {
		return "", err
	}
	s := row.Fields[f]
	for _, p := range past {
		if p.Field == f && p.Actor == d.Actor && !s.Disputed {
			if p.Value.Equal(s.Value) {
				return "", nil
			}
			return d.said(row.Header.Kind, f, p.Value), nil
		}
	}
	return "", nil
}

func (d *Desk) notes(ctx context.Context, q record.Query) ([]review.Settled, error) {
	q.Kind, q.Newest = review.Kind, true
	rows, err := d.Store.List(ctx, q)
	var out []review.Settled
	for _, row := range rows {
		out = append(out, review.SettledOf(row))
	}
	return out, err
}
