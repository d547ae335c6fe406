// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// listRows is how many demands stand on a page.
const listRows = 25

// channels are the ways a demand comes in, as the catalogue has them.
var channels = []string{"phone", "kiosk", "agent", "console", "import"}

type demandsPage struct {
	*frame
	Filter   filter
	Rows     []demandRow
	Villages []place
	Banks    []org
	States   []lending.StateDef
	Channels []string
	Total    int
	Counts   counts
	Next     string // address of the next page, "" on the last
	First    string // address of the first page, "" on it
	Mine     bool   // whether somebody here can be in charge of a demand
}

// counts are the figures above the list, whatever the filter says.
type counts struct{ Unassigned, Overdue, Open, Ended int }

func (n *counts) add(e entry) {
	switch {
	case e.urgency.Done:
		n.Ended++
		return
	case e.urgency.Unassigned:
		n.Unassigned++
	}
	if e.urgency.OverdueDays > 0 {
		n.Overdue++
	}
	n.Open++
}

// filter is what a list is cut to; the zero filter cuts nothing.
type filter struct {
	State, Village, Channel, Bank, Receipt string
	Mine, Unassigned, Overdue, Open        bool
}

func readFilter(q url.Values) filter {
	return filter{
		State: q.Get("state"), Village: q.Get("village"), Channel: q.Get("channel"), Bank: q.Get("bank"), Receipt: q.Get("receipt"),
		Mine: q.Has("mine"), Unassigned: q.Has("unassigned"), Overdue: q.Has("overdue"), Open: q.Has("open"),
	}
}

// Query returns the filter as it stands in an address.
func (f filter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"state": f.State, "village": f.Village, "channel": f.Channel, "bank": f.Bank, "receipt": f.Receipt,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, on := range map[string]bool{"mine": f.Mine, "unassigned": f.Unassigned, "overdue": f.Overdue, "open": f.Open} {
		if on {
			q.Set(name, "1")
		}
	}
	return q
}

// Any reports whether the filter cuts anything.
func (f filter) Any() bool { return f != filter{} }

// keeps reports whether a demand passes the filter of this actor.
func (f filter) keeps(e entry, me ident.Actor) bool {
	number, err := receipt.Parse(f.Receipt)
	switch {
	case f.Receipt != "" && (err != nil || e.receipt != string(number)),
		f.State != "" && f.State != string(e.status),
		f.Village != "" && f.Village != string(e.scope),
		f.Channel != "" && f.Channel != e.channel,
		f.Bank != "" && f.Bank != e.bank.String(),
		f.Mine && e.officer != me,
		f.Unassigned && !e.urgency.Unassigned,
		f.Overdue && e.urgency.OverdueDays == 0,
		f.Open && e.urgency.Done:
		return false
	}
	return true
}

// mayKnow reports whether a user may know of a demand: its village is among
// theirs, and a reviewer's bank is in charge of it or, before that, the one
// that the applicant named.
func mayKnow(v *visit, scope ident.Scope, bank, recipient ident.Org) bool {
	if scopes := v.user.Login.Scopes; scopes != nil && !slices.Contains(scopes, scope) {
		return false
	}
	if v.user.Login.Role != Reviewer {
		return true
	}
	if bank.IsZero() {
		bank = recipient
	}
	return !v.user.Org.IsZero() && bank == v.user.Org
}

