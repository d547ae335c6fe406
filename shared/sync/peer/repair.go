// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Repair of a scope whose digest does not match: the device sends what it holds as
// 256 sums, the server answers with all records of the buckets that differ. Only
// if that does not help the device asks for everything, once, and then gives up
// with an alarm.

type (
	// LoadBuckets asks for the sums of what is held of a scope: Bucketed.
	LoadBuckets struct{ Scope ident.Scope }
	// Bucketed answers LoadBuckets; nil sums if they cannot be told.
	Bucketed struct {
		Scope   ident.Scope
		Version record.Version
		Sums    *wire.BucketSums
	}
	// LoadRepair asks for the records of the buckets that differ from a
	// device's: Repaired.
	LoadRepair struct {
		Scope ident.Scope
		View  string
		Since record.Version // what the device durably holds boxes up to
		Sums  *wire.BucketSums
	}
	// Repaired answers LoadRepair.
	Repaired struct {
		Repair     *wire.Repair
		Rows       []*wire.Rows
		Kept       []*wire.Kept // as in Changed
		Checkpoint *wire.Checkpoint
	}
)

func (LoadBuckets) effect() {}
func (Bucketed) event()     {}
func (LoadRepair) effect()  {}
func (Repaired) event()     {}

// broken begins the repair of a scope, or goes on to the next means.
func (d *Device) broken(scope ident.Scope, s *inScope) {
	s.fresh = false
	switch {
	case s.redo:
		d.fail(fault.New(fault.Corrupt, "sync.digest"), 0)
	case s.mended:
		d.again(scope, s)
	default:
		s.mended = true
		d.do(LoadBuckets{scope})
	}
}

// again asks for a scope anew, from nothing.
func (d *Device) again(scope ident.Scope, s *inScope) {
	s.redo, s.lost = true, true
	d.do(Forget{Scope: scope})
	d.do(LoadOutbox{})
	d.looks.await(scope)
	d.look()
}

func (d *Device) bucketed(ev Bucketed) {
	s := d.scopes[ev.Scope]
	switch {
	case s == nil || s.lost:
	case ev.Sums == nil:
		d.again(ev.Scope, s)
	default:
		d.send(&wire.Buckets{Scope: ev.Scope, Version: ev.Version, Sums: ev.Sums[:]})
	}
}

func (d *Device) repair(m *wire.Repair) {
	if s := d.asked(m.Scope, m.Answers); s != nil {
		s.rows, s.kept, s.repair = nil, nil, m
	}
}

// buckets answers a device whose digest did not match. Its checkpoint will not be
// confirmed, and what was loaded for it since is not what it needs.
func (s *Server) buckets(m *wire.Buckets) {
	old := s.following[m.Scope]
	if old == nil || old.placing {
		return
	}
	if len(m.Sums) != len(wire.BucketSums{}) {
		s.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	s.paid()
	o := &outScope{scope: m.Scope, view: old.view, answers: old.answers, held: old.held, closing: true, mending: true, moved: old.moved}
	s.following[m.Scope] = o
	s.do(LoadRepair{Scope: m.Scope, View: o.view, Since: o.held, Sums: (*wire.BucketSums)(m.Sums)})
}

func (s *Server) repaired(ev Repaired) {
	o := s.following[ev.Repair.Scope]
	if o == nil || !o.mending {
		return
	}
	o.mending = false
	o.sent, o.unheard = ev.Repair.Version, ev.Repair.Version
	p := pageOf(o, ev.Rows, ev.Kept, ev.Checkpoint)
	p.messages = append([]wire.Message{ev.Repair}, p.messages...)
	s.outlet.pages = append(s.outlet.pages, p)
	s.hand()
}
