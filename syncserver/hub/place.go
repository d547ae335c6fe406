// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// place says where a cursor stands: at its version when the server's log has
// the same hash there; otherwise the server was restored, or the device was
// with another server, and the device starts anew.
func (p *Port) place(ctx context.Context, c wire.Cursor) peer.Event {
	placed := peer.Placed{Cursor: c}
	granted, err := p.granted(ctx, c)
	if err != nil {
		return p.failed(ctx, "grants cannot be read", err)
	}
	if !granted {
		return placed
	}
	placed.Granted = true
	view, _ := p.cfg.View(c.View)
	if c.Version == 0 || c.ViewVersion != view.Version() {
		return placed
	}
	hash, ok, err := p.cfg.Store.LogHash(ctx, c.Scope, c.Version)
	if err != nil {
		return p.failed(ctx, "log hash cannot be read", err)
	}
	if ok && hash == c.LogHash {
		placed.From = c.Version
		return placed
	}
	return p.reset(ctx, placed)
}

func (p *Port) granted(ctx context.Context, c wire.Cursor) (bool, error) {
	device, _ := p.device()
	grants, err := p.cfg.Store.Grants(ctx, device)
	if err != nil {
		return false, err
	}
	if _, ok := p.cfg.View(c.View); !ok {
		return false, nil
	}
	for _, g := range grants {
		if g.Scope == c.Scope && g.View == c.View {
			return true, nil
		}
	}
	return false, nil
}

func (p *Port) reset(ctx context.Context, placed peer.Placed) peer.Event {
	state, err := p.cfg.Store.Scope(ctx, placed.Cursor.Scope)
	if err != nil {
		return p.failed(ctx, "scope cannot be read", err)
	}
	p.cfg.Metrics.Resets.Inc()
	placed.Reset = &wire.Reset{
		Scope: placed.Cursor.Scope, Epoch: epochOf(state), From: state.Lineage.Current(placed.Cursor.Version),
	}
	for _, f := range state.Lineage {
		placed.Reset.Lineage = append(placed.Reset.Lineage, wire.LineageForking{Epoch: f.Epoch, From: f.From})
	}
	return placed
}

// epochOf is the epoch that a scope's next version is of. Its head tells only
// once something was written in that epoch.
func epochOf(state store.ScopeState) uint32 {
	if n := len(state.Lineage); n > 0 {
		return state.Lineage[n-1].Epoch
	}
	return state.Head.Epoch()
}
