// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"maps"
	"slices"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Window is how many frames of a lane a device may have in flight.
const Window = 4

// maxQueued bounds the frames of one session that wait for their commit; a
// device that ignores the window is closed, and comes back.
const maxQueued = 4 * Window

// Server is the server's end of one session. Make one per connection.
type Server struct {
	accepted  Accepted
	hello     *wire.Hello
	challenge *wire.Challenge
	proof     *wire.Proof
	public    []byte
	off       bool
	control   uint64 // last control entry sent
	acked     uint64 // and confirmed

	phase     Phase
	askedMS   int64
	frames    []Commit               // waiting to be carried out
	judging   bool                   // the first of them is under way
	judged    uint64                 // how many were, in this session
	voided    map[ident.Scope]uint64 // see void
	following map[ident.Scope]*outScope
	outlet    outlet
	trails    int    // parts of the audit log that the store takes
	waits     uint64 // work that the device says it could send

	beat
	out []Effect
}

// NewServer returns a machine that waits for Accepted.
func NewServer() *Server {
	return &Server{following: map[ident.Scope]*outScope{}, voided: map[ident.Scope]uint64{}}
}

// Step takes one event and returns what is to be done, in order.
func (s *Server) Step(nowMS int64, ev Event) []Effect {
	s.out = nil
	if s.phase == Closed {
		return nil
	}
	switch ev := ev.(type) {
	case Accepted:
		s.accepted = ev
		s.hear(nowMS)
	case Received:
		s.hear(nowMS)
		s.receive(nowMS, ev.Message)
	case Tick:
		s.tick(nowMS)
	case Known:
		s.known(nowMS, ev)
	case Checked:
		s.checked(nowMS, ev)
	case Failed:
		s.fail(ev.Fault, ev.RetryMS)
	case Committed:
		s.committed(ev)
	case Answered:
		s.answer(ev)
	case ControlLoaded:
		s.controlLoaded(ev)
	case ControlMoved:
		s.controlMoved(ev)
	case Placed:
		s.placed(ev)
	case Changed:
		s.changed(ev)
	case Snapshotted:
		s.snapshotted(ev)
	case PieceLoaded:
		s.pieceLoaded(ev)
	case ListLoaded:
		s.listLoaded(ev)
	case WantedLoaded:
		s.wantedLoaded(ev)
	case HeadMoved:
		s.headMoved(ev.Scope)
	case Drained:
		s.drained()
	case TrailTaken:
		s.trailTaken(ev)
	}
	s.speak(nowMS, s.out)
	return s.out
}

func (s *Server) do(e Effect)         { s.out = append(s.out, e) }
func (s *Server) send(m wire.Message) { s.do(Send{m}) }

// fail tells the device why and closes.
func (s *Server) fail(f *fault.Error, retryMS int64) {
	s.phase = Closed
	s.send(&wire.Fault{Code: f.Kind.Code(), Key: f.Key, Args: f.Values(), RetryMS: retryMS, Final: true})
	s.do(End{Fault: f, RetryMS: retryMS})
}

