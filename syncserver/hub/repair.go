// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
)

// list compares what a device holds of a scope, bucket by bucket, and lists what is in
// those that differ. That any differs should never be: it is reported.
func (p *Port) list(ctx context.Context, e peer.LoadList) peer.Event {
	view, _ := p.cfg.View(e.View)
	found, err := p.cfg.Store.Repair(ctx, e.Scope, view, e.Sums)
	if err != nil {
		return p.failed(ctx, "a scope cannot be compared", err)
	}
	p.cfg.Metrics.Repairs.Inc()
	p.warn("a device's scope does not match", e.Scope, "buckets", len(found.Buckets), "listed", len(found.List))
	return peer.ListLoaded{Repair: found}
}

// wanted reads what a device lacks of a list, and the boxes that it did not get with a
// checkpoint that did not match.
func (p *Port) wanted(ctx context.Context, e peer.LoadWanted) peer.Event {
	view, _ := p.cfg.View(e.View)
	found, err := p.cfg.Store.Whole(ctx, e.Scope, view, e.IDs)
	if err != nil {
		return p.failed(ctx, "records cannot be read", err)
	}
	p.warn("a device gets records that it did not have, or had otherwise", e.Scope, "records", len(found))
	out := peer.WantedLoaded{Scope: e.Scope}
	if out.Rows, err = encoded(e.Scope, found); err != nil {
		return p.failed(ctx, "rows cannot be encoded", err)
	}
	if out.Kept, err = p.changes.boxesOf(ctx, e.Scope, e.Since, e.To); err != nil {
		return p.failed(ctx, "what the server wrote cannot be read", err)
	}
	return out
}

func (p *Port) warn(what string, scope ident.Scope, counts ...any) {
	device, _ := p.device()
	p.cfg.Log.Warn(what, append([]any{"device", device.String(), "scope", string(scope)}, counts...)...)
}
