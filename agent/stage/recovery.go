// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// recovery is what the laptop of the stage and its administrators know of a forgotten passphrase.
type recovery struct {
	admins []seal.AdminPrivate
	escrow *seal.Escrow
	key    seal.Key
	state  *seal.State // nil while nobody asked
	fresh  string
}

// Administrators gives the laptop so many administrators who can recover its passphrase; there are three at first.
func (g *Gate) Administrators(count int) {
	g.recovery = recovery{key: must(seal.NewKey(seal.Default, g.stage))}
	var public []seal.AdminPublic
	for range count {
		admin := must(seal.NewAdmin(seal.Default, g.stage))
		g.recovery.admins, public = append(g.recovery.admins, admin), append(public, must(admin.Public()))
	}
	if count >= seal.MinAdmins {
		g.recovery.escrow = must(seal.NewEscrow(g.stage, [16]byte{1}, g.recovery.key, public))
	}
}

// Admins returns the administrators.
func (g *Gate) Admins(context.Context) ([]seal.AdminID, error) {
	if g.recovery.escrow == nil {
		return nil, fault.New(fault.Unsupported, "replica.recovery_none")
	}
	return g.recovery.escrow.Admins(), nil
}

// BeginRecovery makes a challenge, as a laptop does.
func (g *Gate) BeginRecovery(_ context.Context, fresh string, first, second seal.AdminID) (*seal.Challenge, error) {
	challenge, state, err := seal.NewChallenge(g.stage, g.recovery.escrow, first, second)
	if err != nil {
		return nil, fault.New(fault.Invalid, "replica.recovery_admins").WithCause(err)
	}
	g.recovery.state, g.recovery.fresh = state, fresh
	return challenge, nil
}

// FinishRecovery opens the desk for the response to the last challenge.
func (g *Gate) FinishRecovery(_ context.Context, fresh string, response *seal.Response) (*flow.Desk, error) {
	r := &g.recovery
	switch {
	case r.state == nil:
		return nil, fault.New(fault.Stale, "replica.recovery_begin")
	case fresh != r.fresh:
		return nil, fault.New(fault.Unauthenticated, "replica.passphrase")
	}
	if _, err := seal.Recover(r.state, response); err != nil {
		return nil, fault.New(fault.Invalid, "replica.recovery_response").WithCause(err)
	}
	r.state, g.secret = nil, fresh
	return g.stage.Desk, nil
}

// Approve does what the two administrators named in a challenge do, and returns the text of each: the first one's for the
// second, and the response.
func (g *Gate) Approve(challenge string) (partial, response string) {
	c := must(seal.ParseChallenge(challenge))
	first, second := g.admin(c.First), g.admin(c.Second)
	p := must(seal.Approve1(g.stage, first, c))
	return p.String(), must(seal.Approve2(g.stage, second, must(first.Public()), p)).String()
}

func (g *Gate) admin(id seal.AdminID) seal.AdminPrivate {
	for _, a := range g.recovery.admins {
		if must(a.Public()).ID() == id {
			return a
		}
	}
	panic("stage: no such administrator")
}
