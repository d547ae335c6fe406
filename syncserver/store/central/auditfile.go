// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"yuexin/shared/durable"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/store"
)

// AuditFolder is the folder, beside the data file, of the audit entries that were
// moved out of it. They are lines of JSON, readable without this program, and are
// never changed.
const AuditFolder = "audit"

// auditLine is a line of such a file.
type auditLine struct {
	Device []byte          `json:"device"`
	Log    []byte          `json:"log"`
	Number uint64          `json:"number"`
	Hash   []byte          `json:"hash"`
	Proof  []byte          `json:"proof"`
	Entry  json.RawMessage `json:"entry"`
}

// segment is a part of a log in a file.
type segment struct {
	lid         int64
	first, last uint64
	name        string
	digest      audit.Digest
}

// ArchiveAudit implements store.Audit. The file is on disk under its name before
// the entries leave the database; broken off in between, the next call writes it
// anew.
func (s *Store) ArchiveAudit(ctx context.Context, before time.Time) (name string, err error) {
	before = time.Date(before.UTC().Year(), before.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	name = "before-" + before.Format("2006-01") + ".jsonl"
	var parts []segment
	err = s.pool.read(ctx, func(c *conn) error {
		if parts, err = oldAudit(c, before.UnixMilli()); err != nil || len(parts) == 0 {
			return err
		}
		if r, err := c.one(`SELECT 1 FROM audit_segment WHERE name = ?`, name); r != nil || err != nil {
			name = "before-" + before.Format("2006-01") + "-" + s.now().UTC().Format("20060102T150405.000") + ".jsonl" // device logs that came late
			if err != nil {
				return err
			}
		}
		return s.writeSegment(c, name, parts)
	})
	if err != nil || len(parts) == 0 {
		return "", err
	}
	err = s.write(ctx, func(t *txn) error {
		for _, p := range parts {
			if err := t.dropSegment(p); err != nil {
				return err
			}
		}
		return t.note(audit.Entry{Deed: audit.Act, What: "audit archive", About: name, Hash: bytes.Clone(parts[0].digest[:])})
	})
	return name, err
}

// oldAudit finds, per log, the entries from its beginning on that are older than a
// moment.
func oldAudit(c *conn, beforeMS int64) (parts []segment, err error) {
	logs, err := auditLogs(c)
	if err != nil {
		return nil, err
	}
	for lid, l := range logs {
		r, err := c.one(`SELECT coalesce(min(number), ?) FROM audit_entry WHERE lid = ? AND at >= ?`, int64(l.at.Next), lid, beforeMS)
		if err != nil {
			return nil, err
		}
		if end := r.uint(0); end > l.first.Next {
			parts = append(parts, segment{lid: lid, first: l.first.Next, last: end - 1})
		}
	}
	return parts, nil
}

// writeSegment writes the parts to a file and fills in name and digest.
func (s *Store) writeSegment(c *conn, name string, parts []segment) (err error) {
	folder := filepath.Join(s.dir, AuditFolder)
	if err := durable.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	path := filepath.Join(folder, name)
	f, err := durable.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(f, sum))
	logs, err := auditLogs(c)
	for _, p := range parts {
		if err == nil {
			err = writeAudit(c, out, logs[p.lid].Log, p)
		}
	}
	err = errors.Join(err, out.Flush(), f.Sync(), f.Close())
	if err == nil {
		err = durable.Rename(path+".part", path)
	}
	if err != nil {
		return fmt.Errorf("move audit entries to a file: %w", err)
	}
	for i := range parts {
		parts[i].name, parts[i].digest = name, audit.Digest(sum.Sum(nil))
	}
	return nil
}

