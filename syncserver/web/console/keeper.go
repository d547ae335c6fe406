// SPDX-License-Identifier: Apache-2.0

package console

import (
	"slices"
	"sync"
	"time"
)

// keeper holds the sessions of those who are logged in; nobody else has one,
// so there are no more than people. The one of scs/memstore clears old ones in
// a goroutine that cannot be stopped without a race; this one does so while it
// is asked.
type keeper struct {
	now func() time.Time

	mu    sync.Mutex // protects all below
	held  map[string]heldSession
	swept time.Time
}

type heldSession struct {
	data []byte
	last time.Time // of its last change
}

func newKeeper(now func() time.Time) *keeper {
	return &keeper{now: now, held: map[string]heldSession{}, swept: now()}
}

// Find implements scs.Store.
func (k *keeper) Find(token string) (data []byte, found bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, found := k.held[token]
	if !found || k.now().Sub(s.last) > lifetime {
		return nil, false, nil
	}
	return slices.Clone(s.data), true, nil
}

// Commit implements scs.Store. The expiry is not asked for: a session ends by
// the console's own clock.
func (k *keeper) Commit(token string, data []byte, _ time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if now.Sub(k.swept) > idleTimeout {
		k.sweepLocked(now)
	}
	k.held[token] = heldSession{data: slices.Clone(data), last: now}
	return nil
}

// Delete implements scs.Store.
func (k *keeper) Delete(token string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.held, token)
	return nil
}

func (k *keeper) sweepLocked(now time.Time) {
	k.swept = now
	for token, s := range k.held {
		if now.Sub(s.last) > idleTimeout {
			delete(k.held, token)
		}
	}
}
