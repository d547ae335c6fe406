// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/database"
)

// VerifyAudit implements store.Audit.
func (s *Store) VerifyAudit(ctx context.Context, heads []audit.Head, report func(store.Breach)) error {
	tip, err := s.tipNow() // before the rows: the log may go on meanwhile
	if err != nil {
		return err
	}
	return s.pool.read(ctx, func(c *conn) error {
		v := &verifier{ctx: ctx, s: s, c: c, report: report, tip: tip}
		if err := v.audit(heads); err != nil {
			return fmt.Errorf("verify audit logs: %w", err)
		}
		return nil
	})
}

// audit checks the logs, the own one first: it holds the heads of the others.
func (v *verifier) audit(heads []audit.Head) error {
	logs, err := auditLogs(v.c)
	if err != nil {
		return err
	}
	parts, err := segments(v.c)
	if err != nil {
		return err
	}
	a := &auditVerifier{verifier: v, files: map[string][]fileRow{}, heads: map[audit.Log][]audit.Head{{}: heads}}
	if v.tip.Number > 0 {
		a.heads[audit.Log{}] = append(slices.Clone(heads), v.tip)
	}
	if err := a.readFiles(parts, logs); err != nil {
		return err
	}
	own, err := findAuditLog(v.c, audit.Log{})
	if err != nil {
		return err
	}
	a.own = own
	if err := a.log(own, parts); err != nil {
		return err
	}
	for _, l := range logs {
		if l.Log == (audit.Log{}) {
			continue
		}
		if err := a.log(l, parts); err != nil {
			return err
		}
	}
	for log := range a.heads { // logs of which nothing is left but that they were received
		if l, err := findAuditLog(v.c, log); err != nil {
			return err
		} else if l.lid == 0 && log != (audit.Log{}) {
			v.breach("audit", whereOf(log), "the whole log was removed")
		}
	}
	return a.index()
}

// auditVerifier checks the audit logs of one state of the store.
type auditVerifier struct {
	*verifier
	files map[string][]fileRow
	heads map[audit.Log][]audit.Head
	whom  [sha256.Size]byte // sum over what audit_whom should hold
	lost  *audit.Entry      // the entry just read says that some are missing before it

	own      auditLog
	moved    map[uint64]audit.Digest // hashes of the own log's entries in files
	restores []audit.Entry           // of backups, from the first entry behind each on
}

// fileRow is a row in a file.
type fileRow struct {
	log audit.Log
	audit.Row
}

func whereOf(log audit.Log) string {
	if log == (audit.Log{}) {
		return "server"
	}
	return log.Device.String() + " " + log.ID.String()
}

// readFiles reads the files that hold segments and compares their digests. They are
// kept until their log has been checked: a month of a county is some megabytes.
func (a *auditVerifier) readFiles(parts []segment, logs map[int64]auditLog) error {
	for _, p := range parts {
		if _, done := a.files[p.name]; done {
			continue
		}
		rows := []fileRow{}
		digest, err := a.s.readSegment(p.name, func(l auditLine) error {
			if l.Hash == nil {
				return nil
			}
			rows = append(rows, fileRow{
				audit.Log{Device: [16]byte(l.Device), ID: [16]byte(l.Log)},
				audit.Row{Number: l.Number, Body: bytes.Clone(l.Entry), Hash: [32]byte(l.Hash), Proof: l.Proof},
			})
			return nil
		})
		a.files[p.name] = rows
		switch {
		case err != nil:
			a.breach("audit", p.name, "the file with entries %d to %d of %s cannot be read: %v", p.first, p.last, whereOf(logs[p.lid].Log), err)
		case digest != p.digest:
			a.breach("audit", p.name, "the file is not the one that was written")
		}
	}
	return nil
}

// log checks one log from its first entry, wherever that lies.
func (a *auditVerifier) log(l auditLog, parts []segment) error {
	check := audit.Check{
		From: l.Start(), Last: l.at.Next - 1, Heads: a.heads[l.Log],
		Proven: func(r audit.Row) bool {
			proof, err := a.s.vault.prove(l.Log, r)
			return err == nil && bytes.Equal(proof, r.Proof)
		},
	}
	found, at, err := l.Verify(check, a.rows(l, parts))
	if err != nil {
		return err
	}
	for _, f := range found {
		a.breach("audit", whereOf(l.Log), "%s", f)
	}
	a.missing(l.Log, nil)
	if len(found) == 0 && at != l.at {
		a.breach("audit", whereOf(l.Log), "the log stands at %d, its entries lead to %d or another hash", l.at.Next-1, at.Next-1)
	}
	return nil
}

// rows goes through files and table.
func (a *auditVerifier) rows(l auditLog, parts []segment) iter.Seq2[audit.Row, error] {
	return func(yield func(audit.Row, error) bool) {
		for _, p := range parts {
			if p.lid != l.lid {
				continue
			}
			for _, r := range a.files[p.name] {
				if r.log != l.Log || r.Number < p.first || r.Number > p.last {
					continue
				}
				a.anchor(l.Log, r.Body)
				if !yield(r.Row, nil) {
					return
				}
			}
		}
		err := a.c.query(func(r row) error {
			one := audit.Row{Number: r.uint(0), Body: r.blob(4), Hash: [32]byte(fit(r.blob(5), 32)), Proof: r.blob(6)}
			a.columns(l, one, r)
			a.anchor(l.Log, one.Body)
			if !yield(one, nil) {
				return database.ErrStop
			}
			return nil
		}, `SELECT number, at, actor, "user", body, hash, proof FROM audit_entry WHERE lid = ? ORDER BY number`, l.lid)
		if err != nil {
			yield(audit.Row{}, err)
		}
	}
}

