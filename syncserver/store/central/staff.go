// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// AddUser implements store.Staff. A user whose login has no id gets one.
func (s *Store) AddUser(ctx context.Context, u store.User) error {
	return s.write(ctx, func(t *txn) error {
		if r, err := t.c.one(`SELECT 1 FROM staff WHERE name = ?`, u.Name); r != nil || err != nil {
			return orElse(err, fault.New(fault.Conflict, ""))
		}
		if u.Login.ID.IsZero() {
			id, err := ident.New[ident.Login](s.now().UnixMilli(), s.random)
			if err != nil {
				return err
			}
			u.Login.ID = id
		}
		if err := t.addLogin(u.Login, u.Display); err != nil {
			return err
		}
		_, err := t.c.Exec(`INSERT INTO staff (name, display, hash, login, org, off, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			u.Name, u.Display, u.Hash, u.Login.ID[:], u.Org[:], flag(u.Off), ms(u.Created))
		return err
	})
}

// addLogin writes a login and the name of its actor.
func (t *txn) addLogin(l store.Login, display string) error {
	_, err := t.c.Exec(`INSERT INTO actor (id, display, off) VALUES (?, ?, 0) ON CONFLICT (id) DO UPDATE SET display = excluded.display`, l.Actor[:], display)
	if err != nil {
		return err
	}
	_, err = t.c.Exec(`INSERT INTO login (id, actor, device, role, everywhere, off, person) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		l.ID[:], l.Actor[:], l.Device[:], string(l.Role), flag(l.Scopes == nil), flag(l.Off), orEmpty(l.Person))
	if err != nil {
		return fmt.Errorf("add login: %w", err)
	}
	for _, scope := range l.Scopes {
		if err := scope.Valid(); err != nil {
			return err
		}
		if _, err := t.c.Exec(`INSERT INTO login_scope (login, scope) VALUES (?, ?) ON CONFLICT DO NOTHING`, l.ID[:], string(scope)); err != nil {
			return err
		}
	}
	return nil
}

// orEmpty and orNil are how "none" stands in a column that is never NULL.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

const userColumns = `SELECT name, display, hash, login, org, off, created, person FROM staff `

func scanUser(r row) (store.User, ident.Login) {
	return store.User{
		Name: r.text(0), Display: r.text(1), Hash: r.text(2), Org: r.id(4), Off: r.flag(5), Created: fromMS(r.int(6)), Person: orNil(r.blob(7)),
	}, r.id(3)
}

// User implements store.Staff.
func (s *Store) User(ctx context.Context, name string) (u store.User, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		r, err := c.one(userColumns+`WHERE name = ?`, name)
		if err != nil {
			return err
		}
		if r == nil {
			return errNotFound()
		}
		var login ident.Login
		u, login = scanUser(r)
		u.Login, err = findLogin(c, login)
		return err
	})
	return u, err
}

// Users implements store.Staff.
func (s *Store) Users(ctx context.Context) (list []store.User, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		var logins []ident.Login
		err := c.query(func(r row) error {
			u, login := scanUser(r)
			list, logins = append(list, u), append(logins, login)
			return nil
		}, userColumns+`ORDER BY name`)
		for i := range list {
			if err == nil {
				list[i].Login, err = findLogin(c, logins[i])
			}
		}
		return err
	})
	return list, err
}

// SetPassword implements store.Staff.
func (s *Store) SetPassword(ctx context.Context, name, hash string) error {
	return s.write(ctx, func(t *txn) error {
		n, err := t.c.Exec(`UPDATE staff SET hash = ? WHERE name = ?`, hash, name)
		if err == nil && n == 0 {
			err = errNotFound()
		}
		return err
	})
}

// SetPerson implements store.Staff.
func (s *Store) SetPerson(ctx context.Context, name string, wrapped, public []byte) error {
	return s.write(ctx, func(t *txn) error {
		n, err := t.c.Exec(`UPDATE staff SET person = ? WHERE name = ?`, orEmpty(wrapped), name)
		if err != nil || n == 0 {
			return orElse(err, errNotFound())
		}
		_, err = t.c.Exec(`UPDATE login SET person = ? WHERE id = (SELECT login FROM staff WHERE name = ?)`, orEmpty(public), name)
		return err
	})
}

// Login implements store.Fleet.
func (s *Store) Login(ctx context.Context, id ident.Login) (l store.Login, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		l, err = findLogin(c, id)
		return err
	})
	return l, err
}

func findLogin(c *conn, id ident.Login) (l store.Login, err error) {
	r, err := c.one(`SELECT actor, device, role, everywhere, off, person FROM login WHERE id = ?`, id[:])
	if err != nil {
		return l, err
	}
	if r == nil {
		return l, errNotFound()
	}
	l = store.Login{ID: id, Actor: r.id(0), Device: r.id(1), Role: record.Role(r.text(2)), Off: r.flag(4), Person: orNil(r.blob(5))}
	if r.flag(3) {
		return l, nil
	}
	l.Scopes = []ident.Scope{}
	err = c.query(func(r row) error {
		l.Scopes = append(l.Scopes, ident.Scope(r.text(0)))
		return nil
	}, `SELECT scope FROM login_scope WHERE login = ? ORDER BY scope`, id[:])
	return l, err
}

// switchedOff reports whether a login, its actor or its device is off now. A
// login that the store has not stored counts by its actor and device.
func switchedOff(c *conn, l store.Login) (bool, error) {
	r, err := c.one(`
		SELECT EXISTS (SELECT 1 FROM login WHERE id = ? AND off = 1)
			OR EXISTS (SELECT 1 FROM actor WHERE id = ? AND off = 1)
			OR EXISTS (SELECT 1 FROM device WHERE id = ? AND off = 1)
			OR EXISTS (SELECT 1 FROM staff WHERE login = ? AND off = 1)`, l.ID[:], l.Actor[:], l.Device[:], l.ID[:])
	if err != nil {
		return false, err
	}
	return l.Off || r.flag(0), nil
}

// ActorName implements store.Staff.
func (s *Store) ActorName(ctx context.Context, actor ident.Actor) (name string, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		name, err = actorName(c, actor)
		return err
	})
	return name, err
}

func actorName(c *conn, actor ident.Actor) (string, error) {
	r, err := c.one(`SELECT display FROM actor WHERE id = ?`, actor[:])
	if r == nil || err != nil {
		return "", err
	}
	return r.text(0), nil
}

// Setting implements store.Staff.
func (s *Store) Setting(ctx context.Context, name string) (value []byte, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		r, err := c.one(`SELECT value FROM setting WHERE name = ?`, settingName(name))
		if r != nil {
			value = r.blob(0)
		}
		return err
	})
	return value, err
}

// SetSetting implements store.Staff.
func (s *Store) SetSetting(ctx context.Context, name string, value []byte) error {
	return s.write(ctx, func(t *txn) error {
		return t.setSetting(settingName(name), slices.Concat([]byte{}, value))
	})
}

// settingName keeps the settings of callers apart from the store's own.
func settingName(name string) string { return "user/" + name }

func (t *txn) setSetting(name string, value []byte) error {
	_, err := t.c.Exec(`INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
