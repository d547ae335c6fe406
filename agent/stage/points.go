// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Points has another officer propose points for 陈秀英, one of which whoever works here approved and somebody objects to.
func (s *Stage) Points() {
	row := must(s.Desk.Store.Get(context.Background(), Chen))
	now := s.Desk.Now()
	put := func(n uint64, w record.Write, by ident.Actor, ago time.Duration) record.Header {
		w.Header.ID = id[ident.Record](n)
		s.put(w.Header, by, record.Cadre, ago, w.Fields)
		return w.Header
	}
	give := func(n uint64, item string, by ident.Actor, ago time.Duration) record.Header {
		q := points.Proposal{Household: row, Place: "441284105203", Item: item, Day: now.Add(-ago)}
		return put(n, must(s.book.Points.Propose(q, now, nil)).Create(), by, ago)
	}
	const day = 24 * time.Hour
	say := func(h record.Header) record.Header { return record.Header{Scope: h.Scope, Subject: h.Subject} }
	meeting, clean := give(911, "meeting", Other, 9*day), give(912, "clean", Other, 5*day)
	for i, h := range []record.Header{meeting, clean} {
		put(921+uint64(i), points.Approval{Header: say(h), Entry: h.ID, AtMS: now.UnixMilli()}.Create(), Me, 4*day)
	}
	put(931, points.Objection{Header: say(clean), Entry: clean.ID, Why: "other_house", AtMS: now.UnixMilli()}.Create(), ident.Actor{}, day)
	give(913, "volunteer", Other, day)
	give(914, "green", Me, day)
}
