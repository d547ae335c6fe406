// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"fmt"

	"yuexin/shared/ident"
	"yuexin/syncserver/store"
)

// DevicesOf implements store.Fleet.
func (s *Store) DevicesOf(ctx context.Context, actor ident.Actor) (list []ident.Device, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		list, err = usersOf(c, actor)
		return err
	})
	return list, err
}

func usersOf(c *conn, actor ident.Actor) (list []ident.Device, err error) {
	err = c.query(func(r row) error {
		list = append(list, r.id(0))
		return nil
	}, `
		SELECT id FROM device
		WHERE EXISTS (SELECT 1 FROM login WHERE login.device = device.id AND login.actor = ?)
		ORDER BY name, id`, actor[:])
	return list, err
}

// HandOver implements store.Fleet.
func (s *Store) HandOver(ctx context.Context, h store.HandOver) error {
	err := s.write(ctx, func(t *txn) error {
		for _, act := range h.Acts {
			if _, err := t.applyOwn(h.Login, nil, act); err != nil {
				return err
			}
		}
		for _, step := range []func(*txn, store.HandOver) error{(*txn).takeFrom, (*txn).giveTo} {
			if err := step(t, h); err != nil {
				return err
			}
		}
		return t.note(h.Note)
	})
	if err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	return nil
}

// takeFrom takes the scopes from the devices of whoever leaves.
func (t *txn) takeFrom(h store.HandOver) error {
	devices, err := usersOf(t.c, h.From)
	if err != nil {
		return err
	}
	for _, device := range devices {
		shared, err := t.c.one(`SELECT 1 FROM login WHERE device = ? AND actor <> ? AND off = 0`, device[:], h.From[:])
		if err != nil {
			return err
		}
		held, err := grants(t.c, device)
		if err != nil {
			return err
		}
		for _, scope := range h.Scopes {
			_, err := t.c.Exec(`DELETE FROM login_scope WHERE scope = ? AND login IN (SELECT id FROM login WHERE device = ? AND actor = ?)`,
				string(scope), device[:], h.From[:])
			if err == nil && shared == nil && holds(held, scope) {
				err = t.revoke(device, scope, h.Now)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// giveTo gives the scopes to the devices of whoever takes over.
func (t *txn) giveTo(h store.HandOver) error {
	devices, err := usersOf(t.c, h.To)
	if err != nil {
		return err
	}
	for _, device := range devices {
		held, err := grants(t.c, device)
		if err != nil {
			return err
		}
		role, err := t.c.one(`SELECT role FROM login WHERE device = ? AND actor = ? ORDER BY id LIMIT 1`, device[:], h.To[:])
		if err != nil || role == nil {
			return err
		}
		view := role.text(0)
		for _, scope := range h.Scopes {
			if holds(held, scope) {
				continue
			}
			if err := t.grantLogins(device, scope, view, h.Now); err != nil {
				return err
			}
		}
	}
	return nil
}

func holds(list []store.Grant, scope ident.Scope) bool {
	for _, g := range list {
		if g.Scope == scope {
			return true
		}
	}
	return false
}
