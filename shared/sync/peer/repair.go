// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Repair of a scope whose digest does not match, in two steps: the device sends what
// it holds as 256 sums, the server lists the records of the buckets that differ, and
// the device asks for those that it lacks or holds otherwise. Only if that does not
// help the device asks for everything, once, and then gives up with an alarm.

// Wanted are records that a device asks for because a list has them and it does not.
// They come whole.
type Wanted struct {
	Repair *wire.Repair
	IDs    []ident.Record // ascending, at most wire.MaxRows
}

type (
	// LoadBuckets asks for the sums of what is held of a scope: Bucketed.
	LoadBuckets struct{ Scope ident.Scope }
	// Bucketed answers LoadBuckets; nil sums if they cannot be told.
	Bucketed struct {
		Scope   ident.Scope
		Version record.Version
		Sums    *wire.BucketSums
	}
	// CompareList asks which records of a list are not held as it says: Compared.
	CompareList struct{ Repair *wire.Repair }
	// Compared answers CompareList; nil if that cannot be told, or is too much to be
	// asked for one by one.
	Compared struct {
		Scope  ident.Scope
		Wanted *Wanted
	}

	// LoadList asks for the records of the buckets that differ from a device's:
	// ListLoaded.
	LoadList struct {
		Scope ident.Scope
		View  string
		Sums  *wire.BucketSums
	}
	// ListLoaded answers LoadList.
	ListLoaded struct{ Repair *wire.Repair }
	// LoadWanted asks for records of a view, whole: WantedLoaded.
	LoadWanted struct {
		Scope ident.Scope
		View  string
		IDs   []ident.Record
		Since record.Version // what the device durably holds boxes up to
		To    record.Version // of the list
	}
	// WantedLoaded answers LoadWanted; records that are not there are left out.
	WantedLoaded struct {
		Scope ident.Scope
		Rows  []*wire.Rows
		Kept  []*wire.Kept // boxes above Since and up to To
	}
)

func (LoadBuckets) effect() {}
func (Bucketed) event()     {}
func (CompareList) effect() {}
func (Compared) event()     {}
func (LoadList) effect()    {}
func (ListLoaded) event()   {}
func (LoadWanted) effect()  {}
func (WantedLoaded) event() {}

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
	d.paid()
	if s := d.asked(m.Scope, m.Answers); s != nil && s.mended && !s.lost {
		s.rows, s.kept, s.wanted = nil, nil, nil
		d.do(CompareList{m})
	}
}

func (d *Device) compared(ev Compared) {
	s := d.scopes[ev.Scope]
	switch {
	case s == nil || s.lost:
	case ev.Wanted == nil:
		d.again(ev.Scope, s)
	default:
		s.wanted = ev.Wanted
		d.send(&wire.Want{Scope: ev.Scope, IDs: ev.Wanted.IDs, Answers: ev.Wanted.Repair.Answers})
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
	o := &outScope{scope: m.Scope, view: old.view, answers: old.answers, held: old.held, closing: true, mending: listing, moved: old.moved}
	s.following[m.Scope] = o
	s.do(LoadList{Scope: m.Scope, View: o.view, Sums: (*wire.BucketSums)(m.Sums)})
}

// listLoaded sends a list. The device owes an answer to it.
func (s *Server) listLoaded(ev ListLoaded) {
	o := s.following[ev.Repair.Scope]
	if o == nil || o.mending != listing {
		return
	}
	o.mending, o.sent = listed, ev.Repair.Version
	s.outlet.pages = append(s.outlet.pages, page{of: o, messages: []wire.Message{ev.Repair}, closes: true})
	s.hand()
}

// want loads what a device asks for of a list.
func (s *Server) want(m *wire.Want) {
	o := s.following[m.Scope]
	if o == nil || o.mending != listed || !o.handed || o.answers != m.Answers {
		return
	}
	s.paid()
	o.mending, o.handed = fetching, false
	s.do(LoadWanted{Scope: m.Scope, View: o.view, IDs: m.IDs, Since: o.held, To: o.sent})
}

// wantedLoaded sends what was asked for, and goes on from the version of the list as
// if the device held that.
func (s *Server) wantedLoaded(ev WantedLoaded) {
	o := s.following[ev.Scope]
	if o == nil || o.mending != fetching {
		return
	}
	o.mending, o.closing, o.held = whole, false, o.sent
	s.outlet.pages = append(s.outlet.pages, pageOf(o, ev.Rows, ev.Kept, nil))
	s.more(o)
	s.hand()
}

// mending is how far the repair of a scope is, on the server.
type mending uint8

const (
	whole    mending = iota // nothing is under repair
	listing                 // a LoadList is under way
	listed                  // the device has, or gets, a list
	fetching                // a LoadWanted is under way
)
