// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"fmt"
	"net/http"
	"slices"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/plain"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

// consentsPage is what whoever has proved who they are has consented to.
type consentsPage struct {
	*frame
	All  []plain.Permit
	Uses []usedLine // who looked
	Done bool       // one was just withdrawn
}

// usedLine says that somebody saw something; After, that it was withdrawn by then; Refused, that it was not shown.
type usedLine struct {
	Who, What, When string
	After, Refused  bool
}

// maxUses bounds how many lines tell who looked at somebody's data: the page is read over slow links.
const maxUses = 40

// used says who saw something of somebody who gave g.
func (q *request) used(h record.Header, g consent.Given) (out []usedLine, err error) {
	if q.Uses == nil {
		return nil, nil
	}
	uses, err := q.Uses(q.ctx, h.Scope, []ident.Subject{h.Subject})
	if err != nil {
		return nil, fmt.Errorf("find who looked: %w", err)
	}
	words := q.words()
	for _, u := range q.consents.Sum(q.consents.Judge(uses[h.Subject], g, china), china, maxUses) {
		who := ""
		if !u.Org.IsZero() {
			if who, err = q.orgName(u.Org); err != nil {
				return nil, err
			}
		}
		line := usedLine{After: u.After, Refused: u.Refused}
		line.Who, line.What, line.When = words.Use(u, who)
		out = append(out, line)
	}
	return out, nil
}

// consenter is a subject whose consents are those of whoever has proved who they are.
type consenter struct {
	record.Header
	only ident.Record // the one of them that is theirs, where the subject is a household that somebody else heads; zero: all
}

// given returns the consents of a subject, of which others have no effect on what is shown.
func (q *request) given(c consenter) (consent.Given, error) {
	given, err := consent.Read(q.ctx, q.Desk, c.Scope, c.Subject)
	if !c.only.IsZero() {
		given.Consents = slices.DeleteFunc(given.Consents, func(g consent.Consent) bool { return g.Header.ID != c.only })
	}
	return given, err
}

// consenters returns them, one for each subject or, of a member, for each demand.
func (q *request) consenters() (out []consenter, err error) {
	add := func(c consenter) {
		if !slices.ContainsFunc(out, func(o consenter) bool {
			return o.Subject == c.Subject && o.Scope == c.Scope && (o.only.IsZero() || o.only == c.only)
		}) {
			out = append(out, c)
		}
	}
	own, err := q.roots()
	if err != nil {
		return nil, err
	}
	for _, row := range own {
		add(consenter{Header: row.Header})
	}
	demands, err := q.ownDemands()
	for _, d := range demands {
		switch {
		case d.Household.IsZero(): // the subject is whoever asked
			add(consenter{Header: d.Header})
		case !d.Consent.IsZero():
			add(consenter{d.Header, d.Consent})
		}
	}
	return out, err
}

// onConsents shows them.
func (q *request) onConsents() error { return q.showConsents(false) }

func (q *request) showConsents(done bool) error {
	people, err := q.consenters()
	if err != nil {
		return err
	}
	page := consentsPage{frame: q.frame, Done: done}
	var touched []audit.Touch
	for _, h := range people {
		given, err := q.given(h)
		if err != nil {
			return err
		}
		if h.only.IsZero() { // who looked at a household's data is its head's to know
			uses, err := q.used(h.Header, given)
			if err != nil {
				return err
			}
			page.Uses = append(page.Uses, uses...)
		}
		for _, c := range given.Consents {
			to, err := q.orgName(c.Recipient)
			if err != nil {
				return err
			}
			page.All = append(page.All, q.words().Permit(c, given, to, q.now.In(china)))
			touched = append(touched, q.touch(c.Header, []record.Field{"giver", "assistant"}))
		}
	}
	if err := q.noteRead("consents", touched...); err != nil {
		return err
	}
	q.titled("resident.consent.title", "CONSENT")
	q.dress(fileStyle)
	return q.show(http.StatusOK, "consents", page)
}

// onConsentEnd withdraws one of them. One that is over stays as it is.
func (q *request) onConsentEnd() error {
	id, err := ident.Parse[ident.Record](q.typed("consent"))
	if err != nil {
		return fault.New(fault.NotFound, "resident.consent.gone")
	}
	people, err := q.consenters()
	if err != nil {
		return err
	}
	defer q.saving.lock(slip(id))()
	for _, h := range people {
		given, err := q.given(h)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(given.Consents, func(c consent.Consent) bool { return c.Header.ID == id })
		if i < 0 {
			continue
		}
		if given.Holds(given.Consents[i], q.now.In(china)) {
			if err := q.endConsent(given.Consents[i]); err != nil {
				return err
			}
		}
		return q.showConsents(true)
	}
	return fault.New(fault.NotFound, "resident.consent.gone")
}

func (q *request) endConsent(c consent.Consent) error {
	id, err := ident.New[ident.Record](q.now.UnixMilli(), q.Random)
	if err != nil {
		return err
	}
	base, err := q.Resident.Base(q.ctx, c.Header.Scope)
	if err != nil {
		return fmt.Errorf("read where the scope stands: %w", err)
	}
	act := record.Act{Name: "consent.end", Scope: c.Header.Scope, Base: base, Source: record.SelfDeclared, Writes: []record.Write{
		c.End(id, q.now.UnixMilli(), consent.Phone),
	}}
	if _, err := q.Resident.Apply(q.ctx, act); err != nil {
		return fmt.Errorf("withdraw a consent: %w", err)
	}
	return nil
}
