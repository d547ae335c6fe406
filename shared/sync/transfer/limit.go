// SPDX-License-Identifier: Apache-2.0

package transfer

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/time/rate"
)

// errStalled ends a request on which no byte moved for stallAfter.
var errStalled = errors.New("no byte moved for a minute")

// watch ends a request that stands still. What waits for the limit or for records does
// not stand still: then it sleeps.
type watch struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func newWatch(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel}
	w.timer = time.AfterFunc(stallAfter, func() { cancel(errStalled) })
	return ctx, w
}

func (w *watch) sleep() { w.timer.Stop() }
func (w *watch) wake()  { w.timer.Reset(stallAfter) }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// limited reads no faster than a limit, and not at all while records are on their way.
type limited struct {
	ctx   context.Context
	from  io.Reader
	limit *rate.Limiter
	busy  func() bool // may be nil
	watch *watch
	took  func(n int) // is told what was read; may be nil
}

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	l.watch.sleep()
	defer l.watch.wake()
	for l.busy != nil && l.busy() {
		select {
		case <-time.After(busyPause):
		case <-l.ctx.Done():
			return 0, context.Cause(l.ctx)
		}
	}
	p = p[:min(len(p), chunk)]
	if err := l.limit.WaitN(l.ctx, len(p)); err != nil {
		return 0, err
	}
	n, err := l.from.Read(p)
	if n > 0 && l.took != nil {
		l.took(n)
	}
	return n, err
}
