// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/database"
)

// ms is how moments stand in tables: ms since 1970 UTC, 0 for none.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMS(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// AddEnrolment implements store.Fleet.
func (s *Store) AddEnrolment(ctx context.Context, e store.Enrolment) error {
	scopes, err := json.Marshal(slices.Concat([]ident.Scope{}, e.Scopes))
	if err != nil {
		return fmt.Errorf("add enrolment: %w", err)
	}
	return s.write(ctx, func(t *txn) error {
		if r, err := t.c.one(`SELECT 1 FROM enrolment WHERE code_hash = ?`, e.CodeHash[:]); r != nil || err != nil {
			return orElse(err, fault.New(fault.Conflict, ""))
		}
		if e.Device != (ident.Device{}) {
			if _, err := findDevice(t.c, e.Device); err != nil {
				return err
			}
		}
		_, err := t.c.Exec(`
			INSERT INTO enrolment (code_hash, device, name, program, actor, display, role, scopes, expires, made_by, used)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
			e.CodeHash[:], e.Device[:], e.Name, e.Program, e.Actor[:], e.Display, string(e.Role), string(scopes), ms(e.Expires), e.By[:])
		return err
	})
}

// orElse returns err, or other if err is nil.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// Redeem implements store.Fleet.
func (s *Store) Redeem(ctx context.Context, codeHash [32]byte, d store.NewDevice, now time.Time) (out store.Redeemed, err error) {
	err = s.write(ctx, func(t *txn) error {
		e, err := t.useCode(codeHash, now)
		if err != nil {
			return err
		}
		dev, err := t.enrol(e, d, now)
		if err != nil {
			return err
		}
		login, err := t.bind(e, dev.ID, d.Person, now)
		if err != nil {
			return err
		}
		out = store.Redeemed{Device: dev.ID, ShortID: dev.ShortID, Name: dev.Name, Login: login, Display: e.Display, Catalogue: s.catalogue().Version()}
		if out.Grants, err = grants(t.c, dev.ID); err != nil {
			return err
		}
		out.Control, err = lastControl(t.c, dev.ID)
		return err
	})
	return out, err
}

// useCode spends a one-time code.
func (t *txn) useCode(hash [32]byte, now time.Time) (e store.Enrolment, err error) {
	r, err := t.c.one(`
		SELECT device, name, program, actor, display, role, scopes, expires, made_by, used
		FROM enrolment WHERE code_hash = ?`, hash[:])
	if err != nil {
		return e, err
	}
	if r == nil || r.flag(9) || !now.Before(fromMS(r.int(7))) {
		return e, errNotFound()
	}
	e = store.Enrolment{
		CodeHash: hash, Device: r.id(0), Name: r.text(1), Program: r.text(2), Actor: r.id(3), Display: r.text(4),
		Role: record.Role(r.text(5)), Expires: fromMS(r.int(7)), By: r.id(8),
	}
	if err := json.Unmarshal([]byte(r.text(6)), &e.Scopes); err != nil {
		return e, fmt.Errorf("read enrolment: %w", err)
	}
	_, err = t.c.Exec(`UPDATE enrolment SET used = ? WHERE code_hash = ?`, ms(now), hash[:])
	return e, err
}

// enrol makes the device of an enrolment, or finds the one that gets one more
// person: it has to be that very device, by its key.
func (t *txn) enrol(e store.Enrolment, d store.NewDevice, now time.Time) (store.Device, error) {
	if name, _, _ := strings.Cut(d.Program, "/"); name != e.Program {
		return store.Device{}, fault.New(fault.NotAllowed, "")
	}
	if e.Device != (ident.Device{}) {
		known, err := findDevice(t.c, e.Device)
		if err == nil && !bytes.Equal(known.Public, d.Public) {
			err = fault.New(fault.NotAllowed, "")
		}
		return known, err
	}
	id, err := ident.New[ident.Device](now.UnixMilli(), t.s.random)
	if err != nil {
		return store.Device{}, err
	}
	short, err := t.freeShortID()
	if err != nil {
		return store.Device{}, err
	}
	epoch, err := readEpoch(t.c)
	if err != nil {
		return store.Device{}, err
	}
	_, err = t.c.Exec(`
		INSERT INTO device (id, short_id, name, public, role, off, incarnation, program, last_seen, status, acked, box, told)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, 0, '{}', 0, ?, ?)`,
		id[:], int64(short), e.Name, d.Public, string(e.Role), d.Incarnation[:], d.Program, orEmpty(d.Box), int64(epoch))
	if err != nil {
		return store.Device{}, fmt.Errorf("add device: %w", err)
	}
	return findDevice(t.c, id)
}

// maxShortID is the greatest number of a device in receipt numbers: five
// digits, of which servers' own pages have those above (receipt.FirstServer).
const maxShortID = 89_999

// freeShortID returns the number after the greatest in use, or the lowest
// free one once the greatest is taken.
func (t *txn) freeShortID() (uint32, error) {
	r, err := t.c.one(`SELECT coalesce(max(short_id) + 1, 1) FROM device`)
	if err != nil {
		return 0, err
	}
	if r.int(0) <= maxShortID {
		return uint32(r.int(0)), nil
	}
	next := int64(1)
	err = t.c.query(func(r row) error {
		if r.int(0) != next {
			return database.ErrStop
		}
		next++
		return nil
	}, `SELECT short_id FROM device ORDER BY short_id`)
	if err == nil && next > maxShortID {
		err = fault.New(fault.Exhausted, "")
	}
	return uint32(next), err
}

// bind makes the login of an enrolment and tells the device.
func (t *txn) bind(e store.Enrolment, device ident.Device, person []byte, now time.Time) (l store.Login, err error) {
	id, err := ident.New[ident.Login](now.UnixMilli(), t.s.random)
	if err != nil {
		return l, err
	}
	l = store.Login{ID: id, Actor: e.Actor, Device: device, Role: e.Role, Scopes: slices.Concat([]ident.Scope{}, e.Scopes), Person: person}
	if err := t.addLogin(l, e.Display); err != nil {
		return l, err
	}
	if err := t.control(device, loginEntry(wire.ControlLogin, l, e.Display), now); err != nil {
		return l, err
	}
	for _, scope := range e.Scopes {
		if err := t.grant(device, scope, string(e.Role), now); err != nil {
			return l, err
		}
	}
	list, err := grants(t.c, device)
	for _, g := range list {
		if err == nil {
			err = t.alone(device, g.Scope)
		}
	}
	return l, err
}

// alone refuses that a device holds a person's own scope while somebody else works on it: all of its people read what it holds.
func (t *txn) alone(device ident.Device, scope ident.Scope) error {
	owner, own := scope.User()
	if !own {
		return nil
	}
	r, err := t.c.one(`SELECT 1 FROM login WHERE device = ? AND actor <> ?`, device[:], owner[:])
	if err == nil && r != nil {
		err = fault.New(fault.Conflict, "fleet.own")
	}
	return err
}

func loginEntry(op wire.ControlOp, l store.Login, display string) wire.ControlEntry {
	return wire.ControlEntry{Op: op, Login: l.ID, Actor: l.Actor, Role: l.Role, Name: display}
}

// Grant implements store.Fleet. Every login of the device whose role the view
// serves may use the scope from then on.
func (s *Store) Grant(ctx context.Context, device ident.Device, scope ident.Scope, view string, now time.Time) error {
	return s.write(ctx, func(t *txn) error {
		if _, err := findDevice(t.c, device); err != nil {
			return err
		}
		return t.grantLogins(device, scope, view, now)
	})
}

func (t *txn) grantLogins(device ident.Device, scope ident.Scope, view string, now time.Time) error {
	_, err := t.c.Exec(`
		INSERT INTO login_scope (login, scope)
		SELECT id, CAST(? AS TEXT) FROM login WHERE device = ? AND role = ? AND everywhere = 0
		ON CONFLICT DO NOTHING`, string(scope), device[:], view)
	if err != nil {
		return err
	}
	return t.grant(device, scope, view, now)
}

func (t *txn) grant(device ident.Device, scope ident.Scope, view string, now time.Time) error {
	if err := t.alone(device, scope); err != nil {
		return err
	}
	sc, err := t.scope(scope)
	if err != nil {
		return err
	}
	_, err = t.c.Exec(`
		INSERT INTO device_grant (device, scope, view) VALUES (?, ?, ?)
		ON CONFLICT (device, scope) DO UPDATE SET view = excluded.view`, device[:], string(scope), view)
	if err != nil {
		return err
	}
	return t.control(device, wire.ControlEntry{Op: wire.ControlGrant, Scope: scope, View: view, Version: sc.Head}, now)
}

// Revoke implements store.Fleet. What the device's logins did in the scope
// and still send is quarantined.
func (s *Store) Revoke(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) error {
	return s.write(ctx, func(t *txn) error { return t.revoke(device, scope, now) })
}

func (t *txn) revoke(device ident.Device, scope ident.Scope, now time.Time) error {
	n, err := t.c.Exec(`DELETE FROM device_grant WHERE device = ? AND scope = ?`, device[:], string(scope))
	if err != nil {
		return err
	}
	if n == 0 {
		return errNotFound()
	}
	_, err = t.c.Exec(`DELETE FROM login_scope WHERE scope = ? AND login IN (SELECT id FROM login WHERE device = ?)`, string(scope), device[:])
	if err != nil {
		return err
	}
	sc, err := t.scope(scope)
	if err != nil {
		return err
	}
	return t.control(device, wire.ControlEntry{Op: wire.ControlRevoke, Scope: scope, Version: sc.Head}, now)
}

// Grants implements store.Fleet.
func (s *Store) Grants(ctx context.Context, device ident.Device) (list []store.Grant, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		list, err = grants(c, device)
		return err
	})
	return list, err
}

func grants(c *conn, device ident.Device) (list []store.Grant, err error) {
	err = c.query(func(r row) error {
		list = append(list, store.Grant{Scope: ident.Scope(r.text(0)), View: r.text(1)})
		return nil
	}, `SELECT scope, view FROM device_grant WHERE device = ? ORDER BY scope`, device[:])
	return list, err
}

// control appends an entry to a device's control log.
func (t *txn) control(device ident.Device, e wire.ControlEntry, now time.Time) error {
	before, err := t.lastEntry(device)
	if err != nil {
		return err
	}
	e.Number = before.Number + 1
	if err := wire.MarkControl(before.Mark, &e); err != nil {
		return err
	}
	message, err := wire.Encode(&wire.Control{Entries: []wire.ControlEntry{e}})
	if err != nil {
		return err
	}
	_, err = t.c.Exec(`INSERT INTO control (device, number, entry, at, purge) VALUES (?, ?, ?, ?, ?)`,
		device[:], int64(e.Number), message, ms(now), []byte{})
	return err
}

// lastEntry returns the newest entry of a control log, the zero one if it is empty.
func (t *txn) lastEntry(device ident.Device) (wire.ControlEntry, error) {
	row, err := t.c.one(`SELECT entry FROM control WHERE device = ? ORDER BY number DESC LIMIT 1`, device[:])
	if err != nil || row == nil {
		return wire.ControlEntry{}, err
	}
	entries, err := controlEntries(row.blob(0))
	if err != nil {
		return wire.ControlEntry{}, err
	}
	return entries[0], nil
}

func lastControl(c *conn, device ident.Device) (uint64, error) {
	r, err := c.one(`SELECT coalesce(max(number), 0) FROM control WHERE device = ?`, device[:])
	if err != nil {
		return 0, err
	}
	return r.uint(0), nil
}

// Control implements store.Fleet.
func (s *Store) Control(ctx context.Context, device ident.Device, after uint64) (list []wire.ControlEntry, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			entries, err := controlEntries(r.blob(0))
			list = append(list, entries...)
			return err
		}, `SELECT entry FROM control WHERE device = ? AND number > ? ORDER BY number`, device[:], int64(after))
	})
	return list, err
}

// Orders implements store.Fleet.
func (s *Store) Orders(ctx context.Context, device ident.Device) (list []store.Order, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			entries, err := controlEntries(r.blob(0))
			for _, e := range entries {
				list = append(list, store.Order{
					ControlEntry: e, At: fromMS(r.int(1)), Applied: r.flag(2), Confirmed: fromMS(r.int(3)), Purge: orNil(r.blob(4)),
				})
			}
			return err
		}, `
			SELECT entry, at, number <= acked, confirmed, purge
			FROM control JOIN device ON device.id = control.device
			WHERE device = ? ORDER BY number`, device[:])
	})
	return list, err
}

func controlEntries(data []byte) ([]wire.ControlEntry, error) {
	message, err := wire.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read control log: %w", err)
	}
	return message.(*wire.Control).Entries, nil
}

// AckControl implements store.Fleet. A number the log does not have is
// fault.Invalid; one acknowledged before changes nothing but its signature.
func (s *Store) AckControl(ctx context.Context, device ident.Device, ack wire.ControlAck, now time.Time) error {
	return s.write(ctx, func(t *txn) error {
		last, err := lastControl(t.c, device)
		if err != nil {
			return err
		}
		if ack.Number > last {
			return fault.New(fault.Invalid, "")
		}
		if len(ack.Signature) > 0 {
			if _, err := t.c.Exec(`UPDATE control SET purge = ? WHERE device = ? AND number = ?`, ack.Signature, device[:], int64(ack.Number)); err != nil {
				return err
			}
		}
		_, err = t.c.Exec(`UPDATE control SET confirmed = ? WHERE device = ? AND number <= ? AND confirmed = 0`, ms(now), device[:], int64(ack.Number))
		if err != nil {
			return err
		}
		_, err = t.c.Exec(`
			UPDATE device SET acked = CASE WHEN acked < ?1 THEN ?1 ELSE acked END, last_seen = CASE WHEN last_seen < ?2 THEN ?2 ELSE last_seen END
			WHERE id = ?3`,
			int64(ack.Number), ms(now), device[:])
		return err
	})
}
