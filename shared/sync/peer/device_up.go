// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"bytes"
	"cmp"
	"strings"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// outLane is the upload of one lane.
type outLane struct {
	next    uint64   // number to load next
	done    uint64   // every number up to this has its receipt
	last    uint64   // last number known to wait
	loading bool     // a LoadFrame is under way
	storing int      // receipts on their way to the disk
	doubt   bool     // the outbox is to be looked at once they are there
	alone   bool     // it is for one change set, which was in doubt
	flying  []flight // the frames sent and not receipted
}

// flight is a frame under way.
type flight struct {
	from, to uint64
	alone    bool
	number   uint64 // of its Frame message in the session
}

func (d *Device) outbox(ev Outbox) {
	d.looked = true
	d.offers.add(ev.Offers)
	for _, u := range ev.Lanes {
		if u.First == d.aside[u.Lane] { // it has a receipt, and was only shown again
			u.First++
		}
		if u.First > u.Last {
			continue
		}
		l := d.lanes[u.Lane]
		switch {
		case l == nil:
			l = &outLane{next: u.First, done: u.First - 1}
			d.lanes[u.Lane] = l
		case u.First <= l.done && l.storing > 0: // perhaps only because that is not stored yet
			l.doubt = true
		case u.First <= l.done: // receipted in this session, and waiting again: the server lost it
			l.next, l.done = u.First, u.First-1
		}
		l.last = max(l.last, u.Last)
	}
	d.pump()
}

// flying counts the frames that were sent and not receipted.
func (d *Device) flying() (n int) {
	n = len(d.offers.flying)
	for _, l := range d.lanes {
		n += len(l.flying)
	}
	return n
}

// pump loads frames while there is work, and room in the window: it is one for
// all lanes, as the server commits the frames of a session one by one. What is
// offered back goes first.
func (d *Device) pump() {
	room := d.window - d.flying() - d.offers.loading
	for _, l := range d.lanes {
		if l.loading {
			room--
		}
	}
	for ; d.phase == Open && d.placed && room > 0; room-- {
		if one, ok := d.offers.next(&d.looks); ok {
			d.do(LoadOffer{one})
			continue
		}
		lane, ok := d.waiting()
		if !ok {
			return
		}
		l := d.lanes[lane]
		l.loading, l.alone = true, d.doubted(lane, l)
		d.do(LoadFrame{Lane: lane, From: l.next, Alone: l.alone})
	}
}

// waiting returns the lane whose turn it is: of those with work to load, the
// one with the fewest frames in flight, so that a long one holds up no other. One
// of a scope whose cursor is about to be sent (again) goes after that.
func (d *Device) waiting() (next record.Lane, ok bool) {
	for lane, l := range d.lanes {
		if l.loading || l.next > l.last || d.giving[lane] != 0 || d.looks.stale(lane.Scope) || len(l.flying) > 0 && d.doubted(lane, l) {
			continue
		}
		if !ok || cmp.Or(cmp.Compare(len(l.flying), len(d.lanes[next].flying)), compareLanes(lane, next)) < 0 {
			next, ok = lane, true
		}
	}
	return next, ok
}

func compareLanes(a, b record.Lane) int {
	return cmp.Or(strings.Compare(string(a.Scope), string(b.Scope)), bytes.Compare(a.Incarnation[:], b.Incarnation[:]))
}

func (d *Device) loaded(ev Loaded) {
	l := d.lanes[ev.Lane]
	if l == nil || !l.loading {
		return
	}
	l.loading = false
	switch {
	case l.next != ev.From: // the lane was rewound meanwhile
	case ev.Data == nil:
		l.last = l.next - 1
	default:
		l.next = ev.To + 1
		l.flying = append(l.flying, flight{ev.From, ev.To, l.alone, d.sendFrame(ev.Data)})
	}
	d.pump()
}

// receipts takes what became of frames. Where receipts before these are missing,
// which no honest connection brings about, the lane is looked at anew: what has
// none is sent again.
func (d *Device) receipts(m *wire.Receipts) {
	d.paid()
	if d.given(m) {
		d.pump()
		return
	}
	if d.offerReceipted(m) {
		d.pump()
	} else if l := d.lanes[m.Lane]; l != nil && len(m.Ranges) > 0 && m.Ranges[0].From > l.done+1 {
		d.leave(m.Lane)
		defer d.do(LoadOutbox{})
	} else if l != nil {
		l.done = max(l.done, m.Through)
		for len(l.flying) > 0 && l.flying[0].to <= m.Through {
			l.flying = l.flying[1:]
		}
		l.next = max(l.next, m.Through+1)
		l.storing++
	}
	if s := d.scopes[m.Lane.Scope]; s != nil {
		s.want = max(s.want, newest(m.Ranges))
	}
	d.do(StoreReceipts{m})
}

func (d *Device) receipted(ev Receipted) {
	if ev.Asked {
		d.asks = max(0, d.asks-1)
	}
	d.offers.stored(ev.Lane)
	l := d.lanes[ev.Lane]
	if l == nil { // it was left since
		l = new(outLane)
	}
	l.storing = max(0, l.storing-1)
	l.doubt = l.doubt || ev.Reopened
	if l.storing == 0 && l.doubt {
		l.doubt = false
		d.do(LoadOutbox{})
	}
	d.pump()
}

// newest returns the newest version that the ranges speak of.
func newest(ranges []wire.ReceiptRange) (v record.Version) {
	for _, g := range ranges {
		if g.Version != 0 {
			v = max(v, g.Version+record.Version(g.To-g.From))
		}
		for _, one := range g.Versions {
			v = max(v, one)
		}
	}
	return v
}

func (d *Device) expect(m *wire.Expect) {
	d.paid()
	if d.offerPutOff(m) {
		d.pump()
		return
	}
	d.leave(m.Lane)
	d.do(Rewind{m})
}

// laneClosed goes on in a new lane. What does not verify there either is not the
// lane's fault.
func (d *Device) laneClosed(m *wire.LaneClosed) {
	d.paid()
	if m.Reason == wire.CloseUnproved {
		if l := d.lanes[m.Lane]; d.closed[m.Lane.Scope] && l != nil && len(l.flying) > 0 {
			d.unread(l.flying[0].number)
			return
		}
		d.closed[m.Lane.Scope] = true
	}
	d.leave(m.Lane)
	d.do(NewLane{m})
}
