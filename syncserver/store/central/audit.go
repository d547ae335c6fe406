// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"context"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
)

// auditKeyName is the key in keys.db that the proofs of audit rows are made with:
// whoever can write data.db alone cannot make a row that fits.
const auditKeyName = "audit"

// auditProof is how many bytes of the keyed digest are kept.
const auditProof = 16

// prove returns the proof of an audit row.
func (v *vault) prove(log audit.Log, r audit.Row) ([]byte, error) {
	sum, err := v.audit.MAC(log.Sealed(r))
	return sum[:auditProof], err
}

// auditLog is a row of the table.
type auditLog struct {
	audit.Log
	lid   int64
	at    audit.State
	first audit.State // of the entries that are not in files
}

const auditLogColumns = `SELECT lid, device, log, next, chain, first, before FROM audit_log`

func scanAuditLog(r row) auditLog {
	return auditLog{
		Log: audit.Log{Device: r.id(1), ID: r.id(2)}, lid: r.int(0),
		at: audit.State{Next: r.uint(3), Chain: r.hash(4)}, first: audit.State{Next: r.uint(5), Chain: r.hash(6)},
	}
}

// findAuditLog returns a log; an empty one with lid 0 if there is none.
func findAuditLog(c *conn, log audit.Log) (auditLog, error) {
	r, err := c.one(auditLogColumns+` WHERE device = ? AND log = ?`, log.Device[:], log.ID[:])
	if err != nil || r == nil {
		return auditLog{Log: log, at: log.Start(), first: log.Start()}, err
	}
	return scanAuditLog(r), nil
}

// Note implements store.Audit.
func (s *Store) Note(ctx context.Context, entries ...audit.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	err := s.write(ctx, func(t *txn) error {
		for _, e := range entries {
			if err := t.note(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note in the audit log: %w", err)
	}
	return nil
}

// note appends to the server's own log.
func (t *txn) note(e audit.Entry) error {
	l, err := findAuditLog(t.c, audit.Log{})
	if err == nil {
		err = t.noteMissing(&l)
	}
	if err != nil {
		return err
	}
	return t.addOwn(&l, e)
}

// addOwn appends an entry to the server's own log.
func (t *txn) addOwn(l *auditLog, e audit.Entry) error {
	e.Number = l.at.Next
	if e.AtMS == 0 {
		e.AtMS = t.s.now().UnixMilli()
	}
	body, err := e.Encode()
	if err != nil {
		return err
	}
	if err := t.addAudit(l, e, body); err != nil {
		return err
	}
	t.tip = l.at
	return t.saveAuditLog(*l)
}

// addAudit appends an entry to a log, which is saved after the last of them.
func (t *txn) addAudit(l *auditLog, e audit.Entry, body []byte) (err error) {
	if l.lid == 0 {
		if err := t.saveAuditLog(*l); err != nil {
			return err
		}
		if *l, err = findAuditLog(t.c, l.Log); err != nil {
			return err
		}
	}
	next := l.Follow(l.at, body)
	r := audit.Row{Number: e.Number, Body: body, Hash: next.Chain}
	if r.Proof, err = t.s.vault.prove(l.Log, r); err != nil {
		return err
	}
	_, err = t.c.Exec(`INSERT INTO audit_entry (lid, number, at, actor, "user", body, hash, proof) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		l.lid, int64(e.Number), e.AtMS, e.Actor[:], e.User, body, r.Hash[:], r.Proof)
	if err != nil {
		return fmt.Errorf("add audit entry: %w", err)
	}
	for _, whom := range whomOf(e) {
		_, err := t.c.Exec(`INSERT INTO audit_whom (whom, at, lid, number) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, whom, e.AtMS, l.lid, int64(e.Number))
		if err != nil {
			return fmt.Errorf("add audit entry: %w", err)
		}
	}
	l.at = next
	return nil
}

func (t *txn) saveAuditLog(l auditLog) error {
	_, err := t.c.Exec(`
		INSERT INTO audit_log (device, log, next, chain, first, before) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (device, log) DO UPDATE SET next = excluded.next, chain = excluded.chain, first = excluded.first, before = excluded.before`,
		l.Device[:], l.ID[:], int64(l.at.Next), l.at.Chain[:], int64(l.first.Next), l.first.Chain[:])
	return err
}

// whomOf returns whose data an entry is about, as audit_whom has it.
func whomOf(e audit.Entry) (all [][]byte) {
	for _, t := range e.Touched {
		switch {
		case !t.Record.IsZero():
			all = append(all, bytes.Clone(t.Record[:]))
			if !t.Subject.IsZero() && ident.Record(t.Subject) != t.Record {
				all = append(all, bytes.Clone(t.Subject[:]))
			}
		case t.Count > 0:
			all = append(all, placeOf(string(t.Scope), string(t.Kind)))
		}
	}
	return all
}

func placeOf(scope, kind string) []byte { return []byte(scope + "/" + kind) }

// AuditState implements store.Audit.
func (s *Store) AuditState(ctx context.Context, log audit.Log) (at audit.State, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		l, err := findAuditLog(c, log)
		at = l.at
		return err
	})
	return at, err
}

