// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"errors"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// carryOut does what the machine asks for. Store work runs beside the loop.
func (s *session) carryOut(eff peer.Effect) {
	switch e := eff.(type) {
	case peer.Send:
		s.write(e.Message)
	case peer.End:
		if e.Fault != nil {
			s.describe(e.Fault.Key)
		}
		s.closed.Store(true)
	case peer.Lookup:
		s.spawn(func(ctx context.Context) peer.Event { return s.lookup(ctx, e.Device) })
	case peer.Check:
		s.public = e.Public
		s.step(peer.Checked{Valid: s.hub.cfg.Verify(e.Public, "yuexin session", e.Bytes, e.Signature)})
	case peer.Opened:
		s.open(e)
	case peer.Commit:
		s.spawn(func(ctx context.Context) peer.Event { return s.commit(ctx, e.Data) })
	case peer.LoadControl:
		s.spawn(func(ctx context.Context) peer.Event { return s.control(ctx, e.After) })
	case peer.AckControl:
		s.note(func(ctx context.Context, now time.Time) error {
			device, _ := s.device()
			return s.hub.cfg.Store.AckControl(ctx, device, *e.Ack, now)
		})
	case peer.Place:
		s.spawn(func(ctx context.Context) peer.Event { return s.place(ctx, e.Cursor) })
	case peer.LoadChanges:
		s.spawn(func(ctx context.Context) peer.Event { return s.load(ctx, e) })
	case peer.LoadRepair:
		s.spawn(func(ctx context.Context) peer.Event { return s.repair(ctx, e) })
	case peer.NoteStatus:
		s.seen(e.Status)
	case peer.Confirmed:
		s.hub.cfg.Metrics.Checkpoints.Inc()
	}
}

func (s *session) lookup(ctx context.Context, id ident.Device) peer.Event {
	d, err := s.hub.cfg.Store.Device(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return peer.Known{}
	case err != nil:
		s.hub.cfg.Log.Error("device cannot be looked up", fault.Attr(err))
		s.cancel()
		return nil
	}
	return peer.Known{Found: true, Off: d.Off, Public: d.Public}
}

func (s *session) open(e peer.Opened) {
	s.offset = e.Offset
	s.opened.Store(&e)
	_ = s.conn.SetReadDeadline(time.Now().Add(2 * peer.SilenceMS * time.Millisecond))
	s.seen(wire.Status{})
}

func (s *session) seen(status wire.Status) {
	o := s.opened.Load()
	if o == nil {
		return
	}
	s.note(func(ctx context.Context, now time.Time) error {
		return s.hub.cfg.Store.Seen(ctx, o.Device, o.Incarnation, o.Program, status, now)
	})
}

// note does store work whose result no machine waits for.
func (s *session) note(work func(ctx context.Context, now time.Time) error) {
	s.spawn(func(ctx context.Context) peer.Event {
		if err := work(ctx, s.hub.cfg.Now()); err != nil && ctx.Err() == nil {
			s.hub.cfg.Log.Error("a note about a device was not kept", fault.Attr(err))
		}
		return nil
	})
}

// commit verifies and commits one frame. Once begun it is not cut short by
// the end of the connection: the receipt waits for the device in the store.
func (s *session) commit(ctx context.Context, data []byte) peer.Event {
	batch, f := s.batch(data)
	if f != nil {
		s.hub.cfg.Metrics.Refused.Inc()
		return peer.Committed{Fault: f}
	}
	if err := batch.Verify(s.verify); err != nil {
		return s.unproved(ctx, batch)
	}
	// The lane may be of an older incarnation of the device: lanes of other
	// scopes go on when one was closed, and the device's key signed the frame.
	device, _ := s.device()
	receipts, err := s.hub.cfg.Store.Commit(context.WithoutCancel(ctx), store.Submission{
		Device: device, Batch: batch, Offset: s.offset, NowMS: s.hub.nowMS(),
	})
	var gap *store.GapError
	var fork *store.ForkError
	switch {
	case errors.As(err, &gap):
		return peer.Committed{Lane: batch.Lane, Gap: &wire.Expect{Lane: batch.Lane, Number: gap.Expect.Next, Chain: gap.Expect.Chain}}
	case errors.As(err, &fork):
		return closedLane(batch.Lane, fork.Last, wire.CloseFork)
	case err != nil:
		s.hub.cfg.Log.Error("frame was not committed", fault.Attr(err))
		return peer.Committed{Fault: fault.From(err), RetryMS: 5 * peer.RetryFirstMS}
	}
	s.hub.cfg.Metrics.ChangeSets.Add(float64(len(receipts)))
	scope, err := s.hub.cfg.Store.Scope(ctx, batch.Lane.Scope)
	if err != nil {
		return peer.Committed{Fault: fault.From(err), RetryMS: peer.RetryFirstMS}
	}
	return peer.Committed{Lane: batch.Lane, Receipts: receipts, Chain: batch.After, Epoch: scope.Lineage.Epoch()}
}

func (s *session) batch(data []byte) (*wire.Batch, *fault.Error) {
	plain, err := s.hub.cfg.Open(data)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "sync.envelope").WithCause(err)
	}
	batch, err := wire.DecodeFrame(plain)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "sync.frame").WithCause(err)
	}
	return batch, nil
}

func (s *session) verify(message, signature []byte) bool {
	return s.hub.cfg.Verify(s.public, "yuexin frame", message, signature)
}

// unproved closes a lane at its last good head; the device goes on in a new
// one.
func (s *session) unproved(ctx context.Context, batch *wire.Batch) peer.Event {
	state, err := s.hub.cfg.Store.Lane(ctx, batch.Lane)
	if err != nil {
		return peer.Committed{Fault: fault.From(err), RetryMS: peer.RetryFirstMS}
	}
	s.hub.cfg.Metrics.Refused.Inc()
	return closedLane(batch.Lane, state, wire.CloseUnproved)
}

func closedLane(lane record.Lane, state store.LaneState, why wire.CloseReason) peer.Event {
	return peer.Committed{Lane: lane, Closed: &wire.LaneClosed{
		Lane: lane, Last: state.Next - 1, Chain: state.Chain, Reason: why,
	}}
}

func (s *session) control(ctx context.Context, after uint64) peer.Event {
	device, _ := s.device()
	entries, err := s.hub.cfg.Store.Control(ctx, device, after)
	if err != nil {
		if ctx.Err() == nil {
			s.hub.cfg.Log.Error("control log cannot be read", fault.Attr(err))
		}
		s.cancel()
		return nil
	}
	return peer.ControlLoaded{Entries: entries}
}
