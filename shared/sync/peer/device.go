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
	control   uint64
	helloMS   int64

	phase  Phase
	window int
	lanes  map[record.Lane]*outLane
	scopes map[ident.Scope]*inScope
	status *wire.Status
	asked  bool // the control log is up to date and the scopes are subscribed
	looked bool // the outbox was looked at

	beat
	shown State
	out   []Effect
}

// NewDevice returns a machine that waits for Start.
func NewDevice() *Device {
	return &Device{lanes: map[record.Lane]*outLane{}, scopes: map[ident.Scope]*inScope{}}
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
	case Receipted:
		d.receipted(ev)
	case Cursors:
		d.subscribe(ev)
	case Stored:
		d.stored(ev)
	case Controlled:
		d.controlled(ev)
	case Report:
		d.report(ev)
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
	d.control = ev.Control
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
	case *wire.Reset:
		d.reset(m)
	case *wire.Control:
		d.do(StoreControl{m.Entries})
	case *wire.Ping:
		d.send(&wire.Pong{Number: m.Number})
	case *wire.Pong:
		d.pong(nowMS, m)
	case *wire.Fault:
		d.faulted(m)
	}
}

func opening(m wire.Message) bool {
	switch m.(type) {
	case *wire.Challenge, *wire.Welcome, *wire.Fault, *wire.Ping:
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
		Signature: ev.Signature, Reading: ev.Reading, RoundTripMS: d.helloMS, Control: d.control,
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
	if d.status != nil {
		d.send(d.status)
	}
}

// Control.

func (d *Device) controlled(ev Controlled) {
	for _, ack := range ev.Acks {
		d.control = max(d.control, ack.Number)
		d.send(&ack)
	}
	d.do(LoadCursors{})
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
	if m.Final || d.phase == Opening {
		d.fail(f, m.RetryMS)
	}
}

// Time.

func (d *Device) tick(nowMS int64) {
	d.owe(d.flying() > 0)
	switch d.due(nowMS) {
	case beatPing:
		d.send(&wire.Ping{Number: d.pings})
	case beatDead:
		d.fail(fault.New(fault.Unavailable, "sync.silent"), 0)
	case beatStalled:
		d.fail(fault.New(fault.Unavailable, Stalled), 0)
	}
}

func (d *Device) pong(nowMS int64, m *wire.Pong) {
	if trip, ok := d.answered(nowMS, m.Number); ok {
		d.do(Offset{ServerMS: m.TimeMS, RoundTripMS: trip})
	}
}

// show reports progress when it changed.
func (d *Device) show() {
	now := State{Phase: d.phase, Settled: d.phase == Open && d.asked && d.looked}
	for _, l := range d.lanes {
		now.Sending = now.Sending || len(l.flying) > 0 || l.loading
		now.Settled = now.Settled && len(l.flying) == 0 && !l.loading && l.storing == 0 && l.next > l.last
	}
	for _, s := range d.scopes {
		now.Pulling = now.Pulling || s.storing || len(s.rows) > 0
		now.Settled = now.Settled && s.fresh && !s.storing && s.have >= s.want
	}
	if now != d.shown {
		d.shown = now
		d.do(Progress{now})
	}
}
