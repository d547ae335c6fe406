// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"fmt"
	"net/http"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/plain"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// consentPage is whom somebody gave what, and who looked.
type consentPage struct {
	*frame
	Permits []plain.Permit
	Uses    []usedLine
	Done    bool // one was just taken back
}

// usedLine says that somebody saw something.
type usedLine struct {
	Who, What, When string
	After, Refused  bool
}

// wallet is what one of the subjects consented to.
type wallet struct {
	subject ident.Subject
	given   consent.Given
}

// wallets reads what whoever has proved who they are consented to: their household, and what they asked for themselves.
func (q *request) wallets() (out []wallet, err error) {
	subjects, err := q.subjects()
	if err != nil {
		return nil, err
	}
	for _, subject := range subjects {
		given, err := consent.Read(q.ctx, q.Desk, "", subject)
		if err != nil {
			return nil, err
		}
		out = append(out, wallet{subject, given})
	}
	return out, nil
}

// onConsents shows whom they gave what until when, each with the way to take it back, and who looked.
func (q *request) onConsents() error { return q.showConsents(false) }

func (q *request) showConsents(done bool) error {
	q.titled("resident.consent.title", "CONSENT")
	page := consentPage{frame: q.frame, Done: done}
	all, err := q.wallets()
	if err != nil {
		return err
	}
	words := plain.Words{Print: q.Printer, Zone: china}
	var subjects []ident.Subject
	for _, w := range all {
		subjects = append(subjects, w.subject)
		for _, c := range w.given.Consents {
			page.Permits = append(page.Permits, words.Permit(c, w.given, q.called(c.Recipient), q.now.In(china)))
		}
	}
	if q.Uses == nil {
		return q.show(http.StatusOK, "consent", page)
	}
	uses, err := q.Uses(q.ctx, q.visit.scope, subjects)
	if err != nil {
		return fmt.Errorf("find who looked: %w", err)
	}
	for _, w := range all {
		for _, u := range q.consents.Sum(q.consents.Judge(uses[w.subject], w.given, china), china, maxUses) {
			line := usedLine{After: u.After, Refused: u.Refused}
			line.Who, line.What, line.When = words.Use(u, q.called(u.Org))
			page.Uses = append(page.Uses, line)
		}
	}
	return q.show(http.StatusOK, "consent", page)
}

// maxUses bounds how many lines tell who looked: the page is read over slow links.
const maxUses = 40

// called returns the name of an organisation, "" for one that is not known.
func (q *request) called(org ident.Org) string {
	if org.IsZero() {
		return ""
	}
	name, err := q.orgName(org)
	if err != nil {
		return ""
	}
	return name
}

// onTakeBack takes back a consent of whoever has proved who they are; one that does not hold any more stays as it is, and one of
// somebody else is not there.
func (q *request) onTakeBack() error {
	id, err := ident.Parse[ident.Record](q.r.PostForm.Get("consent"))
	if err != nil {
		return fault.New(fault.NotFound, "resident.stop.page")
	}
	defer q.saving.lock(slip(id))()
	all, err := q.wallets()
	if err != nil {
		return err
	}
	for _, w := range all {
		for _, c := range w.given.Consents {
			if c.Header.ID != id {
				continue
			}
			if w.given.Holds(c, q.now.In(china)) {
				if err := q.takeBack(c); err != nil {
					return err
				}
			}
			return q.showConsents(true)
		}
	}
	return fault.New(fault.NotFound, "resident.stop.page")
}

func (q *request) takeBack(c consent.Consent) error {
	base, err := q.Resident.Base(q.ctx, c.Header.Scope)
	if err != nil {
		return fmt.Errorf("read where the scope stands: %w", err)
	}
	id, err := ident.New[ident.Record](q.now.UnixMilli(), q.Random)
	if err != nil {
		return err
	}
	act := record.Act{
		Name: "consent.withdraw", Scope: c.Header.Scope, Base: base, Source: record.SelfDeclared,
		Writes: []record.Write{c.End(id, q.now.UnixMilli(), consent.Phone)},
	}
	if _, err := q.Resident.Apply(q.ctx, act); err != nil {
		return fmt.Errorf("take a consent back: %w", err)
	}
	return nil
}
