// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
)

// A defect in the handling of one device's data must not take the server from
// all others. It ends that session; the log gets the type of the panic and its
// place, never its text, which may hold what the device sent.

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
	s.hub.cfg.Log.Error("a session was ended by a defect of the server",
		"device", device.String(), "type", fmt.Sprintf("%T", p), "place", place())
}

// place returns the function and line that panicked: called by a deferred
// function, the first frame after the runtime's.
func place() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		switch ofRuntime := strings.HasPrefix(f.Function, "runtime."); {
		case ofRuntime:
			panicking = true
		case panicking:
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}
