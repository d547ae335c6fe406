// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// What the server wrote itself after its last backup travels with the devices: each
// checkpoint brings boxes with it (wire.Kept), which the device keeps and cannot
// read. A server that was restored says so by a Reset; then the boxes that it has
// lost are offered back, as frames, before the device's own work, which may build
// on them.

// Offer names a box that waits to be offered back: the change sets in it.
type Offer struct {
	Lane  record.Lane // of the server
	First uint64
	Last  uint64
	Chain wire.Digest // of the lane at Last
}

type (
	// LoadOffer asks for a box: Offered.
	LoadOffer struct{ Offer Offer }
	// Offered answers LoadOffer; nil Data if the box is not kept any more.
	Offered struct {
		Offer Offer
		Data  []byte
	}
)

func (LoadOffer) effect() {}
func (Offered) event()    {}

// offers is the way of boxes back to the server.
type offers struct {
	known   map[Offer]bool // in this session
	queue   []Offer
	loading int
	flying  []flyingOffer
	storing map[record.Lane]int // receipts on their way to the disk
	later   []Offer             // name records that the server does not have (yet)
	triedMS int64               // when that was tried again last
}

// flyingOffer is an offer under way.
type flyingOffer struct {
	Offer
	number uint64 // of its Frame message in the session
}

// add queues the boxes that this session has not met.
func (o *offers) add(list []Offer) {
	for _, one := range list {
		if !o.known[one] {
			o.known[one] = true
			o.queue = append(o.queue, one)
		}
	}
}

// next takes the next offer off the queue, of a scope whose cursor was sent.
func (o *offers) next(looks *looks) (one Offer, ok bool) {
	i := slices.IndexFunc(o.queue, func(one Offer) bool { return !looks.stale(one.Lane.Scope) })
	if i < 0 {
		return one, false
	}
	one = o.queue[i]
	o.queue, o.loading = slices.Delete(o.queue, i, i+1), o.loading+1
	return one, true
}

// forget lets the boxes of a scope be offered again.
func (o *offers) forget(scope ident.Scope) {
	of := func(one Offer) bool { return one.Lane.Scope == scope }
	for one := range o.known {
		if of(one) {
			delete(o.known, one)
		}
	}
	o.queue, o.later = slices.DeleteFunc(o.queue, of), slices.DeleteFunc(o.later, of)
	o.flying = slices.DeleteFunc(o.flying, func(one flyingOffer) bool { return of(one.Offer) })
}

// idle reports whether nothing waits to be sent or for its answer. What the server
// cannot take yet does not count: it is not this device's work.
func (o *offers) idle() bool {
	return len(o.queue)+o.loading+len(o.flying)+len(o.storing) == 0
}

// answered takes the offer that an answer is about off those in flight.
func (o *offers) answered(about func(flyingOffer) bool) (one Offer, ok bool) {
	i := slices.IndexFunc(o.flying, about)
	if i < 0 {
		return one, false
	}
	one = o.flying[i].Offer
	o.flying = slices.Delete(o.flying, i, i+1)
	return one, true
}

// again queues what the server could not take, of scopes for which it is due.
func (o *offers) again(due func(ident.Scope) bool) {
	o.later = slices.DeleteFunc(o.later, func(one Offer) bool {
		if !due(one.Lane.Scope) {
			return false
		}
		o.queue = append(o.queue, one)
		return true
	})
}

// movedOn offers again what the server could not take of a scope: a record may have
// come with the checkpoint.
func (d *Device) movedOn(scope ident.Scope) {
	d.offers.again(func(s ident.Scope) bool { return s == scope })
	d.pump()
}

// retry does so now and then for scopes that no checkpoint comes of any more.
func (d *Device) retry(nowMS int64) {
	if o := &d.offers; len(o.later) == 0 || nowMS-o.triedMS < StallMS {
		return
	}
	d.offers.triedMS = nowMS
	d.offers.again(func(s ident.Scope) bool { return d.scopes[s] == nil })
	d.pump()
}

func (d *Device) offered(ev Offered) {
	o := &d.offers
	o.loading = max(0, o.loading-1)
	if ev.Data != nil && o.known[ev.Offer] { // otherwise its scope was reset meanwhile
		o.flying = append(o.flying, flyingOffer{ev.Offer, d.sendFrame(ev.Data)})
	}
	d.pump()
}

// offerReceipted reports whether receipts are about an offer.
func (d *Device) offerReceipted(m *wire.Receipts) bool {
	one, ok := d.offers.answered(func(o flyingOffer) bool { return o.Lane == m.Lane && o.Last == m.Through && o.Chain == m.Chain })
	if ok {
		d.offers.storing[one.Lane]++
	}
	return ok
}

// stored notes that receipts of a lane are on the disk, if they were about an offer.
func (o *offers) stored(lane record.Lane) {
	if o.storing[lane]--; o.storing[lane] <= 0 {
		delete(o.storing, lane)
	}
}

// offerPutOff reports whether the server cannot take an offer yet, and keeps it for
// later.
func (d *Device) offerPutOff(m *wire.Expect) bool {
	one, ok := d.offers.answered(func(o flyingOffer) bool { return o.Lane == m.Lane && o.First == m.Number })
	if ok {
		d.offers.later = append(d.offers.later, one)
	}
	return ok
}

// kept takes a box that belongs to the next checkpoint of its scope.
func (d *Device) kept(m *wire.Kept) {
	d.paid()
	if s := d.asked(m.Lane.Scope, m.Answers); s != nil && len(s.kept) < maxKept {
		s.kept = append(s.kept, m)
	}
}

// maxKept bounds the boxes of one checkpoint; the server sends far fewer.
const maxKept = 1024
