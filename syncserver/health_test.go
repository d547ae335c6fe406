// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/syncserver/store"
)

// ailing is a store that reads and does not write.
type ailing struct {
	store.Store
	write func(ctx context.Context) error
	count int
}

func (a *ailing) SetSetting(ctx context.Context, name string, value []byte) error {
	a.count++
	if err := a.write(ctx); err != nil {
		return err
	}
	return a.Store.SetSetting(ctx, name, value)
}

func TestHealthNeedsAStoreThatWrites(t *testing.T) {
	app := openApp(t, t.TempDir(), true)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	app.Now = func() time.Time { return now }
	sick := &ailing{Store: app.Store}
	app.Store = sick
	defer mustClose(t, app)
	s := &server{App: app}
	ask := func() int {
		now = now.Add(probeEvery)
		w := httptest.NewRecorder()
		s.healthz(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		return w.Code
	}
	for _, tt := range []struct {
		name  string
		write func(context.Context) error
		want  int
	}{
		{"well", func(context.Context) error { return nil }, http.StatusOK},
		{"a full disk", func(context.Context) error { return fault.New(fault.Exhausted, "") }, http.StatusServiceUnavailable},
		{"well again", func(context.Context) error { return nil }, http.StatusOK},
		{"a dead writer", func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Fatal("the probe waits for ever")
			}
			return context.DeadlineExceeded
		}, http.StatusServiceUnavailable},
	} {
		sick.write = tt.write
		if got := ask(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	before := sick.count
	now = now.Add(-probeEvery + time.Second)
	for range 10 {
		w := httptest.NewRecorder()
		s.healthz(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		now = now.Add(time.Millisecond)
	}
	if sick.count > before+1 {
		t.Errorf("ten questions at once wrote %d times", sick.count-before)
	}
}
