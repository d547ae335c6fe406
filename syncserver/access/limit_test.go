// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yuexin/syncserver/access"
)

var delays = access.Delays{Free: 2, First: time.Second, Most: 10 * time.Second, Forget: time.Hour, Keys: 3}

func TestThrottleDoubles(t *testing.T) {
	c := newClock()
	throttle := access.NewThrottle(delays, c.Now)
	want := []time.Duration{0, 0, 0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second}
	for i, wait := range want {
		if got := throttle.Try("a"); got != wait {
			t.Fatalf("try %d: wait %v, want %v", i, got, wait)
		}
		if wait > 0 {
			c.advance(wait - time.Millisecond)
			if got := throttle.Try("a"); got != time.Millisecond {
				t.Fatalf("try %d, too soon: wait %v", i, got)
			}
			c.advance(time.Millisecond)
			if got := throttle.Try("a"); got != 0 {
				t.Fatalf("try %d, after the wait: wait %v", i, got)
			}
		}
	}
	if got := throttle.Try("b"); got != 0 {
		t.Errorf("another key waits %v", got)
	}
	c.advance(time.Hour)
	for range 3 {
		if got := throttle.Try("a"); got != 0 {
			t.Errorf("after an hour of peace: wait %v", got)
		}
	}
}

func TestThrottleUndoAndClear(t *testing.T) {
	throttle := access.NewThrottle(delays, newClock().Now)
	for range 50 {
		if wait := throttle.Try("a"); wait != 0 {
			t.Fatalf("tries that were right are counted: wait %v", wait)
		}
		throttle.Undo("a")
	}
	for range 3 {
		throttle.Try("a")
	}
	throttle.Clear("a")
	if wait := throttle.Try("a"); wait != 0 {
		t.Errorf("after Clear: wait %v", wait)
	}
	throttle.Undo("unknown")
}

func TestThrottleCountsTriesAtTheSameMoment(t *testing.T) {
	throttle := access.NewThrottle(delays, newClock().Now)
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if throttle.Try("a") == 0 {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if got := passed.Load(); got != 3 {
		t.Errorf("%d of 100 passed, want 3", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	throttle := access.NewThrottle(delays, newClock().Now)
	limiter := access.NewLimiter(1, 1, 3, newClock().Now)
	for i := range 1000 {
		throttle.Try(fmt.Sprint(i))
		limiter.Allow(fmt.Sprint(i))
	}
	if a, b := access.Remembered(throttle, limiter); a != 3 || b != 3 {
		t.Errorf("%d and %d keys are remembered, want 3 of each", a, b)
	}
}

func TestLimiter(t *testing.T) {
	c := newClock()
	limiter := access.NewLimiter(2, 3, 10, c.Now)
	for i := range 3 {
		if wait := limiter.Allow("a"); wait != 0 {
			t.Fatalf("event %d waits %v", i, wait)
		}
	}
	for range 100 { // refused events take nothing
		if wait := limiter.Allow("a"); wait != 500*time.Millisecond {
			t.Fatalf("wait %v, want 500ms", wait)
		}
	}
	if wait := limiter.Allow("b"); wait != 0 {
		t.Errorf("another key waits %v", wait)
	}
	c.advance(500 * time.Millisecond)
	if wait := limiter.Allow("a"); wait != 0 {
		t.Errorf("after the wait: %v", wait)
	}
}

func TestAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"10.1.2.3:4567":             "10.1.2.3",
		"10.1.2.3":                  "10.1.2.3",
		"[::ffff:10.1.2.3]:80":      "10.1.2.3",
		"[2001:db8:1:2:3::4]:80":    "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::9]:80": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80":         "fe80::/64",
		"@":                         "@",
	} {
		if got := access.Address(remote); got != want {
			t.Errorf("Address(%q) = %q, want %q", remote, got, want)
		}
	}
}

func TestSecondsRoundUp(t *testing.T) {
	for wait, want := range map[time.Duration]int64{time.Nanosecond: 1, time.Second: 1, 1001 * time.Millisecond: 2} {
		if got := access.Seconds(wait); got != want {
			t.Errorf("Seconds(%v) = %d, want %d", wait, got, want)
		}
	}
}
