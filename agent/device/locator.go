// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bufio"
	"context"
	"errors"
	"io"

	"yuexin/shared/fault"
)

// Locator tells where the laptop is.
type Locator interface {
	// Check says why no position can be had, nil where as far as is known one can. Under the open sky it still takes a while.
	Check(ctx context.Context) error
	// Locate listens until there is a position that is good to so many metres, and returns it. When the time of ctx is over it
	// returns the best there was. heard is told on the goroutine of the caller how it goes. Faults: those of Check,
	// fault.Unavailable "gps.none" if the time was over before there was any, "gps.gone" if the receiver went away before,
	// fault.Canceled "gps.canceled" if ctx was cancelled.
	Locate(ctx context.Context, good int, heard func(Progress)) (Fix, error)
}

// Progress is how far a Locator has come.
type Progress struct {
	Satellites int // used, as far as is told
	Accuracy   int // metres, of the best position so far; 0 without one, or where it is not told
	Found      bool
}

var (
	_ Locator = (*GPSD)(nil)
	_ Locator = (*NMEA)(nil)
	_ Locator = ByHand{}
	_ Locator = (*Sim)(nil)
)

// ByHand is a laptop without a receiver.
type ByHand struct{}

// Check implements Locator: fault.Unsupported "gps.by_hand".
func (ByHand) Check(context.Context) error { return fault.New(fault.Unsupported, "gps.by_hand") }

// Locate implements Locator.
func (b ByHand) Locate(ctx context.Context, _ int, _ func(Progress)) (Fix, error) {
	return Fix{}, b.Check(ctx)
}

// Sim finds what it is given, one position after the other, and then nothing.
type Sim struct {
	Fixes []Fix
	Fault error
	Gone  bool // the receiver is pulled out behind the last position; otherwise it is silent
}

// Check implements Locator.
func (s *Sim) Check(context.Context) error { return s.Fault }

// Locate implements Locator.
func (s *Sim) Locate(ctx context.Context, good int, heard func(Progress)) (Fix, error) {
	if s.Fault != nil {
		return Fix{}, s.Fault
	}
	h := hunt{ctx: ctx, good: good, heard: heard}
	for i, f := range s.Fixes {
		if h.took(f, 4+i) {
			return f, nil
		}
	}
	if s.Gone {
		return h.end(io.ErrUnexpectedEOF)
	}
	<-ctx.Done()
	return h.end(ctx.Err())
}

// hunt keeps the best position while more come.
type hunt struct {
	ctx   context.Context
	good  int
	heard func(Progress)

	best     Fix
	progress Progress
}

// took looks at a position and says whether it is good enough.
func (h *hunt) took(f Fix, satellites int) bool {
	if !h.progress.Found || f.Accuracy > 0 && (h.best.Accuracy == 0 || f.Accuracy <= h.best.Accuracy) {
		h.best = f
	}
	h.progress = Progress{Satellites: satellites, Accuracy: h.best.Accuracy, Found: true}
	h.heard(h.progress)
	return f.Accuracy > 0 && f.Accuracy <= h.good
}

// waits tells that nothing was found yet.
func (h *hunt) waits(satellites int) {
	if h.progress.Satellites != satellites {
		h.progress.Satellites = satellites
		h.heard(h.progress)
	}
}

// end returns what there is when nothing more comes, and why.
func (h *hunt) end(err error) (Fix, error) {
	switch {
	case errors.Is(h.ctx.Err(), context.Canceled):
		return Fix{}, fault.New(fault.Canceled, "gps.canceled").WithCause(err)
	case h.progress.Found:
		return h.best, nil
	case h.ctx.Err() != nil:
		return Fix{}, fault.New(fault.Unavailable, "gps.none").WithCause(err)
	}
	return Fix{}, fault.New(fault.Unavailable, "gps.gone").WithCause(err)
}

// longestLine bounds a line that is read, in bytes: a report of gpsd on every satellite in sight has some thousand.
const longestLine = 64 << 10

// lines hands the lines of what is connected to each, until it says that it has enough, ctx or the connection ends. It closes
// the connection. False and why it ended if there was never enough.
func lines(ctx context.Context, from io.ReadCloser, each func(line []byte) bool) (bool, error) {
	stop := context.AfterFunc(ctx, func() { _ = from.Close() }) // ends a read that waits
	defer func() {
		if stop() {
			_ = from.Close() // only read
		}
	}()
	in := bufio.NewScanner(from)
	in.Buffer(make([]byte, 0, 4096), longestLine)
	for in.Scan() {
		if ctx.Err() != nil {
			break
		}
		if each(in.Bytes()) {
			return true, nil
		}
	}
	if err := in.Err(); err != nil {
		return false, err
	}
	return false, io.ErrUnexpectedEOF
}
