// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"encoding/binary"
	"errors"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
)

// The tip is where the server's own audit log stands, kept in keys.db: after the
// commit of the entries and before anybody is told that they are on disk. So the log
// is never behind its tip, whenever the server is killed, and a log that is behind it
// was cut, or its file was put back. What is missing is then noted in the log itself
// before anything else is, because the tip goes on with the log.

// tipSetting stands in the data once a tip was kept: one that is gone was taken away.
const tipSetting = "audit tip"

func (v *vault) proveTip(s audit.State) ([]byte, error) {
	b := append([]byte("yuexin audit tip\x00"), s.Chain[:]...)
	sum, err := v.audit.MAC(binary.BigEndian.AppendUint64(b, s.Next))
	return sum[:auditProof], err
}

// tip reads the tip; the zero state if there is none. One that does not belong to
// this store is fault.Corrupt.
func (v *vault) tip(c *conn) (s audit.State, err error) {
	r, err := c.one(`SELECT number, hash, proof FROM audit_tip`)
	if err != nil || r == nil {
		return s, err
	}
	s = audit.State{Next: r.uint(0) + 1, Chain: audit.Digest(fit(r.blob(1), 32))}
	proof, err := v.proveTip(s)
	if err == nil && !bytes.Equal(proof, r.blob(2)) {
		err = fault.New(fault.Corrupt, "")
	}
	return s, err
}

// tipNow returns the tip as a head to check the log against. It is to be read before
// the log, which may go on meanwhile.
func (s *Store) tipNow() (audit.Head, error) {
	s.vault.mu.Lock()
	defer s.vault.mu.Unlock()
	at, err := s.vault.tip(s.vault.read)
	if fault.Is(err, fault.Corrupt) || at.Next == 0 {
		return audit.Head{}, nil // the next start notes that
	}
	return audit.Head{Number: at.Next - 1, Hash: at.Chain}, err
}

// keepTip writes the tip. It is the writer's, outside of a transaction.
func (v *vault) keepTip(c *conn, s audit.State) error {
	proof, err := v.proveTip(s)
	if err != nil {
		return err
	}
	_, err = c.Exec(`INSERT INTO audit_tip (one, number, hash, proof) VALUES (1, ?, ?, ?)
		ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash, proof = excluded.proof`, int64(s.Next-1), s.Chain[:], proof)
	return err
}

// keepTip keeps where the log stands after a commit. The entries are committed
// whatever becomes of it; what fails here is tried again with the next commit.
func (s *Store) keepTip(to audit.State) {
	if to == s.tip {
		return
	}
	if err := s.vault.keepTip(s.vault.write, to); err != nil {
		s.log.Error("the tip of the audit log could not be kept", "cause", err.Error())
		return
	}
	s.tip = to
}

// openTip compares the log with its tip when the store is opened.
func (t *txn) openTip() error {
	own, err := findAuditLog(t.c, audit.Log{})
	if err != nil {
		return err
	}
	had, err := t.c.one(`SELECT 1 FROM setting WHERE name = ?`, tipSetting)
	if err != nil {
		return err
	}
	tip, err := t.s.vault.tip(t.s.vault.write)
	switch {
	case fault.Is(err, fault.Corrupt), err == nil && tip.Next == 0 && had != nil:
		t.tip = own.at
		err = t.note(audit.Entry{Deed: audit.Missing, What: "audit"})
	case err == nil && tip.Next == 0: // a new store, or one of a version without a tip
		t.tip = own.at
		err = t.setSetting(tipSetting, []byte{1})
	case err == nil:
		err = t.compareTip(own, tip)
	}
	return err
}

// compareTip goes on from the end of the log if it holds the tip: a server that was
// killed may have entries beyond it.
func (t *txn) compareTip(own auditLog, tip audit.State) error {
	same := false
	if tip.Next <= own.at.Next {
		var err error
		if same, err = t.sameAudit(own, tip); err != nil {
			return err
		}
	}
	if same {
		t.tip = own.at
		return nil
	}
	t.tip = tip
	return t.noteMissing(&own)
}

// noteMissing notes, if the log does not go on where it stood, what is missing. It is
// called before anything else is added.
func (t *txn) noteMissing(own *auditLog) error {
	if own.at == t.tip || own.at.Next > t.tip.Next { // rows that somebody added have no proof
		return nil
	}
	lost := t.tip
	t.tip = own.at
	return t.addOwn(own, audit.Entry{Deed: audit.Missing, What: "audit", Through: lost.Next - 1, Hash: bytes.Clone(lost.Chain[:])})
}

// setCopiedTip makes the copy of a key file fit the copy of the data beside it, which
// is older.
func (s *Store) setCopiedTip(data, keys string) error {
	from, err := look(data)
	if err != nil {
		return err
	}
	own, err := findAuditLog(from, audit.Log{})
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	to, err := mark(keys)
	if err != nil {
		return err
	}
	return errors.Join(s.vault.keepTip(to, own.at), to.Close())
}