// entries returns the demands of the villages that the visitor may know of.
func (c *Console) entries(ctx context.Context, v *visit, places *places, atMS int64) ([]entry, error) {
	var all []entry
	for _, p := range places.sorted {
		in, err := c.board.in(ctx, p.Scope, atMS)
		if err != nil {
			return nil, err
		}
		for _, e := range in {
			if mayKnow(v, e.scope, e.bank, e.recipient) {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

func (c *Console) onDemands(w http.ResponseWriter, r *http.Request, v *visit) error {
	ctx := r.Context()
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	orgs, err := c.orgs(ctx, v)
	if err != nil {
		return err
	}
	page := demandsPage{
		frame: c.frame(v, r, string(PageDemands)), Filter: readFilter(r.URL.Query()), Villages: places.sorted,
		Banks: banks(orgs), States: c.Lending.States(), Channels: channels, Mine: v.user.Login.Role == Officer || v.user.Login.Role == Cadre,
	}
	shown, err := c.pageOf(ctx, v, places, r.URL.Query().Get("after"), &page)
	if err != nil {
		return err
	}
	names := c.people()
	for _, e := range shown {
		row, err := c.demandRow(ctx, v, e, places, orgs, names)
		if fault.Is(err, fault.NotFound) { // gone since the board was made
			continue
		}
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return c.show(w, http.StatusOK, "demands", &page)
}

// pageOf returns the entries of one page and fills counts and links.
func (c *Console) pageOf(ctx context.Context, v *visit, places *places, after string, page *demandsPage) ([]entry, error) {
	from, begun := parseCursor(after)
	if !begun {
		from.atMS = page.Now.UnixMilli()
	}
	all, err := c.entries(ctx, v, places, from.atMS)
	if err != nil {
		return nil, err
	}
	var list []entry
	for _, e := range all {
		page.Counts.add(e)
		if page.Filter.keeps(e, v.user.Login.Actor) {
			list = append(list, e)
		}
	}
	page.Total = len(list)
	slices.SortFunc(list, func(a, b entry) int { return a.key().compare(b.key()) })
	if begun {
		page.First = page.address("")
		list = slices.DeleteFunc(list, func(e entry) bool { return e.key().compare(from.key) <= 0 })
	}
	if len(list) > listRows {
		list = list[:listRows]
		page.Next = page.address(cursor{from.atMS, list[listRows-1].key()}.String())
	}
	return list, nil
}

// address returns the list's address with its filter.
func (p *demandsPage) address(after string) string {
	q := p.Filter.Query()
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return p.Base + "/demands"
	}
	return p.Base + "/demands?" + q.Encode()
}

// With returns the address of the list cut to one figure alone.
func (p *demandsPage) With(figure string) string { return p.Base + "/demands?" + figure + "=1" }

// demandRow is a demand as a list shows it.
type demandRow struct {
	ID                        ident.Record
	Name                      string
	Masked                    bool
	Receipt, Village, Channel string
	Asked                     int64
	Status                    lending.Status
	Tone                      string
	Officer, Bank             string
	Unassigned, Done          bool
	OverdueDays, LeftDays     int64
	Created                   time.Time
	Withheld                  string // why the applicant is not shown, "" if they are
	Disputed, Torn            bool   // Torn: one person deleted it, another changed it
}

func (c *Console) demandRow(ctx context.Context, v *visit, e entry, places *places, orgs []org, names people) (demandRow, error) {
	row, err := c.Store.As(v.user.Login).Get(ctx, e.id)
	if err != nil {
		return demandRow{}, err
	}
	officer, err := names.of(ctx, e.officer)
	if err != nil {
		return demandRow{}, err
	}
	d := lending.DemandOf(row)
	return demandRow{
		ID: e.id, Name: d.Applicant, Masked: !c.readsC2(v, lending.KindDemand), Receipt: d.Receipt.String(), Asked: int64(d.Asked),
		Village: places.name(e.scope), Channel: e.channel, Status: e.status, Tone: toneOf(e.status),
		Officer: officer, Bank: orgName(orgs, e.bank), Unassigned: e.urgency.Unassigned, Done: e.urgency.Done,
		OverdueDays: e.urgency.OverdueDays, LeftDays: e.urgency.LeftDays,
		Created: time.UnixMilli(e.created), Disputed: len(row.Disputed()) > 0, Torn: row.DeletionDisputed(),
		Withheld: c.whyNot(v, row.Header, "applicant_name"),
	}, nil
}

// readsC2 reports whether the visitor reads what identifies a person.
func (c *Console) readsC2(v *visit, kind record.Kind) bool {
	return c.Access.Allows(v.user.Login.Role, kind, record.C2, record.CanRead)
}

// toneOf returns the tag's look for a state; its word says the same.
func toneOf(s lending.Status) string {
	switch s {
	case lending.Credited, lending.Disbursed:
		return "jade"
	case lending.Unverified, lending.Registered:
		return "open"
	case lending.Declined:
		return "alert"
	}
	return ""
}

func banks(orgs []org) []org {
	return slices.DeleteFunc(slices.Clone(orgs), func(o org) bool { return o.Kind != "bank" })
}
