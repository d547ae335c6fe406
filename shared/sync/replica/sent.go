// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"

	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
)

// Sent is a change set of this device and what became of it.
type Sent struct {
	Receipt record.Receipt    // Pending while the server has not said
	Set     *record.ChangeSet // nil where its content is not here: backed up at the server long ago, damaged, or another's now
	MadeMS  int64             // by the clock of the device
	Broken  bool              // damaged here before it was sent: see Broken
}

// unconfirmed is true of what the server has not accepted, whatever the reason.
const unconfirmed = "dismissed = 0 AND (state IN (0, 2, 3, 8, 9) OR state = 7)"

// Sent returns what this device did, with the server's receipt for each: the newest first, or with waiting only what the
// server has not accepted, the oldest first; at most so many.
func (r *Replica) Sent(ctx context.Context, waiting bool, most int) ([]Sent, error) {
	r.mu.RLock()
	k := r.keys
	r.mu.RUnlock()
	if k == nil {
		return nil, locked()
	}
	where, order := "state NOT IN (5, 6)", "DESC"
	if waiting {
		where, order = unconfirmed, "ASC"
	}
	rows, err := r.full.QueryContext(ctx, `
		SELECT incarnation, scope, number, state, outcome, version, wall_ms, detail, sealed
		FROM outbox WHERE `+where+` ORDER BY seq `+order+` LIMIT ?`, most)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []Sent
	for rows.Next() {
		var s Sent
		var at state
		var detail, sealed []byte
		rc := &s.Receipt
		if err := rows.Scan(&rc.Link.Lane.Incarnation, &rc.Link.Lane.Scope, &rc.Link.Number, &at, &rc.Outcome, &rc.Version, &s.MadeMS, &detail, &sealed); err != nil {
			return nil, err
		}
		s.Broken = at == broken
		if detail != nil {
			if body, err := k.open.Open(nil, detail, changeBind(rc.Link)); err == nil {
				_ = explain(rc, body) // the outcome stands without its reason
			}
		}
		if sealed != nil {
			if _, cs, err := openChange(k, rc.Link, sealed); err == nil && !handedOver(cs) {
				s.Set = cs
			}
		}
		out = append(out, s)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// Sent is Replica.Sent for somebody who reads what was written.
func (v *Viewer) Sent(ctx context.Context, waiting bool, most int) ([]Sent, error) {
	list, err := v.r.Sent(ctx, waiting, most)
	if err != nil {
		return nil, err
	}
	ctx, page := audit.Open(ctx)
	for _, s := range list {
		if s.Set == nil {
			continue
		}
		for _, w := range s.Set.Writes {
			if err := v.w.Shown(ctx, audit.Read, w.Header, w.FieldNames()); err != nil {
				return nil, err
			}
		}
	}
	return list, page.Note(ctx)
}