func (s *Server) receive(nowMS int64, m wire.Message) {
	switch m := m.(type) {
	case *wire.Hello:
		s.greet(m)
		return
	case *wire.Proof:
		s.proved(m)
		return
	case *wire.Ping:
		s.send(&wire.Pong{Number: m.Number, TimeMS: nowMS})
		return
	case *wire.Pong:
		s.answered(nowMS, m.Number)
		return
	}
	if s.phase != Open {
		s.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	switch m := m.(type) {
	case *wire.Frame:
		s.frame(m)
	case *wire.Subscribe:
		s.subscribe(m)
	case *wire.Have:
		s.have(m)
	case *wire.Buckets:
		s.buckets(m)
	case *wire.Want:
		s.want(m)
	case *wire.Ask:
		s.do(Answer{m})
	case *wire.ControlAck:
		s.acked = max(s.acked, m.Number)
		s.unvoid(s.acked)
		s.paid()
		s.do(AckControl{Ack: m})
	case *wire.Status:
		s.status(m)
	case *wire.Audit:
		s.trailPart(m)
	}
}

// The handshake.

func (s *Server) greet(m *wire.Hello) {
	if s.hello != nil {
		s.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	if m.Min > wire.ProtocolMax || m.Max < wire.ProtocolMin {
		s.fail(fault.New(fault.Unsupported, "sync.protocol"), 0)
		return
	}
	s.hello = m
	s.do(Lookup{m.Device})
}

func (s *Server) known(nowMS int64, ev Known) {
	if !ev.Found {
		s.fail(fault.New(fault.Unauthenticated, "sync.unknown_device"), 0)
		return
	}
	s.public, s.off = ev.Public, ev.Off
	s.challenge = &wire.Challenge{
		Protocol: min(s.hello.Max, wire.ProtocolMax),
		Server:   s.accepted.Server, Nonce: s.accepted.Nonce, TimeMS: nowMS,
	}
	s.askedMS = nowMS
	s.send(s.challenge)
}

func (s *Server) proved(m *wire.Proof) {
	if s.challenge == nil || s.proof != nil {
		s.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	s.proof = m
	s.do(Check{Public: s.public, Bytes: wire.ProofBytes(s.hello, s.challenge), Signature: m.Signature})
}

// checked opens the session. The offset of the device's clock is measured
// from the moment the challenge was sent, so the round trip counts once.
func (s *Server) checked(nowMS int64, ev Checked) {
	if !ev.Valid {
		s.fail(fault.New(fault.Unauthenticated, "sync.proof"), 0)
		return
	}
	s.phase = Open
	s.control, s.acked = s.proof.Control, s.proof.Control
	trip := min(max(s.proof.RoundTripMS, 0), max(nowMS-s.askedMS, 0))
	s.do(Opened{
		Device: s.hello.Device, Incarnation: s.hello.Incarnation, Program: s.hello.Program,
		Offset: hlc.Measure(s.proof.Reading, s.challenge.TimeMS, trip), Control: wire.ControlEnd{Number: s.control, Mark: s.proof.Mark},
	})
	if s.control > 0 { // the acknowledgement may have been lost with the last session
		s.do(AckControl{Ack: &wire.ControlAck{Number: s.control}, Mark: s.proof.Mark})
	}
	s.send(&wire.Welcome{TimeMS: nowMS, Catalogue: s.accepted.Catalogue, Window: Window})
	s.do(LoadControl{After: s.control})
	s.checkTrail()
}

// Uploads.

func (s *Server) frame(m *wire.Frame) {
	if len(s.frames) >= maxQueued {
		s.fail(fault.New(fault.RateLimited, "sync.window"), RetryFirstMS)
		return
	}
	s.moved()
	s.frames = append(s.frames, Commit{Data: m.Data, Void: slices.Sorted(maps.Keys(s.voided))})
	s.judge()
}

func (s *Server) committed(ev Committed) {
	if s.judging {
		s.judging, s.frames = false, s.frames[1:]
		s.judged++
	}
	s.moved()
	switch {
	case ev.Fault != nil: // nobody here knows whose it is; the device does
		s.send(&wire.Fault{Code: ev.Fault.Kind.Code(), Key: ev.Fault.Key, Args: ev.Fault.Values(), Frame: s.judged})
	case ev.Gap != nil:
		s.send(ev.Gap)
	case ev.Closed != nil:
		s.send(ev.Closed)
	case len(ev.Receipts) > 0:
		s.send(receiptsOf(ev.Lane, ev.Receipts, ev.Chain, ev.Epoch))
	}
	s.judge()
}

// answer tells a device again what became of its work; it waits for it, also if
// there is nothing to tell.
func (s *Server) answer(ev Answered) {
	m := &wire.Receipts{Lane: ev.Lane}
	if len(ev.Receipts) > 0 {
		m = receiptsOf(ev.Lane, ev.Receipts, ev.Chain, ev.Epoch)
	}
	m.Asked = true
	s.send(m)
}

func receiptsOf(lane record.Lane, list []record.Receipt, chain wire.Digest, epoch uint32) *wire.Receipts {
	return &wire.Receipts{
		Lane: lane, Ranges: Pack(list), Chain: chain, Epoch: epoch, Through: list[len(list)-1].Link.Number,
	}
}

// Control.

func (s *Server) controlLoaded(ev ControlLoaded) {
	for _, e := range ev.Entries {
		s.control = max(s.control, e.Number)
		o := s.following[e.Scope]
		if _, void := s.voided[e.Scope]; void && e.Op == wire.ControlRevoke {
			s.voided[e.Scope] = e.Number
		}
		if e.Op == wire.ControlRevoke || e.Op == wire.ControlGrant && o != nil && o.view != e.View {
			delete(s.following, e.Scope) // the device subscribes anew once it has applied this
		}
	}
	s.judge()
	s.send(&wire.Control{Entries: ev.Entries})
}

// controlMoved follows what an administrator did. A device that is switched on
// again begins a new session: what it asked for while it was off was not heard.
func (s *Server) controlMoved(ev ControlMoved) {
	if s.off && !ev.Off && s.phase == Open {
		s.fail(fault.New(fault.Unavailable, "sync.restarting"), RetryFirstMS)
		return
	}
	s.off = ev.Off
	if s.off {
		clear(s.following)
		s.judge()
	}
	if s.phase == Open {
		s.do(LoadControl{After: s.control})
	}
}

// Time.

func (s *Server) tick(nowMS int64) {
	s.owe(s.phase == Open && (s.control > s.acked || s.unconfirmed()), s.unsent())
	switch s.due(nowMS, StallMS) {
	case beatPing:
		s.send(&wire.Ping{Number: s.pings})
	case beatDead:
		s.phase = Closed
		s.do(End{Fault: fault.New(fault.Unavailable, "sync.silent")})
	case beatStalled:
		f := fault.New(fault.Unavailable, Stalled)
		if s.waits > 0 && !s.debt.over(nowMS, StallMS) {
			f = f.With(Waiting, strconv.FormatUint(s.waits, 10))
		}
		s.fail(f, RetryFirstMS)
	}
}

// Waiting is the value of a Stalled fault that says how much work the device has and
// does not send; it is not there if the device owes a confirmation.
const Waiting = "waiting"

// status takes what the device says of itself. Work that can only be carried to the
// server by hand does not wait for this session.
func (s *Server) status(m *wire.Status) {
	waits := m.Waiting - min(m.Waiting, m.Stranded)
	if waits < s.waits {
		s.moved()
	}
	s.waits = waits
	s.do(NoteStatus{*m})
}

// unsent reports whether the device says that work waits and nothing here holds it up:
// it is not switched off, no frame of it waits for its commit, and nothing is read from
// the store for it or on its way.
func (s *Server) unsent() bool {
	t := &s.outlet
	busy := len(s.frames) > 0 || t.loads > 0 || len(t.pages) > 0 || t.draining
	return s.phase == Open && !s.off && s.waits > 0 && !busy
}
