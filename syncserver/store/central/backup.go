// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store/sqlite"
)

// keysFolder is where a backup keeps the keys, so that they can be carried
// elsewhere: data without keys is unreadable.
const keysFolder = "keys"

// Backup implements store.Store. The data is copied first and the keys and
// attachments after it, so that every key and file the data speaks of is there. The copy of a file is
// written under a passing name and gets its own once it is on disk.
func (s *Store) Backup(ctx context.Context, dir string) (err error) {
	defer fault.Wrap(&err, "back up store")
	keys := filepath.Join(dir, keysFolder)
	if err := durable.MkdirAll(keys, 0o700); err != nil {
		return err
	}
	data := filepath.Join(dir, DataFile)
	if err := s.data.Copy(ctx, data, markCopy); err != nil {
		return err
	}
	if err := copyAuditFiles(filepath.Join(s.dir, AuditFolder), filepath.Join(dir, AuditFolder)); err != nil {
		return err
	}
	if err := sqlite.Copy(ctx, filepath.Join(s.dir, KeyFile), filepath.Join(keys, KeyFile), func(path string) error {
		return errors.Join(dropSnapshotKeys(path), s.setCopiedTip(data, path))
	}); err != nil {
		return err
	}
	if err := durable.Copy(filepath.Join(s.dir, MasterFile), filepath.Join(keys, MasterFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // without the file a key service holds the master key
	}
	if err := copyBlobs(ctx, filepath.Join(s.dir, BlobFolder), filepath.Join(dir, BlobFolder)); err != nil {
		return err
	}
	return s.raiseWatermarks(ctx, data, blobdir.New(filepath.Join(dir, BlobFolder)))
}

// copySetting marks a copy of the data.
const copySetting = "copy"

// mark opens a copy to write into it.
func mark(path string) (*conn, error) {
	c, err := sqlite.Marker(path)
	return &conn{c}, err
}

// look opens a copy to read it.
func look(path string) (*conn, error) {
	c, err := sqlite.Reader(path)
	return &conn{c}, err
}

// markCopy lets a copy of the data know that it is one. Where it is opened to
// serve, the original went on meanwhile and is lost.
func markCopy(path string) error {
	c, err := mark(path)
	if err != nil {
		return err
	}
	_, err = c.Exec(`INSERT INTO setting (name, value) VALUES (?, ?)`, copySetting, []byte{1})
	if err == nil {
		err = dropSnapshots(c)
	}
	return errors.Join(err, c.Close())
}

// dropSnapshots takes out of a copy what is made anew wherever it is needed, and
// what an erasure would not reach there.
func dropSnapshots(c *conn) error {
	found, err := c.one(`SELECT 1 FROM snapshot`)
	if err != nil || found == nil {
		return err
	}
	for _, q := range []string{"DELETE FROM snapshot_block", "DELETE FROM snapshot", "VACUUM"} {
		if err := c.Run(q); err != nil {
			return err
		}
	}
	return nil
}

func dropSnapshotKeys(path string) error {
	c, err := mark(path)
	if err != nil {
		return err
	}
	return errors.Join(c.Run(`DELETE FROM data_key WHERE name >= CAST('snapshot:' AS BLOB) AND name < CAST('snapshot;' AS BLOB)`), c.Close())
}

// wasRestored begins a new epoch in a store that was a backup until now, so
// that devices send again what the server does not know any more.
func (t *txn) wasRestored() (restored bool, err error) {
	r, err := t.c.one(`SELECT value FROM setting WHERE name = ?`, copySetting)
	if err != nil || r == nil {
		return false, err
	}
	if _, err := t.c.Exec(`DELETE FROM setting WHERE name = ?`, copySetting); err != nil {
		return false, err
	}
	if _, err := t.c.Exec(`UPDATE scope SET watermark = head`); err != nil { // what it holds is what the backup holds
		return false, err
	}
	return true, t.newEpoch()
}

// raiseWatermarks notes what the finished copy holds. Where it lacks a file that is said
// to have arrived, it holds nothing more of that scope: devices must not let go of what
// may be the last copy, and send it again.
func (s *Store) raiseWatermarks(ctx context.Context, path string, files *blobdir.Dir) error {
	c, err := look(path)
	if err != nil {
		return err
	}
	heads := make(map[int64]record.Version)
	err = c.query(func(r row) error {
		heads[r.int(0)] = record.Version(r.uint(1))
		return nil
	}, `SELECT sid, head FROM scope`)
	if err == nil {
		err = c.query(func(r row) error {
			if digest := r.hash(1); !files.Has(digest) {
				s.log.Error("an attachment that had arrived is not in the backup", "digest", fmt.Sprintf("%x", digest[:8]))
				delete(heads, r.int(0))
			}
			return nil
		}, `SELECT DISTINCT sid, digest FROM blob_name WHERE noted = 1`)
	}
	if err = errors.Join(err, c.Close()); err != nil {
		return err
	}
	return s.write(ctx, func(t *txn) error {
		for sid, head := range heads {
			if _, err := t.c.Exec(`UPDATE scope SET watermark = ?1 WHERE sid = ?2 AND watermark < ?1`, int64(head), sid); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyAuditFiles copies the months of the audit logs that were moved out of the
// database; they never change.
func copyAuditFiles(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.jsonl"))
	if err != nil || len(files) == 0 {
		return err
	}
	if err := durable.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, f := range files {
		if err := durable.Copy(f, filepath.Join(to, filepath.Base(f))); err != nil {
			return err
		}
	}
	return nil
}
