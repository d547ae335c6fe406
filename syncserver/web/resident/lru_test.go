// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"strconv"
	"testing"
	"time"
)

func TestLRUForgetsTheLeastUsed(t *testing.T) {
	l := newLRU[int](3)
	made := 0
	get := func(key string) int {
		return *l.get(key, func() *int { made++; n := made; return &n })
	}
	for _, tt := range []struct {
		key  string
		want int
	}{{"a", 1}, {"b", 2}, {"c", 3}, {"a", 1}, {"d", 4}, {"a", 1}, {"c", 3}, {"b", 5}} {
		if got := get(tt.key); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.key, got, tt.want)
		}
		if l.order.Len() > 3 || len(l.items) != l.order.Len() {
			t.Fatalf("got %d and %d entries, want at most 3", l.order.Len(), len(l.items))
		}
	}
}

// Strangers cannot fill the memory, and their passing does not free a plate
// that is in use.
func TestLimiterIsBounded(t *testing.T) {
	l := newLimiter(allowance{burst: 1, every: time.Hour})
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	l.take("plate", now)
	for i := range 2 * maxTracked {
		l.take(strconv.Itoa(i), now)
		if i%1000 == 0 {
			l.take("plate", now)
		}
	}
	if got := l.keys.order.Len(); got != maxTracked {
		t.Errorf("got %d entries, want %d", got, maxTracked)
	}
	if wait := l.take("plate", now); wait != time.Hour {
		t.Errorf("got a wait of %v, want 1h", wait)
	}
}

func TestSteps(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: answerStep, time.Millisecond: answerStep - time.Millisecond, answerStep + 5: answerStep - 5, -time.Second: answerStep,
	} {
		if got := rest(took); got != want {
			t.Errorf("after %v: got %v, want %v", took, got, want)
		}
	}
}
