// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"sync"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// deltaRows is about how many records one Rows message holds.
const deltaRows = 1000

// place says where a cursor stands: at its version when the server's log has
// the same hash there; otherwise the server was restored, or the device was
// with another server, and the device starts anew.
func (s *session) place(ctx context.Context, c wire.Cursor) peer.Event {
	placed := peer.Placed{Cursor: c}
	granted, err := s.granted(ctx, c)
	if err != nil || !granted {
		return placed
	}
	placed.Granted = true
	view, _ := s.hub.cfg.View(c.View)
	if c.Version == 0 || c.ViewVersion != view.Version() {
		return placed
	}
	hash, ok, err := s.hub.cfg.Store.LogHash(ctx, c.Scope, c.Version)
	if err != nil {
		s.cancel()
		return nil
	}
	if ok && hash == c.LogHash {
		placed.From = c.Version
		return placed
	}
	return s.reset(ctx, placed)
}

func (s *session) granted(ctx context.Context, c wire.Cursor) (bool, error) {
	device, _ := s.device()
	grants, err := s.hub.cfg.Store.Grants(ctx, device)
	if err != nil {
		return false, err
	}
	if _, ok := s.hub.cfg.View(c.View); !ok {
		return false, nil
	}
	for _, g := range grants {
		if g.Scope == c.Scope && g.View == c.View {
			return true, nil
		}
	}
	return false, nil
}

func (s *session) reset(ctx context.Context, placed peer.Placed) peer.Event {
	state, err := s.hub.cfg.Store.Scope(ctx, placed.Cursor.Scope)
	if err != nil {
		s.cancel()
		return nil
	}
	s.hub.cfg.Metrics.Resets.Inc()
	placed.Reset = &wire.Reset{
		Scope: placed.Cursor.Scope, Epoch: epochOf(state), From: state.Lineage.Current(placed.Cursor.Version),
	}
	for _, f := range state.Lineage {
		placed.Reset.Lineage = append(placed.Reset.Lineage, wire.LineageForking{Epoch: f.Epoch, From: f.From})
	}
	return placed
}

// epochOf is the epoch that a scope's next version is of. Its head tells only
// once something was written in that epoch.
func epochOf(state store.ScopeState) uint32 {
	if n := len(state.Lineage); n > 0 {
		return state.Lineage[n-1].Epoch
	}
	return state.Head.Epoch()
}

// load reads what changed, from the store or from what the last session
// asked for just now.
func (s *session) load(ctx context.Context, e peer.LoadChanges) peer.Event {
	select {
	case s.hub.loads <- struct{}{}:
		defer func() { <-s.hub.loads }()
	case <-ctx.Done():
		return nil
	}
	view, _ := s.hub.cfg.View(e.View)
	changed, err := s.hub.changes.load(ctx, e, view)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		s.hub.cfg.Log.Error("changes cannot be read", fault.Attr(err))
		return peer.Changed{Scope: e.Scope, Fault: fault.From(err)}
	}
	return changed
}

// changes reads and encodes what changed in a scope. While many devices
// follow one scope they mostly ask for the same: the newest answer of each
// (scope, view) is kept, and concurrent askers wait for one read.
type changes struct {
	store Store

	mu    sync.Mutex // protects cells
	cells map[cellKey]*cell
}

type cellKey struct {
	scope ident.Scope
	view  string
}

// cell is the newest answer of one (scope, view).
type cell struct {
	mu    sync.Mutex // held while the store is read
	asked peer.LoadChanges
	head  record.Version // the scope's head when it was read
	ready bool
	last  peer.Changed
}

// maxCells bounds what is kept; beyond it cells are dropped at random.
const maxCells = 1024

func newChanges(s Store) *changes { return &changes{store: s, cells: map[cellKey]*cell{}} }

func (c *changes) cell(key cellKey) *cell {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cl, ok := c.cells[key]; ok {
		return cl
	}
	for k := range c.cells {
		if len(c.cells) < maxCells {
			break
		}
		delete(c.cells, k)
	}
	cl := &cell{}
	c.cells[key] = cl
	return cl
}

func (c *changes) load(ctx context.Context, e peer.LoadChanges, view record.View) (peer.Changed, error) {
	state, err := c.store.Scope(ctx, e.Scope)
	if err != nil {
		return peer.Changed{}, err
	}
	cl := c.cell(cellKey{e.Scope, e.View})
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.ready && cl.asked == e && cl.head >= state.Head {
		return cl.last, nil
	}
	changed, err := c.read(ctx, e, view)
	if err != nil {
		return peer.Changed{}, err
	}
	if e.Since != 0 && changed.Checkpoint != nil { // what live devices ask for; first syncs would crowd it out
		cl.asked, cl.head, cl.last, cl.ready = e, changed.To, changed, true
	}
	return changed, nil
}

func (c *changes) read(ctx context.Context, e peer.LoadChanges, view record.View) (peer.Changed, error) {
	delta, err := c.store.Delta(ctx, e.Scope, view, e.Since, e.After, deltaRows)
	if err != nil {
		return peer.Changed{}, err
	}
	changed := peer.Changed{Scope: e.Scope, To: delta.To}
	for _, part := range wire.CutRows(delta.Rows) {
		data, err := wire.EncodeRows(part)
		if err != nil {
			return peer.Changed{}, err
		}
		changed.Rows = append(changed.Rows, &wire.Rows{Scope: e.Scope, Data: data})
	}
	if !delta.More {
		changed.Checkpoint = &wire.Checkpoint{
			Cursor: wire.Cursor{
				Scope: e.Scope, View: view.Name(), ViewVersion: view.Version(),
				Version: delta.To, LogHash: delta.State.LogHash,
			},
			Floor: delta.State.Floor, Digest: delta.Sum, Rows: delta.Live, Watermark: delta.State.Watermark,
		}
	}
	return changed, nil
}
