// SPDX-License-Identifier: Apache-2.0

package station

import (
	"context"
	"slices"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
)

// consented keeps from a login what people took their consent to back, if its role is one that this binds. Who opens such a
// record is in the audit log with the fields that they were not shown.
func (s *Station) consented(session replica.Session) replica.Through {
	policy := s.Book().Consent
	reader, bound := policy.Reader(session.Role, ident.Org{})
	if !bound {
		return nil
	}
	return s.through(reader, false)
}

// StoreFor returns the replica as the station's login sees it, with nothing but what people consented to give an organisation:
// for what leaves the machine. What is left out is in the audit log.
func (s *Station) StoreFor(org ident.Org) record.Store {
	reader := consent.Reader{Org: org, Need: consent.NeedConsent}
	return s.Replica.WatchedAs(s.Session(), s.Program, s.Book().Audit, s.through(reader, true))
}

// through puts the rule before a replica. lists says that what is left out of a list is noted as well: in an export it was asked
// for, on a screen it was not.
func (s *Station) through(reader consent.Reader, lists bool) replica.Through {
	book := s.Book()
	return func(st record.Store, note func(context.Context, []audit.Entry) error) record.Store {
		return consent.Guard{
			Policy: book.Consent, Catalogue: book.Catalogue, Look: st, Now: time.Now,
			Reader: func(context.Context) consent.Reader { return reader },
			Refused: func(ctx context.Context, list bool, refused []consent.Refusal) error {
				if list && !lists {
					return nil
				}
				return note(ctx, denials(refused))
			},
		}.Over(st)
	}
}

// denials are the entries that say what somebody was not shown.
func denials(refused []consent.Refusal) (out []audit.Entry) {
	for part := range slices.Chunk(refused, audit.MaxTouched/2) {
		e := audit.Entry{Deed: audit.Denied, Reason: "consent"}
		for _, r := range part {
			e.Touched = append(e.Touched, audit.Touch{Kind: r.Header.Kind, Scope: r.Header.Scope, Subject: r.Header.Subject, Record: r.Header.ID, Fields: r.Fields})
		}
		out = append(out, e)
	}
	return out
}
