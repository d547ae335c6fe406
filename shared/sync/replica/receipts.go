// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// stateOf returns what an outcome makes of a change set.
func stateOf(o record.Outcome) state {
	switch {
	case o.Applied():
		return applied
	case o == record.Rejected:
		return refused
	case o == record.Quarantined:
		return quarantined
	case o == record.Erased:
		return erased
	default:
		return done
	}
}

// ApplyReceipts makes receipts durable and shows what they mean: what was refused
// leaves the rows and goes to the tray. Receipts that are here already change
// nothing. A receipt that contradicts an earlier one comes from a server that was
// restored: it counts, and reopened says that what stands before it in the lane
// waits again. A decision about what was quarantined is none. If their digest is not that of this device's lane, and it asked for
// them, what they name is not there and goes to a new lane; if it did not ask, fault.Corrupt.
func (r *Replica) ApplyReceipts(ctx context.Context, m *wire.Receipts) (reopened bool, err error) {
	receipts, err := peer.Unpack(m)
	if err != nil {
		return false, fault.New(fault.Corrupt, "sync.receipts").WithCause(err)
	}
	r.write.Lock()
	defer r.write.Unlock()
	if offered, err := r.applyOffered(ctx, m, receipts); offered || err != nil {
		return false, err
	}
	if carried, err := r.applyCarried(ctx, m, receipts); carried || err != nil {
		return false, err
	}
	k, err := r.receivable(ctx, m)
	if m.Asked && len(receipts) > 0 && fault.Is(err, fault.Corrupt) {
		return true, r.anothers(ctx, receipts)
	}
	if err != nil || k == nil {
		return false, err
	}
	contradicted, err := r.contradicted(ctx, receipts)
	if err != nil {
		return false, err
	}
	if contradicted != 0 {
		lane := m.Lane
		err := r.reopen(ctx, "incarnation = ? AND scope = ? AND number <= ?", lane.Incarnation[:], lane.Scope, contradicted)
		if err != nil {
			return false, err
		}
	}
	r.mu.RLock()
	revoked := r.scopes[m.Lane.Scope] == nil
	r.mu.RUnlock()
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, `
			UPDATE outbox SET state = ?1, outcome = ?2, version = ?3, detail = ?4, decided = ?5
			WHERE incarnation = ?6 AND scope = ?7 AND number = ?8 AND (state = 0 OR state = 3 AND ?5)`)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for i := range receipts {
			if err := putReceipt(ctx, stmt, k, &receipts[i], revoked); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	r.showReceipts(receipts)
	if err := r.probeAnew(ctx, m.Lane.Scope); err != nil {
		return false, err
	}
	return contradicted > receipts[0].Link.Number || contradicted != 0 && receipts[0].Link.Number > 1, nil
}

// anothers leaves a lane in which the server holds another's work in the place of what
// this device knows as quarantined: it was restored from a backup that does not have
// it, and a copy of this device has used the numbers since. The caller holds write.
func (r *Replica) anothers(ctx context.Context, receipts []record.Receipt) error {
	from, to := receipts[0].Link, receipts[len(receipts)-1].Link
	err := r.reopen(ctx, stoodAside+" AND incarnation = ? AND scope = ? AND number BETWEEN ? AND ?",
		from.Lane.Incarnation[:], from.Lane.Scope, from.Number, to.Number)
	if err != nil {
		return err
	}
	r.mu.RLock()
	k, l := r.keys, r.laneLocked(from.Lane)
	r.mu.RUnlock()
	return r.reissue(ctx, k, l, 0)
}

// contradicted returns the last number whose receipt here is another than the one
// that came now; 0 if there is none.
func (r *Replica) contradicted(ctx context.Context, receipts []record.Receipt) (last uint64, err error) {
	if len(receipts) == 0 {
		return 0, nil
	}
	from, to := receipts[0].Link, receipts[len(receipts)-1].Link
	rows, err := r.full.QueryContext(ctx, `
		SELECT number, outcome, version FROM outbox
		WHERE incarnation = ? AND scope = ? AND number BETWEEN ? AND ? AND state IN (1, 2, 3)`,
		from.Lane.Incarnation[:], from.Lane.Scope, from.Number, to.Number)
	if err != nil {
		return 0, sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var number uint64
		var outcome record.Outcome
		var version record.Version
		if err := rows.Scan(&number, &outcome, &version); err != nil {
			return 0, err
		}
		now := receipts[number-from.Number]
		if outcome == record.Quarantined && now.Decided {
			continue
		}
		aside := outcome == record.Quarantined || now.Outcome == record.Quarantined
		if version != now.Version || aside && outcome != now.Outcome {
			last = max(last, number)
		}
	}
	return last, sqlitedb.Fault(rows.Err())
}

