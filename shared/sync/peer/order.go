// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"maps"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The one order between the directions: cursors before frames. By its cursors a
// server that was restored finds out what it has forgotten, and it has to know
// before it judges a change set that says "I saw version v": its v may be another
// than the device's.

// looks counts the questions for cursors and their answers, which come in order.
// An answer to a question that was asked before something was done to a scope
// (purged, granted anew, forgotten) says of that scope what is no longer so.
type looks struct {
	asked, answered int
	from            map[ident.Scope]int // the first question whose answer counts
}

// await says that answers about a scope count from the next question on.
func (l *looks) await(scope ident.Scope) { l.from[scope] = l.asked + 1 }

// stale reports whether the newest answer is too old for a scope.
func (l *looks) stale(scope ident.Scope) bool { return l.answered < l.from[scope] }

// look asks for the cursors.
func (d *Device) look() {
	d.looks.asked++
	d.do(LoadCursors{})
}

// followsAll reports whether the control log is applied as far as it has come,
// and every scope it grants is subscribed.
func (d *Device) followsAll() bool {
	return d.told && d.orders == 0 && d.looks.answered == d.looks.asked
}

// mayPush lets the frames go once the session's first cursors are sent.
func (d *Device) mayPush() {
	if d.placed {
		return
	}
	d.placed = true
	d.pump()
}

// leave forgets where a lane stands. Until the outbox has been looked at again
// nobody knows whether anything waits: the session is not settled.
func (d *Device) leave(lane record.Lane) {
	delete(d.lanes, lane)
	d.looked = false
}

// judge commits the next frame, unless a cursor is still to be placed.
func (s *Server) judge() {
	if s.judging || len(s.frames) == 0 {
		return
	}
	for _, o := range s.following {
		if o.placing {
			return
		}
	}
	s.judging = true
	s.do(s.frames[0])
}

// void notes that a device is told that its cursor of a scope is void. Until it
// subscribes anew, or confirms that the scope is revoked, what it sends of that scope
// was sent before it heard: its own work, which may build on what it will then offer
// back first. The device sends all that again.
func (s *Server) void(scope ident.Scope) {
	s.voided[scope] = 0
	for i := range s.frames {
		s.frames[i].Void = append(s.frames[i].Void, scope)
	}
}

// unvoid notes what the device has applied of its control log: a scope that an entry
// revoked is not subscribed any more.
func (s *Server) unvoid(applied uint64) {
	maps.DeleteFunc(s.voided, func(_ ident.Scope, revoked uint64) bool { return revoked != 0 && revoked <= applied })
}
