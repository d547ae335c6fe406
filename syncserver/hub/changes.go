// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"sync"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// load reads what changed, from the store or from what the last session
// asked for just now.
func (p *Port) load(ctx context.Context, e peer.LoadChanges) peer.Event {
	view, _ := p.cfg.View(e.View)
	changed, err := p.changes.load(ctx, e, view)
	if err != nil {
		return p.failed(ctx, "changes cannot be read", err)
	}
	return changed
}

// changes reads and encodes what changed in a scope. While many devices
// follow one scope they mostly ask for the same: the newest answer of each
// (scope, view) is kept, and concurrent askers wait for one read.
type changes struct {
	store Store
	boxes Boxes
	page  int           // records of one answer
	slots chan struct{} // bounds concurrent reads of the store

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

// maxCellBoxes bounds the boxes of an answer that is kept, in bytes: an import is
// not.
const maxCellBoxes = 64 << 10

// maxReads is how many sessions read the store at once.
const maxReads = 16

func newChanges(cfg Config) *changes {
	return &changes{
		store: cfg.Store, boxes: cfg.Boxes, page: cfg.PageRows, slots: make(chan struct{}, maxReads), cells: map[cellKey]*cell{},
	}
}

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
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return peer.Changed{}, ctx.Err()
	}
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
	if e.Since != 0 && changed.Checkpoint != nil && sizeOf(changed.Kept) <= maxCellBoxes { // what live devices ask for; first syncs would crowd it out
		cl.asked, cl.head, cl.last, cl.ready = e, changed.To, changed, true
	}
	return changed, nil
}

func (c *changes) read(ctx context.Context, e peer.LoadChanges, view record.View) (peer.Changed, error) {
	delta, err := c.store.Delta(ctx, e.Scope, view, store.From{Since: e.Since, After: e.After, Began: e.Began}, c.page)
	if err != nil {
		return peer.Changed{}, err
	}
	changed := peer.Changed{Asked: e, To: delta.To, Began: delta.Began}
	if changed.Rows, err = encoded(e.Scope, delta.Rows); err != nil {
		return peer.Changed{}, err
	}
	if !delta.More {
		if changed.Kept, err = c.boxesOf(ctx, e.Scope, e.Since, delta.To); err != nil {
			return peer.Changed{}, err
		}
		changed.Checkpoint = checkpointOf(e.Scope, view, delta)
		changed.Checkpoint.Since = e.Since
	}
	return changed, nil
}

func encoded(scope ident.Scope, rows []wire.RowDelta) (out []*wire.Rows, err error) {
	for _, part := range wire.CutRows(rows) {
		data, err := wire.EncodeRows(part)
		if err != nil {
			return nil, err
		}
		out = append(out, &wire.Rows{Scope: scope, Data: data})
	}
	return out, nil
}

func checkpointOf(scope ident.Scope, view record.View, delta store.Delta) *wire.Checkpoint {
	return &wire.Checkpoint{
		Cursor: wire.Cursor{
			Scope: scope, View: view.Name(), ViewVersion: view.Version(),
			Version: delta.To, LogHash: delta.State.LogHash,
		},
		Floor: delta.State.Floor, Digest: delta.Sum, Rows: delta.Live, Watermark: delta.State.Watermark,
	}
}
