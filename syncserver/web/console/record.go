// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
)

// pastShown is how many former values a page of a record lists before it is asked for
// the rest.
const pastShown = 30

// unknownRecord is the answer for a record that is not there and for one that is not the
// visitor's business.
var unknownRecord = fault.New(fault.NotFound, "console.record.unknown")

type recordPage struct {
	*frame
	ID      ident.Record
	Kind    record.Kind
	Name    string
	Place   string
	Deleted bool
	Torn    bool // one person deleted it, another changed it
	Facts   []recordFact
	Waits   int           // fields in dispute
	Settle  string        // address where they are settled, "" for who may not
	Members []memberRow   // of a household
	Rating  *scoring.Said // of a household, for who sees what it rests on
	Credit  *creditView   // of a household, for who sees grants
	Files   []fileView
	Papers  []link // sheets as which it can be printed
	Past    []pastRow
	More    string // address with all of the past, "" if it is all here
	Back    link

	Withheld []withheldView
}

// link leads from a page to another.
type link struct{ Href, Text string }

// memberRow is somebody of a household.
type memberRow struct {
	Name, Relation string
	Href           string // of their page, "" for who has none
	Disputed       bool
	Torn           bool // one person deleted it, another changed it
}

// recordFact is a field of a record: its value, or the cards of what stands beside it.
type recordFact struct {
	Label    string
	Value    string
	Href     string // of the record that it names
	Open     *openField
	Disputed bool
	Said     string // what its holder objects to, "" for nothing
}

// pastRow is a value that once stood, or lost when it came.
type pastRow struct {
	Label, Value, Person, Source string
	At                           time.Time
	Lost                         bool // it never counted
}

// record returns the record that the address names, if its kind has a page and it lies
// where the visitor works.
func (c *Console) record(r *http.Request, v *visit) (record.Row, error) {
	id, err := parseID[ident.Record](r.PathValue("id"), unknownRecord.Key)
	if err != nil {
		return record.Row{}, err
	}
	return c.recordOf(r.Context(), v, id)
}

func (c *Console) recordOf(ctx context.Context, v *visit, id ident.Record) (record.Row, error) {
	row, err := c.Store.As(v.user.Login).Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && !slices.Contains(conflictKinds, row.Header.Kind) {
		return record.Row{}, unknownRecord
	}
	return row, err
}

// onRecord shows one record with all that stands in it: to whoever settles disputes.
func (c *Console) onRecord(w http.ResponseWriter, r *http.Request, v *visit) error {
	row, err := c.record(r, v)
	if err != nil {
		return err
	}
	return c.showRecord(w, r, v, row, link{c.Base + "/conflicts", v.print.T("console.page.conflicts")}, PageConflicts)
}

// onBehind returns the handler of the page of the record that a demand names: for whoever
// may know of the demand.
func (c *Console) onBehind(kind record.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		f, err := c.file(r, v)
		if err != nil {
			return err
		}
		id := f.demand.Household
		if kind == "merchant" {
			id = f.demand.Merchant
		}
		if id.IsZero() {
			return unknownRecord
		}
		row, err := c.recordOf(r.Context(), v, id)
		if err == nil {
			err = c.refusedTo(v, row.Header, nameField(row.Header.Kind))
		}
		if err != nil {
			return err
		}
		return c.showRecord(w, r, v, row, link{c.Base + "/demands/" + f.row.Header.ID.String(), v.print.T("console.record.demand")}, PageDemands)
	}
}

func (c *Console) showRecord(w http.ResponseWriter, r *http.Request, v *visit, row record.Row, back link, menu Page) error {
	ctx, names := r.Context(), c.people()
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	page := recordPage{
		frame: c.frame(v, r, string(menu)), ID: row.Header.ID, Kind: row.Header.Kind, Name: nameOfRow(row),
		Place: places.name(row.Header.Scope), Deleted: row.Deleted(), Torn: row.DeletionDisputed(), Waits: len(row.Disputed()), Back: back,
	}
	if page.Waits > 0 && May(c.Access, v.user.Login.Role, PageConflicts) && c.Access.Allows(v.user.Login.Role, row.Header.Kind, record.C2, record.CanResolve) {
		page.Settle = c.Base + "/conflicts?record=" + row.Header.ID.String()
	}
	if page.Facts, err = c.facts(ctx, v, row, names); err != nil {
		return err
	}
	if page.Members, err = c.members(ctx, v, row); err != nil {
		return err
	}
	if page.Rating, err = c.rating(ctx, v, row); err != nil {
		return err
	}
	if page.Credit, err = c.credit(ctx, v, row, names); err != nil {
		return err
	}
	files, err := c.filesBehind(ctx, v, row)
	if err != nil {
		return err
	}
	demand := ""
	if menu == PageDemands { // who has no other way to the files has it by the demand
		demand = back.Href
	}
	if page.Files, err = c.fileViews(ctx, v, files, demand, names); err != nil {
		return err
	}
	page.Papers = c.papers(v, row.Header.Kind, r.URL.Path)
	if err := c.pastOf(ctx, v, row, names, r.URL, &page); err != nil {
		return err
	}
	page.Withheld = c.withheldOf(v, row.Header)
	return c.show(w, http.StatusOK, "record", page)
}

