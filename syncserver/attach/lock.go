// SPDX-License-Identifier: Apache-2.0

package attach

import (
	"context"
	"sync"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
)

// locker lets one request at a time write to an upload. A device that comes again
// while its last connection hangs interrupts that one; tusd may be interrupted
// only once it has begun to read what the device sends (in its version 2.8.0 the two
// race before), which is when WriteChunk is called.
type locker struct {
	inner *memorylocker.MemoryLocker

	mu   sync.Mutex
	held map[string]*lock // that write now, by upload
}

func newLocker() *locker {
	return &locker{inner: memorylocker.New(), held: map[string]*lock{}}
}

// NewLock implements handler.Locker.
func (l *locker) NewLock(id string) (handler.Lock, error) {
	inner, err := l.inner.NewLock(id)
	return &lock{inner: inner, of: l, id: id, reading: make(chan struct{}), done: make(chan struct{})}, err
}

// begun notes that what is sent to an upload is being read.
func (l *locker) begun(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.held[id]; h != nil {
		h.once.Do(func() { close(h.reading) })
	}
}

type lock struct {
	inner   handler.Lock
	of      *locker
	id      string
	once    sync.Once
	reading chan struct{}
	done    chan struct{}
}

// Lock implements handler.Lock.
func (l *lock) Lock(ctx context.Context, release func()) error {
	err := l.inner.Lock(ctx, func() {
		go func() {
			select {
			case <-l.reading:
				release()
			case <-l.done:
			}
		}()
	})
	if err == nil {
		l.of.mu.Lock()
		l.of.held[l.id] = l
		l.of.mu.Unlock()
	}
	return err
}

// Unlock implements handler.Lock.
func (l *lock) Unlock() error {
	l.of.mu.Lock()
	if l.of.held[l.id] == l {
		delete(l.of.held, l.id)
	}
	l.of.mu.Unlock()
	close(l.done)
	return l.inner.Unlock()
}
