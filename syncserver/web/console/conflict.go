// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
)

// conflictKinds are the kinds whose disputes people settle, in the order in
// which they are looked through.
var conflictKinds = []record.Kind{"household", "member", "merchant", "demand"}

// conflictsShown is how many records a page shows.
const conflictsShown = 50

// The lists of the page, by the parameter show.
const (
	showDisputes  = ""
	showProposals = "proposals"
	showSettled   = "settled"
)

type conflictsPage struct {
	*frame
	Show    string
	Items   []conflict
	Settled []settled
	Next    string // address of the rest, "" at the end
	First   string // address of the first page of what was settled, "" on it
}

// conflict is one record with what waits in it.
type conflict struct {
	ID     ident.Record
	Kind   record.Kind
	Name   string
	Place  string
	Fields []openField
}

// openField is a field in which something waits.
type openField struct {
	Name   record.Field
	Label  string
	Values []candidate
	Two    bool   // two persons have to settle it
	Before string // when it was settled before, in words; "" if never
	Form   *form  // nil for who may not settle it
	Seen   string // the values shown, for the form to come back with
	Files  []fileView
}

// candidate is one value that stands.
type candidate struct {
	Key      string // names it in the form
	Value    string
	Now      bool // what the records show until somebody decides
	Proposal bool // one person would settle it so
	Mine     bool // the visitor wrote it
	Person   string
	Source   string
	At       time.Time
	Sight    string // what its author had seen, in words
}

func (c *Console) onConflicts(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showConflicts(w, r, v, http.StatusOK, nil)
}

// tried is a form of the page that was refused.
type tried struct {
	id    ident.Record
	field record.Field
	form  *form
}

func (c *Console) showConflicts(w http.ResponseWriter, r *http.Request, v *visit, status int, t *tried) error {
	page := conflictsPage{frame: c.frame(v, r, string(PageConflicts)), Show: r.URL.Query().Get("show")}
	ctx, names := r.Context(), c.people()
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	if page.Show == showSettled {
		if err := c.settledPage(ctx, v, r.URL.Query().Get("after"), places, names, &page); err != nil {
			return err
		}
		return c.show(w, status, "conflicts", page)
	}
	what := record.WaitsDispute
	if page.Show == showProposals {
		what = record.WaitsProposal
	}
	rows, next, err := c.waitingHere(ctx, v, what, r.URL.Query())
	if err != nil {
		return err
	}
	if next != "" {
		page.Next = c.Base + "/conflicts?show=" + url.QueryEscape(page.Show) + "&after=" + url.QueryEscape(next)
	}
	if t != nil && !slices.ContainsFunc(rows, func(row record.Row) bool { return row.Header.ID == t.id }) {
		if row, err := c.Store.As(v.user.Login).Get(ctx, t.id); err == nil { // of a later page
			rows = append([]record.Row{row}, rows...)
		}
	}
	for _, row := range rows {
		one, err := c.conflict(ctx, v, row, what, places, names, t)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, one)
	}
	return c.show(w, status, "conflicts", page)
}

// waitingHere returns what the address asks for: one record, or a page of them.
func (c *Console) waitingHere(ctx context.Context, v *visit, what record.Waiting, q url.Values) (found []record.Row, next string, err error) {
	if !q.Has("record") {
		return c.waiting(ctx, v, what, q.Get("after"))
	}
	id, err := parseID[ident.Record](q.Get("record"), unknownConflict.Key)
	if err != nil {
		return nil, "", err
	}
	row, err := c.Store.As(v.user.Login).Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && !slices.Contains(conflictKinds, row.Header.Kind) {
		return nil, "", unknownConflict
	}
	if err != nil || len(review.Cards(c.Catalogue, row, what)) == 0 {
		return nil, "", err
	}
	return []record.Row{row}, "", nil
}