func writeAudit(c *conn, out io.Writer, log audit.Log, p segment) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return c.query(func(r row) error {
		return enc.Encode(auditLine{
			Device: log.Device[:], Log: log.ID[:], Number: r.uint(0), Entry: r.blob(1), Hash: r.blob(2), Proof: r.blob(3),
		})
	}, `SELECT number, body, hash, proof FROM audit_entry WHERE lid = ? AND number BETWEEN ? AND ? ORDER BY number`, p.lid, int64(p.first), int64(p.last))
}

func (t *txn) dropSegment(p segment) error {
	r, err := t.c.one(`SELECT hash FROM audit_entry WHERE lid = ? AND number = ?`, p.lid, int64(p.last))
	if err != nil || r == nil {
		return errors.Join(err, fmt.Errorf("audit entry %d is not there any more", p.last))
	}
	for _, step := range []string{
		`DELETE FROM audit_whom WHERE (whom, at, lid, number) IN (SELECT w.whom, w.at, w.lid, w.number FROM audit_whom w WHERE w.lid = ?1 AND w.number <= ?2)`,
		`DELETE FROM audit_entry WHERE lid = ?1 AND number <= ?2`,
	} {
		if _, err := t.c.Exec(step, p.lid, int64(p.last)); err != nil {
			return err
		}
	}
	if _, err := t.c.Exec(`INSERT INTO audit_segment (lid, first, last, name, digest) VALUES (?, ?, ?, ?, ?)`,
		p.lid, int64(p.first), int64(p.last), p.name, p.digest[:]); err != nil {
		return err
	}
	_, err = t.c.Exec(`UPDATE audit_log SET first = ?, before = ? WHERE lid = ?`, int64(p.last+1), r.blob(0), p.lid)
	return err
}

func segments(c *conn) (list []segment, err error) {
	err = c.query(func(r row) error {
		list = append(list, segment{r.int(0), r.uint(1), r.uint(2), r.text(3), r.hash(4)})
		return nil
	}, `SELECT lid, first, last, name, digest FROM audit_segment ORDER BY lid, first`)
	return list, err
}

// readSegment calls each with every line of a file; digest is what the whole of it
// has. A file that is not there is fs.ErrNotExist.
func (s *Store) readSegment(name string, each func(auditLine) error) (digest audit.Digest, err error) {
	f, err := os.Open(filepath.Join(s.dir, AuditFolder, filepath.Base(name)))
	if err != nil {
		return digest, err
	}
	defer f.Close() // it was only read
	sum := sha256.New()
	lines := bufio.NewScanner(io.TeeReader(f, sum))
	lines.Buffer(nil, 4*audit.MaxBody)
	for lines.Scan() {
		var l auditLine
		if json.Unmarshal(lines.Bytes(), &l) != nil || len(l.Device) != 16 || len(l.Log) != 16 || len(l.Hash) != 32 {
			l = auditLine{} // the digest of the file tells that it was changed
		}
		if err := each(l); err != nil {
			return digest, err
		}
	}
	return audit.Digest(sum.Sum(nil)), lines.Err()
}

// coldAudit reads the files.
func (s *Store) coldAudit(c *conn, q store.AuditQuery, whom [][]byte, logs map[int64]auditLog) (list []store.Audited, err error) {
	lids := map[audit.Log]int64{}
	for lid, l := range logs {
		lids[l.Log] = lid
	}
	parts, err := segments(c)
	if err != nil {
		return nil, err
	}
	read := map[string]bool{}
	for _, p := range parts {
		if read[p.name] {
			continue
		}
		read[p.name] = true
		_, err := s.readSegment(p.name, func(l auditLine) error {
			e, err := audit.Parse(l.Entry)
			if err != nil {
				return nil //nolint:nilerr // Verify names it
			}
			log := audit.Log{Device: [16]byte(l.Device), ID: [16]byte(l.Log)}
			one := store.Audited{Entry: e, Log: log, Place: store.AuditPlace{AtMS: e.AtMS, Log: lids[log], Number: e.Number}}
			if matches(q, whom, one) {
				list = append(list, one)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return list, nil
}
