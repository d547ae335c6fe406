// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"sync"

	"yuexin/shared/ident"
)

// maxWaiting is how many scopes wait for a slow receiver before it is told to
// look at all of them.
const maxWaiting = 256

// watchers tells receivers which scopes moved. The writer never waits for one.
type watchers struct {
	// mu protects all fields below and those of every watcher.
	mu     sync.Mutex
	all    map[*watcher]struct{}
	closed bool
}

type watcher struct {
	waiting map[ident.Scope]struct{}
	wake    chan struct{} // has room for one
}

func (w *watchers) moved(scopes map[ident.Scope]struct{}) {
	if len(scopes) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		for s := range scopes {
			one.addLocked(s)
		}
		select {
		case one.wake <- struct{}{}:
		default:
		}
	}
}

func (w *watcher) addLocked(s ident.Scope) {
	if _, every := w.waiting[""]; every {
		return
	}
	if len(w.waiting) >= maxWaiting {
		clear(w.waiting)
		s = ""
	}
	w.waiting[s] = struct{}{}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for one := range w.all {
		close(one.wake)
	}
	clear(w.all)
}

// Watch implements store.Store. The channel is closed when ctx or the store
// ends.
func (s *Store) Watch(ctx context.Context) <-chan ident.Scope {
	out := make(chan ident.Scope)
	w := &s.watchers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(out)
		return out
	}
	one := &watcher{waiting: make(map[ident.Scope]struct{}), wake: make(chan struct{}, 1)}
	w.all[one] = struct{}{}
	go w.pass(ctx, s.closing, one, out)
	return out
}

func (w *watchers) pass(ctx context.Context, closing <-chan struct{}, one *watcher, out chan<- ident.Scope) {
	defer close(out)
	defer func() {
		w.mu.Lock()
		delete(w.all, one)
		w.mu.Unlock()
	}()
	for {
		select {
		case _, open := <-one.wake:
			if !open {
				return
			}
		case <-ctx.Done():
			return
		}
		for _, s := range w.take(one) {
			select {
			case out <- s:
			case <-ctx.Done():
				return
			case <-closing:
				return
			}
		}
	}
}

func (w *watchers) take(one *watcher) (scopes []ident.Scope) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range one.waiting {
		scopes = append(scopes, s)
	}
	clear(one.waiting)
	return scopes
}
