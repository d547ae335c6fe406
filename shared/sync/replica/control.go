// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Control returns how much of the control log is applied durably.
func (r *Replica) Control(ctx context.Context) (end wire.ControlEnd, err error) {
	b, err := r.meta(ctx, metaControl)
	if err != nil || len(b) != 16 {
		return end, err
	}
	return wire.ControlEnd{Number: binary.BigEndian.Uint64(b), Mark: binary.BigEndian.Uint64(b[8:])}, nil
}

// ApplyControl applies entries of the control log in order and durably, each once,
// and returns what confirms them: their numbers and, for every revocation, the
// device's signature over wire.PurgeBytes. A revocation purges the rows of its
// scope from disk; what the device did there is kept for the server and still sent,
// and can be read here no more, unless the same message grants the scope again. An
// operation that this program does not know is fault.Unsupported and stops the log
// there.
func (r *Replica) ApplyControl(ctx context.Context, entries []wire.ControlEntry) ([]wire.ControlAck, error) {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.RLock()
	k := r.keys
	r.mu.RUnlock()
	if k == nil {
		return nil, locked()
	}
	end, err := r.Control(ctx)
	if err != nil {
		return nil, err
	}
	known, at := end.Number, end.Number
	var acks []wire.ControlAck
	for i, e := range entries {
		if e.Number <= at && e.Op != wire.ControlRevoke {
			continue
		}
		if e.Number > at+1 {
			break // one before it is missing
		}
		at = max(at, e.Number)
		ack, err := r.control(ctx, k, e, known, regranted(e, entries[i+1:]))
		if err != nil {
			return acks, errors.Join(err, r.reload(ctx))
		}
		acks = append(acks, ack)
	}
	return acks, r.reload(ctx)
}

// control applies one entry with its number, in one transaction, and returns its
// acknowledgement. A revocation that was applied before is confirmed again, in case
// the first confirmation was lost. again says that the scope is granted again at once.
func (r *Replica) control(ctx context.Context, k *keys, e wire.ControlEntry, at uint64, again bool) (wire.ControlAck, error) {
	ack := wire.ControlAck{Number: e.Number}
	if e.Op == wire.ControlRevoke {
		var err error
		if ack.Signature, err = k.device.Sign(r.o.Random, "yuexin purge", wire.PurgeBytes(r.identity.Device, e)); err != nil {
			return ack, err
		}
	}
	if e.Number <= at {
		return ack, nil
	}
	err := sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		if e.Op == wire.ControlRevoke && !again {
			if err := r.handOver(ctx, tx, k, e.Scope); err != nil {
				return err
			}
		}
		if err := r.controlOp(ctx, tx, e); err != nil {
			return err
		}
		if ack.Signature != nil {
			if err := putMeta(ctx, tx, fmt.Sprintf("%s%020d", metaPurge, e.Number), ack.Signature); err != nil {
				return err
			}
		}
		end := binary.BigEndian.AppendUint64(nil, e.Number)
		return putMeta(ctx, tx, metaControl, binary.BigEndian.AppendUint64(end, e.Mark))
	})
	if err != nil || e.Op != wire.ControlRevoke {
		return ack, err
	}
	return ack, r.emptyLog(ctx)
}

// emptyLog writes the log of the database back and empties it: what a revocation deleted
// still stands there. Somebody who reads meanwhile keeps it from that, and a kill may
// come between; then the next start does it, see endPurges.
func (r *Replica) emptyLog(ctx context.Context) error {
	var busy, pages, back int
	return sqlitedb.Fault(r.full.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &back))
}

// endPurges completes at the start what a revocation may have been kept from. All else
// of it is one transaction: it is done or was not confirmed.
func (r *Replica) endPurges(ctx context.Context) error {
	acks, err := r.Purges(ctx)
	if err != nil || len(acks) == 0 {
		return err
	}
	return r.emptyLog(ctx)
}

