// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"fmt"

	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Verify implements store.Store. The rules it names: "file" (the database
// file itself), "chain", "content", "receipt", "aside" (what was refused or is
// kept for an administrator), "log", "record", "history", "index", "digest",
// "people" (logins and grants), "audit" (what VerifyAudit checks), "blob" (attachments).
func (s *Store) Verify(ctx context.Context, report func(store.Breach)) error {
	tip, err := s.tipNow()
	if err != nil {
		return err
	}
	return s.pool.read(ctx, func(c *conn) error {
		v := &verifier{ctx: ctx, s: s, c: c, report: report, tip: tip}
		for _, step := range []func() error{v.file, v.scopes, v.people, v.blobs, func() error { return v.audit(nil) }} {
			if err := step(); err != nil {
				return fmt.Errorf("verify store: %w", err)
			}
		}
		return nil
	})
}

// verifier checks one state of the store. It returns errors only for what it
// could not look at; what is wrong it reports.
type verifier struct {
	ctx    context.Context
	s      *Store
	c      *conn
	report func(store.Breach)
	tip    audit.Head // zero if none is kept

	written writings // of the scope under way
}

func (v *verifier) breach(rule, where, format string, args ...any) {
	v.report(store.Breach{Rule: rule, Where: where, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) file() error {
	return v.s.data.Check(v.ctx, v.c.Conn, func(what string) { v.breach("file", DataFile, "%s", what) })
}

func (v *verifier) scopes() error {
	var all []*scope
	err := v.c.query(func(r row) error {
		all = append(all, scanScope(r))
		return nil
	}, scopeColumns+` ORDER BY sid`)
	if err != nil {
		return err
	}
	for _, sc := range all {
		v.written = newWritings()
		for _, step := range []func(*scope) error{v.lanes, v.log, v.records, v.history, v.unaccounted} {
			if err := step(sc); err != nil {
				return err
			}
		}
	}
	return nil
}

// log recomputes the hash of a scope's log and compares each entry with its
// receipt.
func (v *verifier) log(sc *scope) error {
	var runs []run
	err := v.c.query(func(r row) error {
		runs = append(runs, scanRun(r))
		return nil
	}, `SELECT version, count, lid, number, before FROM log WHERE sid = ? ORDER BY version`, sc.sid)
	if err != nil {
		return err
	}
	head, hash := record.Version(0), wire.Digest{}
	for _, r := range runs {
		if r.version.Seq() != head.Seq()+1 || r.version <= head || r.before != hash {
			v.breach("log", string(sc.name), "version %s does not follow %s", r.version, head)
		}
		inc, err := incarnation(v.c, r.lid)
		if err != nil {
			return err
		}
		l := record.Lane{Incarnation: inc, Scope: sc.name}
		err = commitments(v.c, r.lid, r.number, r.number+r.count-1, func(n uint64, commitment wire.Digest) {
			head = r.version + record.Version(n-r.number)
			hash = wire.LogHash(hash, head, record.Link{Lane: l, Number: n}, commitment)
		})
		if err != nil {
			v.breach("log", string(sc.name), "version %s: %v", r.version, err)
		}
		list, err := receipts(v.c, l, r.lid, r.number, r.number+r.count-1)
		if err != nil {
			return err
		}
		for i, one := range list {
			if want := r.version + record.Version(i); one.Version != want {
				v.breach("log", string(sc.name), "version %s has a receipt for %s", want, one.Version)
			}
		}
	}
	if head != sc.Head || hash != sc.LogHash {
		v.breach("log", string(sc.name), "the scope stands at %s, its log at %s or another hash", sc.Head, head)
	}
	return nil
}
