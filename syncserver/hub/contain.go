// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// A defect in the handling of one device's data must not take the server from
// all others, nor, where it is one frame, from the rest of the device's work. The log
// gets the type of the panic and its stack, never its text, which may hold what the
// device sent.

// guarded does store work; a panic becomes the event that ends the session and
// asks the device to come back.
func (s *session) guarded(work func(context.Context) peer.Event) (ev peer.Event) {
	defer func() {
		if p := recover(); p != nil {
			s.defect(p)
			ev = peer.Failed{Fault: fault.New(fault.Internal, ""), RetryMS: troubleMS}
		}
	}()
	return work(s.ctx)
}

// contained runs a part of the session; a panic ends the session.
func (s *session) contained(part func()) {
	defer func() {
		if p := recover(); p != nil {
			s.defect(p)
			s.cancel()
		}
	}()
	part()
}

func (s *session) defect(p any) {
	device, _ := s.port.device()
	s.describe("a defect of the server")
	s.hub.cfg.Metrics.Panics.Inc()
	s.hub.defects.log(s.hub.cfg.Log, "a session was ended by a defect of the server", device, p, fault.Trace())
}

// judged handles a frame; a panic does not end the session, since the device would
// bring the same frame to the next one, again and again. It hears that the frame
// cannot be read: it finds the change set at fault, which goes into its tray, and
// everything else goes on. A frame that is in the store all the same, or of which
// nobody knows whether it is, ends the session: it comes again for its receipts.
func (p *Port) judged(ctx context.Context, with func(*judging) peer.Event) (ev peer.Event) {
	frame := new(judging)
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		device, _ := p.device()
		p.cfg.Metrics.Defective.Inc()
		p.defects.log(p.cfg.Log, "a frame met a defect of the server", device, v, fault.Trace())
		if p.absent(ctx, frame) {
			ev = peer.Committed{Fault: fault.New(fault.Corrupt, "sync.frame")}
		} else {
			ev = peer.Failed{Fault: fault.New(fault.Internal, ""), RetryMS: troubleMS}
		}
	}()
	return with(frame)
}

// judging is a frame that is being handled.
type judging struct {
	batch     *wire.Batch // a device's own, once it is known to be
	committed bool        // the store has answered that it has it
}

// absent reports whether the store certainly lacks some of a frame.
func (p *Port) absent(ctx context.Context, f *judging) (absent bool) {
	if f.committed {
		return false
	}
	if f.batch == nil {
		return true
	}
	defer func() { absent = absent && recover() == nil }()
	state, err := p.cfg.Store.Lane(ctx, f.batch.Lane)
	return err == nil && state.Next <= f.batch.Last()
}

// defects remembers where panics were, so that each place is told with its stack once,
// and in one line whenever it comes again.
type defects struct {
	mu   sync.Mutex
	told map[string]bool // places; guarded by mu
}

func (d *defects) log(to *slog.Logger, what string, device ident.Device, p any, trace []string) {
	place := "unknown"
	if len(trace) > 0 {
		place = trace[0]
	}
	d.mu.Lock()
	known := d.told[place]
	if d.told == nil {
		d.told = map[string]bool{}
	}
	d.told[place] = true
	d.mu.Unlock()
	attrs := []any{"device", device.String(), "type", fmt.Sprintf("%T", p), "place", place}
	if !known {
		attrs = append(attrs, "stack", strings.Join(trace, "\n"))
	}
	to.Error(what, attrs...)
}
