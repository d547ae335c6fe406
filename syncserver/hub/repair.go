// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"

	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// repair compares what a device holds of a scope, bucket by bucket, and reads what
// differs. That it differs at all should never be: it is reported.
func (s *session) repair(ctx context.Context, e peer.LoadRepair) peer.Event {
	select {
	case s.hub.loads <- struct{}{}:
		defer func() { <-s.hub.loads }()
	case <-ctx.Done():
		return nil
	}
	view, _ := s.hub.cfg.View(e.View)
	found, err := s.hub.cfg.Store.Repair(ctx, e.Scope, view, e.Sums)
	if err != nil {
		if ctx.Err() == nil {
			s.hub.cfg.Log.Error("a scope cannot be compared", fault.Attr(err))
		}
		return peer.Repaired{Fault: fault.From(err)}
	}
	device, _ := s.device()
	s.hub.cfg.Metrics.Repairs.Inc()
	s.hub.cfg.Log.Warn("a device's scope does not match", "device", device.String(), "scope", string(e.Scope), "buckets", len(found.Buckets))
	out := peer.Repaired{
		Repair:     &wire.Repair{Scope: e.Scope, Version: found.To, Buckets: found.Buckets},
		Checkpoint: checkpointOf(e.Scope, view, found.Delta),
	}
	for _, row := range found.Rows {
		out.Repair.IDs = append(out.Repair.IDs, row.Header.ID)
	}
	if out.Rows, err = encoded(e.Scope, found.Rows); err != nil {
		return peer.Repaired{Fault: fault.From(err)}
	}
	return out
}
