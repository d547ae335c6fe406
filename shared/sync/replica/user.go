// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

// NewUser is a person who shall be able to unlock a device.
type NewUser struct {
	Actor      ident.Actor
	Name       string // as shown on the device; never stored in the clear
	Passphrase string
	Person     seal.SignPrivate // their own key; zero: a new one is drawn, and the server does not know it

	// Login and Role are the server's binding of the person and this device, where it
	// came with the enrolment: the control log says it again.
	Login ident.Login
	Role  record.Role
}

// User is a person who has unlocked the device.
type User struct {
	Actor  ident.Actor
	Name   string
	Signer *seal.Signer // their own key; wiped by Lock
	key    seal.Key     // opens what is theirs
}

// wrongPassphrase is what a person reads whose passphrase, or name, is not right.
func wrongPassphrase() error { return fault.New(fault.Unauthenticated, "replica.passphrase") }

// insertUser wraps the compartment's secret for one more person.
func (r *Replica) insertUser(ctx context.Context, tx *sql.Tx, k *keys, n NewUser, admins []seal.AdminPublic) (*User, error) {
	if n.Actor.IsZero() || n.Passphrase == "" {
		return nil, fault.New(fault.Invalid, "replica.user")
	}
	person, err := r.personKey(n.Person)
	if err != nil {
		return nil, err
	}
	signer, err := seal.NewSigner(r.o.Random, person)
	if err != nil {
		return nil, err
	}
	key, err := seal.NewKey(seal.Default, r.o.Random)
	if err != nil {
		return nil, err
	}
	u := &User{Actor: n.Actor, Name: n.Name, Signer: signer, key: key}
	return u, r.putUser(ctx, tx, u, n.Passphrase, k.secret(), person.Encode(), admins)
}

// personKey returns a copy of a person's key, because Lock wipes it, or a new one.
func (r *Replica) personKey(given seal.SignPrivate) (seal.SignPrivate, error) {
	if given.IsZero() {
		return seal.NewSign(seal.Default, r.o.Random)
	}
	return seal.ParseSignPrivate(given.Encode())
}

