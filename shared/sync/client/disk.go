// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"sync/atomic"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
)

// Disk carries out on a replica what the machine of one session asks of its
// device. It has no goroutine and no network, so that a simulator drives the
// very code that runs over a websocket. Make one per session; its methods may
// be called one at a time.
type Disk struct {
	cfg Config
	off atomic.Bool // as the control log said in this session; read by others than the caller of Do
}

// NewDisk returns the disk of one session. Of cfg it needs Replica, Device,
// Program, Reading and Nonce; Extra may be nil.
func NewDisk(cfg Config) *Disk { return &Disk{cfg: cfg} }

// Start returns the event that opens the session.
func (d *Disk) Start(ctx context.Context) (peer.Start, error) {
	control, err := d.cfg.Replica.Control(ctx)
	if err != nil {
		return peer.Start{}, err
	}
	trail, err := d.cfg.Replica.AuditEnd(ctx)
	if err != nil {
		return peer.Start{}, err
	}
	off, err := d.cfg.Replica.SwitchedOff(ctx)
	return peer.Start{
		Device: d.cfg.Device, Incarnation: d.cfg.Replica.Incarnation(),
		Nonce: d.cfg.Nonce(), Program: d.cfg.Program, Control: control, Trail: trail, Off: off,
	}, err
}

// Outbox returns what waits without a receipt: for the machine whenever this
// device has written something.
func (d *Disk) Outbox(ctx context.Context) (peer.Event, error) {
	offers, err := d.cfg.Replica.Offers(ctx)
	return peer.Outbox{Lanes: d.cfg.Replica.Outbox(), Offers: offers}, err
}

// Report returns how this device stands, for the server.
func (d *Disk) Report(ctx context.Context) (peer.Event, error) {
	outbox, err := d.cfg.Replica.Status(ctx)
	if err != nil {
		return nil, err
	}
	status := outbox.Wire()
	if d.cfg.Extra != nil {
		d.cfg.Extra(&status)
	}
	return peer.Report{Status: status}, nil
}

// SwitchedOff reports whether the control log, as far as this session brought
// it, says that the device is switched off.
func (d *Disk) SwitchedOff() bool { return d.off.Load() }

// Do carries out one effect, durably, and returns the event that answers it,
// or nil if none does. After an error the session has to end; the next one
// starts from what is durable. Send, Progress and End are the caller's own.
func (d *Disk) Do(ctx context.Context, eff peer.Effect) (peer.Event, error) {
	r := d.cfg.Replica
	switch e := eff.(type) {
	case peer.Offset:
		return nil, r.SetOffset(ctx, e.ServerMS, e.RoundTripMS)
	case peer.Prove:
		signature, err := r.Prove(e.Bytes)
		return peer.Proved{Signature: signature, Reading: d.cfg.Reading()}, err
	case peer.LoadOutbox:
		return d.Outbox(ctx)
	case peer.LoadOffer:
		box, err := r.Offer(ctx, e.Offer)
		return peer.Offered{Offer: e.Offer, Data: box}, err
	case peer.LoadFrame:
		return d.loadFrame(ctx, e)
	case peer.StoreReceipts:
		reopened, err := r.ApplyReceipts(ctx, e.Receipts)
		return peer.Receipted{Lane: e.Receipts.Lane, Reopened: reopened, Asked: e.Receipts.Asked}, err
	case peer.LoadAside:
		runs, err := r.Aside(ctx)
		return peer.Aside{Runs: runs}, err
	case peer.Rewind:
		if err := r.Expect(ctx, e.Expect); err != nil {
			return nil, err
		}
		return d.Outbox(ctx)
	case peer.NewLane:
		if err := r.CloseLane(ctx, e.Closed); err != nil {
			return nil, err
		}
		return d.Outbox(ctx)
	case peer.PutAside:
		if err := r.PutAside(ctx, e.Lane, e.Number); err != nil {
			return nil, err
		}
		d.cfg.Log.Warn("the server cannot read a change set: it was put aside", "scope", e.Lane.Scope, "number", e.Number)
		return d.Outbox(ctx)
	case peer.LoadCursors:
		return peer.Cursors{Cursors: r.Cursors()}, nil
	case peer.StoreCheckpoint:
		return d.storeCheckpoint(ctx, e)
	case peer.StoreSnapshot:
		return nil, r.BeginSnapshot(ctx, e.Snapshot)
	case peer.StorePiece:
		return nil, r.KeepPiece(ctx, e.Piece)
	case peer.LoadBuckets:
		version, sums, err := r.Buckets(e.Scope)
		return peer.Bucketed{Scope: e.Scope, Version: version, Sums: sums}, err
	case peer.CompareList:
		wanted, err := r.CompareList(e.Repair)
		return peer.Compared{Scope: e.Repair.Scope, Wanted: wanted}, err
	case peer.Forget:
		return nil, r.ResetScope(ctx, e.Scope, e.Reset)
	case peer.StoreControl:
		return d.storeControl(ctx, e)
	case peer.LoadTrail:
		part, err := r.AuditPart(ctx)
		return peer.Trail{Part: part}, err
	case peer.StoreTrail:
		return peer.TrailStored{}, r.AuditReceipted(ctx, e.Receipt)
	}
	return nil, nil
}

func (d *Disk) loadFrame(ctx context.Context, e peer.LoadFrame) (peer.Event, error) {
	loaded := peer.Loaded{Lane: e.Lane, From: e.From}
	most := record.MaxFrameSets
	if e.Alone {
		most = 1
	}
	f, err := d.cfg.Replica.NextFrame(ctx, e.Lane, e.From, most, record.MaxFrameBytes)
	if f != nil {
		loaded.To, loaded.Data = f.To, f.Data
	}
	return loaded, err
}

func (d *Disk) storeCheckpoint(ctx context.Context, e peer.StoreCheckpoint) (peer.Event, error) {
	c := e.Checkpoint.Cursor
	intact, err := d.apply(ctx, e)
	if err == nil && intact { // the server is told only of what a power cut cannot take
		err = d.cfg.Replica.Flush(ctx)
	}
	return peer.Stored{Scope: c.Scope, Version: c.Version, Intact: intact}, err
}

func (d *Disk) apply(ctx context.Context, e peer.StoreCheckpoint) (intact bool, err error) {
	r := d.cfg.Replica
	if e.Snapshot != nil {
		return r.ApplySnapshot(ctx, *e.Snapshot, e.Kept...)
	}
	if e.Wanted == nil {
		return r.ApplyCheckpoint(ctx, e.Rows, e.Checkpoint, e.Kept...)
	}
	intact, err = r.ApplyRepair(ctx, e.Wanted, e.Rows, e.Checkpoint, e.Kept...)
	d.cfg.Log.Warn("a scope did not match the server's digest",
		"buckets", len(e.Wanted.Repair.Buckets), "listed", len(e.Wanted.Repair.List), "wanted", len(e.Wanted.IDs), "mended", intact)
	return intact, err
}

func (d *Disk) storeControl(ctx context.Context, e peer.StoreControl) (peer.Event, error) {
	r := d.cfg.Replica
	acks, err := r.ApplyControl(ctx, e.Entries)
	if err != nil {
		return nil, err
	}
	off, err := r.SwitchedOff(ctx)
	if err != nil {
		return nil, err
	}
	d.off.Store(off)
	purges, err := r.Purges(ctx) // again in every session: the first confirmation may have been lost
	return peer.Controlled{Acks: append(purges, acks...)}, err
}
