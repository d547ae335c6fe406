// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Expect answers the server's wish to be sent a lane from a number on. If the
// digest before it is this device's, the numbers from there wait again. If there
// are receipted ones among them, a server restored from a backup has lost them, and
// the whole lane waits again, as far as its content is here: what stands before
// may have come to the server anew, from a copy of this device, and been judged
// otherwise. Otherwise, or if
// their content is not here any more, the lane is left and its unreceipted work is
// issued again in a new one.
func (r *Replica) Expect(ctx context.Context, m *wire.Expect) error {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.RLock()
	k, l := r.keys, r.laneLocked(m.Lane)
	r.mu.RUnlock()
	if k == nil {
		return locked()
	}
	if l == nil || m.Number == 0 {
		return nil
	}
	chain, err := r.chainAt(ctx, m.Lane, m.Number-1)
	if err != nil && !fault.Is(err, fault.Gone) {
		return err
	}
	continues := err == nil && chain == m.Chain && m.Number <= l.next
	if err := r.reopen(ctx, "incarnation = ?1 AND scope = ?2 AND ("+lostReceipt+")", m.Lane.Incarnation[:], m.Lane.Scope, m.Number); err != nil {
		return err
	}
	if !continues {
		return r.reissue(ctx, k, l, 0)
	}
	var gone int
	err = r.full.QueryRowContext(ctx, `
		SELECT count(*) FROM outbox WHERE incarnation = ? AND scope = ? AND number >= ? AND sealed IS NULL AND state NOT IN (2, 3, 4, 5, 6, 7)`,
		m.Lane.Incarnation[:], m.Lane.Scope, m.Number).Scan(&gone)
	if err != nil {
		return sqlitedb.Fault(err)
	}
	if gone > 0 {
		return r.reissue(ctx, k, l, m.Number-1)
	}
	return nil
}

// lostReceipt is true if a lane has receipts from a number on.
const lostReceipt = `SELECT max(number) >= ?3 FROM outbox
	WHERE incarnation = ?1 AND scope = ?2 AND state IN (1, 2, 3, 4, 5) AND sealed IS NOT NULL`

// reopen makes receipted change sets wait again; the caller holds write.
func (r *Replica) reopen(ctx context.Context, where string, args ...any) error {
	var n int64
	err := sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE outbox SET state = 0, outcome = 0, version = 0, detail = NULL, decided = 0
			WHERE state IN (1, 2, 3, 4, 5) AND sealed IS NOT NULL AND `+where, args...)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil || n == 0 {
		return err
	}
	return r.reload(ctx)
}

// reload reads everything into memory anew.
func (r *Replica) reload(ctx context.Context) error {
	r.mu.RLock()
	k, user := r.keys, r.user
	r.mu.RUnlock()
	if err := r.load(ctx, k, user); err != nil {
		return err
	}
	if k.profile == Kiosk && !k.staff.IsZero() {
		if err := r.mergeStaff(ctx, k); err != nil {
			return err
		}
	}
	r.watch.Tell(ident.Record{})
	return nil
}

// CloseLane leaves a lane that the server closed: what the server holds of it
// keeps waiting for its receipts there, the rest is issued again in a new lane of
// a new incarnation, naming its origin. Of a lane whose cursor the server does not
// hear that includes receipted work: if the server was restored from a backup, and
// a copy of this device has used the numbers since, nothing else says so. Nothing is
// lost: what a kiosk cannot read to issue it again stays in the outbox as stranded,
// see Stranded; a laptop has a spare of what it cannot read any more.
func (r *Replica) CloseLane(ctx context.Context, m *wire.LaneClosed) error {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.RLock()
	k, l := r.keys, r.laneLocked(m.Lane)
	unheard := slices.ContainsFunc(r.probes, func(p peer.Unsent) bool { return p.Lane == m.Lane })
	r.mu.RUnlock()
	if k == nil {
		return locked()
	}
	if l == nil {
		return nil
	}
	last := m.Last
	if chain, err := r.chainAt(ctx, m.Lane, last); err != nil || chain != m.Chain {
		last = 0 // what the server holds there is another device's
	}
	if unheard {
		if err := r.reopen(ctx, "incarnation = ? AND scope = ? AND number > ?", m.Lane.Incarnation[:], m.Lane.Scope, last); err != nil {
			return err
		}
	}
	return r.reissue(ctx, k, l, last)
}

// PutAside takes a waiting change set that the server cannot read, in whatever frame,
// from its lane. It stays here, in the tray with the reason, to be corrected or given
// up; what follows it is issued again in a new lane.
func (r *Replica) PutAside(ctx context.Context, id record.Lane, number uint64) error {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.RLock()
	k, l := r.keys, r.laneLocked(id)
	r.mu.RUnlock()
	if k == nil {
		return locked()
	}
	var waits bool
	err := r.full.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE incarnation = ? AND scope = ? AND number = ? AND state = 0)",
		id.Incarnation[:], id.Scope, number).Scan(&waits)
	if err != nil || l == nil || !waits {
		return sqlitedb.Fault(err)
	}
	return r.reissue(ctx, k, l, number-1, number)
}

// putAside is PutAside in a transaction.
func putAside(ctx context.Context, tx *sql.Tx, k *keys, link record.Link) error {
	detail, err := sealDetail(k, &record.Receipt{Link: link, Outcome: record.Rejected, Reason: "sync.reject.unread"}, false)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE outbox SET state = ?, outcome = ?, detail = ? WHERE incarnation = ? AND scope = ? AND number = ? AND state = 0",
		unread, record.Rejected, detail, link.Lane.Incarnation[:], link.Lane.Scope, link.Number)
	return err
}

// reissue closes a lane after number last and issues its waiting change sets with
// higher numbers again, but those of the numbers aside; the caller holds write.
func (r *Replica) reissue(ctx context.Context, k *keys, old *lane, last uint64, aside ...uint64) error {
	if k.profile == Kiosk {
		return r.strand(ctx, k, old, last, aside...)
	}
	again, bad, err := r.kept(ctx, old.id.Scope, waiting)
	if err != nil {
		return err
	}
	stays := func(link record.Link) bool { return link.Lane != old.id || link.Number <= last }
	again = slices.DeleteFunc(again, func(c *change) bool {
		return stays(c.set.Link) || slices.Contains(aside, c.set.Link.Number) || handedOver(c.set)
	})
	bad = slices.DeleteFunc(bad, stays)
	l, fresh, err := r.successor(old)
	if err != nil {
		return err
	}
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		if err := putClosed(ctx, tx, old.id, last); err != nil {
			return err
		}
		if err := putBroken(ctx, tx, bad); err != nil {
			return err
		}
		for _, n := range aside {
			if err := putAside(ctx, tx, k, record.Link{Lane: old.id, Number: n}); err != nil {
				return err
			}
		}
		if fresh {
			if err := putMeta(ctx, tx, metaIncarnation, l.id.Incarnation[:]); err != nil {
				return err
			}
		}
		if err := r.useSpares(ctx, tx, k, old.id, last); err != nil {
			return err
		}
		if err := putStranded(ctx, tx, old.id, last); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE outbox SET state = ?, sealed = NULL WHERE incarnation = ? AND scope = ? AND number > ? AND state = 0`,
			moved, old.id.Incarnation[:], old.id.Scope, last); err != nil {
			return err
		}
		return r.insertAgain(ctx, tx, k, l, again)
	})
	if err != nil {
		return err
	}
	r.miss(bad)
	return r.reload(ctx)
}