// receivable checks that receipts are about a lane of this device, as it has it;
// nil keys if there is nothing to do.
func (r *Replica) receivable(ctx context.Context, m *wire.Receipts) (*keys, error) {
	r.mu.RLock()
	k, l := r.keys, r.laneLocked(m.Lane)
	r.mu.RUnlock()
	if k == nil {
		return nil, locked()
	}
	if l == nil || m.Through == 0 {
		return nil, nil
	}
	_, err := r.chainAt(ctx, m.Lane, m.Through)
	if fault.Is(err, fault.Gone) {
		return nil, nil // receipted and backed up long ago
	}
	if err != nil {
		return nil, err
	}
	// The digest of a later number proves the earlier ones as well.
	var same bool
	err = r.full.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM outbox WHERE incarnation = ? AND scope = ? AND number >= ? AND chain = ?)`,
		m.Lane.Incarnation[:], m.Lane.Scope, m.Through, m.Chain[:]).Scan(&same)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	if !same {
		return nil, fault.New(fault.Corrupt, "sync.receipts")
	}
	return k, nil
}

// putReceipt stores a receipt; of a scope that was revoked without what it names.
func putReceipt(ctx context.Context, stmt *sql.Stmt, k *keys, rc *record.Receipt, revoked bool) error {
	detail, err := sealDetail(k, rc, revoked)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx, stateOf(rc.Outcome), rc.Outcome, rc.Version, detail, rc.Decided,
		rc.Link.Lane.Incarnation[:], rc.Link.Lane.Scope, rc.Link.Number)
	return err
}

// sealDetail returns what a receipt says besides its outcome and version, sealed; nil
// if that is nothing. Of a scope that was revoked it leaves out what it names.
func sealDetail(k *keys, rc *record.Receipt, revoked bool) ([]byte, error) {
	d := peer.Pack([]record.Receipt{*rc})[0].Detail
	if d == nil {
		return nil, nil
	}
	if revoked {
		d = discreet(d)
	}
	return sealDetailOf(k, d, rc.Link)
}

func sealDetailOf(k *keys, d *wire.ReceiptDetail, link record.Link) ([]byte, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return k.open.Seal(nil, body, changeBind(link))
}

// showReceipts brings the rows in memory up to date.
func (r *Replica) showReceipts(receipts []record.Receipt) {
	r.mu.Lock()
	byLink := make(map[record.Link]*record.Receipt, len(receipts))
	for i := range receipts {
		byLink[receipts[i].Link] = &receipts[i]
	}
	var touched []*change
	for _, c := range r.outbox.changes {
		rc := byLink[c.set.Link]
		if rc == nil || c.state != waiting {
			continue
		}
		c.state, c.version = stateOf(rc.Outcome), rc.Version
		if c.state == applied && !rc.Decided { // what stood aside is seen by its version only
			r.outbox.note(c.version, c.set.Link)
		}
		touched = append(touched, c)
	}
	ids := r.settleLocked(touched)
	r.mu.Unlock()
	if slices.ContainsFunc(receipts, func(rc record.Receipt) bool { return rc.Decided }) {
		ids = append(ids, ident.Record{}) // it may have come to the tray
	}
	r.watch.Tell(ids...)
}

// stoodAside is true of what is quarantined, and of what was and was refused then: of
// that no version tells whether the server was restored from before it.
const stoodAside = "(state = 3 OR state = 2 AND decided)"

// Aside returns what is quarantined, and what was refused then, as runs of numbers of one lane, and what was
// stranded, as the server has it once somebody carried it there.
func (r *Replica) Aside(ctx context.Context) ([]peer.Unsent, error) {
	rows, err := r.full.QueryContext(ctx, `
		SELECT incarnation, scope, number FROM outbox WHERE `+stoodAside+` ORDER BY scope, incarnation, number`)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var runs []peer.Unsent
	for rows.Next() {
		var u peer.Unsent
		if err := rows.Scan(&u.Lane.Incarnation, &u.Lane.Scope, &u.First); err != nil {
			return nil, err
		}
		u.Last = u.First
		if n := len(runs); n > 0 && runs[n-1].Lane == u.Lane && runs[n-1].Last+1 == u.First && u.First-runs[n-1].First < record.MaxFrameSets {
			runs[n-1].Last = u.Last
			continue
		}
		runs = append(runs, u)
	}
	if err := rows.Err(); err != nil {
		return nil, sqlitedb.Fault(err)
	}
	carried, err := r.carriedRuns(ctx)
	return append(runs, carried...), err
}

// settle reports whether a change shows in rows no longer: it was refused, or it
// was applied and its effect has been pulled.
func (m *memory) settle(c *change) bool {
	if c.state == waiting {
		return false
	}
	s := m.scopes[c.set.Link.Lane.Scope]
	return c.state != applied || s == nil || c.version <= s.held
}

// settleLocked takes settled changes out of the rows, refreshes every row that the
// given changes touch, and returns their ids.
func (r *Replica) settleLocked(changes []*change) []ident.Record {
	if len(changes) == 0 {
		return nil
	}
	r.outbox.changes = slices.DeleteFunc(r.outbox.changes, r.settle)
	seen := map[ident.Record]bool{}
	for _, c := range changes {
		for i := range c.set.Writes {
			seen[c.set.Writes[i].Header.ID] = true
		}
	}
	var ids []ident.Record
	for id := range seen {
		e := r.table.rows[id]
		if e == nil {
			continue
		}
		ids = append(ids, id)
		next := *e
		next.changes = slices.DeleteFunc(slices.Clone(e.changes), r.settle)
		if next.plain == nil && len(next.changes) == 0 {
			r.table.drop(func(e *entry) bool { return e.header.ID == id })
			continue
		}
		r.refresh(&next)
		r.table.rows[id] = &next
	}
	return ids
}

// Receipt returns what became of one change set of this device, Pending while the
// server has not said; fault.NotFound once the device has forgotten it.
func (r *Replica) Receipt(ctx context.Context, link record.Link) (record.Receipt, error) {
	r.mu.RLock()
	k := r.keys
	r.mu.RUnlock()
	if k == nil {
		return record.Receipt{}, locked()
	}
	items, err := r.receipts(ctx, k, "incarnation = ? AND scope = ? AND number = ?", link.Lane.Incarnation[:], link.Lane.Scope, link.Number)
	if err != nil {
		return record.Receipt{}, err
	}
	if len(items) == 0 {
		return record.Receipt{}, fault.New(fault.NotFound, "record.missing")
	}
	return items[0].receipt, nil
}

// receipted is a receipt with the number of its change set in the outbox.
type receipted struct {
	receipt record.Receipt
	sealed  []byte
}

// receipts reads the receipts that a condition selects, in the order their change
// sets were made.
func (r *Replica) receipts(ctx context.Context, k *keys, where string, args ...any) ([]receipted, error) {
	rows, err := r.full.QueryContext(ctx,
		"SELECT incarnation, scope, number, outcome, version, detail, sealed FROM outbox WHERE "+where+" ORDER BY seq", args...)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []receipted
	for rows.Next() {
		var it receipted
		var detail []byte
		rc := &it.receipt
		if err := rows.Scan(&rc.Link.Lane.Incarnation, &rc.Link.Lane.Scope, &rc.Link.Number, &rc.Outcome, &rc.Version, &detail, &it.sealed); err != nil {
			return nil, err
		}
		if detail != nil {
			body, err := k.open.Open(nil, detail, changeBind(rc.Link))
			if err != nil {
				return nil, damaged("receipt", err)
			}
			if err := explain(rc, body); err != nil {
				return nil, damaged("receipt", err)
			}
		}
		out = append(out, it)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// explain fills in the stored detail of a receipt.
func explain(rc *record.Receipt, body []byte) error {
	d := new(wire.ReceiptDetail)
	if err := json.Unmarshal(body, d); err != nil {
		return err
	}
	n := rc.Link.Number
	full, err := peer.Unpack(&wire.Receipts{Lane: rc.Link.Lane, Ranges: []wire.ReceiptRange{
		{From: n, To: n, Outcome: rc.Outcome, Version: rc.Version, Detail: d},
	}})
	if err != nil {
		return err
	}
	*rc = full[0]
	return nil
}
