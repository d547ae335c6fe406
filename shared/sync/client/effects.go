// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
)

// store queues what the machine wants of the replica.
func (s *session) store(eff peer.Effect) {
	r := s.client.cfg.Replica
	switch e := eff.(type) {
	case peer.Offset:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			return nil, r.SetOffset(ctx, e.ServerMS, e.RoundTripMS)
		})
	case peer.LoadOutbox:
		s.loadOutbox()
	case peer.LoadFrame:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			loaded := peer.Loaded{Lane: e.Lane, From: e.From}
			f, err := r.NextFrame(ctx, e.Lane, e.From, record.MaxFrameSets, record.MaxFrameBytes)
			if f != nil {
				loaded.To, loaded.Data = f.To, f.Data
			}
			return loaded, err
		})
	case peer.StoreReceipts:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			return peer.Receipted{Lane: e.Receipts.Lane}, r.ApplyReceipts(ctx, e.Receipts)
		})
	case peer.Rewind:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			if err := r.Expect(ctx, e.Expect); err != nil {
				return nil, err
			}
			return s.unsent(ctx)
		})
	case peer.NewLane:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			if err := r.CloseLane(ctx, e.Closed); err != nil {
				return nil, err
			}
			return s.unsent(ctx)
		})
	case peer.LoadCursors:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			return peer.Cursors{Cursors: r.Cursors()}, nil
		})
	case peer.StoreCheckpoint:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			c := e.Checkpoint.Cursor
			intact, err := s.apply(ctx, e)
			if err == nil && intact { // the server is told only of what a power cut cannot take
				err = r.Flush(ctx)
			}
			return peer.Stored{Scope: c.Scope, Version: c.Version, Intact: intact}, err
		})
	case peer.LoadBuckets:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			version, sums, err := r.Buckets(e.Scope)
			return peer.Bucketed{Scope: e.Scope, Version: version, Sums: sums}, err
		})
	case peer.Forget:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			return nil, r.ResetScope(ctx, e.Scope, e.Reset)
		})
	case peer.StoreControl:
		s.queue(func(ctx context.Context) (peer.Event, error) {
			acks, err := r.ApplyControl(ctx, e.Entries)
			if err != nil {
				return nil, err
			}
			off, err := r.SwitchedOff(ctx)
			if err != nil {
				return nil, err
			}
			s.off.Store(off)
			purges, err := r.Purges(ctx) // again in every session: the first confirmation may have been lost
			return peer.Controlled{Acks: append(purges, acks...)}, err
		})
	}
}

func (s *session) apply(ctx context.Context, e peer.StoreCheckpoint) (intact bool, err error) {
	r := s.client.cfg.Replica
	if e.Repair == nil {
		return r.ApplyCheckpoint(ctx, e.Rows, e.Checkpoint)
	}
	intact, err = r.ApplyRepair(ctx, e.Repair, e.Rows, e.Checkpoint)
	s.client.cfg.Log.Warn("a scope did not match the server's digest", "buckets", len(e.Repair.Buckets), "mended", intact)
	return intact, err
}

// queue hands work to the worker.
func (s *session) queue(work job) { s.waiting = append(s.waiting, work) }

func (s *session) unsent(context.Context) (peer.Event, error) {
	return peer.Outbox{Lanes: s.client.cfg.Replica.Unsent()}, nil
}

func (s *session) loadOutbox() { s.queue(s.unsent) }

func (s *session) reportStatus() {
	s.queue(func(ctx context.Context) (peer.Event, error) {
		outbox, err := s.client.cfg.Replica.Status(ctx)
		if err != nil {
			return nil, err
		}
		status := outbox.Wire()
		if s.client.cfg.Extra != nil {
			s.client.cfg.Extra(&status)
		}
		return peer.Report{Status: status}, nil
	})
}
