// SPDX-License-Identifier: Apache-2.0

package central

import (
	"fmt"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// told is what the control log of a device says.
type told struct {
	next   uint64
	logins map[ident.Login]wire.ControlEntry // the last about each
	grants map[ident.Scope]string            // scope to view
	off    bool                              // it was switched off at least once
}

// people compares the logins and the grants of every device with its control
// log, which is numbered without gaps and never changed: whoever raises a role
// in the table alone is found out.
func (v *verifier) people() error {
	logs, err := v.controlLogs()
	if err != nil {
		return err
	}
	for device, t := range logs {
		for _, step := range []func(ident.Device, *told) error{v.logins, v.grants, v.loginScopes} {
			if err := step(device, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) controlLogs() (map[ident.Device]*told, error) {
	logs := make(map[ident.Device]*told)
	err := v.c.query(func(r row) error {
		device := ident.Device(r.id(0))
		logs[device] = &told{next: 1, logins: map[ident.Login]wire.ControlEntry{}, grants: map[ident.Scope]string{}}
		return nil
	}, `SELECT id FROM device`)
	if err != nil {
		return nil, err
	}
	err = v.c.query(func(r row) error {
		device, number := ident.Device(r.id(0)), r.uint(1)
		t := logs[device]
		if t == nil {
			return nil // a missing device is a breach of "file"
		}
		if number != t.next {
			v.breach("people", device.String(), "its control log jumps from number %d to %d", t.next-1, number)
		}
		t.next = number + 1
		e, err := controlEntry(r.blob(2))
		if err != nil || e.Number != number {
			v.breach("people", device.String(), "control entry %d cannot be read or is another: %v", number, err)
			return nil
		}
		t.hear(e)
		return v.ctx.Err()
	}, `SELECT device, number, entry FROM control ORDER BY device, number`)
	return logs, err
}

func controlEntry(message []byte) (wire.ControlEntry, error) {
	m, err := wire.Decode(message)
	if err != nil {
		return wire.ControlEntry{}, err
	}
	control, ok := m.(*wire.Control)
	if !ok || len(control.Entries) != 1 {
		return wire.ControlEntry{}, fmt.Errorf("not one control entry")
	}
	return control.Entries[0], nil
}

// hear takes the next entry.
func (t *told) hear(e wire.ControlEntry) {
	switch e.Op {
	case wire.ControlGrant:
		t.grants[e.Scope] = e.View
	case wire.ControlRevoke:
		delete(t.grants, e.Scope)
	case wire.ControlLogin, wire.ControlLogout:
		t.logins[e.Login] = e
	case wire.ControlSwitchOff:
		t.off = true
	}
}

func (v *verifier) logins(device ident.Device, t *told) error {
	where := device.String()
	seen := make(map[ident.Login]bool)
	err := v.c.query(func(r row) error {
		id := ident.Login(r.id(0))
		seen[id] = true
		e, known := t.logins[id]
		if !known || e.Actor != ident.Actor(r.id(1)) || e.Role != record.Role(r.text(2)) {
			v.breach("people", where, "login %s is not what the device was told of it", id)
		}
		return nil
	}, `SELECT id, actor, role FROM login WHERE device = ?`, device[:])
	if err != nil {
		return err
	}
	for id := range t.logins {
		if !seen[id] {
			v.breach("people", where, "login %s is missing", id)
		}
	}
	r, err := v.c.one(`SELECT off FROM device WHERE id = ?`, device[:])
	if r != nil && r.flag(0) && !t.off {
		v.breach("people", where, "the device is off and was never told so")
	}
	return err
}

func (v *verifier) grants(device ident.Device, t *told) error {
	where, seen := device.String(), make(map[ident.Scope]bool)
	err := v.c.query(func(r row) error {
		scope := ident.Scope(r.text(0))
		seen[scope] = true
		if view, granted := t.grants[scope]; !granted || view != r.text(1) {
			v.breach("people", where, "scope %s is granted in view %s, and the device was told otherwise", scope, r.text(1))
		}
		return nil
	}, `SELECT scope, view FROM device_grant WHERE device = ?`, device[:])
	for scope := range t.grants {
		if !seen[scope] {
			v.breach("people", where, "the grant of scope %s is missing", scope)
		}
	}
	return err
}

// loginScopes checks that the logins of a device use only what it was granted.
func (v *verifier) loginScopes(device ident.Device, t *told) error {
	return v.c.query(func(r row) error {
		login, everywhere, scope := ident.Login(r.id(0)), r.flag(1), ident.Scope(r.text(2))
		if _, granted := t.grants[scope]; everywhere || !granted {
			v.breach("people", device.String(), "login %s may use scope %q, which its device was not granted", login, scope)
		}
		return nil
	}, `
		SELECT login.id, login.everywhere, coalesce(login_scope.scope, '')
		FROM login LEFT JOIN login_scope ON login_scope.login = login.id
		WHERE login.device = ? AND (login.everywhere = 1 OR login_scope.scope IS NOT NULL)`, device[:])
}
