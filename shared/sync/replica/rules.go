// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"slices"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

// ruleSet is what a replica works by. It is replaced whole.
type ruleSet struct {
	catalogue *record.Catalogue
	access    *record.Access
}

func (r *Replica) catalogue() *record.Catalogue { return r.rules.Load().catalogue }

func (r *Replica) access() *record.Access { return r.rules.Load().access }

// SetRules makes the replica work by another catalogue and access table from here on:
// lists and search are put in order by it anew. A store that As returned before goes on
// showing what its login saw then; whoever is to work by the new rules takes a new one.
func (r *Replica) SetRules(catalogue *record.Catalogue, access *record.Access) {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules.Store(&ruleSet{catalogue, access})
	for _, e := range r.table.rows {
		r.refresh(e)
	}
}

// SetAdmins makes these the administrators any two of whom can recover a passphrase: at
// once for whoever has unlocked, for everybody else who works here when they unlock and
// it is called again. With fewer than seal.MinAdmins nobody can.
func (r *Replica) SetAdmins(ctx context.Context, admins []seal.AdminPublic) error {
	r.write.Lock()
	defer r.write.Unlock()
	st, err := r.stored(ctx)
	if err != nil || st == nil {
		return err
	}
	known, err := st.admins()
	if err != nil {
		return err
	}
	user := r.User()
	if slices.Equal(known, admins) && (user == nil || r.helped(ctx, user, admins)) {
		return nil
	}
	st.setAdmins(admins)
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		if err := putStored(ctx, tx, st); err != nil || user == nil {
			return err
		}
		escrow, err := r.newEscrow(user.key, admins)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE users SET escrow = ?, recovery = NULL WHERE actor = ?", escrow, user.Actor[:])
		return err
	})
}

// helped says whether it is these administrators, and no others, who can help a person.
func (r *Replica) helped(ctx context.Context, u *User, admins []seal.AdminPublic) bool {
	e, err := r.escrow(ctx, u.Actor)
	if err != nil {
		return len(admins) < seal.MinAdmins
	}
	ids := make([]seal.AdminID, len(admins))
	for i, a := range admins {
		ids[i] = a.ID()
	}
	held := e.Admins()
	return len(held) == len(ids) && !slices.ContainsFunc(ids, func(id seal.AdminID) bool { return !slices.Contains(held, id) })
}

// newEscrow seals a person's key to the administrators; nil for too few of them.
func (r *Replica) newEscrow(key seal.Key, admins []seal.AdminPublic) ([]byte, error) {
	if len(admins) < seal.MinAdmins {
		return nil, nil
	}
	e, err := seal.NewEscrow(r.o.Random, r.identity.Device, key, admins)
	if err != nil {
		return nil, err
	}
	return e.Encode(), nil
}
