// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"

	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/sqlitedb"
)

// SettleAttachments lets go of files that this device need not keep: its own, once
// the server's backup holds them or their author gave them up, and of copies the
// longest unused, as many as exceed cache bytes. A kiosk keeps no copies.
func (r *Replica) SettleAttachments(ctx context.Context, cache int64) error {
	r.write.Lock()
	defer r.write.Unlock()
	kept, gone, err := r.settledBlobs(ctx)
	if err != nil {
		return err
	}
	if r.identity.Profile == Kiosk {
		cache = 0
	}
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		for _, d := range kept {
			if _, err := tx.ExecContext(ctx, "UPDATE attachments SET own = 0 WHERE digest = ?", d[:]); err != nil {
				return err
			}
		}
		over, err := overflow(ctx, tx, cache)
		if err != nil {
			return err
		}
		gone = append(gone, over...)
		if err := r.removeBlobs(gone); err != nil {
			return err
		}
		for _, d := range gone {
			if _, err := tx.ExecContext(ctx, "DELETE FROM attachments WHERE digest = ?", d[:]); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// settledBlobs returns the device's own files that become mere copies, because the
// backup's watermark has passed their arrival, and those that nobody asks for any
// more: their author gave them up, they were erased, or the device handed them over
// and may not hold their scope.
func (r *Replica) settledBlobs(ctx context.Context) (copies, gone []blob.Digest, err error) {
	rows, err := r.full.QueryContext(ctx, `
		SELECT a.digest, a.scope, a.sent, coalesce(o.state, 1)
		FROM attachments a
		LEFT JOIN outbox o ON o.incarnation = a.incarnation AND o.scope = a.scope AND o.number = a.number
		WHERE a.own = 1`)
	if err != nil {
		return nil, nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil {
		return nil, nil, locked()
	}
	for rows.Next() {
		var b []byte
		var scope ident.Scope
		var sent bool
		var in state
		if err := rows.Scan(&b, &scope, &sent, &in); err != nil {
			return nil, nil, err
		}
		digest, s := blob.Digest(b), r.scopes[scope]
		switch {
		case in == done, in == erased, in == moved, s == nil && sent:
			gone = append(gone, digest)
		case s != nil && r.backedUp(s, digest):
			copies = append(copies, digest)
		}
	}
	return copies, gone, sqlitedb.Fault(rows.Err())
}

// backedUp reports whether the server's backup holds a file: its arrival is a version
// of the scope, and the file was on the server's disk before it.
func (r *Replica) backedUp(s *scope, digest blob.Digest) bool {
	e := r.table.rows[blob.ArrivalID(s.cursor.Scope, digest)]
	if e == nil || e.plain == nil {
		return false
	}
	row, err := r.visible(e, nil)
	return err == nil && row.Version <= s.watermark
}

// overflow returns the copies that do not fit into a number of bytes, those used last
// being kept.
func overflow(ctx context.Context, tx *sql.Tx, cache int64) ([]blob.Digest, error) {
	return digestsOf(tx.QueryContext(ctx, `
		SELECT digest FROM (
			SELECT digest, sum(size) OVER (ORDER BY used_ms DESC, digest) AS so_far FROM attachments WHERE own = 0
		) WHERE so_far > ?`, cache))
}

// SweepAttachments deletes what a killed process left in the folder of attachments:
// files that no act names, and halves. While something is unfinished the files stay,
// for one of them may answer a question of it. It is for the start, before anybody works. It
// returns how many files of this device are named and gone from the disk before the
// server had them: they are asked for no more, and whoever reads the record sees that
// they have not arrived.
func (r *Replica) SweepAttachments(ctx context.Context) (lost int, err error) {
	r.write.Lock()
	defer r.write.Unlock()
	if err := r.blobs.Clear(); err != nil {
		return 0, err
	}
	there, err := r.blobs.All()
	if err != nil {
		return 0, err
	}
	named, err := digestsOf(r.full.QueryContext(ctx, "SELECT digest FROM attachments"))
	if err != nil {
		return 0, err
	}
	known := map[blob.Digest]bool{}
	for _, d := range named {
		if known[d] = true; there[d] {
			continue
		}
		var waits bool
		err := r.full.QueryRowContext(ctx, "DELETE FROM attachments WHERE digest = ? RETURNING own = 1 AND sent = 0", d[:]).Scan(&waits)
		if err != nil {
			return lost, sqlitedb.Fault(err)
		}
		if waits {
			lost++
		}
	}
	var unfinished bool
	if err := r.full.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM unfinished)").Scan(&unfinished); err != nil {
		return lost, sqlitedb.Fault(err)
	}
	for d := range there {
		if known[d] || unfinished {
			continue
		}
		if err := r.blobs.Remove(d); err != nil {
			return lost, err
		}
	}
	return lost, nil
}
