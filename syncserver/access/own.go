// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"errors"
	"fmt"

	"yuexin/shared/sync/seal"
	"yuexin/syncserver/store"
)

// Own returns a user with their own signing key, which only their password opens:
// the store has it wrapped. It is drawn the first time, and anew after somebody
// reset the password, because the old one cannot be opened then. The caller locks
// the signer. Errors are those of Login.
func (g *Gate) Own(ctx context.Context, name, password, address string) (store.User, *seal.Signer, error) {
	user, err := g.Login(ctx, name, password, address)
	if err != nil {
		return user, nil, err
	}
	if err := g.slot(ctx); err != nil {
		return user, nil, err
	}
	defer g.release()
	if user.Person != nil {
		signer, err := seal.UnlockSigner(g.cfg.Random, password, user.Person)
		if err == nil || !errors.Is(err, seal.ErrPassphrase) {
			return user, signer, err
		}
	}
	return g.draw(ctx, user.Name, password)
}

// draw makes a user's key and keeps it.
func (g *Gate) draw(ctx context.Context, name, password string) (user store.User, signer *seal.Signer, err error) {
	private, err := seal.NewSign(seal.Default, g.cfg.Random)
	if err != nil {
		return user, nil, err
	}
	wrapped, err := seal.WrapSigner(g.cfg.Random, password, g.cfg.Cost, private)
	if err != nil {
		return user, nil, err
	}
	if signer, err = seal.NewSigner(g.cfg.Random, private); err != nil {
		return user, nil, err
	}
	if err := g.cfg.Users.SetPerson(ctx, name, wrapped, signer.Public().Encode()); err != nil {
		return user, nil, fmt.Errorf("keep own key: %w", err)
	}
	user, err = g.cfg.Users.User(ctx, name)
	return user, signer, err
}
