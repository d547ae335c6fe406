// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// repair compares what a device holds of a scope, bucket by bucket, and reads what
// differs. That it differs at all should never be: it is reported.
func (p *Port) repair(ctx context.Context, e peer.LoadRepair) peer.Event {
	view, _ := p.cfg.View(e.View)
	found, err := p.cfg.Store.Repair(ctx, e.Scope, view, e.Sums)
	if err != nil {
		return p.failed(ctx, "a scope cannot be compared", err)
	}
	device, _ := p.device()
	p.cfg.Metrics.Repairs.Inc()
	p.cfg.Log.Warn("a device's scope does not match", "device", device.String(), "scope", string(e.Scope), "buckets", len(found.Buckets))
	out := peer.Repaired{
		Repair:     &wire.Repair{Scope: e.Scope, Version: found.To, Buckets: found.Buckets},
		Checkpoint: checkpointOf(e.Scope, view, found.Delta),
	}
	for _, row := range found.Rows {
		out.Repair.IDs = append(out.Repair.IDs, row.Header.ID)
	}
	if out.Rows, err = encoded(e.Scope, found.Rows); err != nil {
		return p.failed(ctx, "rows cannot be encoded", err)
	}
	if out.Kept, err = p.changes.boxesOf(ctx, e.Scope, e.Since, found.To); err != nil {
		return p.failed(ctx, "what the server wrote cannot be read", err)
	}
	return out
}
