// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"errors"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

// RecoveryAdmins returns the administrators any two of whom can recover a
// person's passphrase. It fails with fault.Unsupported if there were fewer than two
// when the device was enrolled.
func (r *Replica) RecoveryAdmins(ctx context.Context, a ident.Actor) ([]seal.AdminID, error) {
	e, err := r.escrow(ctx, a)
	if err != nil {
		return nil, err
	}
	return e.Admins(), nil
}

func (r *Replica) escrow(ctx context.Context, a ident.Actor) (*seal.Escrow, error) {
	row, err := r.userRow(ctx, a)
	if err != nil {
		return nil, err
	}
	if row.escrow == nil {
		return nil, fault.New(fault.Unsupported, "replica.recovery_none")
	}
	e, err := seal.ParseEscrow(row.escrow)
	if err != nil {
		return nil, damaged("escrow", err)
	}
	return e, nil
}

// BeginRecovery makes the challenge by which two administrators give a person who
// forgot their passphrase a new one. The device may be switched off until the
// response comes; what it holds stays as it is.
func (r *Replica) BeginRecovery(ctx context.Context, a ident.Actor, fresh string, first, second seal.AdminID) (*seal.Challenge, error) {
	e, err := r.escrow(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := r.free(ctx, fresh, a); err != nil {
		return nil, err
	}
	challenge, state, err := seal.NewChallenge(r.o.Random, e, first, second)
	if err != nil {
		return nil, fault.New(fault.Invalid, "replica.recovery_admins").WithCause(err)
	}
	defer state.Zero()
	wrapped, err := seal.WrapState(r.o.Random, fresh, r.o.Cost, state)
	if err != nil {
		return nil, fault.New(fault.Invalid, "replica.user").WithCause(err)
	}
	r.write.Lock()
	defer r.write.Unlock()
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE users SET recovery = ? WHERE actor = ?", wrapped, a[:])
		return err
	})
	return challenge, err
}

// FinishRecovery takes the administrators' response, sets the passphrase chosen
// at BeginRecovery and unlocks. The person's key is drawn anew, because those
// who saw the recovery know half of the old one's protection.
func (r *Replica) FinishRecovery(ctx context.Context, a ident.Actor, fresh string, response *seal.Response) (*User, error) {
	row, err := r.userRow(ctx, a)
	if err != nil {
		return nil, err
	}
	if row.recovery == nil {
		return nil, fault.New(fault.Stale, "replica.recovery_begin")
	}
	state, err := seal.UnwrapState(fresh, row.recovery)
	if errors.Is(err, seal.ErrPassphrase) {
		return nil, wrongPassphrase()
	}
	if err != nil {
		return nil, damaged("recovery", err)
	}
	defer state.Zero()
	old, err := seal.Recover(state, response)
	if err != nil {
		return nil, fault.New(fault.Invalid, "replica.recovery_response").WithCause(err)
	}
	if err := r.rewrap(ctx, a, old, fresh, row); err != nil {
		return nil, err
	}
	return r.Unlock(ctx, a, fresh)
}

// rewrap moves everything of a user under a new key and passphrase.
func (r *Replica) rewrap(ctx context.Context, a ident.Actor, old seal.Key, fresh string, row *userRow) error {
	defer old.Zero()
	var parts [3][]byte
	for i, sealed := range [3][]byte{row.secret, row.person, row.info} {
		var err error
		if parts[i], err = old.Open(nil, sealed, userPart(a, i)); err != nil {
			return damaged("user", err)
		}
	}
	st, err := r.stored(ctx)
	if err != nil {
		return err
	}
	admins, err := st.admins()
	if err != nil {
		return err
	}
	key, err := seal.NewKey(seal.Default, r.o.Random)
	if err != nil {
		return err
	}
	defer key.Zero()
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		u := &User{Actor: a, Name: string(parts[2]), key: key}
		return r.putUser(ctx, tx, u, fresh, parts[0], parts[1], admins)
	})
}
