// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"yuexin/shared/fault"
	"yuexin/shared/sync/wire"
)

// The audit log of a device travels as a stream of its own beside frames and rows:
// entries up, one message at a time, each answered by where the server's copy
// stands. It waits for nothing and nothing waits for it, except that a session is
// not settled while entries are without a receipt.

// trailEveryMS is how long entries made during a session wait at most until they are
// looked for.
const trailEveryMS = 5_000

// maxTrails bounds the parts of one session that wait for the store.
const maxTrails = 4

type (
	// LoadTrail asks for the entries without a receipt: Trail.
	LoadTrail struct{}
	// Trail answers LoadTrail; Part is nil when nothing waits.
	Trail struct{ Part *wire.Audit }
	// StoreTrail notes durably what the server has: TrailStored.
	StoreTrail struct{ Receipt *wire.AuditReceipt }
	// TrailStored answers StoreTrail.
	TrailStored struct{}

	// CheckTrail asks how much of a log the server's store has: TrailTaken.
	CheckTrail struct{ End wire.TrailEnd }
	// TakeTrail asks the server's store to take entries: TrailTaken.
	TakeTrail struct{ Part *wire.Audit }
	// TrailTaken answers TakeTrail once they are durable, and CheckTrail.
	TrailTaken struct {
		Receipt *wire.AuditReceipt // nil if the store has all that the device thinks
		Fault   *fault.Error       // set instead: they are no entries of this device
	}
)

func (LoadTrail) effect()  {}
func (Trail) event()       {}
func (StoreTrail) effect() {}
func (TrailStored) event() {}
func (CheckTrail) effect() {}
func (TakeTrail) effect()  {}
func (TrailTaken) event()  {}

// trail is the upload of a device's audit log.
type trail struct {
	end      wire.TrailEnd // receipted when the session began
	asked    bool          // a LoadTrail is under way
	flying   bool          // a part was sent and is not receipted
	storing  bool          // its receipt is on its way to the disk
	sent     bool          // the last look found that nothing waits
	lookedMS int64
}

// follow asks for what waits, unless that is under way.
func (d *Device) follow() {
	if d.phase == Open && !d.trail.asked && !d.trail.flying && !d.trail.storing {
		d.trail.asked = true
		d.do(LoadTrail{})
	}
}

func (d *Device) trailFound(nowMS int64, ev Trail) {
	d.trail.asked, d.trail.lookedMS = false, nowMS
	d.trail.sent = ev.Part == nil
	if ev.Part != nil && d.phase == Open {
		d.trail.flying = true
		d.send(ev.Part)
	}
}

func (d *Device) trailReceipt(m *wire.AuditReceipt) {
	d.debt = debt{} // the log is a stream of its own: it moves no other work
	if d.phase != Open {
		return
	}
	d.trail.flying, d.trail.storing = false, true
	d.do(StoreTrail{m})
}

func (d *Device) trailStored() {
	d.trail.storing = false
	d.follow()
}

// The server's end.

// checkTrail lets a device know at the start if this server has lost entries.
func (s *Server) checkTrail() {
	if end := s.proof.Trail; end.Through > 0 {
		s.trails++
		s.do(CheckTrail{end})
	}
}

func (s *Server) trailPart(m *wire.Audit) {
	if s.trails >= maxTrails {
		s.fail(fault.New(fault.RateLimited, "sync.window"), RetryFirstMS)
		return
	}
	s.trails++
	s.do(TakeTrail{m})
}

func (s *Server) trailTaken(ev TrailTaken) {
	s.trails--
	if ev.Fault != nil {
		s.fail(ev.Fault, 0)
		return
	}
	if ev.Receipt != nil {
		s.send(ev.Receipt)
	}
}
