// SPDX-License-Identifier: Apache-2.0

package access

import (
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"yuexin/shared/fault"
)

// Limiter bounds how often each key may do something: a token bucket per key,
// for the most recent keys. It is safe for concurrent use.
type Limiter struct {
	every rate.Limit
	burst int
	now   func() time.Time

	mu      sync.Mutex // protects buckets
	buckets *recent[*rate.Limiter]
}

// NewLimiter allows each key perSecond events on average and burst at once, and
// remembers at most keys of them.
func NewLimiter(perSecond float64, burst, keys int, now func() time.Time) *Limiter {
	return &Limiter{every: rate.Limit(perSecond), burst: burst, now: now, buckets: newRecent[*rate.Limiter](keys)}
}

// Allow takes one event of key and returns 0, or returns how long to wait
// before the next is allowed and takes nothing.
func (l *Limiter) Allow(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.buckets.get(key, func() *rate.Limiter { return rate.NewLimiter(l.every, l.burst) })
	now := l.now()
	r := bucket.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait
	}
	return 0
}

// Delays says how a Throttle slows down.
type Delays struct {
	Free   int           // wrong tries without any wait
	First  time.Duration // wait after the next one; it doubles with each
	Most   time.Duration // longest wait
	Forget time.Duration // without a wrong try for so long, all is forgotten
	Keys   int           // how many keys are remembered
}

// Throttle slows down whoever is wrong again and again: after a few free tries
// the wait before the next doubles with each. It is safe for concurrent use.
//
// Every try is counted as wrong when it begins and taken back when it was not,
// so a thousand tries at the same moment get no further than one after another.
type Throttle struct {
	delays Delays
	now    func() time.Time

	mu    sync.Mutex // protects wrong
	wrong *recent[*tries]
}

type tries struct {
	count int
	last  time.Time // when the last one began
}

// NewThrottle returns a throttle that has seen nothing yet.
func NewThrottle(d Delays, now func() time.Time) *Throttle {
	return &Throttle{delays: d, now: now, wrong: newRecent[*tries](d.Keys)}
}

// Try begins a try of key and returns 0, or returns how long to wait and counts
// nothing.
func (t *Throttle) Try(key string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	seen := t.wrong.get(key, func() *tries { return &tries{} })
	if now.Sub(seen.last) >= t.delays.Forget {
		*seen = tries{}
	}
	if wait := seen.last.Add(t.delays.after(seen.count)).Sub(now); seen.count > 0 && wait > 0 {
		return wait
	}
	seen.count++
	seen.last = now
	return 0
}

// after returns the wait after so many wrong tries.
func (d Delays) after(count int) time.Duration {
	wait := d.First
	if count <= d.Free {
		return 0
	}
	for range count - d.Free - 1 {
		if wait >= d.Most {
			break
		}
		wait *= 2
	}
	return min(wait, d.Most)
}

// Undo takes one try of key back: it was not wrong.
func (t *Throttle) Undo(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seen, found := t.wrong.peek(key); found && seen.count > 1 {
		seen.count--
	} else {
		t.wrong.drop(key)
	}
}

// Clear forgets all tries of key.
func (t *Throttle) Clear(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrong.drop(key)
}

// TooSoon is the fault for a wait: fault.RateLimited with the message key and
// the wait in whole seconds, rounded up, as {seconds}.
func TooSoon(key string, wait time.Duration) *fault.Error {
	return fault.New(fault.RateLimited, key).With("seconds", strconv.FormatInt(Seconds(wait), 10))
}

// Seconds rounds a wait up to whole seconds.
func Seconds(wait time.Duration) int64 { return int64((wait + time.Second - 1) / time.Second) }

// Address returns by what the sender of a request is counted: the IPv4 address,
// or the /64 network of an IPv6 address, which one household or office has
// whole. remote is http.Request.RemoteAddr; text that is no address is returned
// as it is.
func Address(remote string) string {
	addr, err := netip.ParseAddr(remote)
	if err != nil {
		both, err := netip.ParseAddrPort(remote)
		if err != nil {
			return remote
		}
		addr = both.Addr()
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr.String() // cannot happen: an IPv6 address has 128 bits
	}
	return prefix.String()
}
