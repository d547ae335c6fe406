// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"errors"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// maxKeptBytes bounds the boxes of one scope. A server that makes no backups for
// long has the newest kept; the oldest go.
const maxKeptBytes = 4 << 20

// Offers returns the boxes that wait to be offered back to the server, in the order
// in which it wrote what is in them.
func (r *Replica) Offers(ctx context.Context) ([]peer.Offer, error) {
	rows, err := r.full.QueryContext(ctx,
		"SELECT scope, incarnation, first, last, chain FROM kept WHERE waiting = 1 ORDER BY version, first")
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []peer.Offer
	for rows.Next() {
		var o peer.Offer
		var chain []byte
		if err := rows.Scan(&o.Lane.Scope, &o.Lane.Incarnation, &o.First, &o.Last, &chain); err != nil {
			return nil, err
		}
		copy(o.Chain[:], chain)
		out = append(out, o)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// Offer returns a box as the server gave it; nil if it is not kept any more.
func (r *Replica) Offer(ctx context.Context, o peer.Offer) (box []byte, err error) {
	err = r.full.QueryRowContext(ctx, "SELECT box FROM kept WHERE scope = ? AND incarnation = ? AND last = ? AND chain = ?",
		o.Lane.Scope, o.Lane.Incarnation[:], o.Last, o.Chain[:]).Scan(&box)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return box, sqlitedb.Fault(err)
}

// putKept keeps the boxes of a checkpoint with it, and lets those go that a backup
// holds by now, or that are too many.
func putKept(ctx context.Context, tx *sql.Tx, s *scope, boxes []*wire.Kept) error {
	id, at := s.cursor.Scope, s.cursor.Version
	if at != 0 {
		_, err := tx.ExecContext(ctx, `UPDATE kept SET waiting = 0, version = given, given = 0
			WHERE scope = ? AND waiting = 1 AND given BETWEEN 1 AND ?`, id, at)
		if err != nil {
			return err
		}
	}
	for _, k := range boxes {
		if k.Lane.Scope != id || k.First == 0 || k.Last < k.First {
			return fault.New(fault.Corrupt, "sync.rows")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO kept (scope, incarnation, last, chain, first, version, box) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, id, k.Lane.Incarnation[:], k.Last, k.Chain[:], k.First, k.Version, k.Data)
		if err != nil {
			return err
		}
	}
	if len(boxes) > 0 {
		_, err := tx.ExecContext(ctx, `DELETE FROM kept WHERE scope = ?1 AND rowid IN (SELECT rowid FROM (
			SELECT rowid, waiting, sum(length(box)) OVER (ORDER BY version DESC, rowid DESC) AS newer FROM kept WHERE scope = ?1)
			WHERE waiting = 0 AND newer > ?2)`, id, maxKeptBytes)
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM kept WHERE scope = ? AND waiting = 0 AND version <= ?", id, min(s.watermark, at))
	return err
}

// offerAgain lets boxes of a scope above a version wait: the server may have lost
// them, or the scope is left and they are handed over before they go.
func offerAgain(ctx context.Context, tx *sql.Tx, id ident.Scope, above record.Version) error {
	_, err := tx.ExecContext(ctx, "UPDATE kept SET waiting = 1, given = 0 WHERE scope = ? AND version > ?", id, above)
	return err
}

// applyOffered makes receipts of a box durable, if they are. The box stays until a
// backup holds what the server says it now is; of a scope that the device does not
// hold any more nobody would tell it when, so it goes.
func (r *Replica) applyOffered(ctx context.Context, m *wire.Receipts, receipts []record.Receipt) (offered bool, err error) {
	newest := record.Version(0)
	for _, rc := range receipts {
		newest = max(newest, rc.Version)
	}
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE kept SET given = ?1, waiting = ?1 > coalesce((SELECT version FROM scopes WHERE scope = ?2), 0)
			WHERE scope = ?2 AND incarnation = ?3 AND last = ?4 AND chain = ?5`,
			newest, m.Lane.Scope, m.Lane.Incarnation[:], m.Through, m.Chain[:])
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if offered = n > 0; err != nil || !offered {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE kept SET version = given, given = 0 WHERE scope = ? AND waiting = 0 AND given <> 0", m.Lane.Scope); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM kept WHERE scope = ?1 AND incarnation = ?2 AND last = ?3 AND chain = ?4
			AND NOT EXISTS (SELECT 1 FROM scopes WHERE scopes.scope = ?1)`,
			m.Lane.Scope, m.Lane.Incarnation[:], m.Through, m.Chain[:])
		return err
	})
	return offered, err
}
