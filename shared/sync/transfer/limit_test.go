// SPDX-License-Identifier: Apache-2.0

package transfer

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/time/rate"

	"yuexin/shared/fault"
)

// TestLimit: beyond what the limit gives at once not a byte is read before its time has
// come.
func TestLimit(t *testing.T) {
	ctx, watch := newWatch(t.Context())
	defer watch.stop()
	read := 0
	l := &limited{
		ctx: ctx, from: strings.NewReader(strings.Repeat("x", 3*chunk)), limit: rate.NewLimiter(rate.Limit(1), chunk), watch: watch,
		took: func(n int) { read += n },
	}
	p := make([]byte, 3*chunk)
	if n, err := l.Read(p); n != chunk || err != nil {
		t.Fatalf("at once: %d, %v", n, err)
	}
	watch.cancel(errStalled) // the next would be there in four hours
	if n, err := l.Read(p); n != 0 || err == nil || read != chunk {
		t.Errorf("beyond the limit: %d, %v, read %d", n, err, read)
	}
}

// TestBusy: while records are on their way nothing is read, and the end of the request is
// heard.
func TestBusy(t *testing.T) {
	ctx, watch := newWatch(t.Context())
	defer watch.stop()
	l := &limited{
		ctx: ctx, from: strings.NewReader("x"), limit: rate.NewLimiter(rate.Inf, chunk), watch: watch,
		busy: func() bool { watch.cancel(errStalled); return true },
	}
	if n, err := l.Read(make([]byte, 1)); n != 0 || !errors.Is(err, errStalled) {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestMeaningOfStatus(t *testing.T) {
	for status, want := range map[int]fault.Kind{
		http.StatusNotFound: fault.NotFound, http.StatusConflict: fault.Stale, http.StatusLocked: fault.Unavailable,
		http.StatusInternalServerError: fault.Unavailable, http.StatusBadGateway: fault.Unavailable, http.StatusTeapot: fault.Unavailable,
		http.StatusInsufficientStorage: fault.Exhausted, http.StatusUnprocessableEntity: fault.Corrupt, http.StatusUnauthorized: fault.Unauthenticated,
	} {
		if got := meaningOf(status); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
}

// TestUnreachable tells a link that stood still from one that was given up.
func TestUnreachable(t *testing.T) {
	c := &Client{}
	ctx, watch := newWatch(context.Background())
	if err := c.unreachable(ctx, errors.New("refused")); fault.From(err).Key != "sync.no_link" {
		t.Errorf("no link: %v", err)
	}
	watch.cancel(errStalled)
	if err := c.unreachable(ctx, ctx.Err()); fault.From(err).Key != "sync.cut" {
		t.Errorf("stood still: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := c.unreachable(ctx, ctx.Err()); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
