// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"fmt"
	"net/http"
	"slices"

	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// consentsPage is what whoever has proved who they are has consented to.
type consentsPage struct {
	*frame
	All  []ownConsent
	Done bool // one was just withdrawn
}

// ownConsent is one consent, in words.
type ownConsent struct {
	ID, To, Purpose, Given, Until, State string
	Holds                                bool
}

// ownPeople returns the headers of records of whoever has proved who they are, one for each subject.
func (q *request) ownPeople() (out []record.Header, err error) {
	add := func(h record.Header) {
		if !slices.ContainsFunc(out, func(o record.Header) bool { return o.Subject == h.Subject && o.Scope == h.Scope }) {
			out = append(out, h)
		}
	}
	own, err := q.households()
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
	for _, h := range people {
		given, err := consent.Read(q.ctx, q.Desk, h.Scope, h.Subject)
		if err != nil {
			return err
		}
		for _, c := range given.Consents {
			to, err := q.orgName(c.Recipient)
			if err != nil {
				return err
			}
			one := ownConsent{
				ID: c.Header.ID.String(), To: to, Purpose: q.T("choice.consent_purpose." + c.Purpose), Given: q.moment(c.At), Until: c.Until,
				Holds: given.Holds(c, q.now.In(china)), State: q.T("resident.consent.holds"),
			}
			if end, ended := given.Ended(c); ended {
				one.State = q.T("resident.consent.withdrawn", "time", q.moment(end.AtMS))
			} else if !one.Holds {
				one.State = q.T("resident.consent.over")
			}
			page.All = append(page.All, one)
		}
	}
	q.titled("resident.consent.title", "CONSENT")
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
