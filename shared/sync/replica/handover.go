// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"

	"yuexin/shared/fault"
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
		err := r.shut(k, &w)
		if fault.Is(err, fault.Corrupt) { // nobody can read it, nor prove that it was there
			if err := w.giveUp(ctx, tx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE outbox SET sealed = ?, box = ?, detail = ? WHERE seq = ?", w.sealed, w.box, w.detail, w.seq)
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

// giveUp takes out what is damaged; work that waited is counted as broken.
func (w *handed) giveUp(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE outbox SET sealed = NULL, detail = NULL, state = CASE WHEN state = 0 THEN ? ELSE state END WHERE seq = ?`,
		broken, w.seq)
	return err
}

// handed is a change set of the outbox on its way into a box.
type handed struct {
	seq, wallMS         int64
	link                record.Link
	seed, before        []byte
	sealed, box, detail []byte
	spare               *spare // if it was made now
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
			w.seed, _ = k.open.Open(nil, w.seed, laneBind(w.link.Lane)) // nil: damaged, see boxAgain
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
		if w.detail, err = sealDetailOf(k, discreet(d), w.link); err != nil {
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
	if copy(seed[:], w.seed) < len(seed) {
		return damaged("lane", errors.New("the seed of a lane is missing"))
	}
	if w.box, _, err = r.box(k, w.link, before, seed, cs); err != nil {
		return err
	}
	w.spare, err = r.spareOf(k, cs)
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
