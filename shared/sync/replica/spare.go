// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// spare is a change set issued again, before anybody knows whether it has to be, as the
// only one of a lane.
type spare struct {
	incarnation ident.Incarnation
	chain       wire.Digest
	box         []byte // empty if there is nothing to issue again
}

// spareOf issues a change set again. What it had seen of its lane, and what it replaces
// there, it cannot say any more, see insertAgain.
func (r *Replica) spareOf(k *keys, cs *record.ChangeSet) (*spare, error) {
	s := &spare{box: []byte{}}
	var err error
	if s.incarnation, err = ident.New[ident.Incarnation](max(0, r.o.Clock().WallMS), r.o.Random); err != nil {
		return nil, err
	}
	if isDiscard(cs) {
		return s, nil
	}
	if was := cs.Link; cs.Origin == nil {
		cs.Origin = &was
	}
	cs.Link = record.Link{Lane: record.Lane{Incarnation: s.incarnation, Scope: cs.Scope}, Number: 1}
	cs.Base.Number, cs.Replaces = 0, 0
	l := &lane{id: cs.Link.Lane, next: 1, chain: wire.LaneStart(cs.Link.Lane)}
	s.box, s.chain, err = r.boxed(k, l, cs)
	return s, err
}

// useSpares moves the boxes of a lane that wait after number last to the lanes that were
// made for that.
func (r *Replica) useSpares(ctx context.Context, tx *sql.Tx, k *keys, old record.Lane, last uint64) error {
	waits, err := waitingSpares(ctx, tx, old, last)
	if err != nil {
		return err
	}
	for _, w := range waits {
		if len(w.box) > 0 {
			if err := w.use(ctx, tx, k, old); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE outbox SET state = ?, sealed = NULL, box = NULL, spare_box = NULL WHERE seq = ?", moved, w.seq); err != nil {
			return err
		}
	}
	return nil
}

// waitingSpare is a spare with where the change set stands that it is for.
type waitingSpare struct {
	spare
	seq, wallMS int64
	number      uint64
	stamp       hlc.Stamp
}

func waitingSpares(ctx context.Context, tx *sql.Tx, old record.Lane, last uint64) ([]waitingSpare, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT seq, number, stamp, wall_ms, spare_incarnation, spare_chain, spare_box FROM outbox
		WHERE incarnation = ? AND scope = ? AND number > ? AND state = 0 AND spare_box IS NOT NULL ORDER BY seq`,
		old.Incarnation[:], old.Scope, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []waitingSpare
	for rows.Next() {
		var w waitingSpare
		var chain []byte
		if err := rows.Scan(&w.seq, &w.number, &w.stamp, &w.wallMS, &w.incarnation, &chain, &w.box); err != nil {
			return nil, err
		}
		copy(w.chain[:], chain)
		out = append(out, w)
	}
	return out, rows.Err()
}

// use puts the lane of a spare into the outbox, closed as nothing else comes there, and
// with it the files that its change set brings along.
func (w *waitingSpare) use(ctx context.Context, tx *sql.Tx, k *keys, old record.Lane) error {
	link := record.Link{Lane: record.Lane{Incarnation: w.incarnation, Scope: old.Scope}, Number: 1}
	_, err := tx.ExecContext(ctx, `INSERT INTO lanes (incarnation, scope, next, chain, stamp, closed) VALUES (?, ?, 2, ?, ?, 1)`,
		w.incarnation[:], old.Scope, w.chain[:], w.stamp)
	if err != nil {
		return err
	}
	stub, err := sealStub(k, link, w.wallMS)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO outbox (incarnation, scope, number, chain, stamp, wall_ms, sealed, box) VALUES (?, ?, 1, ?, ?, ?, ?, ?)`,
		w.incarnation[:], old.Scope, w.chain[:], w.stamp, w.wallMS, stub, w.box)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE attachments SET incarnation = ?, number = 1 WHERE own = 1 AND incarnation = ? AND scope = ? AND number = ?",
		w.incarnation[:], old.Incarnation[:], old.Scope, w.number)
	return err
}