// waiting returns records in which something waits, from a cursor on: a kind and
// the last id.
func (c *Console) waiting(ctx context.Context, v *visit, what record.Waiting, cursor string) (found []record.Row, next string, err error) {
	kind, after := readCursor(cursor)
	from := c.Store.As(v.user.Login)
	for _, k := range conflictKinds[kind:] {
		room := conflictsShown - len(found)
		rows, err := from.List(ctx, record.Query{Kind: k, Waiting: what, After: after, Limit: room + 1})
		if err != nil {
			return nil, "", err
		}
		if len(rows) > room {
			rows = rows[:room]
			last := after
			if room > 0 {
				last = rows[room-1].Header.ID
			}
			return append(found, rows...), string(k) + " " + last.String(), nil
		}
		found, after = append(found, rows...), ident.Record{}
	}
	return found, "", nil
}

// readCursor returns where to go on; a cursor that cannot be read starts anew.
func readCursor(cursor string) (kind int, after ident.Record) {
	name, id, found := strings.Cut(cursor, " ")
	kind = slices.Index(conflictKinds, record.Kind(name))
	if !found || kind < 0 || after.UnmarshalText([]byte(id)) != nil {
		return 0, ident.Record{}
	}
	return kind, after
}

// nameOfRow is the name by which people speak of a record.
func nameOfRow(row record.Row) string {
	return cmp.Or(row.Text("head_name"), row.Text("applicant_name"), row.Text("name"), row.Text("operator_name"))
}

func (c *Console) conflict(ctx context.Context, v *visit, row record.Row, what record.Waiting, places *places, names people, t *tried) (conflict, error) {
	one := conflict{ID: row.Header.ID, Kind: row.Header.Kind, Place: places.name(row.Header.Scope), Name: nameOfRow(row)}
	say, err := c.openFields(ctx, v, row, names)
	if err != nil {
		return one, err
	}
	for _, card := range review.Cards(c.Catalogue, row, what) {
		f, err := say(card)
		if err != nil {
			return one, err
		}
		if what == record.WaitsDispute && c.maySettle(v, card) {
			f.Form = emptyForm(v.print)
			if t != nil && t.id == one.ID && t.field == card.Field {
				f.Form = t.form
			}
		}
		one.Fields = append(one.Fields, f)
	}
	return one, nil
}

// openFields returns what puts cards of a record into words, without a form.
func (c *Console) openFields(ctx context.Context, v *visit, row record.Row, names people) (func(review.Card) (openField, error), error) {
	show := c.valuesOf(v, row.Header.Kind)
	notes, err := c.notesOf(ctx, v, row.Header)
	if err != nil {
		return nil, err
	}
	files, err := c.filesBehind(ctx, v, row)
	if err != nil {
		return nil, err
	}
	return func(card review.Card) (openField, error) {
		_, known := c.Catalogue.Field(row.Header.Kind, card.Field)
		f := openField{Name: card.Field, Label: fieldLabel(v.print, row.Header.Kind, card.Field, known), Two: card.TwoPersons(), Seen: seenOf(card)}
		for _, s := range card.Said {
			person, err := names.of(ctx, s.Actor)
			if err != nil {
				return f, err
			}
			f.Values = append(f.Values, candidate{
				Key: keyOf(s), Value: show.text(card.Def, s.Value), Now: s.Shown, Proposal: s.Proposal, Mine: s.Actor == v.user.Login.Actor,
				Person: person, Source: sourceText(v.print, s.Source), At: s.Stamp.Time(), Sight: sightText(v, s.Sight),
			})
		}
		if n := slices.IndexFunc(notes, func(n review.Settled) bool { return n.Field == card.Field }); n >= 0 && !proposedAlone(card) {
			f.Before = v.print.DateTime(time.UnixMilli(notes[n].AtMS).In(zone))
		}
		f.Files, err = c.fileViews(ctx, v, card.Attached(files), "", names)
		return f, err
	}, nil
}

