// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// maxLineage is how many forks a Reset names, the newest; only the last one
// matters to a device.
const maxLineage = 64

// place says where a cursor stands: at its version when the server's log has
// the same hash there; otherwise the server was restored, or the device was
// with another server, and the device starts anew.
func (p *Port) place(ctx context.Context, c wire.Cursor) peer.Event {
	placed := peer.Placed{Cursor: c}
	granted, err := p.granted(ctx, c)
	if err != nil {
		return p.failed(ctx, "grants cannot be read", err)
	}
	if !granted {
		return p.denied(ctx, placed)
	}
	placed.Granted = true
	w := witness{store: p.cfg.Store, cursor: c}
	if err := w.hear(ctx); err != nil {
		return p.failed(ctx, "a cursor cannot be placed", err)
	}
	placed.Expect = w.expect
	if opened := p.opened.Load(); opened != nil && len(w.lost) > 0 { // the list of devices was restored as well
		if placed.Told, err = p.cfg.Store.CatchUp(ctx, opened.Device, opened.Control, p.cfg.Now()); err != nil {
			return p.failed(ctx, "the control log cannot catch up", err)
		}
		if placed.Told {
			p.grew(opened.Device)
		}
	}
	view, _ := p.cfg.View(c.View)
	switch {
	case w.parted:
		p.cfg.Metrics.Resets.Inc()
		placed.Reset = resetOf(c, w.state)
	case c.ViewVersion == view.Version():
		placed.From = c.Version
	case c.Version != 0:
		return p.renewed(ctx, placed)
	}
	return placed
}

// renewed tells a device that holds a scope in another version of its view to purge
// it, and confirm that, before it pulls it anew: the new one may hold less. Under
// either all of the scope is pulled again.
func (p *Port) renewed(ctx context.Context, placed peer.Placed) peer.Event {
	device, _ := p.device()
	said, err := p.cfg.Store.Renew(ctx, device, placed.Cursor.Scope, p.cfg.Now())
	if err != nil {
		return p.failed(ctx, "a view cannot be renewed", err)
	}
	placed.Granted, placed.Told = false, true // what was said before may be on its way
	if said {
		p.grew(device)
	}
	return placed
}

// denied tells a device to purge what it asks for and may not hold, if nothing in
// its control log can have said so. It is not placed either way; what it handed in
// and a restore lost it is asked for first, since it asks for the scope no more.
func (p *Port) denied(ctx context.Context, placed peer.Placed) peer.Event {
	w := witness{store: p.cfg.Store, cursor: placed.Cursor}
	if err := w.compareLanes(ctx); err != nil {
		return p.failed(ctx, "lanes cannot be compared", err)
	}
	placed.Expect = w.expect
	opened := p.opened.Load()
	if opened == nil {
		return nil // it was opened before anything is placed
	}
	// What is said under a number that the device has heard in another meaning, it is not sent.
	behind, err := p.cfg.Store.CatchUp(ctx, opened.Device, opened.Control, p.cfg.Now())
	if err != nil {
		return p.failed(ctx, "the control log cannot catch up", err)
	}
	denied, err := p.cfg.Store.Deny(ctx, opened.Device, placed.Cursor.Scope, p.cfg.Now())
	if err != nil {
		return p.failed(ctx, "a scope cannot be denied", err)
	}
	if placed.Told = behind || denied; placed.Told {
		p.grew(opened.Device)
	}
	return placed
}

func (p *Port) granted(ctx context.Context, c wire.Cursor) (bool, error) {
	device, _ := p.device()
	grants, err := p.cfg.Store.Grants(ctx, device)
	if err != nil {
		return false, err
	}
	if _, ok := p.cfg.View(c.View); !ok {
		return false, nil
	}
	for _, g := range grants {
		if g.Scope == c.Scope && g.View == c.View {
			return true, nil
		}
	}
	return false, nil
}

// witness is a device that tells what it was given of a scope. By that the
// server notices that it has forgotten, even if nobody told it that it was
// restored.
type witness struct {
	store  Store
	cursor wire.Cursor

	shared record.Version   // newest version at which both have the same log
	lost   []record.Version // newer ones that are the device's alone
	parted bool             // the cursor itself cannot be continued
	expect []*wire.Expect   // lanes of which the device has receipts and the server nothing
	state  store.ScopeState
}

// hear compares what the device tells with the store, and lets the store know
// where they part.
func (w *witness) hear(ctx context.Context) error {
	if err := w.compareLog(ctx); err != nil {
		return err
	}
	w.parted = len(w.lost) > 0 && w.cursor.Version != 0
	if err := w.compareLanes(ctx); err != nil || len(w.lost) == 0 {
		return err
	}
	var err error
	w.state, err = w.store.Parted(ctx, w.cursor.Scope, w.shared, w.lost...)
	return err
}

// compareLog finds the newest version at which the device's log is the store's.
func (w *witness) compareLog(ctx context.Context) error {
	points := w.cursor.Marks
	if w.cursor.Version != 0 {
		points = append([]wire.Mark{{Version: w.cursor.Version, LogHash: w.cursor.LogHash}}, points...)
	}
	for _, p := range points {
		hash, ok, err := w.store.LogHash(ctx, w.cursor.Scope, p.Version)
		if err != nil {
			return err
		}
		if ok && hash == p.LogHash {
			w.shared = p.Version
			return nil
		}
		w.lost = append(w.lost, p.Version)
	}
	return nil
}

// compareLanes finds the lanes whose receipts the store has forgotten, or that
// another copy of the device's disk has filled otherwise since.
func (w *witness) compareLanes(ctx context.Context) error {
	agreed := len(w.lost) == 0
	for _, end := range w.cursor.Lanes {
		lane := record.Lane{Incarnation: end.Incarnation, Scope: w.cursor.Scope}
		expect, err := w.missing(ctx, lane, end)
		if err != nil {
			return err
		}
		if expect == nil {
			continue
		}
		w.expect = append(w.expect, expect)
		if agreed && end.Version > w.shared {
			w.lost = append(w.lost, end.Version)
		}
	}
	return nil
}

// missing returns where the store expects a lane to go on; nil if it has what the
// device has receipts of, and the version that they name.
func (w *witness) missing(ctx context.Context, lane record.Lane, end wire.LaneEnd) (*wire.Expect, error) {
	chain, known, err := w.store.LaneChain(ctx, lane, end.Number)
	if err != nil {
		return nil, err
	}
	if !known {
		state, err := w.store.Lane(ctx, lane)
		return &wire.Expect{Lane: lane, Number: state.Next, Chain: state.Chain}, err
	}
	given := chain == end.Chain
	if given && end.Version != 0 {
		_, given, err = w.store.LogHash(ctx, w.cursor.Scope, end.Version)
	}
	if given || err != nil {
		return nil, err
	}
	return &wire.Expect{Lane: lane, Number: 1, Chain: wire.LaneStart(lane)}, nil
}

// resetOf tells a device what of its cursor is left.
func resetOf(c wire.Cursor, state store.ScopeState) *wire.Reset {
	r := &wire.Reset{Scope: c.Scope, Epoch: state.Lineage.Epoch(), From: state.Lineage.Current(c.Version)}
	for _, f := range state.Lineage[max(0, len(state.Lineage)-maxLineage):] {
		r.Lineage = append(r.Lineage, wire.LineageForking{Epoch: f.Epoch, From: f.From})
	}
	return r
}
