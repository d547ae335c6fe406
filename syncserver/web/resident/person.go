// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/subject"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/access"
)

// Only who has proved who they are sees anything personal, and of that only their own: the household whose plate they stand
// before, if its own record names their phone or identity number; of a household of which they are a member, what is recorded
// about that member; and demands that were made with their own phone. A plate proves nothing, and neither does a proof at a
// neighbour's door.

// recognise finds out whether the browser belongs to somebody who has proved who they are.
func (q *request) recognise() {
	cookie, err := q.r.Cookie(q.cookieName(sessionCookie))
	if err != nil {
		return
	}
	if q.person, q.known = q.sessions.Of(cookie.Value); q.known {
		q.Me = calledOf(q.person)
	}
}

// calledOf is what somebody who has proved who they are is called on a page that others may look at: 139****1234, 陈**.
func calledOf(p access.Proven) string {
	if !p.Phone.IsZero() {
		return p.Phone.Masked()
	}
	if name := []rune(p.Name); len(name) > 0 {
		return string(name[0]) + strings.Repeat("*", max(1, len(name)-1))
	}
	return p.ID.Masked()
}

// personal lets those in who have proved who they are. Others go to the page where that is done, and come back; what they had
// typed when their proof ran out comes along.
func personal(h handler) handler {
	return func(q *request) error {
		if q.known {
			return h(q)
		}
		if kept := q.keptForm(); q.r.Method == http.MethodPost && kept.typed() {
			return q.askProof(http.StatusOK, provePage{Back: q.page, Kept: kept})
		}
		q.leadTo(q.proveAt(q.page))
		return nil
	}
}

// leadTo sends the browser on.
func (q *request) leadTo(path string) {
	q.w.Header().Set("Location", path)
	q.w.WriteHeader(http.StatusSeeOther)
}

// households returns the households at this plate to which whoever has proved who they are belongs; none for others.
func (q *request) households() ([]record.Row, error) {
	if !q.known {
		return nil, nil
	}
	if q.own != nil {
		return *q.own, nil
	}
	living, err := q.living()
	if err != nil {
		return nil, err
	}
	own := []record.Row{}
	for _, row := range living {
		belongs, err := q.belongs(row)
		if err != nil {
			return nil, err
		}
		if belongs {
			own = append(own, row)
		}
	}
	q.own = &own
	return own, nil
}

// headed returns those of them whose own record names who has proved it: the whole file, all demands and consents are for their
// eyes. A member's phone proves one member.
func (q *request) headed() ([]record.Row, error) {
	own, err := q.households()
	return slices.DeleteFunc(slices.Clone(own), func(row record.Row) bool { return !q.is(row) }), err
}

// living returns the households at this plate: those that it is bound to, and those that name its short code.
func (q *request) living() (out []record.Row, err error) {
	if bound := q.visit.household; !bound.IsZero() {
		row, err := q.Desk.Get(q.ctx, bound)
		if err == nil && row.Header.Kind == subject.KindHousehold && !row.Deleted() {
			out = append(out, row)
		}
	}
	named, err := q.Desk.List(q.ctx, record.Query{
		Kind: subject.KindHousehold, Scope: q.visit.scope, Limit: maxLiving,
		Where: []record.Term{{Field: "plate_code", Value: record.OfText(string(doorplate.CodeOf(q.visit.handle)))}},
	})
	if err != nil {
		return nil, fmt.Errorf("find the households of a plate: %w", err)
	}
	for _, row := range named {
		if !row.Deleted() && !slices.ContainsFunc(out, func(o record.Row) bool { return o.Header.ID == row.Header.ID }) {
			out = append(out, row)
		}
	}
	return out, nil
}

// maxLiving bounds how many households one plate may have, and maxMembers how many people one of them.
const (
	maxLiving  = 50
	maxMembers = 100
)

// belongs says whether a household, or a member of it, has the phone or the identity number that was proved. Where the
// provider proved an identity number and the record has one, that alone counts: a phone is shared, and changes hands.
func (q *request) belongs(household record.Row) (bool, error) {
	selves, err := q.selves(household)
	return len(selves) > 0 || q.is(household), err
}

// selves returns the members of a household who are whoever has proved who they are.
func (q *request) selves(household record.Row) ([]record.Row, error) {
	members, err := q.Desk.List(q.ctx, record.Query{
		Kind: subject.KindMember, Scope: household.Header.Scope, Limit: maxMembers,
		Where: []record.Term{{Field: "household", Value: record.OfBytes(household.Header.ID.Bytes())}},
	})
	if err != nil {
		return nil, fmt.Errorf("find the members of a household: %w", err)
	}
	return slices.DeleteFunc(members, func(row record.Row) bool { return !q.is(row) }), nil
}

// is says whether a record is about whoever has proved who they are.
func (q *request) is(row record.Row) bool {
	if row.Deleted() {
		return false
	}
	if id := cmp.Or(row.Text("resident_id"), row.Text("operator_id")); !q.person.ID.IsZero() && id != "" {
		return id == q.person.ID.String()
	}
	return !q.person.Phone.IsZero() && row.Text("phone") == q.person.Phone.String()
}

// maxOwn bounds how many demands are shown to somebody.
const maxOwn = 20

// ownDemands returns the demands of whoever has proved who they are, newest first: those with their own phone, and those that
// were registered for the household that they head.
func (q *request) ownDemands() (out []lending.Demand, err error) {
	if !q.known {
		return nil, nil
	}
	var terms []record.Term
	if !q.person.Phone.IsZero() {
		terms = append(terms, record.Term{Field: "phone", Value: record.OfText(q.person.Phone.String())})
	}
	own, err := q.headed()
	if err != nil {
		return nil, err
	}
	for _, row := range own {
		terms = append(terms, record.Term{Field: "household", Value: record.OfBytes(row.Header.ID.Bytes())})
	}
	for _, term := range terms {
		rows, err := q.Desk.List(q.ctx, record.Query{Kind: lending.KindDemand, Newest: true, Limit: maxOwn, Where: []record.Term{term}})
		if err != nil {
			return nil, fmt.Errorf("find somebody's demands: %w", err)
		}
		for _, row := range rows {
			d := lending.DemandOf(row)
			helper := term.Field == "phone" && d.Contact != lending.ContactOwn // the phone of who passes it on
			if !helper && !row.Deleted() && !slices.ContainsFunc(out, func(o lending.Demand) bool { return o.Header.ID == d.Header.ID }) {
				out = append(out, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b lending.Demand) int { return b.Header.ID.Compare(a.Header.ID) })
	return out[:min(len(out), maxOwn)], nil
}

// prover returns a way of proof, if the server has it.
func (s *site) prover(way access.Way) (access.Prover, bool) {
	for _, p := range s.Provers {
		if p.Way() == way {
			return p, true
		}
	}
	return nil, false
}
