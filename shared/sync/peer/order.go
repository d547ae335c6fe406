// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"cmp"
	"maps"
	"slices"

	"yuexin/shared/sync/record"
)

// The one order between the directions: cursors before frames. By its cursors a
// server that was restored finds out what it has forgotten, and it has to know
// before it judges a change set that says "I saw version v": its v may be another
// than the device's.

// look asks for the cursors.
func (d *Device) look() {
	d.looks++
	d.do(LoadCursors{})
}

// mayPush lets the frames go once the session's first cursors are sent.
func (d *Device) mayPush() {
	if d.placed {
		return
	}
	d.placed = true
	for _, lane := range slices.SortedFunc(maps.Keys(d.lanes), compareLanes) {
		d.pump(lane)
	}
}

// leave forgets where a lane stands. Until the outbox has been looked at again
// nobody knows whether anything waits: the session is not settled.
func (d *Device) leave(lane record.Lane) {
	delete(d.lanes, lane)
	d.looked = false
}

func compareLanes(a, b record.Lane) int {
	return cmp.Or(a.Incarnation.Compare(b.Incarnation), cmp.Compare(a.Scope, b.Scope))
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
	s.do(Commit{s.frames[0]})
}