// TakeAudit implements store.Audit.
func (s *Store) TakeAudit(ctx context.Context, log audit.Log, first uint64, before audit.Digest, bodies [][]byte) (at audit.State, fork bool, err error) {
	err = s.write(ctx, func(t *txn) error {
		at, fork, err = t.takeAudit(log, first, before, bodies)
		return err
	})
	return at, fork, err
}

func (t *txn) takeAudit(log audit.Log, first uint64, before audit.Digest, bodies [][]byte) (at audit.State, fork bool, err error) {
	l, err := findAuditLog(t.c, log)
	if err != nil || first > l.at.Next {
		return l.at, false, err
	}
	if first == 0 || log.Device.IsZero() {
		return l.at, false, fault.New(fault.Invalid, "")
	}
	fresh := l.at.Next
	same, err := t.sameAudit(l, audit.State{Next: first, Chain: before})
	if err != nil || !same {
		return log.Start(), !same, err
	}
	agreed := audit.State{Next: first, Chain: before}
	state := agreed
	for _, body := range bodies {
		state = log.Follow(state, body)
		if state.Next <= l.at.Next {
			if same, err := t.sameAudit(l, state); err != nil || !same {
				return agreed, !same, err
			}
			continue
		}
		e, err := audit.Parse(body)
		if err != nil || e.Number != l.at.Next || e.Device != log.Device || e.Deed == audit.Received {
			return l.at, false, fault.New(fault.Invalid, "").WithCause(err)
		}
		if err := t.addAudit(&l, e, body); err != nil {
			return l.at, false, err
		}
	}
	if l.at.Next == fresh {
		return l.at, false, nil
	}
	if err := t.saveAuditLog(l); err != nil {
		return l.at, false, err
	}
	return l.at, false, t.note(audit.Entry{ // from now on the own chain holds this one's head
		Deed: audit.Received, What: "sync", Device: log.Device, About: log.ID.String(), Through: l.at.Next - 1, Hash: bytes.Clone(l.at.Chain[:]),
	})
}

// sameAudit reports whether the log had this state once, as far as it is not in
// files.
func (t *txn) sameAudit(l auditLog, s audit.State) (bool, error) {
	switch {
	case s.Next == l.at.Next:
		return s.Chain == l.at.Chain, nil
	case s.Next == l.first.Next:
		return s.Chain == l.first.Chain, nil
	case s.Next < l.first.Next:
		return true, nil
	}
	r, err := t.c.one(`SELECT hash FROM audit_entry WHERE lid = ? AND number = ?`, l.lid, int64(s.Next-1))
	if err != nil || r == nil {
		return false, err
	}
	return r.hash(0) == s.Chain, nil
}
