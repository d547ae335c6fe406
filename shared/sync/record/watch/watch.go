// SPDX-License-Identifier: Apache-2.0

// Package watch tells the watchers of a record.Store which records changed. It
// never waits for a watcher: one that is too slow loses ids and is told so.
package watch

import (
	"context"
	"sync"

	"yuexin/shared/ident"
)

// Queued is how many changed records a watcher may lag behind before it is told
// to read everything again.
const Queued = 256

// Hub is a set of watchers. The zero Hub is ready; it is safe for concurrent use.
type Hub struct {
	mu  sync.Mutex // guards all fields below
	all map[chan ident.Record]bool
}

// Add returns a new watcher's channel; it is closed when ctx ends.
func (h *Hub) Add(ctx context.Context) <-chan ident.Record {
	ch := make(chan ident.Record, Queued+1)
	h.mu.Lock()
	if h.all == nil {
		h.all = map[chan ident.Record]bool{}
	}
	h.all[ch] = true
	h.mu.Unlock()
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.all, ch)
		close(ch)
	})
	return ch
}

// Tell sends ids to every watcher. The last place of a queue is kept for the
// zero id, which means that ids were lost; after it nothing more comes until the
// watcher has read it.
func (h *Hub) Tell(ids ...ident.Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.all {
		for _, id := range ids {
			switch {
			case len(ch) < Queued:
				ch <- id
			case len(ch) == Queued:
				ch <- ident.Record{}
			}
		}
	}
}