// successor returns the lane that the work of one that cannot go on moves to: one
// of a new incarnation, or, if the lane was left before, the one that took over
// then.
func (r *Replica) successor(old *lane) (l *lane, fresh bool, err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if open := r.lanes[old.id.Scope]; open != nil && open.id != old.id {
		next := *open
		return &next, false, nil
	}
	inc, err := ident.New[ident.Incarnation](max(0, r.o.Clock().WallMS), r.o.Random)
	if err != nil {
		return nil, false, err
	}
	l, err = r.newLane(old.id.Scope, inc)
	return l, true, err
}

// insertAgain puts change sets into a new lane. Their bases name numbers of the old
// one: those issued again are found under their new numbers. What a change set had
// seen of receipted numbers beyond its base version it cannot say any more; at
// worst a person is asked once too often.
func (r *Replica) insertAgain(ctx context.Context, tx *sql.Tx, k *keys, l *lane, again []*change) error {
	now := map[uint64]uint64{}
	for _, c := range again {
		was := c.set.Link
		if c.set.Origin == nil {
			c.set.Origin = &was
		}
		seen := uint64(0)
		for from, to := range now {
			if from <= c.set.Base.Number {
				seen = max(seen, to)
			}
		}
		c.set.Base.Number = seen
		c.set.Replaces = now[c.set.Replaces] // what is named was receipted: it stays in the old lane
		if isDiscard(c.set) && c.set.Replaces == 0 {
			continue // given up on this device, and never applied anywhere
		}
		c.set.Link = record.Link{Lane: l.id, Number: l.next}
		now[was.Number] = l.next
		if err := r.insert(ctx, tx, k, l, c); err != nil {
			return err
		}
	}
	return nil
}

func isDiscard(cs *record.ChangeSet) bool {
	return len(cs.Writes) == 1 && cs.Writes[0].Op == record.Discard
}

// strand closes a kiosk's lane. Its boxes are bound to it and cannot be read here.
func (r *Replica) strand(ctx context.Context, k *keys, old *lane, last uint64, aside ...uint64) error {
	inc, err := ident.New[ident.Incarnation](max(0, r.o.Clock().WallMS), r.o.Random)
	if err != nil {
		return err
	}
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		if err := putClosed(ctx, tx, old.id, last); err != nil {
			return err
		}
		if err := putMeta(ctx, tx, metaIncarnation, inc[:]); err != nil {
			return err
		}
		for _, n := range aside {
			if err := putAside(ctx, tx, k, record.Link{Lane: old.id, Number: n}); err != nil {
				return err
			}
		}
		return putStranded(ctx, tx, old.id, last)
	})
	if err != nil {
		return err
	}
	return r.reload(ctx)
}

// putStranded strands the boxes of a lane that wait after number last.
func putStranded(ctx context.Context, tx *sql.Tx, id record.Lane, last uint64) error {
	_, err := tx.ExecContext(ctx, `UPDATE outbox SET state = ? WHERE incarnation = ? AND scope = ? AND number > ? AND state = 0 AND box IS NOT NULL`,
		stranded, id.Incarnation[:], id.Scope, last)
	return err
}
