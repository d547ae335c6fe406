// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"slices"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// What the server cannot read must not hold up what it can. It names the frame, the
// one thing that both ends know of it; the change sets in it are sent again one by
// one, and one that cannot be read alone either is put aside, for its author to see:
// once the server has said that it does not have it. It may, from a time when it could
// read it, and the receipt was lost on its way.

// maxUnread is how often a change set that is sent alone may come back unread.
const maxUnread = 2

// doubt is a stretch of a lane in which the server could not read something.
type doubt struct {
	to     uint64 // its last number
	number uint64 // that came back when it was sent alone
	times  int
}

// sendFrame sends a frame and returns its number in the session.
func (d *Device) sendFrame(data []byte) uint64 {
	d.frames++
	d.send(&wire.Frame{Data: data})
	return d.frames
}

// doubted reports whether the next change set of a lane is to be sent alone, with
// nothing else of the lane under way.
func (d *Device) doubted(lane record.Lane, l *outLane) bool {
	q := d.doubts[lane]
	return q != nil && l.next <= q.to
}

// unread takes it that the server could not read a frame. A box that was offered back
// stays kept, and is offered again in another session.
func (d *Device) unread(number uint64) {
	d.paid()
	if _, ok := d.offers.answered(func(o flyingOffer) bool { return o.number == number }); ok {
		d.pump()
		return
	}
	for lane, l := range d.lanes {
		i := slices.IndexFunc(l.flying, func(f flight) bool { return f.number == number })
		if i < 0 {
			continue // of a lane that was left since: it is sent again
		}
		f := l.flying[i]
		l.flying, l.next = l.flying[:i], f.from // what came behind it the server does not take
		if d.refused(lane, f) {
			d.giving[lane] = f.to
			d.asks++
			d.send(&wire.Ask{Lane: lane, From: f.to, To: f.to})
		}
	}
	d.pump()
}

// given takes the answer about a change set that is to be put aside, and reports
// whether it was.
func (d *Device) given(m *wire.Receipts) bool {
	number, ok := d.giving[m.Lane]
	if !ok || !m.Asked {
		return false
	}
	delete(d.giving, m.Lane)
	if m.Through >= number {
		return false
	}
	d.asks = max(0, d.asks-1)
	delete(d.doubts, m.Lane)
	d.aside[m.Lane] = number
	d.leave(m.Lane)
	d.do(PutAside{Lane: m.Lane, Number: number})
	return true
}

// refused notes a frame that came back, and reports whether it is to be given up.
func (d *Device) refused(lane record.Lane, f flight) bool {
	q := d.doubts[lane]
	if q == nil {
		q = new(doubt)
		d.doubts[lane] = q
	}
	q.to = max(q.to, f.to)
	if !f.alone {
		return false
	}
	if q.number != f.to {
		q.number, q.times = f.to, 0
	}
	q.times++
	return q.times >= maxUnread
}
