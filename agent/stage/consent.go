// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// collected keeps from an officer what was taken back, as package station does.
func (s *Stage) collected(st record.Store) record.Store {
	reader, _ := s.book.Consent.Reader("officer", ident.Org{})
	return s.guarded(st, reader)
}

// storeFor is the store with nothing but what people consented to give an organisation.
func (s *Stage) storeFor(org ident.Org) record.Store {
	return s.guarded(s.As(Me, "officer"), consent.Reader{Org: org, Need: consent.NeedConsent})
}

func (s *Stage) guarded(st record.Store, reader consent.Reader) record.Store {
	return consent.Guard{
		Policy: s.book.Consent, Catalogue: s.book.Catalogue, Look: st, Now: func() time.Time { return s.now },
		Reader: func(context.Context) consent.Reader { return reader },
	}.Over(st)
}
