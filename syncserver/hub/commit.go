// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"errors"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// commit verifies and commits one frame. Once begun it is not cut short by
// the end of the connection: the receipt waits for the device in the store.
func (p *Port) commit(ctx context.Context, e peer.Commit) peer.Event {
	return p.judged(ctx, func(frame *judging) peer.Event { return p.judge(ctx, e, frame) })
}

func (p *Port) judge(ctx context.Context, e peer.Commit, frame *judging) peer.Event {
	batch, f := p.batch(e.Data)
	if f != nil {
		p.cfg.Metrics.Refused.Inc()
		return peer.Committed{Fault: f}
	}
	if slices.Contains(e.Void, batch.Lane.Scope) {
		return peer.Committed{}
	}
	err := batch.Verify(p.verify)
	if errors.Is(err, wire.ErrSignature) && p.cfg.Boxes != nil && batch.Verify(p.cfg.Boxes.Mine) == nil {
		return p.adopt(ctx, batch)
	}
	if err != nil {
		return p.unproved(ctx, batch)
	}
	frame.batch = batch
	// The lane may be of an older incarnation of the device: lanes of other
	// scopes go on when one was closed, and the device's key signed the frame.
	o := p.opened.Load()
	receipts, err := p.cfg.Store.Commit(context.WithoutCancel(ctx), store.Submission{
		Device: o.Device, Batch: batch, Offset: o.Offset, NowMS: p.cfg.nowMS(),
	})
	var gap *store.GapError
	var fork *store.ForkError
	switch {
	case errors.As(err, &gap):
		return peer.Committed{Lane: batch.Lane, Gap: &wire.Expect{Lane: batch.Lane, Number: gap.Expect.Next, Chain: gap.Expect.Chain}}
	case errors.As(err, &fork):
		return closedLane(batch.Lane, fork.Last, wire.CloseFork)
	case err != nil:
		return p.failed(ctx, "frame was not committed", err)
	}
	frame.committed = true
	return p.receipted(ctx, batch, receipts)
}

func (p *Port) receipted(ctx context.Context, batch *wire.Batch, receipts []record.Receipt) peer.Event {
	p.cfg.Metrics.ChangeSets.Add(float64(len(receipts)))
	scope, err := p.cfg.Store.Scope(ctx, batch.Lane.Scope)
	if err != nil {
		return p.failed(ctx, "scope cannot be read", err)
	}
	return peer.Committed{Lane: batch.Lane, Receipts: receipts, Chain: batch.After, Epoch: scope.Lineage.Epoch()}
}

// answer returns stored receipts to a device that asks what became of what was
// quarantined.
func (p *Port) answer(ctx context.Context, ask *wire.Ask) peer.Event {
	device, _ := p.device()
	receipts, chain, err := p.cfg.Store.Answer(ctx, device, ask.Lane, ask.From, ask.To)
	if err != nil {
		return p.failed(ctx, "receipts cannot be read", err)
	}
	scope, err := p.cfg.Store.Scope(ctx, ask.Lane.Scope)
	if err != nil {
		return p.failed(ctx, "scope cannot be read", err)
	}
	return peer.Answered{Lane: ask.Lane, Receipts: receipts, Chain: chain, Epoch: scope.Lineage.Epoch()}
}

func (p *Port) batch(data []byte) (*wire.Batch, *fault.Error) {
	plain, err := p.cfg.Open(data)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "sync.envelope").WithCause(err)
	}
	batch, err := wire.DecodeFrame(plain)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "sync.frame").WithCause(err)
	}
	return batch, nil
}

func (p *Port) verify(message, signature []byte) bool {
	return p.cfg.Verify(p.public, "yuexin frame", message, signature)
}

// unproved closes a lane at its last good head; the device goes on in a new
// one.
func (p *Port) unproved(ctx context.Context, batch *wire.Batch) peer.Event {
	state, err := p.cfg.Store.Lane(ctx, batch.Lane)
	if err != nil {
		return p.failed(ctx, "lane cannot be read", err)
	}
	p.cfg.Metrics.Refused.Inc()
	return closedLane(batch.Lane, state, wire.CloseUnproved)
}

func closedLane(lane record.Lane, state store.LaneState, why wire.CloseReason) peer.Event {
	return peer.Committed{Lane: lane, Closed: &wire.LaneClosed{
		Lane: lane, Last: state.Next - 1, Chain: state.Chain, Reason: why,
	}}
}