// Purges returns the confirmations of all revocations applied so far, for sending
// again at the start of a session: the first may have been lost with the link.
func (r *Replica) Purges(ctx context.Context) ([]wire.ControlAck, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT substr(name, ?1), value FROM meta WHERE name GLOB ?2 ORDER BY name", len(metaPurge)+1, metaPurge+"*")
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []wire.ControlAck
	for rows.Next() {
		var a wire.ControlAck
		if err := rows.Scan(&a.Number, &a.Signature); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, sqlitedb.Fault(rows.Err())
}

func (r *Replica) controlOp(ctx context.Context, tx *sql.Tx, e wire.ControlEntry) error {
	switch e.Op {
	case wire.ControlGrant:
		return r.grant(ctx, tx, e)
	case wire.ControlRevoke:
		return r.purge(ctx, tx, e.Scope)
	case wire.ControlLogin: // also what a device hears that is switched on again
		if _, err := tx.ExecContext(ctx, "DELETE FROM meta WHERE name = ?", metaOff); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO logins (login, actor, role) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET actor = excluded.actor, role = excluded.role, void = 0`, e.Login[:], e.Actor[:], e.Role)
		return err
	case wire.ControlLogout:
		_, err := tx.ExecContext(ctx, "UPDATE logins SET void = 1 WHERE login = ?", e.Login[:])
		return err
	case wire.ControlSwitchOff:
		if _, err := tx.ExecContext(ctx, "UPDATE kept SET waiting = 1, given = 0"); err != nil { // its cursors are not heard any more
			return err
		}
		return putMeta(ctx, tx, metaOff, []byte{1})
	case wire.ControlKey:
		return putMeta(ctx, tx, metaServerKey+e.Name, e.Key)
	}
	return fault.New(fault.Unsupported, "sync.control")
}

// grant lets the device hold a scope. Under another view than before what is here goes
// and everything is pulled anew.
func (r *Replica) grant(ctx context.Context, tx *sql.Tx, e wire.ControlEntry) error {
	var view string // asked on disk: an entry before this one may have purged the scope
	err := tx.QueryRowContext(ctx, "SELECT view FROM scopes WHERE scope = ?", e.Scope).Scan(&view)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil && view == e.View {
		return nil
	}
	if err := r.purge(ctx, tx, e.Scope); err != nil { // the new view may hold less
		return err
	}
	return putScope(ctx, tx, &scope{cursor: wire.Cursor{Scope: e.Scope, View: e.View}})
}

// purge deletes everything pulled of a scope, its files, and what nobody handed in. The outbox stays, see
// handOver, with the files that the server does not have, and so do the boxes of the
// server, which nobody here can read, until it says that it has what is in them.
func (r *Replica) purge(ctx context.Context, tx *sql.Tx, id ident.Scope) error {
	if err := r.purgeBlobs(ctx, tx, id); err != nil {
		return err
	}
	for _, q := range []string{
		"DELETE FROM base WHERE scope = ?", "DELETE FROM staff WHERE scope = ?", "DELETE FROM scopes WHERE scope = ?",
		"DELETE FROM unfinished WHERE scope = ?",
	} {
		if _, err := tx.ExecContext(ctx, q, id); err != nil {
			return err
		}
	}
	return errors.Join(dropSnapshot(ctx, tx, id), offerAgain(ctx, tx, id, 0))
}

// Login is a server-issued binding of a person and a role to this device.
type Login struct {
	ID    ident.Login
	Actor ident.Actor
	Role  record.Role
	Void  bool // logged out by the server: no new work
}

// Logins returns the logins the server has issued to this device.
func (r *Replica) Logins(ctx context.Context) ([]Login, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT login, actor, role, void FROM logins ORDER BY login")
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []Login
	for rows.Next() {
		var l Login
		if err := rows.Scan(&l.ID, &l.Actor, &l.Role, &l.Void); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// ServerKey returns a public key of the server by name, nil if none came.
func (r *Replica) ServerKey(ctx context.Context, name string) ([]byte, error) {
	return r.meta(ctx, metaServerKey+name)
}

// SwitchedOff reports whether the server switched the device off. It still sends
// what it has, and keeps it.
func (r *Replica) SwitchedOff(ctx context.Context) (bool, error) {
	b, err := r.meta(ctx, metaOff)
	return b != nil, err
}