// putUser writes everything of a user anew under u.key, and u.key under the
// passphrase and to the administrators. It wipes secret and person.
func (r *Replica) putUser(ctx context.Context, tx *sql.Tx, u *User, passphrase string, secret, person []byte, admins []seal.AdminPublic) error {
	defer clear(secret)
	defer clear(person)
	wrapped, err := seal.WrapKey(r.o.Random, passphrase, r.o.Cost, u.key)
	if err != nil {
		return err
	}
	escrow, err := r.newEscrow(u.key, admins)
	if err != nil {
		return err
	}
	parts := [3][]byte{secret, person, []byte(u.Name)}
	for i := range parts {
		if parts[i], err = u.key.Seal(nil, r.o.Random, parts[i], userPart(u.Actor, i)); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO users (actor, wrapped, secret, person, info, escrow) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET wrapped = excluded.wrapped, secret = excluded.secret, person = excluded.person,
			info = excluded.info, escrow = excluded.escrow, recovery = NULL`,
		u.Actor[:], wrapped, parts[0], parts[1], parts[2], escrow)
	return err
}

// userPart binds a sealed part to its user and column.
func userPart(a ident.Actor, part int) []byte { return append(a.Bytes(), byte(part)) }

// Joining returns the keys by which one more person enrols on this device with a code:
// the device's own, which proves that it is this one, and a key of the person's that is
// drawn once for a code and kept, sealed, until AddUser. What the server was told must be
// what the person signs with, also when its answer was lost and is asked for again.
func (r *Replica) Joining(ctx context.Context, code string) (device, person seal.SignPrivate, err error) {
	k, _, err := r.admitting()
	if err != nil {
		return device, person, err
	}
	if device, err = seal.ParseSignPrivate(k.device.Encode()); err != nil { // a copy: Lock wipes it
		return device, person, err
	}
	r.write.Lock()
	defer r.write.Unlock()
	sealed, err := r.meta(ctx, metaJoining)
	if err != nil {
		return device, person, err
	}
	if sealed != nil {
		if body, err := k.open.Open(nil, sealed, joiningBind(code)); err == nil { // otherwise it was for another code
			defer clear(body)
			person, err = seal.ParseSignPrivate(body)
			return device, person, err
		}
	}
	if person, err = seal.NewSign(seal.Default, r.o.Random); err != nil {
		return device, person, err
	}
	if sealed, err = k.open.Seal(nil, person.Encode(), joiningBind(code)); err == nil {
		err = r.setMeta(ctx, metaJoining, sealed)
	}
	return device, person, err
}

// joiningBind binds a person's key that waits to the code it is for.
func joiningBind(code string) []byte { return append([]byte(metaJoining), code...) }

// AddUser lets one more person unlock this device. Somebody has to have unlocked
// it: on a kiosk, somebody of the staff; the first of them makes its second compartment.
// fault.Conflict if the person can already; fault.Invalid "replica.passphrase_taken" for
// a passphrase that opens it for somebody else, since it says who is there.
func (r *Replica) AddUser(ctx context.Context, n NewUser) error {
	k, first, err := r.admitting()
	if err != nil {
		return err
	}
	if err := r.free(ctx, n.Passphrase, n.Actor); err != nil {
		return err
	}
	r.write.Lock()
	defer r.write.Unlock()
	st, err := r.stored(ctx)
	if err != nil {
		return err
	}
	admins, err := st.admins()
	if err != nil {
		return err
	}
	if _, err := r.userRow(ctx, n.Actor); err == nil {
		return fault.New(fault.Conflict, "replica.user_exists")
	}
	if first {
		if k, err = r.newCompartment(k, st); err != nil {
			return err
		}
		defer k.staff.Zero()
	}
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		if first {
			if err := putStored(ctx, tx, st); err != nil {
				return err
			}
		}
		u, err := r.insertUser(ctx, tx, k, n, admins)
		if err != nil {
			return err
		}
		u.Signer.Lock()
		u.key.Zero()
		if !n.Login.IsZero() {
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO logins (login, actor, role) VALUES (?, ?, ?)", n.Login[:], n.Actor[:], n.Role); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM meta WHERE name = ?", metaJoining)
		return err
	})
	if err == nil && first {
		r.mu.Lock()
		r.keys.staffPublic = k.staffPublic
		r.mu.Unlock()
	}
	return err
}

// newCompartment draws the staff compartment of a kiosk that has none, and returns the
// keys with it and notes it in st.
func (r *Replica) newCompartment(k *keys, st *stored) (*keys, error) {
	next := *k
	var err error
	if next.staff, err = seal.NewBox(seal.Default, r.o.Random); err != nil {
		return nil, err
	}
	if next.staffPublic, err = next.staff.Public(); err != nil {
		return nil, err
	}
	st.StaffBox = encodeBox(next.staffPublic)
	return &next, nil
}

// admitting returns the keys if one more person may be let in now; first says that they
// are the first of a kiosk's staff, for whom nobody can open.
func (r *Replica) admitting() (k *keys, first bool, err error) {
	r.mu.RLock()
	k = r.keys
	first = k != nil && k.profile == Kiosk && k.staffPublic.IsZero()
	r.mu.RUnlock()
	if first {
		return k, true, nil
	}
	k, err = r.secretKeys()
	return k, false, err
}

// free returns a fault if the passphrase opens the device for somebody else than the
// actor.
func (r *Replica) free(ctx context.Context, passphrase string, but ident.Actor) error {
	actors, err := r.Users(ctx)
	if err != nil {
		return err
	}
	actors = slices.DeleteFunc(actors, func(a ident.Actor) bool { return a == but })
	_, key, _, err := r.opened(ctx, actors, passphrase)
	key.Zero()
	switch {
	case err == nil:
		return fault.New(fault.Invalid, "replica.passphrase_taken").WithField("passphrase")
	case fault.Is(err, fault.Unauthenticated):
		return nil
	}
	return err
}

// secretKeys returns the keys if what a user's key opens is open now.
func (r *Replica) secretKeys() (*keys, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.keys == nil || (r.keys.profile == Kiosk && r.keys.staff.IsZero()) {
		return nil, locked()
	}
	return r.keys, nil
}

// Users returns the actors who can unlock this device. Names are sealed.
func (r *Replica) Users(ctx context.Context) ([]ident.Actor, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT actor FROM users ORDER BY actor")
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []ident.Actor
	for rows.Next() {
		var a ident.Actor
		if err := rows.Scan(&a); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, sqlitedb.Fault(rows.Err())
}

// userRow is a row of the table users.
type userRow struct {
	wrapped, secret, person, info, escrow, recovery []byte
}

func (r *Replica) userRow(ctx context.Context, a ident.Actor) (*userRow, error) {
	u := new(userRow)
	err := r.full.QueryRowContext(ctx, "SELECT wrapped, secret, person, info, escrow, recovery FROM users WHERE actor = ?", a[:]).
		Scan(&u.wrapped, &u.secret, &u.person, &u.info, &u.escrow, &u.recovery)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, wrongPassphrase()
	}
	return u, sqlitedb.Fault(err)
}

// Unlock opens the replica for a person, or the staff compartment of a kiosk, and
// loads its rows into memory. A zero actor tries everybody, for a screen that asks
// for a passphrase only. fault.Unauthenticated if the passphrase is not right.
func (r *Replica) Unlock(ctx context.Context, a ident.Actor, passphrase string) (*User, error) {
	actors := []ident.Actor{a}
	if a.IsZero() {
		var err error
		if actors, err = r.Users(ctx); err != nil {
			return nil, err
		}
	}
	actor, key, row, err := r.opened(ctx, actors, passphrase)
	if err != nil {
		return nil, err
	}
	return r.unlock(ctx, actor, key, row)
}

// opened returns the first of the actors whose passphrase it is, with their key.
func (r *Replica) opened(ctx context.Context, actors []ident.Actor, passphrase string) (ident.Actor, seal.Key, *userRow, error) {
	for _, actor := range actors {
		row, err := r.userRow(ctx, actor)
		if err != nil {
			return actor, seal.Key{}, nil, err
		}
		key, err := seal.UnwrapKey(passphrase, row.wrapped)
		if errors.Is(err, seal.ErrPassphrase) {
			continue
		}
		if err != nil {
			return actor, key, nil, damaged("user key", err)
		}
		return actor, key, row, nil
	}
	return ident.Actor{}, seal.Key{}, nil, wrongPassphrase()
}

// Beside opens the own key of one more person at an unlocked laptop, for what two
// sign together; whoever unlocked it goes on working. It ends with User.Leave.
// fault.Unauthenticated if the passphrase is nobody's; fault.Invalid "replica.beside"
// if it is that of whoever is here already.
func (r *Replica) Beside(ctx context.Context, passphrase string) (*User, error) {
	here := r.User()
	if here == nil {
		return nil, locked()
	}
	actors, err := r.Users(ctx)
	if err != nil {
		return nil, err
	}
	actor, key, row, err := r.opened(ctx, actors, passphrase)
	if err != nil {
		return nil, err
	}
	if actor == here.Actor {
		key.Zero()
		return nil, fault.New(fault.Invalid, "replica.beside").WithField("passphrase")
	}
	u, secret, err := r.openUser(actor, key, row)
	clear(secret) // the data are open already
	return u, err
}

// Leave forgets the own key of a person who was let in beside another.
func (u *User) Leave() {
	u.Signer.Lock()
	u.key.Zero()
}

// openUser opens what a user's key opens: who they are, their own key, and the secret
// of the compartment, which the caller clears.
func (r *Replica) openUser(a ident.Actor, key seal.Key, row *userRow) (*User, []byte, error) {
	u := &User{Actor: a, key: key}
	var parts [3][]byte
	for i, sealed := range [3][]byte{row.secret, row.person, row.info} {
		var err error
		if parts[i], err = key.Open(nil, sealed, userPart(a, i)); err != nil {
			return nil, nil, damaged("user", err)
		}
	}
	defer clear(parts[1])
	u.Name = string(parts[2])
	person, err := seal.ParseSignPrivate(parts[1])
	if err != nil {
		return nil, parts[0], damaged("person key", err)
	}
	u.Signer, err = seal.NewSigner(r.o.Random, person)
	return u, parts[0], err
}

// unlock opens the compartment with a user's key.
func (r *Replica) unlock(ctx context.Context, a ident.Actor, key seal.Key, row *userRow) (*User, error) {
	u, secret, err := r.openUser(a, key, row)
	defer clear(secret)
	if err != nil {
		return nil, err
	}
	r.write.Lock()
	defer r.write.Unlock()
	if r.identity.Profile == Kiosk {
		return u, r.openStaff(ctx, secret, u)
	}
	data, err := seal.ParseKey(secret)
	if err != nil {
		return nil, damaged("data key", err)
	}
	return u, r.loadKeys(ctx, &keys{profile: Laptop, data: data}, u)
}

// User returns who unlocked last, nil if nobody has.
func (r *Replica) User() *User {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.user
}

// Lock forgets everything that a passphrase opened. A kiosk goes on with what its
// key file opens.
func (r *Replica) Lock() {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.user != nil {
		r.user.Signer.Lock()
		r.user.key.Zero()
		r.user = nil
	}
	switch {
	case r.keys == nil:
	case r.keys.profile == Kiosk:
		r.keys.staff.Zero()
		r.table.narrow(r)
	default:
		r.keys.zero()
		r.memory = memory{}
	}
}

// ChangePassphrase replaces a person's passphrase; what it opens stays as it is.
func (r *Replica) ChangePassphrase(ctx context.Context, a ident.Actor, old, fresh string) error {
	row, err := r.userRow(ctx, a)
	if err != nil {
		return err
	}
	key, err := seal.UnwrapKey(old, row.wrapped)
	if errors.Is(err, seal.ErrPassphrase) {
		return wrongPassphrase()
	}
	if err != nil {
		return damaged("user key", err)
	}
	defer key.Zero()
	if fresh == "" {
		return fault.New(fault.Invalid, "replica.user")
	}
	if err := r.free(ctx, fresh, a); err != nil {
		return err
	}
	wrapped, err := seal.WrapKey(r.o.Random, fresh, r.o.Cost, key)
	if err != nil {
		return err
	}
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE users SET wrapped = ? WHERE actor = ?", wrapped, a[:])
		return err
	})
}
