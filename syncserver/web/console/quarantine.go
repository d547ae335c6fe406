// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// What one page shows at most.
const (
	decidedShown = 50 // decisions below the list
	keptShown    = 50 // change sets of one lane that are decided about together
)

type quarantinePage struct {
	*frame
	Items   []quarantineRow
	Decided []decidedRow
}

type quarantineRow struct {
	store.Quarantined
	Place, Person, DeviceName, Deed, Why string
	Href                                 string // of the page where it is decided about
}

type decidedRow struct {
	quarantineRow
	store.Decision
	By      string
	Outcome record.Outcome
}

func (c *Console) onQuarantine(w http.ResponseWriter, r *http.Request, v *visit) error {
	kept, err := c.Store.Quarantine(r.Context())
	if err != nil {
		return err
	}
	decided, err := c.Store.Decided(r.Context(), decidedShown)
	if err != nil {
		return err
	}
	say, err := c.quarantineRows(r.Context(), v)
	if err != nil {
		return err
	}
	page := quarantinePage{frame: c.frame(v, r, string(PageQuarantine))}
	for _, q := range kept {
		row, err := say(q)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, row)
	}
	for _, d := range decided {
		row, err := say(d.Quarantined)
		if err != nil {
			return err
		}
		by, err := c.people().of(r.Context(), d.Decision.By)
		if err != nil {
			return err
		}
		page.Decided = append(page.Decided, decidedRow{row, d.Decision, by, d.Outcome})
	}
	return c.show(w, http.StatusOK, "quarantine", page)
}

// quarantineRows returns what puts a quarantined change set into words.
func (c *Console) quarantineRows(ctx context.Context, v *visit) (func(store.Quarantined) (quarantineRow, error), error) {
	places, err := c.places(ctx, v)
	if err != nil {
		return nil, err
	}
	names, err := c.deviceNames(ctx)
	if err != nil {
		return nil, err
	}
	return func(q store.Quarantined) (quarantineRow, error) {
		person, err := c.Store.ActorName(ctx, q.Actor)
		lane := q.Link.Lane
		return quarantineRow{
			Quarantined: q, Place: places.name(lane.Scope), Person: person, DeviceName: names[q.Device],
			Deed: deedText(v.print, q.Act), Why: reasonText(v.print, q.Reason),
			Href: c.Base + "/quarantine/" + url.PathEscape(string(lane.Scope)) + "/" + lane.Incarnation.String(),
		}, err
	}, nil
}

// reasonText says why something was kept, in words; a reason without a text of
// its own gets the general sentence, never its key.
func reasonText(p *i18n.Printer, key string) string {
	if key != "" && p.Has(key) {
		return p.T(key)
	}
	return p.T("console.quarantine.unknown")
}

// deedText says what was done, in words.
func deedText(p *i18n.Printer, act string) string {
	if key := "console.act." + act; p.Has(key) {
		return p.T(key)
	}
	return p.T("console.act.other")
}

type keptPage struct {
	*frame
	Form  *form
	First quarantineRow // who, where, why
	Items []keptItem
	More  int // behind the last one shown
}

// keptItem is one quarantined change set with all that it says.
type keptItem struct {
	quarantineRow
	Gone   bool // it was erased
	Writes []keptWrite
}

type keptWrite struct {
	Kind   record.Kind
	Op     string // "create", "edit", "delete", "resolve"
	Href   string // of the record as it stands, "" if there is none yet
	Fields []keptField
}

type keptField struct {
	Label, Value string
	Hidden       bool // whoever looks may not see it
}

// onKept shows what one device kept writing in one place, all of it: nothing is let
// pass that nobody has looked at.
func (c *Console) onKept(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := c.keptPage(r, v, emptyForm(v.print))
	if err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "kept", page)
}

func (c *Console) keptPage(r *http.Request, v *visit, f *form) (keptPage, error) {
	page := keptPage{frame: c.frame(v, r, string(PageQuarantine)), Form: f}
	kept, err := c.keptOf(r)
	if err != nil {
		return page, err
	}
	say, err := c.quarantineRows(r.Context(), v)
	if err != nil {
		return page, err
	}
	if len(kept) > keptShown {
		kept, page.More = kept[:keptShown], len(kept)-keptShown
	}
	for _, q := range kept {
		item, err := c.keptItem(r.Context(), v, q, say)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, item)
	}
	page.First = page.Items[0].quarantineRow
	return page, nil
}

