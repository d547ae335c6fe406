// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Device is the device's end of one session. Make one per connection.
type Device struct {
	hello     wire.Hello
	challenge *wire.Challenge
	control   wire.ControlEnd
	helloMS   int64

	phase  Phase
	window int
	lanes  map[record.Lane]*outLane
	scopes map[ident.Scope]*inScope
	offers offers
	frames uint64                 // Frame messages sent
	doubts map[record.Lane]*doubt // what the server could not read
	closed map[ident.Scope]bool   // a lane of the scope was closed because it does not verify
	giving map[record.Lane]uint64 // the number that is to be put aside, if the server does not have it
	aside  map[record.Lane]uint64 // the last number put aside

	subscribes uint64 // sent
	looks      looks
	status     *wire.Status
	placed     bool // the cursors were sent: frames may follow
	looked     bool // the outbox was looked at
	told       bool // the control log has come
	orders     int  // parts of it that are not applied yet
	off        bool // it says that the device is switched off
	asks       int  // about what is quarantined or to be put aside, and not answered yet
	trail      trail

	beat
	shown State
	out   []Effect
}

// NewDevice returns a machine that waits for Start.
func NewDevice() *Device {
	return &Device{
		lanes: map[record.Lane]*outLane{}, scopes: map[ident.Scope]*inScope{}, looks: looks{from: map[ident.Scope]int{}},
		offers: offers{known: map[Offer]bool{}, storing: map[record.Lane]int{}},
		doubts: map[record.Lane]*doubt{}, closed: map[ident.Scope]bool{}, giving: map[record.Lane]uint64{}, aside: map[record.Lane]uint64{},
	}
}

// Step takes one event and returns what is to be done, in order.
func (d *Device) Step(nowMS int64, ev Event) []Effect {
	d.out = nil
	if d.phase == Closed {
		return nil
	}
	switch ev := ev.(type) {
	case Start:
		d.start(nowMS, ev)
	case Received:
		d.hear(nowMS)
		d.receive(nowMS, ev.Message)
	case Tick:
		d.tick(nowMS)
	case Proved:
		d.prove(ev)
	case Outbox:
		d.outbox(ev)
	case Loaded:
		d.loaded(ev)
	case Offered:
		d.offered(ev)
	case Receipted:
		d.receipted(ev)
	case Aside:
		d.ask(ev)
	case Cursors:
		d.subscribe(ev)
	case Stored:
		d.stored(ev)
	case Bucketed:
		d.bucketed(ev)
	case Compared:
		d.compared(ev)
	case Controlled:
		d.controlled(ev)
	case Report:
		d.report(ev)
	case Trail:
		d.trailFound(nowMS, ev)
	case TrailStored:
		d.trailStored()
	}
	d.show()
	d.speak(nowMS, d.out)
	return d.out
}

func (d *Device) do(e Effect)         { d.out = append(d.out, e) }
func (d *Device) send(m wire.Message) { d.do(Send{m}) }

func (d *Device) fail(f *fault.Error, retryMS int64) {
	d.phase = Closed
	d.do(End{Fault: f, RetryMS: retryMS})
}

func (d *Device) start(nowMS int64, ev Start) {
	d.hello = wire.Hello{
		Min: wire.ProtocolMin, Max: wire.ProtocolMax,
		Device: ev.Device, Incarnation: ev.Incarnation, Nonce: ev.Nonce, Program: ev.Program,
	}
	d.control, d.trail.end, d.off = ev.Control, ev.Trail, ev.Off
	d.helloMS = nowMS
	d.hear(nowMS)
	hello := d.hello
	d.send(&hello)
}

