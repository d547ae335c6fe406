// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// BlobFolder is where attachments lie in a store's folder, and in a backup's.
const BlobFolder = "blobs"

// nameBlobs notes which files a change set names, once it is taken: what was refused
// names nothing.
func (in *intake) nameBlobs(cs *record.ChangeSet, r record.Receipt) error {
	if !r.Outcome.Applied() && r.Outcome != record.Quarantined {
		return nil
	}
	for _, n := range in.t.s.catalogue().Blobs(cs.Writes) {
		_, err := in.t.c.Exec(`
			INSERT INTO blob_name (sid, digest, record, field, kind, subject, size, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (sid, digest, record, field) DO UPDATE SET version = excluded.version WHERE excluded.version > blob_name.version`,
			in.sc.sid, n.Digest[:], n.Header.ID[:], string(n.Field), string(n.Header.Kind), n.Header.Subject[:], int64(n.Size), int64(r.Version))
		if err != nil {
			return fmt.Errorf("note attachment: %w", err)
		}
	}
	return nil
}

// BeginBlob implements store.Blobs.
func (s *Store) BeginBlob(ctx context.Context, b store.Blob, most int64) error {
	var refused error // decided, not failed
	err := s.write(ctx, func(t *txn) error {
		r, err := t.c.one(`SELECT size FROM blob WHERE digest = ?`, b.Digest[:])
		if err != nil {
			return err
		}
		n, err := t.c.one(`SELECT size FROM blob_name WHERE digest = ?`, b.Digest[:])
		if err != nil {
			return err
		}
		switch {
		case r != nil && r.int(0) != b.Size, n != nil && n.int(0) != b.Size:
			refused = fault.New(fault.Conflict, "blob.size")
			return nil
		case r != nil: // it goes on
			return nil
		}
		if n == nil {
			open, err := t.c.one(`
				SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM blob
				WHERE device = ? AND NOT EXISTS (SELECT 1 FROM blob_name WHERE blob_name.digest = blob.digest)`, b.Device[:])
			if err != nil {
				return err
			}
			if open.int(0)+b.Size > most {
				refused = fault.New(fault.Exhausted, "blob.quota")
				return nil
			}
		}
		_, err = t.c.Exec(`INSERT INTO blob (digest, size, device, begun) VALUES (?, ?, ?, ?)`, b.Digest[:], b.Size, b.Device[:], ms(b.Begun))
		return err
	})
	return errors.Join(err, refused)
}

// EndBlob implements store.Blobs.
func (s *Store) EndBlob(ctx context.Context, digest [32]byte, now time.Time) error {
	return s.write(ctx, func(t *txn) error {
		_, err := t.c.Exec(`UPDATE blob SET arrived = ? WHERE digest = ? AND arrived = 0`, ms(now), digest[:])
		return err
	})
}

// Blob implements store.Blobs.
func (s *Store) Blob(ctx context.Context, digest [32]byte) (b store.Blob, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		r, err := c.one(`SELECT size, device, begun, arrived FROM blob WHERE digest = ?`, digest[:])
		if r == nil || err != nil {
			return orElse(err, fault.New(fault.NotFound, "blob.unknown"))
		}
		b = store.Blob{Digest: digest, Size: r.int(0), Device: r.id(1), Begun: fromMS(r.int(2)), Arrived: fromMS(r.int(3))}
		return nil
	})
	return b, err
}

// BlobNames implements store.Blobs.
func (s *Store) BlobNames(ctx context.Context, digest [32]byte) (out []store.BlobName, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			n := store.BlobName{Field: record.Field(r.text(3)), Size: r.int(5), Version: record.Version(r.uint(6))}
			n.Header = record.Header{ID: r.id(1), Kind: record.Kind(r.text(2)), Subject: r.id(4)}
			n.Header.Scope = ident.Scope(r.text(0))
			out = append(out, n)
			return nil
		}, `SELECT scope.name, record, kind, field, subject, size, version
			FROM blob_name JOIN scope USING (sid) WHERE digest = ? ORDER BY sid, record, field`, digest[:])
	})
	return out, err
}

// Arrivals implements store.Blobs. A file of another size than a field says does not
// arrive: the field names something that there is not.
func (s *Store) Arrivals(ctx context.Context) (out []store.Arrival, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			out = append(out, store.Arrival{Scope: ident.Scope(r.text(0)), Digest: r.hash(1), Size: r.int(2), At: fromMS(r.int(3))})
			return nil
		}, `SELECT DISTINCT scope.name, n.digest, b.size, b.arrived
			FROM blob_name n JOIN blob b ON b.digest = n.digest AND b.size = n.size JOIN scope ON scope.sid = n.sid
			WHERE n.noted = 0 AND n.version > 0 AND b.arrived > 0`)
	})
	return out, err
}

// NoteArrival implements store.Blobs.
func (s *Store) NoteArrival(ctx context.Context, a store.Arrival) error {
	return s.write(ctx, func(t *txn) error {
		_, err := t.c.Exec(`
			UPDATE blob_name SET noted = 1
			WHERE sid = (SELECT sid FROM scope WHERE name = ?) AND digest = ? AND version > 0`, string(a.Scope), a.Digest[:])
		return err
	})
}

// StrayBlobs implements store.Blobs.
func (s *Store) StrayBlobs(ctx context.Context, before time.Time) (out [][32]byte, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			out = append(out, r.hash(0))
			return nil
		}, `SELECT digest FROM blob WHERE begun < ? AND NOT EXISTS (SELECT 1 FROM blob_name WHERE blob_name.digest = blob.digest)`, ms(before))
	})
	return out, err
}

// DropBlob implements store.Blobs.
func (s *Store) DropBlob(ctx context.Context, digest [32]byte) (dropped bool, err error) {
	err = s.write(ctx, func(t *txn) error {
		n, err := t.c.Exec(`DELETE FROM blob WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM blob_name WHERE digest = ?1)`, digest[:])
		dropped = n > 0
		return err
	})
	return dropped, err
}

// copyBlobs copies the files that are whole. Every file whose arrival the copied data
// knows is among them: it was on disk before its arrival was written.
func copyBlobs(ctx context.Context, from, to string) error {
	dir := blobdir.New(from)
	whole, err := dir.Whole()
	if err != nil || len(whole) == 0 {
		return err
	}
	if err := durable.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, digest := range whole {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := fmt.Sprintf("%x", digest)
		if err := durable.Copy(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return fmt.Errorf("copy attachment: %w", err)
		}
	}
	return nil
}

// blobs checks that every file that is said to be here is, whole.
func (v *verifier) blobs() error {
	dir := blobdir.New(filepath.Join(v.s.dir, BlobFolder))
	err := v.c.query(func(r row) error {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if digest := r.hash(0); !dir.Check(digest) {
			v.breach("blob", fmt.Sprintf("%x", digest[:8]), "the file is not here, or is another than its name says")
		}
		return nil
	}, `SELECT digest FROM blob WHERE arrived > 0 ORDER BY digest`)
	if err != nil {
		return err
	}
	return v.c.query(func(r row) error {
		digest := r.hash(0)
		v.breach("blob", fmt.Sprintf("%x", digest[:8]), "its arrival was noted and it did not arrive")
		return nil
	}, `SELECT DISTINCT digest FROM blob_name n WHERE noted = 1
		AND NOT EXISTS (SELECT 1 FROM blob b WHERE b.digest = n.digest AND b.arrived > 0)`)
}
