// SPDX-License-Identifier: Apache-2.0

package watch_test

import (
	"context"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record/watch"
)

func TestSlowWatcherIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var hub watch.Hub
	ch := hub.Add(ctx)
	for i := range 2 * watch.Queued {
		hub.Tell(ident.Record{byte(i), byte(i >> 8), 1})
	}
	zeros, ids := 0, 0
	for range watch.Queued + 1 {
		if (<-ch).IsZero() {
			zeros++
		} else {
			ids++
		}
	}
	if zeros != 1 || ids != watch.Queued {
		t.Errorf("got %d ids and %d zero ids, want %d and 1", ids, zeros, watch.Queued)
	}
	hub.Tell(ident.Record{9})
	if got := <-ch; got != (ident.Record{9}) {
		t.Errorf("after reading: %v, want the new id", got)
	}
	cancel()
	if _, open := <-ch; open {
		t.Error("channel is open after its context ended")
	}
}