// keptOf returns what is quarantined of the lane that the address names, in the
// order in which it was made: later work may build on earlier.
func (c *Console) keptOf(r *http.Request) ([]store.Quarantined, error) {
	kept, err := c.Store.Quarantine(r.Context())
	if err != nil {
		return nil, err
	}
	scope, lane := r.PathValue("scope"), r.PathValue("lane")
	kept = slices.DeleteFunc(kept, func(q store.Quarantined) bool {
		return string(q.Link.Lane.Scope) != scope || q.Link.Lane.Incarnation.String() != lane
	})
	slices.SortFunc(kept, func(a, b store.Quarantined) int { return int(int64(a.Link.Number - b.Link.Number)) })
	if len(kept) == 0 {
		return nil, fault.New(fault.NotFound, "store.quarantine.none")
	}
	return kept, nil
}

func (c *Console) keptItem(ctx context.Context, v *visit, q store.Quarantined, say func(store.Quarantined) (quarantineRow, error)) (item keptItem, err error) {
	if item.quarantineRow, err = say(q); err != nil {
		return item, err
	}
	cs, err := c.Store.Kept(ctx, q.Link)
	if fault.Is(err, fault.Gone) {
		item.Gone = true
		return item, nil
	}
	if err != nil {
		return item, err
	}
	for _, one := range cs.Writes {
		write := c.keptWrite(v, one)
		if write.Href, err = c.recordHref(ctx, one.Header); err != nil {
			return item, err
		}
		item.Writes = append(item.Writes, write)
	}
	return item, nil
}

// recordHref returns the address of a record's page, "" if there is no such record. It
// reads nothing that identifies a person.
func (c *Console) recordHref(ctx context.Context, h record.Header) (string, error) {
	if !slices.Contains(conflictKinds, h.Kind) {
		return "", nil
	}
	reader := c.Reader
	reader.Role = cmp.Or(reader.Role, Analyst)
	_, err := c.Store.As(reader).Get(ctx, h.ID)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return c.Base + "/records/" + h.ID.String(), err
}

func (c *Console) keptWrite(v *visit, one record.Write) keptWrite {
	h := one.Header
	w := keptWrite{Kind: h.Kind, Op: string(record.ActionOf(one.Op))}
	show := c.valuesOf(v, h.Kind)
	for _, name := range one.FieldNames() {
		def, known := c.Catalogue.Field(h.Kind, name)
		field := keptField{Label: fieldLabel(v.print, h.Kind, name, known), Hidden: !sees(c.Config, v, h.Kind, name)}
		if !field.Hidden {
			field.Value = show.text(def, one.Fields[name])
		}
		w.Fields = append(w.Fields, field)
	}
	return w
}

// onKeptPost decides about the change sets that were ticked, one after the other.
func (c *Console) onKeptPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	page, err := c.keptPage(r, v, f)
	if err != nil {
		return err
	}
	pass := f.choice("do", "pass", "refuse") == "pass"
	why := f.text("why", !pass, 200)
	var ticked []keptItem
	for _, item := range page.Items {
		if f.Has("number", strconv.FormatUint(item.Link.Number, 10)) {
			ticked = append(ticked, item)
		}
	}
	if len(ticked) == 0 {
		f.refuse("", fault.New(fault.Invalid, "console.form.choose"))
	}
	if !f.OK() {
		return c.show(w, http.StatusUnprocessableEntity, "kept", page)
	}
	for _, item := range ticked {
		d := store.Decision{Link: item.Link, Pass: pass, By: v.user.Login.Actor, Why: why}
		if _, e := c.Decide(r.Context(), item.Device, d); e != nil {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return err
	}
	c.sessions.Put(r.Context(), keyFlash, pick(pass, "console.quarantine.passed", "console.quarantine.refused"))
	http.Redirect(w, r, c.Base+"/quarantine", http.StatusSeeOther)
	return nil
}
