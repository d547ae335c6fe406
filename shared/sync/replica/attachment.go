// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"errors"
	"io"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
)

// KeepAttachment seals a file under a fresh key and keeps it in the folder of
// attachments, durably. What it returns is the value of a field; until an act with
// it is applied nobody misses the file, and the next start deletes it, unless something
// is unfinished then. On a kiosk
// the key leaves with the act: from then on only the server can open the file.
func (r *Replica) KeepAttachment(plain []byte, mediaType string) (record.Attachment, error) {
	sealed, a, err := blob.Seal(r.o.Random, plain, mediaType)
	if err != nil {
		return record.Attachment{}, err
	}
	return a, r.blobs.Put(a.Digest, sealed)
}

// usedFile notes when a file was wanted last: the cache keeps those.
func (r *Replica) usedFile(ctx context.Context, digest blob.Digest) error {
	r.write.Lock()
	defer r.write.Unlock()
	_, err := r.full.ExecContext(ctx, "UPDATE attachments SET used_ms = ? WHERE digest = ?", r.o.Clock().WallMS, digest[:])
	return sqlitedb.Fault(err)
}

// HasAttachment reports whether the file is on this device.
func (r *Replica) HasAttachment(digest blob.Digest) bool { return r.blobs.Has(digest) }

// queueBlobs notes in the transaction of a change set which files it brings along.
// One that is not in the folder is somebody else's, and the server has it.
func (r *Replica) queueBlobs(ctx context.Context, tx *sql.Tx, link record.Link, writes []record.Write) error {
	for _, n := range r.catalogue().Blobs(writes) {
		if !r.blobs.Has(n.Digest) {
			continue
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO attachments (digest, size, scope, incarnation, number, own, used_ms) VALUES (?, ?, ?, ?, ?, 1, ?)
			ON CONFLICT DO UPDATE SET scope = excluded.scope, incarnation = excluded.incarnation, number = excluded.number
			WHERE own = 1`,
			n.Digest[:], n.Size, link.Lane.Scope, link.Lane.Incarnation[:], link.Number, r.o.Clock().WallMS)
		if err != nil {
			return err
		}
	}
	return nil
}

// Outgoing is a file that the server does not have yet, as far as this device knows.
type Outgoing struct {
	Digest blob.Digest
	Size   int64
	Sent   bool // the server said that it has all of it; nothing that it sent since confirms that
}

// Outgoing returns the files to upload, oldest change set first. A file waits until
// the server has receipted the change set that names it, so that a photo never holds
// up a record, and is asked after until its arrival has been pulled: a server that
// was restored from a backup may have lost it.
func (r *Replica) Outgoing(ctx context.Context) ([]Outgoing, error) {
	out, _, err := r.ownFiles(ctx)
	return out, err
}

// UnsentFiles returns every file of this device that the server has not said it has, also of
// acts that it has not receipted yet, the largest first.
func (r *Replica) UnsentFiles(ctx context.Context) ([]Outgoing, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT digest, size FROM attachments WHERE own = 1 AND sent = 0 ORDER BY size DESC, digest")
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []Outgoing
	for rows.Next() {
		var g Outgoing
		var digest []byte
		if err := rows.Scan(&digest, &g.Size); err != nil {
			return nil, err
		}
		copy(g.Digest[:], digest)
		out = append(out, g)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// Unbacked returns the files that the server has, by its own record, and that no backup
// of it holds yet: until one does, this device has the other copy.
func (r *Replica) Unbacked(ctx context.Context) ([]Outgoing, error) {
	_, out, err := r.ownFiles(ctx)
	return out, err
}

// ownFiles returns the files of receipted change sets of this device, those to upload
// apart from those that have arrived.
func (r *Replica) ownFiles(ctx context.Context) (outgoing, arrived []Outgoing, err error) {
	rows, err := r.full.QueryContext(ctx, `
		SELECT a.digest, a.size, a.scope, a.sent, CASE
			WHEN o.state = 7 AND o.outcome BETWEEN 1 AND 5 THEN 1 -- somebody carried it to the server
			WHEN o.state = 7 AND o.outcome = 7 THEN 3
			ELSE coalesce(o.state, 1) END AS stands -- an earlier version dropped what the backup has
		FROM attachments a
		LEFT JOIN outbox o ON o.incarnation = a.incarnation AND o.scope = a.scope AND o.number = a.number
		WHERE a.own = 1 AND stands IN (1, 3)
		ORDER BY o.seq, a.digest`)
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
		var g Outgoing
		var digest []byte
		var scope ident.Scope
		var in state
		if err := rows.Scan(&digest, &g.Size, &scope, &g.Sent, &in); err != nil {
			return nil, nil, err
		}
		copy(g.Digest[:], digest)
		here := in == applied && r.scopes[scope] != nil // what becomes of it is seen here
		known := r.table.rows[blob.ArrivalID(scope, g.Digest)] != nil
		switch {
		case !g.Sent, here && !known:
			outgoing = append(outgoing, g)
		case here:
			arrived = append(arrived, g)
		}
	}
	return outgoing, arrived, sqlitedb.Fault(rows.Err())
}

// OpenSealed opens the sealed bytes of a file for sending.
func (r *Replica) OpenSealed(digest blob.Digest) (io.ReadSeekCloser, error) {
	f, err := r.blobs.Open(digest)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// SentAttachment notes that the server has every byte of a file, or that it does not
// have it after all.
func (r *Replica) SentAttachment(ctx context.Context, digest blob.Digest, sent bool) error {
	r.write.Lock()
	defer r.write.Unlock()
	res, err := r.full.ExecContext(ctx, "UPDATE attachments SET sent = ?1 WHERE digest = ?2 AND sent <> ?1", sent, digest[:])
	if err != nil {
		return sqlitedb.Fault(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	r.watch.Tell(ident.Record{})
	return nil
}

// BeginCopy returns the part of a file to download, as far as it is here.
// fault.NotAllowed for a scope that the device may not hold.
func (r *Replica) BeginCopy(ctx context.Context, scope ident.Scope, digest blob.Digest, size int64) (*blobdir.Part, error) {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.RLock()
	held := r.scopes[scope] != nil
	r.mu.RUnlock()
	if !held {
		return nil, fault.New(fault.NotAllowed, "record.scope")
	}
	_, err := r.full.ExecContext(ctx, `
		INSERT INTO attachments (digest, size, scope, incarnation, number, own, used_ms) VALUES (?, ?, ?, x'', 0, 0, ?)
		ON CONFLICT DO NOTHING`, digest[:], size, scope, r.o.Clock().WallMS)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	return r.blobs.Begin(digest, size)
}

// FinishCopy makes a downloaded part the whole file, unless the scope was revoked
// meanwhile: then the part is gone and so is the copy.
func (r *Replica) FinishCopy(ctx context.Context, p *blobdir.Part) error {
	r.write.Lock()
	defer r.write.Unlock()
	var n int
	err := r.full.QueryRowContext(ctx, "SELECT count(*) FROM attachments WHERE digest = ?", p.Digest[:]).Scan(&n)
	if err != nil {
		return sqlitedb.Fault(err)
	}
	if n == 0 {
		return errors.Join(fault.New(fault.NotAllowed, "record.scope"), p.Drop())
	}
	return p.Finish()
}

// purgeBlobs deletes the files of a scope that the server has, inside the transaction
// of a revocation and before it is confirmed. What was not handed over yet stays, as
// sealed as everything in the outbox, until it was.
func (r *Replica) purgeBlobs(ctx context.Context, tx *sql.Tx, scope ident.Scope) error {
	digests, err := digestsOf(tx.QueryContext(ctx, "SELECT digest FROM attachments WHERE scope = ? AND (own = 0 OR sent = 1)", scope))
	if err != nil {
		return err
	}
	if err := r.removeBlobs(digests); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM attachments WHERE scope = ? AND (own = 0 OR sent = 1)", scope)
	return err
}

// removeBlobs deletes files. Rows go after them: a row without its file is a copy that
// has to be fetched again, a file without its row would stay until the next start.
func (r *Replica) removeBlobs(digests []blob.Digest) error {
	for _, d := range digests {
		if err := r.blobs.Remove(d); err != nil {
			return err
		}
	}
	return nil
}

// digestsOf reads a query of one column.
func digestsOf(rows *sql.Rows, err error) ([]blob.Digest, error) {
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []blob.Digest
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		out = append(out, blob.Digest(b))
	}
	return out, sqlitedb.Fault(rows.Err())
}
