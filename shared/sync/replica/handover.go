// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// sealedReason is the reason that the tray gives where the device cannot show any more
// what was refused.
const sealedReason = "sync.sealed"

// handOver makes what this device did in a scope unreadable here, inside the
// transaction of a revocation. Of each change set whose content is here there stay a
// box as a kiosk makes it, for the server, a spare one for the case that the lane is
// closed, and a stub. The lanes go on with other seeds: with the old ones guesses at the content could be tested against the chain.
func (r *Replica) handOver(ctx context.Context, tx *sql.Tx, k *keys, id ident.Scope) error {
	own, err := r.ownWork(ctx, tx, k, id)
	if err != nil {
		return err
	}
	for _, w := range own {
		if err := r.shut(k, &w); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE outbox SET sealed = ?, box = ?, detail = ? WHERE seq = ?", w.sealed, w.box, w.detail, w.seq)
		if err == nil && w.spare != nil {
			_, err = tx.ExecContext(ctx, "UPDATE outbox SET spare_incarnation = ?, spare_chain = ?, spare_box = ? WHERE seq = ?",
				w.spare.incarnation[:], w.spare.chain[:], w.spare.box, w.seq)
		}
		if err != nil {
			return err
		}
	}
	return r.reseed(ctx, tx, k, id)
}

// handed is a change set of the outbox on its way into a box.
type handed struct {
	seq, wallMS         int64
	link                record.Link
	seed, before        []byte
	sealed, box, detail []byte
	spare               *spare // if it was made now
}

// spare is a change set issued again, before anybody knows whether it has to be, as the
// only one of a lane.
type spare struct {
	incarnation ident.Incarnation
	chain       wire.Digest
	box         []byte // empty if there is nothing to issue again
}

// ownWork reads what a scope's outbox holds of content, as it is on disk: an entry
// before this one may have changed it.
func (r *Replica) ownWork(ctx context.Context, tx *sql.Tx, k *keys, id ident.Scope) ([]handed, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT o.seq, o.wall_ms, o.incarnation, o.number, l.seed, p.chain, o.sealed, o.box, o.detail
		FROM outbox AS o
		LEFT JOIN lanes AS l ON l.incarnation = o.incarnation AND l.scope = o.scope
		LEFT JOIN outbox AS p ON p.incarnation = o.incarnation AND p.scope = o.scope AND p.number = o.number - 1
		WHERE o.scope = ? AND (o.sealed IS NOT NULL OR o.detail IS NOT NULL)`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []handed
	for rows.Next() {
		w := handed{link: record.Link{Lane: record.Lane{Scope: id}}}
		err := rows.Scan(&w.seq, &w.wallMS, &w.link.Lane.Incarnation, &w.link.Number, &w.seed, &w.before, &w.sealed, &w.box, &w.detail)
		if err != nil {
			return nil, err
		}
		if w.seed != nil {
			if w.seed, err = k.open.Open(nil, w.seed, laneBind(w.link.Lane)); err != nil {
				return nil, damaged("lane", err)
			}
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// shut replaces the content by a box and a stub, and the receipt by what of it
// names nothing.
func (r *Replica) shut(k *keys, w *handed) error {
	if w.detail != nil {
		body, err := k.open.Open(nil, w.detail, changeBind(w.link))
		if err != nil {
			return damaged("receipt", err)
		}
		d := new(wire.ReceiptDetail)
		if err := json.Unmarshal(body, d); err != nil {
			return damaged("receipt", err)
		}
		if w.detail, err = sealDetail(k, discreet(d), w.link); err != nil {
			return err
		}
	}
	if w.sealed == nil {
		return nil
	}
	if w.box == nil {
		if err := r.boxAgain(k, w); err != nil {
			return err
		}
	}
	var err error
	w.sealed, err = sealStub(k, w.link, w.wallMS)
	return err
}

// sealStub seals what stands in the outbox for a change set that is in a box.
func sealStub(k *keys, link record.Link, wallMS int64) ([]byte, error) {
	stub := record.ChangeSet{Link: link, Reading: hlc.Reading{WallMS: wallMS}}
	return sealChange(k, "", wire.AppendChangeSet(nil, &stub), link)
}

// boxAgain makes the boxes of a change set that stands in the outbox as a laptop has it.
func (r *Replica) boxAgain(k *keys, w *handed) error {
	_, cs, err := openChange(k, w.link, w.sealed)
	if err != nil {
		return err
	}
	before := wire.LaneStart(w.link.Lane)
	if w.link.Number > 1 {
		if len(w.before) != len(before) {
			return damaged("lane", errors.New("the digest before a change set is missing"))
		}
		copy(before[:], w.before)
	}
	var seed [16]byte
	copy(seed[:], w.seed)
	if w.box, _, err = r.box(k, w.link, before, seed, cs); err != nil {
		return err
	}
	w.spare, err = r.spareOf(k, cs)
	return err
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

// reseed gives the lanes of a scope new seeds for the work to come.
func (r *Replica) reseed(ctx context.Context, tx *sql.Tx, k *keys, id ident.Scope) error {
	rows, err := tx.QueryContext(ctx, "SELECT incarnation FROM lanes WHERE scope = ? AND seed IS NOT NULL", id)
	if err != nil {
		return err
	}
	defer rows.Close()
	var lanes []record.Lane
	for rows.Next() {
		l := record.Lane{Scope: id}
		if err := rows.Scan(&l.Incarnation); err != nil {
			return err
		}
		lanes = append(lanes, l)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, l := range lanes {
		var seed [16]byte
		if _, err := io.ReadFull(r.o.Random, seed[:]); err != nil {
			return err
		}
		sealed, err := k.open.Seal(nil, seed[:], laneBind(l))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE lanes SET seed = ? WHERE incarnation = ? AND scope = ?", sealed, l.Incarnation[:], id); err != nil {
			return err
		}
	}
	return nil
}

// handedOver reports whether a change set is a stub.
func handedOver(cs *record.ChangeSet) bool { return len(cs.Writes) == 0 }

// discreet returns what of a receipt's detail says nothing about a record.
func discreet(d *wire.ReceiptDetail) *wire.ReceiptDetail {
	return &wire.ReceiptDetail{Reason: d.Reason, Chained: d.Chained, First: d.First, Decided: d.Decided}
}

// regranted reports whether the last word about a scope, in what follows a revocation
// in its message, is a grant: then the device is about to go on with it, as under
// another view.
func regranted(e wire.ControlEntry, following []wire.ControlEntry) (again bool) {
	for i, next := range following {
		switch {
		case next.Number != e.Number+uint64(i)+1, next.Op > wire.ControlKey:
			return again // the log stops there
		case next.Scope == e.Scope && (next.Op == wire.ControlGrant || next.Op == wire.ControlRevoke):
			again = next.Op == wire.ControlGrant
		}
	}
	return again
}
