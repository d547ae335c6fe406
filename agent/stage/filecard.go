// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Object has 陈秀英 say at a kiosk, so long ago, that a value of her household is wrong.
func (s *Stage) Object(n uint64, field record.Field, stood, wanted string, ago time.Duration) {
	h := s.header(n, myfile.KindObjection, Fuxi)
	row := must(s.Desk.Store.Get(context.Background(), Chen))
	h.Subject = row.Header.Subject
	w := must(myfile.Objection{
		Header: h, Of: Chen, OfKind: "household", Field: field, Kind: myfile.Correct, Stood: stood, Wanted: wanted, Receipt: "004210007385",
		AtMS: s.now.Add(-ago).UnixMilli(),
	}.Create())
	s.put(w.Header, ident.Actor{}, record.SelfDeclared, ago, w.Fields)
}

// quick makes a guess at a PIN take no time.
func quick(p *myfile.Policy) *myfile.Policy {
	q := *p
	q.Cost.Passes, q.Cost.MemoryKiB = 1, 64
	return &q
}
