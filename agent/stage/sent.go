// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"time"

	"yuexin/agent/flow"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// acted gives the list of receipts one act of each outcome, the newest first.
func (s *Stage) acted() {
	for i, o := range []record.Outcome{
		record.Pending, record.Pending, record.Pending, record.Accepted, record.Merged, record.Superseded, record.Proposed, record.InReview, record.Rejected, record.Quarantined,
	} {
		h := ledger[i]
		header := s.header(h.n, "household", h.scope)
		made := Now.Add(-time.Duration(i+1) * 40 * time.Minute).UnixMilli()
		link := record.Link{Lane: record.Lane{Incarnation: id[ident.Incarnation](1), Scope: h.scope}, Number: uint64(20 - i)}
		rc := record.Receipt{Link: link, Outcome: o}
		switch o {
		case record.Rejected:
			rc.Reason, rc.Record, rc.Field = "sync.reject.missing", header, "phone"
		case record.Proposed, record.InReview, record.Superseded:
			rc.Fields = []record.FieldOutcome{{Record: header, Field: "land_area", Outcome: o}}
		}
		s.Sync.Acts = append(s.Sync.Acts, flow.Sent{Receipt: rc, MadeMS: made, Set: &record.ChangeSet{
			Link: link, Reading: hlc.Reading{WallMS: made}, Act: record.Act{Name: "household.edit", Scope: h.scope, Writes: []record.Write{{
				Op: record.Edit, Header: header, Fields: map[record.Field]record.Value{"phone": text("13900139000"), "land_area": number(520)},
			}}},
		}})
	}
}
