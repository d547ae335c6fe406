// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// The heartbeat: a ping after HeartbeatMS of silence, the end of the session
// after SilenceMS. A half-open connection is therefore noticed within a
// minute on both ends, whatever TCP believes.
const (
	HeartbeatMS = 15_000
	SilenceMS   = 45_000
)

// maxAsked bounds the cursors of one message, which then stays below the size
// of a frame, the largest message that a server has to read.
const maxAsked = 256

// maxHeldRows bounds the rows a device holds before their checkpoint.
const maxHeldRows = 200_000

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
	placed bool // the cursors were sent: frames may follow
	heard  bool // the control log is up to date
	looks  int  // LoadCursors under way
	asked  bool // the scopes of the whole control log are subscribed
	looked bool // the outbox was looked at

	beat
	shown State
	out   []Effect
}

// outLane is the upload of one lane.
type outLane struct {
	next    uint64   // number to load next
	last    uint64   // last number known to wait
	loading bool     // a LoadFrame is under way
	storing int      // receipts on their way to the disk
	flying  []uint64 // last numbers of the frames sent and not receipted
}

// inScope is the download of one scope.
type inScope struct {
	rows    []wire.RowDelta
	storing bool
	lost    bool           // its cursor was given up: subscribe anew
	repair  *wire.Repair   // what the rows are, if they mend a scope
	mended  bool           // asked for the buckets that differ because the digest did not match
	redo    bool           // and for everything again, because that did not help
	fresh   bool           // a checkpoint of this session is durable
	have    record.Version // of the last durable checkpoint
	want    record.Version // the newest of the device's own changes that was receipted
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
		d.receipted(ev.Lane)
	case Cursors:
		d.subscribe(ev)
	case Stored:
		d.stored(ev)
	case Bucketed:
		d.bucketed(ev)
	case Controlled:
		d.controlled(ev)
	case Report:
		d.report(ev)
	}
	d.show()
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
		d.leave(m.Lane)
		d.do(NewLane{m})
	case *wire.Rows:
		d.rows(m)
	case *wire.Checkpoint:
		d.checkpoint(m)
	case *wire.Repair:
		d.repair(m)
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
	d.look()
	d.do(LoadOutbox{})
	if d.status != nil {
		d.send(d.status)
	}
}

// Uploads.

func (d *Device) outbox(ev Outbox) {
	d.looked = true
	for _, u := range ev.Lanes {
		l := d.lanes[u.Lane]
		if l == nil {
			l = &outLane{next: u.First}
			d.lanes[u.Lane] = l
		}
		l.last = max(l.last, u.Last)
		d.pump(u.Lane)
	}
}

// pump loads the next frame of a lane when there is work and room.
func (d *Device) pump(lane record.Lane) {
	l := d.lanes[lane]
	if d.phase != Open || !d.placed || l == nil || l.loading || l.next > l.last || len(l.flying) >= d.window {
		return
	}
	l.loading = true
	d.do(LoadFrame{Lane: lane, From: l.next})
}

func (d *Device) loaded(ev Loaded) {
	l := d.lanes[ev.Lane]
	if l == nil || !l.loading {
		return
	}
	l.loading = false
	if l.next != ev.From {
		d.pump(ev.Lane) // the lane was rewound meanwhile
		return
	}
	if ev.Data == nil {
		l.last = l.next - 1
		return
	}
	l.next = ev.To + 1
	l.flying = append(l.flying, ev.To)
	d.send(&wire.Frame{Data: ev.Data})
	d.pump(ev.Lane)
}

func (d *Device) receipts(m *wire.Receipts) {
	if l := d.lanes[m.Lane]; l != nil {
		for len(l.flying) > 0 && l.flying[0] <= m.Through {
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

func (d *Device) receipted(lane record.Lane) {
	if l := d.lanes[lane]; l != nil {
		l.storing = max(0, l.storing-1)
	}
	d.pump(lane)
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
	d.leave(m.Lane)
	d.do(Rewind{m})
}

// Downloads.

// subscribe asks for the scopes that are not followed yet, and stops
// following those that are no longer granted: with the session's first cursors,
// and again when the control log has been applied.
func (d *Device) subscribe(ev Cursors) {
	if d.phase != Open {
		return
	}
	d.looks = max(0, d.looks-1)
	d.asked = d.asked || d.heard && d.looks == 0
	granted := make(map[ident.Scope]*inScope, len(ev.Cursors))
	var ask []wire.Cursor
	for _, c := range ev.Cursors {
		s := d.scopes[c.Scope]
		if s == nil || s.lost {
			ask = append(ask, c)
			s = &inScope{redo: s != nil && s.redo}
		}
		granted[c.Scope] = s
	}
	d.scopes = granted
	for part := range slices.Chunk(ask, maxAsked) {
		d.send(&wire.Subscribe{Cursors: part})
	}
	d.mayPush()
}

func (d *Device) rows(m *wire.Rows) {
	s := d.scopes[m.Scope]
	if s == nil {
		return // revoked meanwhile
	}
	rows, err := wire.DecodeRows(m.Data)
	if err != nil || len(s.rows)+len(rows) > maxHeldRows {
		d.fail(fault.New(fault.Corrupt, "sync.rows").WithCause(err), 0)
		return
	}
	s.rows = append(s.rows, rows...)
}

func (d *Device) checkpoint(m *wire.Checkpoint) {
	s := d.scopes[m.Cursor.Scope]
	if s == nil {
		return
	}
	d.do(StoreCheckpoint{Rows: s.rows, Checkpoint: m, Repair: s.repair})
	s.rows, s.repair, s.storing = nil, nil, true
}

// stored confirms a checkpoint, or begins to mend what does not match.
func (d *Device) stored(ev Stored) {
	s := d.scopes[ev.Scope]
	if s == nil {
		return
	}
	s.storing = false
	if ev.Intact {
		s.mended, s.redo, s.fresh, s.have = false, false, true, ev.Version
		d.send(&wire.Have{Scope: ev.Scope, Version: ev.Version})
		return
	}
	d.broken(ev.Scope, s)
}

func (d *Device) reset(m *wire.Reset) {
	if s := d.scopes[m.Scope]; s != nil {
		s.rows, s.lost = nil, true
	}
	d.do(Forget{Scope: m.Scope, Reset: m})
	d.look()
	d.looked = false
	d.do(LoadOutbox{})
}

// Control.

func (d *Device) controlled(ev Controlled) {
	for _, ack := range ev.Acks {
		d.control = max(d.control, ack.Number)
		d.send(&ack)
	}
	d.heard = true
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
	if m.Final || d.phase == Opening {
		d.fail(f, m.RetryMS)
	}
}

// Time.

func (d *Device) tick(nowMS int64) {
	switch d.due(nowMS) {
	case beatPing:
		d.send(&wire.Ping{Number: d.pings})
	case beatDead:
		d.fail(fault.New(fault.Unavailable, "sync.silent"), 0)
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
