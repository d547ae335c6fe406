// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

const deviceColumns = `
	SELECT id, short_id, name, program, public, role, off, last_seen, status, acked,
		(SELECT count(*) FROM control WHERE control.device = device.id AND control.number > acked),
		box
	FROM device `

func scanDevice(r row) (d store.Device, err error) {
	d = store.Device{
		ID: r.id(0), ShortID: uint32(r.int(1)), Name: r.text(2), Program: r.text(3), Public: r.blob(4),
		Role: record.Role(r.text(5)), Off: r.flag(6), LastSeen: fromMS(r.int(7)), Control: r.uint(9), Pending: r.uint(10), Box: orNil(r.blob(11)),
	}
	if err := json.Unmarshal([]byte(r.text(8)), &d.Status); err != nil {
		return d, fmt.Errorf("read device status: %w", err)
	}
	return d, nil
}

func findDevice(c *conn, id ident.Device) (store.Device, error) {
	r, err := c.one(deviceColumns+`WHERE id = ?`, id[:])
	if err != nil {
		return store.Device{}, err
	}
	if r == nil {
		return store.Device{}, errNotFound()
	}
	return scanDevice(r)
}

// Device implements store.Fleet.
func (s *Store) Device(ctx context.Context, id ident.Device) (d store.Device, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		d, err = findDevice(c, id)
		return err
	})
	return d, err
}

// Devices implements store.Fleet.
func (s *Store) Devices(ctx context.Context) (list []store.Device, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			d, err := scanDevice(r)
			list = append(list, d)
			return err
		}, deviceColumns+`ORDER BY name, id`)
	})
	return list, err
}

// Seen implements store.Fleet.
func (s *Store) Seen(ctx context.Context, device ident.Device, inc ident.Incarnation, program string, st wire.Status, now time.Time) error {
	text, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("note device status: %w", err)
	}
	return s.write(ctx, func(t *txn) error {
		n, err := t.c.Exec(`UPDATE device SET incarnation = ?, program = ?, status = ?, last_seen = ? WHERE id = ?`,
			inc[:], program, string(text), ms(now), device[:])
		if err == nil && n == 0 {
			err = errNotFound()
		}
		return err
	})
}

// SwitchOff implements store.Fleet. To be switched to what it is already
// changes nothing.
func (s *Store) SwitchOff(ctx context.Context, device ident.Device, off bool, now time.Time) error {
	return s.write(ctx, func(t *txn) error {
		d, err := findDevice(t.c, device)
		if err != nil || d.Off == off {
			return err
		}
		if _, err := t.c.Exec(`UPDATE device SET off = ? WHERE id = ?`, flag(off), device[:]); err != nil {
			return err
		}
		if off {
			return t.control(device, wire.ControlEntry{Op: wire.ControlSwitchOff}, now)
		}
		return t.tellLogins(`device = ?`, device[:], wire.ControlLogin, now)
	})
}

// SwitchOffActor implements store.Fleet: fault.NotFound for an actor the
// store does not know.
func (s *Store) SwitchOffActor(ctx context.Context, actor ident.Actor, off bool, now time.Time) error {
	return s.write(ctx, func(t *txn) error {
		r, err := t.c.one(`SELECT off FROM actor WHERE id = ?`, actor[:])
		if err != nil {
			return err
		}
		if r == nil {
			return errNotFound()
		}
		if r.flag(0) == off {
			return nil
		}
		if _, err := t.c.Exec(`UPDATE actor SET off = ? WHERE id = ?`, flag(off), actor[:]); err != nil {
			return err
		}
		op := wire.ControlLogin
		if off {
			op = wire.ControlLogout
		}
		return t.tellLogins(`actor = ?`, actor[:], op, now)
	})
}

// tellLogins puts an entry about each of some logins into the control log of
// its device.
func (t *txn) tellLogins(which string, arg []byte, op wire.ControlOp, now time.Time) error {
	var logins []store.Login
	err := t.c.query(func(r row) error {
		logins = append(logins, store.Login{ID: r.id(0), Actor: r.id(1), Device: r.id(2), Role: record.Role(r.text(3))})
		return nil
	}, `SELECT id, actor, device, role FROM login WHERE `+which+` AND device IN (SELECT id FROM device) ORDER BY id`, arg)
	if err != nil {
		return err
	}
	for _, l := range logins {
		name, err := actorName(t.c, l.Actor)
		if err != nil {
			return err
		}
		if err := t.control(l.Device, loginEntry(op, l, name), now); err != nil {
			return err
		}
	}
	return nil
}

// Work implements store.Fleet.
func (s *Store) Work(ctx context.Context, device ident.Device) (list []store.Run, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			list = appendRun(list, store.Run{
				Link: record.Link{
					Lane: record.Lane{Incarnation: r.id(0), Scope: ident.Scope(r.text(1))}, Number: r.uint(2),
				},
				Count: r.uint(3), Outcome: record.Outcome(r.int(4)),
			})
			return nil
		}, `
			SELECT incarnation, name, first, count, outcome
			FROM lane
			JOIN scope ON scope.sid = lane.sid
			JOIN receipt ON receipt.lid = lane.lid
			WHERE device = ?
			ORDER BY lane.lid, first`, device[:])
	})
	return list, err
}

// appendRun lengthens the last run if the next one continues it.
func appendRun(list []store.Run, next store.Run) []store.Run {
	if n := len(list); n > 0 {
		last := &list[n-1]
		if last.Link.Lane == next.Link.Lane && last.Outcome == next.Outcome && last.Link.Number+last.Count == next.Link.Number {
			last.Count += next.Count
			return list
		}
	}
	return append(list, next)
}
