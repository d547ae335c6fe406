// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// checkTrail says where a log of the session's device stands, unless that has end.
func (p *Port) checkTrail(ctx context.Context, end wire.TrailEnd) peer.Event {
	device, _ := p.device()
	at, fork, err := p.cfg.Store.TakeAudit(ctx, audit.Log{Device: device, ID: end.Log}, end.Through+1, end.Chain, nil)
	switch {
	case err != nil:
		return p.failed(ctx, "audit log cannot be looked up", err)
	case !fork && at.Next > end.Through:
		return peer.TrailTaken{}
	}
	return peer.TrailTaken{Receipt: &wire.AuditReceipt{Log: end.Log, Through: at.Next - 1, Chain: at.Chain, Fork: fork}}
}

// takeTrail takes entries of the audit log of the session's device.
func (p *Port) takeTrail(ctx context.Context, m *wire.Audit) peer.Event {
	device, _ := p.device()
	at, fork, err := p.cfg.Store.TakeAudit(ctx, audit.Log{Device: device, ID: m.Log}, m.First, m.Before, m.Bodies)
	switch {
	case fault.Is(err, fault.Invalid):
		return peer.TrailTaken{Fault: fault.From(err)}
	case err != nil:
		return p.failed(ctx, "audit entries cannot be taken", err)
	}
	own, err := p.cfg.Store.AuditState(ctx, audit.Log{})
	if err != nil {
		return p.failed(ctx, "the state of the audit log cannot be read", err)
	}
	return peer.TrailTaken{Receipt: &wire.AuditReceipt{
		Log: m.Log, Through: at.Next - 1, Chain: at.Chain, Fork: fork, Own: own.Next - 1, OwnChain: own.Chain,
	}}
}
