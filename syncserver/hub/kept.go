// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"errors"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Boxes makes and recognises what devices keep for the server: change sets that it
// wrote itself, under a signature that nobody else gives, sealed so that nobody else
// reads them. fleet.Identity is one: its keys lie outside the database.
type Boxes interface {
	// Keep signs the batch and returns it as a device is to send it back: a frame in
	// an envelope.
	Keep(b *wire.Batch) ([]byte, error)

	// Mine reports whether the signature over what a batch signs is its own.
	Mine(signed, signature []byte) bool
}

// keptBytes bounds the boxes that go with one checkpoint, in bytes of stored
// content: some thousands of records. What an import writes beyond that between two
// checkpoints of a device is the oldest of it, and no device keeps it; whoever
// imports much makes a backup.
const keptBytes = 1 << 20

// boxesOf returns what a device keeps with a checkpoint at to, if it holds the scope
// up to since.
func (c *changes) boxesOf(ctx context.Context, scope ident.Scope, since, to record.Version) (out []*wire.Kept, err error) {
	if c.boxes == nil {
		return nil, nil
	}
	list, err := c.store.Own(ctx, scope, since, to, keptBytes)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		data, err := c.boxes.Keep(b.Batch)
		if limit := (*record.LimitError)(nil); errors.As(err, &limit) {
			continue // no frame holds it, and none ever did
		}
		if err != nil {
			return nil, err
		}
		out = append(out, &wire.Kept{Lane: b.Lane, First: b.First, Last: b.Last(), Chain: b.After, Version: b.Version, Data: data})
	}
	return out, nil
}

func sizeOf(boxes []*wire.Kept) (n int) {
	for _, k := range boxes {
		n += len(k.Data)
	}
	return n
}

// adopt takes back what this server wrote and lost. If part of it has to wait, the
// device is asked to offer it again: Expect names its first number.
func (p *Port) adopt(ctx context.Context, b *wire.Batch) peer.Event {
	device, _ := p.device()
	taken, err := p.cfg.Store.Adopt(context.WithoutCancel(ctx), store.Adoption{Device: device, Batch: b, NowMS: p.cfg.nowMS()})
	if err != nil {
		return p.failed(ctx, "what the server wrote was not taken back", err)
	}
	if taken.New > 0 {
		p.cfg.Metrics.Adopted.Add(float64(taken.New))
		p.cfg.Log.Warn("a device brought back what this server had written and lost",
			"device", device.String(), "scope", string(b.Lane.Scope), "changeSets", taken.New)
	}
	if taken.Later {
		return peer.Committed{Lane: b.Lane, Gap: &wire.Expect{Lane: b.Lane, Number: b.First, Chain: b.Before}}
	}
	return p.receipted(ctx, b, taken.Receipts)
}
