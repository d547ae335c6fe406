// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"

	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
)

// snapshot finds what a device begins with.
func (p *Port) snapshot(ctx context.Context, e peer.LoadSnapshot) peer.Event {
	view, _ := p.cfg.View(e.View)
	found, err := p.cfg.Store.Snapshot(ctx, e.Scope, view, e.Held)
	if err != nil {
		return p.failed(ctx, "a snapshot cannot be made", err)
	}
	if found == nil {
		return peer.Snapshotted{Asked: e}
	}
	if found.Chunk != 0 || found.Offset != 0 {
		p.cfg.Metrics.Resumed.Inc()
	}
	boxes, err := p.changes.boxesOf(ctx, e.Scope, 0, found.Checkpoint.Cursor.Version)
	if err != nil {
		return p.failed(ctx, "boxes cannot be made", err)
	}
	return peer.Snapshotted{Asked: e, Snapshot: found, Kept: boxes}
}

// piece reads bytes of a snapshot.
func (p *Port) piece(ctx context.Context, e peer.LoadPiece) peer.Event {
	data, err := p.cfg.Store.SnapshotPiece(ctx, e.Scope, e.ID, e.Chunk, e.Offset)
	if err != nil && !fault.Is(err, fault.Gone) {
		return p.failed(ctx, "a snapshot cannot be read", err)
	}
	return peer.PieceLoaded{Asked: e, Data: data}
}