// proposedAlone reports whether the latest word on a field is one person's
// proposal: then it has not re-opened, it waits for a second.
func proposedAlone(card review.Card) bool {
	var latest review.Said
	for _, s := range card.Said {
		if s.Version > latest.Version {
			latest = s
		}
	}
	return latest.Proposal
}

func sightText(v *visit, s review.Sight) string {
	return v.print.T([...]string{review.First: "review.sight.first", review.Unseen: "review.sight.unseen", review.Aware: "review.sight.aware"}[s])
}

// valuesOf writes values of a kind for the visitor: in full where they must compare them.
func (c *Console) valuesOf(v *visit, kind record.Kind) valueShow {
	return valueShow{print: v.print, regions: c.Regions, open: c.Access.Allows(v.user.Login.Role, kind, record.C2, record.CanResolve)}
}

func (c *Console) maySettle(v *visit, card review.Card) bool {
	return c.Access.Allows(v.user.Login.Role, card.Header.Kind, card.Def.Class, record.CanResolve)
}

// notesOf returns what was settled of a record, newest first.
func (c *Console) notesOf(ctx context.Context, v *visit, h record.Header) (out []review.Settled, err error) {
	rows, err := c.Store.As(v.user.Login).List(ctx, record.Query{
		Kind: review.Kind, Scope: h.Scope, Newest: true, Where: []record.Term{{Field: "record", Value: record.OfBytes(h.ID.Bytes())}},
	})
	for _, row := range rows {
		out = append(out, review.SettledOf(row))
	}
	return out, err
}

// settled is what somebody settled, and what became of it.
type settled struct {
	review.Settled
	Name   string
	Kind   record.Kind
	Place  string
	Label  string
	Value  string // what counts now
	Person string
	State  string // "settled", "waits", "reopened"
	At     time.Time
}

// settledPage fills a page of what was settled, newest first, from behind a note on. A
// page is cut by notes, so that what becomes unreadable meanwhile moves nothing.
func (c *Console) settledPage(ctx context.Context, v *visit, after string, places *places, names people, page *conflictsPage) error {
	at := page.Base + "/conflicts?show=" + showSettled
	q := record.Query{Kind: review.Kind, Newest: true, Limit: conflictsShown + 1}
	if after != "" && q.After.UnmarshalText([]byte(after)) == nil {
		page.First = at
	}
	rows, err := c.Store.As(v.user.Login).List(ctx, q)
	if err != nil {
		return err
	}
	if len(rows) > conflictsShown {
		rows = rows[:conflictsShown]
		page.Next = at + "&after=" + rows[conflictsShown-1].Header.ID.String()
	}
	page.Settled, err = c.settledList(ctx, v, rows, places, names)
	return err
}

func (c *Console) settledList(ctx context.Context, v *visit, rows []record.Row, places *places, names people) ([]settled, error) {
	from := c.Store.As(v.user.Login)
	var out []settled
	for _, note := range rows {
		s := settled{Settled: review.SettledOf(note), Place: places.name(note.Header.Scope)}
		row, err := from.Get(ctx, s.Record)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if s.Person, err = names.of(ctx, s.Actor); err != nil {
			return nil, err
		}
		def, known := c.Catalogue.Field(row.Header.Kind, s.Field)
		s.Name, s.Kind, s.At = nameOfRow(row), row.Header.Kind, time.UnixMilli(s.AtMS)
		s.Label, s.Value = fieldLabel(v.print, row.Header.Kind, s.Field, known), c.valuesOf(v, s.Kind).text(def, row.Value(s.Field))
		s.State = stateOf(c.Catalogue, row, s.Field)
		out = append(out, s)
	}
	return out, nil
}

// stateOf says how a field stands that somebody settled.
func stateOf(cat *record.Catalogue, row record.Row, f record.Field) string {
	for _, card := range review.Cards(cat, row, record.WaitsDispute) {
		switch {
		case card.Field != f:
		case proposedAlone(card):
			return "waits"
		default:
			return "reopened"
		}
	}
	return "settled"
}
