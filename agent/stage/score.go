// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"time"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Lent has two banks ask for credit of 陈秀英's household: the first was granted, the second refused, since the first has the room.
// A third ask is still open.
func (s *Stage) Lent() {
	row := must(s.Desk.Store.Get(context.Background(), Chen))
	for i, one := range []struct {
		state  exposure.State
		amount int64
	}{{exposure.Granted, 10_000_000}, {exposure.Refused, 8_000_000}, {"", 2_000_000}} {
		ago := time.Duration(3-i) * 24 * time.Hour
		at := s.now.Add(-ago).UnixMilli()
		a := exposure.Ask{Header: s.header(uint64(920+i), exposure.KindAsk, Fuxi), Household: Chen, Bank: bank, Amount: one.amount, AtMS: at}
		a.Header.Subject = row.Header.Subject
		w := must(a.Create())
		s.put(w.Header, ident.Actor{}, record.Officer, ago, w.Fields)
		if one.state == "" {
			continue
		}
		g := exposure.Grant{
			Header: s.header(uint64(930+i), exposure.KindGrant, Fuxi), Ask: a.Header.ID, Household: Chen, Bank: bank, State: one.state, Limit: 15_000_000, AtMS: at, Day: "2026-11-20",
		}
		if g.Header.Subject = a.Header.Subject; one.state == exposure.Granted {
			g.Amount = one.amount
		} else {
			g.Before, g.Why, g.Against = 10_000_000, "exposure.over", s.header(930, exposure.KindGrant, Fuxi).ID
		}
		w = g.Create()
		s.put(w.Header, ident.Actor{}, record.Authoritative, ago, w.Fields)
	}
}
