// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/courier"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// What was stranded stays in its state: in its own lane the server will never hold
// it. Its receipt, which the server keeps under the lane that courier.Lane names,
// tells whether it was carried there and what became of it. Every session asks for
// it, so that a server restored from a backup without it is noticed: then it waits
// for a courier again. The box goes when a backup of the server holds its effect.

// Stranded returns the envelopes of a kiosk whose lane was closed before the server
// had them, for carrying to the server by hand. They stay in the outbox.
func (r *Replica) Stranded(ctx context.Context) ([][]byte, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT box FROM outbox WHERE state = ? AND outcome = 0 AND box IS NOT NULL ORDER BY seq", stranded)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out [][]byte
	for rows.Next() {
		var box []byte
		if err := rows.Scan(&box); err != nil {
			return nil, err
		}
		out = append(out, box)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// carriedLanes returns what was stranded and whose box is still here, oldest first,
// each with the lane in which the server takes it.
func (r *Replica) carriedLanes(ctx context.Context) (links []record.Link, lanes []record.Lane, err error) {
	rows, err := r.full.QueryContext(ctx, "SELECT incarnation, scope, number, chain FROM outbox WHERE state = ? AND box IS NOT NULL ORDER BY seq", stranded)
	if err != nil {
		return nil, nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var link record.Link
		var chain []byte
		if err := rows.Scan(&link.Lane.Incarnation, &link.Lane.Scope, &link.Number, &chain); err != nil {
			return nil, nil, err
		}
		if len(chain) != len(wire.Digest{}) {
			return nil, nil, fault.New(fault.Corrupt, "sync.payload")
		}
		links = append(links, link)
		lanes = append(lanes, courier.Lane(link.Lane.Scope, wire.Digest(chain)))
	}
	return links, lanes, sqlitedb.Fault(rows.Err())
}

// carriedRuns returns what Aside asks about.
func (r *Replica) carriedRuns(ctx context.Context) (runs []peer.Unsent, err error) {
	_, lanes, err := r.carriedLanes(ctx)
	for _, lane := range lanes {
		runs = append(runs, peer.Unsent{Lane: lane, First: 1, Last: 1})
	}
	return runs, err
}

// applyCarried makes the answer about one carried change set durable, if it is one:
// its receipt, or that the server does not have it. The caller holds write.
func (r *Replica) applyCarried(ctx context.Context, m *wire.Receipts, receipts []record.Receipt) (known bool, err error) {
	r.mu.RLock()
	k := r.keys
	r.mu.RUnlock()
	if k == nil {
		return false, locked()
	}
	if k.profile != Kiosk {
		return false, nil
	}
	links, lanes, err := r.carriedLanes(ctx)
	if err != nil {
		return false, err
	}
	for i, lane := range lanes {
		if lane != m.Lane {
			continue
		}
		var rc record.Receipt // of the zero outcome, Pending: nobody has carried it
		if len(receipts) > 0 {
			rc = receipts[0]
		}
		rc.Link = links[i]
		detail, err := sealDetail(k, &rc)
		if err != nil {
			return true, err
		}
		_, err = r.full.ExecContext(ctx, `
			UPDATE outbox SET outcome = ?, version = ?, detail = ?, decided = ? WHERE incarnation = ? AND scope = ? AND number = ? AND state = ?`,
			rc.Outcome, rc.Version, detail, rc.Decided, rc.Link.Lane.Incarnation[:], rc.Link.Lane.Scope, rc.Link.Number, stranded)
		if err != nil {
			return true, sqlitedb.Fault(err)
		}
		r.watch.Tell(ident.Record{})
		return true, nil
	}
	return false, nil
}
