// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"slices"

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
// for a courier again. Boxes go when a backup of the server holds the effect of all
// that was stranded in their lane, so that what is left is named as before.

// run is consecutive change sets of a lane that were stranded and whose boxes are here.
type run struct {
	lane        record.Lane // in which the server takes them
	links       []record.Link
	boxes       [][]byte
	waits       bool // some of it has no receipt
	first, last wire.Digest
}

// Stranded returns the envelopes of a kiosk whose lane was closed before the server
// had them, for carrying to the server by hand, in whole runs of consecutive numbers.
// They stay in the outbox.
func (r *Replica) Stranded(ctx context.Context) (boxes [][]byte, err error) {
	runs, err := r.strandedRuns(ctx)
	for _, one := range runs {
		if one.waits {
			boxes = append(boxes, one.boxes...)
		}
	}
	return boxes, err
}

func (r *Replica) strandedRuns(ctx context.Context) (runs []*run, err error) {
	rows, err := r.full.QueryContext(ctx, `
		SELECT incarnation, scope, number, chain, box, outcome FROM outbox
		WHERE state = ? AND box IS NOT NULL ORDER BY scope, incarnation, number`, stranded)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var link record.Link
		var chain, box []byte
		var outcome record.Outcome
		if err := rows.Scan(&link.Lane.Incarnation, &link.Lane.Scope, &link.Number, &chain, &box, &outcome); err != nil {
			return nil, err
		}
		if len(chain) != len(wire.Digest{}) {
			return nil, fault.New(fault.Corrupt, "sync.payload")
		}
		before := record.Link{Lane: link.Lane, Number: link.Number - 1}
		if n := len(runs); n == 0 || runs[n-1].links[len(runs[n-1].links)-1] != before {
			runs = append(runs, &run{first: wire.Digest(chain)})
		}
		one := runs[len(runs)-1]
		one.links, one.boxes, one.last = append(one.links, link), append(one.boxes, box), wire.Digest(chain)
		one.waits = one.waits || outcome == record.Pending
		one.lane = courier.Lane(link.Lane.Scope, one.first, one.last)
	}
	return runs, sqlitedb.Fault(rows.Err())
}

// carriedRuns returns what Aside asks about.
func (r *Replica) carriedRuns(ctx context.Context) (asks []peer.Unsent, err error) {
	runs, err := r.strandedRuns(ctx)
	for _, one := range runs {
		for first, last := uint64(1), uint64(len(one.links)); first <= last; first += record.MaxFrameSets {
			asks = append(asks, peer.Unsent{Lane: one.lane, First: first, Last: min(last, first+record.MaxFrameSets-1)})
		}
	}
	return asks, err
}

// applyCarried makes the answer about a carried run durable, if it is one: receipts,
// or that the server does not have it. The caller holds write.
func (r *Replica) applyCarried(ctx context.Context, m *wire.Receipts, receipts []record.Receipt) (known bool, err error) {
	r.mu.RLock()
	k, revoked := r.keys, r.scopes[m.Lane.Scope] == nil
	r.mu.RUnlock()
	switch {
	case k == nil:
		return false, locked()
	case k.profile != Kiosk || !m.Asked:
		return false, nil
	}
	runs, err := r.strandedRuns(ctx)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(runs, func(one *run) bool { return one.lane == m.Lane })
	if i < 0 {
		return false, nil
	}
	links := runs[i].links
	if len(receipts) == 0 { // Pending: nobody has carried them
		receipts = make([]record.Receipt, len(links))
		for i := range receipts {
			receipts[i].Link.Number = uint64(i) + 1
		}
	}
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		for _, rc := range receipts {
			if n := rc.Link.Number; n == 0 || n > uint64(len(links)) {
				return fault.New(fault.Corrupt, "sync.receipts")
			}
			rc.Link = links[rc.Link.Number-1]
			if err := putCarried(ctx, tx, k, &rc, revoked); err != nil {
				return err
			}
		}
		return nil
	})
	r.watch.Tell(ident.Record{})
	return true, err
}

func putCarried(ctx context.Context, tx *sql.Tx, k *keys, rc *record.Receipt, revoked bool) error {
	detail, err := sealDetail(k, rc, revoked)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE outbox SET outcome = ?, version = ?, detail = ?, decided = ? WHERE incarnation = ? AND scope = ? AND number = ? AND state = ?`,
		rc.Outcome, rc.Version, detail, rc.Decided, rc.Link.Lane.Incarnation[:], rc.Link.Lane.Scope, rc.Link.Number, stranded)
	return err
}