// fit makes a blob that somebody shortened long enough to be compared.
func fit(b []byte, n int) []byte { return append(bytes.Clone(b), make([]byte, n)...)[:n] }

// columns compares what is searched by with the entry, and adds up whom it is about.
func (a *auditVerifier) columns(l auditLog, one audit.Row, r row) {
	e, err := audit.Parse(one.Body)
	if err != nil {
		return // the chain names it
	}
	if e.AtMS != r.int(1) || !bytes.Equal(e.Actor[:], r.blob(2)) || e.User != r.text(3) {
		a.breach("audit", whereOf(l.Log), "entry %d was changed: its columns are not what it says", one.Number)
	}
	seen := map[string]bool{}
	for _, w := range whomOf(e) {
		if !seen[string(w)] {
			seen[string(w)] = true
			a.add(w, e.AtMS, l.lid, one.Number)
		}
	}
}

// add puts a row of audit_whom into the sum, or takes it out again.
func (a *auditVerifier) add(whom []byte, at, lid int64, number uint64) {
	b := binary.BigEndian.AppendUint64(bytes.Clone(whom), uint64(at))
	b = binary.BigEndian.AppendUint64(b, uint64(lid))
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, number))
	for i := range sum {
		a.whom[i] ^= sum[i]
	}
}

// index compares audit_whom with the entries it was made from.
func (a *auditVerifier) index() error {
	err := a.c.query(func(r row) error {
		a.add(r.blob(0), r.int(1), r.int(2), r.uint(3))
		return nil
	}, `SELECT whom, at, lid, number FROM audit_whom`)
	if err == nil && a.whom != [sha256.Size]byte{} {
		a.breach("audit", "index", "the index of whose data was seen is not what the entries say")
	}
	return err
}

func restored(e audit.Entry) bool { return e.Deed == audit.Act && e.What == audit.WhatRestore }

// told compares where a device was told that the server's own log stands with the log.
// What was told before a backup was restored, of entries that the backup did not have,
// is explained by that.
func (a *auditVerifier) told(log audit.Log, e audit.Entry) {
	if slices.ContainsFunc(a.restores, func(r audit.Entry) bool { return e.Through >= r.Number && e.AtMS <= r.AtMS }) {
		return
	}
	when := time.UnixMilli(e.AtMS).UTC().Format(time.RFC3339)
	last := a.own.at.Next - 1
	if e.Through > last {
		a.breach("audit", whereOf(audit.Log{}), "%s; %s was told of them at %s", audit.Finding{Flaw: audit.Truncated, From: last + 1, To: e.Through}, whereOf(log), when)
		return
	}
	hash, err := a.ownHash(e.Through)
	if err == nil && hash != audit.Digest(e.Hash) {
		a.breach("audit", whereOf(audit.Log{}), "the entries up to %d are not those that %s was told of at %s", e.Through, whereOf(log), when)
	}
}

// ownHash returns the hash of an entry of the own log.
func (a *auditVerifier) ownHash(number uint64) (audit.Digest, error) {
	if number >= a.own.first.Next {
		r, err := a.c.one(`SELECT hash FROM audit_entry WHERE lid = ? AND number = ?`, a.own.lid, int64(number))
		if err != nil || r == nil {
			return audit.Digest{}, err // the chain names it
		}
		return audit.Digest(fit(r.blob(0), 32)), nil
	}
	if a.moved == nil {
		a.moved = map[uint64]audit.Digest{}
		for _, rows := range a.files {
			for _, r := range rows {
				if r.log == a.own.Log {
					a.moved[r.Number] = r.Hash
				}
			}
		}
	}
	return a.moved[number], nil
}

// missing reports what the log itself says is missing, unless next, the entry behind
// it, says that a backup was restored: then somebody has answered for it.
func (a *auditVerifier) missing(log audit.Log, next *audit.Entry) {
	lost := a.lost
	a.lost = nil
	switch {
	case lost == nil, log == a.own.Log && next != nil && restored(*next):
	case lost.About != "":
		a.breach("audit", whereOf(log), "the device found that entries up to %d of its log %s were removed or damaged before they were sent", lost.Through, lost.About)
	case lost.Through < lost.Number:
		a.breach("audit", whereOf(log), "where the log stood before entry %d is not known: what says so was removed or changed", lost.Number)
	default:
		a.breach("audit", whereOf(log), "%s; noted at %s", audit.Finding{Flaw: audit.Truncated, From: lost.Number, To: lost.Through},
			time.UnixMilli(lost.AtMS).UTC().Format(time.RFC3339))
	}
}

// anchor looks at an entry for what it says of logs: the server's own holds the heads
// of devices' logs, and each says where it once stood if entries are missing.
func (a *auditVerifier) anchor(log audit.Log, body []byte) {
	e, err := audit.Parse(body)
	if err != nil {
		return // the chain names it
	}
	if log == a.own.Log && restored(e) {
		first := e
		if a.lost != nil {
			first.Number = a.lost.Number
		}
		a.restores = append(a.restores, first)
	}
	a.missing(log, &e)
	if e.Deed == audit.Missing {
		a.lost = &e
	}
	if e.Deed == audit.Told && log != a.own.Log && len(e.Hash) == 32 {
		a.told(log, e)
	}
	if log != a.own.Log || e.Deed != audit.Received || len(e.Hash) != 32 {
		return
	}
	id, err := ident.Parse[ident.Incarnation](e.About)
	if err != nil {
		return
	}
	of := audit.Log{Device: e.Device, ID: id}
	a.heads[of] = append(a.heads[of], audit.Head{Number: e.Through, Hash: audit.Digest(e.Hash), AtMS: e.AtMS})
}