// members returns who belongs to a household, as far as the visitor may know of them.
func (c *Console) members(ctx context.Context, v *visit, row record.Row) (out []memberRow, err error) {
	if row.Header.Kind != subject.KindHousehold {
		return nil, nil
	}
	show := c.valuesOf(v, subject.KindMember)
	q := record.Query{Kind: subject.KindMember, Scope: row.Header.Scope, Where: []record.Term{{Field: "household", Value: record.OfBytes(row.Header.ID.Bytes())}}}
	err = c.each(ctx, v, q, func(m record.Row) {
		one := memberRow{Name: m.Text("name"), Disputed: len(m.Disputed()) > 0, Torn: m.DeletionDisputed()}
		if def, _ := c.Catalogue.Field(subject.KindMember, "relation"); !m.Value("relation").IsNone() {
			one.Relation = show.text(def, m.Value("relation"))
		}
		if May(c.Access, v.user.Login.Role, PageConflicts) {
			one.Href = c.Base + "/records/" + m.Header.ID.String()
		}
		out = append(out, one)
	})
	return out, err
}

// facts returns what was ever entered in a record, in the order of the catalogue; what
// the catalogue does not know comes last.
func (c *Console) facts(ctx context.Context, v *visit, row record.Row, names people) ([]recordFact, error) {
	say, err := c.openFields(ctx, v, row, names)
	if err != nil {
		return nil, err
	}
	cards := map[record.Field]review.Card{}
	for _, what := range []record.Waiting{record.WaitsDispute, record.WaitsProposal} {
		for _, card := range review.Cards(c.Catalogue, row, what) {
			cards[card.Field] = card
		}
	}
	said, err := c.said(ctx, v, row.Header)
	if err != nil {
		return nil, err
	}
	show := c.valuesOf(v, row.Header.Kind)
	var out []recordFact
	for _, name := range c.inOrder(row) {
		def, known := c.Catalogue.Field(row.Header.Kind, name)
		card, open := cards[name]
		if def.Format == record.FormatBlob && !open || !open && (row.Value(name).IsNone() || name.Reserved() || unshown(name)) {
			continue
		}
		fact := recordFact{Label: fieldLabel(v.print, row.Header.Kind, name, known), Value: show.text(def, row.Value(name)), Href: c.hrefOf(v, row, name), Said: said[name]}
		if open {
			f, err := say(card)
			if err != nil {
				return nil, err
			}
			f.Files = nil // all of the record's stand below
			fact.Open, fact.Disputed = &f, card.Waiting == record.WaitsDispute
		}
		out = append(out, fact)
	}
	return out, nil
}

// said returns what the holder of a record objects to in it, in words, by field: it goes with the value wherever that is shown
// (myfile.Said.Stands).
func (c *Console) said(ctx context.Context, v *visit, h record.Header) (map[record.Field]string, error) {
	if c.Book == nil || h.Subject.IsZero() {
		return nil, nil
	}
	var rows []record.Row
	for _, kind := range []record.Kind{myfile.KindObjection, myfile.KindAnswer} {
		q := record.Query{Kind: kind, Scope: h.Scope, Subject: h.Subject}
		if err := c.each(ctx, v, q, func(row record.Row) { rows = append(rows, row) }); err != nil {
			return nil, err
		}
	}
	out := map[record.Field]string{}
	for at, s := range myfile.Notes(myfile.SaidOf(rows)) {
		if at.Record == h.ID {
			out[at.Field] = c.Book.MyFile.Note(v.print, s, c.Now().In(zone))
		}
	}
	return out, nil
}

// inOrder returns the names of the fields of a record as they are read.
func (c *Console) inOrder(row record.Row) []record.Field {
	rest := row.FieldNames()
	var out []record.Field
	if kind, known := c.Catalogue.Kind(row.Header.Kind); known {
		for _, def := range kind.Fields {
			if _, set := row.Fields[def.Name]; set {
				out = append(out, def.Name)
			}
		}
	}
	for _, name := range rest {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// hrefOf returns the address of the record that a field names, for who has its page.
func (c *Console) hrefOf(v *visit, row record.Row, field record.Field) string {
	if !slices.Contains(conflictKinds, record.Kind(field)) || !May(c.Access, v.user.Login.Role, PageConflicts) {
		return ""
	}
	if id := refOf(row, field); !id.IsZero() {
		return c.Base + "/records/" + id.String()
	}
	return ""
}

// pastOf fills in what once stood in a record, newest first.
func (c *Console) pastOf(ctx context.Context, v *visit, row record.Row, names people, here *url.URL, page *recordPage) error {
	past, err := c.Store.As(v.user.Login).History(ctx, row.Header.ID)
	if err != nil {
		return err
	}
	past = slices.DeleteFunc(past, func(p record.Past) bool {
		return p.Field.Reserved() && p.Field != record.Deleted || unshown(p.Field)
	})
	slices.SortStableFunc(past, func(a, b record.Past) int { return cmp.Compare(b.Stamp, a.Stamp) })
	if len(past) > pastShown && here.Query().Get("past") != "all" {
		past, page.More = past[:pastShown], here.Path+"?past=all#past"
	}
	show := c.valuesOf(v, row.Header.Kind)
	for _, p := range past {
		def, known := c.Catalogue.Field(row.Header.Kind, p.Field)
		def.Name = p.Field
		one := pastRow{
			Label: fieldLabel(v.print, row.Header.Kind, p.Field, known), Value: show.text(def, p.Value),
			Source: sourceText(v.print, p.Source), At: p.Stamp.Time(), Lost: p.ReplacedBy == 0,
		}
		if one.Person, err = names.of(ctx, p.Actor); err != nil {
			return err
		}
		page.Past = append(page.Past, one)
	}
	return nil
}

// unshown reports whether a field is of no use to who reads a record: that it is made up
// stands on every page, and which form asked is for those who look into the past.
func unshown(f record.Field) bool { return f == "sample" || f == "form" }

// nameField returns the field that says whose a record is.
func nameField(kind record.Kind) record.Field {
	if kind == subject.KindHousehold {
		return "head_name"
	}
	return "name"
}