func (d *Device) receive(nowMS int64, m wire.Message) {
	if d.phase == Opening && !opening(m) {
		d.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	switch m := m.(type) {
	case *wire.Challenge:
		d.challenged(nowMS, m)
	case *wire.Welcome:
		d.welcomed(nowMS, m)
	case *wire.Receipts:
		d.receipts(m)
	case *wire.Expect:
		d.expect(m)
	case *wire.LaneClosed:
		d.laneClosed(m)
	case *wire.Rows:
		d.rows(m)
	case *wire.Checkpoint:
		d.checkpoint(m)
	case *wire.Kept:
		d.kept(m)
	case *wire.Snapshot:
		d.snapshot(m)
	case *wire.Piece:
		d.piece(m)
	case *wire.Repair:
		d.repair(m)
	case *wire.Reset:
		d.reset(m)
	case *wire.Control:
		d.instructed(m)
	case *wire.Ping:
		d.send(&wire.Pong{Number: m.Number})
	case *wire.Pong:
		d.pong(nowMS, m)
	case *wire.AuditReceipt:
		d.trailReceipt(m)
	case *wire.Fault:
		d.faulted(m)
	}
}

func opening(m wire.Message) bool {
	switch m.(type) {
	case *wire.Challenge, *wire.Welcome, *wire.Fault, *wire.Ping, *wire.Pong:
		return true
	}
	return false
}

func (d *Device) challenged(nowMS int64, m *wire.Challenge) {
	if d.challenge != nil || m.Protocol < wire.ProtocolMin || m.Protocol > wire.ProtocolMax {
		d.fail(fault.New(fault.Unsupported, "sync.protocol"), 0)
		return
	}
	d.challenge = m
	d.do(Offset{ServerMS: m.TimeMS, RoundTripMS: nowMS - d.helloMS})
	d.helloMS = nowMS - d.helloMS // from here on the round trip
	d.do(Prove{wire.ProofBytes(&d.hello, m)})
}

func (d *Device) prove(ev Proved) {
	d.send(&wire.Proof{
		Signature: ev.Signature, Reading: ev.Reading, RoundTripMS: d.helloMS, Control: d.control.Number, Mark: d.control.Mark,
		Trail: d.trail.end,
	})
}

func (d *Device) welcomed(nowMS int64, m *wire.Welcome) {
	if d.challenge == nil {
		d.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	d.phase = Open
	d.window = max(1, int(min(m.Window, 64)))
	d.do(LoadOutbox{})
	d.look()
	d.follow()
	if d.status != nil {
		d.send(d.status)
	}
}

// Control.

// instructed applies control entries. A scope that is revoked, or granted as it was
// not before, is followed anew, from the cursor that the replica then has: a
// revocation and a grant may come in one message.
func (d *Device) instructed(m *wire.Control) {
	d.told, d.orders = true, d.orders+1
	d.paid()
	for _, e := range m.Entries {
		switch e.Op {
		case wire.ControlRevoke, wire.ControlGrant:
			if s := d.scopes[e.Scope]; s != nil && e.Op == wire.ControlGrant && s.view == e.View {
				continue // said again
			}
			delete(d.scopes, e.Scope)
			d.looks.await(e.Scope)
		case wire.ControlSwitchOff:
			d.off = true
		case wire.ControlLogin: // also what a device hears that is switched on again
			d.off = false
		}
	}
	d.do(StoreControl{m.Entries})
	d.do(LoadAside{})
	d.asks++
}

// ask asks again for the receipts of what is quarantined. The server sends its
// control log at the start of a session and whenever an administrator did
// something about the device, empty if there is nothing new in it.
func (d *Device) ask(ev Aside) {
	d.asks += len(ev.Runs) - 1
	for _, run := range ev.Runs {
		d.send(&wire.Ask{Lane: run.Lane, From: run.First, To: run.Last})
	}
}

// controlled confirms control entries. Then the outbox is looked at again: of a
// scope whose cursor is not heard any more, because it was revoked or the device
// switched off, only its lanes tell whether the server still has what it receipted.
func (d *Device) controlled(ev Controlled) {
	for _, ack := range ev.Acks {
		d.send(&ack)
	}
	d.orders = max(0, d.orders-1)
	if len(ev.Acks) > 0 {
		d.do(LoadOutbox{})
	}
	d.look()
}

func (d *Device) report(ev Report) {
	d.status = &ev.Status
	if d.phase == Open {
		d.send(d.status)
	}
}

func (d *Device) faulted(m *wire.Fault) {
	kind, ok := fault.FromCode(m.Code)
	if !ok {
		kind = fault.Internal
	}
	f := fault.New(kind, m.Key)
	for k, v := range m.Args {
		f = f.With(k, v)
	}
	switch {
	case m.Final || d.phase == Opening:
		d.fail(f, m.RetryMS)
	case m.Frame != 0:
		d.unread(m.Frame)
	}
}

// Time.

func (d *Device) tick(nowMS int64) {
	d.owe(d.owed(), d.unsent())
	if nowMS-d.trail.lookedMS >= trailEveryMS {
		d.follow()
	}
	d.retry(nowMS)
	switch d.due(nowMS, UnsentMS) {
	case beatPing:
		d.send(&wire.Ping{Number: d.pings})
	case beatDead:
		d.fail(fault.New(fault.Unavailable, "sync.silent"), 0)
	case beatStalled:
		d.fail(fault.New(fault.Unavailable, Stalled), 0)
	}
}

// owed reports whether the server owes an answer: to the handshake, the receipts
// of what was sent, or the first checkpoint of a scope. One who switched the
// device off owes it no data.
func (d *Device) owed() bool {
	if d.phase == Opening || !d.told || d.flying() > 0 || d.asks > 0 || d.trail.flying {
		return true
	}
	if d.off {
		return false
	}
	for _, s := range d.scopes {
		if !s.fresh && !s.storing && !s.lost {
			return true
		}
	}
	return false
}

// unsent reports whether work waits that could go. What is in flight the server owes
// receipts for, and of a device that is switched off it takes what it likes.
func (d *Device) unsent() bool {
	if d.phase != Open || d.off || d.flying() > 0 {
		return false
	}
	for _, l := range d.lanes {
		if l.next <= l.last {
			return true
		}
	}
	return len(d.offers.queue)+d.offers.loading > 0
}

func (d *Device) pong(nowMS int64, m *wire.Pong) {
	if trip, ok := d.answered(nowMS, m.Number); ok {
		d.do(Offset{ServerMS: m.TimeMS, RoundTripMS: trip})
	}
}

// show reports progress when it changed.
func (d *Device) show() {
	now := State{Phase: d.phase, Settled: d.phase == Open && d.followsAll() && d.looked && d.asks == 0 && d.trail.sent}
	for _, l := range d.lanes {
		now.Sending = now.Sending || len(l.flying) > 0 || l.loading
		now.Settled = now.Settled && len(l.flying) == 0 && !l.loading && l.storing == 0 && l.next > l.last
	}
	if !d.offers.idle() {
		now.Sending, now.Settled = true, false
	}
	for _, s := range d.scopes {
		now.Pulling = now.Pulling || s.storing || len(s.rows) > 0 || s.first != nil
		if s.first != nil {
			now.Got, now.Of = now.Got+s.first.got, now.Of+s.first.of
		}
		now.Settled = now.Settled && s.fresh && !s.storing && s.have >= s.want
	}
	if now != d.shown {
		d.shown = now
		d.do(Progress{now})
	}
}
