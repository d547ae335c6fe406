// SPDX-License-Identifier: Apache-2.0

package idle_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/idle"
)

func TestWatch(t *testing.T) {
	p, err := idle.Parse(strings.NewReader(`{"version": 1, "minutes": 15, "warn_seconds": 30}`))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var w idle.Watch
	w.Touch(start)
	for _, tc := range []struct {
		after time.Duration
		want  idle.State
		left  time.Duration
	}{
		{0, idle.Calm, 15 * time.Minute}, {14*time.Minute + 29*time.Second, idle.Calm, 31 * time.Second},
		{14*time.Minute + 30*time.Second, idle.Warn, 30 * time.Second}, {15 * time.Minute, idle.Lock, 0}, {9 * time.Hour, idle.Lock, 0},
	} {
		if got, left := w.At(start.Add(tc.after), p); got != tc.want || left != tc.left {
			t.Errorf("after %v: %v, %v left; want %v, %v", tc.after, got, left, tc.want, tc.left)
		}
	}
	if got, left := w.At(start.Add(-time.Hour), p); got != idle.Calm || left != 15*time.Minute {
		t.Errorf("the clock went back: %v, %v left", got, left)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no version": `{"minutes": 15, "warn_seconds": 30}`, "too short": `{"version": 1, "minutes": 1, "warn_seconds": 30}`,
		"never": `{"version": 1, "minutes": 600, "warn_seconds": 30}`, "warns at once": `{"version": 1, "minutes": 2, "warn_seconds": 120}`,
		"another file": `{"version": 1, "kinds": []}`,
	} {
		if _, err := idle.Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
