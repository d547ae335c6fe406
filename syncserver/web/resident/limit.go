// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// allowance is how often one plate or one address may do something.
type allowance struct {
	burst int           // at once
	every time.Duration // one more each
}

// The allowances. A village may reach the server through one address of its
// mobile network, so an address may do more than a plate. All are ours, chosen
// so that a family's honest use never meets them.
var (
	readPlate     = allowance{burst: 60, every: 2 * time.Second}
	readAddress   = allowance{burst: 240, every: 500 * time.Millisecond}
	demandPlate   = allowance{burst: 4, every: 30 * time.Minute}
	demandAddress = allowance{burst: 20, every: 3 * time.Minute}
	objectPlate   = allowance{burst: 12, every: 10 * time.Minute}
	objectAddress = allowance{burst: 40, every: 3 * time.Minute}
	draftPlate    = allowance{burst: 12, every: 10 * time.Minute}
	draftAddress  = allowance{burst: 60, every: time.Minute}
)

// maxTracked is how many plates, addresses or receipt numbers each limiter
// remembers: about 10 MB.
const maxTracked = 50_000

// limiter grants an allowance to each of many keys.
type limiter struct {
	allowance

	mu   sync.Mutex
	keys *lru[rate.Limiter] // guarded by mu
}

func newLimiter(a allowance) *limiter {
	return &limiter{allowance: a, keys: newLRU[rate.Limiter](maxTracked)}
}

// take uses one of key's allowance and returns 0, or uses nothing and returns
// how long to wait.
func (l *limiter) take(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.keys.get(key, func() *rate.Limiter { return rate.NewLimiter(rate.Every(l.every), l.burst) })
	reserved := of.ReserveN(now, 1)
	wait := reserved.DelayFrom(now)
	if wait > 0 {
		reserved.CancelAt(now)
	}
	return wait
}

// pair limits plate and address together.
type pair struct{ plate, address *limiter }

func newPair(plate, address allowance) pair {
	return pair{plate: newLimiter(plate), address: newLimiter(address)}
}

// take is limiter.take for both; the longer wait counts.
func (p pair) take(plate, address string, now time.Time) time.Duration {
	if wait := p.address.take(address, now); wait > 0 {
		return wait
	}
	return p.plate.take(plate, now)
}
