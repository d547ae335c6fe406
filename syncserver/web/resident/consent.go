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

// ownPeople returns the headers of records of whoever has proved who they are, one for each subject.
func (q *request) ownPeople() (out []record.Header, err error) {
	add := func(h record.Header) {
		if !slices.ContainsFunc(out, func(o record.Header) bool { return o.Subject == h.Subject && o.Scope == h.Scope }) {
			out = append(out, h)
		}
	}
	own, err := q.roots()
	if err != nil {
		return nil, err
	}
	for _, row := range own {
		add(row.Header)
	}
	demands, err := q.ownDemands()
	for _, d := range demands {
		add(d.Header)
	}
	return out, err
}

// onConsents shows them.
func (q *request) onConsents() error { return q.showConsents(false) }

func (q *request) showConsents(done bool) error {
	people, err := q.ownPeople()
	if err != nil {
		return err
	}
	page := consentsPage{frame: q.frame, Done: done}
	var touched []audit.Touch
	for _, h := range people {
		given, err := consent.Read(q.ctx, q.Desk, h.Scope, h.Subject)
		if err != nil {
			return err
		}
		uses, err := q.used(h, given)
		if err != nil {
			return err
		}
		page.Uses = append(page.Uses, uses...)
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
	people, err := q.ownPeople()
	if err != nil {
		return err
	}
	defer q.saving.lock(slip(id))()
	for _, h := range people {
		given, err := consent.Read(q.ctx, q.Desk, h.Scope, h.Subject)
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
