// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// maxLostControl bounds how many entries of a control log a restore can have lost.
const maxLostControl = 10_000

// CatchUp implements store.Fleet. The numbers that were lost are filled with what
// the device has heard before, which it will not be sent.
func (s *Store) CatchUp(ctx context.Context, device ident.Device, heard wire.ControlEnd, now time.Time) (behind bool, err error) {
	number := heard.Number
	err = s.write(ctx, func(t *txn) error {
		last, err := lastControl(t.c, device)
		if err != nil {
			return err
		}
		epoch, err := readEpoch(t.c)
		if err != nil {
			return err
		}
		row, err := t.c.one(`SELECT told, heard FROM device WHERE id = ?`, device[:])
		if err != nil || row == nil {
			return err
		}
		told, caught := row.uint(0), row.uint(1)
		known, err := t.hasControl(device, heard)
		if err != nil || told == uint64(epoch) && (known || number <= last && heard.Mark != 0 && heard.Mark == caught) {
			return err
		}
		if number > last+maxLostControl {
			return fault.New(fault.Invalid, "")
		}
		logins, err := t.loginsOf(device)
		if err != nil || len(logins) == 0 {
			return err
		}
		behind = true
		for ; last < number; last++ {
			if err := t.control(device, logins[0], now); err != nil {
				return err
			}
		}
		if _, err := t.c.Exec(`UPDATE device SET told = ?1, heard = ?2, acked = CASE WHEN acked < ?3 THEN ?3 ELSE acked END WHERE id = ?4`,
			int64(epoch), int64(heard.Mark), int64(number), device[:]); err != nil {
			return err
		}
		return t.sayAgain(device, logins, now)
	})
	return behind, err
}

// hasControl reports whether the log has the entry that a device has heard last. One
// without a mark is known by its number.
func (t *txn) hasControl(device ident.Device, heard wire.ControlEnd) (bool, error) {
	if heard.Number == 0 {
		return true, nil
	}
	row, err := t.c.one(`SELECT entry FROM control WHERE device = ? AND number = ?`, device[:], int64(heard.Number))
	if err != nil || row == nil {
		return false, err
	}
	entries, err := controlEntries(row.blob(0))
	return err == nil && (heard.Mark == 0 || entries[0].Mark == heard.Mark), err
}

// loginsOf returns what a device is to know of its logins.
func (t *txn) loginsOf(device ident.Device) (entries []wire.ControlEntry, err error) {
	err = t.c.query(func(r row) error {
		op := wire.ControlLogin
		if r.flag(3) {
			op = wire.ControlLogout
		}
		l := store.Login{ID: r.id(0), Actor: r.id(1), Role: record.Role(r.text(2))}
		entries = append(entries, loginEntry(op, l, ""))
		return nil
	}, `
		SELECT login.id, login.actor, role, login.off = 1 OR coalesce(actor.off, 0) = 1
		FROM login LEFT JOIN actor ON actor.id = login.actor
		WHERE login.device = ?
		ORDER BY login.id`, device[:])
	for i := range entries {
		if err != nil {
			break
		}
		entries[i].Name, err = actorName(t.c, entries[i].Actor)
	}
	return entries, err
}

// sayAgain tells a device all that holds for it.
func (t *txn) sayAgain(device ident.Device, logins []wire.ControlEntry, now time.Time) error {
	for _, e := range logins {
		if err := t.control(device, e, now); err != nil {
			return err
		}
	}
	list, err := grants(t.c, device)
	if err != nil {
		return err
	}
	for _, g := range list {
		if err := t.grant(device, g.Scope, g.View, now); err != nil {
			return err
		}
	}
	d, err := findDevice(t.c, device)
	if err == nil && d.Off {
		err = t.control(device, wire.ControlEntry{Op: wire.ControlSwitchOff}, now)
	}
	return err
}

// Deny implements store.Fleet.
func (s *Store) Deny(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) (denied bool, err error) {
	err = s.write(ctx, func(t *txn) error {
		if underWay, err := t.revoking(device, scope); err != nil || underWay {
			return err
		}
		held, err := t.c.one(`SELECT 1 FROM device_grant WHERE device = ? AND scope = ?`, device[:], string(scope))
		if err != nil || held != nil {
			return err
		}
		denied = true
		return t.control(device, wire.ControlEntry{Op: wire.ControlRevoke, Scope: scope}, now)
	})
	return denied, err
}

// Renew implements store.Fleet.
func (s *Store) Renew(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) (renewed bool, err error) {
	err = s.write(ctx, func(t *txn) error {
		if underWay, err := t.revoking(device, scope); err != nil || underWay {
			return err
		}
		held, err := t.c.one(`SELECT view FROM device_grant WHERE device = ? AND scope = ?`, device[:], string(scope))
		if err != nil || held == nil {
			return err
		}
		renewed = true
		if err := t.control(device, wire.ControlEntry{Op: wire.ControlRevoke, Scope: scope}, now); err != nil {
			return err
		}
		return t.grant(device, scope, held.text(0), now)
	})
	return renewed, err
}

// revoking reports whether a device is told to purge a scope by what it has not
// acknowledged yet.
func (t *txn) revoking(device ident.Device, scope ident.Scope) (underWay bool, err error) {
	err = t.c.query(func(r row) error {
		entries, err := controlEntries(r.blob(0))
		underWay = underWay || slices.ContainsFunc(entries, func(e wire.ControlEntry) bool {
			return e.Op == wire.ControlRevoke && e.Scope == scope
		})
		return err
	}, `
		SELECT entry FROM control
		JOIN device ON device.id = control.device
		WHERE control.device = ? AND number > acked`, device[:])
	return underWay, err
}
